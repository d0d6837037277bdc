/** No input makes the gateway fail inside. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { docsRoutes } from "./routes/docs-routes.ts";
import { healthRoutes } from "./routes/health-routes.ts";
import { parseJsonBody } from "./request/json-body.ts";
import {
  goodHeaders,
  keyRoute,
  lengthRoute,
  listening,
  RawClient,
  until,
  type TestListener,
} from "./testing/listening.ts";

const jsonRoute = keyRoute("/v1/json", async (incoming, reply) => {
  parseJsonBody(await incoming.readBody(), 200);
  reply.send(200, {});
});

describe("no input produces a 500", () => {
  let listener: TestListener;
  beforeAll(async () => {
    listener = await listening([lengthRoute, jsonRoute, ...healthRoutes(), ...docsRoutes()], {
      limits: { headersMs: 200, headersCheckMs: 50, bodySilenceMs: 200, lingerMs: 100, tickMs: 50 },
    });
  });
  afterEach(({ expect: expectThat }) => {
    expectThat(listener.finished.filter(({ reply }) => reply.status >= 500)).toEqual([]);
  });
  afterAll(() => listener.stop());

  /** Sends bytes and the end; gives the statuses that came until the connection was closed. */
  async function statusesFor(bytes: Uint8Array): Promise<number[]> {
    const client = new RawClient(listener.port);
    client.send(bytes);
    client.socket.end();
    await until(() => client.isClosed);
    client.destroy();
    return client.statuses;
  }

  it("for raw bytes", { timeout: 60_000 }, async () => {
    const piece = fc.constantFrom(
      "GET ",
      "POST ",
      "HEAD ",
      "OPTIONS ",
      "CONNECT ",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "/v1/length",
      "/docs/",
      "*",
      "//",
      "%00",
      "%ff",
      " HTTP/1.1\r\n",
      " HTTP/1.0\r\n",
      " HTTP/2.0\r\n",
      "host: x\r\n",
      `authorization: ${goodHeaders.authorization}\r\n`,
      "content-length: 2\r\n",
      "transfer-encoding: chunked\r\n",
      "expect: 100-continue\r\n",
      "expect: x\r\n",
      "upgrade: h2c\r\n",
      "connection: upgrade, close\r\n",
      "\r\n",
      "\n",
      "\0",
      "2\r\n{}\r\n0\r\n\r\n",
      "{}",
      ":",
      " ",
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(piece, { maxLength: 14 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        for (const status of await statusesFor(sent)) expect(status).toBeLessThan(500);
      }),
      { numRuns: 400 },
    );
  });

  it("for HTTP/2 frames", { timeout: 60_000 }, async () => {
    const preface = Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
    ]);
    const frame = fc
      .tuple(fc.nat(10), fc.nat(255), fc.nat(3), fc.uint8Array({ maxLength: 60 }))
      .map(([type, flags, stream, payload]) =>
        Buffer.concat([Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream]), payload]),
      );
    // Side by side: what node:http2 finds to be no HTTP/2 it ends only after a silence.
    const samples = fc.sample(fc.array(frame, { maxLength: 8 }), { numRuns: 200, seed: 20 });
    for (let index = 0; index < samples.length; index += 50) {
      const batch = samples.slice(index, index + 50);
      await Promise.all(batch.map((frames) => statusesFor(Buffer.concat([preface, ...frames]))));
    }
    expect((await fetch(`${listener.url}/health`)).status).toBe(200);
  });

  it("for JSON bodies", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 300 })),
        async (body) => {
          const response = await fetch(`${listener.url}/v1/json`, { method: "POST", headers: goodHeaders, body });
          expect([200, 400]).toContain(response.status);
          await response.arrayBuffer();
        },
      ),
      { numRuns: 400 },
    );
  });

  it("for paths, with all their escapes", async () => {
    const paths = [
      "/%",
      "/%zz",
      "/%00",
      "/v1/%63hat",
      "/docs/%",
      "/docs/%2e%2e%2fpackage.json",
      "/docs/../package.json",
      "/docs/..%2f..%2fetc%2fpasswd",
      "/docs/\\..\\x",
      "/docs//",
      "//docs/",
      "/docs/a\x7f",
      "/?",
      "/?%",
      "/?__proto__=1",
      "/__proto__",
      "/constructor",
      "/v1/models/%E0%A4%A",
      "/ÿ",
    ];
    for (const target of paths) {
      const statuses = await statusesFor(
        Buffer.from(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, "latin1"),
      );
      const mayBeFound = !target.includes("..") && !target.includes("%2e");
      for (const status of statuses) expect(mayBeFound ? [200, 400, 404] : [400, 404]).toContain(status);
    }
  });

  it("for keys", async () => {
    const values = [
      "Bearer ' OR 1=1 --",
      'Bearer "',
      "Bearer",
      "Bearer  ",
      "bearer x",
      "Basic Og==",
      "\x80\xff",
      `Bearer ${"a".repeat(60_000)}`,
      "Bearer ü",
      "Bearer a\tb",
      "Bearer \u{1F600}",
      `Bearer ${"a".repeat(1_000_000)}`,
      "Bearer a\0b",
      "Bearer a\rb",
    ];
    for (const value of values) {
      const request = `POST /v1/length HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: `;
      const bytes = Buffer.concat([
        Buffer.from(request),
        Buffer.from(value, "utf8"),
        Buffer.from("\r\ncontent-length: 2\r\n\r\n{}"),
      ]);
      const statuses = await statusesFor(bytes);
      expect(statuses).toHaveLength(1);
      expect([400, 401, 431]).toContain(statuses[0]);
    }
  });
});
