/** Puts words before a message or prompt: it changes requests, and judges nothing. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { kind, type RequestType } from "../check.ts";
import { askedBy } from "../request-texts.ts";

interface Prefix {
  prefix: string;
  applyToRole: "system" | "user" | "assistant";
  addToExisting: boolean;
  onlyIfEmpty: boolean;
}

/** Where a kind of request has its messages. */
interface MessageForm {
  list: string;
  /** The member that holds the system prompt, where that is no message. */
  system: string | undefined;
  /** A text among others of a message. */
  part: (text: string, role: Prefix["applyToRole"]) => JsonObject;
  /** True where all texts are parts, and no message follows one of its own role. */
  isOfParts: boolean;
}

const typedPart = (text: string): JsonObject => ({ type: "text", text });
const chat: MessageForm = { list: "messages", system: undefined, part: typedPart, isOfParts: false };
const claude: MessageForm = { list: "messages", system: "system", part: typedPart, isOfParts: false };
const converse: MessageForm = { list: "messages", system: "system", part: (text) => ({ text }), isOfParts: true };
const responses: MessageForm = {
  list: "input",
  system: "instructions",
  part: (text, role) => ({ type: role === "assistant" ? "output_text" : "input_text", text }),
  isOfParts: false,
};

export const addPrefix = kind(
  z.strictObject({
    prefix: z.string().min(1),
    applyToRole: z.enum(["system", "user", "assistant"]).default("user"),
    addToExisting: z.boolean().default(true),
    onlyIfEmpty: z.boolean().default(false),
  }),
  (parameters) => ({
    grasp: "whole",
    changesRequest: true,
    isTextless: true,
    judge: (_texts, { phase, requestType, request }) => {
      const changed = phase === "after" ? undefined : withPrefix(requestType, request.json, parameters);
      return { verdict: true, data: null, ...(changed !== undefined && { request: changed }) };
    },
  }),
);

function withPrefix(type: RequestType, body: JsonObject, parameters: Prefix): JsonObject | undefined {
  switch (type) {
    case "chatComplete":
      return withMessage(body, chat, parameters);
    case "messages":
      return withMessage(body, claude, parameters);
    case "createModelResponse":
      return withMessage(body, responses, parameters);
    case "converse":
      return withMessage(body, converse, parameters);
    case "complete":
      return withPrompt(body, "prompt", parameters.prefix);
    case "invoke":
      return withNative(body, parameters);
    case "embed":
      // Neither a message nor a prompt.
      return undefined;
  }
}

/** By what a body of InvokeModel has: Claude's and Nova's messages, those of families in OpenAI's format, or one text. */
function withNative(body: JsonObject, parameters: Prefix): JsonObject | undefined {
  if (Array.isArray(body["messages"])) {
    return withMessage(body, nativeForm(body, body["messages"]), parameters);
  }
  const name = askedBy.find((each) => typeof body[each] === "string");
  return name === undefined ? undefined : withPrompt(body, name, parameters.prefix);
}

function nativeForm(body: JsonObject, messages: readonly JsonValue[]): MessageForm {
  if (body["anthropic_version"] !== undefined) return claude;
  const isOfParts = messages.some((message) => {
    const content = isJsonObject(message) ? message["content"] : undefined;
    return Array.isArray(content) && content.some((part) => isJsonObject(part) && part["type"] === undefined);
  });
  return isOfParts ? converse : chat;
}

function withPrompt(body: JsonObject, name: string, prefix: string): JsonObject | undefined {
  const prompt = body[name];
  if (typeof prompt === "string") return { ...body, [name]: prefix + prompt };
  if (!Array.isArray(prompt)) return undefined;
  return { ...body, [name]: prompt.map((entry) => (typeof entry === "string" ? prefix + entry : entry)) };
}

function withMessage(body: JsonObject, form: MessageForm, parameters: Prefix): JsonObject | undefined {
  const { prefix, applyToRole: role, addToExisting, onlyIfEmpty } = parameters;
  const { list, system, part, isOfParts } = form;
  if (role === "system" && system !== undefined) return withSystem(body, system, { form, parameters });
  const messages = messagesIn(body[list]);
  const index = messages.findIndex((message) => isJsonObject(message) && message["role"] === role);
  const added = { role, content: isOfParts ? [part(prefix, role)] : prefix };
  if (index === -1) {
    return { ...body, [list]: role === "system" ? [added, ...messages] : [...messages, added] };
  }
  if (onlyIfEmpty) return undefined;
  if (!addToExisting && !isOfParts) return { ...body, [list]: messages.toSpliced(index, 0, added) };
  const found = messages[index];
  if (!isJsonObject(found)) return undefined;
  const content = prefixed(found["content"], prefix, (text) => part(text, role));
  return { ...body, [list]: messages.with(index, { ...found, content }) };
}

function withSystem(
  body: JsonObject,
  name: string,
  { form, parameters }: { form: MessageForm; parameters: Prefix },
): JsonObject | undefined {
  const { prefix, onlyIfEmpty } = parameters;
  const { [name]: given = "" } = body;
  const isEmpty = given === null || given === "" || (Array.isArray(given) && given.length === 0);
  if (!isEmpty && onlyIfEmpty) return undefined;
  const own = isEmpty && form.isOfParts ? [] : given;
  return { ...body, [name]: prefixed(own, prefix, (text) => form.part(text, "system")) };
}

/** Responses takes one text for one message of the user's. */
function messagesIn(given: JsonValue | undefined): JsonValue[] {
  if (typeof given === "string") return [{ role: "user", content: given }];
  return Array.isArray(given) ? given : [];
}

function prefixed(content: JsonValue | undefined, prefix: string, part: (text: string) => JsonObject): JsonValue {
  if (Array.isArray(content)) return [part(prefix), ...content];
  return prefix + (typeof content === "string" ? content : "");
}
