/** What a request of chat completions asks for besides its messages and tools. */
import { isJsonObject, type JsonObject } from "../../json.ts";
import { drop, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import { setSharedWishes } from "../translation/openai/shared-wishes.ts";
import { noWishes, type FormatWish, type ToolChoiceWish, type Wishes } from "../translation/wishes.ts";
import type { ChatRequest, ResponseFormat } from "./chat-request.ts";
import { functionChoiceOf } from "./functions.ts";

export function chatWishes(request: ChatRequest): Wishes {
  const wishes = noWishes();
  setSharedWishes(wishes, request);
  setLimit(wishes, request);
  wishes.effort = request.reasoning_effort ?? undefined;
  wishes.toolChoice =
    choiceOf(request.tool_choice ?? undefined) ?? functionChoiceOf(request.function_call ?? undefined);
  wishes.parallelToolCalls = request.parallel_tool_calls ?? undefined;
  wishes.format = formatOf(request.response_format ?? undefined);
  return wishes;
}

const completionTokens = ["max_completion_tokens"];
const plainTokens = ["max_tokens"];
const bothTokens = ["max_completion_tokens", "max_tokens"];

function setLimit(wishes: Wishes, { max_completion_tokens: completion, max_tokens: plain }: ChatRequest): void {
  const hasCompletion = completion !== undefined && completion !== null;
  const hasPlain = plain !== undefined && plain !== null;
  if (hasCompletion) {
    wishes.maxTokens = completion;
    wishes.maxTokensPaths = hasPlain ? bothTokens : completionTokens;
  } else if (hasPlain) {
    wishes.maxTokens = plain;
    wishes.maxTokensPaths = plainTokens;
  }
}

function choiceOf(given: string | JsonObject | undefined): ToolChoiceWish | undefined {
  if (given === undefined) {
    return undefined;
  }
  const type = typeof given === "string" ? given : given["type"];
  switch (typeof type === "string" ? type : undefined) {
    case "auto":
      return { kind: "auto" };
    case "none":
      return { kind: "none" };
    case "any":
    case "required":
      return { kind: "any" };
    case "allowed_tools":
      return allowedOf((given as JsonObject)["allowed_tools"] as JsonObject);
    case undefined:
    default: {
      const holder = given as JsonObject;
      const callee = isJsonObject(holder["function"]) ? holder["function"] : holder;
      return { kind: "tool", name: callee["name"] as string };
    }
  }
}

function allowedOf(allowed: JsonObject): ToolChoiceWish {
  const tools = allowed["tools"] as { function: { name: string } }[];
  return {
    kind: "allowed",
    names: tools.map((tool) => tool.function.name),
    isRequired: allowed["mode"] === "required",
  };
}

function formatOf(format: ResponseFormat | undefined): FormatWish | undefined {
  if (format === undefined || format.type === "text") {
    return undefined;
  }
  const wanted: ResponseFormat["json_schema"] =
    format.type === "json_schema" ? format.json_schema : { schema: format.schema ?? null };
  return {
    schema: wanted?.schema ?? undefined,
    name: wanted?.name ?? undefined,
    description: wanted?.description ?? undefined,
    strict: wanted?.strict ?? undefined,
  };
}

const ofChoice: ReadonlySet<string> = new Set(["type", "name", "function", "allowed_tools"]);
const ofCallee: ReadonlySet<string> = new Set(["name"]);
const ofAllowed: ReadonlySet<string> = new Set(["mode", "tools"]);
const ofSchemaFormat: ReadonlySet<string> = new Set(["type", "json_schema"]);
const ofObjectFormat: ReadonlySet<string> = new Set(["type", "schema"]);
const ofTextFormat: ReadonlySet<string> = new Set(["type"]);
const membersOfFormat = { json_schema: ofSchemaFormat, json_object: ofObjectFormat, text: ofTextFormat };
const ofJsonSchema: ReadonlySet<string> = new Set(["name", "description", "schema", "strict"]);

/** Names what stands in the choice of tools and in the format and says nothing to anyone here. */
export function nameUnreadOfWishes(draft: TranslationDraft, request: ChatRequest): void {
  const { tool_choice: choice, response_format: format, max_tokens: limit, function_call: functionChoice } = request;
  if (typeof limit === "number" && limit !== draft.wishes.maxTokens) {
    drop(draft, "max_tokens");
  }
  if (isJsonObject(choice)) {
    nameUnread(draft, choice, ofChoice, "tool_choice");
    if (isJsonObject(choice["function"])) {
      nameUnread(draft, choice["function"], ofCallee, "tool_choice.function");
    }
    if (isJsonObject(choice["allowed_tools"])) {
      nameUnread(draft, choice["allowed_tools"], ofAllowed, "tool_choice.allowed_tools");
    }
  }
  if (isJsonObject(functionChoice)) {
    nameUnread(draft, functionChoice, ofCallee, "function_call");
  }
  if (format !== undefined && format !== null) {
    nameUnread(draft, format, membersOfFormat[format.type], "response_format");
    if (format.type === "json_schema") {
      nameUnread(draft, (format.json_schema ?? {}) as JsonObject, ofJsonSchema, "response_format.json_schema");
    }
  }
}
