import { markLastBlock } from "../translation/cache-marks.ts";
import { settleShape } from "../translation/conversation-shape.ts";
import type { RequestContext } from "../translation/context.ts";
import { converseFromDraft, type TranslatedRequest } from "../translation/converse-request.ts";
import { fieldTable, hintUnless, member, type FieldTable } from "../translation/fields/extra-fields.ts";
import { streamOptions } from "../translation/openai/stream-options.ts";
import { newDraft } from "../translation/translation-draft.ts";
import { translateInput } from "./input-items.ts";
import type { ResponsesRequest } from "./responses-request.ts";
import { nameUnreadOfWishes, responsesTerms, responsesWishes } from "./responses-wishes.ts";
import { translateTools } from "./tools.ts";

/**
 * A checked request of Responses as a request of Converse, with notes for the reply's translator. The request is not changed.
 * What the caller wrote and AWS takes arrives as it is; what AWS would refuse is mended, or left out, and named in `notes.dropped`; what
 * would change the meaning is an AditError (`invalid_request` or `unsupported_parameter`) with the path of the field.
 */
export function converseFromResponses(request: ResponsesRequest, context: RequestContext): TranslatedRequest {
  const draft = newDraft(request, responsesWishes(request), responsesTerms, context);
  translateInput(draft, request);
  settleShape(draft);
  markLastBlock(draft, request.cache_control);
  translateTools(draft, request);
  nameUnreadOfWishes(draft, request);
  return converseFromDraft(draft, responsesFields);
}

/** Fields that other files translate, that say how to answer, or that only hold what has no effect. */
const handledElsewhere: readonly (keyof ResponsesRequest & string)[] = [
  "model",
  "input",
  "instructions",
  "stream",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "reasoning",
  "thinking",
  "include",
  "anthropic_beta",
  "anthropic_version",
  "cache_control",
  "metadata",
  "user",
  "background",
  "top_logprobs",
  "moderation",
];

const responsesFields: FieldTable = fieldTable(handledElsewhere, [
  ["outputConfig", member("outputConfig")],
  ["output_config", member("outputConfig")],
  ["store", hintUnless(false)],
  ["truncation", hintUnless("disabled")],
  ["stream_options", streamOptions],
]);
