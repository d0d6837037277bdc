/** Fields of a body that become Converse's own members, and the naming of what Bedrock lacks. */
import type { ConverseRequest } from "../../../converse/request.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { converseMember, needSame } from "./converse-fields.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

/** A request whose parts are put together. */
export type OpenRequest = ConverseRequest & JsonObject;

/** What becomes of one field of the body. */
export type FieldHandler = (draft: TranslationDraft, request: OpenRequest, value: JsonValue, field: string) => void;

/** Every field that a dialect knows. */
export type FieldTable = ReadonlyMap<string, FieldHandler>;

const ignore: FieldHandler = () => undefined;

/** Read by files of this folder. */
const handledHere = [
  "additionalModelRequestFields",
  "additional_model_request_fields",
  "requestMetadata",
  "request_metadata",
];

/** A dialect's table: fields that its other files read, those with handlers of their own, and Converse's members by either spelling. */
export function fieldTable(handledElsewhere: readonly string[], own: readonly [string, FieldHandler][]): FieldTable {
  return new Map<string, FieldHandler>([
    ...[...handledHere, ...handledElsewhere].map((field): [string, FieldHandler] => [field, ignore]),
    ["guardrailConfig", member("guardrailConfig")],
    ["guardrail_config", member("guardrailConfig")],
    ["performanceConfig", member("performanceConfig")],
    ["performance_config", member("performanceConfig")],
    ["promptVariables", member("promptVariables")],
    ["prompt_variables", member("promptVariables")],
    ["serviceTier", serviceTier],
    ["service_tier", serviceTier],
    ["additionalModelResponseFieldPaths", responsePaths],
    ["additional_model_response_field_paths", responsePaths],
    ...own,
  ]);
}

/** Puts Converse's own members into the request and names every field that Bedrock lacks. */
export function addExtraFields(draft: TranslationDraft, request: ConverseRequest, table: FieldTable): void {
  for (const field in draft.body) {
    const value = draft.body[field];
    if (value === undefined || value === null) {
      continue;
    }
    const handler = table.get(field);
    if (handler === undefined) {
      drop(draft, field);
    } else {
      handler(draft, request as OpenRequest, value, field);
    }
  }
}

/** One of Converse's own members; what is in it goes as it is, by AWS's names. */
export function member(name: string): FieldHandler {
  return (_draft, request, value, field) => {
    setOnce(request, name, { value: converseMember(name, value, field), field });
  };
}

/** The caller's outputConfig by AWS's names; undefined where it has none, or where the dialect's field of that name is another. */
export function ownOutputConfig(body: JsonObject, table: FieldTable): JsonObject | undefined {
  for (const field of table.has("outputConfig") ? ["outputConfig", "output_config"] : []) {
    const value = body[field];
    if (isJsonObject(value)) {
      return converseMember("outputConfig", value, field) as JsonObject;
    }
  }
  return undefined;
}

/** A hint that asks for nothing at this value, and that Bedrock lacks at any other. */
export function hintUnless(nothing: JsonValue): FieldHandler {
  return (draft, _request, value, field) => {
    if (value !== nothing) {
      drop(draft, field);
    }
  };
}

/** Both spellings of one member may stand in a request as long as they say the same. */
function setOnce(request: OpenRequest, name: string, given: { value: JsonValue; field: string }): void {
  needSame(request[name], given.value, given.field);
  request[name] = given.value;
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
