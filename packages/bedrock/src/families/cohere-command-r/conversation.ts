/**
 * The turns of a conversation in Command R's form: one message, what was said before it, results of tools, documents. AWS's page names two roles in
 * the history and no place there for tools: results since the message go into `tool_results`, with their calls; earlier ones are named.
 */
import type { Message, ToolResultBlock, ToolUseBlock } from "../../converse/content.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { blockSeparator, joinedTexts, type NativeDraft, plainText } from "../native-draft.ts";
import { documentOf, textOfSearchResult } from "./documents.ts";

/** One message of Converse, taken apart. */
interface Turn {
  role: Message["role"];
  path: string;
  text: string;
  calls: Placed<ToolUseBlock>[];
  results: Placed<ToolResultBlock>[];
}

interface Placed<Block> {
  path: string;
  block: Block;
}

/** `message`, `chat_history`, `documents` and `tool_results` of the body. */
export function nativeConversation(draft: NativeDraft, messages: readonly Message[]): JsonObject {
  const documents: JsonObject[] = [];
  const turns = messages.map((message, index) => turnOf(draft, message, `messages[${index}]`, documents));
  if (turns.at(-1)?.role !== "user") {
    throw draft.invalid("messages", "the last message must be the user's: Command R does not go on with an answer");
  }
  const asked = turns.findLastIndex((turn) => turn.role === "user" && turn.text !== "");
  if (asked < 0) {
    throw draft.invalid("messages", "a conversation needs a text of the user");
  }
  const history = turns.slice(0, asked).filter((turn) => turn.text !== "");
  const results = toolResults(draft, turns, asked);
  return {
    message: turns[asked]?.text ?? "",
    ...(history.length > 0 && { chat_history: history.map((turn) => historyEntry(turn)) }),
    ...(documents.length > 0 && { documents }),
    ...(results.length > 0 && { tool_results: results }),
  };
}

function turnOf(draft: NativeDraft, { role, content }: Message, path: string, documents: JsonObject[]): Turn {
  if (role === "system") {
    throw draft.unsupported(`${path}.role`, "system messages in the conversation");
  }
  const turn: Turn = { role, path, text: "", calls: [], results: [] };
  const texts: string[] = [];
  for (const [index, block] of content.entries()) {
    const blockPath = `${path}.content[${index}]`;
    if (block.toolUse !== undefined) {
      turn.calls.push({ path: `${blockPath}.toolUse`, block: block.toolUse });
    } else if (block.toolResult !== undefined) {
      turn.results.push({ path: `${blockPath}.toolResult`, block: block.toolResult });
    } else if (block.document !== undefined || block.searchResult !== undefined) {
      documents.push(documentOf(draft, block, blockPath));
    } else {
      texts.push(...plainText(draft, block, blockPath));
    }
  }
  turn.text = joinedTexts(role, texts);
  return turn;
}

function historyEntry({ role, text }: Turn): JsonObject {
  return { role: role === "assistant" ? "CHATBOT" : "USER", message: text };
}

/** Results from the turn of the message on. What has no place, earlier calls and what the model said while it called, is named. */
function toolResults(draft: NativeDraft, turns: readonly Turn[], asked: number): JsonObject[] {
  const calls = new Map(turns.flatMap((turn) => turn.calls.map(({ block }) => [block.toolUseId, block] as const)));
  const current = turns.slice(asked).flatMap((turn) => turn.results);
  const answered = new Set(current.map(({ block }) => block.toolUseId));
  for (const [index, turn] of turns.entries()) {
    const isEarlier = index < asked;
    const lost = [
      ...turn.calls.filter(({ block }) => !answered.has(block.toolUseId)),
      ...(isEarlier ? turn.results : []),
    ];
    lost.forEach(({ path }) => draft.drop(path));
    if (!isEarlier && turn.role === "assistant" && turn.text !== "") {
      draft.drop(`${turn.path}.content`);
    }
  }
  return current.map(({ block, path }) => {
    const call = calls.get(block.toolUseId);
    if (call === undefined) {
      throw draft.invalid(`${path}.toolUseId`, "no call of the conversation has this id");
    }
    return { call: { name: call.name, parameters: call.input }, outputs: outputsOf(draft, block, path) };
  });
}

/** A list of objects; AWS's page writes a text as `{"text": ...}`. */
function outputsOf(draft: NativeDraft, { content, status }: ToolResultBlock, path: string): JsonObject[] {
  const failed = status === "error" ? { status } : {};
  const outputs = content.map((part, index): JsonObject => {
    if (part.json !== undefined) {
      return { ...(isJsonObject(part.json) ? part.json : { result: part.json }), ...failed };
    }
    if (part.searchResult !== undefined) {
      return { ...textOfSearchResult(part.searchResult), ...failed };
    }
    const texts = plainText(draft, part, `${path}.content[${index}]`);
    return { text: texts.join(blockSeparator), ...failed };
  });
  return outputs.length > 0 ? outputs : [{ text: "", ...failed }];
}
