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
/** A stop waits no longer for a reader who takes nothing. */
const longestStopMs = 5_000;
/** So much waits for a reader who is slower than the calls: some minutes of a busy gateway. */
const mostHandedBytes = 33_554_432;
const lineEnd = "\n".charCodeAt(0);

const readerIsBehind = new Error("whoever reads them is behind");

/**
 * Gathers lines and hands them on together, for a system call a line would cost as much as the line. Each is put into bytes as it comes:
 * a string that waits is copied by the garbage collector meanwhile. What cannot be written is lost, and told on standard error once: calls
 * go on. (pino's destination makes one string of all that waits with each line that comes, and on a full disk it never lets the process end.)
 */
export class BatchedOutput implements LogDestination {
  readonly #file: number;
  readonly #mostBytes: number;
  #batch = Buffer.alloc(0);
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Handed on and not written yet, in order. */
  #handed: Buffer[] = [];
  #handedBytes = 0;
  #isWriting = false;
  /** What was written last broke off in a line. */
  #isInLine = false;
  /** How long a stop has waited since the reader took something. */
  #waitedMs = 0;
  /** Whoever read the lines has left. */
  #isLeft = false;
  #saidReason = "";
  readonly #waiting: (() => void)[] = [];

  /** `file` is standard output's descriptor unless it says otherwise; more than `mostBytes` do not wait for its reader. */
  constructor(file = 1, mostBytes = mostHandedBytes) {
    this.#file = file;
    this.#mostBytes = mostBytes;
  }

  write(line: string): void {
    const mostBytes = line.length * bytesPerCharacter;
    if (this.#length + mostBytes > this.#batch.length) this.#begin(mostBytes);
    this.#length += this.#batch.write(line, this.#length);
    this.#timer ??= setTimeout(() => this.#handOn(), longestWaitMs);
  }

  /** Writes all that waits, behind what is being written. A reader who takes nothing of it is not waited for without end. */
  async flush(): Promise<void> {
    this.#handOn();
    if (this.#isWriting) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #rest(): void {
    this.#isWriting = false;
    this.#waitedMs = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #writeNext(): void {
    const [bytes] = this.#handed;
    if (bytes === undefined) {
      this.#saidReason = "";
      return this.#rest();
    }
    this.#isWriting = true;
    write(this.#file, bytes, (error, count) => {
      if (error?.code === "EAGAIN") return this.#waitForReader();
      if (error !== null) return this.#lose(error);
      this.#waitedMs = 0;
      this.#handedBytes -= count;
      if (count > 0) this.#isInLine = bytes[count - 1] !== lineEnd;
      if (count < bytes.length) this.#handed[0] = bytes.subarray(count);
      else this.#handed.shift();
      this.#writeNext();
    });
  }

  #waitForReader(): void {
    if (this.#waiting.length > 0) this.#waitedMs += fullPipeMs;
    if (this.#waitedMs > longestStopMs) return this.#lose(readerIsBehind);
    setTimeout(() => this.#writeNext(), fullPipeMs);
  }

  #lose({ code, message }: NodeJS.ErrnoException): void {
    this.#isLeft = code === "EPIPE";
    this.#say(message);
    // What comes later does not go on in the line that broke off.
    this.#handed = this.#isInLine && !this.#isLeft ? [Buffer.of(lineEnd)] : [];
    this.#handedBytes = this.#handed.length;
    this.#rest();
  }

  #say(reason: string): void {
    if (this.#saidReason === reason) return;
    this.#saidReason = reason;
    process.emitWarning(`Lines of the log could not be written, and are lost: ${reason}.`);
  }

  #take(bytes: Buffer): void {
    if (this.#handedBytes + bytes.length > this.#mostBytes) return this.#say(readerIsBehind.message);
    this.#handed.push(bytes);
    this.#handedBytes += bytes.length;
  }

  #begin(mostBytes: number): void {
    this.#handOn();
    this.#batch = Buffer.allocUnsafeSlow(Math.max(batchBytes, mostBytes));
  }

  #handOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#length === 0) return;
    if (!this.#isLeft) this.#take(this.#batch.subarray(0, this.#length));
    if (!this.#isWriting) this.#writeNext();
    // What was handed on is read later: its bytes are not written over.
    this.#batch = this.#batch.subarray(this.#length);
    this.#length = 0;
  }
}
