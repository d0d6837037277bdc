/** Answers that go out while the request's body is still coming, or will never be wanted. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { RequestWatch } from "../request/incoming-request.ts";
import { isHttp2, type NodeRequest, type NodeResponse } from "../node-http.ts";
import type { Ticking } from "../ticker.ts";

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
 * kernel, and an HTTP/2 stream that is reset may overtake its own last frame; either way the caller may lose the answer.
 * What still comes is thrown away, for `lingerMs` at most.
 */
export function answerBeforeBody(request: NodeRequest, response: NodeResponse, answer: EarlyAnswer): void {
  if (isHttp2(request)) answerHttp2(request, response, answer);
  else answerHttp1(request, response, answer);
}

function answerHttp2(request: Http2ServerRequest, response: NodeResponse, answer: EarlyAnswer): void {
  response.writeHead(answer.status, answer.headers);
  response.end(answer.payload);
  // NO_ERROR (0) after a whole answer tells the client to stop sending (RFC 9113, section 8.1).
  new Lingering(request, answer.watch, () => request.stream.close(0)).start(() => {});
}

/** The end of the answer waits for the end of the body: until then node keeps the socket open both ways. */
function answerHttp1(request: IncomingMessage, response: NodeResponse, answer: EarlyAnswer): void {
  const { status, headers, payload, watch } = answer;
  // Where the caller waits for "100 Continue" and is refused, nobody can tell whether a body follows.
  const length = Number(request.headers["content-length"]);
  const mayStay = length <= smallBodyBytes && request.headers.expect === undefined;
  if (!mayStay && !headers.includes("connection")) headers.push("connection", "close");
  response.writeHead(status, headers);
  response.flushHeaders();
  if (payload.length > 0) response.write(payload);
  if (request.complete) response.end();
  else new Lingering(request, watch, () => request.socket.destroy()).start(() => response.end());
}

class Lingering implements Ticking {
  rosterPlace = -1;
  readonly #request: NodeRequest;
  readonly #watch: RequestWatch;
  readonly #giveUp: () => void;
  #ticks = 0;

  constructor(request: NodeRequest, watch: RequestWatch, giveUp: () => void) {
    this.#request = request;
    this.#watch = watch;
    this.#giveUp = giveUp;
  }

  /** `onWhole` is called where the body comes to its end in time. */
  start(onWhole: () => void): void {
    this.#watch.ticker.add(this);
    this.#request.on("end", () => {
      this.#watch.ticker.remove(this);
      onWhole();
    });
    this.#request.on("close", () => this.#watch.ticker.remove(this));
    this.#request.resume();
  }

  tick(): void {
    const { limits, ticker } = this.#watch;
    this.#ticks += 1;
    if (this.#ticks * ticker.intervalMs < limits.lingerMs) return;
    ticker.remove(this);
    this.#giveUp();
  }
}
