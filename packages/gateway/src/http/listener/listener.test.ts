import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AditError } from "@adit/bedrock";
import { HopMark } from "../request/hop-mark.ts";
import {
  goodHeaders,
  http2GoAway,
  http2Health,
  keyRoute,
  lengthRoute,
  listening,
  RawClient,
  until,
  type TestListener,
} from "../testing/listening.ts";
import type { Route } from "../routes/route.ts";
import { healthRoutes } from "../routes/health-routes.ts";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function http2Call(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let answer: http2.IncomingHttpHeaders = {};
    let text = "";
    stream.setEncoding("utf8");
    stream.on("response", (received) => {
      answer = received;
    });
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("error", reject);
    stream.on("close", () => resolve({ status: Number(answer[":status"] ?? 0), headers: answer, text }));
    if (headers[":method"] !== "HEAD") stream.end(body);
  });
}

const throwing: Route[] = [
  keyRoute("/v1/refuse", () =>
    Promise.reject(new AditError("ThrottlingException", "Slow down.", { retryAfterSeconds: 2.1 })),
  ),
  keyRoute("/v1/spent", () => Promise.reject(new AditError("budget_exhausted", "Spent."))),
  keyRoute("/v1/held", () => Promise.reject(new AditError("budget_exhausted", "Held.", { retryAfterSeconds: 1 }))),
  keyRoute("/v1/break", () => Promise.reject(new TypeError("inner words"))),
  keyRoute("/v1/silent", () => Promise.resolve()),
  keyRoute("/v1/odd", () => Promise.reject(new AditError("aws_error", "Odd.", { status: 204 }))),
  keyRoute("/v1/proxy-wants-user", () => Promise.reject(new AditError("aws_error", "Odd.", { status: 407 }))),
  keyRoute("/v1/late", async (_incoming, reply) => {
    const events = reply.openEvents();
    events.write("data: 1\n\n");
    events.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error("after the head");
  }),
  keyRoute("/v1/open", (_incoming, reply) => {
    const events = reply.openEvents();
    events.write("data: 1\n\n");
    events.flush();
    return Promise.resolve();
  }),
  keyRoute("/v1/events", (_incoming, reply) => {
    reply.header("X-Adit-Model", "näme\r\nx-evil: 1");
    reply.header("x-adit-trace-id", "t-1");
    const events = reply.openEvents();
    events.write("data: 1\n\n");
    events.write("data: 2\n\n");
    events.flush();
    events.write("data: 3\n\n");
    events.end();
    return Promise.resolve();
  }),
];

describe("the listener", () => {
  let listener: TestListener;
  beforeAll(async () => {
    listener = await listening([lengthRoute, ...throwing, ...healthRoutes()]);
  });
  afterAll(() => listener.stop());

  const post = (route: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${listener.url}${route}`, { method: "POST", headers: goodHeaders, body: "{}", ...init });

  it("answers by HTTP/1.1 with its own headers on it", async () => {
    const response = await post("/v1/length", { headers: { ...goodHeaders, "x-adit-trace-id": "my-trace" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ length: 2 });
    expect(response.headers.get("x-adit-request-id")).toMatch(
      /^req_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(response.headers.get("x-adit-trace-id")).toBe("my-trace");
    expect(response.headers.get("x-portkey-trace-id")).toBe("my-trace");
    expect(response.headers.get("x-portkey-request-id")).toBeNull();
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-length")).toBe("12");
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  it("reads the id's time as UUIDv7 has it", async () => {
    const before = Date.now();
    const id = (await post("/v1/length")).headers.get("x-adit-request-id") ?? "";
    const time = Number.parseInt(id.slice(4, 17).replace("-", ""), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it("takes HTTP/2 in clear by prior knowledge, many at once on one connection, and HTTP/1.1 beside it", async () => {
    const session = http2.connect(listener.url);
    const calls = Array.from({ length: 20 }, (_, index) =>
      http2Call(session, { ":method": "POST", ":path": "/v1/length", ...goodHeaders }, "x".repeat(index * 10_000)),
    );
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(answers.map((answer) => (JSON.parse(answer.text) as { length: number }).length)).toEqual(
      Array.from({ length: 20 }, (_, index) => index * 10_000),
    );
    expect(answers[0]?.headers["x-adit-request-id"]).toMatch(/^req_/);
    const head = await http2Call(session, { ":method": "HEAD", ":path": "/health" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "15"]);
    const refused = await http2Call(session, { ":method": "POST", ":path": "/v1/length" }, "{}");
    expect(refused.status).toBe(401);
    const events = await http2Call(session, { ":method": "POST", ":path": "/v1/events", ...goodHeaders }, "{}");
    expect(events.text).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    session.close();
    expect((await post("/v1/length")).status).toBe(200);
  });

  it("lets the bodies of an HTTP/2 session come at once, and not 64 KiB a journey", async () => {
    const session = http2.connect(listener.url);
    await http2Call(session, { ":method": "HEAD", ":path": "/health" });
    expect(session.state.remoteWindowSize).toBe(16_777_216);
    // The window opens again as they come.
    const large = "x".repeat(1_000_000);
    for (let count = 0; count < 20; count += 1) {
      const answer = await http2Call(session, { ":method": "POST", ":path": "/v1/length", ...goodHeaders }, large);
      expect(answer.text).toBe('{"length":1000000}');
    }
    session.close();
  });

  it("knows HTTP/2 when its first bytes come one by one, and HTTP/1.1 too", async () => {
    const client = new RawClient(listener.port);
    for (const byte of "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") {
      client.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    client.send(Uint8Array.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    // The server's own SETTINGS frame: type 4 on stream 0.
    await until(() => client.received.length >= 9);
    expect(client.received.charCodeAt(3)).toBe(4);
    client.destroy();
    const old = new RawClient(listener.port);
    for (const byte of "PUT /health HTTP/1.1\r\nhost: x\r\n\r\n") {
      old.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await until(() => old.statuses.length > 0);
    expect(old.statuses).toEqual([405]);
    old.destroy();
  });

  it("gives errors in the dialect of the route, with vendors' fields only for vendors' callers", async () => {
    const plain = await post("/v1/refuse");
    expect(plain.status).toBe(429);
    expect(plain.headers.get("retry-after")).toBe("3");
    const body = (await plain.json()) as { status?: string; error: { code: string; message: string } };
    expect(body.error.code).toBe("rate_limit_exceeded");
    expect(body.status).toBeUndefined();
    const vendor = await post("/v1/refuse", { headers: { "x-portkey-api-key": gatewayKeyOf(goodHeaders) } });
    expect(vendor.headers.get("x-portkey-request-id")).toMatch(/^req_/);
    expect(((await vendor.json()) as { status?: string }).status).toBe("failure");
  });

  it("says that no other try can help only where none can, however late", async () => {
    const said = async (path: string): Promise<unknown> => (await post(path)).headers.get("x-should-retry");
    const paths = ["/v1/spent", "/v1/held", "/v1/refuse", "/v1/odd"];
    expect(await Promise.all(paths.map(said))).toEqual(["false", null, null, null]);
  });

  it("says internal, and no inner words, for what is not an AditError or never answers", async () => {
    for (const route of ["/v1/break", "/v1/silent"]) {
      const response = await post(route);
      expect(response.status).toBe(500);
      expect(response.headers.get("x-portkey-gateway-exception")).toBe("true");
      const text = await response.text();
      expect(text).toContain("internal_error");
      expect(text).toContain(response.headers.get("x-adit-request-id"));
      expect(text).not.toMatch(/inner words|did not answer/);
    }
    await until(() => listener.finished.some(({ error }) => error instanceof TypeError));
    expect((await post("/v1/odd")).status).toBe(502);
    expect((await post("/v1/proxy-wants-user")).status).toBe(502);
  });

  it("breaks the connection off where a route fails after the head, or leaves its stream open", async () => {
    for (const route of ["/v1/late", "/v1/open"]) {
      const response = await post(route);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow("terminated");
    }
    const session = http2.connect(listener.url);
    const call = http2Call(session, { ":method": "POST", ":path": "/v1/late", ...goodHeaders }, "{}");
    await expect(call).rejects.toThrow(/INTERNAL_ERROR/);
    session.close();
  });

  it("writes events whole, with headers that no header value can break", async () => {
    const response = await post("/v1/events");
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("no-cache");
    expect(response.headers.get("x-adit-model")).toBe("n?me??x-evil: 1");
    expect(response.headers.get("x-evil")).toBeNull();
    expect(response.headers.get("x-adit-trace-id")).toBe("t-1");
    expect(response.headers.get("x-portkey-trace-id")).toBe("t-1");
    expect(await response.text()).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\n");
  });

  it("answers pipelined requests in order, and the connection stays", async () => {
    const client = new RawClient(listener.port);
    const one = `POST /v1/length HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\ncontent-length: `;
    client.send(`${one}2\r\n\r\n{}${one}3\r\n\r\n{ }GET /health HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until(() => client.statuses.length === 3);
    expect([...client.received.matchAll(/\{"(?:length":\d|status":"ok")/g)].map(String)).toEqual([
      '{"length":2',
      '{"length":3',
      '{"status":"ok"',
    ]);
    expect(client.isClosed).toBe(false);
    client.destroy();
  });

  it("forgets pipelined requests whose connection ends before their turn", async () => {
    const before = listener.finished.length;
    const client = new RawClient(listener.port);
    const one = `POST /v1/late HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\ncontent-length: 2\r\n\r\n{}`;
    client.send(one.repeat(5));
    await until(() => listener.finished.length >= before + 5);
    expect(listener.finished).toHaveLength(before + 5);
    client.destroy();
  });

  it("keeps a whole answer whole where the route fails after it, and serves on where the log or an error's words fail", async () => {
    const bad = keyRoute("/v1/words", () => Promise.reject(new Error("first")));
    bad.errorBody = () => {
      throw new Error("second");
    };
    const after = keyRoute("/v1/after", async (incoming, reply) => {
      await incoming.readBody();
      reply.send(200, { whole: true });
      throw new Error("after the answer");
    });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    const other = await listening([bad, after], {
      onDone: () => {
        throw new Error("the log fails");
      },
    });
    const call = (route: string): Promise<Response> =>
      fetch(other.url + route, { method: "POST", headers: goodHeaders, body: "{}" });
    await expect(call("/v1/words")).rejects.toThrow("fetch failed");
    expect(await (await call("/v1/after")).json()).toEqual({ whole: true });
    await until(() => warnings.filter(({ message }) => message === "the log fails").length >= 2);
    process.off("warning", onWarning);
    await other.stop();
  });

  it("says once what became of each request", async () => {
    const before = listener.finished.length;
    await (await post("/v1/length")).text();
    await (await fetch(`${listener.url}/nowhere`)).text();
    await until(() => listener.finished.length === before + 2);
    const [good, bad] = listener.finished.slice(before);
    expect([good?.incoming.path, good?.reply.status, good?.error]).toEqual(["/v1/length", 200, undefined]);
    expect([bad?.incoming.path, bad?.reply.status]).toEqual(["/nowhere", 404]);
    expect(bad?.error).toMatchObject({ code: "not_found" });
  });

  it("takes a whole URL as the target, as proxies send it", async () => {
    const client = new RawClient(listener.port);
    client.send(`GET http://gateway.example:8787/health?x=1 HTTP/1.1\r\nhost: gateway.example\r\n\r\n`);
    await until(() => client.statuses.length === 1);
    expect(client.statuses).toEqual([200]);
    client.destroy();
  });

  it("asks for the body only after the door: Expect is answered when the route reads", async () => {
    const refused = new RawClient(listener.port);
    const head = "POST /v1/length HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n";
    refused.send(`${head}\r\n`);
    await until(() => refused.statuses.length > 0);
    expect(refused.statuses).toEqual([401]);
    refused.destroy();
    const welcome = new RawClient(listener.port);
    welcome.send(`${head}authorization: ${goodHeaders.authorization}\r\n\r\n`);
    await until(() => welcome.statuses.length > 0);
    expect(welcome.statuses).toEqual([100]);
    welcome.send("{   }");
    await until(() => welcome.received.includes('{"length":5}'));
    welcome.destroy();
  });

  it("passes over an expectation that it does not know", async () => {
    const client = new RawClient(listener.port);
    const head = "POST /v1/length HTTP/1.1\r\nhost: x\r\nexpect: patience\r\ncontent-length: 5\r\n";
    client.send(`${head}authorization: ${goodHeaders.authorization}\r\n\r\n{   }`);
    await until(() => client.received.includes('{"length":5}'));
    expect(client.received).toContain("x-adit-request-id");
    client.destroy();
    const session = http2.connect(listener.url);
    const impatient = { ":method": "POST", ":path": "/v1/length", expect: "patience", ...goodHeaders };
    expect((await http2Call(session, impatient, "{   }")).text).toBe('{"length":5}');
    session.close();
  });

  it("says which address it cannot have", async () => {
    const second = listening([], { settings: { port: listener.port } });
    await expect(second).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("EADDRINUSE"),
    });
  });
});

function gatewayKeyOf(headers: { authorization: string }): string {
  return headers.authorization.slice("Bearer ".length);
}

describe("loops", () => {
  it("refuses what bears its own mark, and what has gone through many", async () => {
    const hop = new HopMark();
    const listener = await listening([...healthRoutes()], { hop });
    const call = (value: string): Promise<Response> =>
      fetch(`${listener.url}/health`, { headers: { [hop.header]: value } });
    const { CallerHeaders } = await import("../request/caller-headers.ts");
    const own = hop.next(new CallerHeaders({}));
    const viaOther = new HopMark("other").next(new CallerHeaders({ "x-adit-hop": own }));
    expect((await call(own)).status).toBe(508);
    expect((await call(viaOther)).status).toBe(508);
    expect((await call("other")).status).toBe(200);
    expect((await call("a, b, c, d, e, f, g, h")).status).toBe(508);
    await listener.stop();
  });
});

describe("TLS", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "adit-tls-"));
  const files = { certFile: path.join(folder, "cert.pem"), keyFile: path.join(folder, "key.pem") };
  let hasCertificate = true;
  try {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", files.keyFile];
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, "-out", files.certFile, ...subject], {
      stdio: "ignore",
    });
  } catch {
    hasCertificate = false;
  }
  afterAll(() => rmSync(folder, { recursive: true }));

  it.skipIf(!hasCertificate)("serves HTTP/1.1 and HTTP/2 by ALPN on one port", async () => {
    const listener = await listening([lengthRoute, ...healthRoutes()], { settings: { tls: files } });
    expect(listener.url).toMatch(/^https:/);
    const status = await new Promise<[number | undefined, string]>((resolve, reject) => {
      https
        .get(`${listener.url}/health`, { rejectUnauthorized: false, agent: false }, (response) => {
          response.resume();
          resolve([response.statusCode, response.httpVersion]);
        })
        .on("error", reject);
    });
    expect(status).toEqual([200, "1.1"]);
    const session = http2.connect(listener.url, { rejectUnauthorized: false });
    const answer = await http2Call(session, { ":method": "POST", ":path": "/v1/length", ...goodHeaders }, "{}");
    expect([answer.status, answer.text]).toEqual([200, '{"length":2}']);
    expect(session.alpnProtocol).toBe("h2");
    session.close();
    await listener.stop();
  });

  it.skipIf(!hasCertificate)(
    "bounds connections that have not even shaken hands, and closes none that has",
    async () => {
      const listener = await listening([...healthRoutes()], {
        settings: { tls: files },
        limits: { maxFreshConnections: 3 },
      });
      const session = http2.connect(listener.url, { rejectUnauthorized: false });
      const status = async (): Promise<number> =>
        (await http2Call(session, { ":method": "HEAD", ":path": "/health" })).status;
      expect(await status()).toBe(200);
      const silent: RawClient[] = [];
      for (let index = 0; index < 5; index += 1) {
        const client = new RawClient(listener.port);
        silent.push(client);
        await new Promise((resolve) => client.socket.once("connect", resolve));
      }
      await until(() => silent.filter(({ isClosed }) => isClosed).length === 2);
      expect(silent.map(({ isClosed }) => isClosed)).toEqual([true, true, false, false, false]);
      expect(await status()).toBe(200);
      session.close();
      for (const client of silent) client.destroy();
      await listener.stop();
    },
  );

  it("names the file that it cannot read", async () => {
    const starting = listening([], { settings: { tls: { certFile: "/nowhere/c.pem", keyFile: "/nowhere/k.pem" } } });
    await expect(starting).rejects.toMatchObject({ code: "invalid_request", param: "ADIT_TLS_CERT" });
  });
});

describe("keep-alive", () => {
  it("ends a whole answer by HTTP/2 of which nothing is taken, and waits for one that is to come", async () => {
    const slow = keyRoute("/v1/slow", async (_incoming, reply) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      reply.send(200, {});
    });
    const listener = await listening([slow, ...healthRoutes()], { limits: { keepAliveMs: 50 } });
    const session = http2.connect(listener.url, { settings: { initialWindowSize: 0 } });
    const untaken = session.request({ ":path": "/health" });
    await new Promise((resolve) => untaken.on("close", resolve));
    expect(untaken.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
    session.destroy();
    const taking = http2.connect(listener.url);
    const answer = await http2Call(taking, { ":method": "POST", ":path": "/v1/slow", ...goodHeaders }, "{}");
    expect(answer.status).toBe(200);
    taking.close();
    await listener.stop();
  });

  it("waits no longer than for an idle connection for a client by HTTP/2 that has said farewell to close its side", async () => {
    const listener = await listening([...healthRoutes()], { limits: { keepAliveMs: 100 } });
    const leaving = new RawClient(listener.port).send(http2Health);
    let isReset = false;
    leaving.socket.on("error", () => (isReset = true));
    await until(() => leaving.received.includes('{"status":"ok"}'));
    leaving.send(http2GoAway);
    await until(() => leaving.isClosed);
    // A connection that is gone on the server's side answers what still comes with a reset; one that is half open takes it.
    const sending = setInterval(() => leaving.send("more"), 20);
    await until(() => isReset, 5_000);
    clearInterval(sending);
    expect(isReset).toBe(true);
    leaving.destroy();
    await listener.stop();
  });

  it("holds few answers to callers without a key that take none, however many they ask for", async () => {
    const listener = await listening([...healthRoutes()], { limits: { maxUntakenAnswers: 5, untakenMs: 50 } });
    const session = http2.connect(listener.url, { settings: { initialWindowSize: 0 } });
    const broken = await new Promise<number>((resolve) => {
      let ended = 0;
      const ask = (): void => {
        session.request({ ":path": "/health" }).on("error", () => {
          ended += 1;
          if (ended === 10) resolve(ended);
        });
      };
      for (let index = 0; index < 14; index += 1) ask();
      setTimeout(ask, 150);
    });
    expect(broken).toBe(10);
    session.destroy();
    await listener.stop();
  });

  it("serves further requests on a connection by HTTP/2 that has not taken a large answer yet", async () => {
    const megabytes = 12;
    const large = keyRoute("/v1/large", (_incoming, reply) => {
      reply.send(200, Buffer.alloc(megabytes * 1_000_000, "x"), "image/png");
      return Promise.resolve();
    });
    const listener = await listening([large, lengthRoute]);
    const session = http2.connect(listener.url);
    const untaken = session.request({ ":method": "POST", ":path": "/v1/large", ...goodHeaders });
    untaken.end("{}");
    await new Promise((resolve) => untaken.on("response", resolve));
    const answer = await http2Call(session, { ":method": "POST", ":path": "/v1/length", ...goodHeaders }, "{}");
    expect(answer.status).toBe(200);
    let taken = 0;
    untaken.on("data", (chunk: Buffer) => (taken += chunk.length));
    await new Promise((resolve) => untaken.on("end", resolve));
    expect(taken).toBe(megabytes * 1_000_000);
    session.close();
    await listener.stop();
  });

  it("serves many requests on one connection", async () => {
    const listener = await listening([...healthRoutes()]);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let index = 0; index < 10; index += 1) {
      ports.add(
        await new Promise<number | undefined>((resolve, reject) => {
          http
            .get(`${listener.url}/health`, { agent }, (response) => {
              const { localPort } = response.socket;
              response.resume().on("end", () => resolve(localPort));
            })
            .on("error", reject);
        }),
      );
    }
    expect(ports.size).toBe(1);
    agent.destroy();
    await listener.stop();
  });
});
