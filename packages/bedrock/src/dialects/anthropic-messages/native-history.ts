/** Thinking in the turns that come back, as Claude takes it. */
import type { MessagesBlock, MessagesRequest } from "./messages-request.ts";
import { leaveOut, type NativeDraft } from "./native-draft.ts";

/**
 * Thinking without a signature is another model's, or broke off: Claude refuses the whole request for it, at every turn from then on
 * ("thinking.signature: Field required": can1357/oh-my-pi#10486, earendil-works/pi#2063). It is left out by name.
 */
export function settleHistory(draft: NativeDraft): void {
  for (const [index, { content }] of draft.request.messages.entries()) {
    if (typeof content === "string" || !content.some(isUnsigned)) {
      continue;
    }
    if (content.every(isUnsigned)) {
      leaveOut(draft, ["messages", index]);
      continue;
    }
    for (const [place, block] of content.entries()) {
      if (isUnsigned(block)) {
        leaveOut(draft, ["messages", index, "content", place]);
      }
    }
  }
}

function isUnsigned({ type, signature }: MessagesBlock): boolean {
  return type === "thinking" && (typeof signature !== "string" || signature === "");
}

/**
 * True where a turn whose calls are being answered does not begin with thinking that Claude takes back: with a budget it must ("Expected
 * `thinking` or `redacted_thinking`, but found `tool_use`").
 */
export function lacksThinking({ messages }: MessagesRequest): boolean {
  const answered = messages.at(-1)?.content ?? "";
  const calling = messages.at(-2)?.content ?? "";
  if (typeof answered === "string" || typeof calling === "string") {
    return false;
  }
  const first = calling.find((block) => !isUnsigned(block))?.type;
  return (
    answered.some(({ type }) => type === "tool_result") &&
    calling.some(({ type }) => type === "tool_use") &&
    first !== "thinking" &&
    first !== "redacted_thinking"
  );
}
