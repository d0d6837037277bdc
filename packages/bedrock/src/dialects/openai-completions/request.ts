import { fieldTable, member } from "../translation/fields/extra-fields.ts";
import type { RequestContext } from "../translation/context.ts";
import { converseFromDraft, type TranslatedRequest } from "../translation/converse-request.ts";
import { settleShape } from "../translation/conversation-shape.ts";
import { streamOptions } from "../translation/openai/stream-options.ts";
import { penalty } from "../translation/openai/penalties.ts";
import { newDraft, turnOf } from "../translation/translation-draft.ts";
import { noWishes, type DialectTerms, type Wishes } from "../translation/wishes.ts";
import type { CompletionRequest } from "./completion.ts";

/**
 * A checked request of completions as a request of Converse: the prompt is what the user says, as it was written. What Bedrock lacks and
 * what only hints is named in `notes.dropped`.
 */
export function converseFromCompletion(request: CompletionRequest, context: RequestContext): TranslatedRequest {
  const draft = newDraft(request, wishesOf(request), terms, context);
  draft.messageIndex = -1;
  draft.field = "";
  const { prompt } = request;
  turnOf(draft, "user").push({ text: typeof prompt === "string" ? prompt : prompt[0] });
  settleShape(draft);
  return converseFromDraft(draft, fields);
}

const limit = ["max_tokens"];

function wishesOf(request: CompletionRequest): Wishes {
  const stop = request.stop ?? undefined;
  const maxTokens = request.max_tokens ?? undefined;
  return {
    ...noWishes(),
    ...(maxTokens !== undefined && { maxTokens, maxTokensPaths: limit }),
    temperature: request.temperature ?? undefined,
    topP: request.top_p ?? undefined,
    topK: request.top_k ?? undefined,
    stops: typeof stop === "string" ? [stop] : stop,
    user: request.user ?? undefined,
  };
}

/** What has no name here is never said. */
const terms: DialectTerms = {
  messages: "prompt",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stops: "stop",
  thinking: "",
  effort: "",
  toolChoice: "",
  allowedTools: "",
  parallelToolCalls: "",
  format: "",
  formatSchema: "",
  formatStrict: "",
  metadata: "",
  user: "user",
  toolNamesIn: () => new Set(),
};

const handledElsewhere: readonly (keyof CompletionRequest & string)[] = [
  "model",
  "prompt",
  "stream",
  "max_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "user",
  "n",
  "best_of",
  "echo",
  "suffix",
  "logprobs",
];

const fields = fieldTable(handledElsewhere, [
  ["outputConfig", member("outputConfig")],
  ["output_config", member("outputConfig")],
  ["stream_options", streamOptions],
  ["frequency_penalty", penalty],
  ["presence_penalty", penalty],
]);
