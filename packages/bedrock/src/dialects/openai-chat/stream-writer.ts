import type { Citation, ToolUseBlock } from "../../converse/content.ts";
import type { MessageStopEvent, MetadataEvent, ReasoningDelta } from "../../converse/stream-events.ts";
import type { AditError } from "../../errors/adit-error.ts";
import { openAiErrorBody } from "../../errors/openai-error-body.ts";
import { memberOf } from "../translation/answers/answer-blocks.ts";
import { BlockStreamWriter, type OpenTool } from "../translation/answers/dialect-stream.ts";
import { errorEvent, unescaped } from "../translation/answers/event-text.ts";
import { noteDropped, replyPath } from "../translation/answers/reply-dropped.ts";
import { callersToolName } from "../translation/tools/tool-kind.ts";
import { isLeftOutByStrict } from "./content-blocks.ts";
import { finishReasonFrom } from "../translation/openai/finish-reason.ts";
import type { ReplyContext } from "./reply-context.ts";
import { chatServiceTier } from "./service-tier.ts";
import { ChatChunks } from "./stream-chunks.ts";
import { chatUsageFrom } from "../translation/openai/usage.ts";

/**
 * Writes the events of ConverseStream as OpenAI's stream of chunks.
 *
 * Strict: the role once, then `content`, `reasoning_content` and `tool_calls`. Not strict: Portkey's shapes, that is the role in every delta
 * and `content_blocks: [{index, delta: {text | thinking | signature | data | citation}}]`; a citation also as `delta.citations`;
 * other blocks as AWS's own `start` and `delta`, in the same list. The last chunk comes with `end`, after AWS's metadata: finish reason,
 * usage, `[DONE]`. A failure is an error event, without a finish reason and without `[DONE]`; to a strict caller a malformed output is one.
 */
export class ChatStreamWriter extends BlockStreamWriter {
  readonly #context: ReplyContext;
  readonly #write: (text: string) => void;
  readonly #chunks: ChatChunks;
  #citations = 0;
  /** The block whose thinking was written last. */
  #thinkingBlock = -1;

  constructor(context: ReplyContext, write: (text: string) => void) {
    super(context.notes, context.strict);
    this.#context = context;
    this.#write = write;
    this.#chunks = new ChatChunks(context);
  }

  protected override get showsBedrockFields(): boolean {
    return !this.#context.strict;
  }

  protected override writeOpening(): void {
    this.#write(this.#chunks.opening());
  }

  protected override writeText(blockIndex: number, escaped: string): void {
    this.#write(this.#chunks.text(blockIndex, escaped));
  }

  protected override onTextHeld(blockIndex: number, escaped: string): void {
    if (!this.#context.strict) {
      this.#write(this.#chunks.block(blockIndex, "delta", { text: unescaped(escaped) }));
    }
  }

  protected override writeHeldText(escaped: string): void {
    this.#write(this.#chunks.content(escaped));
  }

  protected override leaveOutHeldText(blocks: ReadonlySet<number>): void {
    if (this.#context.strict) {
      for (const index of blocks) {
        noteDropped(this.#context.notes, replyPath(index, "text"));
      }
    }
  }

  protected override startTool(tool: OpenTool, block: Pick<ToolUseBlock, "toolUseId" | "name" | "type">): void {
    if (tool.kind === "caller") {
      this.#startCall(tool, block);
    } else if (tool.kind === "server") {
      this.writeOther(tool.blockIndex, "start", { toolUse: block });
    }
  }

  /** A second answer is text in a block of its own: as a call it would come back in the history, where AWS refuses a call that nobody answers. */
  protected override writeInput(tool: OpenTool, input: string): void {
    if (tool.kind === "caller") {
      this.#writeArguments(tool, input);
    } else if (tool.kind === "repeat" && !this.#context.strict) {
      this.#write(this.#chunks.block(tool.blockIndex, "delta", { text: input }));
    } else {
      this.writeOther(tool.blockIndex, "delta", { toolUse: { input } });
    }
  }

  #startCall({ callIndex, blockIndex }: OpenTool, block: Pick<ToolUseBlock, "toolUseId" | "name">): void {
    const { notes } = this.#context;
    const name = callersToolName(block.name, notes);
    if (notes.callsFunctions !== true) {
      this.#write(this.#chunks.toolStart(callIndex, block.toolUseId, name));
    } else if (callIndex === 0) {
      this.#write(this.#chunks.functionStart(name));
    } else {
      noteDropped(notes, replyPath(blockIndex, "toolUse"));
    }
  }

  #writeArguments({ callIndex }: OpenTool, input: string): void {
    if (this.#context.notes.callsFunctions !== true) {
      this.#write(this.#chunks.toolArguments(callIndex, input));
    } else if (callIndex === 0) {
      this.#write(this.#chunks.functionArguments(input));
    }
  }

  protected override writeReasoning(blockIndex: number, delta: ReasoningDelta): void {
    const { text = "", signature, redactedContent } = delta;
    if (this.#context.strict) {
      if (text !== "") {
        this.#write(this.#chunks.reasoning(text));
      }
      return;
    }
    // Thinking that is not shown is empty, and not a piece that is missing: so it goes back whole.
    const isHidden = signature !== undefined && blockIndex !== this.#thinkingBlock;
    if (text !== "") {
      this.#thinkingBlock = blockIndex;
    }
    const piece = {
      ...(text === "" && !isHidden ? {} : { thinking: text }),
      ...(signature === undefined ? {} : { signature }),
      ...(redactedContent === undefined ? {} : { data: redactedContent }),
    };
    if (Object.keys(piece).length > 0) {
      this.#write(this.#chunks.block(blockIndex, "delta", piece));
    } else if (delta.text === undefined) {
      this.writeOther(blockIndex, "delta", { reasoningContent: delta });
    }
  }

  protected override writeCitation(blockIndex: number, citation: Citation): void {
    if (!this.#context.strict) {
      this.#write(this.#chunks.block(blockIndex, "delta", { citation }, [{ index: this.#citations++, ...citation }]));
    } else {
      noteDropped(this.#context.notes, replyPath(blockIndex, "citationsContent.citations"));
    }
  }

  /** A piece that OpenAI's format has no member for: passed on as AWS wrote it, or, for a strict caller, left out and named. */
  protected override writeOther(blockIndex: number, member: "delta" | "start", piece: object): void {
    if (!this.#context.strict) {
      this.#write(this.#chunks.block(blockIndex, member, piece));
      return;
    }
    const name = memberOf(piece);
    const isQuiet = name === "toolUse" ? this.tool?.kind === "server" : isLeftOutByStrict(name);
    if (!isQuiet) {
      noteDropped(this.#context.notes, replyPath(blockIndex, name));
    }
  }

  /** OpenAI's chunks do not say where a block ends. */
  protected override stopBlock(): void {}

  protected override writeEnd(stop: MessageStopEvent, metadata: MetadataEvent): void {
    const { strict } = this.#context;
    this.#write(
      this.#chunks.end({
        reason: finishReasonFrom(stop.stopReason, {
          strict,
          hasToolCalls: this.toolCalls > 0,
          isAnsweredByTool: this.isAnswered,
          callsFunctions: this.#context.notes.callsFunctions,
        }),
        usage: chatUsageFrom(metadata.usage, strict),
        serviceTier: chatServiceTier(metadata.serviceTier, strict),
        responseFields: stop.additionalModelResponseFields,
        trace: metadata.trace,
      }),
    );
  }

  protected override writeFailure(error: AditError, withVendorFields: boolean): void {
    this.#write(errorEvent(openAiErrorBody(error, withVendorFields)));
  }
}
