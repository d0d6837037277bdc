import type { StopReason, TokenUsage } from "../../converse/response.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { EventWriter } from "../event-writer.ts";
import type { InvocationCounts, NativeStream } from "../family.ts";
import { GuardrailReply, guardrailKeys } from "../guardrail-reply.ts";
import { countOf, countsFromMetrics, known, metricsKey } from "../invocation-counts.ts";
import { errorIn, truncatedStream } from "../native-errors.ts";
import { citationFrom, citationsIn } from "./citations.ts";
import { redactedContent, serverToolResult, stopReasonOf, textOf, toolUseOf } from "./response.ts";
import { anthropicUsage } from "./usage.ts";

/** Members of every chunk; by type, those of that type. */
const familiar: ReadonlyMap<string, readonly string[]> = new Map([
  ["message_start", ["message"]],
  ["content_block_start", ["index", "content_block"]],
  ["content_block_delta", ["index", "delta"]],
  ["content_block_stop", ["index"]],
  ["message_delta", ["delta", "usage", "context_management"]],
  ["message_stop", []],
  ["ping", []],
]);
const everywhere: readonly string[] = ["type", metricsKey, ...guardrailKeys];

/** Reads a stream of Claude's Messages API: its blocks are Converse's, one for one and in the same pieces. */
export class AnthropicStream implements NativeStream {
  readonly unfamiliar = new Set<string>();
  readonly #writer: EventWriter;
  readonly #guardrail = new GuardrailReply();
  #stopReason: StopReason | undefined;
  #stopped = false;
  /** The arguments of the open call have begun; undefined where no call is open. */
  #hasInput: boolean | undefined;
  #usageAtStart: JsonObject = {};
  #usageAtEnd: JsonObject = {};
  #counts: InvocationCounts = {};

  constructor(emit: (event: ConverseStreamEvent) => void) {
    this.#writer = new EventWriter(emit);
  }

  chunk(chunk: JsonObject): void {
    const error = errorIn(chunk, "ModelStreamErrorException");
    if (error !== undefined) {
      throw error;
    }
    this.#noteUnfamiliar(chunk);
    this.#guardrail.take(chunk);
    this.#counts = countsFromMetrics(chunk) ?? this.#counts;
    switch (textOf(chunk["type"])) {
      case "message_start":
        this.#writer.start();
        this.#usageAtStart = objectOf(objectOf(chunk["message"])["usage"]);
        break;
      case "content_block_start":
        this.#blockStart(objectOf(chunk["content_block"]));
        break;
      case "content_block_delta":
        this.#blockDelta(objectOf(chunk["delta"]));
        break;
      case "content_block_stop":
        this.#blockStop();
        break;
      case "message_delta":
        this.#stopReason = stopReasonOf(objectOf(chunk["delta"])["stop_reason"]) ?? this.#stopReason;
        this.#usageAtEnd = objectOf(chunk["usage"]);
        break;
      case "message_stop":
        this.#stopped = true;
        break;
    }
  }

  end(): void {
    if (!this.#stopped) {
      throw truncatedStream("Claude's message_stop");
    }
    this.#writer.finish(this.#guardrail.stopReason(this.#stopReason ?? "end_turn"), {
      usage: this.#usage(),
      latency: this.#counts.latency,
      trace: this.#guardrail.trace,
    });
  }

  #blockStart(block: JsonObject): void {
    const result = serverToolResult(block);
    if (result !== undefined) {
      const { content, ...start } = result;
      this.#writer.toolResultStart(start);
      this.#writer.toolResult(content);
      return;
    }
    switch (textOf(block["type"])) {
      case "tool_use":
      case "server_tool_use":
        this.#writer.toolStart(toolUseOf(block));
        this.#hasInput = false;
        break;
      case "redacted_thinking":
        this.#writer.reasoning({ redactedContent: redactedContent(block["data"]) });
        break;
      case "text":
        this.#text(block["text"]);
        citationsIn(block).forEach((citation) => this.#writer.citation(citation));
        break;
      case "thinking":
        this.#thinking(block["thinking"], block["signature"]);
        break;
      default:
        this.unfamiliar.add(textOf(block["type"]));
    }
  }

  #blockDelta(delta: JsonObject): void {
    switch (textOf(delta["type"])) {
      case "text_delta":
        this.#text(delta["text"]);
        break;
      case "input_json_delta":
        this.#input(textOf(delta["partial_json"]));
        break;
      case "thinking_delta":
      case "signature_delta":
        this.#thinking(delta["thinking"], delta["signature"]);
        break;
      case "citations_delta":
        this.#writer.citation(citationFrom(objectOf(delta["citation"])));
        break;
      default:
        this.unfamiliar.add(textOf(delta["type"]));
    }
  }

  #blockStop(): void {
    if (this.#hasInput === false) {
      // Converse writes an empty piece for a call without arguments.
      this.#input("");
    }
    this.#hasInput = undefined;
    this.#writer.closeBlock();
  }

  #text(text: JsonValue | undefined): void {
    this.#writer.text(textOf(text));
  }

  #input(piece: string): void {
    this.#hasInput = true;
    this.#writer.toolInput(piece);
  }

  #thinking(text: JsonValue | undefined, signature: JsonValue | undefined): void {
    if (typeof text === "string" && text !== "") {
      this.#writer.reasoning({ text });
    }
    if (typeof signature === "string" && signature !== "") {
      this.#writer.reasoning({ signature });
    }
  }

  /** The start counts what was read; its count of output is that of the moment, which stands only where nothing later tells. */
  #usage(): TokenUsage | undefined {
    const { output_tokens: begun, ...read } = this.#usageAtStart;
    const counts = { ...known({ outputTokens: countOf(begun) }), ...this.#counts };
    return anthropicUsage({ ...read, ...this.#usageAtEnd }, counts);
  }

  #noteUnfamiliar(chunk: JsonObject): void {
    const type = textOf(chunk["type"]);
    const names = familiar.get(type);
    if (names === undefined) {
      this.unfamiliar.add(type);
      return;
    }
    for (const name of Object.keys(chunk)) {
      if (!names.includes(name) && !everywhere.includes(name)) {
        this.unfamiliar.add(name);
      }
    }
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
