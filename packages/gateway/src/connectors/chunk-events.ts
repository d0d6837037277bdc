/** A model's native stream as server-sent events: each chunk as the model wrote it, then `[DONE]`. */
import { AditError, type JsonValue, type TokenUsage } from "@adit/bedrock";
import {
  beginsWebSearch,
  countsFromMetrics,
  parsedObject,
  withWebSearches,
  writtenInChunk,
} from "@adit/bedrock/gateway";
import type { NativeWriter } from "../calls/call-dialect.ts";
import { openAiErrorEvent } from "../calls/answers/stream-answer.ts";
import { toldInChunks } from "../calls/native/passed-usage.ts";

/** Writer's models end with this in place of a chunk. */
const writersEnd = "[DONE]";

export class ChunkEvents implements NativeWriter {
  readonly unfamiliar: ReadonlySet<string> = new Set();
  stopReason: string | undefined;
  usage: TokenUsage | undefined;
  trace: JsonValue | undefined;
  outputBytes = 0;
  readonly #write: (text: string) => void;
  #first: string | undefined;
  /** Before the last one: Claude's end stands there, and AWS's figures behind it. */
  #previous = "";
  #last = "";
  #isMarkedEnd = false;
  #webSearches = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get firstTokenSeen(): boolean {
    return this.outputBytes > 0;
  }

  get usageAtStart(): TokenUsage | undefined {
    return this.#first === undefined ? undefined : toldInChunks(this.#first, []).usage;
  }

  onChunk(json: string): void {
    if (json === writersEnd) {
      this.#isMarkedEnd = true;
      return;
    }
    this.#first ??= json;
    this.#previous = this.#last;
    this.#last = json;
    this.outputBytes += writtenInChunk(json);
    if (beginsWebSearch(json)) this.#webSearches += 1;
    this.#write(`data: ${json.replaceAll(/\r\n?|\n/g, "\ndata: ")}\n\n`);
  }

  /** @throws AditError `truncated_stream` where AWS's figures, which come with the last chunk, never came. */
  end(): void {
    if (countsFromMetrics(parsedObject(this.#last) ?? {}) === undefined && !this.#isMarkedEnd) {
      throw new AditError("truncated_stream", "The stream ended before the model's last chunk.");
    }
    const { stopReason, usage, trace } = toldInChunks(this.#first ?? "", [this.#previous, this.#last]);
    this.stopReason = stopReason;
    this.usage = withWebSearches(usage, this.#webSearches);
    this.trace = trace;
    this.#write("data: [DONE]\n\n");
  }

  fail(error: AditError, withVendorFields = false): void {
    this.#write(openAiErrorEvent(error, withVendorFields));
  }
}
