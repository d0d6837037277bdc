/** Ids of calls that AWS or the model would refuse beside one another. */
import type { ContentBlock, Message, ToolResultBlock } from "../../../converse/content.ts";
import { CallIds } from "./call-ids.ts";
import type { TranslationDraft } from "../translation-draft.ts";

/**
 * Gives calls ids of their own where one comes twice: in a turn, which AWS refuses ("contain duplicate Ids"), and for Claude in the whole
 * conversation ("`tool_use` ids must be unique"). A call has one result: several of one id are joined. Calls `onMend` with the index of
 * each turn that was changed.
 */
export function settleToolIds({ messages, model }: TranslationDraft, onMend: (turn: number) => void): void {
  const ids = new CallIds(model.toolIds === "plain" ? "conversation" : "turn");
  messages.forEach((message, turn) => {
    const isRenamed = message.role === "assistant" ? renameCalls(message, ids) : renameResults(message, ids);
    if ((message.role === "user" && joinResults(message)) || isRenamed) {
      onMend(turn);
    }
  });
}

/** True where an id was exchanged. What a server's own tool did is answered in the same turn, under ids of AWS's, and keeps them. */
function renameCalls(message: Message, ids: CallIds): boolean {
  ids.beginTurn();
  return exchangeBlocks(message, (block) => {
    if (block.toolUse === undefined || block.toolUse.type === "server_tool_use") {
      return block;
    }
    const { toolUseId: given } = block.toolUse;
    const toolUseId = ids.ofCall(given, given);
    return toolUseId === given ? block : { toolUse: { ...block.toolUse, toolUseId } };
  });
}

/** True where an id was exchanged. */
function renameResults(message: Message, ids: CallIds): boolean {
  return exchangeBlocks(message, (block) => {
    if (block.toolResult === undefined) {
      return block;
    }
    const { toolUseId: given } = block.toolResult;
    const toolUseId = ids.ofResult(given) ?? given;
    return toolUseId === given ? block : { toolResult: { ...block.toolResult, toolUseId } };
  });
}

/** True where a block was exchanged: the message then has a list of its own, since the caller's may stand there. */
function exchangeBlocks(message: Message, exchanged: (block: ContentBlock) => ContentBlock): boolean {
  let own: ContentBlock[] | undefined;
  for (const [index, block] of message.content.entries()) {
    const other = exchanged(block);
    if (other !== block) {
      own ??= [...message.content];
      own[index] = other;
    }
  }
  if (own === undefined) {
    return false;
  }
  message.content = own;
  return true;
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
