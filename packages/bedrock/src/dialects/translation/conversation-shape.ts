/** The last look at the turns: what AWS or the model's family would refuse is mended, each mend named by the message it stands in. */
import type { ContentBlock, Message } from "../../converse/content.ts";
import { unsupported } from "./fields/request-fault.ts";
import { leaveOutReasoningTurns } from "./reasoning-turns.ts";
import { holdsNothing, isBlank } from "./text-blocks.ts";
import { settleToolIds } from "./tools/tool-ids.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** The least that stands for a turn which the caller did not write. */
const filler = ".";

export function settleShape(draft: TranslationDraft): void {
  const first = draft.messages[0];
  if (first?.role === "assistant" && !draft.model.can.assistantFirst) {
    drop(draft, pathOf(draft, 0));
    draft.messages.unshift({ role: "user", content: [{ text: filler }] });
    draft.origins.unshift(0);
  }
  checkLastTurn(draft);
  if (draft.hasReasoning) {
    reasoningFirst(draft);
    reasoningNotLast(draft);
  }
  trimLastTurn(draft);
  // Once nothing is taken out of a turn any more: of what is left some have reasoning alone.
  if (draft.hasReasoning && draft.context.refusesReasoningTurns === true) {
    leaveOutReasoningTurns(draft, (turn) => pathOf(draft, turn));
  }
  if (draft.documentNames !== undefined) {
    textBesideDocuments(draft);
  }
  if (draft.hasLateResults) {
    resultsFirst(draft);
  }
  if (draft.hasToolHistory) {
    settleToolIds(draft, (turn) => drop(draft, pathOf(draft, turn)));
    separateTools(draft);
  }
}

function pathOf(draft: TranslationDraft, turn: number): string {
  return messageAt(draft, draft.origins[turn] ?? 0);
}

function messageAt({ terms }: TranslationDraft, origin: number): string {
  return origin < 0 ? terms.messages : `${terms.messages}[${origin}]`;
}

/** A last turn of the assistant is a beginning that the model continues, where it does that. */
function checkLastTurn(draft: TranslationDraft): void {
  const { messages, model } = draft;
  const last = messages.at(-1);
  // A call without its result is AWS's to judge.
  if (last?.role === "assistant" && !model.can.prefill && last.content.every((block) => block.toolUse === undefined)) {
    const path = pathOf(draft, messages.length - 1);
    throw unsupported(
      path,
      `${path}: ${model.id} does not continue a last message of the assistant; end with a message of the user`,
    );
  }
}

/** White space at the end of such a beginning, where the model refuses it. A cache point behind it is no content. */
function trimLastTurn(draft: TranslationDraft): void {
  const { messages, model } = draft;
  const last = messages.at(-1);
  if (last?.role !== "assistant" || model.can.trailingSpace) {
    return;
  }
  const { content } = last;
  const end = content.findLastIndex(({ cachePoint, text }) => cachePoint === undefined && text?.trim() !== "");
  // White space of its own stood there for the marks alone.
  const behind = content.slice(end + 1);
  const marks = behind.filter(({ cachePoint }) => cachePoint !== undefined);
  const text = content[end]?.text;
  const trimmed = text?.trimEnd();
  if (trimmed === text && marks.length === behind.length) {
    return;
  }
  drop(draft, pathOf(draft, messages.length - 1));
  if (trimmed !== undefined) {
    content[end] = { text: trimmed };
  }
  last.content = [...content.slice(0, end + 1), ...marks];
}

/**
 * Claude: "Expected thinking ... but found ..." where reasoning does not lead its turn. Adaptive thinking does not ask for that (Anthropic's page
 * on it), and models that have no other and bind a thought to what stands before it would not know it again in another place.
 */
function reasoningFirst(draft: TranslationDraft): void {
  if (draft.model.bindsThinking) {
    return;
  }
  draft.messages.forEach((message, turn) => {
    const hasLate = message.content.some(
      (block, index) =>
        index > 0 && block.reasoningContent !== undefined && message.content[0]?.reasoningContent === undefined,
    );
    if (message.role === "assistant" && hasLate) {
      const isReasoning = (block: ContentBlock): boolean => block.reasoningContent !== undefined;
      message.content = [
        ...message.content.filter(isReasoning),
        ...message.content.filter((block) => !isReasoning(block)),
      ];
      drop(draft, pathOf(draft, turn));
    }
  });
}

/**
 * Reasoning ends a turn where the limit of tokens or the caller ended an answer that thought again. A turn of thinking alone goes as it came, for
 * so callers of Portkey's and Obiguard's are told to send it, until the model has refused it.
 */
function reasoningNotLast(draft: TranslationDraft): void {
  if (draft.model.can.reasoningLast) {
    return;
  }
  draft.messages.forEach(({ role, content }, turn) => {
    const end = content.findLastIndex((block, index) => !belongsTo(block, index, content, "reasoningContent")) + 1;
    if (role === "assistant" && end > 0 && end < content.length) {
      drop(draft, pathOf(draft, turn));
      content.length = end;
    }
  });
}

/** "A text block must be included when using documents." Those inside tool results need none (recorded). */
function textBesideDocuments(draft: TranslationDraft): void {
  draft.messages.forEach((message, turn) => {
    const hasDocument = message.content.some((block) => block.document !== undefined);
    if (hasDocument && message.content.every((block) => block.text === undefined || isBlank(block.text))) {
      message.content.push({ text: filler });
      drop(draft, pathOf(draft, turn));
    }
  });
}

/** Families that refuse other content beside calls, or beside results. */
function separateTools(draft: TranslationDraft): void {
  const { can } = draft.model;
  if (!can.textBesideTools) {
    draft.messages.forEach((message, turn) => {
      if (message.role === "assistant") {
        dropTextBesideCalls(draft, message, turn);
      }
    });
  }
  if (!can.textBesideTools || !can.toolResultShared) {
    splitResults(draft);
  }
}

/** "Conversation blocks and tool use blocks cannot be provided in the same turn." The call matters, so the text goes. */
function dropTextBesideCalls(draft: TranslationDraft, message: Message, turn: number): void {
  if (message.content.every((block) => block.toolUse === undefined)) {
    return;
  }
  message.content = message.content.filter((block) => {
    if (block.text === undefined) {
      return true;
    }
    drop(draft, messageAt(draft, draft.joined.get(block) ?? draft.origins[turn] ?? 0));
    return false;
  });
}

/** Results stand alone in their turn; what the user adds comes after a turn of the assistant, since AWS merges turns of one role. */
function splitResults(draft: TranslationDraft): void {
  const turns: Message[] = [];
  const origins: number[] = [];
  draft.messages.forEach((message, turn) => {
    const origin = draft.origins[turn] ?? 0;
    const parts = message.role === "user" ? partedResults(message.content) : undefined;
    if (parts === undefined) {
      turns.push(message);
      origins.push(origin);
      return;
    }
    turns.push(
      { role: "user", content: parts.results },
      { role: "assistant", content: [{ text: filler }] },
      { role: "user", content: parts.rest },
    );
    origins.push(origin, origin, origin);
    drop(draft, messageAt(draft, origin));
  });
  replaceAll(draft.messages, turns);
  replaceAll(draft.origins, origins);
}

/** Results with their marks, and what else is there; undefined where one of the two is missing. */
function partedResults(
  content: readonly ContentBlock[],
): { results: ContentBlock[]; rest: ContentBlock[] } | undefined {
  const isOfResults = (block: ContentBlock, index: number): boolean => belongsTo(block, index, content, "toolResult");
  const results = content.filter(isOfResults);
  const rest = content.filter((block, index) => !isOfResults(block, index));
  return results.length === 0 || holdsNothing(rest) ? undefined : { results, rest };
}

function replaceAll<Item>(list: Item[], items: readonly Item[]): void {
  list.length = 0;
  for (const item of items) {
    list.push(item);
  }
}

/** AWS wants results first in their turn (Claude: "must begin with a matching number of tool_result blocks"). */
function resultsFirst(draft: TranslationDraft): void {
  for (const message of draft.messages) {
    const parts = message.role === "user" ? partedResults(message.content) : undefined;
    if (parts !== undefined) {
      message.content = [...parts.results, ...parts.rest];
    }
  }
}

/** True for a block of that kind, and for a cache point behind one. */
function belongsTo(
  block: ContentBlock,
  index: number,
  content: readonly ContentBlock[],
  kind: "toolResult" | "reasoningContent",
): boolean {
  return (
    block[kind] !== undefined ||
    (block.cachePoint !== undefined && index > 0 && content[index - 1]?.[kind] !== undefined)
  );
}
