import { unsigned } from "../../../anthropic/signed-thinking.ts";
import type { Citation, ToolUseBlock } from "../../../converse/content.ts";
import type { MessageStopEvent, MetadataEvent, ReasoningDelta } from "../../../converse/stream-events.ts";
import type { AditError } from "../../../errors/adit-error.ts";
import type { JsonObject } from "../../../json.ts";
import { memberOf } from "../../translation/answers/answer-blocks.ts";
import { BlockStreamWriter, type OpenTool } from "../../translation/answers/dialect-stream.ts";
import { noteDropped, replyPath } from "../../translation/answers/reply-dropped.ts";
import { callersToolName } from "../../translation/tools/tool-kind.ts";
import { shownCallId } from "../call-ids.ts";
import { messagesCitationFrom } from "../citations.ts";
import { messagesErrorEvent } from "../error-body.ts";
import { blockDelta, blockStart, blockStop, messageEnd, messageStart, textDelta } from "./message-events.ts";
import { messagesUsageFrom } from "./messages-usage.ts";
import { pingEvent } from "../sse.ts";
import { redactedDataFrom } from "../redacted-thinking.ts";
import type { MessagesReplyContext } from "./reply-context.ts";
import { endingFrom } from "./stop-reason.ts";

type BlockType = "text" | "thinking" | "tool_use";

/**
 * Writes the events of ConverseStream as Anthropic's stream. AWS announces tools' blocks alone; here every block has its start and its stop,
 * and the caller's numbers count the blocks that are shown. Behind the first block's start stands a `ping`, as in Anthropic's own streams. The end comes with `end`, after AWS's metadata: `message_delta` with the stop
 * reason and the usage, `message_stop`. A failure is an `error` event, and nothing after it; a malformed output is one.
 */
export class MessagesStreamWriter extends BlockStreamWriter {
  readonly #context: MessagesReplyContext;
  readonly #write: (text: string) => void;
  /** Number of the block that is open, or of the next one. */
  #index = 0;
  /** The block that is being written, by AWS's number. */
  #open: { blockIndex: number; type: BlockType; isSigned: boolean } | undefined;

  constructor(context: MessagesReplyContext, write: (text: string) => void) {
    super(context.notes, true);
    this.#context = context;
    this.#write = write;
  }

  protected override writeOpening(): void {
    this.#write(messageStart(this.#context.id, this.#context.model));
  }

  protected override writeText(blockIndex: number, escaped: string): void {
    this.#openBlock(blockIndex, "text", { type: "text", text: "" });
    this.#write(textDelta(this.#index, escaped));
  }

  /** Anthropic's stream has no place beside the text. */
  protected override onTextHeld(): void {}

  protected override writeHeldText(escaped: string, blocks: ReadonlySet<number>): void {
    // A spread would overflow the stack at some hundred thousand.
    const first = [...blocks].reduce((least, index) => Math.min(least, index));
    this.writeText(first, escaped);
  }

  protected override leaveOutHeldText(blocks: ReadonlySet<number>): void {
    for (const blockIndex of blocks) {
      noteDropped(this.#context.notes, replyPath(blockIndex, "text"));
    }
  }

  protected override startTool(tool: OpenTool, block: Pick<ToolUseBlock, "toolUseId" | "name" | "type">): void {
    if (tool.kind === "caller") {
      const name = callersToolName(block.name, this.#context.notes);
      const id = shownCallId(block.toolUseId);
      this.#openBlock(tool.blockIndex, "tool_use", { type: "tool_use", id, name, input: {} });
    } else if (tool.kind !== "answer") {
      noteDropped(this.#context.notes, replyPath(tool.blockIndex, "toolUse"));
    }
  }

  /** The pieces are passed on unread, so that numbers in them keep all their digits. */
  protected override writeInput(tool: OpenTool, input: string): void {
    if (tool.kind === "caller") {
      this.#write(blockDelta(this.#index, { type: "input_json_delta", partial_json: input }));
    }
  }

  protected override writeReasoning(blockIndex: number, delta: ReasoningDelta): void {
    const { text, signature, redactedContent } = delta;
    if (redactedContent !== undefined) {
      this.#writeRedacted(blockIndex, redactedContent);
      return;
    }
    if (text === undefined && signature === undefined) {
      this.writeOther(blockIndex, "delta", { reasoningContent: delta });
      return;
    }
    this.#openBlock(blockIndex, "thinking", { type: "thinking", thinking: "", signature: "" });
    if (text !== undefined && text !== "") {
      this.#write(blockDelta(this.#index, { type: "thinking_delta", thinking: text }));
    }
    if (signature !== undefined && signature !== "") {
      this.#writeSignature(signature);
    }
  }

  protected override writeCitation(blockIndex: number, citation: Citation): void {
    const shown = messagesCitationFrom(citation);
    if (shown === undefined || this.#context.notes.answerTool !== undefined) {
      noteDropped(this.#context.notes, replyPath(blockIndex, "citationsContent.citations"));
      return;
    }
    this.#openBlock(blockIndex, "text", { type: "text", text: "" });
    this.#write(blockDelta(this.#index, { type: "citations_delta", citation: shown }));
  }

  /** A piece that has no shape here. */
  protected override writeOther(blockIndex: number, _member: "delta" | "start", piece: object): void {
    noteDropped(this.#context.notes, replyPath(blockIndex, memberOf(piece)));
  }

  protected override stopBlock(): void {
    if (this.#open !== undefined) {
      // Clients such as the AI SDK send back thinking that has a signature alone: other families take theirs back.
      if (this.#open.type === "thinking" && !this.#open.isSigned) {
        this.#writeSignature(unsigned);
      }
      this.#open = undefined;
      this.#write(blockStop(this.#index));
      this.#index += 1;
    }
  }

  protected override writeEnd({ stopReason }: MessageStopEvent, { usage, serviceTier }: MetadataEvent): void {
    // Text that waited for a structured answer has been written last.
    this.stopBlock();
    const ending = endingFrom(stopReason, this.#context, this.toolCalls > 0);
    this.#write(messageEnd(ending, messagesUsageFrom(usage, serviceTier?.type)));
  }

  protected override writeFailure(error: AditError): void {
    this.#write(messagesErrorEvent(error, this.#context.requestId));
  }

  /** Opens the block, unless it is the open one. */
  #openBlock(blockIndex: number, type: BlockType, block: JsonObject): void {
    if (this.#open?.blockIndex === blockIndex && this.#open.type === type) {
      return;
    }
    this.stopBlock();
    this.#open = { blockIndex, type, isSigned: false };
    this.#writeStart(block);
  }

  #writeSignature(signature: string): void {
    this.#write(blockDelta(this.#index, { type: "signature_delta", signature }));
    if (this.#open !== undefined) {
      this.#open.isSigned = true;
    }
  }

  #writeStart(block: JsonObject): void {
    this.#write(blockStart(this.#index, block));
    if (this.#index === 0) {
      this.#write(pingEvent);
    }
  }

  /** Has no delta of its own in Anthropic's stream: the block comes whole with its start. */
  #writeRedacted(blockIndex: number, redactedContent: string): void {
    const data = redactedDataFrom(redactedContent);
    this.stopBlock();
    if (data === undefined) {
      noteDropped(this.#context.notes, replyPath(blockIndex, "reasoningContent"));
      return;
    }
    this.#writeStart({ type: "redacted_thinking", data });
    this.#write(blockStop(this.#index));
    this.#index += 1;
  }
}
