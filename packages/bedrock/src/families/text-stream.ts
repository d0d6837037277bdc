import type { StopReason } from "../converse/response.ts";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { EventWriter } from "./event-writer.ts";
import type { InvocationCounts, NativeStream } from "./family.ts";
import { GuardrailReply, guardrailKeys } from "./guardrail-reply.ts";
import { countsFromMetrics, metricsKey, usageFrom } from "./invocation-counts.ts";
import { errorIn, truncatedStream } from "./native-errors.ts";

/** What a chunk of a family says whose answers are one text. */
export interface TextChunk {
  /** Left where it is no string. */
  text: JsonValue | undefined;
  /** In Converse's words; undefined: the model goes on. */
  stopReason: StopReason | undefined;
  /** True where the chunk is the last by another sign than its stop reason. */
  isEnded?: boolean;
  counts?: InvocationCounts;
}

export interface TextChunkReader {
  /** Members that the family's chunks may have. */
  names: readonly string[];
  read(chunk: JsonObject): TextChunk;
}

/** Reads the stream of a family whose answers are one text. Counts of the chunks themselves win over the metrics of the last. */
export class TextStream implements NativeStream {
  readonly unfamiliar = new Set<string>();
  readonly #writer: EventWriter;
  readonly #reader: TextChunkReader;
  readonly #familiar: ReadonlySet<string>;
  readonly #guardrail = new GuardrailReply();
  #stopReason: StopReason | undefined;
  #ended = false;
  #counts: InvocationCounts = {};
  #metrics: InvocationCounts = {};

  constructor(emit: (event: ConverseStreamEvent) => void, reader: TextChunkReader) {
    this.#writer = new EventWriter(emit);
    this.#reader = reader;
    this.#familiar = new Set([...reader.names, ...guardrailKeys, metricsKey]);
  }

  chunk(chunk: JsonObject): void {
    const error = errorIn(chunk, "ModelStreamErrorException");
    if (error !== undefined) {
      throw error;
    }
    for (const name of Object.keys(chunk)) {
      if (!this.#familiar.has(name)) {
        this.unfamiliar.add(name);
      }
    }
    const { text, stopReason, isEnded = false, counts } = this.#reader.read(chunk);
    this.#writer.start();
    if (typeof text === "string") {
      this.#writer.text(text);
    }
    this.#guardrail.take(chunk);
    this.#stopReason = stopReason ?? this.#stopReason;
    const metrics = countsFromMetrics(chunk);
    this.#ended ||= isEnded || stopReason !== undefined || metrics !== undefined;
    this.#counts = { ...this.#counts, ...counts };
    this.#metrics = metrics ?? this.#metrics;
  }

  end(): void {
    if (!this.#ended) {
      throw truncatedStream("the model had said why it stopped");
    }
    this.#writer.finish(this.#guardrail.stopReason(this.#stopReason ?? "end_turn"), {
      usage: usageFrom({ ...this.#metrics, ...this.#counts }),
      latency: this.#metrics.latency,
      trace: this.#guardrail.trace,
    });
  }
}
