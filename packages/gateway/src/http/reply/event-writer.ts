/** Server-sent events on their way out. */
import type { ContentTap, EventWriter } from "../routes/route.ts";
import type { StreamExit } from "./stream-exit.ts";
import type { Ticker, Ticking } from "../ticker.ts";

/** Whose answer a stream is. */
export interface StreamOwner {
  readonly tap: ContentTap | undefined;
  /** The answer is whole: what of it has not left follows by itself. */
  markGiven(): void;
}

/** A comment of the event stream format (WHATWG HTML, 9.2.6): clients skip it, proxies see a live connection. */
const keepAliveComment = ": keep-alive\n\n";

/**
 * Writes to an answer whose head is set. What is added between two flushes is one write; node:http's buffer is the only one
 * behind it, so that a caller who does not read holds at most its high-water mark and one flush.
 */
export class EventStream implements EventWriter, Ticking {
  rosterPlace = -1;
  readonly #exit: StreamExit;
  readonly #owner: StreamOwner;
  readonly #ticker: Ticker;
  readonly #commentMs: number;
  readonly #keepAlive: string;
  #pending = "";
  #silentTicks = 0;
  /** False while the caller has not taken what was written. */
  #isReady = true;
  #isOver = false;
  /** False while a part of an event has left: an event put there would be read as its end. */
  #isBetweenEvents = true;
  #drainListener: (() => void) | undefined;

  /** `keepAlive`: what is sent in silence, a whole event or a comment. */
  constructor(
    exit: StreamExit,
    owner: StreamOwner,
    watch: { ticker: Ticker; keepAliveCommentMs: number },
    keepAlive: string = keepAliveComment,
  ) {
    this.#exit = exit;
    this.#owner = owner;
    this.#ticker = watch.ticker;
    this.#commentMs = watch.keepAliveCommentMs;
    this.#keepAlive = keepAlive;
    exit.onDrain(() => this.#drain());
    this.#ticker.add(this);
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
    this.#isReady = this.#exit.write(text);
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
    this.#owner.markGiven();
    this.#stop();
    this.#exit.end(text === "" ? undefined : text);
  }

  /** No more is written: the caller has left or the connection is broken off. */
  close(): void {
    this.#stop();
    this.#exit.release();
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

  #stop(): void {
    this.#isOver = true;
    this.#ticker.remove(this);
  }

  #drain(): void {
    this.#isReady = true;
    if (!this.#isOver) this.#drainListener?.();
  }
}
