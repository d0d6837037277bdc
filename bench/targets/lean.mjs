/**
 * The lean floor: all that a gateway's main path must do, and nothing else. Parses OpenAI's request, translates it to
 * Converse, signs, serialises; parses the reply, translates, serialises; decodes streams with their checksums and writes
 * them anew as server-sent events. No keys, limits, retries, logs or checks.
 * Usage: node bench/targets/lean.mjs --upstream ORIGIN [--port N].
 */
import http from "node:http";
import { Buffer } from "node:buffer";
import { Pool } from "undici";
import { announce, option } from "../machine/child.mjs";
import { dummyCredentials } from "./dummy-credentials.mjs";
import { FrameReader } from "./lean/frames.mjs";
import { chatFromConverse } from "./lean/reply.mjs";
import { converseFromChat } from "./lean/request.mjs";
import { Signer } from "./lean/sign.mjs";
import { SseTranslation } from "./lean/sse.mjs";

const origin = option("upstream");
const pool = new Pool(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const signer = new Signer(dummyCredentials, new URL(origin).host);
let answered = 0;

function joined(parts) {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function fail(response, status, message) {
  if (response.headersSent) {
    response.end(`event: error\ndata: ${JSON.stringify({ error: { message } })}\n\n`);
    return;
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message } }));
}

/** What both kinds of exchange share: a caller that leaves ends the call upstream. */
class Exchange {
  response;
  status = 0;
  #abort;
  #parts = [];

  constructor(response) {
    this.response = response;
    response.on("close", () => {
      if (!response.writableFinished) this.#abort?.();
    });
  }

  onConnect(abort) {
    this.#abort = abort;
  }

  onHeaders(status) {
    this.status = status;
    return true;
  }

  onData(bytes) {
    this.#parts.push(bytes);
    return true;
  }

  body() {
    return joined(this.#parts).utf8Slice();
  }

  onError(error) {
    fail(this.response, 502, error.message);
  }
}

class WholeExchange extends Exchange {
  #identity;

  constructor(response, identity) {
    super(response);
    this.#identity = identity;
  }

  onComplete() {
    if (this.status !== 200) {
      fail(this.response, this.status, this.body());
      return;
    }
    const reply = JSON.stringify(chatFromConverse(JSON.parse(this.body()), this.#identity));
    const length = Buffer.byteLength(reply);
    this.response.writeHead(200, ["content-type", "application/json", "content-length", String(length)]);
    this.response.end(reply);
  }
}

class StreamExchange extends Exchange {
  #pending = "";
  #reader;
  #flush = () => {
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") this.response.write(text, "latin1");
  };

  constructor(response, identity) {
    super(response);
    const translation = new SseTranslation(identity);
    this.#reader = new FrameReader((eventType, buffer, start, end) => {
      this.#pending += translation.event(eventType, buffer, start, end);
    });
  }

  onHeaders(status, headers, resume) {
    super.onHeaders(status);
    if (status === 200) {
      this.response.writeHead(200, ["content-type", "text/event-stream", "cache-control", "no-cache"]);
      this.response.on("drain", resume);
    }
    return true;
  }

  /** One write for all the events of one read. */
  onData(bytes) {
    if (this.status !== 200) return super.onData(bytes);
    if (this.#pending === "") process.nextTick(this.#flush);
    this.#reader.push(bytes);
    return !this.response.writableNeedDrain;
  }

  onComplete() {
    if (this.status !== 200) {
      fail(this.response, this.status, this.body());
    } else if (this.#reader.atEnd) {
      this.response.end(this.#pending, "latin1");
      this.#pending = "";
    } else {
      fail(this.response, 502, "The stream ended inside a frame.");
    }
  }
}

function answer(bytes, response) {
  const request = JSON.parse(bytes.utf8Slice());
  const stream = request.stream === true;
  const path = `/model/${encodeURIComponent(request.model)}/${stream ? "converse-stream" : "converse"}`;
  const body = Buffer.from(JSON.stringify(converseFromChat(request)));
  answered += 1;
  const identity = {
    id: `chatcmpl-${answered}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    includeUsage: request.stream_options?.include_usage === true,
  };
  const exchange = stream ? new StreamExchange(response, identity) : new WholeExchange(response, identity);
  pool.dispatch({ method: "POST", path, headers: signer.headers(path, body), body }, exchange);
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (bytes) => parts.push(bytes));
  request.on("end", () => {
    try {
      answer(joined(parts), response);
    } catch (error) {
      fail(response, 400, error.message);
    }
  });
});

announce(server);
