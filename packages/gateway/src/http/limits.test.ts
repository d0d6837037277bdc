/** What one caller can do to the others. Times are short here; `http-limits.ts` has the real ones. */
import http from "node:http";
import http2 from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { healthRoutes } from "./routes/health-routes.ts";
import { defaultHttpLimits, type HttpLimits } from "./listener/http-limits.ts";
import {
  goodHeaders,
  keyRoute,
  lengthRoute,
  listening,
  RawClient,
  until,
  type TestListener,
} from "./testing/listening.ts";
import { parseJsonBody } from "./request/json-body.ts";

const short: Partial<HttpLimits> = {
  firstByteMs: 300,
  headersMs: 300,
  headersCheckMs: 50,
  bodySilenceMs: 300,
  bodyGraceMs: 400,
  bodyBytesPerSecond: 10_000,
  lingerMs: 300,
  tickMs: 50,
};

const jsonRoute = keyRoute("/v1/json", async (incoming, reply) => {
  const value = parseJsonBody(await incoming.readBody(), 200);
  reply.send(200, { keys: Object.keys(value).length });
});

const head = (length: string): string =>
  `POST /v1/length HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\n${length}\r\n\r\n`;

describe("limits", () => {
  let listener: TestListener;
  beforeAll(async () => {
    listener = await listening([lengthRoute, jsonRoute, ...healthRoutes()], { limits: short });
  });
  afterAll(() => listener.stop());

  const isServing = async (): Promise<void> => {
    const response = await fetch(`${listener.url}/v1/length`, { method: "POST", headers: goodHeaders, body: "{}" });
    expect(await response.json()).toEqual({ length: 2 });
  };
  const withClient = async (act: (client: RawClient) => Promise<void>): Promise<void> => {
    const client = new RawClient(listener.port);
    try {
      await act(client);
    } finally {
      client.destroy();
    }
  };

  it("refuses by content-length at once, before a byte of the body", () =>
    withClient(async (client) => {
      client.send(head("content-length: 1048577"));
      await until(() => client.received.includes("request_too_large"), 1000);
      expect(client.statuses).toEqual([413]);
      await until(() => client.isClosed, 2000);
    }));

  it("refuses a chunked body where it grows too large, though the caller goes on", () =>
    withClient(async (client) => {
      client.send(head("transfer-encoding: chunked"));
      const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
      for (let index = 0; index < 17; index += 1) client.send(chunk);
      await until(() => client.received.includes("request_too_large"), 2000);
      expect(client.statuses).toEqual([413]);
      expect(client.received).toMatch(/connection: close/i);
      await until(() => client.isClosed, 2000);
    }));

  it("reads a body that comes in very many small pieces, in their order", async () => {
    const bodies: Buffer[] = [];
    const keeping = keyRoute("/v1/keep", async (incoming, reply) => {
      bodies.push(await incoming.readBody());
      reply.send(200, {});
    });
    const other = await listening([keeping]);
    const letters = Array.from({ length: 10_000 }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26)));
    const client = new RawClient(other.port);
    client.send(head("transfer-encoding: chunked").replace("length", "keep"));
    client.send(letters.map((letter) => `1\r\n${letter}\r\n`).join("")).send("0\r\n\r\n");
    await until(() => client.statuses.length === 1);
    expect(bodies[0]?.toString()).toBe(letters.join(""));
    client.destroy();
    await other.stop();
  });

  it("takes a body of exactly the limit", async () => {
    const body = "x".repeat(1_048_576);
    const response = await fetch(`${listener.url}/v1/length`, { method: "POST", headers: goodHeaders, body });
    expect(await response.json()).toEqual({ length: 1_048_576 });
  });

  it("bounds bodies of 64 MiB by default settings' number, chunked", { timeout: 60_000 }, async () => {
    const large = await listening([lengthRoute], { settings: { maxBodyBytes: 67_108_864 } });
    const send = (bytes: number): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = http.request(`${large.url}/v1/length`, { method: "POST", headers: goodHeaders, agent: false });
        request.on("response", (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on("error", reject);
        const piece = Buffer.alloc(1_048_576, "x");
        for (let left = bytes; left > 0; left -= piece.length)
          request.write(piece.subarray(0, Math.min(left, piece.length)));
        request.end();
      });
    expect(await send(67_108_865)).toBe(413);
    expect(await send(67_108_864)).toBe(200);
    await large.stop();
  });

  it("refuses compressed bodies and other content types", async () => {
    const call = async (headers: Record<string, string>): Promise<number> =>
      (
        await fetch(`${listener.url}/v1/length`, {
          method: "POST",
          headers: { ...goodHeaders, ...headers },
          body: "{}",
        })
      ).status;
    expect(await call({ "content-encoding": "gzip" })).toBe(400);
    expect(await call({ "content-encoding": "identity" })).toBe(200);
    expect(await call({ "content-type": "text/plain" })).toBe(400);
    expect(await call({ "content-type": "application/x-www-form-urlencoded" })).toBe(400);
    expect(await call({ "content-type": "application/json; charset=utf-8" })).toBe(200);
    expect(await call({ "content-type": "application/json; charset=latin1" })).toBe(400);
    expect(await call({ "content-type": "application/vnd.api+json" })).toBe(200);
    expect(await call({ "content-type": "application/jsonp" })).toBe(400);
    await withClient(async (client) => {
      client.send(`${head("content-length: 2")}{}`);
      await until(() => client.statuses.length === 1);
      expect(client.statuses).toEqual([200]);
    });
  });

  it("keeps the connection after a small body that it refused", () =>
    withClient(async (client) => {
      const refused = head("content-length: 2\r\ncontent-encoding: gzip");
      client.send(`${refused}xx`).send(`${head("content-length: 3")}{ }`);
      await until(() => client.statuses.length === 2);
      expect(client.statuses).toEqual([400, 200]);
    }));

  it("refuses header bombs with 431: many, large, and one line without an end", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `x-h${index}: ${index}`).join("\r\n");
    for (const bomb of [`${many}\r\n\r\n`, `x-a: ${"y".repeat(1_000_000)}\r\n\r\n`, `x-a: ${"y".repeat(200_000)}`]) {
      await withClient(async (client) => {
        client.send(`GET /health HTTP/1.1\r\nhost: x\r\n${bomb}`);
        await until(() => client.received.includes("headers are too large"));
        expect(client.statuses).toEqual([431]);
        await until(() => client.isClosed);
      });
    }
    await withClient(async (client) => {
      client.send(`GET /${"a".repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(() => client.statuses.length > 0);
      expect(client.statuses).toEqual([431]);
    });
    await isServing();
  });

  it("leaves out no header, however many there are within the size", async () => {
    const headers = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`x-${index}`, "1"]));
    // The key comes last: were the rest left out without a word, this would be a 401.
    const names = [...Object.entries(headers), ...Object.entries(goodHeaders)];
    await withClient(async (client) => {
      client.send(
        `POST /v1/length HTTP/1.1\r\nhost: x\r\n${names.map(([n, v]) => `${n}: ${v}`).join("\r\n")}\r\ncontent-length: 2\r\n\r\n{}`,
      );
      await until(() => client.statuses.length > 0);
      expect(client.statuses).toEqual([200]);
    });
  });

  it("ends connections that say nothing, and headers that never end", async () => {
    const silent = new RawClient(listener.port);
    const partial = new RawClient(listener.port).send("PR");
    const slow = new RawClient(listener.port).send("GET /health HTTP/1.1\r\n");
    const drip = setInterval(() => slow.send("x-a: b\r\n"), 40);
    await until(() => silent.isClosed && partial.isClosed && slow.isClosed, 3000);
    clearInterval(drip);
    expect(silent.received).toBe("");
    expect(slow.statuses).toEqual([408]);
    const session = new RawClient(listener.port).send("PRI * HTTP/2.0\r\n\r\n");
    await until(() => session.isClosed, 3000);
    for (const client of [silent, partial, slow, session]) client.destroy();
  });

  it("ends bodies that stop, and bodies that drip", async () => {
    const stopped = new RawClient(listener.port).send(`${head("content-length: 1000")}{`);
    const dripping = new RawClient(listener.port).send(head("content-length: 1000"));
    const drip = setInterval(() => dripping.send("x"), 30);
    await until(() => stopped.isClosed && dripping.isClosed, 3000);
    clearInterval(drip);
    expect(stopped.statuses).toEqual([408]);
    expect(dripping.statuses).toEqual([408]);
    stopped.destroy();
    dripping.destroy();
  });

  it("does not wait for ever for the body of a request that it refused", () =>
    withClient(async (client) => {
      client.send("POST /v1/length HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n");
      await until(() => client.statuses.length === 1);
      expect(client.statuses).toEqual([401]);
      await until(() => client.isClosed, 2000);
    }));

  it("serves a good caller beside 300 half-open connections", async () => {
    const lazy = await listening([lengthRoute]);
    const clients = Array.from({ length: 300 }, (_, index) => {
      const client = new RawClient(lazy.port);
      return index % 3 === 0 ? client : client.send(index % 3 === 1 ? "POST /v1/le" : head("content-length: 9"));
    });
    for (let index = 0; index < 20; index += 1) {
      const response = await fetch(`${lazy.url}/v1/length`, { method: "POST", headers: goodHeaders, body: "{}" });
      expect(response.status).toBe(200);
    }
    for (const client of clients) client.destroy();
    await lazy.stop();
  });

  it("lets the oldest undecided connection go where there are too many", async () => {
    const small = await listening([lengthRoute], { limits: { maxFreshConnections: 10 } });
    const clients: RawClient[] = [];
    for (let index = 0; index < 12; index += 1) {
      const client = new RawClient(small.port);
      await new Promise((resolve) => client.socket.once("connect", resolve));
      clients.push(client);
    }
    await until(() => clients[0]?.isClosed === true && clients[1]?.isClosed === true);
    expect(clients.filter((client) => client.isClosed)).toHaveLength(2);
    const response = await fetch(`${small.url}/v1/length`, { method: "POST", headers: goodHeaders, body: "{}" });
    expect(response.status).toBe(200);
    for (const client of clients) client.destroy();
    await small.stop();
  });

  it("bounds deep JSON", async () => {
    const call = async (body: string): Promise<[number, string]> => {
      const response = await fetch(`${listener.url}/v1/json`, { method: "POST", headers: goodHeaders, body });
      return [response.status, await response.text()];
    };
    expect((await call('{"a":1}'))[0]).toBe(200);
    const [status, text] = await call(`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);
    expect(status).toBe(400);
    expect(text).toContain("more than 200");
    expect((await call(`{"a":${"[".repeat(1_000_000)}`))[0]).toBe(400);
    const [positioned, words] = await call('{\n "model": "x",\n "messages": [],\n}');
    expect(positioned).toBe(400);
    expect(words).toContain("line 3, column 16");
  });

  it("bounds HTTP/2 too: sizes, headers, silence", async () => {
    const session = http2.connect(listener.url);
    session.on("error", () => {});
    const call = (headers: http2.OutgoingHttpHeaders, body: string | undefined): Promise<number> =>
      new Promise((resolve) => {
        const stream = session.request({ ":method": "POST", ":path": "/v1/length", ...goodHeaders, ...headers });
        stream.on("response", (answer) => resolve(answer[":status"] ?? 0));
        stream.on("error", () => resolve(0));
        stream.on("close", () => resolve(0));
        if (body === undefined) stream.write("{");
        else stream.end(body);
      });
    expect(await call({}, "x".repeat(1_048_577))).toBe(413);
    expect(await call({ "content-length": "2000000" }, undefined)).toBe(413);
    expect(await call({}, undefined)).toBe(408);
    expect(await call({ "content-encoding": "br" }, "xx")).toBe(400);
    expect(await call({}, "{}")).toBe(200);
    expect(await call({ "x-large": "y".repeat(70_000) }, "{}")).toBe(0);
    session.destroy();
    await isServing();
  });

  it(
    "never loses a refusal to a reset, by either version, though the caller sends on",
    { timeout: 60_000 },
    async () => {
      const body = Buffer.alloc(3_000_000, "x");
      const session = http2.connect(listener.url);
      for (let index = 0; index < 20; index += 1) {
        const [h1, h2] = await Promise.all([
          new Promise<string>((resolve, reject) => {
            const request = http.request(`${listener.url}/v1/length`, {
              method: "POST",
              headers: goodHeaders,
              agent: false,
            });
            request.on("response", (response) => {
              let text = "";
              response.on("data", (chunk: Buffer) => {
                text += chunk.toString();
              });
              response.on("end", () => resolve(text));
            });
            request.on("error", reject);
            request.end(body);
          }),
          new Promise<string>((resolve, reject) => {
            const stream = session.request({ ":method": "POST", ":path": "/v1/length", ...goodHeaders });
            let text = "";
            stream.on("data", (chunk: Buffer) => {
              text += chunk.toString();
            });
            stream.on("end", () => resolve(text));
            stream.on("error", reject);
            stream.end(body);
          }),
        ]);
        expect(h1).toContain("request_too_large");
        expect(h2).toContain("request_too_large");
      }
      session.destroy();
    },
  );

  it("has limits by default that good callers keep", () => {
    expect(defaultHttpLimits.keepAliveMs).toBeGreaterThan(60_000);
    expect(defaultHttpLimits.headerBytes).toBeGreaterThan(16_384);
    expect(defaultHttpLimits.bodySilenceMs).toBe(30_000);
  });
});
