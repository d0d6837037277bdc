/** An answer of bytes on its way out, such as AWS's event stream. */
import { writeFirst, type NodeResponse } from "./node-http.ts";
import type { StreamOwner } from "./event-writer.ts";
import type { ByteWriter } from "./route.ts";

/** Writes to an answer whose head is set. What is added between two flushes is one write. */
export class ByteStream implements ByteWriter {
  readonly #response: NodeResponse;
  readonly #owner: StreamOwner;
  #pending: Uint8Array[] = [];
  #headIsSent = false;
  /** False while the caller has not taken what was written. */
  #isReady = true;
  #isOver = false;
  #drainListener: (() => void) | undefined;

  constructor(response: NodeResponse, owner: StreamOwner) {
    this.#response = response;
    this.#owner = owner;
    response.on("drain", () => this.#drain());
    // The head leaves with the first bytes where those follow at once, as they do when the first frame was awaited.
    setImmediate(() => this.#sendHead());
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
    this.#isReady = this.#headIsSent ? this.#response.write(bytes) : writeFirst(this.#response, bytes);
    this.#headIsSent = true;
    return this.#isReady;
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  end(): void {
    if (this.#isOver) return;
    const bytes = this.#pending.length === 0 ? undefined : this.#taken();
    if (bytes !== undefined) this.#owner.tap?.answered(bytes);
    this.#owner.beforeEnd();
    this.close();
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
  }

  /** No more is written: the caller has left or the connection is broken off. */
  close(): void {
    this.#isOver = true;
  }

  #taken(): Uint8Array {
    const [first, ...more] = this.#pending;
    this.#pending = [];
    if (first === undefined) return new Uint8Array();
    return more.length === 0 ? first : Buffer.concat([first, ...more]);
  }

  #sendHead(): void {
    if (this.#headIsSent || this.#isOver) return;
    this.#headIsSent = true;
    this.#response.flushHeaders();
  }

  #drain(): void {
    this.#isReady = true;
    if (!this.#isOver) this.#drainListener?.();
  }
}
