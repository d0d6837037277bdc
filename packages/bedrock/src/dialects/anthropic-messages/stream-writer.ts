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
import type { JsonObject } from "../../json.ts";
import { noteDropped, replyPath } from "../openai-chat/reply-dropped.ts";
import { callersToolName, toolKindOf } from "../openai-chat/tool-kind.ts";
import { messagesCitationFrom } from "./citations.ts";
import { messagesErrorEvent } from "./error-body.ts";
import { blockDelta, blockStart, blockStop, messageEnd, messageStart, textDelta } from "./message-events.ts";
import { messagesUsageFrom } from "./messages-usage.ts";
import { redactedDataFrom } from "./redacted-thinking.ts";
import type { MessagesReplyContext } from "./reply-context.ts";
import { endingFrom, refuseMalformed } from "./stop-reason.ts";

/** The block that is being written. */
interface OpenBlock {
  /** AWS's number of it. */
  blockIndex: number;
  /** `answer`: the tool that carries the structured answer, shown as text. */
  type: "text" | "thinking" | "tool_use" | "answer";
  hasInput: boolean;
}

/**
 * Writes the events of ConverseStream as Anthropic's stream. AWS announces tools' blocks alone, here every block has its start and its stop;
 * the caller's numbers count the blocks that are shown. The end comes with `end`, after AWS's metadata.
 *
 * Where a tool carries the structured answer, its input is the text. Text before it would spoil the JSON (Nova thinks aloud there), so text
 * waits until the end and is written only where no such tool was called.
 */
export class MessagesStreamWriter {
  readonly #context: MessagesReplyContext;
  readonly #write: (text: string) => void;
  readonly #awaitsAnswer: boolean;
  readonly #unknownEvents = new Map<string, number>();
  #isStarted = false;
  #isClosed = false;
  /** Number of the block that is open, or of the next one. */
  #index = 0;
  #block: OpenBlock | undefined;
  #outputCharacters = 0;
  #toolCalls = 0;
  #isAnswered = false;
  /** Escaped text that waits for a structured answer, by block. */
  readonly #heldText = new Map<number, string>();
  #stop: MessageStopEvent | undefined;
  #metadata: MetadataEvent | undefined;

  constructor(context: MessagesReplyContext, write: (text: string) => void) {
    this.#context = context;
    this.#write = write;
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
    if (this.#awaitsAnswer) {
      this.#start();
      this.#heldText.set(contentBlockIndex, (this.#heldText.get(contentBlockIndex) ?? "") + escapedText);
      return;
    }
    this.#writeText(contentBlockIndex, escapedText);
  }

  onEvent(event: ConverseStreamEvent): void {
    if (this.#isClosed) {
      return;
    }
    switch (event.type) {
      case "messageStart":
        this.#start();
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
        this.#unknownEvents.set(event.eventType, (this.#unknownEvents.get(event.eventType) ?? 0) + 1);
        break;
    }
  }

  /**
   * Writes `message_delta` and `message_stop`. Throws AditError, with nothing written, for `truncated_stream` where `messageStop` or
   * `metadata` never came and for `malformed_model_output`; give it to `fail` then.
   */
  end(): void {
    if (this.#isClosed) {
      return;
    }
    if (this.#stop === undefined || this.#metadata === undefined) {
      const missing = this.#stop === undefined ? "messageStop" : "metadata";
      throw new AditError("truncated_stream", `AWS's stream ended before its ${missing} event.`);
    }
    refuseMalformed(this.#stop.stopReason, "The text so far came before this event.");
    this.#start();
    this.#releaseHeldText();
    this.#closeBlock();
    this.#isClosed = true;
    const isOnlyAnswer = this.#isAnswered && this.#toolCalls === 0;
    const { usage, serviceTier } = this.#metadata;
    this.#write(
      messageEnd(
        endingFrom(this.#stop.stopReason, this.#context, isOnlyAnswer),
        messagesUsageFrom(usage, serviceTier?.type),
      ),
    );
  }

  /** Writes the error event and nothing after it. Text that still waited comes before it. */
  fail(error: AditError, requestId?: string): void {
    if (this.#isClosed) {
      return;
    }
    if (this.#isStarted) {
      this.#releaseHeldText();
    }
    this.#isClosed = true;
    this.#write(messagesErrorEvent(error, requestId));
  }

  #start(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#write(messageStart(this.#context.id, this.#context.model));
    }
  }

  /** Opens the block that AWS's number and the type name, unless it is the open one. */
  #open(blockIndex: number, type: OpenBlock["type"], block: JsonObject): OpenBlock {
    if (this.#block?.blockIndex === blockIndex && this.#block.type === type) {
      return this.#block;
    }
    this.#start();
    this.#closeBlock();
    this.#block = { blockIndex, type, hasInput: false };
    this.#write(blockStart(this.#index, block));
    return this.#block;
  }

  #closeBlock(): void {
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined) {
      return;
    }
    // A call without arguments streams `input: ""` or none at all (recorded with Claude): as text that is no JSON.
    if (block.type === "answer" && !block.hasInput) {
      this.#write(textDelta(this.#index, "{}"));
    }
    this.#write(blockStop(this.#index));
    this.#index += 1;
  }

  #writeText(blockIndex: number, escaped: string): void {
    this.#open(blockIndex, "text", { type: "text", text: "" });
    this.#write(textDelta(this.#index, escaped));
  }

  /** Where no structured answer came, the text that waited for it is the content; else it is left out, by name. */
  #releaseHeldText(): void {
    for (const [blockIndex, escaped] of this.#heldText) {
      if (this.#isAnswered) {
        noteDropped(this.#context.notes, replyPath(blockIndex, "text"));
      } else {
        this.#writeText(blockIndex, escaped);
      }
    }
    this.#heldText.clear();
  }

  #onBlockStart({ contentBlockIndex: blockIndex, start }: ContentBlockStartEvent): void {
    this.#start();
    this.#closeBlock();
    const tool = start.toolUse;
    if (tool === undefined) {
      this.#leaveOut(blockIndex, start);
      return;
    }
    const kind = toolKindOf(tool, this.#context.notes);
    if (kind === "caller") {
      const name = callersToolName(tool.name, this.#context.notes);
      this.#open(blockIndex, "tool_use", { type: "tool_use", id: tool.toolUseId, name, input: {} });
      this.#toolCalls += 1;
    } else if (kind === "answer" && !this.#isAnswered) {
      this.#isAnswered = true;
      this.#open(blockIndex, "answer", { type: "text", text: "" });
    } else {
      this.#leaveOut(blockIndex, start);
    }
  }

  #onBlockDelta({ contentBlockIndex: blockIndex, delta }: ContentBlockDeltaEvent): void {
    if (delta.text !== undefined) {
      this.onTextDelta(blockIndex, escapedOf(delta.text));
    } else if (delta.toolUse !== undefined) {
      this.#onToolInput(delta.toolUse.input);
    } else if (delta.reasoningContent !== undefined) {
      this.#onReasoning(blockIndex, delta.reasoningContent);
    } else if (delta.citation !== undefined) {
      this.#onCitation(blockIndex, delta.citation);
    } else {
      this.#start();
      this.#leaveOut(blockIndex, delta);
    }
  }

  /** Pieces of the arguments go on as they are: numbers in them keep their digits. */
  #onToolInput(input: string): void {
    const block = this.#block;
    this.#outputCharacters += input.length;
    if (block === undefined || input === "") {
      return;
    }
    block.hasInput = true;
    this.#write(
      block.type === "answer"
        ? textDelta(this.#index, escapedOf(input))
        : blockDelta(this.#index, { type: "input_json_delta", partial_json: input }),
    );
  }

  #onReasoning(blockIndex: number, { text, signature, redactedContent }: ReasoningDelta): void {
    this.#outputCharacters += text?.length ?? 0;
    if (redactedContent !== undefined) {
      this.#onRedacted(blockIndex, redactedContent);
      return;
    }
    this.#open(blockIndex, "thinking", { type: "thinking", thinking: "", signature: "" });
    if (text !== undefined && text !== "") {
      this.#write(blockDelta(this.#index, { type: "thinking_delta", thinking: text }));
    }
    if (signature !== undefined && signature !== "") {
      this.#write(blockDelta(this.#index, { type: "signature_delta", signature }));
    }
  }

  /** Has no delta of its own in Anthropic's stream: the block comes whole with its start. */
  #onRedacted(blockIndex: number, redactedContent: string): void {
    const data = redactedDataFrom(redactedContent);
    this.#start();
    this.#closeBlock();
    if (data === undefined) {
      noteDropped(this.#context.notes, replyPath(blockIndex, "reasoningContent"));
      return;
    }
    this.#write(`${blockStart(this.#index, { type: "redacted_thinking", data })}${blockStop(this.#index)}`);
    this.#index += 1;
  }

  #onCitation(blockIndex: number, citation: Citation): void {
    const shown = messagesCitationFrom(citation);
    if (shown === undefined || this.#awaitsAnswer) {
      noteDropped(this.#context.notes, replyPath(blockIndex, "citationsContent.citations"));
      return;
    }
    this.#open(blockIndex, "text", { type: "text", text: "" });
    this.#write(blockDelta(this.#index, { type: "citations_delta", citation: shown }));
  }

  /** A piece that has no shape here. */
  #leaveOut(blockIndex: number, piece: object): void {
    noteDropped(this.#context.notes, replyPath(blockIndex, Object.keys(piece)[0] ?? "empty"));
  }
}

function escapedOf(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
