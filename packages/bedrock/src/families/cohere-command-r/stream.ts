import type { ConverseRequest } from "../../converse/request.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { cohereStopReason } from "../cohere-stop-reason.ts";
import { EventWriter } from "../event-writer.ts";
import type { InvocationCounts, NativeReplyContext, NativeStream } from "../family.ts";
import { GuardrailReply, guardrailKeys } from "../guardrail-reply.ts";
import { countsFromMetrics, metricsKey } from "../invocation-counts.ts";
import { errorIn, truncatedStream } from "../native-errors.ts";
import { callId } from "./calls.ts";
import { citationsFrom } from "./citations.ts";
import { billedUsage } from "./usage.ts";

/** Members of chunks. What only explains (search queries and results) has no place in an answer and is no surprise. */
const familiar: ReadonlySet<string> = new Set(
  (
    "event_type is_finished text citations documents generation_id search_queries search_results " +
    "tool_calls tool_call_delta response finish_reason"
  )
    .split(" ")
    .concat(metricsKey, guardrailKeys),
);
const familiarEvents: ReadonlySet<string> = new Set(
  (
    "stream-start search-queries-generation search-results text-generation citation-generation " +
    "tool-calls-chunk tool-calls-generation stream-end"
  ).split(" "),
);

/**
 * Reads Command R's stream, the events of Cohere's first chat API. Calls come in pieces (`tool-calls-chunk`) and again as a whole, or only as a whole;
 * the end repeats the answer, which is told once.
 */
export class CohereCommandRStream implements NativeStream {
  readonly unfamiliar = new Set<string>();
  readonly #writer: EventWriter;
  readonly #request: ConverseRequest;
  readonly #guardrail = new GuardrailReply();
  #hasText = false;
  #calls = 0;
  /** The index that Cohere gave the call whose pieces come. */
  #callInPieces: JsonValue | undefined;
  #ending: JsonObject | undefined;
  #finishReason: string | undefined;
  #counts: InvocationCounts = {};

  constructor(emit: (event: ConverseStreamEvent) => void, context: NativeReplyContext) {
    this.#writer = new EventWriter(emit);
    this.#request = context.request;
  }

  chunk(chunk: JsonObject): void {
    const error = errorIn(chunk, "ModelStreamErrorException");
    if (error !== undefined) {
      throw error;
    }
    this.#noteUnfamiliar(chunk);
    this.#guardrail.take(chunk);
    this.#counts = countsFromMetrics(chunk) ?? this.#counts;
    this.#writer.start();
    if (chunk["event_type"] === "tool-calls-generation") {
      this.#text(this.#hasText ? undefined : chunk["text"]);
      this.#wholeCalls(chunk["tool_calls"]);
    } else {
      this.#text(chunk["text"]);
      this.#citations(chunk["citations"], chunk["documents"]);
      this.#callPiece(chunk["tool_call_delta"]);
    }
    if (chunk["is_finished"] === true) {
      this.#finished(chunk);
    }
  }

  end(): void {
    if (this.#ending === undefined) {
      throw truncatedStream("Command R's stream-end");
    }
    const stopReason = this.#calls > 0 ? "tool_use" : cohereStopReason(this.#finishReason ?? "COMPLETE");
    this.#writer.finish(this.#guardrail.stopReason(stopReason), {
      usage: billedUsage(this.#ending, this.#counts),
      latency: this.#counts.latency,
      trace: this.#guardrail.trace,
    });
  }

  #finished(chunk: JsonObject): void {
    const whole = isJsonObject(chunk["response"]) ? chunk["response"] : chunk;
    const reason = chunk["finish_reason"] ?? whole["finish_reason"];
    this.#finishReason = typeof reason === "string" ? reason : undefined;
    if (!this.#hasText) {
      this.#text(whole["text"]);
      this.#citations(whole["citations"], whole["documents"]);
    }
    this.#wholeCalls(whole["tool_calls"]);
    this.#ending = whole;
  }

  #text(text: JsonValue | undefined): void {
    if (typeof text === "string" && text !== "") {
      this.#hasText = true;
      this.#writer.text(text);
    }
  }

  /** They come behind the text that they cite: its block becomes a cited one. */
  #citations(citations: JsonValue | undefined, documents: JsonValue | undefined): void {
    for (const native of (Array.isArray(citations) ? citations : []).filter(isJsonObject)) {
      citationsFrom(native, documents).forEach((citation) => this.#writer.citation(citation));
    }
  }

  #callPiece(delta: JsonValue | undefined): void {
    if (!isJsonObject(delta)) {
      return;
    }
    const { index = null, name, parameters } = delta;
    if (typeof name === "string" && index !== this.#callInPieces) {
      this.#callInPieces = index;
      this.#callStart(name);
    }
    if (typeof parameters === "string") {
      this.#writer.toolInput(parameters);
    }
  }

  /** The calls that have not come in pieces, or been told before. */
  #wholeCalls(calls: JsonValue | undefined): void {
    if (this.#calls > 0) {
      return;
    }
    for (const call of (Array.isArray(calls) ? calls : []).filter(isJsonObject)) {
      this.#callStart(typeof call["name"] === "string" ? call["name"] : "");
      this.#writer.toolInput(JSON.stringify(call["parameters"] ?? {}));
      this.#writer.closeBlock();
    }
  }

  #callStart(name: string): void {
    this.#writer.toolStart({ toolUseId: callId(this.#request, this.#calls), name });
    this.#calls += 1;
  }

  #noteUnfamiliar(chunk: JsonObject): void {
    const type = chunk["event_type"];
    if (typeof type === "string" && !familiarEvents.has(type)) {
      this.unfamiliar.add(type);
    }
    for (const name of Object.keys(chunk)) {
      if (!familiar.has(name)) {
        this.unfamiliar.add(name);
      }
    }
  }
}
