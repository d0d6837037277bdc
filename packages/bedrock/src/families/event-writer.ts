import type { Citation, ToolResultContent } from "../converse/content.ts";
import type { StopReason, TokenUsage } from "../converse/response.ts";
import type {
  ContentBlockDelta,
  ContentBlockStart,
  ConverseStreamEvent,
  ReasoningDelta,
} from "../converse/stream-events.ts";
import { argumentsWithoutCall } from "../errors/stream-faults.ts";
import type { JsonValue } from "../json.ts";
import { checkCall } from "./native-errors.ts";

/** What the last event of a stream tells. */
export interface StreamEnding {
  usage?: TokenUsage | undefined;
  /** Milliseconds. */
  latency?: number | undefined;
  trace?: JsonValue | undefined;
}

type BlockKind = "text" | "reasoning" | "tool" | "toolResult";

/**
 * Writes Converse's events in their order. The first call of anything gives `messageStart`. Pieces of one kind make one block, however the
 * family cuts them, until another kind comes or `closeBlock` says that the block is done; an empty text opens none.
 */
export class EventWriter {
  readonly #emit: (event: ConverseStreamEvent) => void;
  #started = false;
  #index = -1;
  #open: BlockKind | undefined;

  constructor(emit: (event: ConverseStreamEvent) => void) {
    this.#emit = emit;
  }

  /** True once the model has said something. */
  get hasContent(): boolean {
    return this.#index >= 0;
  }

  /** The model has begun. */
  start(): void {
    if (!this.#started) {
      this.#started = true;
      this.#emit({ type: "messageStart", role: "assistant" });
    }
  }

  text(text: string): void {
    if (text !== "") {
      this.#delta("text", { text });
    }
  }

  /** Of the text that goes before or comes after it in the same block. */
  citation(citation: Citation): void {
    this.#delta("text", { citation });
  }

  reasoning(delta: ReasoningDelta): void {
    this.#delta("reasoning", { reasoningContent: delta });
  }

  /** Throws AditError `empty_output` for a call without an id or a name. */
  toolStart(toolUse: NonNullable<ContentBlockStart["toolUse"]>): void {
    checkCall(toolUse);
    this.#begin("tool", { toolUse });
  }

  /** A piece of the arguments' JSON text of the call that `toolStart` began. Throws AditError `corrupt_stream` where none is open. */
  toolInput(input: string): void {
    if (this.#open !== "tool") {
      throw argumentsWithoutCall(`block ${this.#index + 1}`);
    }
    this.#delta("tool", { toolUse: { input } });
  }

  /** The result of a tool that ran at AWS's. */
  toolResultStart(toolResult: NonNullable<ContentBlockStart["toolResult"]>): void {
    this.#begin("toolResult", { toolResult });
  }

  toolResult(content: ToolResultContent[]): void {
    this.#delta("toolResult", { toolResult: content });
  }

  closeBlock(): void {
    if (this.#open !== undefined) {
      this.#open = undefined;
      this.#emit({ type: "contentBlockStop", contentBlockIndex: this.#index });
    }
  }

  /** The last two events; nothing may follow. */
  finish(stopReason: StopReason, ending: StreamEnding): void {
    this.start();
    this.closeBlock();
    this.#emit({ type: "messageStop", stopReason });
    const { usage, latency, trace } = ending;
    this.#emit({
      type: "metadata",
      ...(usage !== undefined && { usage }),
      ...(latency !== undefined && { metrics: { latencyMs: latency } }),
      ...(trace !== undefined && { trace }),
    });
  }

  #begin(kind: BlockKind, start: ContentBlockStart): void {
    this.#enter(kind);
    this.#emit({ type: "contentBlockStart", contentBlockIndex: this.#index, start });
  }

  #delta(kind: BlockKind, delta: ContentBlockDelta): void {
    if (this.#open !== kind) {
      this.#enter(kind);
    }
    this.#emit({ type: "contentBlockDelta", contentBlockIndex: this.#index, delta });
  }

  #enter(kind: BlockKind): void {
    this.start();
    this.closeBlock();
    this.#open = kind;
    this.#index += 1;
  }
}
