/** How a call names a prompt: by its path, as Portkey's clients do, or in the body of a chat completion, as Keywords AI's do. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { Incoming } from "../http/routes/route.ts";
import type { RequestFacts } from "../ledger/record/request-facts.ts";
import { credentialPlaceIn, steersCall } from "../routing/request/keywords-params.ts";
import { variablesIn } from "./fill-prompt.ts";
import { isMessageList, put } from "./ready-prompt.ts";
import { readReference } from "./reference.ts";

export interface PromptWish {
  /** Such as `pp-welcome@staging`. */
  reference: string;
  /** Where the body names it; undefined: the path does. */
  param: string | undefined;
  variables: JsonObject;
  /** What the body has beside the prompt, and that gives way to it. */
  beneath: JsonObject;
  /** What goes before the prompt's own. */
  overrides: JsonObject;
  /** Messages that follow the prompt's. */
  appended: readonly JsonObject[];
  /** Paths of what is not followed. */
  dropped: readonly string[];
}

/**
 * How the call names a prompt; undefined where it names none. `exact`: the body whose variables count, where they have all their digits in it
 * alone. @throws AditError `invalid_request` with the path
 */
export function promptWish(
  { parameters }: Pick<Incoming, "parameters">,
  { body, exact = body }: { body: JsonObject; exact: JsonObject | undefined },
  dialect: RequestFacts["dialect"],
): PromptWish | undefined {
  const reference = parameters["prompt"];
  if (reference !== undefined) return wishOfPath(reference, body, exact["variables"]);
  const prompt = dialect === "openai-chat" ? body["prompt"] : undefined;
  if (!isJsonObject(prompt)) return undefined;
  const { variables } = isJsonObject(exact["prompt"]) ? exact["prompt"] : prompt;
  return wishOfBody(prompt, body, variables);
}

/** The way of `POST /v1/prompts/{id}/completions` and `/render`: what the body has goes before what is stored. */
export function wishOfPath(reference: string, body: JsonObject, variables = body["variables"]): PromptWish {
  return {
    reference,
    param: undefined,
    variables: variablesIn(variables, "variables"),
    beneath: {},
    overrides: without(body, ownFields),
    appended: [],
    dropped: [],
  };
}

/** Portkey's SDK repeats the id in the body, by either name. */
const ownFields = new Set(["variables", "promptID", "prompt_id"]);

/** `prompt` of a chat completion's body. Model and messages of the body are placeholders that OpenAI's clients must send. */
function wishOfBody(prompt: JsonObject, body: JsonObject, variables: JsonValue | undefined): PromptWish {
  const dropped = droppedOf(prompt);
  const overrides = overridesIn(prompt, dropped);
  const messages = overrides["messages"];
  const isAppending = modeOf(prompt) === "append";
  if (messages !== undefined && !isMessageList(messages)) throw wrong("override_params.messages", "a list of messages");
  return {
    reference: referenceIn(prompt),
    param: "prompt.prompt_id",
    variables: variablesIn(variables, "prompt.variables"),
    beneath: without(body, new Set(["prompt", "messages"])),
    overrides: isAppending ? without(overrides, new Set(["messages"])) : overrides,
    appended: isAppending && messages !== undefined ? messages : [],
    dropped,
  };
}

const known = new Set([
  "prompt_id",
  "version",
  "variables",
  "override",
  "override_params",
  "override_config",
  "patch",
  "schema_version",
]);

/** What no answer of OpenAI's has a place for; where it says no, nothing is lost. */
function droppedOf(prompt: JsonObject): string[] {
  return Object.entries(prompt)
    .filter(([name, value]) => !known.has(name) && value !== null && value !== false)
    .map(([name]) => `prompt.${name.slice(0, 64)}`);
}

function referenceIn({ prompt_id: id, version = null }: JsonObject): string {
  if (typeof id !== "string" || id === "") throw wrong("prompt_id", "the slug or id of a prompt");
  if (version === null) return id;
  if (typeof version !== "string" && !(typeof version === "number" && Number.isInteger(version) && version >= 0)) {
    throw wrong("version", 'a whole number, "latest" or a label');
  }
  return `${readReference(id).name}@${version}`;
}

function overridesIn(prompt: JsonObject, dropped: string[]): JsonObject {
  const isOn = prompt["override"] ?? true;
  if (typeof isOn !== "boolean") throw wrong("override", "true or false");
  const params = isOn ? fieldsIn(prompt, "override_params", dropped) : {};
  return { ...params, ...fieldsIn(prompt, "patch", dropped) };
}

/** They are laid over the prompt when it is known who signs: a credential among them would be passed over while another pays. */
function fieldsIn(prompt: JsonObject, name: string, dropped: string[]): JsonObject {
  const fields = objectIn(prompt, name);
  const place = credentialPlaceIn(fields);
  if (place !== undefined) {
    const param = `prompt.${name}.${place}`;
    throw new AditError("invalid_request", `${param} is a credential, or a part of one, and stands in no prompt.`, {
      param,
      remedy: "Send it at the top of the body, or in headers.",
    });
  }
  const steering = new Set(Object.keys(fields).filter(steersCall));
  for (const field of steering) dropped.push(`prompt.${name}.${field.slice(0, 64)}`);
  return without(fields, steering);
}

function modeOf(prompt: JsonObject): JsonValue {
  const mode = objectIn(prompt, "override_config")["messages_override_mode"] ?? "override";
  if (mode === "append" || mode === "override") return mode;
  throw wrong("override_config.messages_override_mode", "override or append");
}

function objectIn(prompt: JsonObject, name: string): JsonObject {
  const value = prompt[name] ?? {};
  if (isJsonObject(value)) return without(value, new Set());
  throw wrong(name, "an object");
}

/** A copy without these, and without what is null: clients send null for what they do not set. */
function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    if (!names.has(name) && value !== null) put(rest, name, value);
  }
  return rest;
}

function wrong(name: string, expected: string): AditError {
  const param = `prompt.${name}`;
  return new AditError("invalid_request", `${param} must be ${expected}.`, { param });
}
