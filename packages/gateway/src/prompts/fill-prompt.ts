/** From a prompt and variables to the body of a chat completion. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { holdsManyValues, mostJsonValues, valueNestsDeeperThan } from "@adit/bedrock/gateway";
import { deepestJson, isMessageList, type ReadyPrompt } from "./ready-prompt.ts";
import { missingPartials, renderTemplate, slugOfVariable } from "./template/render.ts";
import type { Template } from "./template/template.ts";

/** Finds a partial of the caller's project; undefined where there is none. */
export type FindPartial = (reference: string) => Promise<Template | undefined>;

/** Each is a look-up. */
const mostPartials = 200;

/**
 * The prompt's messages, filled.
 * Rejects with AditError `invalid_request` for partials that are missing, or a template that comes to no messages.
 */
export async function fillMessages(
  prompt: ReadyPrompt,
  variables: JsonObject,
  findPartial: FindPartial,
): Promise<JsonObject[]> {
  const partials = await partialsOf(prompt.template, variables, findPartial);
  const isJson = prompt.form === "messages";
  const text = renderTemplate(prompt.template, { variables, partials, isJson });
  return isJson ? readMessages(text) : [{ role: "user", content: text }];
}

/** The variables of a call; none where it sends none. @throws AditError `invalid_request` */
export function variablesIn(value: JsonValue | undefined, param: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw new AditError("invalid_request", `${param} must be an object.`, {
    param,
    remedy: "Send the variables by their names.",
  });
}

/** All that the template reaches, by the names that it has for them. */
async function partialsOf(
  template: Template,
  variables: JsonObject,
  findPartial: FindPartial,
): Promise<ReadonlyMap<string, Template>> {
  const found = new Map<string, Template>();
  const missing: string[] = [];
  const waiting = namesIn(template, variables);
  for (const name of waiting) {
    if (found.has(name)) continue;
    if (found.size + missing.length === mostPartials) throw tooMany();
    const partial = await findPartial(name);
    if (partial === undefined) {
      missing.push(name);
      continue;
    }
    found.set(name, partial);
    // The loop goes on to what is added meanwhile.
    waiting.push(...namesIn(partial, variables));
  }
  if (missing.length > 0) throw missingPartials([...new Set(missing)]);
  return found;
}

function namesIn({ partials, variablePartials }: Template, variables: JsonObject): string[] {
  const missing = variablePartials.filter((name) => slugOfVariable(variables, name) === undefined);
  if (missing.length > 0) {
    // The first words are Portkey's.
    throw new AditError(
      "invalid_request",
      `Missing variable partials: ${missing.map((name) => name.slice(0, 80)).join(", ")}.`,
      {
        param: "variables",
        remedy: "Send the slug of a partial in each of these variables.",
      },
    );
  }
  return [...partials, ...variablePartials.map((name) => slugOfVariable(variables, name) ?? "")];
}

function readMessages(text: string): JsonObject[] {
  if (holdsManyValues(text)) throw noMessages(`more than ${mostJsonValues} values`);
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw noMessages("no JSON: look for a comma too many or too few around sections", error);
  }
  if (!isMessageList(read)) throw noMessages("no list of messages");
  if (valueNestsDeeperThan(read, deepestJson))
    throw noMessages(`more than ${deepestJson} objects and lists in one another`);
  return read;
}

function noMessages(words: string, cause?: unknown): AditError {
  return new AditError("invalid_request", `The prompt's template, filled with these variables, is ${words}.`, {
    param: "variables",
    remedy: "Render the prompt (POST /v1/prompts/ID/render) with fewer variables, and mend the template.",
    cause,
  });
}

function tooMany(): AditError {
  return new AditError("invalid_request", `The prompt has more than ${mostPartials} partials.`, {
    param: "variables",
    remedy: "Write fewer partials into one another.",
  });
}
