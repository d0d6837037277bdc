/** An answer of bytes on its way out, such as AWS's event stream. */
import type { StreamOwner } from "./event-writer.ts";
import type { ByteWriter } from "../routes/route.ts";
import type { StreamExit } from "./stream-exit.ts";

/** Writes to an answer whose head is set. What is added between two flushes is one write. */
export class ByteStream implements ByteWriter {
  readonly #exit: StreamExit;
  readonly #owner: StreamOwner;
  #pending: Uint8Array[] = [];
  /** False while the caller has not taken what was written. */
  #isReady = true;
  #isOver = false;
  #drainListener: (() => void) | undefined;

  constructor(exit: StreamExit, owner: StreamOwner) {
    this.#exit = exit;
    this.#owner = owner;
    exit.onDrain(() => this.#drain());
  }

  /** True once `end` was called or the caller has left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  write(bytes: Uint8Array): void {
    this.#pending.push(bytes);
  }

  flush(): boolean {
    if (this.#isOver) {
      this.#pending = [];
      return true;
    }
    if (this.#pending.length === 0) return this.#isReady;
    const bytes = this.#taken();
    this.#owner.tap?.answered(bytes);
    this.#isReady = this.#exit.write(bytes);
    return this.#isReady;
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  end(): void {
    if (this.#isOver) return;
    const bytes = this.#pending.length === 0 ? undefined : this.#taken();
    if (bytes !== undefined) this.#owner.tap?.answered(bytes);
    this.#owner.markGiven();
    this.#isOver = true;
    this.#exit.end(bytes);
  }

  /** No more is written: the caller has left or the connection is broken off. */
  close(): void {
    this.#isOver = true;
    this.#exit.release();
  }

  #taken(): Uint8Array {
    const [first, ...more] = this.#pending;
    this.#pending = [];
    if (first === undefined) return new Uint8Array();
    return more.length === 0 ? first : Buffer.concat([first, ...more]);
  }

  #drain(): void {
    this.#isReady = true;
    if (!this.#isOver) this.#drainListener?.();
  }
}
