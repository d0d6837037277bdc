/** Turns of the assistant's that are reasoning alone, as an answer is that its limit of tokens ended there. */
import type { ContentBlock, Message } from "../../converse/content.ts";
import { drop, pushAll, type TranslationDraft } from "./translation-draft.ts";

/** True where leaving such turns out makes another request, and one that still asks something. */
export function hasReasoningTurns(messages: readonly Message[]): boolean {
  const count = messages.filter(isReasoningTurn).length;
  return count > 0 && count < messages.length;
}

/** Leaves them out; the turns of the user's that meet then become one. `pathOf` names a turn by its place. */
export function leaveOutReasoningTurns(draft: TranslationDraft, pathOf: (turn: number) => string): void {
  if (!hasReasoningTurns(draft.messages)) {
    return;
  }
  const turns: { message: Message; origin: number }[] = [];
  draft.messages.forEach((message, turn) => {
    const last = turns.at(-1)?.message;
    if (isReasoningTurn(message)) {
      drop(draft, pathOf(turn));
    } else if (last?.role === message.role) {
      pushAll(last.content, message.content);
    } else {
      turns.push({ message, origin: draft.origins[turn] ?? 0 });
    }
  });
  draft.messages.length = 0;
  draft.origins.length = 0;
  for (const { message, origin } of turns) {
    draft.messages.push(message);
    draft.origins.push(origin);
  }
}

function isReasoningTurn({ role, content }: Message): boolean {
  return (
    role === "assistant" && content.some(isReasoning) && content.every((block) => isReasoning(block) || isMark(block))
  );
}

function isReasoning({ reasoningContent }: ContentBlock): boolean {
  return reasoningContent !== undefined;
}

function isMark({ cachePoint }: ContentBlock): boolean {
  return cachePoint !== undefined;
}
