import { afterEach, describe, expect, it } from "vitest";
import { rejectionOf } from "../auth/testing/refusal.ts";
import { sendStsOver } from "./send-sts.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { TestUpstream, type Answer } from "./testing/upstream.ts";
import { Transport } from "./transport/transport.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function begin(answer: Answer, clock = new ManualClock()) {
  const upstream = await TestUpstream.start(answer);
  closers.push(() => upstream.close());
  const transport = new Transport({ clock });
  closers.push(() => transport.close());
  return {
    upstream,
    send: sendStsOver(transport),
    request: { url: `${upstream.url}/base/?a=b`, headers: {}, body: "x=1" },
  };
}

describe("a request to STS", () => {
  it("is posted as it is, and its answer given whole, header names in lower case", async () => {
    const { upstream, send, request } = await begin((response) => {
      response.writeHead(403, { "X-Amzn-RequestId": "r-1", Date: "Fri, 02 Jan 2026 03:04:05 GMT" });
      response.write("<Error>ü".slice(0, 4));
      setTimeout(() => response.end("<Error>ü".slice(4)), 10);
    });
    expect(await send({ ...request, headers: { host: "sts.example", authorization: "AWS4 x" } })).toMatchObject({
      status: 403,
      headers: { "x-amzn-requestid": "r-1", date: "Fri, 02 Jan 2026 03:04:05 GMT" },
      body: "<Error>ü",
    });
    expect(upstream.seen[0]).toMatchObject({
      method: "POST",
      path: "/base/?a=b",
      body: "x=1",
      headers: { host: "sts.example", authorization: "AWS4 x" },
    });
  });

  it("ends with its signal", async () => {
    const controller = new AbortController();
    const { send, request } = await begin(() => setTimeout(() => controller.abort(), 10));
    expect(await rejectionOf(send({ ...request, signal: controller.signal }))).toMatchObject({ code: "client_closed" });
  });

  it("gets no answer beyond a minute", async () => {
    const clock = new ManualClock();
    const { send, request } = await begin((response) => {
      response.writeHead(200);
      response.write("<");
      setTimeout(() => clock.advance(60_001), 20);
    }, clock);
    expect((await rejectionOf(send(request))).code).toMatch(/timeout$/);
  });

  it("rejects where nobody listens", async () => {
    const { upstream, send, request } = await begin(() => {});
    await upstream.close();
    closers.shift();
    expect(await rejectionOf(send(request))).toMatchObject({ code: "upstream_unreachable" });
  });

  it("rejects an answer without end", async () => {
    const { send, request } = await begin((response) => {
      const piece = Buffer.alloc(4 * 1024 * 1024, "x");
      const more = (): void => {
        while (response.writable && response.write(piece)) {
          // Until the buffer is full.
        }
      };
      response.on("drain", more);
      more();
    });
    expect(await rejectionOf(send(request))).toMatchObject({ code: "reply_too_large" });
  });
});
