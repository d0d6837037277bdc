/** Fields of chat completions that other files do not read: what of them Bedrock has, and the names of the rest. */
import { isJsonObject, type JsonValue } from "../../json.ts";
import type { ModelFamily } from "../../models/model-facts.ts";
import { fieldTable, hintUnless, member, type FieldTable, type OpenRequest } from "../translation/extra-fields.ts";
import { drop, setAdditional, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/unread-fields.ts";
import type { ChatRequest } from "./chat-request.ts";

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
  "metadata",
  "user",
];

export const chatFields: FieldTable = fieldTable(handledElsewhere, [
  ["outputConfig", member("outputConfig")],
  ["output_config", member("outputConfig")],
  ["stream_options", streamOptions],
  ["frequency_penalty", penalty],
  ["presence_penalty", penalty],
  ["store", hintUnless(false)],
]);

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
