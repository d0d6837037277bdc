/** Standard output, written to in batches. */
import pino from "pino";
import type { LogDestination } from "./log-destination.ts";

const mostLines = 64;
/** A line waits no longer than this. */
const longestWaitMs = 100;

/**
 * Gathers lines and hands them on together, for a system call a line would cost as much as the line. (pino's destination can
 * gather too, but makes one string of all that waits with each line that comes.)
 */
export class BatchedOutput implements LogDestination {
  readonly #output = pino.destination({ dest: 1, sync: false });
  #lines: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  write(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= mostLines) this.#handOn();
    else this.#timer ??= setTimeout(() => this.#handOn(), longestWaitMs);
  }

  /** Writes all that waits, before it returns. */
  flushSync(): void {
    this.#handOn();
    this.#output.flushSync();
  }

  #handOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    this.#output.write(this.#lines.join(""));
    this.#lines = [];
  }
}
