/** A stream of Converse, written in a dialect: how it is driven, and what every dialect's writer does alike. */
import type { Citation, ToolUseBlock } from "../../../converse/content.ts";
import type { TokenUsage } from "../../../converse/response.ts";
import type {
  ContentBlockDeltaEvent,
  ContentBlockStartEvent,
  ConverseStreamEvent,
  MessageStopEvent,
  MetadataEvent,
  ReasoningDelta,
} from "../../../converse/stream-events.ts";
import { AditError } from "../../../errors/adit-error.ts";
import type { TranslationNotes } from "../context.ts";
import { escapedOf } from "./event-text.ts";
import { isMalformed, malformedOutput } from "./malformed-output.ts";
import { noteHiddenFields, noteUnknownOfEnd } from "./reply-dropped.ts";
import { withCacheOnce } from "./token-counts.ts";
import { toolKindOf, type ToolKind } from "../tools/tool-kind.ts";

const noEvents: ReadonlyMap<string, number> = new Map();

/** What drives a stream: AWS's events go in, the dialect's text comes out by the writer's own `write`. */
export interface DialectStreamWriter {
  /** `escapedText` is the inside of a JSON string. */
  onTextDelta(contentBlockIndex: number, escapedText: string): void;
  onEvent(event: ConverseStreamEvent): void;
  /**
   * Writes the end. Throws AditError, with nothing written, for `truncated_stream` where `messageStop` or `metadata` never came, and for
   * `malformed_model_output` where the dialect has no other way to say it; give it to `fail` then.
   */
  end(): void;
  /** Writes the error, and nothing after it. `withVendorFields`: with Portkey's fields, where the dialect has them. */
  fail(error: AditError, withVendorFields?: boolean): void;
  /** AWS's token counts; undefined until they came. */
  readonly usage: TokenUsage | undefined;
  /** AWS's stop reason; undefined until it came. */
  readonly stopReason: string | undefined;
  /** AWS's last event: usage, latency, trace, tier. */
  readonly metadata: MetadataEvent | undefined;
  /** True once the model has written anything: text, thinking or a tool's call. */
  readonly firstTokenSeen: boolean;
  /** How many bytes the model has written so far (text as escaped in JSON), from which the usage of a broken stream is estimated. */
  readonly outputBytes: number;
  /** Events that this version does not know, and how often each came. */
  readonly unknownEvents: ReadonlyMap<string, number>;
}

/** A tool's block between its start and its stop. */
export interface OpenTool {
  /** `repeat`: a second structured answer, which is not shown as content. */
  kind: ToolKind | "repeat";
  blockIndex: number;
  /** Its number among the caller's calls, from 0. */
  callIndex: number;
  hasInput: boolean;
}

/**
 * Reads the events of ConverseStream; a dialect's writer says how each piece is written.
 *
 * Where a tool carries the structured answer, its input is the answer's text. Text before it would spoil the JSON (Nova thinks aloud there),
 * so text waits until the end and is written only where no such tool was called.
 */
export abstract class BlockStreamWriter implements DialectStreamWriter {
  readonly #notes: TranslationNotes;
  readonly #refusesMalformed: boolean;
  readonly #awaitsAnswer: boolean;
  /** Most streams have none. */
  #unknownEvents: Map<string, number> | undefined;
  #isStarted = false;
  #isClosed = false;
  #outputBytes = 0;
  #toolCalls = 0;
  #tool: OpenTool | undefined;
  #isAnswered = false;
  /** Escaped text that waits for a structured answer, and the blocks it came from. */
  #heldText = "";
  #heldBlocks: Set<number> | undefined;
  #stop: MessageStopEvent | undefined;
  #metadata: MetadataEvent | undefined;

  /** `refusesMalformed`: an output that AWS could not read ends the stream with an error. */
  constructor(notes: TranslationNotes, refusesMalformed: boolean) {
    this.#notes = notes;
    this.#refusesMalformed = refusesMalformed;
    this.#awaitsAnswer = notes.answerTool !== undefined;
  }

  /** What comes before everything else. */
  protected abstract writeOpening(): void;
  /** A piece of the answer's text. */
  protected abstract writeText(blockIndex: number, escaped: string): void;
  /** A piece of text has come that waits, for a dialect that shows blocks beside the text. */
  protected abstract onTextHeld(blockIndex: number, escaped: string): void;
  /** Text waited and no structured answer came: it is the answer's text. */
  protected abstract writeHeldText(escaped: string, blocks: ReadonlySet<number>): void;
  /** Text waited and a structured answer came: it is no part of the answer. */
  protected abstract leaveOutHeldText(blocks: ReadonlySet<number>): void;
  /** A tool's block begins. The input of an `answer` comes by `writeText`. */
  protected abstract startTool(tool: OpenTool, block: Pick<ToolUseBlock, "toolUseId" | "name" | "type">): void;
  /** A piece of the input of any tool but `answer`. */
  protected abstract writeInput(tool: OpenTool, input: string): void;
  protected abstract writeReasoning(blockIndex: number, delta: ReasoningDelta): void;
  protected abstract writeCitation(blockIndex: number, citation: Citation): void;
  /** A piece of a block that no other method is for. */
  protected abstract writeOther(blockIndex: number, member: "delta" | "start", piece: object): void;
  /** A block is over, or another begins without its end. May come more than once. */
  protected abstract stopBlock(): void;
  /** What comes after everything else. */
  protected abstract writeEnd(stop: MessageStopEvent, metadata: MetadataEvent): void;
  protected abstract writeFailure(error: AditError, withVendorFields: boolean): void;

  /** True where the end shows the response fields and the trace that AWS gave. */
  protected get showsBedrockFields(): boolean {
    return false;
  }

  get usage(): TokenUsage | undefined {
    return this.#metadata?.usage;
  }

  get stopReason(): string | undefined {
    return this.#stop?.stopReason;
  }

  get metadata(): MetadataEvent | undefined {
    return this.#metadata;
  }

  get firstTokenSeen(): boolean {
    return this.#outputBytes > 0 || this.#toolCalls > 0;
  }

  get outputBytes(): number {
    return this.#outputBytes;
  }

  get unknownEvents(): ReadonlyMap<string, number> {
    return this.#unknownEvents ?? noEvents;
  }

  /** How many of the caller's tools were called so far. */
  protected get toolCalls(): number {
    return this.#toolCalls;
  }

  /** True once a tool has carried the structured answer. */
  protected get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** The tool's block in hand. */
  protected get tool(): OpenTool | undefined {
    return this.#tool;
  }

  onTextDelta(contentBlockIndex: number, escapedText: string): void {
    if (escapedText === "" || this.#isClosed) {
      return;
    }
    this.#outputBytes += Buffer.byteLength(escapedText);
    this.#open();
    this.#endCall();
    if (this.#awaitsAnswer) {
      this.#heldText += escapedText;
      (this.#heldBlocks ??= new Set()).add(contentBlockIndex);
      this.onTextHeld(contentBlockIndex, escapedText);
    } else {
      this.writeText(contentBlockIndex, escapedText);
    }
  }

  onEvent(event: ConverseStreamEvent): void {
    if (this.#isClosed) {
      return;
    }
    switch (event.type) {
      case "messageStart":
        this.#open();
        break;
      case "contentBlockStart":
        this.#onBlockStart(event);
        break;
      case "contentBlockDelta":
        this.#onBlockDelta(event);
        break;
      case "contentBlockStop":
        this.#closeBlock();
        break;
      case "messageStop":
        this.#closeBlock();
        this.#stop = event;
        break;
      case "metadata":
        this.#metadata = event;
        break;
      case "unknown":
        this.#unknownEvents ??= new Map();
        this.#unknownEvents.set(event.eventType, (this.#unknownEvents.get(event.eventType) ?? 0) + 1);
        break;
    }
  }

  end(): void {
    if (this.#isClosed) {
      return;
    }
    if (this.#stop === undefined || this.#metadata === undefined) {
      const missing = this.#stop === undefined ? "messageStop" : "metadata";
      throw new AditError("truncated_stream", `AWS's stream ended before its ${missing} event.`);
    }
    if (this.#refusesMalformed && isMalformed(this.#stop.stopReason)) {
      throw malformedOutput(this.#stop.stopReason, "The text so far came before this event.");
    }
    this.#open();
    this.#releaseHeldText();
    this.#isClosed = true;
    noteUnknownOfEnd(this.#notes, this.#stop, this.#metadata);
    if (!this.showsBedrockFields) {
      noteHiddenFields(this.#notes, this.#stop.additionalModelResponseFields, this.#metadata.trace);
    }
    const { countsCacheTwice } = this.#notes;
    this.writeEnd(this.#stop, countsCacheTwice === true ? withCacheOnce(this.#metadata) : this.#metadata);
  }

  /** Text that still waited comes before the error. */
  fail(error: AditError, withVendorFields = false): void {
    if (this.#isClosed) {
      return;
    }
    this.#releaseHeldText();
    this.#isClosed = true;
    this.writeFailure(error, withVendorFields);
  }

  #open(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.writeOpening();
    }
  }

  #releaseHeldText(): void {
    const blocks = this.#heldBlocks;
    if (blocks === undefined) {
      return;
    }
    if (!this.#isAnswered && this.#heldText !== "") {
      this.writeHeldText(this.#heldText, blocks);
    } else {
      this.leaveOutHeldText(blocks);
    }
  }

  #onBlockStart(event: ContentBlockStartEvent): void {
    this.#open();
    this.#closeBlock();
    const { contentBlockIndex: blockIndex, start } = event;
    const block = start.toolUse;
    if (block === undefined) {
      this.writeOther(blockIndex, "start", start);
      return;
    }
    const found = toolKindOf(block, this.#notes);
    const kind = found === "answer" && this.#isAnswered ? "repeat" : found;
    const tool: OpenTool = { kind, blockIndex, callIndex: this.#toolCalls, hasInput: false };
    this.#tool = tool;
    if (kind === "caller") {
      this.#toolCalls += 1;
    } else if (kind === "answer") {
      this.#isAnswered = true;
    }
    this.startTool(tool, block);
  }

  #onBlockDelta(event: ContentBlockDeltaEvent): void {
    const { contentBlockIndex: blockIndex, delta } = event;
    if (delta.text !== undefined) {
      this.onTextDelta(blockIndex, escapedOf(delta.text));
      return;
    }
    this.#open();
    if (delta.toolUse !== undefined && this.#tool !== undefined) {
      this.#onInput(this.#tool, delta.toolUse.input);
      return;
    }
    this.#endCall();
    if (delta.reasoningContent !== undefined) {
      this.#outputBytes += Buffer.byteLength(delta.reasoningContent.text ?? "");
      this.writeReasoning(blockIndex, delta.reasoningContent);
    } else if (delta.citation !== undefined) {
      this.writeCitation(blockIndex, delta.citation);
    } else {
      this.writeOther(blockIndex, "delta", delta);
    }
  }

  #onInput(tool: OpenTool, input: string): void {
    if (input === "") {
      return;
    }
    tool.hasInput = true;
    this.#outputBytes += Buffer.byteLength(input);
    if (tool.kind === "answer") {
      this.writeText(tool.blockIndex, escapedOf(input));
    } else {
      this.writeInput(tool, input);
    }
  }

  /** A piece of another kind ends a call whose own end never came. */
  #endCall(): void {
    if (this.#tool !== undefined) {
      this.#closeBlock();
    }
  }

  /** A call without arguments streams `input: ""` or none at all (recorded with Claude); its arguments are `{}`, said when it stops. */
  #closeBlock(): void {
    const tool = this.#tool;
    this.#tool = undefined;
    if (tool !== undefined && !tool.hasInput) {
      if (tool.kind === "caller" || tool.kind === "repeat") {
        this.writeInput(tool, "{}");
      } else if (tool.kind === "answer") {
        this.writeText(tool.blockIndex, "{}");
      }
    }
    this.stopBlock();
  }
}
