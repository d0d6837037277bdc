/** Standard output, written to in batches. */
import { Buffer } from "node:buffer";
import { write } from "node:fs";
import type { LogDestination } from "./log-destination.ts";

/** Room for some two hundred lines: handing a batch on wakes a thread, which costs as much as some thirty lines. */
const batchBytes = 131_072;
/** A character of UTF-16 takes at most so many bytes of UTF-8. */
const bytesPerCharacter = 3;
/** A line waits no longer than this. */
const longestWaitMs = 100;
/** Until a pipe that is full is tried again. */
const fullPipeMs = 100;

/**
 * Gathers lines and hands them on together, for a system call a line would cost as much as the line. Each is put into bytes as it comes:
 * a string that waits is copied by the garbage collector meanwhile. What cannot be written is lost, and told on standard error once: calls
 * go on. (pino's destination makes one string of all that waits with each line that comes, and on a full disk it never lets the process end.)
 */
export class BatchedOutput implements LogDestination {
  readonly #file: number;
  #batch = Buffer.alloc(0);
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Handed on and not written yet, in order. */
  #handed: Buffer[] = [];
  #isWriting = false;
  /** Whoever read the lines has left. */
  #isLeft = false;
  #saidReason = "";
  #waiting: (() => void)[] = [];

  /** `file` is standard output's descriptor unless it says otherwise. */
  constructor(file = 1) {
    this.#file = file;
  }

  write(line: string): void {
    const mostBytes = line.length * bytesPerCharacter;
    if (this.#length + mostBytes > this.#batch.length) this.#begin(mostBytes);
    this.#length += this.#batch.write(line, this.#length);
    this.#timer ??= setTimeout(() => this.#handOn(), longestWaitMs);
  }

  /** Writes all that waits, behind what is being written. */
  async flush(): Promise<void> {
    this.#handOn();
    if (this.#isWriting) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #rest(): void {
    this.#isWriting = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #writeNext(): void {
    const [bytes] = this.#handed;
    if (bytes === undefined) return this.#rest();
    this.#isWriting = true;
    write(this.#file, bytes, (error, count) => {
      if (error?.code === "EAGAIN") return void setTimeout(() => this.#writeNext(), fullPipeMs);
      if (error !== null) return this.#lose(error);
      this.#saidReason = "";
      if (count < bytes.length) this.#handed[0] = bytes.subarray(count);
      else this.#handed.shift();
      this.#writeNext();
    });
  }

  #lose({ code, message }: NodeJS.ErrnoException): void {
    this.#handed = [];
    this.#isLeft = code === "EPIPE";
    if (!this.#isLeft && this.#saidReason !== message) {
      this.#saidReason = message;
      process.emitWarning(`Lines of the log could not be written, and are lost: ${message}.`);
    }
    this.#rest();
  }

  #begin(mostBytes: number): void {
    this.#handOn();
    this.#batch = Buffer.allocUnsafeSlow(Math.max(batchBytes, mostBytes));
  }

  #handOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#length === 0) return;
    if (!this.#isLeft) this.#handed.push(this.#batch.subarray(0, this.#length));
    if (!this.#isWriting) this.#writeNext();
    // What was handed on is read later: its bytes are not written over.
    this.#batch = this.#batch.subarray(this.#length);
    this.#length = 0;
  }
}
