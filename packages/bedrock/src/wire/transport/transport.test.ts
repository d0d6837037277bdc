import { createServer, type AddressInfo, type Socket } from "node:net";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Dispatcher } from "undici";
import { refusalOf } from "../../auth/testing/refusal.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "./exchange.ts";
import { selfSignedCertificate } from "../media/testing/self-signed-certificate.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { TestUpstream, type Answer } from "../testing/upstream.ts";
import { DeadlineWatch, wholeAnswerLimits, type TimeLimits } from "./time-limits.ts";
import { transportError } from "./transport-error.ts";
import { postOver } from "../post-over.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import { UpstreamRequest } from "./upstream-request.ts";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) {
    await close();
  }
});

async function upstreamOf(answer: Answer): Promise<TestUpstream> {
  const upstream = await TestUpstream.start(answer);
  closers.push(() => upstream.close());
  return upstream;
}

function transportOf(options: TransportOptions = {}): Transport {
  const transport = new Transport(options);
  closers.push(() => transport.close());
  return transport;
}

const none: TimeLimits = { connectMs: 10_000, firstByteMs: 0, idleMs: 0, totalMs: 0 };

/** Gathers one reply; `done` resolves at its end, with the error if it had one. */
class Gatherer implements ReplyHandler {
  status = 0;
  text = "";
  onChunk: (() => void) | undefined;
  readonly done: Promise<AditError | undefined>;
  #settle: (error: AditError | undefined) => void = () => {};

  constructor() {
    this.done = new Promise((resolve) => (this.#settle = resolve));
  }

  onHeaders(status: number): void {
    this.status = status;
  }

  onData(chunk: Buffer): void {
    this.text += chunk.toString("latin1");
    this.onChunk?.();
  }

  onEnd(): void {
    this.#settle(undefined);
  }

  onError(error: AditError): void {
    this.#settle(error);
  }
}

function send(
  transport: Transport,
  origin: string,
  more: Partial<UpstreamCall> = {},
): { gatherer: Gatherer; exchange: UpstreamExchange } {
  const gatherer = new Gatherer();
  const call: UpstreamCall = {
    method: "POST",
    origin,
    path: "/model/x/converse",
    headers: { host: new URL(origin).host, "content-type": "application/json" },
    body: "{}",
    limits: none,
    ...more,
  };
  return { gatherer, exchange: transport.dispatch(call, gatherer) };
}

describe("Transport", () => {
  it("sends what it is given and keeps connections", async () => {
    const upstream = await upstreamOf((response) => response.end("fine"));
    const transport = transportOf();
    for (let count = 0; count < 3; count += 1) {
      const { gatherer } = send(transport, upstream.url, { body: Buffer.from("body") });
      expect(await gatherer.done).toBeUndefined();
      expect(gatherer).toMatchObject({ status: 200, text: "fine" });
    }
    expect(upstream.seen[0]).toMatchObject({ method: "POST", path: "/model/x/converse", body: "body" });
    expect(Object.keys(upstream.seen[0]?.headers ?? {}).toSorted()).toEqual([
      "connection",
      "content-length",
      "content-type",
      "host",
    ]);
    // One answers while the pool has not yet marked the other free.
    expect(await upstream.connections()).toBeLessThanOrEqual(2);
  });

  it("opens as many connections as there are calls at once", async () => {
    const held: ServerResponse[] = [];
    const upstream = await upstreamOf((response) => held.push(response));
    const transport = transportOf();
    const calls = Array.from({ length: 50 }, () => send(transport, upstream.url).gatherer.done);
    await expect.poll(() => held.length).toBe(50);
    for (const response of held) {
      response.end();
    }
    expect(await Promise.all(calls)).toEqual(calls.map(() => undefined));
  });

  it("never sends a request twice by itself", async () => {
    const upstream = await upstreamOf((response) => response.destroy());
    const { gatherer } = send(transportOf(), upstream.url);
    expect(await gatherer.done).toMatchObject({ code: "upstream_reset", retryable: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(upstream.seen).toHaveLength(1);
  });

  it("says that nothing listens, and that a name does not exist", async () => {
    const transport = transportOf();
    const refused = send(transport, "http://127.0.0.1:9").gatherer;
    expect(await refused.done).toMatchObject({
      code: "upstream_unreachable",
      message: expect.stringMatching(/No connection to http:\/\/127.0.0.1:9 could be made: .*ECONNREFUSED/),
      retryable: true,
    });
    const unknown = send(transport, "http://bedrock-runtime.xx-nowhere-9.invalid").gatherer;
    expect((await unknown.done)?.code).toBe("upstream_unreachable");
  });

  it("takes a name that does not exist for a wrong region, and a bad certificate for what it is", () => {
    const failed = (code: string): AditError =>
      transportError(Object.assign(new Error(`failed ${code}`), { code }), "https://x.example", "connecting");
    expect(failed("ENOTFOUND")).toMatchObject({ retryable: false, remedy: expect.stringContaining("region") });
    expect(failed("EAI_AGAIN").retryable).toBe(true);
    for (const code of ["SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "INVALID_CA"]) {
      expect(failed(code), code).toMatchObject({
        retryable: false,
        remedy: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      });
    }
    const both = new AggregateError([new Error("connect ECONNREFUSED ::1"), new Error("other")]);
    expect(transportError(both, "https://x.example", "connecting").message).toContain("connect ECONNREFUSED ::1");
  });

  it("reports a peer that is no HTTP server", async () => {
    const server = createServer((socket) => socket.end("220 smtp ready\r\n")).listen(0, "127.0.0.1");
    closers.push(async () => void server.close());
    await once(server, "listening");
    const { gatherer } = send(transportOf(), `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect((await gatherer.done)?.code).toBe("upstream_reset");
  });

  it("refuses an answer in a coding that was not asked for, and shows none of its bytes", async () => {
    const upstream = await upstreamOf((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(gzipSync("{}"));
    });
    const { gatherer } = send(transportOf(), upstream.url);
    expect(await gatherer.done).toMatchObject({
      code: "empty_output",
      message: `${upstream.url} answered in the coding gzip, which was not asked for.`,
      retryable: false,
    });
    expect(gatherer.text).toBe("");
    // Where the status alone counts it does not matter.
    const told = postOver(transportOf(), { limits: wholeAnswerLimits });
    const posting = { url: upstream.url, headers: {}, body: "{}" };
    expect(await told({ ...posting, statusOnly: true })).toMatchObject({ status: 200 });
    await expect(told(posting)).rejects.toMatchObject({ code: "empty_output" });
    for (const noCoding of ["Identity", "", "utf-8", "none"]) {
      const plain = await upstreamOf((response) => {
        response.writeHead(200, { "content-encoding": noCoding });
        response.end("plain");
      });
      const taken = send(transportOf(), plain.url).gatherer;
      expect(await taken.done).toBeUndefined();
      expect(taken.text).toBe("plain");
    }
  });

  it.each([
    "content-encoding: identity\r\ncontent-encoding: gzip",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: gzip\r\ntransfer-encoding: chunked",
  ])("refuses a coding that is named as %s", async (fields) => {
    const origin = await bareUpstream(`HTTP/1.1 200 OK\r\n${fields}`, "", (socket) => socket.end());
    expect(await send(transportOf(), origin).gatherer.done).toMatchObject({ code: "empty_output" });
  });

  it.each(["000", "099", "101"])("reports the status %s, which is no answer's, in words of ours", async (status) => {
    const origin = await bareUpstream(`HTTP/1.1 ${status} x`, "", (socket) => socket.end());
    expect(await send(transportOf(), origin).gatherer.done).toMatchObject({
      code: "upstream_reset",
      message: `The connection to ${origin} broke before an answer came: it answered with the status ${Number(status)}, which was not to come`,
    });
  });

  it("takes an answer behind some that announce it, and does not wait for one behind thousands", async () => {
    const hint = "HTTP/1.1 103 Early Hints\r\n\r\n";
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 4";
    const some = await bareUpstream(hint.repeat(900) + answer, "fine", (socket) => socket.end());
    const taken = send(transportOf(), some).gatherer;
    expect(await taken.done).toBeUndefined();
    expect(taken.text).toBe("fine");
    const many = await bareUpstream(hint.repeat(2_000) + answer, "late", (socket) => socket.end());
    expect(await send(transportOf(), many).gatherer.done).toMatchObject({
      code: "upstream_reset",
      message: expect.stringContaining("announced an answer more than 1000 times"),
    });
  });

  it("reports an answer cut short of its length", async () => {
    const upstream = await upstreamOf((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const { gatherer } = send(transportOf(), upstream.url);
    expect(await gatherer.done).toMatchObject({ code: "upstream_reset" });
    expect(gatherer.text).toBe("half");
  });

  it("hands over a request that undici refuses as an error, not a crash", async () => {
    const { gatherer } = send(transportOf(), "http://127.0.0.1:9", { path: "/a b" });
    expect(await gatherer.done).toBeInstanceOf(AditError);
  });
});

describe("ending a call", () => {
  it("by its signal destroys the socket at once", async () => {
    const closed: number[] = [];
    const upstream = await upstreamOf((response) => {
      response.on("close", () => closed.push(1));
      response.write("x");
    });
    const controller = new AbortController();
    const { gatherer } = send(transportOf(), upstream.url, { signal: controller.signal });
    await expect.poll(() => gatherer.text).toBe("x");
    controller.abort(new Error("left"));
    expect(await gatherer.done).toMatchObject({ code: "client_closed", status: 499 });
    await expect.poll(() => closed.length).toBe(1);
  });

  it("before its start sends nothing", async () => {
    const upstream = await upstreamOf((response) => response.end());
    const { gatherer } = send(transportOf(), upstream.url, { signal: AbortSignal.abort() });
    expect((await gatherer.done)?.code).toBe("client_closed");
    expect(upstream.seen).toHaveLength(0);
  });

  it.each(["before", "in the middle of"])(
    "by closing the transport, %s the answer, is no fault of the connection",
    async (when) => {
      let asked = 0;
      const upstream = await upstreamOf((response) => {
        asked += 1;
        if (when !== "before") response.write("x");
      });
      const transport = transportOf();
      const { gatherer } = send(transport, upstream.url);
      await expect.poll(() => (when === "before" ? asked : gatherer.text.length)).toBe(1);
      await transport.close();
      expect(await gatherer.done).toMatchObject({ code: "client_closed", status: 499, retryable: false });
    },
  );

  it("while TLS waits for its answer leaves no connection to who closes the transport", async () => {
    const arrived: Socket[] = [];
    const gone: Socket[] = [];
    const mute = createServer((socket) => {
      arrived.push(socket);
      // A socket that nobody reads is not heard to end.
      socket.resume().once("close", () => gone.push(socket));
    });
    closers.push(async () => void mute.close());
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    const transport = transportOf();
    const origin = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const { gatherer, exchange } = send(transport, origin);
    await expect.poll(() => arrived.length).toBe(1);
    exchange.abort();
    expect((await gatherer.done)?.code).toBe("client_closed");
    await transport.close();
    await expect.poll(() => gone.length).toBe(1);
  });

  it("while it connects sends nothing", async () => {
    const upstream = await upstreamOf((response) => response.end());
    const { gatherer, exchange } = send(transportOf(), upstream.url);
    exchange.abort();
    expect((await gatherer.done)?.code).toBe("client_closed");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(upstream.seen).toHaveLength(0);
  });

  it("with an AditError as its reason gives that error", async () => {
    const upstream = await upstreamOf(() => {});
    const { gatherer, exchange } = send(transportOf(), upstream.url);
    exchange.abort(new AditError("request_timeout", "The gateway's own limit."));
    expect(await gatherer.done).toMatchObject({ code: "request_timeout", message: "The gateway's own limit." });
  });

  it("twice, and after its end, does nothing", async () => {
    const upstream = await upstreamOf((response) => response.end("fine"));
    const { gatherer, exchange } = send(transportOf(), upstream.url);
    expect(await gatherer.done).toBeUndefined();
    exchange.abort();
    exchange.pause();
    exchange.resume();
    expect(gatherer.text).toBe("fine");
  });
});

describe("limits of time", () => {
  it("connect", async () => {
    const clock = new ManualClock();
    const upstream = await upstreamOf((response) => response.end());
    const { gatherer } = send(transportOf({ clock }), upstream.url, { limits: { ...none, connectMs: 500 } });
    // The connection is made in a later turn of the event loop.
    clock.advance(501);
    expect(await gatherer.done).toMatchObject({
      code: "upstream_unreachable",
      message: expect.stringContaining("0.5 s"),
    });
  });

  it("first byte", async () => {
    const clock = new ManualClock();
    const upstream = await upstreamOf(() => {});
    const { gatherer } = send(transportOf({ clock }), upstream.url, { limits: { ...none, firstByteMs: 30_000 } });
    await expect.poll(() => upstream.seen.length).toBe(1);
    clock.advance(29_000);
    clock.advance(2_000);
    expect(await gatherer.done).toMatchObject({ code: "first_byte_timeout", status: 504 });
  });

  it("idle counts from each read, and not while paused", async () => {
    const clock = new ManualClock();
    let held: ServerResponse | undefined;
    const upstream = await upstreamOf((response) => {
      held = response;
      response.write("a");
    });
    const { gatherer, exchange } = send(transportOf({ clock }), upstream.url, { limits: { ...none, idleMs: 10_000 } });
    await expect.poll(() => gatherer.text).toBe("a");
    exchange.answerBegan();
    clock.advance(9_000);
    held?.write("b");
    await expect.poll(() => gatherer.text).toBe("ab");
    clock.advance(9_000);
    exchange.pause();
    clock.advance(60_000);
    exchange.resume();
    held?.write("c");
    await expect.poll(() => gatherer.text).toBe("abc");
    // Reads are noticed when deadlines are looked at, four times a second.
    clock.advance(250);
    await new Promise(setImmediate);
    clock.advance(10_001);
    expect(await gatherer.done).toMatchObject({ code: "idle_timeout" });
  });

  it("total holds although bytes drip", async () => {
    const clock = new ManualClock();
    const upstream = await upstreamOf((response) => {
      const drip = setInterval(() => response.write("."), 5);
      response.on("close", () => clearInterval(drip));
    });
    const { gatherer } = send(transportOf({ clock }), upstream.url, { limits: { ...none, totalMs: 3_600_000 } });
    await expect.poll(() => gatherer.text.length).toBeGreaterThan(2);
    clock.advance(3_599_000);
    await expect.poll(() => gatherer.text.length).toBeGreaterThan(4);
    clock.advance(2_000);
    expect(await gatherer.done).toMatchObject({ code: "request_timeout", status: 408 });
  });

  it("total counts from the call's start", async () => {
    const clock = new ManualClock();
    const upstream = await upstreamOf(() => {});
    const { gatherer } = send(transportOf({ clock }), upstream.url, {
      limits: { ...none, totalMs: 10_000 },
      startedAt: clock.now() - 20_000,
    });
    expect((await gatherer.done)?.code).toBe("request_timeout");
  });

  it("are not moved by the time of day, which may be set meanwhile", async () => {
    const steady = new ManualClock();
    let timeOfDay = steady.now();
    const transport = transportOf({
      clock: {
        now: () => timeOfDay,
        steady: () => steady.now(),
        sleep: (ms, signal) => steady.sleep(ms, signal as AbortSignal),
      },
    });
    const held: ServerResponse[] = [];
    const upstream = await upstreamOf((response) => held.push(response));
    const ask = (): Gatherer => send(transport, upstream.url, { limits: { ...none, firstByteMs: 30_000 } }).gatherer;
    const answered = ask();
    await expect.poll(() => held.length).toBe(1);
    timeOfDay += 600_000;
    steady.advance(1_000);
    await new Promise(setImmediate);
    held[0]?.end("late by the time of day");
    expect(await answered.done).toBeUndefined();
    const silent = ask();
    await expect.poll(() => held.length).toBe(2);
    timeOfDay -= 1_200_000;
    steady.advance(31_000);
    expect(await silent.done).toMatchObject({ code: "first_byte_timeout" });
  });

  it("with the machine's clock a short limit is kept", async () => {
    const upstream = await upstreamOf(() => {});
    const before = performance.now();
    const { gatherer } = send(transportOf(), upstream.url, { limits: { ...none, totalMs: 50 } });
    expect((await gatherer.done)?.code).toBe("request_timeout");
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});

describe("back-pressure", () => {
  it("stops the sender when paused, and loses nothing", async () => {
    const total = 64 * 1024 * 1024;
    let written = 0;
    const upstream = await upstreamOf((response) => {
      const chunk = Buffer.alloc(64 * 1024, "x");
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const transport = transportOf();
    let received = 0;
    let whilePaused = { received: total, written: total };
    const done = new Promise<AditError | undefined>((resolve) => {
      const exchange = transport.dispatch(
        {
          method: "GET",
          origin: upstream.url,
          path: "/",
          headers: { host: "x" },
          limits: none,
        },
        {
          onHeaders: () => {},
          onData: (chunk) => {
            if (received === 0) {
              exchange.pause();
              setTimeout(() => {
                whilePaused = { received, written };
                exchange.resume();
              }, 200);
            }
            received += chunk.length;
          },
          onEnd: () => resolve(undefined),
          onError: resolve,
        },
      );
    });
    expect(await done).toBeUndefined();
    expect(received).toBe(total);
    expect(whilePaused.received).toBeLessThan(1024 * 1024);
    // The rest is in the kernel's buffers and the server's.
    expect(whilePaused.written).toBeLessThan(32 * 1024 * 1024);
  });
});

const controller: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  abort: () => {},
  pause: () => {},
  resume: () => {},
};

/** An upstream of bare bytes: the head, the first part of the body, and what comes 50 ms later. */
async function bareUpstream(head: string, first: string, later: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(`${head}\r\n\r\n${first}`);
      setTimeout(() => later(socket), 50);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Pauses with the first part of the answer, and takes the rest 200 ms later. */
async function pausedAnswer(origin: string): Promise<{ text: string; whilePaused: string; code: string | undefined }> {
  const { gatherer, exchange } = send(transportOf(), origin);
  let whilePaused = "";
  gatherer.onChunk = () => {
    gatherer.onChunk = undefined;
    exchange.pause();
    setTimeout(() => {
      whilePaused = gatherer.text;
      exchange.resume();
    }, 200);
  };
  const error = await gatherer.done;
  return { text: gatherer.text, whilePaused, code: error?.code };
}

describe("an answer that is paused when its connection ends", () => {
  const whole: [head: string, first: string, last: string][] = [
    ["HTTP/1.1 200 OK\r\nconnection: close", "one", "two"],
    ["HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6", "one", "two"],
    ["HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked", "3\r\none\r\n", "3\r\ntwo\r\n0\r\n\r\n"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", "3\r\none\r\n", "3\r\ntwo\r\n0\r\n\r\n"],
    ["HTTP/1.1 200 OK\r\nconnection: keep-alive", "one", "two"],
    ["HTTP/1.0 200 OK", "one", "two"],
    ["HTTP/1.0 200 OK\r\ncontent-length: 6", "one", "two"],
  ];

  it.each(whole)("is given whole and in order: %j", async (head, first, last) => {
    const origin = await bareUpstream(head, first, (socket) => socket.end(last));
    expect(await pausedAnswer(origin)).toEqual({ text: "onetwo", whilePaused: "one", code: undefined });
  });

  // An answer without a length or chunks ends with its connection, whichever way that ends: what it holds must tell whether it is whole.
  it.each([
    ["HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6", "one"],
    ["HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked", "3\r\none\r\n"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", "3\r\none\r\n"],
    ["HTTP/1.0 200 OK\r\ncontent-length: 6", "one"],
    ["HTTP/1.0 200 OK\r\ntransfer-encoding: chunked", "3\r\none\r\n"],
    ["HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked", "3\r\none\r\n"],
  ])("is told to be broken where it is: %j", async (head, first) => {
    const origin = await bareUpstream(head, first, (socket) => socket.resetAndDestroy());
    expect(await pausedAnswer(origin)).toMatchObject({ text: "one", code: "upstream_reset" });
  });

  // By the parser's own rules these end with their connection, whatever they say first.
  it.each([
    ["HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nconnection: close\r\ncontent-length: 6", "upstream_reset"],
    ["HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nproxy-connection: close\r\ncontent-length: 6", "upstream_reset"],
    ["HTTP/1.0 200 OK\r\nconnection: x-keep-alive\r\ncontent-length: 6", "upstream_reset"],
    ["HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: identity", undefined],
    ["HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: foreign", undefined],
  ])("is read to its end where its headers contradict each other: %j", async (head, code) => {
    const origin = await bareUpstream(head, "one", (socket) => socket.end());
    expect(await pausedAnswer(origin)).toMatchObject({ text: "one", code });
  });

  it("is held to 16 MiB", async () => {
    const origin = await bareUpstream("HTTP/1.1 200 OK\r\nconnection: close", "one", (socket) =>
      socket.write(Buffer.alloc(17 * 1024 * 1024)),
    );
    const { gatherer, exchange } = send(transportOf(), origin);
    gatherer.onChunk = () => exchange.pause();
    expect(await gatherer.done).toMatchObject({ code: "reply_too_large", remedy: "Read the stream as it comes." });
    expect(gatherer.text).toBe("one");
  });

  it("is held to 16 MiB of memory, not of bytes, where each byte is a chunk", async () => {
    const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked";
    const origin = await bareUpstream(head, "3\r\none\r\n", (socket) => socket.write("1\r\na\r\n".repeat(200_000)));
    const { gatherer, exchange } = send(transportOf(), origin);
    gatherer.onChunk = () => exchange.pause();
    expect((await gatherer.done)?.code).toBe("reply_too_large");
  });

  it("is given a little at a time, so that its receiver can pause again", async () => {
    const size = 4 * 1024 * 1024;
    const origin = await bareUpstream("HTTP/1.1 200 OK\r\nconnection: close", "one", (socket) =>
      socket.end(Buffer.alloc(size)),
    );
    const { gatherer, exchange } = send(transportOf(), origin);
    const given: number[] = [];
    // As a receiver does that hands on what it has behind each read.
    const pauseBehindRead = (): void => {
      gatherer.onChunk = undefined;
      queueMicrotask(() => {
        exchange.pause();
        given.push(gatherer.text.length);
        gatherer.onChunk = pauseBehindRead;
        setTimeout(() => exchange.resume(), given.length === 1 ? 300 : 0);
      });
    };
    gatherer.onChunk = pauseBehindRead;
    expect(await gatherer.done).toBeUndefined();
    expect(gatherer.text).toHaveLength(size + 3);
    const steps = given.map((length, index) => length - (given[index - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(128 * 1024);
  });

  it("is held to 128 MiB for all together, from whom little is held excepted", async () => {
    const clock = new ManualClock();
    const heldOfAll = { bytes: 128 * 1024 * 1024 };
    const held = (bytes: number): { gatherer: Gatherer; request: UpstreamRequest } => {
      const gatherer = new Gatherer();
      const call: UpstreamCall = { method: "POST", origin: "http://a", path: "/", headers: {}, limits: none };
      const request = new UpstreamRequest(call, gatherer, { clock, watch: new DeadlineWatch(clock), heldOfAll });
      request.onRequestStart(controller);
      request.onResponseStart(controller, 200, { connection: "close" });
      request.pause();
      request.onResponseData(controller, Buffer.alloc(bytes));
      return { gatherer, request };
    };
    const { gatherer, request } = held(200_000);
    expect((await held(300_000).gatherer.done)?.code).toBe("reply_too_large");
    expect(heldOfAll.bytes).toBeGreaterThan(128 * 1024 * 1024 + 200_000);
    request.resume();
    expect(gatherer.text).toHaveLength(200_000);
    // What an answer held is free again, whether it was given or not.
    expect(heldOfAll.bytes).toBe(128 * 1024 * 1024);
    held(100_000).request.abort();
    expect(heldOfAll.bytes).toBe(128 * 1024 * 1024);
    heldOfAll.bytes = 0;
    const { request: behind } = held(300_000);
    expect(heldOfAll.bytes).toBeGreaterThan(300_000);
    behind.abort();
  });
});

describe("proxies", () => {
  async function proxyOf(): Promise<{ url: string; tunnels: string[] }> {
    const tunnels: string[] = [];
    const server = createHttpServer().listen(0, "127.0.0.1");
    server.on("connect", (request, socket) => {
      tunnels.push(request.url ?? "");
      const port = Number(request.url?.split(":")[1]);
      const onward = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    closers.push(async () => void server.close());
    await once(server, "listening");
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
  }

  it("are used where the environment names them", async () => {
    const upstream = await upstreamOf((response) => response.end("through"));
    const port = new URL(upstream.url).port;
    const proxy = await proxyOf();
    const transport = transportOf({ environment: { HTTP_PROXY: proxy.url } });
    const { gatherer } = send(transport, `http://bedrock.test:${port}`);
    expect(await gatherer.done).toBeUndefined();
    expect(gatherer.text).toBe("through");
    expect(proxy.tunnels).toEqual([`bedrock.test:${port}`]);
  });

  it("may be SOCKS proxies, to which no TLS is spoken; what is called through them may", async () => {
    const certificate = selfSignedCertificate("bedrock.test");
    const upstream = createHttpsServer(certificate, (_request, response) => response.end("through"));
    upstream.listen(0, "127.0.0.1");
    closers.push(async () => void upstream.close());
    await once(upstream, "listening");
    const { port } = upstream.address() as AddressInfo;
    // RFC 1928: the methods and the one that is taken, the request and its answer; then what is tunnelled.
    const socks = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", ([version]) => {
        expect(version).toBe(5);
        socket.write(Buffer.from([5, 0]));
        socket.once("data", () => {
          const onward = connect(port, "127.0.0.1", () => {
            socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
            onward.pipe(socket).pipe(onward);
          });
          onward.on("error", () => socket.destroy());
        });
      });
    });
    socks.listen(0, "127.0.0.1");
    closers.push(async () => void socks.close());
    await once(socks, "listening");
    const folder = mkdtempSync(join(tmpdir(), "adit-socks-"));
    closers.push(async () => rmSync(folder, { recursive: true }));
    const file = join(folder, "bundle.pem");
    writeFileSync(file, certificate.cert);
    const proxy = `socks5://127.0.0.1:${(socks.address() as AddressInfo).port}`;
    const transport = transportOf({ environment: { HTTPS_PROXY: proxy, AWS_CA_BUNDLE: file } });
    for (const _again of [1, 2]) {
      const { gatherer } = send(transport, `https://bedrock.test:${port}`);
      expect(await gatherer.done).toBeUndefined();
      expect(gatherer.text).toBe("through");
    }
  });

  it("are passed over for this machine and for NO_PROXY", async () => {
    const upstream = await upstreamOf((response) => response.end("direct"));
    const port = new URL(upstream.url).port;
    const proxy = await proxyOf();
    const transport = transportOf({ environment: { http_proxy: proxy.url, NO_PROXY: "nowhere.invalid" } });
    expect(await send(transport, upstream.url).gatherer.done).toBeUndefined();
    const excepted = send(transport, `http://nowhere.invalid:${port}`);
    expect((await excepted.gatherer.done)?.code).toBe("upstream_unreachable");
    expect(proxy.tunnels).toEqual([]);
  });

  it.each([
    ["", true, "the proxy closed the connection", ""],
    ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", false, "407", "USER:PASSWORD"],
    ["HTTP/1.1 403 Forbidden\r\n\r\n", false, "403", "NO_PROXY"],
    ["HTTP/1.1 502 Bad Gateway\r\n\r\n", true, "502", ""],
  ])("that make no tunnel are asked once, and fail the call: %j", async (answer, retryable, words, remedy) => {
    let asked = 0;
    const server = createHttpServer().listen(0, "127.0.0.1");
    server.on("connect", (_request, socket) => {
      asked += 1;
      socket.end(answer);
    });
    closers.push(async () => void server.close());
    await once(server, "listening");
    const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = transportOf({ environment: { HTTP_PROXY: proxy } });
    const error = await send(transport, "http://bedrock.test").gatherer.done;
    expect(error).toMatchObject({ code: "upstream_unreachable", retryable });
    expect(error?.message).toContain(words);
    expect(error?.remedy).toContain(remedy);
    expect(asked).toBe(1);
  });
});

describe("AWS_CA_BUNDLE", () => {
  const folder = mkdtempSync(join(tmpdir(), "adit-bundle-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  function bundleOf(text: string): Record<string, string> {
    const file = join(folder, randomUUID());
    writeFileSync(file, text);
    return { AWS_CA_BUNDLE: file };
  }

  it("names who is trusted, in the place of Node's own", async () => {
    const certificate = selfSignedCertificate("localhost");
    const server = createHttpsServer(certificate, (_request, response) => response.end("trusted"));
    server.listen(0, "127.0.0.1");
    closers.push(async () => void server.close());
    await once(server, "listening");
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    const trusting = send(transportOf({ environment: bundleOf(`# ours\n${certificate.cert}`) }), origin);
    expect(await trusting.gatherer.done).toBeUndefined();
    expect(trusting.gatherer.text).toBe("trusted");
    const posted = postOver(transportOf({ environment: bundleOf(certificate.cert) }), { limits: wholeAnswerLimits });
    expect(await posted({ url: origin, headers: {}, body: "{}" })).toMatchObject({ status: 200, body: "trusted" });
    const another = bundleOf(selfSignedCertificate("localhost").cert);
    for (const environment of [{}, another]) {
      const refusing = send(transportOf({ environment }), origin);
      expect((await refusing.gatherer.done)?.remedy).toContain("AWS_CA_BUNDLE");
    }
  });

  it.each([[() => bundleOf("no certificate")], [() => ({ AWS_CA_BUNDLE: join(folder, "missing") })]])(
    "that holds none is said at once",
    (environment) => {
      expect(refusalOf(() => new Transport({ environment: environment() }))).toMatchObject({
        code: "invalid_config",
        param: "AWS_CA_BUNDLE",
      });
    },
  );
});
