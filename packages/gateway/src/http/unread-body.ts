/** Answers that go out while the request's body is still coming, or will never be wanted. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { RequestWatch } from "./incoming-request.ts";
import { isHttp2, type NodeRequest, type NodeResponse } from "./node-http.ts";
import type { Ticking } from "./ticker.ts";

interface EarlyAnswer {
  status: number;
  /** Names and values in turns. */
  headers: string[];
  payload: string | Uint8Array;
  watch: RequestWatch;
}

/** The rest of a body up to this length is read, so that the connection can be used again. */
const smallBodyBytes = 65_536;

/**
 * Answers at once and whole, but does not close at once: a socket that is closed with unread bytes in it is reset by the
 * kernel, and the caller may lose the answer with it. What still comes is thrown away, for `lingerMs` at most.
 */
export function answerBeforeBody(request: NodeRequest, response: NodeResponse, answer: EarlyAnswer): void {
  if (isHttp2(request)) answerHttp2(request, response, answer);
  else new Lingering(request, response, answer).start();
}

function answerHttp2(request: Http2ServerRequest, response: NodeResponse, answer: EarlyAnswer): void {
  response.writeHead(answer.status, answer.headers);
  // NO_ERROR (0) after a whole answer tells the client to stop sending (RFC 9113, section 8.1).
  response.on("finish", () => request.stream.close(0));
  response.end(answer.payload);
}

/** The end of the answer waits for the end of the body: until then node keeps the socket open both ways. */
class Lingering implements Ticking {
  readonly #request: IncomingMessage;
  readonly #response: NodeResponse;
  readonly #answer: EarlyAnswer;
  #ticks = 0;

  constructor(request: IncomingMessage, response: NodeResponse, answer: EarlyAnswer) {
    this.#request = request;
    this.#response = response;
    this.#answer = answer;
  }

  start(): void {
    const { status, headers, payload, watch } = this.#answer;
    // Where the caller waits for "100 Continue" and is refused, nobody can tell whether a body follows.
    const length = Number(this.#request.headers["content-length"]);
    const mayStay = length <= smallBodyBytes && this.#request.headers.expect === undefined;
    if (!mayStay && !headers.includes("connection")) headers.push("connection", "close");
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
    if (payload.length > 0) this.#response.write(payload);
    if (this.#request.complete) {
      this.#response.end();
      return;
    }
    watch.ticker.add(this);
    this.#request.on("end", () => this.#finish());
    this.#request.on("close", () => watch.ticker.remove(this));
    this.#request.resume();
  }

  tick(): void {
    const { limits, ticker } = this.#answer.watch;
    this.#ticks += 1;
    if (this.#ticks * ticker.intervalMs < limits.lingerMs) return;
    ticker.remove(this);
    this.#request.socket.destroy();
  }

  #finish(): void {
    this.#answer.watch.ticker.remove(this);
    this.#response.end();
  }
}
