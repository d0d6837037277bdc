import type { Citation } from "../../converse/content.ts";
import type { TokenUsage } from "../../converse/response.ts";
import type {
  ContentBlockDeltaEvent,
  ContentBlockStartEvent,
  ConverseStreamEvent,
  MessageStopEvent,
  MetadataEvent,
  ReasoningDelta,
} from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import { isLeftOutByStrict, memberOf } from "./content-blocks.ts";
import type { ReplyContext } from "./context.ts";
import { openAiErrorBody } from "./error-body.ts";
import { finishReasonFrom, isMalformed, malformedOutput } from "./finish-reason.ts";
import { noteDropped, replyPath } from "./reply-dropped.ts";
import { chatServiceTier } from "./service-tier.ts";
import { ChatChunks, errorEvent } from "./stream-chunks.ts";
import { callersToolName, toolKindOf, type ToolKind } from "./tool-kind.ts";
import { chatUsageFrom } from "./usage.ts";

/** A tool's block between its start and its stop. */
interface OpenTool {
  /** `repeat`: a second structured answer, which is not shown as content. */
  kind: ToolKind | "repeat";
  blockIndex: number;
  /** Its number among the caller's calls, from 0. */
  callIndex: number;
  hasInput: boolean;
}

/**
 * Writes the events of ConverseStream as OpenAI's stream of chunks.
 *
 * Strict: the role once, then `content`, `reasoning_content` and `tool_calls`. Not strict: Portkey's shapes, that is the role in every delta
 * and `content_blocks: [{index, delta: {text | thinking | signature | data | citation}}]`; a citation also as `delta.citations`;
 * other blocks as AWS's own `start` and `delta`, in the same list. The last chunk comes with `end`, after AWS's metadata.
 *
 * Where a tool carries the structured answer, its input is the content. Text before it would spoil the JSON (Nova thinks aloud there),
 * so text waits until the end and is written only where no such tool was called.
 */
export class ChatStreamWriter {
  readonly #context: ReplyContext;
  readonly #write: (text: string) => void;
  readonly #chunks: ChatChunks;
  readonly #awaitsAnswer: boolean;
  readonly #unknownEvents = new Map<string, number>();
  #isStarted = false;
  #isClosed = false;
  #outputCharacters = 0;
  #toolCalls = 0;
  #tool: OpenTool | undefined;
  #isAnswered = false;
  /** Escaped text that waits for a structured answer, and the blocks it came from. */
  #heldText = "";
  readonly #heldBlocks = new Set<number>();
  #stop: MessageStopEvent | undefined;
  #metadata: MetadataEvent | undefined;

  constructor(context: ReplyContext, write: (text: string) => void) {
    this.#context = context;
    this.#write = write;
    this.#chunks = new ChatChunks(context);
    this.#awaitsAnswer = context.notes.answerTool !== undefined;
  }

  /** AWS's token counts; undefined until they came. */
  get usage(): TokenUsage | undefined {
    return this.#metadata?.usage;
  }

  /** AWS's stop reason; undefined until it came. */
  get stopReason(): string | undefined {
    return this.#stop?.stopReason;
  }

  /** AWS's last event: usage, latency, trace, tier. */
  get metadata(): MetadataEvent | undefined {
    return this.#metadata;
  }

  /** True once the model has written anything: text, thinking or a tool's call. */
  get firstTokenSeen(): boolean {
    return this.#outputCharacters > 0 || this.#toolCalls > 0;
  }

  /** Characters that the model wrote so far (text as escaped in JSON), to estimate the usage of a stream that broke. */
  get outputCharacters(): number {
    return this.#outputCharacters;
  }

  /** How often each event came that this version does not know. */
  get unknownEvents(): ReadonlyMap<string, number> {
    return this.#unknownEvents;
  }

  /** `escapedText` is the inside of a JSON string. */
  onTextDelta(contentBlockIndex: number, escapedText: string): void {
    if (escapedText === "" || this.#isClosed) {
      return;
    }
    this.#outputCharacters += escapedText.length;
    this.#open();
    if (this.#awaitsAnswer) {
      this.#holdText(contentBlockIndex, escapedText);
    } else {
      this.#write(this.#chunks.text(contentBlockIndex, escapedText));
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
        this.#closeTool();
        break;
      case "messageStop":
        this.#closeTool();
        this.#stop = event;
        break;
      case "metadata":
        this.#metadata = event;
        break;
      case "unknown":
        this.#unknownEvents.set(event.eventType, (this.#unknownEvents.get(event.eventType) ?? 0) + 1);
        break;
    }
  }

  /**
   * Writes the end: finish chunk, usage, `[DONE]`. Throws AditError, with nothing written, for `truncated_stream` where `messageStop` or
   * `metadata` never came and, to a strict caller, for `malformed_model_output`; give it to `fail` then.
   */
  end(): void {
    if (this.#isClosed) {
      return;
    }
    const { strict } = this.#context;
    if (this.#stop === undefined || this.#metadata === undefined) {
      const missing = this.#stop === undefined ? "messageStop" : "metadata";
      throw new AditError("truncated_stream", `AWS's stream ended before its ${missing} event.`);
    }
    if (strict && isMalformed(this.#stop.stopReason)) {
      throw malformedOutput(this.#stop.stopReason, "The text so far came before this event.");
    }
    this.#open();
    this.#releaseHeldText();
    this.#isClosed = true;
    this.#write(
      this.#chunks.end({
        reason: finishReasonFrom(this.#stop.stopReason, {
          strict,
          hasToolCalls: this.#toolCalls > 0,
          isAnsweredByTool: this.#isAnswered,
        }),
        usage: chatUsageFrom(this.#metadata.usage, strict),
        serviceTier: chatServiceTier(this.#metadata.serviceTier, strict),
        responseFields: this.#stop.additionalModelResponseFields,
        trace: this.#metadata.trace,
      }),
    );
  }

  /** Writes the error event and nothing after it: no finish reason, no `[DONE]`. Text that still waited comes before it. */
  fail(error: AditError, withVendorFields = false): void {
    if (this.#isClosed) {
      return;
    }
    this.#releaseHeldText();
    this.#isClosed = true;
    this.#write(errorEvent(openAiErrorBody(error, withVendorFields)));
  }

  #open(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#write(this.#chunks.opening());
    }
  }

  #holdText(blockIndex: number, escaped: string): void {
    this.#heldText += escaped;
    this.#heldBlocks.add(blockIndex);
    if (!this.#context.strict) {
      this.#write(this.#chunks.block(blockIndex, "delta", { text: JSON.parse(`"${escaped}"`) }));
    }
  }

  /** Where no structured answer came, the text that waited for it is the content; else it is left out, by name. */
  #releaseHeldText(): void {
    if (!this.#isAnswered && this.#heldText !== "") {
      this.#write(this.#chunks.content(this.#heldText));
    } else if (this.#context.strict) {
      for (const index of this.#heldBlocks) {
        noteDropped(this.#context.notes, replyPath(index, "text"));
      }
    }
  }

  #onBlockStart(event: ContentBlockStartEvent): void {
    this.#open();
    this.#closeTool();
    const { contentBlockIndex: blockIndex, start } = event;
    const tool = start.toolUse;
    if (tool === undefined) {
      this.#keep(blockIndex, "start", start);
      return;
    }
    const kind = toolKindOf(tool, this.#context.notes);
    const isRepeat = kind === "answer" && this.#isAnswered;
    this.#tool = { kind: isRepeat ? "repeat" : kind, blockIndex, callIndex: this.#toolCalls, hasInput: false };
    if (kind === "caller") {
      const name = callersToolName(tool.name, this.#context.notes);
      this.#write(this.#chunks.toolStart(this.#toolCalls, tool.toolUseId, name));
      this.#toolCalls += 1;
    } else if (kind === "server" || isRepeat) {
      this.#keep(blockIndex, "start", start);
    } else {
      this.#isAnswered = true;
    }
  }

  #onBlockDelta(event: ContentBlockDeltaEvent): void {
    const { contentBlockIndex: blockIndex, delta } = event;
    if (delta.text !== undefined) {
      this.onTextDelta(blockIndex, escapedOf(delta.text));
      return;
    }
    this.#open();
    if (delta.toolUse !== undefined && this.#tool !== undefined) {
      this.#onToolInput(this.#tool, delta.toolUse.input);
    } else if (delta.reasoningContent !== undefined) {
      this.#onReasoning(blockIndex, delta.reasoningContent);
    } else if (delta.citation !== undefined) {
      this.#onCitation(blockIndex, delta.citation);
    } else {
      this.#keep(blockIndex, "delta", delta);
    }
  }

  #onToolInput(tool: OpenTool, input: string): void {
    if (input === "") {
      return;
    }
    tool.hasInput = true;
    this.#outputCharacters += input.length;
    if (tool.kind === "caller") {
      this.#write(this.#chunks.toolArguments(tool.callIndex, input));
    } else if (tool.kind === "answer") {
      this.#write(this.#chunks.text(tool.blockIndex, escapedOf(input)));
    } else {
      this.#keep(tool.blockIndex, "delta", { toolUse: { input } });
    }
  }

  /** A call without arguments streams `input: ""` or none at all (recorded with Claude); its arguments are `{}`, said when it stops. */
  #closeTool(): void {
    const tool = this.#tool;
    this.#tool = undefined;
    if (tool === undefined || tool.hasInput) {
      return;
    }
    if (tool.kind === "caller") {
      this.#write(this.#chunks.toolArguments(tool.callIndex, "{}"));
    } else if (tool.kind === "answer") {
      this.#write(this.#chunks.text(tool.blockIndex, "{}"));
    }
  }

  #onReasoning(blockIndex: number, delta: ReasoningDelta): void {
    const { text = "", signature, redactedContent } = delta;
    this.#outputCharacters += text.length;
    if (this.#context.strict) {
      if (text !== "") {
        this.#write(this.#chunks.reasoning(text));
      }
      return;
    }
    const piece = {
      ...(text === "" ? {} : { thinking: text }),
      ...(signature === undefined ? {} : { signature }),
      ...(redactedContent === undefined ? {} : { data: redactedContent }),
    };
    if (Object.keys(piece).length > 0) {
      this.#write(this.#chunks.block(blockIndex, "delta", piece));
    } else if (delta.text === undefined) {
      this.#keep(blockIndex, "delta", { reasoningContent: delta });
    }
  }

  #onCitation(blockIndex: number, citation: Citation): void {
    if (!this.#context.strict) {
      this.#write(this.#chunks.block(blockIndex, "delta", { citation }, [citation]));
    } else {
      noteDropped(this.#context.notes, replyPath(blockIndex, "citationsContent.citations"));
    }
  }

  /** A piece that has no shape of its own: as AWS wrote it, or, to a strict caller, named as left out. */
  #keep(blockIndex: number, member: "delta" | "start", piece: object): void {
    if (!this.#context.strict) {
      this.#write(this.#chunks.block(blockIndex, member, piece));
      return;
    }
    const name = memberOf(piece);
    const isQuiet = name === "toolUse" ? this.#tool?.kind === "server" : isLeftOutByStrict(name);
    if (!isQuiet) {
      noteDropped(this.#context.notes, replyPath(blockIndex, name));
    }
  }
}

function escapedOf(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
