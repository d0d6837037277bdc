/** A version of a prompt, ready to be filled. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { holdsManyValues, mostJsonValues, valueNestsDeeperThan } from "@adit/bedrock/gateway";
import type { PromptContent } from "./prompt.ts";
import { checkLength, longestTemplate, readTemplate, type Template } from "./template/template.ts";

export interface ReadyPrompt {
  readonly template: Template;
  /** How the filled template is read: as JSON of messages, or as the text of one message of the user. */
  readonly form: "messages" | "text";
  /** Everything else of a chat completion's body. */
  readonly fields: JsonObject;
  readonly virtualKey: string | undefined;
}

/** Blanks between, and escapes, make JSON of messages longer than the template that comes of it; one that is longer still is not looked through. */
const longestWritten = 8 * longestTemplate;

/** @throws AditError `invalid_request` with `string` as its path. */
export function readyPrompt(content: PromptContent): ReadyPrompt {
  checkLength(content.string, "string", longestWritten);
  const messages = content.isRaw ? undefined : messagesIn(content.string);
  if (messages !== undefined) checkTexts(messages, "string");
  const form = content.isRaw || messages !== undefined ? "messages" : "text";
  const text = messages === undefined ? content.string : withPlainTags(JSON.stringify(messages));
  return { template: readTemplate(text, "string"), form, fields: fieldsOf(content), virtualKey: content.virtualKey };
}

/**
 * Each text is a template of its own: a tag or a section that is open at its end would go on in the next, and take quotes, roles and whole
 * messages for its own.
 */
function checkTexts(value: JsonValue | undefined, path: string): void {
  if (typeof value === "string") checkText(value, path);
  else if (Array.isArray(value)) for (const [index, entry] of value.entries()) checkTexts(entry, `${path}[${index}]`);
  else if (isJsonObject(value)) {
    for (const [name, entry] of Object.entries(value)) {
      checkText(name, path);
      checkTexts(entry, `${path}.${name.slice(0, 64)}`);
    }
  }
}

function checkText(text: string, path: string): void {
  if (text.includes("{{")) readTemplate(text, path);
}

/** Up to its text's end where it is not closed: begun anew at each brace of a long row, that would be read once for each. */
const tagForm = /\{\{(?:[^"\\]|\\.)*?(?:\}\}|(?="))/g;

/** JSON whose tags are written as they are meant: a tab or a quote in a tag is no escape of JSON's to mustache. */
function withPlainTags(json: string): string {
  return json.replaceAll(tagForm, (tag) => (tag.endsWith("}}") ? (JSON.parse(`"${tag}"`) as string) : tag));
}

/** As of a body at the door. */
export const deepestJson = 200;

/** The messages of a template that is JSON before it is filled; undefined for a text. */
export function messagesIn(text: string): JsonValue[] | undefined {
  if (holdsManyValues(text)) {
    throw new AditError("invalid_request", `string holds more than ${mostJsonValues} values.`, {
      param: "string",
      remedy: "Write a shorter list of messages.",
    });
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    if (!looksLikeMessages(text)) return undefined;
    throw new AditError("invalid_request", "string begins as JSON of messages, and is none.", {
      param: "string",
      remedy: "Mend the JSON; where sections stand around messages, set is_raw_template to 1.",
      cause: error,
    });
  }
  if (!Array.isArray(read)) {
    if (!isJsonObject(read) || !isBodyOrMessage(read)) return undefined;
    throw new AditError("invalid_request", "string is a JSON object, and no list of messages.", {
      param: "string",
      remedy: "Write the list of messages alone; model and parameters have fields of their own.",
    });
  }
  if (valueNestsDeeperThan(read, deepestJson)) {
    throw new AditError("invalid_request", `string has more than ${deepestJson} objects and lists in one another.`, {
      param: "string",
      remedy: "Write a list of messages.",
    });
  }
  return read as JsonValue[];
}

/** What would be one message of the user, with JSON for its text, and is hardly meant so. */
function isBodyOrMessage(object: JsonObject): boolean {
  return Array.isArray(object["messages"]) || (typeof object["role"] === "string" && object["content"] !== undefined);
}

/** A list that begins with an object, which no tag of mustache opens. */
function looksLikeMessages(text: string): boolean {
  return /^\s*\[\s*\{(?!\{)/.test(text);
}

/** Whether it is a stream is the caller's to say. */
const notStored = new Set(["stream", "model"]);

function fieldsOf(content: PromptContent): JsonObject {
  const { parameters, model, tools, functions, toolChoice } = content;
  const named = model ?? parameters["model"] ?? undefined;
  const fields: JsonObject = named === undefined ? {} : { model: named };
  for (const [name, value] of Object.entries(parameters)) {
    if (!notStored.has(name) && value !== null && value !== undefined) put(fields, name, value);
  }
  if (tools !== undefined) fields["tools"] = tools;
  if (functions !== undefined) fields["functions"] = functions;
  if (toolChoice !== undefined) fields["tool_choice"] = toolChoice;
  return fields;
}

/** A name such as `__proto__` stays a plain name. */
export function put(object: JsonObject, name: string, value: JsonValue | undefined): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** True for what can be a list of messages: each is an object. */
export function isMessageList(value: unknown): value is JsonObject[] {
  return Array.isArray(value) && value.every((entry) => isJsonObject(entry));
}
