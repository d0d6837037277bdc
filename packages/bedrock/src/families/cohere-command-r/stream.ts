import type { ConverseRequest } from "../../converse/request.ts";
import type { StopReason } from "../../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { AnswerPart, AnswerReader } from "../answer-stream.ts";
import { cohereStopReason } from "../cohere-words.ts";
import type { EventWriter } from "../event-writer.ts";
import { known, type InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { objectOf, objectsOf, textOf } from "../json-parts.ts";
import { textIn } from "../native-errors.ts";
import { NewCallIds } from "../call-id.ts";
import { citationsFrom, documentsById } from "./citations.ts";

/** Members of chunks. What only explains (search queries and results) has no place in an answer and is no surprise. */
export const chunkMembers: readonly string[] = (
  "event_type is_finished text citations documents generation_id search_queries search_results " +
  "tool_calls tool_call_delta response finish_reason"
).split(" ");

const events: ReadonlySet<JsonValue | undefined> = new Set(
  (
    "stream-start search-queries-generation search-results text-generation citation-generation " +
    "tool-calls-chunk tool-calls-generation stream-end"
  ).split(" "),
);

/**
 * Reads Command R's stream, the events of Cohere's first chat API. Calls come in pieces (`tool-calls-chunk`) and again as a whole, or only as a whole;
 * the end repeats the answer, which is told once.
 */
export class CommandRReader implements AnswerReader {
  readonly #writer: EventWriter;
  readonly #newIds: NewCallIds;
  #hasText = false;
  #calls = 0;
  /** The index that Cohere gave the call whose pieces come. */
  #callInPieces: JsonValue | undefined;

  constructor(writer: EventWriter, request: ConverseRequest) {
    this.#writer = writer;
    this.#newIds = new NewCallIds(request);
  }

  read(chunk: JsonObject): AnswerPart {
    const type = chunk["event_type"];
    if (type === "tool-calls-generation") {
      this.#text(this.#hasText ? undefined : chunk["text"]);
      this.#wholeCalls(chunk["tool_calls"]);
    } else {
      this.#text(chunk["text"]);
      this.#citations(chunk["citations"], chunk["documents"]);
      this.#callPiece(chunk["tool_call_delta"]);
    }
    return {
      ...(typeof type === "string" && !events.has(type) && { unfamiliar: [type] }),
      ...(chunk["is_finished"] === true && this.#finished(chunk)),
    };
  }

  #finished(chunk: JsonObject): AnswerPart {
    const whole = isJsonObject(chunk["response"]) ? chunk["response"] : chunk;
    if (!this.#hasText) {
      this.#text(whole["text"]);
      this.#citations(whole["citations"], whole["documents"]);
    }
    this.#wholeCalls(whole["tool_calls"]);
    const stopReason = commandRStopReason(chunk["finish_reason"] ?? whole["finish_reason"], this.#calls);
    return { stopReason, counts: billedCounts(whole) };
  }

  #text(given: JsonValue | undefined): void {
    const text = textIn(given, "text") ?? "";
    this.#hasText ||= text !== "";
    this.#writer.text(text);
  }

  /** They come behind the text that they cite: its block becomes a cited one. */
  #citations(citations: JsonValue | undefined, documents: JsonValue | undefined): void {
    const byId = documentsById(documents);
    for (const native of objectsOf(citations)) {
      citationsFrom(native, byId).forEach((citation) => this.#writer.citation(citation));
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
    for (const call of objectsOf(calls)) {
      this.#callStart(textOf(call["name"]));
      this.#writer.toolInput(JSON.stringify(call["parameters"] ?? {}));
      this.#writer.closeBlock();
    }
  }

  #callStart(name: string): void {
    this.#writer.toolStart({ toolUseId: this.#newIds.at(this.#calls), name });
    this.#calls += 1;
  }
}

/** Cohere says `COMPLETE` of an answer that calls, too. */
export function commandRStopReason(reason: JsonValue | undefined, calls: number): StopReason | undefined {
  const stopReason = typeof reason === "string" ? cohereStopReason(reason) : undefined;
  return calls > 0 && stopReason === "end_turn" ? "tool_use" : stopReason;
}

/** What Cohere bills, recorded as the same that AWS counts; `meta.tokens` counts the model's own prompt too. */
export function billedCounts(answer: JsonObject): InvocationCounts {
  const billed = objectOf(objectOf(answer["meta"])["billed_units"]);
  return known({ inputTokens: countOf(billed["input_tokens"]), outputTokens: countOf(billed["output_tokens"]) });
}
