import type { StopReason, TokenUsage } from "../../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { AnswerPart, AnswerReader } from "../answer-stream.ts";
import type { EventWriter } from "../event-writer.ts";
import { known, type InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { argumentsWithoutCall, outOfOrder } from "../../errors/stream-faults.ts";
import { objectOf, textOf } from "../json-parts.ts";
import { textIn, unreadable } from "../native-errors.ts";
import { citationFrom, citationsIn } from "../../anthropic/citations.ts";
import { redactedContent, serverToolResult, stopReasonOf, toolUseOf } from "./response.ts";
import { claudeUsage } from "../../anthropic/claude-usage.ts";

/** Members of the chunks, which are the events of Anthropic's API. */
export const chunkMembers = [
  "type",
  "index",
  "message",
  "content_block",
  "delta",
  "usage",
  "context_management",
] as const;

/** A part of a chunk, which its type tells apart: one without could hold any content, and left out the answer would look whole. */
function typed(part: JsonValue | undefined, what: string): JsonObject {
  if (!isJsonObject(part) || textOf(part["type"]) === "") {
    throw unreadable(what, "type");
  }
  return part;
}

/** Reads a stream of Claude's Messages API: its blocks are Converse's, one for one and in the same pieces. */
export class AnthropicReader implements AnswerReader {
  readonly #writer: EventWriter;
  #stopReason: StopReason | undefined;
  /** The arguments of the open call have begun; undefined where no call is open. */
  #hasInput: boolean | undefined;
  /** Claude's number of the open call. */
  #callIndex: JsonValue | undefined;
  /** Arguments that came with the start, as those of a call that Claude's own code makes: no pieces follow then. */
  #inputAtStart = "{}";
  /** Claude's number of the last block that began. */
  #lastBlock = -1;
  #isOver = false;
  #usageAtStart: JsonObject = {};
  #usageAtEnd: JsonObject = {};

  constructor(writer: EventWriter) {
    this.#writer = writer;
  }

  read(chunk: JsonObject): AnswerPart {
    const type = textOf(chunk["type"]);
    if (this.#isOver && /^(?:message|content_block)_/.test(type)) {
      throw outOfOrder(`${type} came after message_stop`);
    }
    switch (type) {
      case "message_start":
        this.#usageAtStart = objectOf(objectOf(chunk["message"])["usage"]);
        return {};
      case "content_block_start":
        return { unfamiliar: this.#blockStart(typed(chunk["content_block"], "a block"), chunk["index"]) };
      case "content_block_delta":
        return { unfamiliar: this.#blockDelta(typed(chunk["delta"], "a piece of a block"), chunk["index"]) };
      case "content_block_stop":
        this.#blockStop();
        return {};
      case "message_delta":
        this.#stopReason = stopReasonOf(objectOf(chunk["delta"])["stop_reason"]) ?? this.#stopReason;
        this.#usageAtEnd = objectOf(chunk["usage"]);
        return {};
      case "message_stop":
        // Only now the model has ended: what a guardrail says and AWS's metrics stand here.
        this.#isOver = true;
        return { isEnded: true, stopReason: this.#stopReason };
      case "ping":
        return {};
      case "":
        if (chunk["delta"] !== undefined || chunk["content_block"] !== undefined) {
          throw unreadable("a chunk", "type");
        }
        // AWS's own members may stand alone.
        return {};
      default:
        return { unfamiliar: [type] };
    }
  }

  /** The start counts what was read; its count of output is that of the moment, which stands only where nothing later tells. */
  usage(metrics: InvocationCounts): TokenUsage | undefined {
    const { output_tokens: begun, ...read } = this.#usageAtStart;
    const counts = { ...known({ outputTokens: countOf(begun) }), ...metrics };
    return claudeUsage(counts, read, this.#usageAtEnd);
  }

  /** Gives the type where it is not known. */
  #blockStart(block: JsonObject, index: JsonValue | undefined): string[] {
    if (typeof index === "number") {
      this.#beginBlock(index);
    }
    const result = serverToolResult(block);
    if (result !== undefined) {
      const { content, ...start } = result;
      this.#writer.toolResultStart(start);
      this.#writer.toolResult(content);
      return [];
    }
    const type = textOf(block["type"]);
    switch (type) {
      case "tool_use":
      case "server_tool_use":
        this.#writer.toolStart(toolUseOf(block));
        this.#hasInput = false;
        this.#callIndex = index;
        this.#inputAtStart = isJsonObject(block["input"]) ? JSON.stringify(block["input"]) : "{}";
        return [];
      case "redacted_thinking":
        this.#writer.reasoning({ redactedContent: redactedContent(block["data"]) });
        return [];
      case "text":
        this.#writer.text(textIn(block["text"], "a block of text") ?? "");
        citationsIn(block).forEach((citation) => this.#writer.citation(citation));
        return [];
      case "thinking":
        this.#thinking(block["thinking"], block["signature"]);
        return [];
      default:
        return [type];
    }
  }

  /** Blocks are numbered in their order. The same one again would be a second block, or a second call. */
  #beginBlock(index: number): void {
    if (index <= this.#lastBlock) {
      throw outOfOrder(`block ${index} began twice`);
    }
    this.#lastBlock = index;
  }

  #blockDelta(delta: JsonObject, index: JsonValue | undefined): string[] {
    const type = textOf(delta["type"]);
    switch (type) {
      case "text_delta":
        this.#writer.text(textIn(delta["text"], "a piece of text") ?? "");
        return [];
      case "input_json_delta":
        if (index !== this.#callIndex) {
          throw argumentsWithoutCall(`block ${JSON.stringify(index)}`);
        }
        this.#input(textIn(delta["partial_json"], "a piece of a call's arguments") ?? "");
        return [];
      case "thinking_delta":
      case "signature_delta":
        this.#thinking(delta["thinking"], delta["signature"]);
        return [];
      case "citations_delta":
        this.#writer.citation(citationFrom(objectOf(delta["citation"])));
        return [];
      default:
        return [type];
    }
  }

  #blockStop(): void {
    if (this.#hasInput === false) {
      // Converse writes an empty piece for a call without arguments.
      this.#input(this.#inputAtStart === "{}" ? "" : this.#inputAtStart);
    }
    this.#hasInput = undefined;
    this.#writer.closeBlock();
  }

  #input(piece: string): void {
    this.#hasInput = true;
    this.#writer.toolInput(piece);
  }

  #thinking(thinking: JsonValue | undefined, signed: JsonValue | undefined): void {
    const text = textIn(thinking, "a piece of thinking") ?? "";
    const signature = textIn(signed, "a signature") ?? "";
    if (text !== "") {
      this.#writer.reasoning({ text });
    }
    if (signature !== "") {
      this.#writer.reasoning({ signature });
    }
  }
}
