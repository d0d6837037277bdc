import { lineEnd } from "../../translation/testing/line-ends.ts";
import type { ChatCompletionChunk, ChatToolCallDelta, ChatUsage } from "../chat-completion.ts";

/** A block of `content_blocks`, put together from its deltas by the names of their members alone. */
export interface AssembledBlock {
  text?: string;
  thinking?: string;
  signature?: string;
  data?: string;
  citations?: unknown[];
  /** Pieces as AWS wrote them. */
  pieces?: unknown[];
}

export interface AssembledStream {
  chunks: ChatCompletionChunk[];
  /** Undefined where no chunk but the first held any. */
  content: string | undefined;
  reasoning: string;
  toolCalls: { id: string; name: string; arguments: string }[];
  blocks: Map<number, AssembledBlock>;
  citations: unknown[];
  finishReasons: string[];
  usages: ChatUsage[];
  responseFields: unknown;
  errors: unknown[];
  isDone: boolean;
}

/** Reads a stream's text as a plain client does: events parted by an empty line, `data:` and `event:` lines, JSON. */
export function assembleChunks(sse: string): AssembledStream {
  const result: AssembledStream = {
    chunks: [],
    content: undefined,
    reasoning: "",
    toolCalls: [],
    blocks: new Map(),
    citations: [],
    finishReasons: [],
    usages: [],
    responseFields: undefined,
    errors: [],
    isDone: false,
  };
  if (!sse.endsWith("\n\n")) {
    throw new Error("the stream ends inside an event");
  }
  for (const event of sse.slice(0, -2).split("\n\n")) {
    const lines = event.split(lineEnd);
    if (result.isDone) {
      throw new Error("something follows [DONE]");
    }
    if (lines.length === 1 && lines[0] === "data: [DONE]") {
      result.isDone = true;
    } else if (lines.length === 2 && lines[0] === "event: error") {
      result.errors.push(JSON.parse(dataOf(lines[1])));
    } else if (lines.length === 1) {
      addChunk(result, JSON.parse(dataOf(lines[0])) as ChatCompletionChunk);
    } else {
      throw new Error(`not an event: ${event.slice(0, 200)}`);
    }
  }
  return result;
}

function dataOf(line: string | undefined): string {
  if (line === undefined || !line.startsWith("data: ")) {
    throw new Error(`not a data line: ${line?.slice(0, 200)}`);
  }
  return line.slice(6);
}

function addChunk(result: AssembledStream, chunk: ChatCompletionChunk): void {
  result.chunks.push(chunk);
  if (chunk.usage !== undefined && chunk.usage !== null) {
    result.usages.push(chunk.usage);
  }
  for (const { delta, finish_reason: finishReason } of chunk.choices) {
    if (finishReason !== null) {
      result.finishReasons.push(finishReason);
    }
    if (delta.content !== undefined && delta.content !== "") {
      result.content = (result.content ?? "") + delta.content;
    }
    result.reasoning += delta.reasoning_content ?? "";
    for (const { index, ...citation } of delta.citations ?? []) result.citations[index] = citation;
    result.responseFields = delta.additional_model_response_fields ?? result.responseFields;
    for (const call of delta.tool_calls ?? []) {
      addCall(result.toolCalls, call);
    }
    for (const { index, delta: piece, start } of delta.content_blocks ?? []) {
      const block = result.blocks.get(index) ?? {};
      result.blocks.set(index, block);
      addPiece(block, piece ?? start ?? {});
    }
  }
}

function addCall(calls: AssembledStream["toolCalls"], call: ChatToolCallDelta): void {
  const known = calls[call.index];
  if (known !== undefined) {
    known.arguments += call.function.arguments;
    return;
  }
  if (call.index !== calls.length || call.type !== "function") {
    throw new Error("a call does not begin as the next one");
  }
  calls.push({ id: call.id ?? "", name: call.function.name ?? "", arguments: call.function.arguments });
}

function addPiece(block: AssembledBlock, piece: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(piece)) {
    if (name === "text" || name === "thinking" || name === "signature" || name === "data") {
      block[name] = (block[name] ?? "") + String(value);
    } else if (name === "citation") {
      block.citations = [...(block.citations ?? []), value];
    } else {
      block.pieces = [...(block.pieces ?? []), { [name]: value }];
    }
  }
}
