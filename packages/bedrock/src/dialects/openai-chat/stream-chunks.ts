import type { JsonValue } from "../../json.ts";
import { lineSafe } from "../translation/answers/event-text.ts";
import type { ChatCitationDelta, ChatUsage } from "./chat-completion.ts";
import type { ReplyContext } from "./reply-context.ts";

/** What the last chunk of an answer says. */
export interface ChunkFinish {
  reason: string;
  usage: ChatUsage | undefined;
  serviceTier: string | undefined;
  /** Not strict only. */
  responseFields: JsonValue | undefined;
  /** Not strict only. */
  trace: JsonValue | undefined;
}

/**
 * The chunks of one stream as server-sent events. What all chunks share is written once; a text delta costs a few string joins.
 * Arguments named `escaped` are the inside of a JSON string, as between its quotes.
 */
export class ChatChunks {
  readonly #strict: boolean;
  readonly #fields: string;
  readonly #head: string;
  readonly #tail: string;
  readonly #contentHead: string;
  /** Portkey's deltas name the role each time, OpenAI's the first time alone. */
  readonly #role: string;
  readonly #includeUsage: boolean;

  constructor(context: ReplyContext) {
    const { id, created, model, strict } = context;
    this.#strict = strict;
    this.#includeUsage = strict && context.includeUsage;
    const shared = JSON.stringify({ id, object: "chat.completion.chunk", created, model });
    this.#fields = lineSafe(`data: ${shared.slice(0, -1)}${strict ? "" : ',"provider":"bedrock"'}`);
    this.#head = `${this.#fields},"choices":[{"index":0,"delta":{`;
    // With include_usage OpenAI writes `usage: null` in every chunk but the last.
    this.#tail = `},"finish_reason":null}]${this.#includeUsage ? ',"usage":null' : ""}}\n\n`;
    this.#role = strict ? "" : '"role":"assistant",';
    this.#contentHead = `${this.#head}${this.#role}"content":"`;
  }

  opening(): string {
    return `${this.#head}"role":"assistant","content":""${this.#tail}`;
  }

  /** A piece of the answer's text; for a caller who is not strict in its block as well. */
  text(blockIndex: number, escaped: string): string {
    const safe = lineSafe(escaped);
    return this.#strict
      ? `${this.#contentHead}${safe}"${this.#tail}`
      : `${this.#contentHead}${safe}","content_blocks":[{"index":${blockIndex},"delta":{"text":"${safe}"}}]${this.#tail}`;
  }

  /** A piece of the answer's text without its block. */
  content(escaped: string): string {
    return `${this.#contentHead}${lineSafe(escaped)}"${this.#tail}`;
  }

  /** Strict: a piece of thinking. */
  reasoning(text: string): string {
    return this.#chunk(`"reasoning_content":${JSON.stringify(text)}`);
  }

  /** Not strict: a piece of a block, `member` being `delta` or `start`; citations also stand on the message. */
  block(blockIndex: number, member: "delta" | "start", value: object, citations?: ChatCitationDelta[]): string {
    const block = `"content_blocks":[${JSON.stringify({ index: blockIndex, [member]: value })}]`;
    return this.#chunk(citations === undefined ? block : `${block},"citations":${JSON.stringify(citations)}`);
  }

  toolStart(callIndex: number, id: string, name: string): string {
    const call = JSON.stringify({ index: callIndex, id, type: "function", function: { name, arguments: "" } });
    return this.#chunk(`"tool_calls":[${call}]`);
  }

  toolArguments(callIndex: number, text: string): string {
    const type = this.#strict ? "" : '"type":"function",';
    return this.#chunk(`"tool_calls":[{"index":${callIndex},${type}"function":{"arguments":${JSON.stringify(text)}}}]`);
  }

  /** OpenAI's older form of a call, of which an answer has one. */
  functionStart(name: string): string {
    return this.#chunk(`"function_call":${JSON.stringify({ name, arguments: "" })}`);
  }

  functionArguments(text: string): string {
    return this.#chunk(`"function_call":{"arguments":${JSON.stringify(text)}}`);
  }

  /** The finish chunk, the usage chunk where it was asked for, and the mark of the end. */
  end(finish: ChunkFinish): string {
    const usage = finish.usage === undefined ? undefined : JSON.stringify(finish.usage);
    const fields = this.#optional("additional_model_response_fields", finish.responseFields).slice(1);
    const last = [
      `${this.#fields},"choices":[{"index":0,"delta":{${fields}},"finish_reason":${JSON.stringify(finish.reason)}}]`,
      finish.serviceTier === undefined ? "" : `,"service_tier":${JSON.stringify(finish.serviceTier)}`,
      this.#optional("trace", finish.trace),
      this.#strict || usage === undefined ? "" : `,"usage":${usage}`,
      this.#includeUsage ? ',"usage":null' : "",
      "}\n\n",
    ].join("");
    const ofUsage =
      this.#includeUsage && usage !== undefined ? `${this.#fields},"choices":[],"usage":${usage}}\n\n` : "";
    return `${lineSafe(last)}${ofUsage}data: [DONE]\n\n`;
  }

  #optional(name: string, value: JsonValue | undefined): string {
    return this.#strict || value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
  }

  #chunk(delta: string): string {
    return `${this.#head}${this.#role}${lineSafe(delta)}${this.#tail}`;
  }
}
