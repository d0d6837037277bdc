import type { Citation, ToolResultContent } from "../../converse/content.ts";
import type { StopReason, TokenUsage } from "../../converse/response.ts";
import type { ContentBlockStart, ReasoningDelta } from "../../converse/stream-events.ts";
import { isAnswerBlock, isBlockDelta, isBlockStart } from "../../converse/answer-shape.ts";
import { AditError } from "../../errors/adit-error.ts";
import { argumentsWithoutCall, outOfOrder } from "../../errors/stream-faults.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { AnswerPart, AnswerReader } from "../answer-stream.ts";
import type { EventWriter } from "../event-writer.ts";
import { objectOf, textOf } from "../json-parts.ts";
import { novaUsage } from "./nova-usage.ts";
import { guardrailKeys } from "../../converse/guardrail-reply.ts";
import { metricsKey, type InvocationCounts } from "../../converse/invocation-counts.ts";

/** Members of chunks: Converse's events. */
export const novaEvents = [
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
] as const;

/** The piece that an event brings; empty where the chunk is another event. */
function pieceOf(event: JsonValue | undefined, member: "start" | "delta"): JsonObject {
  const piece = event === undefined ? {} : objectOf(event)[member];
  if (!isJsonObject(piece)) {
    throw unreadablePiece();
  }
  return piece;
}

function unreadablePiece(): AditError {
  return new AditError("corrupt_stream", "A chunk of Nova's stream has a piece that cannot be read.");
}

/**
 * Pieces of reasoning: under InvokeModel a piece has the form of a whole block (AWS's guide to Nova 2, "Code library", reads it so there, and
 * reads Converse's own form under ConverseStream).
 */
function reasoningIn(reasoning: JsonObject): ReasoningDelta[] {
  const { reasoningText } = reasoning;
  if (reasoningText === undefined) {
    return [reasoning as unknown as ReasoningDelta];
  }
  if (!isAnswerBlock({ reasoningContent: { reasoningText } })) {
    throw unreadablePiece();
  }
  const { text, signature } = objectOf(reasoningText);
  return [...(typeof text === "string" ? [{ text }] : []), ...(typeof signature === "string" ? [{ signature }] : [])];
}

/** One of these stands in the last chunk. Of an answer that a guardrail blocked before Nova had it AWS tells no figures (recorded of Claude). */
const endings = ["metadata", metricsKey, ...guardrailKeys];

/** Reads the chunks of Nova's stream. Its many blocks of text are one, as Converse itself tells them. */
export class NovaReader implements AnswerReader {
  readonly #writer: EventWriter;
  /** True while the open block is of a kind that Nova does not cut. */
  #isWhole = false;
  /** Nova's number of the block of the last call. */
  #callBlock: JsonValue | undefined;
  #isOver = false;
  #stopReason: StopReason | undefined;
  /** Nova's number of the block that the last text or citation came in. */
  #textBlock: JsonValue | undefined;
  #usage: JsonValue | undefined;

  constructor(writer: EventWriter) {
    this.#writer = writer;
  }

  read(chunk: JsonObject): AnswerPart {
    const late = this.#isOver ? novaEvents.find((name) => name !== "metadata" && chunk[name] !== undefined) : undefined;
    if (late !== undefined) {
      throw outOfOrder(`${late} came after messageStop`);
    }
    this.#usage = objectOf(chunk["metadata"])["usage"] ?? this.#usage;
    const start = pieceOf(chunk["contentBlockStart"], "start");
    const delta = pieceOf(chunk["contentBlockDelta"], "delta");
    if (!isBlockStart(start) || !isBlockDelta(delta)) {
      throw unreadablePiece();
    }
    const { contentBlockIndex } = objectOf(chunk["contentBlockDelta"]);
    const started = objectOf(chunk["contentBlockStart"])["contentBlockIndex"];
    const unfamiliar = [...this.#blockStart(start, started), ...this.#blockDelta(delta, contentBlockIndex)];
    if (chunk["contentBlockStop"] !== undefined) {
      this.#blockStop();
    }
    const stop = chunk["messageStop"];
    this.#isOver ||= stop !== undefined;
    this.#stopReason = textOf(objectOf(stop)["stopReason"]) || this.#stopReason;
    // What a stream used stands in its last chunk, as in Converse's, or a guardrail's word in its place: one that ends before it was cut.
    const isEnded = this.#isOver && endings.some((name) => chunk[name] !== undefined);
    return { unfamiliar, ...(isEnded && { isEnded, stopReason: this.#stopReason }) };
  }

  usage(metrics: InvocationCounts): TokenUsage | undefined {
    return novaUsage(this.#usage, metrics);
  }

  /** Gives the members that it does not know. */
  #blockStart({ toolUse, toolResult, ...others }: JsonObject, block: JsonValue | undefined): string[] {
    if (isJsonObject(toolUse)) {
      if (block !== undefined && block === this.#callBlock) {
        throw outOfOrder(`the call at contentBlockIndex ${JSON.stringify(block)} began twice`);
      }
      this.#callBlock = block;
      this.#writer.toolStart(toolUse as unknown as NonNullable<ContentBlockStart["toolUse"]>);
      this.#isWhole = true;
    }
    if (isJsonObject(toolResult)) {
      this.#writer.toolResultStart(toolResult as unknown as NonNullable<ContentBlockStart["toolResult"]>);
      this.#isWhole = true;
    }
    return Object.keys(others);
  }

  #blockDelta(
    { text, toolUse, reasoningContent, toolResult, citation, ...others }: JsonObject,
    block: JsonValue | undefined,
  ): string[] {
    if (typeof text === "string") {
      this.#textBlock = block;
      this.#writer.text(text);
    }
    if (isJsonObject(citation)) {
      this.#citation(citation, block);
    }
    if (isJsonObject(toolUse)) {
      if (block !== this.#callBlock) {
        throw argumentsWithoutCall(`contentBlockIndex ${JSON.stringify(block)}`);
      }
      this.#writer.toolInput(textOf(toolUse["input"]));
    }
    if (isJsonObject(reasoningContent)) {
      reasoningIn(reasoningContent).forEach((piece) => this.#writer.reasoning(piece));
    }
    if (Array.isArray(toolResult)) {
      this.#writer.toolResult(toolResult as unknown as ToolResultContent[]);
    }
    return Object.keys(others);
  }

  /** Nova's grounding cites in blocks of their own, between two texts: there they stay, as in a whole answer. */
  #citation(citation: Citation, block: JsonValue | undefined): void {
    if (this.#textBlock !== block) {
      this.#writer.closeBlock();
    }
    this.#textBlock = block;
    this.#isWhole = true;
    this.#writer.citation(citation);
  }

  /** The stop of a piece of text ends no block. */
  #blockStop(): void {
    if (this.#isWhole) {
      this.#isWhole = false;
      this.#writer.closeBlock();
    }
  }
}
