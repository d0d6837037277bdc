/**
 * Mistral's first models (7B, Mixtral 8x7B, Large and Small of February 2024), whose body is a prompt. Sources: AWS's page "Mistral AI text
 * completion", recorded traffic, and the connector of AI Squared, which wraps a plain prompt and leaves a wrapped one.
 */
import { repliesIn } from "../answer-format.ts";
import type { Family } from "../family.ts";
import { openAiNames } from "../inference-names.ts";
import { foldedSystem, instructionPrompt } from "./instruction-prompt.ts";
import { blockSeparator } from "../native-draft.ts";
import { firstIn, textIn } from "../native-errors.ts";
import { promptConversation } from "./prompt-conversation.ts";
import { promptRequest } from "./prompt-request.ts";
import { stopReasonFrom } from "../stop-reasons.ts";

/** `<s>`, `[INST]` and the others that the tokenizers of these models know. */
const tokenStart = /<(?=\/?s>)|\[(?=\/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\])/g;

/** A question that came with the template around it: it is wrapped once, not twice. */
const wrapped = /^<s>\[INST\] ?([\s\S]*?) ?\[\/INST\]$/;

export const mistralText: Family = {
  request: promptRequest({
    family: "Mistral's text completion",
    names: openAiNames,
    prompt(draft, request) {
      const { system, turns } = promptConversation(draft, request, { tokenStart, wrapped, takesImages: false });
      if (turns[0]?.role !== "user") {
        throw draft.invalid("messages[0].role", "the first message must be the user's");
      }
      const intro = system === "" ? "" : `${system}${blockSeparator}`;
      return { prompt: instructionPrompt(foldedSystem(intro, turns), { answer: (text) => ` ${text}`, next: "</s>" }) };
    },
  }),
  ...repliesIn({
    content: "outputs",
    others: [],
    open: (blocks) => ({
      read({ outputs }) {
        const output = firstIn(outputs, "outputs");
        if (output === undefined) {
          return {};
        }
        blocks.text(textIn(output["text"], "outputs[0].text") ?? "");
        return { stopReason: stopReasonFrom(output["stop_reason"]) };
      },
    }),
  }),
};
