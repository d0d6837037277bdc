/** What users of AWS add to OpenAI's body, and what of OpenAI's body Bedrock lacks. */
import type { ConverseRequest, ServiceTier } from "../../converse/request.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { ChatRequest } from "./chat-request.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** A request whose parts are put together. */
type OpenRequest = ConverseRequest & JsonObject;

type Handler = (draft: TranslationDraft, request: OpenRequest, value: JsonValue, field: string) => void;

/** Converse's own members by either spelling; they go as they are. */
function verbatim(member: string): Handler {
  return (_draft, request, value) => {
    request[member] = value;
  };
}

/** Fields that other files translate, that say how to answer, or that only hold what has no effect. */
const handledElsewhere: readonly (keyof ChatRequest & string)[] = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "reasoning_effort",
  "thinking",
  "anthropic_beta",
  "anthropic_version",
  "n",
  "logprobs",
  "top_logprobs",
  "modalities",
  "audio",
  "functions",
  "function_call",
  "web_search_options",
  "additionalModelRequestFields",
  "additional_model_request_fields",
  "requestMetadata",
  "request_metadata",
  "metadata",
  "user",
];

const ignore: Handler = () => undefined;

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...handledElsewhere.map((field): [string, Handler] => [field, ignore]),
  ["guardrailConfig", verbatim("guardrailConfig")],
  ["guardrail_config", verbatim("guardrailConfig")],
  ["performanceConfig", verbatim("performanceConfig")],
  ["performance_config", verbatim("performanceConfig")],
  ["promptVariables", verbatim("promptVariables")],
  ["prompt_variables", verbatim("promptVariables")],
  ["outputConfig", verbatim("outputConfig")],
  ["output_config", verbatim("outputConfig")],
  ["serviceTier", serviceTier],
  ["service_tier", serviceTier],
  ["additionalModelResponseFieldPaths", responsePaths],
  ["additional_model_response_field_paths", responsePaths],
]);

/** Hints at these values ask for nothing that Bedrock does not do anyway. */
const askNothing: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["store", false],
  ["frequency_penalty", 0],
  ["presence_penalty", 0],
]);

/** Puts Converse's own members into the request and names every field that Bedrock lacks. */
export function addExtraFields(draft: TranslationDraft, request: ConverseRequest): void {
  for (const field in draft.request) {
    const value = draft.request[field];
    if (value === undefined || value === null) {
      continue;
    }
    const handler = handlers.get(field);
    if (handler !== undefined) {
      handler(draft, request as OpenRequest, value, field);
    } else if (askNothing.get(field) !== value) {
      drop(draft, field);
    }
  }
}

const tiers: ReadonlySet<string> = new Set(["priority", "default", "flex", "reserved"]);

/** OpenAI's names, where `auto` is what Bedrock does unasked, or AWS's `{type}`. */
function serviceTier(draft: TranslationDraft, request: OpenRequest, value: JsonValue, field: string): void {
  if (isJsonObject(value)) {
    request.serviceTier = value as unknown as { type: ServiceTier };
  } else if (typeof value === "string" && tiers.has(value)) {
    request.serviceTier = { type: value as ServiceTier };
  } else if (value !== "auto") {
    drop(draft, field);
  }
}

function responsePaths(_draft: TranslationDraft, request: OpenRequest, value: JsonValue): void {
  request.additionalModelResponseFieldPaths = typeof value === "string" ? [value] : (value as string[]);
}

/**
 * The caller's additionalModelRequestFields over what Adit derives: the caller's own win, objects are merged a level deep, and lists of
 * tools and beta flags are joined. Undefined where neither has anything.
 */
export function additionalFieldsOf(draft: TranslationDraft): JsonObject | undefined {
  const { request, additional: derived } = draft;
  const field =
    request["additionalModelRequestFields"] === undefined
      ? "additional_model_request_fields"
      : "additionalModelRequestFields";
  const given = request[field];
  if (!isJsonObject(given)) {
    return derived;
  }
  if (derived === undefined) {
    return given;
  }
  const merged: JsonObject = { ...derived };
  for (const key in given) {
    merged[key] = mergedValue(key, derived[key], given[key]);
  }
  return merged;
}

function mergedValue(key: string, derived: JsonObject[string], given: JsonObject[string]): JsonObject[string] {
  if (isJsonObject(derived) && isJsonObject(given)) {
    return { ...derived, ...given };
  }
  if (Array.isArray(derived) && Array.isArray(given) && (key === "tools" || key === "anthropic_beta")) {
    const own = new Set(given);
    return [...given, ...derived.filter((item) => !own.has(item))];
  }
  return given;
}
