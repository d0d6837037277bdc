/** What users of AWS add to OpenAI's body, and what of OpenAI's body Bedrock lacks. */
import type { ConverseRequest } from "../../converse/request.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { ChatRequest } from "./chat-request.ts";
import { converseMember, eitherSpelling, needSame } from "./converse-fields.ts";
import type { ModelFamily } from "../../models/model-facts.ts";
import { drop, setAdditional, type TranslationDraft } from "./translation-draft.ts";
import { nameUnread } from "./unread-fields.ts";

/** A request whose parts are put together. */
type OpenRequest = ConverseRequest & JsonObject;

type Handler = (draft: TranslationDraft, request: OpenRequest, value: JsonValue, field: string) => void;

/** Converse's own members by either spelling; what is in them goes as it is, by AWS's names. */
function own(member: string): Handler {
  return (_draft, request, value, field) => {
    setOnce(request, member, { value: converseMember(member, value, field), field });
  };
}

/** Both spellings of one member may stand in a request as long as they say the same. */
function setOnce(request: OpenRequest, member: string, given: { value: JsonValue; field: string }): void {
  needSame(request[member], given.value, given.field);
  request[member] = given.value;
}

/** Fields that other files translate, that say how to answer, or that only hold what has no effect. */
const handledElsewhere: readonly (keyof ChatRequest & string)[] = [
  "model",
  "messages",
  "stream",
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
  ["guardrailConfig", own("guardrailConfig")],
  ["guardrail_config", own("guardrailConfig")],
  ["performanceConfig", own("performanceConfig")],
  ["performance_config", own("performanceConfig")],
  ["promptVariables", own("promptVariables")],
  ["prompt_variables", own("promptVariables")],
  ["outputConfig", own("outputConfig")],
  ["output_config", own("outputConfig")],
  ["stream_options", streamOptions],
  ["frequency_penalty", penalty],
  ["presence_penalty", penalty],
  ["serviceTier", serviceTier],
  ["service_tier", serviceTier],
  ["additionalModelResponseFieldPaths", responsePaths],
  ["additional_model_response_field_paths", responsePaths],
]);

/** Hints at these values ask for nothing that Bedrock does not do anyway. */
const askNothing: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([["store", false]]);

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

const ofStreamOptions: ReadonlySet<string> = new Set(["include_usage"]);

/** Adit's streams are never padded: a wish for that not to be done is met. */
function streamOptions(draft: TranslationDraft, _request: OpenRequest, value: JsonValue): void {
  if (isJsonObject(value)) {
    const { include_obfuscation: padding, ...rest } = value;
    nameUnread(draft, padding === false ? rest : value, ofStreamOptions, "stream_options");
  }
}

/** Least and most of a penalty, a number among the family's own fields: AWS's page on Command R; for Jamba, OpenAI's own bounds. */
const penaltyBounds: ReadonlyMap<ModelFamily, readonly [least: number, most: number]> = new Map([
  ["cohere-command-r", [0, 1]],
  ["jamba", [-2, 2]],
]);

/** Others have no such thing; zero asks for nothing. */
function penalty(draft: TranslationDraft, _request: OpenRequest, value: JsonValue, field: string): void {
  const [least, most] = penaltyBounds.get(draft.model.family) ?? [0, 0];
  const taken = typeof value === "number" ? Math.min(Math.max(value, least), most) : 0;
  if (taken !== value) {
    drop(draft, field);
  }
  if (taken !== 0) {
    setAdditional(draft, [field], taken);
  }
}

const tiers: ReadonlySet<string> = new Set(["priority", "default", "flex", "reserved"]);

/** OpenAI's names, where `auto` is what Bedrock does unasked, or AWS's `{type}`. */
function serviceTier(draft: TranslationDraft, request: OpenRequest, value: JsonValue, field: string): void {
  if (isJsonObject(value)) {
    setOnce(request, "serviceTier", { value, field });
  } else if (typeof value === "string" && tiers.has(value)) {
    setOnce(request, "serviceTier", { value: { type: value }, field });
  } else if (value !== "auto") {
    drop(draft, field);
  }
}

function responsePaths(_draft: TranslationDraft, request: OpenRequest, value: JsonValue, field: string): void {
  setOnce(request, "additionalModelResponseFieldPaths", { value: typeof value === "string" ? [value] : value, field });
}

/**
 * The caller's additionalModelRequestFields over what Adit derives: the caller's own win, objects are merged a level deep, and lists of
 * tools and beta flags are joined. Undefined where neither has anything.
 */
export function additionalFieldsOf(draft: TranslationDraft): JsonObject | undefined {
  const { request, additional: derived } = draft;
  const given = eitherSpelling(request, "additionalModelRequestFields", "additional_model_request_fields");
  if (!isJsonObject(given)) {
    return derived;
  }
  if (derived === undefined) {
    return given;
  }
  const merged = Object.entries(given).map(([key, value]) => [key, mergedValue(key, derived[key], value)] as const);
  return { ...derived, ...Object.fromEntries(merged) };
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
