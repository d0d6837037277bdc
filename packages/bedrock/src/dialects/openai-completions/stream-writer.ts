import type { MessageStopEvent, MetadataEvent } from "../../converse/stream-events.ts";
import type { AditError } from "../../errors/adit-error.ts";
import { openAiErrorBody } from "../../errors/openai-error-body.ts";
import { memberOf } from "../translation/answers/answer-blocks.ts";
import { BlockStreamWriter } from "../translation/answers/dialect-stream.ts";
import { errorEvent, lineSafe } from "../translation/answers/event-text.ts";
import { chatUsageFrom } from "../translation/openai/usage.ts";
import { noteDropped, replyPath } from "../translation/answers/reply-dropped.ts";
import type { CompletionReplyContext } from "./completion.ts";
import { completionFinish } from "./response.ts";

/**
 * Writes the events of ConverseStream as OpenAI's stream of text completions. Strict: usage in a chunk of its own where it was asked for; not
 * strict: usage on the last chunk always. A failure is an error event, without a finish reason and without `[DONE]`.
 */
export class CompletionStreamWriter extends BlockStreamWriter {
  readonly #context: CompletionReplyContext;
  readonly #write: (text: string) => void;
  readonly #fields: string;
  readonly #textHead: string;
  readonly #textTail: string;

  constructor(context: CompletionReplyContext, write: (text: string) => void) {
    super(context.notes, context.strict);
    const { id, created, model, strict } = context;
    this.#context = context;
    this.#write = write;
    const shared = JSON.stringify({ id, object: "text_completion", created, model });
    this.#fields = lineSafe(`data: ${shared.slice(0, -1)}${strict ? "" : ',"provider":"bedrock"'}`);
    this.#textHead = `${this.#fields},"choices":[{"text":"`;
    this.#textTail = `","index":0,"logprobs":null,"finish_reason":null}]${this.#noUsage}}\n\n`;
  }

  /** With include_usage OpenAI writes `usage: null` in every chunk but the last. */
  get #noUsage(): string {
    return this.#context.strict && this.#context.includeUsage ? ',"usage":null' : "";
  }

  /** The first piece of text opens the stream. */
  protected override writeOpening(): void {}

  protected override writeText(_blockIndex: number, escaped: string): void {
    this.#write(`${this.#textHead}${lineSafe(escaped)}${this.#textTail}`);
  }

  /** Text is held back only where a structured answer was asked for, which text completions do not have. */
  protected override onTextHeld(): void {}

  protected override writeHeldText(escaped: string): void {
    this.writeText(0, escaped);
  }

  protected override leaveOutHeldText(): void {}

  protected override startTool({ blockIndex }: { blockIndex: number }): void {
    this.#leaveOut(blockIndex, "toolUse");
  }

  protected override writeInput(): void {}

  protected override writeReasoning(blockIndex: number): void {
    this.#leaveOut(blockIndex, "reasoningContent");
  }

  protected override writeCitation(blockIndex: number): void {
    this.#leaveOut(blockIndex, "citationsContent.citations");
  }

  protected override writeOther(blockIndex: number, _member: "delta" | "start", piece: object): void {
    this.#leaveOut(blockIndex, memberOf(piece));
  }

  protected override stopBlock(): void {}

  protected override writeEnd(stop: MessageStopEvent, metadata: MetadataEvent): void {
    const { strict, includeUsage } = this.#context;
    const usage = chatUsageFrom(metadata.usage, strict);
    const written = usage === undefined ? "" : `,"usage":${JSON.stringify(usage)}`;
    const reason = JSON.stringify(completionFinish(stop.stopReason, strict));
    const choice = `{"text":"","index":0,"logprobs":null,"finish_reason":${reason}}`;
    const last = `${this.#fields},"choices":[${lineSafe(choice)}]${strict ? this.#noUsage : written}}\n\n`;
    const ofUsage = strict && includeUsage && written !== "" ? `${this.#fields},"choices":[]${written}}\n\n` : "";
    this.#write(`${last}${ofUsage}data: [DONE]\n\n`);
  }

  protected override writeFailure(error: AditError, withVendorFields: boolean): void {
    this.#write(errorEvent(openAiErrorBody(error, withVendorFields)));
  }

  #leaveOut(blockIndex: number, member: string): void {
    noteDropped(this.#context.notes, replyPath(blockIndex, member));
  }
}
