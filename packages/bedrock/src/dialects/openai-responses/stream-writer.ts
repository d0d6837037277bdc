import type { Citation, ToolUseBlock } from "../../converse/content.ts";
import type { MessageStopEvent, MetadataEvent, ReasoningDelta } from "../../converse/stream-events.ts";
import type { AditError } from "../../errors/adit-error.ts";
import { openAiErrorBody } from "../../errors/openai-error-body.ts";
import { memberOf } from "../translation/answers/answer-blocks.ts";
import { BlockStreamWriter, type OpenTool } from "../translation/answers/dialect-stream.ts";
import { noteDropped, replyPath } from "../translation/answers/reply-dropped.ts";
import { callersToolName } from "../translation/tools/tool-kind.ts";
import { callerTools, type CallerTool } from "./caller-tools.ts";
import { incompleteReason } from "./ending.ts";
import { OpenCall } from "./open-call.ts";
import type { ItemPlace, OpenItem } from "./open-item.ts";
import { OpenMessage } from "./open-message.ts";
import { OpenReasoning, type ReasoningView } from "./open-reasoning.ts";
import type { ResponsesReplyContext } from "./reply-context.ts";
import { responseFrame } from "./response-frame.ts";
import { errorFields, ResponseEvents } from "./response-events.ts";
import type { ItemStatus, OutputItem, ResponseObject } from "./response-object.ts";
import { responseUsageFrom } from "./usage.ts";

/**
 * Writes the events of ConverseStream as OpenAI's stream of a response. Every block is an item, but for text: blocks of text that follow each
 * other are one message. An item's end is written when the next begins, or with the answer's end, since only then it is known whether
 * it was cut off. A failure is `response.failed`, with what came so far, and the event `error`, at which OpenAI's clients throw.
 */
export class ResponsesStreamWriter extends BlockStreamWriter {
  readonly #context: ResponsesReplyContext;
  readonly #events: ResponseEvents;
  readonly #tools: ReadonlyMap<string, CallerTool>;
  readonly #view: ReasoningView;
  readonly #output: OutputItem[] = [];
  #open: OpenItem | undefined;
  #response: ResponseObject | undefined;

  /** @param write absent where only the whole `response` is wanted, and not its events. */
  constructor(context: ResponsesReplyContext, write: ((text: string) => void) | undefined) {
    super(context.notes, true);
    this.#context = context;
    this.#events = new ResponseEvents(write);
    const { request } = context;
    this.#tools = callerTools(request);
    const { summary, generate_summary: olderSummary } = request.reasoning ?? {};
    this.#view = {
      asSummary: (summary ?? olderSummary ?? "none") !== "none",
      alwaysEncrypted: request.include?.includes("reasoning.encrypted_content") === true,
    };
  }

  /** The whole response; undefined until `end` or `fail`. */
  get response(): ResponseObject | undefined {
    return this.#response;
  }

  protected override writeOpening(): void {
    const response = responseFrame(this.#context);
    this.#events.write("response.created", { response });
    this.#events.write("response.in_progress", { response });
  }

  protected override writeText(blockIndex: number, escaped: string): void {
    this.#message().write(blockIndex, escaped);
  }

  /** A response shows no blocks beside its text. */
  protected override onTextHeld(): void {}

  protected override writeHeldText(escaped: string): void {
    this.#message().write(-1, escaped);
  }

  protected override leaveOutHeldText(blocks: ReadonlySet<number>): void {
    for (const index of blocks) {
      noteDropped(this.#context.notes, replyPath(index, "text"));
    }
  }

  protected override startTool(tool: OpenTool, block: Pick<ToolUseBlock, "toolUseId" | "name" | "type">): void {
    if (tool.kind === "caller") {
      const name = callersToolName(block.name, this.#context.notes);
      const plain: CallerTool = { name, namespace: undefined, isCustom: false };
      const known = this.#tools.get(name) ?? plain;
      const place = this.#nextPlace(known.isCustom ? "ctc" : "fc");
      this.#open = new OpenCall(place, this.#events, block.toolUseId, known);
    } else if (tool.kind === "repeat") {
      noteDropped(this.#context.notes, replyPath(tool.blockIndex, "toolUse"));
    }
  }

  protected override writeInput(tool: OpenTool, input: string): void {
    if (tool.kind === "caller" && this.#open instanceof OpenCall) {
      this.#open.write(input);
    }
  }

  protected override writeReasoning(blockIndex: number, delta: ReasoningDelta): void {
    if (delta.text === undefined && delta.signature === undefined && delta.redactedContent === undefined) {
      this.writeOther(blockIndex, "delta", { reasoningContent: delta });
    } else {
      this.#reasoning(blockIndex).write(delta);
    }
  }

  /** OpenAI has a form for places on the web alone. */
  protected override writeCitation(blockIndex: number, { location, title = "" }: Citation): void {
    const url = location?.web?.url;
    if (url !== undefined) {
      this.#message().cite(blockIndex, url, title);
    } else {
      noteDropped(this.#context.notes, replyPath(blockIndex, "citationsContent.citations"));
    }
  }

  /** A block that this dialect has no form for is left out and named. Results of tools that AWS ran are already in the text. */
  protected override writeOther(blockIndex: number, _member: "delta" | "start", piece: object): void {
    const name = memberOf(piece);
    if (name !== "toolResult") {
      noteDropped(this.#context.notes, replyPath(blockIndex, name));
    }
  }

  protected override stopBlock(): void {
    if (this.#open instanceof OpenMessage) {
      this.#open.stopBlock();
    }
  }

  protected override writeEnd(stop: MessageStopEvent, metadata: MetadataEvent): void {
    const reason = incompleteReason(stop.stopReason);
    const status = reason === undefined ? "completed" : "incomplete";
    this.#close(status);
    const response = responseFrame(this.#context);
    response.status = status;
    response.incomplete_details = reason === undefined ? null : { reason };
    response.output = this.#output;
    const usage = responseUsageFrom(metadata.usage, this.#output);
    if (usage !== undefined) {
      response.usage = usage;
    }
    const tier = metadata.serviceTier?.type;
    if (tier !== undefined && tier !== "reserved") {
      response.service_tier = tier;
    }
    this.#response = response;
    this.#events.write(`response.${status}`, { response });
  }

  protected override writeFailure(error: AditError, withVendorFields: boolean): void {
    if (this.#events.hasBegun) {
      const { code, message } = openAiErrorBody(error, withVendorFields).error;
      const response = responseFrame(this.#context);
      response.status = "failed";
      response.error = { code: code ?? error.code, message };
      response.output = this.#open === undefined ? this.#output : [...this.#output, this.#open.itemAs("incomplete")];
      this.#response = response;
      this.#events.write("response.failed", { response });
    }
    this.#events.write("error", errorFields(error, withVendorFields));
  }

  #message(): OpenMessage {
    if (!(this.#open instanceof OpenMessage)) {
      const message = new OpenMessage(this.#nextPlace("msg"), this.#events);
      this.#open = message;
      return message;
    }
    return this.#open;
  }

  #reasoning(blockIndex: number): OpenReasoning {
    if (!(this.#open instanceof OpenReasoning) || this.#open.blockIndex !== blockIndex) {
      const reasoning = new OpenReasoning(this.#nextPlace("rs"), this.#events, blockIndex, this.#view);
      this.#open = reasoning;
      return reasoning;
    }
    return this.#open;
  }

  /** Closes the item in hand and makes room for the next. An id holds the answer's own, or another that is given, and the item's place in it. */
  #nextPlace(prefix: string): ItemPlace {
    this.#close("completed");
    const outputIndex = this.#output.length;
    const { id, itemsId = id.replace(/^resp_/, "") } = this.#context;
    return { id: `${prefix}_${itemsId}_${outputIndex}`, outputIndex };
  }

  #close(status: ItemStatus): void {
    if (this.#open !== undefined) {
      this.#output.push(this.#open.close(status));
      this.#open = undefined;
    }
  }
}
