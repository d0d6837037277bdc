/** Ids of calls that AWS or the model would refuse beside one another. */
import type { ContentBlock, Message, ToolResultBlock } from "../../converse/content.ts";
import type { TranslationDraft } from "./translation-draft.ts";

/**
 * Gives calls ids of their own where one comes twice: in a turn, which AWS refuses ("contain duplicate Ids"), and for Claude in the whole
 * conversation ("`tool_use` ids must be unique"), since other models count anew in each answer. A result follows its call; of several of one
 * id, in their order, and what is left over of them is said with the last: a call has one result. Calls `onMend` with the index of each
 * turn that was changed.
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
    const isRenamed = sentIds !== undefined && message.role !== "system" && renameIn(message, sentIds);
    if ((message.role === "user" && joinResults(message)) || isRenamed) {
      onMend(turn);
    }
  });
}

/** Ids that are in use. */
export class Taken extends Set<string> {
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

/** The ids under which a turn's calls are sent, by their own, in their order; undefined where those are the same, as in most. */
function renamedIds({ content }: Message, taken: Taken): Map<string, string[]> | undefined {
  let sent: Map<string, string[]> | undefined;
  for (const [index, block] of content.entries()) {
    const id = callId(block);
    if (id === undefined) {
      continue;
    }
    const isTaken = taken.has(id);
    const sentId = isTaken ? taken.freeFor(id) : id;
    taken.add(sentId);
    if (isTaken && sent === undefined) {
      const before = content.slice(0, index).map(callId);
      sent = new Map(before.flatMap((own) => (own === undefined ? [] : [[own, [own]]])));
    }
    const others = sent?.get(id);
    if (others === undefined) {
      sent?.set(id, [sentId]);
    } else {
      others.push(sentId);
    }
  }
  return sent;
}

/** What a server's own tool did is answered in the same turn, under ids of AWS's. */
function callId({ toolUse }: ContentBlock): string | undefined {
  return toolUse === undefined || toolUse.type === "server_tool_use" ? undefined : toolUse.toolUseId;
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

/** Puts the results of one call together, so that none of them is lost. True where there were several. */
function joinResults(message: Message): boolean {
  if (!hasSeveralResults(message)) {
    return false;
  }
  const firsts = new Map<string, { index: number; own?: ToolResultBlock }>();
  const kept: ContentBlock[] = [];
  for (const block of message.content) {
    const { toolResult } = block;
    const first = toolResult === undefined ? undefined : firsts.get(toolResult.toolUseId);
    if (toolResult === undefined || first === undefined) {
      if (toolResult !== undefined) {
        firsts.set(toolResult.toolUseId, { index: kept.length });
      }
      kept.push(block);
      continue;
    }
    // The caller's own object may stand there.
    first.own ??= copyOf(kept[first.index]?.toolResult ?? toolResult);
    for (const part of toolResult.content) {
      first.own.content.push(part);
    }
    if (toolResult.status === "error") {
      first.own.status = "error";
    }
    kept[first.index] = { toolResult: first.own };
  }
  const isJoined = kept.length < message.content.length;
  if (isJoined) {
    message.content = kept;
  }
  return isJoined;
}

function hasSeveralResults({ content }: Message): boolean {
  let count = 0;
  for (const { toolResult } of content) {
    count += toolResult === undefined ? 0 : 1;
  }
  return count > 1;
}

function copyOf({ content, ...rest }: ToolResultBlock): ToolResultBlock {
  return { content: [...content], ...rest };
}
