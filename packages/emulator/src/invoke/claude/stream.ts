/** Claude's stream. Shapes and the order of chunks are recorded. */
import type { AnswerBlock } from "../../generate/answer.ts";
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { citationOf } from "./citations.ts";
import {
  claudeName,
  contentOf,
  generationOf,
  messageId,
  redactedData,
  stopReasonOf,
  stopSequenceOf,
  toolUseId,
  usageOf,
} from "./reply.ts";

/** The events of the stream; no `ping` comes on Bedrock (recorded). */
export function claudeChunks(exchange: Exchange): object[] {
  const { answer, call, isBlocked } = exchange;
  const stop = { stop_reason: stopReasonOf(answer.stopReason), stop_sequence: stopSequenceOf(exchange) };
  const message = {
    model: claudeName(call.model.baseId),
    id: messageId(exchange),
    type: "message",
    role: "assistant",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usageOf(exchange), output_tokens: isBlocked ? 0 : 1 },
  };
  return [
    { type: "message_start", message },
    ...answer.blocks.filter((block) => contentOf(block).length > 0).flatMap(blockChunks),
    // Recorded: what a guardrail blocked ends without usage.
    { type: "message_delta", delta: stop, ...(!isBlocked && { usage: deltaUsage(exchange) }) },
    { type: "message_stop" },
  ];
}

/** Recorded: from the generation that tells times to live on, all figures come again at the end. */
function deltaUsage({ answer, call, prompt }: Exchange): object {
  const generation = generationOf(call.traits);
  const output = { output_tokens: answer.outputTokens };
  if (generation !== "detailed" && generation !== "newest") return output;
  const { input, read, write } = prompt;
  return {
    input_tokens: input,
    cache_creation_input_tokens: write,
    cache_read_input_tokens: read,
    ...output,
  };
}

function blockChunks(block: AnswerBlock, index: number): object[] {
  const { start, deltas } = streamedBlock(block);
  return [
    { type: "content_block_start", index, content_block: start },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}

/** Characters in a piece of arguments. */
const argumentPiece = 12;

function streamedBlock(block: AnswerBlock): { start: object; deltas: object[] } {
  const text = (words: string) => textPieces(words).map((piece) => ({ type: "text_delta", text: piece }));
  switch (block.kind) {
    case "reasoning":
      return {
        start: { type: "thinking", thinking: "", signature: "" },
        deltas: [
          ...textPieces(block.text).map((piece) => ({ type: "thinking_delta", thinking: piece })),
          ...(block.signature === undefined ? [] : [{ type: "signature_delta", signature: block.signature }]),
        ],
      };
    case "toolUse":
      return {
        start: { type: "tool_use", id: toolUseId(block.id), name: block.name, input: {} },
        deltas: argumentPieces(block.input).map((piece) => ({ type: "input_json_delta", partial_json: piece })),
      };
    case "citations":
      return {
        start: { type: "text", text: "", citations: [] },
        deltas: [
          ...block.citations.map((citation) => ({ type: "citations_delta", citation: citationOf(citation) })),
          ...text(block.text ?? ""),
        ],
      };
    case "redacted":
      return { start: { type: "redacted_thinking", data: redactedData(block.data) }, deltas: [] };
    case "text":
      return { start: { type: "text", text: "" }, deltas: text(block.text) };
    case "systemResult":
      return { start: { type: "text", text: "" }, deltas: [] };
  }
}

/** The first piece is empty, and the only one of a call without arguments (recorded). */
function argumentPieces(input: object): string[] {
  const characters = Array.from(JSON.stringify(input));
  const pieces = [""];
  if (Object.keys(input).length === 0) return pieces;
  for (let at = 0; at < characters.length; at += argumentPiece)
    pieces.push(characters.slice(at, at + argumentPiece).join(""));
  return pieces;
}
