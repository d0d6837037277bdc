/**
 * Llama 2, 3 and 4. Sources: AWS's page "Meta Llama models" (parameters of InvokeModel), Meta's pages of the prompt formats, recorded traffic.
 * There is no parameter for stop sequences. `prompt_token_count` stands in the first chunk alone.
 */
import type { JsonObject } from "../../json.ts";
import { repliesIn } from "../answer-format.ts";
import type { Family } from "../family.ts";
import { known, type InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { llamaTemplate } from "./llama-templates.ts";
import { textIn } from "../native-errors.ts";
import { promptConversation } from "./prompt-conversation.ts";
import { promptRequest } from "./prompt-request.ts";
import { stopReasonFrom } from "../stop-reasons.ts";

export const llama: Family = {
  mostTokens: ({ baseId }) => (/^meta\.llama[23]/.test(baseId) ? 2_048 : 8_192),
  request: promptRequest({
    family: "Llama",
    names: { maxTokens: "max_gen_len", temperature: "temperature", topP: "top_p" },
    prompt(draft, request, { model }) {
      const template = llamaTemplate(/^meta\.llama(\d)/.exec(model.baseId)?.[1]);
      const takesImages = template.image !== undefined && model.can.images;
      const conversation = promptConversation(draft, request, { tokenStart: template.tokenStart, takesImages });
      return {
        prompt: template.prompt(conversation),
        images: conversation.turns.flatMap(({ images }) => images),
      };
    },
  }),
  ...repliesIn({
    content: "generation",
    others: ["prompt_token_count", "generation_token_count", "stop_reason"],
    open: (blocks) => ({
      read(part) {
        blocks.text(textIn(part["generation"], "generation") ?? "");
        return { stopReason: stopReasonFrom(part["stop_reason"]), counts: countsIn(part) };
      },
    }),
  }),
};

function countsIn(part: JsonObject): InvocationCounts {
  return known({
    inputTokens: countOf(part["prompt_token_count"]),
    outputTokens: countOf(part["generation_token_count"]),
  });
}
