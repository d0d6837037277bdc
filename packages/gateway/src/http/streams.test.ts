import type { CancelSignal } from "@adit/bedrock";
import http from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import type { EventWriter } from "./routes/route.ts";
import { goodHeaders, keyRoute, listening, RawClient, until, type TestListener } from "./testing/listening.ts";

const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\ncontent-length: 2\r\n\r\n{}`;

/** A route whose stream the test writes to. */
function heldRoute(keepAlive?: string): {
  events: EventWriter[];
  signals: CancelSignal[];
  route: ReturnType<typeof keyRoute>;
} {
  const events: EventWriter[] = [];
  const signals: CancelSignal[] = [];
  const route = keyRoute("/v1/stream", async (incoming, reply) => {
    await incoming.readBody();
    signals.push(incoming.signal);
    const writer = reply.openEvents(200, keepAlive);
    events.push(writer);
    await new Promise<void>((resolve) => {
      const end = writer.end.bind(writer);
      writer.end = () => {
        end();
        resolve();
      };
      incoming.signal.addEventListener("abort", () => resolve());
    });
  });
  return { events, signals, route };
}

describe("streams", () => {
  let listener: TestListener | undefined;
  afterEach(() => listener?.stop());

  it("sends what is written between two flushes together, and nothing before", async () => {
    const held = heldRoute();
    listener = await listening([held.route]);
    const client = new RawClient(listener.port).send(post("/v1/stream"));
    await until(() => client.received.includes("text/event-stream"));
    const pieces: string[] = [];
    client.socket.on("data", (chunk: Buffer) => pieces.push(chunk.toString()));
    held.events[0]?.write("data: a\n\n");
    held.events[0]?.write("data: b\n\n");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(pieces).toEqual([]);
    expect(held.events[0]?.flush()).toBe(true);
    await until(() => pieces.length > 0);
    // One chunk of HTTP/1.1: its length in hexadecimal, then all of it.
    expect(pieces.join("")).toBe("12\r\ndata: a\n\ndata: b\n\n\r\n");
    held.events[0]?.end();
    await until(() => client.received.endsWith("0\r\n\r\n"));
    client.destroy();
  });

  it("sends the head with the first events, in one piece", async () => {
    const route = keyRoute("/v1/at-once", async (incoming, reply) => {
      await incoming.readBody();
      const writer = reply.openEvents();
      writer.write("data: a\n\n");
      writer.flush();
      await until(() => pieces.length > 0);
      writer.end();
    });
    listener = await listening([route]);
    const client = new RawClient(listener.port);
    const pieces: string[] = [];
    client.socket.on("data", (chunk: Buffer) => pieces.push(chunk.toString()));
    client.send(post("/v1/at-once"));
    await until(() => client.received.endsWith("0\r\n\r\n"));
    expect(pieces[0]).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(pieces[0]).toMatch(/\r\n\r\n9\r\ndata: a\n\n\r\n$/);
    client.destroy();
  });

  it("has a body's text until the body is let go of", async () => {
    const seen: unknown[] = [];
    const thrownBy = (read: () => unknown): string => {
      try {
        return String(read());
      } catch (error) {
        return String(error);
      }
    };
    const route = keyRoute("/v1/let-go", async (incoming, reply) => {
      seen.push(thrownBy(() => incoming.bodyText()));
      await incoming.readBody();
      seen.push(
        thrownBy(() => incoming.bodyText()),
        await incoming.readBody().then(String),
      );
      incoming.letGoOfBody();
      seen.push(
        thrownBy(() => incoming.bodyText()),
        thrownBy(() => incoming.readBody()),
      );
      reply.send(200, "");
    });
    listener = await listening([route]);
    await fetch(`${listener.url}/v1/let-go`, { method: "POST", headers: goodHeaders, body: '{"a": 1}' });
    const gone = "Error: The body has not been read, or was let go of.";
    expect(seen).toEqual([gone, '{"a": 1}', '{"a": 1}', gone, "Error: The body was let go of."]);
  });

  it("holds nothing of a body that was let go of while its stream is open", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const bodies: WeakRef<Buffer>[] = [];
    let isFreed = false;
    const route = keyRoute("/v1/let-go", async (incoming, reply) => {
      await incoming.readBody().then((body) => void bodies.push(new WeakRef(body)));
      incoming.letGoOfBody();
      const events = reply.openEvents();
      await until(() => isFreed);
      events.end();
    });
    listener = await listening([route]);
    const response = await fetch(`${listener.url}/v1/let-go`, { method: "POST", headers: goodHeaders, body: "{}" });
    await until(() => {
      collectGarbage();
      isFreed = bodies.length === 1 && bodies[0]?.deref() === undefined;
      return isFreed;
    });
    expect(await response.text()).toBe("");
  });

  it("keeps a silent stream alive by comments, never within an event, and ends them with the stream", async () => {
    const held = heldRoute();
    listener = await listening([held.route], { settings: { keepAliveCommentMs: 60 }, limits: { tickMs: 20 } });
    const response = await fetch(`${listener.url}/v1/stream`, { method: "POST", headers: goodHeaders, body: "{}" });
    let text = "";
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
    })();
    await until(() => held.events.length === 1);
    held.events[0]?.write("data: half");
    await until(() => text.split(": keep-alive\n\n").length > 3);
    held.events[0]?.write("-whole\n\n");
    held.events[0]?.end();
    await reading;
    expect(text.replaceAll(": keep-alive\n\n", "")).toBe("data: half-whole\n\n");
    expect(text.indexOf("data:")).toBe(text.lastIndexOf(": keep-alive\n\n") + ": keep-alive\n\n".length);
  });

  it("keeps a silent stream alive by the dialect's own event, and by none while a part of another has left", async () => {
    const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
    const held = heldRoute(ping);
    listener = await listening([held.route], { settings: { keepAliveCommentMs: 60 }, limits: { tickMs: 20 } });
    const response = await fetch(`${listener.url}/v1/stream`, { method: "POST", headers: goodHeaders, body: "{}" });
    let text = "";
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
    })();
    await until(() => text.split(ping).length > 2);
    held.events[0]?.write("event: a\n");
    held.events[0]?.flush();
    await until(() => text.endsWith("event: a\n"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    held.events[0]?.write("data: {}\n\n");
    held.events[0]?.flush();
    const pings = text.split(ping).length;
    await until(() => text.split(ping).length > pings);
    held.events[0]?.end();
    await reading;
    expect(text.replaceAll(ping, "")).toBe("event: a\ndata: {}\n\n");
  });

  it("sends no comments while events flow", async () => {
    const held = heldRoute();
    listener = await listening([held.route], { settings: { keepAliveCommentMs: 1_000 }, limits: { tickMs: 20 } });
    const client = new RawClient(listener.port).send(post("/v1/stream"));
    await until(() => held.events.length === 1);
    for (let index = 0; index < 75; index += 1) {
      held.events[0]?.write("data: x\n\n");
      held.events[0]?.flush();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(client.received).not.toContain("keep-alive\n");
    client.destroy();
  });

  it.each(["HTTP/1.1", "HTTP/2"])(
    "holds a bounded buffer for a caller that never reads (%s), and goes on when it does",
    async (version) => {
      let written = 0;
      let drains = 0;
      const event = `data: ${"x".repeat(1000)}\n\n`;
      const total = 20_000;
      const route = keyRoute("/v1/stream", async (incoming, reply) => {
        await incoming.readBody();
        const events = reply.openEvents();
        await new Promise<void>((resolve) => {
          const pump = (): void => {
            while (written < total) {
              written += 1;
              events.write(event);
              if (!events.flush()) return;
            }
            resolve();
          };
          events.onDrain(() => {
            drains += 1;
            pump();
          });
          pump();
        });
        events.end();
      });
      listener = await listening([route]);
      let received = 0;
      const count = (chunk: Buffer): void => {
        received += chunk.length;
      };
      let goOn: () => void;
      let close: () => void;
      if (version === "HTTP/1.1") {
        const socket = connect(listener.port, "127.0.0.1");
        socket.pause();
        socket.write(post("/v1/stream"));
        goOn = () => void socket.on("data", count).resume();
        close = () => void socket.destroy();
      } else {
        const session = http2.connect(listener.url);
        const stream = session.request({ ":method": "POST", ":path": "/v1/stream", ...goodHeaders });
        stream.end("{}");
        goOn = () => void stream.on("data", count);
        close = () => session.destroy();
      }
      await until(() => written > 0);
      // It stops by itself, well before the 20 MB are written: the kernel's buffers and node's are all that fills.
      let before = -1;
      while (before !== written) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      expect(written).toBeLessThan(total * 0.6);
      expect(drains).toBeLessThan(written);
      goOn();
      await until(() => received >= total * event.length);
      close();
    },
  );

  it.each(["by a reset", "by an end"])("aborts the signal when the caller leaves %s", async (way) => {
    const held = heldRoute();
    listener = await listening([held.route]);
    const client = new RawClient(listener.port).send(post("/v1/stream"));
    await until(() => held.signals.length === 1);
    held.events[0]?.write("data: 1\n\n");
    held.events[0]?.flush();
    if (way === "by a reset") client.socket.resetAndDestroy();
    else client.socket.end();
    await until(() => held.signals[0]?.aborted === true);
    expect(held.signals[0]?.reason).toMatchObject({ code: "client_closed" });
    // What a route still writes goes nowhere and breaks nothing.
    held.events[0]?.write("data: 2\n\n");
    expect(held.events[0]?.flush()).toBe(true);
    held.events[0]?.end();
    await until(() => listener?.finished.length === 1);
    client.destroy();
  });

  it("aborts the signal of one HTTP/2 stream that is cancelled, and not of its neighbour", async () => {
    const held = heldRoute();
    listener = await listening([held.route]);
    const session = http2.connect(listener.url);
    const open = (): http2.ClientHttp2Stream => {
      const stream = session.request({ ":method": "POST", ":path": "/v1/stream", ...goodHeaders });
      stream.on("error", () => {}).end("{}");
      return stream;
    };
    const first = open();
    await until(() => held.signals.length === 1);
    open();
    await until(() => held.signals.length === 2);
    first.close(http2.constants.NGHTTP2_CANCEL);
    await until(() => held.signals[0]?.aborted === true, 1000);
    expect(held.signals[1]?.aborted).toBe(false);
    session.destroy();
    await until(() => held.signals[1]?.aborted === true, 1000);
  });

  it("outlives HTTP/2 streams that end with any code, at any time", async () => {
    const held = heldRoute();
    listener = await listening([held.route]);
    const session = http2.connect(listener.url);
    for (const code of [0, 1, 2, 3, 5, 7, 8, 11, 13]) {
      const stream = session.request({ ":method": "POST", ":path": "/v1/stream", ...goodHeaders });
      stream.on("error", () => {});
      if (code % 2 === 0) stream.end("{}");
      else stream.write("{");
      await new Promise((resolve) => setTimeout(resolve, 10));
      stream.close(code);
    }
    await until(() => listener?.finished.length === 9);
    for (const writer of held.events) {
      writer.write("data: late\n\n");
      writer.flush();
      writer.end();
    }
    expect(held.signals.every((signal) => signal.aborted)).toBe(true);
    session.destroy();
  });

  it("lets a stream be opened for a caller who has left: it goes nowhere", async () => {
    let opened = false;
    let isHere = false;
    const route = keyRoute("/v1/stream", async (incoming, reply) => {
      isHere = true;
      await incoming.readBody();
      await new Promise<void>((resolve) => incoming.signal.addEventListener("abort", () => resolve()));
      const events = reply.openEvents();
      events.write("data: 1\n\n");
      opened = events.flush();
      events.end();
    });
    listener = await listening([route]);
    const client = new RawClient(listener.port).send(post("/v1/stream"));
    await until(() => isHere);
    client.destroy();
    await until(() => listener?.finished.length === 1);
    expect(opened).toBe(true);
    expect(listener.finished[0]).toMatchObject({ error: undefined, reply: { status: 499 } });
  });

  it("aborts a whole answer too, and a body that is cut off, without an answer", async () => {
    const reasons: unknown[] = [];
    let begun = 0;
    listener = await listening([
      keyRoute("/v1/slow", async (incoming, reply) => {
        begun += 1;
        await incoming.readBody();
        await new Promise<void>((resolve) => incoming.signal.addEventListener("abort", () => resolve()));
        reasons.push(incoming.signal.reason);
        reply.send(200, { late: true });
      }),
    ]);
    const request = http.request(`${listener.url}/v1/slow`, { method: "POST", headers: goodHeaders });
    request.on("error", () => {});
    request.end("{}");
    await until(() => begun === 1);
    request.destroy();
    await until(() => reasons.length === 1);
    expect(reasons[0]).toMatchObject({ code: "client_closed" });
    const cut = new RawClient(listener.port).send(post("/v1/slow").replace("length: 2", "length: 20"));
    await until(() => begun === 2);
    cut.destroy();
    await until(() => listener?.finished.length === 2);
    expect(listener.finished[0]?.error).toBeUndefined();
    expect(listener.finished[1]?.error).toMatchObject({ code: "client_closed" });
    expect(listener.finished.map(({ reply }) => reply.status)).toEqual([499, 499]);
  });
});
