/** How a route answers, over either version of HTTP. */
import type { IncomingRequest, RequestWatch } from "../request/incoming-request.ts";
import { ByteStream } from "./byte-writer.ts";
import type { Departing } from "./departures.ts";
import { EventStream } from "./event-writer.ts";
import { eventsAsRead } from "./nameless-errors.ts";
import { breakOff, isHttp2, type NodeRequest, type NodeResponse } from "../node-http.ts";
import type { ByteWriter, ContentTap, EventWriter, Reply } from "../routes/route.ts";
import { StreamExit } from "./stream-exit.ts";
import { answerBeforeBody } from "./unread-body.ts";

/** Visible ASCII, space and tab: what every client and proxy takes in a header's value (RFC 9110, section 5.5). */
const unsafeInHeader = /[^\t\x20-\x7e]/g;

/** What was asked is kept until the answer has left, read and written: many times as much as its bytes. */
const heavyBytes = 16_384;

function safeValue(value: string): string {
  return value.replace(unsafeInHeader, "?");
}

type ReplyWatch = RequestWatch & { keepAliveCommentMs: number };

export class OutgoingReply implements Reply, Departing {
  status = 0;
  /** Set where the connection is not to be used again after this answer. */
  mustClose = false;
  readonly #request: NodeRequest;
  readonly #response: NodeResponse;
  readonly #incoming: IncomingRequest;
  readonly #watch: ReplyWatch;
  /** Names and values in turns, as node's `writeHead` takes them. */
  readonly #headers: string[] = [];
  #stream: EventStream | ByteStream | undefined;
  /** The body of an answer that is whole. */
  #payload: string | Uint8Array = "";
  #contentType = "";
  #isGiven = false;

  constructor(request: NodeRequest, response: NodeResponse, place: { incoming: IncomingRequest; watch: ReplyWatch }) {
    this.#request = request;
    this.#response = response;
    this.#incoming = place.incoming;
    this.#watch = place.watch;
  }

  get started(): boolean {
    return this.status !== 0;
  }

  /** True where a stream was opened and neither ended nor left by the caller. */
  get hasOpenStream(): boolean {
    return this.#stream !== undefined && !this.#stream.isOver;
  }

  /** True once the answer is whole, though it may not have left. */
  get isGiven(): boolean {
    return this.#isGiven;
  }

  header(name: string, value: string): void {
    const key = name.toLowerCase();
    const safe = safeValue(value);
    const index = this.#indexOf(key);
    if (index === -1) this.#headers.push(key, safe);
    else this.#headers[index + 1] = safe;
  }

  send(status: number, body: object | string | Uint8Array, contentType = "application/json"): void {
    const payload = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    if (!this.#begin(status)) return;
    this.#incoming.tap?.answered(payload);
    this.#payload = payload;
    this.#contentType = contentType;
    this.#isGiven = true;
    this.#watch.departures.add(this, (this.#incoming.facts?.requestBytes ?? 0) > heavyBytes);
  }

  settle(): void {
    this.#watch.beforeEnd?.(this.#incoming, this);
  }

  leave(): void {
    if (this.#incoming.hasLeft) return;
    const { status } = this;
    const payload = this.#payload;
    const headers = this.#headers;
    this.#addOwnHeaders(this.#contentType);
    const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
    if (status !== 204) headers.push("content-length", String(length));
    if (this.#incoming.hasUnreadBody) {
      answerBeforeBody(this.#request, this.#response, { status, headers, payload, watch: this.#watch });
      return;
    }
    this.#response.writeHead(status, headers);
    // node:http leaves the body out of these by itself, node:http2 fails on it.
    if (status === 204 || this.#incoming.method === "HEAD") this.#response.end();
    else this.#response.end(payload);
  }

  breakOff(fault: unknown): void {
    this.#incoming.error = fault;
    this.abandon(500);
    breakOff(this.#request);
  }

  openEvents(status = 200, keepAlive?: string): EventWriter {
    const isHere = this.#begin(status);
    const exit = new StreamExit(this.#response, this, this.#watch.departures);
    const events = new EventStream(exit, this, this.#watch, keepAlive);
    this.#openStream(events, isHere, "text/event-stream; charset=utf-8");
    return eventsAsRead(events, this.#incoming.headers);
  }

  openBytes(contentType: string, status = 200): ByteWriter {
    const isHere = this.#begin(status);
    const bytes = new ByteStream(new StreamExit(this.#response, this, this.#watch.departures), this);
    this.#openStream(bytes, isHere, contentType);
    return bytes;
  }

  get tap(): ContentTap | undefined {
    return this.#incoming.tap;
  }

  markGiven(): void {
    this.#isGiven = true;
  }

  #openStream(stream: EventStream | ByteStream, isHere: boolean, contentType: string): void {
    this.#stream = stream;
    if (!isHere) {
      stream.close();
      return;
    }
    this.header("cache-control", "no-cache, no-transform");
    // nginx, and what descends from it, would hold the stream back until a buffer is full.
    this.header("x-accel-buffering", "no");
    this.#addOwnHeaders(contentType);
    this.#response.writeHead(this.status, this.#headers);
    this.#headers.length = 0;
  }

  /** The connection is gone: nothing is written any more. `status` is what the log shows where no head was sent. */
  abandon(status: number): void {
    if (this.status === 0) this.status = status;
    this.#stream?.close();
  }

  /** False where nobody is there any more: a route need not know that, and what it writes goes nowhere. */
  #begin(status: number): boolean {
    if (this.#incoming.hasLeft) return false;
    if (this.status !== 0) throw new Error("The request was answered already.");
    this.status = status;
    return true;
  }

  /** Portkey's SDK sends a request again after a 5xx without its trace header: it is on every answer. */
  #addOwnHeaders(contentType: string): void {
    const { id, headers } = this.#incoming;
    const index = this.#indexOf("x-adit-trace-id");
    const traceId = (index === -1 ? undefined : this.#headers[index + 1]) ?? safeValue(this.#incoming.traceId);
    if (index === -1) this.#headers.push("x-adit-trace-id", traceId);
    this.#headers.push("x-portkey-trace-id", traceId, "x-adit-request-id", id);
    if (headers.uses("portkey") || headers.uses("obiguard")) this.#headers.push("x-portkey-request-id", id);
    this.#headers.push("content-type", contentType, "x-content-type-options", "nosniff");
    // HTTP/2 has no header of this name (RFC 9113, section 8.2.2).
    if (this.mustClose && !isHttp2(this.#request)) this.#headers.push("connection", "close");
  }

  #indexOf(key: string): number {
    for (let index = 0; index < this.#headers.length; index += 2) if (this.#headers[index] === key) return index;
    return -1;
  }
}
