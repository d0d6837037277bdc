/**
 * `content_blocks` as a stream's chunks have them, `{index, delta}`: what helpers of SDKs leave in the message that they join. Python's joins
 * the pieces of a block, which is whole then; JavaScript's keeps the last piece alone.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { ChatPart } from "./chat-request.ts";

/** True where they are pieces of a stream, and no blocks. */
export function areStreamed(blocks: readonly JsonValue[]): boolean {
  return blocks.length > 0 && blocks.every((block) => deltaOf(block) !== undefined);
}

function deltaOf(block: JsonValue): JsonObject | undefined {
  if (!isJsonObject(block) || block["type"] !== undefined) {
    return undefined;
  }
  const delta = block["delta"];
  return isJsonObject(delta) ? delta : undefined;
}

/** The blocks that they are, if they are whole: together they say what the message says, and thinking has its signature. */
export function blocksOfStreamed(streamed: readonly JsonValue[], said: string): ChatPart[] | undefined {
  const blocks: ChatPart[] = [];
  let shown = "";
  for (const piece of streamed) {
    const block = blockOf(deltaOf(piece) ?? {});
    if (block === undefined) {
      return undefined;
    }
    if (block.type === "text") {
      shown += block.text;
    }
    blocks.push(block);
  }
  return shown === said ? blocks : undefined;
}

/** Citations are none: what joins pieces makes one of all of them. */
function blockOf({ text, thinking, signature, data, ...others }: JsonObject): ChatPart | undefined {
  if (Object.keys(others).length > 0) {
    return undefined;
  }
  if (typeof text === "string") {
    return { type: "text", text };
  }
  if (typeof thinking === "string" && typeof signature === "string") {
    return { type: "thinking", thinking, signature };
  }
  return typeof data === "string" ? { type: "redacted_thinking", data } : undefined;
}
