/** Ids of calls that AWS or the model would refuse beside one another. */
import type { ContentBlock, Message } from "../../converse/content.ts";
import type { TranslationDraft } from "./translation-draft.ts";

/**
 * Gives calls ids of their own where one comes twice: in a turn, which AWS refuses ("contain duplicate Ids"), and for Claude in the whole
 * conversation ("`tool_use` ids must be unique"), since other models count anew in each answer. A result follows its call; of several of one
 * id, in their order. Calls `onMend` with the index of each turn that was changed.
 */
export function settleToolIds({ messages, model }: TranslationDraft, onMend: (turn: number) => void): void {
  const isClaude = model.family === "anthropic";
  const taken = new Taken();
  let sentIds: ReadonlyMap<string, string[]> | undefined;
  messages.forEach((message, turn) => {
    if (message.role === "assistant") {
      if (!isClaude) {
        taken.clear();
      }
      sentIds = renamedIds(message, taken);
    }
    if (sentIds !== undefined && message.role !== "system" && renameIn(message, sentIds)) {
      onMend(turn);
    }
  });
}

/** Ids that are in use. */
class Taken extends Set<string> {
  /** By what an id begins with: the last number behind it. Without it, many calls of one id would be counted through for each. */
  readonly #numbers = new Map<string, number>();

  /** An id that is not in use, and begins as this one. */
  freeFor(id: string): string {
    const base = id.slice(0, 56);
    let number = this.#numbers.get(base) ?? 1;
    let free = base;
    while (this.has(free)) {
      number += 1;
      free = `${base}_${number}`;
    }
    this.#numbers.set(base, number);
    return free;
  }
}

/** The ids under which a turn's calls are sent, by their own, in their order; undefined where those are the same. */
function renamedIds({ content }: Message, taken: Taken): Map<string, string[]> | undefined {
  const sent = new Map<string, string[]>();
  let isRenamed = false;
  for (const { toolUse } of content) {
    // What a server's own tool did is answered in the same turn, under ids of AWS's.
    if (toolUse === undefined || toolUse.type === "server_tool_use") {
      continue;
    }
    const { toolUseId } = toolUse;
    const isGood = !taken.has(toolUseId);
    const id = isGood ? toolUseId : taken.freeFor(toolUseId);
    isRenamed ||= !isGood;
    taken.add(id);
    const others = sent.get(toolUseId);
    if (others === undefined) {
      sent.set(toolUseId, [id]);
    } else {
      others.push(id);
    }
  }
  return isRenamed ? sent : undefined;
}

/** True where an id was exchanged. */
function renameIn(message: Message, sentIds: ReadonlyMap<string, string[]>): boolean {
  const met = new Map<string, number>();
  const next = (id: string): string => {
    const number = met.get(id) ?? 0;
    met.set(id, number + 1);
    const ids = sentIds.get(id);
    return ids?.[Math.min(number, ids.length - 1)] ?? id;
  };
  let isChanged = false;
  message.content = message.content.map((block) => {
    const renamed = message.role === "assistant" ? renamedCall(block, next) : renamedResult(block, next);
    isChanged ||= renamed !== block;
    return renamed;
  });
  return isChanged;
}

function renamedCall(block: ContentBlock, next: (id: string) => string): ContentBlock {
  if (block.toolUse === undefined) {
    return block;
  }
  const { toolUseId: given, ...rest } = block.toolUse;
  const toolUseId = next(given);
  return toolUseId === given ? block : { toolUse: { toolUseId, ...rest } };
}

function renamedResult(block: ContentBlock, next: (id: string) => string): ContentBlock {
  if (block.toolResult === undefined) {
    return block;
  }
  const { toolUseId: given, ...rest } = block.toolResult;
  const toolUseId = next(given);
  return toolUseId === given ? block : { toolResult: { toolUseId, ...rest } };
}
