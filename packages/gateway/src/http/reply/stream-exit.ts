/** Where a stream's bytes leave, over either version of HTTP. */
import { ServerResponse } from "node:http";
import type { Departing, Departures } from "./departures.ts";
import type { NodeResponse } from "../node-http.ts";

/**
 * Writes the parts of a stream, its head with the first of them. What is written in one turn of the event loop leaves in one write,
 * unless it is more than half of what the socket takes before it says that it is full: that leaves at once.
 */
export class StreamExit implements Departing {
  readonly #response: NodeResponse;
  readonly #owner: Omit<Departing, "leave">;
  readonly #departures: Departures;
  /** True from when something is written until the end of the turn. */
  #isDeparting = false;
  #headIsSent = false;
  #isEnding = false;
  #last: string | Uint8Array | undefined;

  constructor(response: NodeResponse, owner: Omit<Departing, "leave">, departures: Departures) {
    this.#response = response;
    this.#owner = owner;
    this.#departures = departures;
    // The head leaves with the first part where that follows at once, as it does when the first frame was awaited.
    setImmediate(() => this.#sendHead());
  }

  /** Called each time that the socket has room again. */
  onDrain(listener: () => void): void {
    this.#response.on("drain", listener);
  }

  /** False where the socket is full: `onDrain` follows. */
  write(part: string | Uint8Array): boolean {
    const socket = this.#socket;
    if (socket !== null) {
      if (socket.writableCorked === 0) socket.cork();
      if (!this.#isDeparting) this.#depart();
    }
    // node:http holds on to a head as the hundred pieces of text that it was made of unless it is written by itself: two kilobytes for each
    // open stream.
    if (!this.#headIsSent) this.#response.flushHeaders();
    this.#headIsSent = true;
    const isReady = this.#response.write(part);
    if (socket !== null && socket.writableLength > socket.writableHighWaterMark / 2) this.release();
    return isReady;
  }

  /** The last part; undefined: there is none. */
  end(last: string | Uint8Array | undefined): void {
    this.#isEnding = true;
    this.#last = last;
    if (!this.#isDeparting) this.#depart();
  }

  /** What was written leaves at once, and not at the end of the turn. */
  release(): void {
    this.#socket?.uncork();
  }

  settle(): void {
    if (this.#isEnding) this.#owner.settle();
  }

  leave(): void {
    this.#isDeparting = false;
    if (!this.#isEnding) this.release();
    else if (this.#last === undefined) this.#response.end();
    else this.#response.end(this.#last);
  }

  breakOff(fault: unknown): void {
    this.#owner.breakOff(fault);
  }

  /** HTTP/2 has a socket too, which is not to be touched. */
  get #socket(): ServerResponse["socket"] {
    return this.#response instanceof ServerResponse ? this.#response.socket : null;
  }

  #depart(): void {
    this.#isDeparting = true;
    this.#departures.add(this);
  }

  #sendHead(): void {
    if (this.#headIsSent || this.#isEnding) return;
    this.#headIsSent = true;
    this.#response.flushHeaders();
  }
}
