import http2 from "node:http2";
import { describe, expect, it } from "vitest";
import type { AditError } from "@adit/bedrock";
import { healthRoutes } from "../routes/health-routes.ts";
import { goodHeaders, http2Health, keyRoute, listening, RawClient, until } from "../testing/listening.ts";
import type { EventWriter } from "../routes/route.ts";

const streamRequest = `POST /v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\ncontent-length: 2\r\n\r\n{}`;
const ready = "GET /ready HTTP/1.1\r\nhost: x\r\n\r\n";
const health = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";

/** Streams that last until they are let go, or until they are aborted: then they say so. */
function patientRoute(): { open: EventWriter[]; release: () => void; route: ReturnType<typeof keyRoute> } {
  const open: EventWriter[] = [];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const route = keyRoute("/v1/stream", async (incoming, reply) => {
    await incoming.readBody();
    const events = reply.openEvents();
    open.push(events);
    events.write("data: begun\n\n");
    events.flush();
    const aborted = new Promise<void>((resolve) => incoming.signal.addEventListener("abort", () => resolve()));
    await Promise.race([released, aborted]);
    if (incoming.signal.aborted) events.write(`event: error\ndata: ${(incoming.signal.reason as AditError).code}\n\n`);
    else events.write("data: whole\n\n");
    events.end();
  });
  return { open, release: () => release(), route };
}

describe("a graceful stop", () => {
  it("lets open streams end, refuses what is new with 503, and closes idle connections at once", async () => {
    const { open, release, route } = patientRoute();
    const listener = await listening([route, ...healthRoutes()]);
    const streams = Array.from({ length: 50 }, () => new RawClient(listener.port).send(streamRequest));
    const session = http2.connect(listener.url);
    session.on("error", () => {});
    const stream2 = session.request({ ":method": "POST", ":path": "/v1/stream", ...goodHeaders });
    let text2 = "";
    stream2.on("data", (chunk: Buffer) => {
      text2 += chunk.toString();
    });
    stream2.end("{}");
    const idle = new RawClient(listener.port).send(health);
    const silent = new RawClient(listener.port);
    await until(() => open.length === 51 && idle.statuses.length === 1);
    const stopping = listener.stop();
    expect(listener.stop()).toBe(stopping);
    await until(() => idle.isClosed && silent.isClosed, 1000);
    const probe = new RawClient(listener.port).send(health);
    await until(() => probe.isClosed);
    expect(probe.statuses).toEqual([200]);
    expect(probe.received).toMatch(/connection: close/i);
    const late = new RawClient(listener.port).send(ready);
    await until(() => late.isClosed);
    expect(late.statuses).toEqual([503]);
    expect(late.received).toMatch(/connection: close/i);
    expect(late.received).toMatch(/retry-after: 1/i);
    expect(late.received).toContain("shutting_down");
    expect(streams.every((client) => !client.isClosed)).toBe(true);
    release();
    await stopping;
    await until(() => streams.every((client) => client.isClosed) && stream2.closed);
    for (const client of streams) expect(client.received).toMatch(/data: whole\n\n\r\n0\r\n\r\n$/);
    expect(text2).toBe("data: begun\n\ndata: whole\n\n");
    const refused = new RawClient(listener.port).send(health);
    await until(() => refused.isClosed);
    expect(refused.received).toBe("");
  });

  it("aborts with shutting_down what lasts too long, and lets it say so", async () => {
    const { open, route } = patientRoute();
    const listener = await listening([route], { settings: { shutdownSeconds: 0.2 } });
    const client = new RawClient(listener.port).send(streamRequest);
    await until(() => open.length === 1);
    const start = Date.now();
    await listener.stop();
    expect(Date.now() - start).toBeGreaterThanOrEqual(190);
    await until(() => client.isClosed);
    expect(client.received).toContain("event: error\ndata: shutting_down\n\n");
  });

  it("ends though a route hears nothing of it, and breaks its stream off", async () => {
    const deaf = keyRoute("/v1/stream", async (_incoming, reply) => {
      const events = reply.openEvents();
      events.write("data: begun\n\n");
      events.flush();
      await new Promise(() => {});
    });
    const listener = await listening([deaf], { settings: { shutdownSeconds: 0.1 }, limits: { abortGraceMs: 100 } });
    const client = new RawClient(listener.port).send(streamRequest);
    await until(() => client.received.includes("begun"));
    await listener.stop();
    await until(() => client.isClosed);
    expect(client.received).not.toMatch(/0\r\n\r\n$/);
  });

  it("ends though a client by HTTP/2 never closes its side, as one that is frozen", async () => {
    const listener = await listening([...healthRoutes()], { limits: { abortGraceMs: 100 } });
    const frozen = new RawClient(listener.port).send(http2Health);
    await until(() => frozen.received.includes('{"status":"ok"}'));
    frozen.socket.pause();
    const start = Date.now();
    await listener.stop();
    expect(Date.now() - start).toBeLessThan(10_000);
    frozen.destroy();
  });

  it("is done at once where nothing is under way", async () => {
    const listener = await listening([...healthRoutes()]);
    const idle = new RawClient(listener.port).send(health);
    await until(() => idle.statuses.length === 1);
    const start = Date.now();
    await listener.stop();
    expect(Date.now() - start).toBeLessThan(10_000);
  });
});
