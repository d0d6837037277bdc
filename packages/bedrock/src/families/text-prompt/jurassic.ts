/**
 * AI21 Jurassic-2. Sources: AWS's page "AI21 Labs Jurassic-2 models", recorded traffic. AWS streams none of them: a chunk is read as a
 * whole answer is.
 */
import { isJsonObject, type JsonValue } from "../../json.ts";
import { repliesIn } from "../answer-format.ts";
import { firstIn, textIn } from "../native-errors.ts";
import type { Family } from "../family.ts";
import { messageText } from "../native-draft.ts";
import { promptRequest } from "./prompt-request.ts";
import { stopReasonFrom } from "../stop-reasons.ts";
import { transcriptOf } from "./transcript.ts";

/** AI21 names no form for a conversation: this is the one that its readers know from chats. */
const form = { user: "User:", assistant: "Assistant:", opening: "", before: "\n", after: " " };

export const jurassic: Family = {
  streams: false,
  request: promptRequest({
    family: "Jurassic-2",
    names: { maxTokens: "maxTokens", temperature: "temperature", topP: "topP", stopSequences: "stopSequences" },
    prompt(draft, request) {
      const [only, ...more] = request.messages ?? [];
      const isPlain = only?.role === "user" && more.length === 0 && (request.system ?? []).length === 0;
      return { prompt: isPlain ? messageText(draft, only, "messages[0]") : transcriptOf(draft, request, form) };
    },
  }),
  ...repliesIn({
    content: "completions",
    others: ["id", "prompt"],
    open: (blocks) => ({
      read({ completions }) {
        const completion = firstIn(completions, "completions");
        blocks.text(textIn(memberOf(memberOf(completion, "data"), "text"), "completions[0].data.text") ?? "");
        const reason = memberOf(memberOf(completion, "finishReason"), "reason");
        // Jurassic ends by itself with `endoftext` and says `stop` for a stop sequence.
        return { stopReason: reason === "stop" ? "stop_sequence" : stopReasonFrom(reason) };
      },
    }),
  }),
};

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
