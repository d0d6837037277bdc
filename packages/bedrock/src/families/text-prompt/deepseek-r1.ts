/**
 * DeepSeek R1, whose body is a prompt. Sources: AWS's page "DeepSeek models" (parameters of InvokeModel, and the template with an open `<think>`),
 * DeepSeek's tokenizer for the tokens: their bars and lines are full-width.
 */
import { repliesIn } from "../answer-format.ts";
import { firstIn, textIn } from "../native-errors.ts";
import type { Family } from "../family.ts";
import { isIntervened } from "../../converse/guardrail-reply.ts";
import { openAiNames } from "../inference-names.ts";
import { GuardedThinking } from "./guarded-thinking.ts";
import { type PromptConversation, promptConversation } from "./prompt-conversation.ts";
import { promptRequest } from "./prompt-request.ts";
import { ReasoningSplitter } from "../reasoning-tags.ts";
import { stopReasonFrom } from "../stop-reasons.ts";

/** `<｜name｜>`; with plain bars the model understands it too. */
const tokenStart = /<(?=[|｜][^|｜<>\s]{1,64}[|｜]>)/g;

const tags = { open: "<think>", close: "</think>" };

export const deepseekR1: Family = {
  request: promptRequest({
    family: "DeepSeek R1",
    names: openAiNames,
    prompt: (draft, request) => ({
      prompt: promptOf(promptConversation(draft, request, { tokenStart, takesImages: false })),
    }),
  }),
  ...repliesIn({
    content: "choices",
    others: [],
    open(blocks, { messages, guardrailConfig }) {
      // The prompt opened the thinking, unless the last turn is an answer for the model to go on with.
      const isOpenAtStart = messages?.at(-1)?.role !== "assistant";
      const splitter = new ReasoningSplitter({ ...tags, isOpenAtStart }, blocks);
      const isGuarded = isOpenAtStart && guardrailConfig !== undefined;
      const thinking = new GuardedThinking(splitter, blocks, { close: tags.close, isGuarded });
      return {
        read(part) {
          const choice = firstIn(part["choices"], "choices");
          if (choice === undefined) {
            return {};
          }
          thinking.push(textIn(choice["text"], "choices[0].text") ?? "", isIntervened(part));
          return { stopReason: stopReasonFrom(choice["stop_reason"] ?? choice["finish_reason"]) };
        },
        end: () => thinking.end(),
      };
    },
  }),
};

function promptOf({ system, turns }: PromptConversation): string {
  const written = turns.map(({ role, text }, index) => {
    if (role === "user") {
      return `<｜User｜>${text}`;
    }
    return `<｜Assistant｜>${text}${index === turns.length - 1 ? "" : "<｜end▁of▁sentence｜>"}`;
  });
  const isOpen = turns.at(-1)?.role === "assistant";
  return `<｜begin▁of▁sentence｜>${system}${written.join("")}${isOpen ? "" : "<｜Assistant｜><think>\n"}`;
}
