import type { StopReason } from "../converse/response.ts";
import type { ContentBlockDelta, ContentBlockStart, ConverseStreamEvent } from "../converse/stream-events.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { EventWriter } from "./event-writer.ts";
import type { InvocationCounts, NativeStream } from "./family.ts";
import { GuardrailReply, guardrailKeys } from "./guardrail-reply.ts";
import { countsFromMetrics, metricsKey } from "./invocation-counts.ts";
import { errorIn, truncatedStream } from "./native-errors.ts";
import { novaUsage } from "./nova-usage.ts";

/** Members that stand beside the event of a chunk. */
const beside: ReadonlySet<string> = new Set([metricsKey, ...guardrailKeys]);

/** Reads Nova's stream: Converse's events as members of the chunks. Its many blocks of text are one, as Converse itself tells them. */
export class NovaStream implements NativeStream {
  readonly unfamiliar = new Set<string>();
  readonly #writer: EventWriter;
  readonly #guardrail = new GuardrailReply();
  #stopReason: StopReason | undefined;
  #usage: JsonValue | undefined;
  #counts: InvocationCounts = {};
  /** True while the open block is of a kind that Nova does not cut. */
  #isWhole = false;

  constructor(emit: (event: ConverseStreamEvent) => void) {
    this.#writer = new EventWriter(emit);
  }

  chunk(chunk: JsonObject): void {
    const error = errorIn(chunk, "ModelStreamErrorException");
    if (error !== undefined) {
      throw error;
    }
    this.#guardrail.take(chunk);
    this.#counts = countsFromMetrics(chunk) ?? this.#counts;
    for (const [name, value] of Object.entries(chunk)) {
      if (!beside.has(name)) {
        this.#event(name, isJsonObject(value) ? value : {});
      }
    }
  }

  end(): void {
    if (this.#stopReason === undefined) {
      throw truncatedStream("Nova's messageStop");
    }
    this.#writer.finish(this.#guardrail.stopReason(this.#stopReason), {
      usage: novaUsage(this.#usage, this.#counts),
      latency: this.#counts.latency,
      trace: this.#guardrail.trace,
    });
  }

  #event(name: string, event: JsonObject): void {
    switch (name) {
      case "messageStart":
        this.#writer.start();
        break;
      case "contentBlockStart":
        this.#blockStart(event["start"] as ContentBlockStart | undefined);
        break;
      case "contentBlockDelta":
        this.#blockDelta(event["delta"] as ContentBlockDelta | undefined);
        break;
      case "contentBlockStop":
        this.#blockStop();
        break;
      case "messageStop":
        this.#stopReason = typeof event["stopReason"] === "string" ? event["stopReason"] : "end_turn";
        break;
      case "metadata":
        this.#usage = event["usage"];
        break;
      default:
        this.unfamiliar.add(name);
    }
  }

  #blockStart(start: ContentBlockStart | undefined): void {
    if (start?.toolUse !== undefined) {
      this.#writer.toolStart(start.toolUse);
      this.#isWhole = true;
    } else if (start?.toolResult !== undefined) {
      this.#writer.toolResultStart(start.toolResult);
      this.#isWhole = true;
    } else {
      this.#noteUnknown(start);
    }
  }

  #blockDelta(delta: ContentBlockDelta | undefined): void {
    if (delta?.text !== undefined) {
      this.#writer.text(delta.text);
    } else if (delta?.toolUse !== undefined) {
      this.#writer.toolInput(delta.toolUse.input);
    } else if (delta?.reasoningContent !== undefined) {
      this.#writer.reasoning(delta.reasoningContent);
    } else if (delta?.toolResult !== undefined) {
      this.#writer.toolResult(delta.toolResult);
    } else {
      this.#noteUnknown(delta);
    }
  }

  /** The stop of a piece of text ends no block. */
  #blockStop(): void {
    if (this.#isWhole) {
      this.#isWhole = false;
      this.#writer.closeBlock();
    }
  }

  #noteUnknown(members: object | undefined): void {
    for (const name of Object.keys(members ?? {})) {
      this.unfamiliar.add(name);
    }
  }
}
