import { modelErrorIn } from "../converse/model-error.ts";
import type { StopReason, TokenUsage } from "../converse/response.ts";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import type { JsonObject } from "../json.ts";
import { EventWriter } from "./event-writer.ts";
import type { NativeStream } from "./family.ts";
import { GuardrailReply, guardrailKeys } from "../converse/guardrail-reply.ts";
import { billedUsage, countsFromMetrics, metricsKey, type InvocationCounts } from "../converse/invocation-counts.ts";
import { emptyOutput, truncatedStream } from "./native-errors.ts";

/** What an answer or a chunk says beside its content. */
export interface AnswerPart {
  /** In Converse's words; undefined: the model goes on. */
  stopReason?: StopReason | undefined;
  /** True where the part is the last by another sign than its stop reason. */
  isEnded?: boolean;
  /** Of the body. */
  counts?: InvocationCounts;
  /** Paths of members below the first level that the reader does not know. */
  unfamiliar?: readonly string[];
}

/** Reads the parts of one answer and writes their content. */
export interface AnswerReader {
  read(part: JsonObject): AnswerPart;
  /** No part follows. */
  end?(): void;
  /** For a family whose own figures are truer than AWS's metrics. */
  usage?(metrics: InvocationCounts): TokenUsage | undefined;
}

/** Reads the stream of one answer. AWS's metrics are what it bills: they win over counts of the body, unless the reader says otherwise. */
export class AnswerStream implements NativeStream {
  readonly unfamiliar = new Set<string>();
  readonly #writer: EventWriter;
  readonly #reader: AnswerReader;
  readonly #familiar: ReadonlySet<string>;
  readonly #guardrail = new GuardrailReply();
  #stopReason: StopReason | undefined;
  #ended = false;
  #counts: InvocationCounts = {};
  #metrics: InvocationCounts = {};

  /** `names` are the members that the family's chunks may have. */
  constructor(
    emit: (event: ConverseStreamEvent) => void,
    names: readonly string[],
    open: (writer: EventWriter) => AnswerReader,
  ) {
    this.#writer = new EventWriter(emit);
    this.#reader = open(this.#writer);
    this.#familiar = new Set([...names, ...guardrailKeys, metricsKey]);
  }

  chunk(chunk: JsonObject): void {
    const error = modelErrorIn(chunk, "ModelStreamErrorException");
    if (error !== undefined) {
      throw error;
    }
    this.#note(Object.keys(chunk).filter((name) => !this.#familiar.has(name)));
    this.#writer.start();
    const { stopReason, isEnded = false, counts, unfamiliar = [] } = this.#reader.read(chunk);
    this.#note(unfamiliar);
    this.#guardrail.take(chunk);
    this.#stopReason = stopReason ?? this.#stopReason;
    const metrics = countsFromMetrics(chunk);
    this.#ended ||= isEnded || stopReason !== undefined || metrics !== undefined;
    this.#counts = { ...this.#counts, ...counts };
    this.#metrics = metrics ?? this.#metrics;
  }

  end(): void {
    this.#reader.end?.();
    if (!this.#ended) {
      throw truncatedStream("the model had said why it stopped");
    }
    const stopReason = this.#guardrail.stopReason(this.#stopReason);
    if (stopReason === undefined) {
      throw this.#writer.hasContent
        ? truncatedStream("the model had said why it stopped")
        : emptyOutput({}, "content, and does not say why it stopped");
    }
    this.#writer.finish(stopReason, {
      usage: this.#reader.usage?.(this.#metrics) ?? billedUsage(this.#metrics, this.#counts),
      latency: this.#metrics.latency,
      trace: this.#guardrail.trace,
    });
  }

  #note(names: readonly string[]): void {
    for (const name of names) {
      this.unfamiliar.add(name);
    }
  }
}
