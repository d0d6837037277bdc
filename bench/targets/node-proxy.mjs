/**
 * The bare Node proxy: node:http in front, undici's dispatch behind, bytes through, nothing parsed. The floor for a
 * gateway on Node. Usage: node bench/targets/node-proxy.mjs --upstream ORIGIN [--port N].
 */
import http from "node:http";
import { Buffer } from "node:buffer";
import { Pool } from "undici";
import { announce, option } from "../machine/child.mjs";

const origin = option("upstream");
const pool = new Pool(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const host = new URL(origin).host;

class Through {
  #response;
  #abort;

  constructor(response) {
    this.#response = response;
    response.on("close", () => {
      if (!response.writableFinished) this.#abort?.();
    });
  }

  onConnect(abort) {
    this.#abort = abort;
  }

  onHeaders(status, headers, resume) {
    const names = [];
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index].latin1Slice();
      if (!/^(?:connection|keep-alive|transfer-encoding)$/i.test(name))
        names.push(name, headers[index + 1].latin1Slice());
    }
    this.#response.writeHead(status, names);
    this.#response.on("drain", resume);
    return true;
  }

  onData(bytes) {
    return this.#response.write(bytes);
  }

  onComplete() {
    this.#response.end();
  }

  onError() {
    if (!this.#response.headersSent) this.#response.writeHead(502);
    this.#response.end();
  }
}

function forward(request, response, body) {
  const headers = { ...request.headers, host };
  delete headers.connection;
  pool.dispatch({ method: request.method, path: request.url, headers, body }, new Through(response));
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (bytes) => parts.push(bytes));
  request.on("end", () => forward(request, response, parts.length === 1 ? parts[0] : Buffer.concat(parts)));
});

announce(server);
