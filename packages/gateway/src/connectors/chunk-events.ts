/** A model's native stream as server-sent events: each chunk as the model wrote it, then `[DONE]`. */
import { AditError, type TokenUsage } from "@adit/bedrock";
import { countsFromMetrics, parsedObject, usageFrom, writtenInChunk } from "@adit/bedrock/gateway";
import type { NativeWriter } from "../calls/call-dialect.ts";
import { openAiErrorEvent } from "../calls/answers/stream-answer.ts";

/** Writer's models end with this in place of a chunk. */
const writersEnd = "[DONE]";

export class ChunkEvents implements NativeWriter {
  readonly unfamiliar: ReadonlySet<string> = new Set();
  readonly stopReason = undefined;
  usage: TokenUsage | undefined;
  outputCharacters = 0;
  readonly #write: (text: string) => void;
  #last = "";

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get firstTokenSeen(): boolean {
    return this.outputCharacters > 0;
  }

  onChunk(json: string): void {
    this.#last = json;
    this.outputCharacters += writtenInChunk(json);
    if (json !== writersEnd) this.#write(`data: ${json.replaceAll(/\r\n?|\n/g, "\ndata: ")}\n\n`);
  }

  /** @throws AditError `truncated_stream` where AWS's figures, which come with the last chunk, never came. */
  end(): void {
    const counts = countsFromMetrics(parsedObject(this.#last) ?? {});
    if (counts === undefined && this.#last !== writersEnd) {
      throw new AditError("truncated_stream", "The stream ended before the model's last chunk.");
    }
    this.usage = counts === undefined ? undefined : usageFrom(counts);
    this.#write("data: [DONE]\n\n");
  }

  fail(error: AditError, withVendorFields = false): void {
    this.#write(openAiErrorEvent(error, withVendorFields));
  }
}
