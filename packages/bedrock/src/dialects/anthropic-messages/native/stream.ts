import { claudeUsage } from "../../../anthropic/claude-usage.ts";
import { GuardrailReply } from "../../../converse/guardrail-reply.ts";
import { countsFromMetrics, metricsKey, type InvocationCounts } from "../../../converse/invocation-counts.ts";
import type { TokenUsage } from "../../../converse/response.ts";
import { AditError } from "../../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { messagesErrorEvent } from "../error-body.ts";
import { JsonEdits } from "../../translation/json-edits.ts";
import { sseEvent } from "../sse.ts";

/** How nearly every chunk begins and goes on: text goes through without being parsed. */
const deltaHead = '{"type":"content_block_delta","index":';
const textMiddle = ',"delta":{"type":"text_delta","text":"';
const deltaEvent = "event: content_block_delta\ndata: ";
/** What would end a line of the stream, or what some line readers take for an end. */
const lineEnds = /[\n\r\u0085\u2028\u2029]/;

/**
 * Writes the chunks of InvokeModelWithResponseStream as Anthropic's stream: the JSON of each as AWS wrote it under the name of its type.
 * Two are changed: AWS's own metrics are taken out of `message_stop`, and a `message_delta` without `usage`, as where a guardrail blocked, gets
 * one, for Anthropic's SDKs read it unasked. What the ledger wants is read on the way.
 */
export class NativeMessagesStream {
  readonly #write: (text: string) => void;
  readonly #requestId: string | undefined;
  readonly #unfamiliar = new Set<string>();
  readonly #guardrail = new GuardrailReply();
  #usageAtStart: JsonObject = {};
  #usageAtEnd: JsonObject = {};
  #metrics: InvocationCounts = {};
  #stopReason: string | undefined;
  #outputBytes = 0;
  #modelError: AditError | undefined;
  #isStopped = false;
  #isClosed = false;

  /** `requestId` is the one that the header `request-id` carries, for errors. */
  constructor(write: (text: string) => void, requestId?: string) {
    this.#write = write;
    this.#requestId = requestId;
  }

  /** Undefined until the end has told it: what the start says of the output is not what was written. */
  get usage(): TokenUsage | undefined {
    const { output_tokens: _early, ...input } = this.#usageAtStart;
    return claudeUsage(this.#metrics, input, this.#usageAtEnd);
  }

  /** What the start told: the input whole, and the output up to there. For a stream that broke. */
  get usageAtStart(): TokenUsage | undefined {
    return claudeUsage({}, this.#usageAtStart);
  }

  /** Claude's word, or `guardrail_intervened` where a guardrail of AWS's did; undefined until it came. */
  get stopReason(): string | undefined {
    return this.#guardrail.intervened ? "guardrail_intervened" : this.#stopReason;
  }

  /** What a guardrail found and used, in the form of Converse's `trace`, once it came; undefined where the call did not ask for it. */
  get trace(): JsonValue | undefined {
    return this.#guardrail.trace;
  }

  /** How many bytes the model has written so far (text as escaped in JSON), from which the usage of a broken stream is estimated. */
  get outputBytes(): number {
    return this.#outputBytes;
  }

  /** True once the model has written anything. */
  get firstTokenSeen(): boolean {
    return this.#outputBytes > 0;
  }

  /** Types of chunks that this version does not know; they were passed on. */
  get unfamiliar(): ReadonlySet<string> {
    return this.#unfamiliar;
  }

  /** Takes the JSON of one chunk, as it stood in AWS's frame. Throws AditError `corrupt_stream` for what is no object. */
  onChunk(json: string): void {
    if (this.#isClosed) {
      return;
    }
    // A single digit: a message of more blocks than ten goes the general way.
    if (json.startsWith(deltaHead) && json.startsWith(textMiddle, deltaHead.length + 1) && !lineEnds.test(json)) {
      this.#outputBytes += Buffer.byteLength(json) - deltaHead.length - textMiddle.length - '0"}}'.length;
      this.#write(`${deltaEvent}${json}\n\n`);
      return;
    }
    this.#onParsed(json, parseChunk(json));
  }

  /**
   * Says that no chunk follows. Throws AditError, with nothing written: `truncated_stream` where `message_stop` never came, `aws_error` where
   * the model itself ended the stream with an error.
   */
  end(): void {
    if (!this.#isStopped) {
      throw this.#modelError ?? new AditError("truncated_stream", "AWS's stream ended before its message_stop event.");
    }
    this.#isClosed = true;
  }

  /** Writes the error event, and nothing after it. */
  fail(error: AditError): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#write(messagesErrorEvent(error, this.#requestId));
    }
  }

  #onParsed(json: string, chunk: JsonObject): void {
    const { type } = chunk;
    const name = typeof type === "string" && /^\w+$/.test(type) ? type : "message";
    this.#read(name, chunk);
    const shown = this.#shown(name, json, chunk);
    this.#write(sseEvent(name, lineEnds.test(shown) ? JSON.stringify(JSON.parse(shown)) : shown));
  }

  #shown(type: string, json: string, chunk: JsonObject): string {
    const edits = new JsonEdits();
    if (chunk[metricsKey] !== undefined) edits.remove([metricsKey]);
    if (type === "message_delta" && !isJsonObject(chunk["usage"])) {
      // Anthropic's counts here are those of the whole message: with nothing new, they are what the start told.
      const { output_tokens: soFar = null } = this.#usageAtStart;
      edits.set(["usage"], JSON.stringify({ output_tokens: soFar }));
    }
    return edits.applyTo(json);
  }

  #read(type: string, chunk: JsonObject): void {
    switch (type) {
      case "message_start":
        this.#usageAtStart = objectIn(objectIn(chunk["message"])["usage"]);
        break;
      case "content_block_delta":
        this.#outputBytes += writtenIn(objectIn(chunk["delta"]));
        break;
      case "message_delta": {
        const { stop_reason: reason } = objectIn(chunk["delta"]);
        this.#stopReason = typeof reason === "string" ? reason : this.#stopReason;
        this.#usageAtEnd = objectIn(chunk["usage"]);
        break;
      }
      case "message_stop":
        this.#isStopped = true;
        break;
      case "error":
        // It is passed on as the caller's error event: nothing may follow it.
        this.#modelError = modelError(objectIn(chunk["error"]));
        this.#isClosed = true;
        break;
      case "content_block_start":
      case "content_block_stop":
      case "ping":
        break;
      default:
        this.#unfamiliar.add(type);
    }
    const metrics = countsFromMetrics(chunk);
    if (metrics !== undefined) this.#metrics = metrics;
    this.#guardrail.take(chunk);
  }
}

function modelError({ type, message }: JsonObject): AditError {
  return new AditError("aws_error", `The model ended the stream: ${JSON.stringify({ type, message })}`);
}

function parseChunk(json: string): JsonObject {
  let chunk: unknown;
  try {
    chunk = JSON.parse(json);
  } catch (cause) {
    throw new AditError("corrupt_stream", "A chunk of AWS's stream is not JSON.", { cause });
  }
  if (!isJsonObject(chunk)) {
    throw new AditError("corrupt_stream", "A chunk of AWS's stream is not an object.");
  }
  return chunk;
}

function writtenIn(delta: JsonObject): number {
  const text = delta["text"] ?? delta["thinking"] ?? delta["partial_json"] ?? delta["content"];
  return typeof text === "string" ? Buffer.byteLength(text) : 0;
}

function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
