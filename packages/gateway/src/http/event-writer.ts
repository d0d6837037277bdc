/** Server-sent events on their way out. */
import { writeFirst, type NodeResponse } from "./node-http.ts";
import type { ContentTap, EventWriter } from "./route.ts";
import type { Ticker, Ticking } from "./ticker.ts";

/** Told of a stream's end before it leaves. */
export interface StreamOwner {
  readonly tap: ContentTap | undefined;
  beforeEnd(): void;
}

/** A comment of the event stream format (WHATWG HTML, 9.2.6): clients skip it, proxies see a live connection. */
const keepAliveComment = ": keep-alive\n\n";

/**
 * Writes to an answer whose head is set. What is added between two flushes is one write; node:http's buffer is the only one
 * behind it, so that a caller who does not read holds at most its high-water mark and one flush.
 */
export class EventStream implements EventWriter, Ticking {
  rosterPlace = -1;
  readonly #response: NodeResponse;
  readonly #owner: StreamOwner;
  readonly #ticker: Ticker;
  readonly #commentMs: number;
  readonly #keepAlive: string;
  #pending = "";
  #silentTicks = 0;
  #headIsSent = false;
  /** False while the caller has not taken what was written. */
  #isReady = true;
  #isOver = false;
  /** False while a part of an event has left: an event put there would be read as its end. */
  #isBetweenEvents = true;
  #drainListener: (() => void) | undefined;

  /** `keepAlive`: what is sent in silence, a whole event or a comment. */
  constructor(
    response: NodeResponse,
    owner: StreamOwner,
    watch: { ticker: Ticker; keepAliveCommentMs: number },
    keepAlive: string = keepAliveComment,
  ) {
    this.#response = response;
    this.#owner = owner;
    this.#ticker = watch.ticker;
    this.#commentMs = watch.keepAliveCommentMs;
    this.#keepAlive = keepAlive;
    response.on("drain", () => this.#drain());
    this.#ticker.add(this);
    // The head leaves with the first event where that follows at once, as it does when the first frame was awaited.
    setImmediate(() => this.#sendHead());
  }

  /** True once `end` was called or the caller has left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  write(text: string): void {
    this.#pending += text;
  }

  flush(): boolean {
    if (this.#isOver) {
      this.#pending = "";
      return true;
    }
    if (this.#pending === "") return this.#isReady;
    const text = this.#pending;
    this.#pending = "";
    this.#silentTicks = 0;
    this.#isBetweenEvents = text.endsWith("\n\n") || text.endsWith("\n\r\n");
    this.#owner.tap?.answered(text);
    this.#isReady = this.#headIsSent ? this.#response.write(text) : writeFirst(this.#response, text);
    this.#headIsSent = true;
    return this.#isReady;
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  end(): void {
    if (this.#isOver) return;
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") this.#owner.tap?.answered(text);
    this.#owner.beforeEnd();
    this.close();
    if (text === "") this.#response.end();
    else this.#response.end(text);
  }

  /** No more is written: the caller has left or the connection is broken off. */
  close(): void {
    this.#isOver = true;
    this.#ticker.remove(this);
  }

  tick(): void {
    this.#silentTicks += 1;
    const isSilent = this.#silentTicks * this.#ticker.intervalMs >= this.#commentMs;
    if (!this.#isReady || !this.#isBetweenEvents || !isSilent) return;
    // What a route has added without a flush may be a part of an event.
    const held = this.#pending;
    this.#pending = this.#keepAlive;
    this.flush();
    this.#pending = held;
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
