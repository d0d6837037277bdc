/** Standard output, written to in batches. */
import { Buffer } from "node:buffer";
import pino from "pino";
import type { LogDestination } from "./log-destination.ts";

/** Room for some two hundred lines: handing a batch on wakes a thread, which costs as much as some thirty lines. */
const batchBytes = 131_072;
/** A character of UTF-16 takes at most so many bytes of UTF-8. */
const bytesPerCharacter = 3;
/** A line waits no longer than this. */
const longestWaitMs = 100;

/**
 * Gathers lines and hands them on together, for a system call a line would cost as much as the line. Each is put into bytes as it comes:
 * a string that waits is copied by the garbage collector meanwhile. (pino's destination can gather too, but makes one string of all
 * that waits with each line that comes.)
 */
export class BatchedOutput implements LogDestination {
  readonly #output: ReturnType<typeof pino.destination>;
  #batch = Buffer.alloc(0);
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  /** True from when bytes are handed on until all that were are written. */
  #isWriting = false;
  #waiting: (() => void)[] = [];

  /** `file` is standard output's descriptor unless it says otherwise. */
  constructor(file = 1) {
    this.#output = pino.destination({ dest: file, sync: false, contentMode: "buffer" });
    this.#output.on("drain", () => this.#rest());
    this.#output.on("error", (error: NodeJS.ErrnoException) => {
      this.#rest();
      // Whoever read the lines has left: pino writes no more of them. Anything else is a fault that nobody handles.
      if (error.code !== "EPIPE") throw error;
    });
  }

  write(line: string): void {
    const mostBytes = line.length * bytesPerCharacter;
    if (this.#length + mostBytes > this.#batch.length) this.#begin(mostBytes);
    this.#length += this.#batch.write(line, this.#length);
    this.#timer ??= setTimeout(() => this.#handOn(), longestWaitMs);
  }

  /** Writes all that waits, behind what is being written: pino's own `flushSync` does not wait for that, and lines changed places. */
  async flush(): Promise<void> {
    this.#handOn();
    if (this.#isWriting) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #rest(): void {
    this.#isWriting = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #begin(mostBytes: number): void {
    this.#handOn();
    this.#batch = Buffer.allocUnsafeSlow(Math.max(batchBytes, mostBytes));
  }

  #handOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#length === 0) return;
    const bytes: unknown = this.#batch.subarray(0, this.#length);
    // The package's types know its other mode alone. After EPIPE it says nothing, and writes nothing.
    const said: boolean | undefined = this.#output.write(bytes as string);
    this.#isWriting ||= said !== undefined;
    // What was handed on is read later: its bytes are not written over.
    this.#batch = this.#batch.subarray(this.#length);
    this.#length = 0;
  }
}
