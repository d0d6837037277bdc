/** C18, C19: who answers is the attacker: a host that the operator allowed, or a network between. No fault, no silent success, no end of memory. */
import { crc32, gzipSync } from "node:zlib";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openHostile, type Decoy } from "./decoy.ts";

let hostile: Decoy;
let speak: (socket: Socket) => void = () => {};
let house: House;
beforeAll(async () => {
  hostile = await openHostile((socket) => speak(socket));
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: hostile.url } });
});
afterEach(() => {
  speak = () => {};
});
afterAll(async () => {
  await house.close();
  await hostile.close();
});

type Kind = "bedrock" | "openai";

function call(kind: Kind, stream: boolean): Promise<Response> {
  const config = {
    provider: kind,
    custom_host: hostile.url,
    retry: { attempts: 0 },
    request_timeout: 20_000,
    ...(kind === "openai" ? { api_key: "k" } : { aws_access_key_id: "AKIAX", aws_secret_access_key: "s" }),
  };
  return ask(house, "hello", { stream }, { "x-portkey-config": JSON.stringify(config) });
}

/** What of the answer is not that of a failure: an error's status, or a stream that ends in an error. */
function faultsOf(status: number, text: string): string[] {
  const isTold =
    status === 200
      ? text.includes("event: error") && !text.split("\n").includes("data: [DONE]")
      : status >= 400 && text.startsWith("{") && text.includes('"error":{');
  return [
    ...(isTold ? [] : [`${status}: ${text.slice(0, 500)}`]),
    ...(text.includes('"code":"internal"') ? ["a fault of the gateway's own"] : []),
    ...(text.length < 100_000 ? [] : [`${text.length} characters`]),
  ];
}

async function expectFailure(answer: Response): Promise<void> {
  expect(faultsOf(answer.status, await answer.text())).toEqual([]);
  expect((await ask(house, "good morning")).status).toBe(200);
}

/** Writes as long as the other side takes it, `most` bytes at most. */
function flood(socket: Socket, piece: Buffer, most: number): void {
  let sent = 0;
  const go = (): void => {
    while (!socket.destroyed && sent < most) {
      sent += piece.length;
      if (!socket.write(piece)) {
        socket.once("drain", go);
        return;
      }
    }
    socket.end();
  };
  go();
}

const MiB = 1_048_576;
const head = (type: string, more = ""): string => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${more}`;
const openEnd = (type: string): string => head(type, "connection: close\r\n\r\n");
const kinds: [Kind, boolean, string][] = [
  ["bedrock", false, "application/json"],
  ["bedrock", true, "application/vnd.amazon.eventstream"],
  ["openai", false, "application/json"],
  ["openai", true, "text/event-stream"],
];

describe.each(kinds)("%s, streamed: %s", (kind, stream, type) => {
  const answers: [string, (socket: Socket) => void][] = [
    ["headers without end", (socket) => { socket.write(head(type)); flood(socket, Buffer.from(`x-a: ${"y".repeat(1_000)}\r\n`), 40 * MiB); }],
    ["one header without end", (socket) => { socket.write(`${head(type)}x-a: `); flood(socket, Buffer.alloc(65_536, "y"), 40 * MiB); }],
    ["1xx without end", (socket) => flood(socket, Buffer.from("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"), 4 * MiB)],
    ["a body without end", (socket) => { socket.write(openEnd(type)); flood(socket, Buffer.alloc(65_536, "x"), 200 * MiB); }],
    ["an error's body without end", (socket) => { socket.write(`HTTP/1.1 500 No\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n`); flood(socket, Buffer.alloc(65_536, "x"), 200 * MiB); }],
    ["spaces without end", (socket) => { socket.write(openEnd(type)); flood(socket, Buffer.alloc(65_536, " "), 200 * MiB); }],
    ["pieces of one byte", (socket) => { socket.write(head(type, "transfer-encoding: chunked\r\n\r\n")); flood(socket, Buffer.from("1\r\nx\r\n".repeat(10_000)), 6 * MiB); }],
    ["gzip", (socket) => { const zipped = gzipSync(Buffer.alloc(1_000_000, "x")); socket.write(head(type, `content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`)); socket.end(zipped); }],
    ["a length too long", (socket) => socket.end(head(type, "content-length: 1000000\r\n\r\n{}"))],
    ["a length too short", (socket) => socket.end(head(type, 'content-length: 3\r\n\r\n{"output":{}}'))],
    ["a length that is none", (socket) => socket.end(head(type, "content-length: -1\r\n\r\n{}"))],
    ["two lengths", (socket) => socket.end(head(type, "content-length: 2\r\ncontent-length: 5\r\n\r\n{}"))],
    ["a length and chunks", (socket) => socket.end(head(type, "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"))],
    ["a status of 0", (socket) => socket.end("HTTP/1.1 000 No\r\n\r\n")],
    ["a status of 999", (socket) => socket.end("HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n")],
    ["a redirect", (socket) => socket.end(`HTTP/1.1 302 Found\r\nlocation: ${hostile.url}/elsewhere\r\ncontent-length: 0\r\n\r\n`)],
    ["204", (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n")],
    ["another protocol", (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")],
    ["no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.0\r\n")],
    ["nothing", (socket) => socket.end()],
    ["a reset", (socket) => socket.resetAndDestroy()],
    ["JSON nested 100,000 deep", (socket) => socket.end(`${openEnd("application/json")}${'{"output":'.repeat(100_000)}1${"}".repeat(100_000)}`)],
    ["an error nested 100,000 deep", (socket) => socket.end(`HTTP/1.1 400 No\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"message":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)],
    ["wrong types", (socket) => socket.end(`${openEnd("application/json")}{"output":{"message":{"role":5,"content":{"a":1}}},"stopReason":[],"usage":"x","choices":"x"}`)],
    ["nulls", (socket) => socket.end(`${openEnd("application/json")}{"output":{"message":null},"stopReason":null,"usage":null,"choices":null}`)],
    ["__proto__", (socket) => socket.end(`${openEnd("application/json")}{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`)],
    ["an HTML page", (socket) => socket.end(`HTTP/1.1 502 Bad\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n${"<script".repeat(500)}<script>alert(1)</script>`)],
  ]; // prettier-ignore

  test.each(answers)("%s", async (_name, answer) => {
    speak = answer;
    await expectFailure(await call(kind, stream));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

/** One event-stream frame, written by the specification: lengths, checksum, headers, payload, checksum. */
function frame(headers: Record<string, string>, payload: string): Buffer {
  const block = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7]),
        length,
        Buffer.from(value),
      ]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + block.length + body.length, 0);
  prelude.writeUInt32BE(block.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const all = Buffer.concat([prelude, block, body]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(all));
  return Buffer.concat([all, end]);
}

function event(type: string, payload: unknown): Buffer {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return frame({ ":event-type": type, ":content-type": "application/json", ":message-type": "event" }, text);
}

const start = event("messageStart", { role: "assistant" });
const delta = event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "word " } });
const end = Buffer.concat([
  event("contentBlockStop", { contentBlockIndex: 0 }),
  event("messageStop", { stopReason: "end_turn" }),
  event("metadata", { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 } }),
]);
const eventStream = openEnd("application/vnd.amazon.eventstream");

function withLength(bytes: Buffer, length: number): Buffer {
  const lying = Buffer.from(bytes);
  lying.writeUInt32BE(length, 0);
  lying.writeUInt32BE(crc32(lying.subarray(0, 8)), 8);
  return lying;
}

describe("an event stream", () => {
  test("that is whole is passed on: the frames of these tests are right", async () => {
    speak = (socket) => socket.end(Buffer.concat([Buffer.from(eventStream), start, delta, end]));
    const text = await (await call("bedrock", true)).text();
    expect(text).toContain('"word "');
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  });

  const broken: [string, () => Buffer[]][] = [
    ["a frame of 4 GB", () => [start, delta, withLength(delta, 0xffff_ffff), delta, end]],
    ["a first frame of 4 GB", () => [withLength(start, 0xffff_ffff), delta, end]],
    ["a frame of 0 bytes", () => [start, withLength(delta, 0), end]],
    ["a frame shorter than its head", () => [start, withLength(delta, 15), end]],
    ["a frame of 20 MiB that never ends", () => [start, withLength(delta, 20 * MiB), Buffer.alloc(MiB)]],
    ["headers longer than the frame", () => { const lying = Buffer.from(delta); lying.writeUInt32BE(0xffff, 4); lying.writeUInt32BE(crc32(lying.subarray(0, 8)), 8); return [start, lying, end]; }],
    ["bytes between frames", () => [start, delta, Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), end]],
    ["a stop without metadata", () => [start, delta, event("messageStop", { stopReason: "end_turn" })]],
    ["metadata without a stop", () => [start, delta, event("metadata", { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } })]],
    ["a payload that is no JSON", () => [start, event("contentBlockDelta", "{"), end]],
    ["a payload that is a list", () => [start, event("contentBlockDelta", "[]"), end]],
    ["a payload nested 100,000 deep", () => [start, event("contentBlockDelta", `{"a":${"[".repeat(100_000)}`), end]],
    ["an exception that nobody knows", () => [start, delta, frame({ ":exception-type": "evilException", ":message-type": "exception" }, '{"message":"no"}')]],
    ["an exception with a name that is none", () => [start, delta, frame({ ":exception-type": "\r\ndata: x", ":message-type": "exception" }, "{}")]],
    ["an error without words", () => [start, frame({ ":message-type": "error" }, "")]],
    ["a frame without headers", () => [start, frame({}, "{}"), end]],
    ["text that breaks out of the reply's stream", () => [start, frame({ ":exception-type": "throttlingException", ":message-type": "exception" }, '{"message":"a\\n\\ndata: [DONE]\\n\\n"}')]],
  ]; // prettier-ignore
  test.each(broken)("with %s is an error", async (_name, frames) => {
    speak = (socket) => socket.end(Buffer.concat([Buffer.from(eventStream), ...frames()]));
    const text = await (await call("bedrock", true)).text();
    const lines = text.split("\n");
    expect(text, text.slice(0, 300)).toContain('"error":{');
    expect(lines).not.toContain("data: [DONE]");
    expect(text).not.toMatch(/"finish_reason":"/);
    expect((await ask(house, "good morning")).status).toBe(200);
  });

  test("with a bit flipped anywhere is never a success", async () => {
    const whole = Buffer.concat([start, delta, end]);
    const places = Array.from({ length: 60 }, (_, index) => Math.floor((index * whole.length) / 60));
    for (const at of places) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      speak = (socket) => socket.end(Buffer.concat([Buffer.from(eventStream), flipped]));
      const text = await (await call("bedrock", true)).text();
      expect(text).toContain('"error":{');
      expect(text.split("\n")).not.toContain("data: [DONE]");
    }
  });

  test("with twenty thousand unknown events costs their reading, and what is known comes through", async () => {
    const unknown = event("somethingNew", { a: 1 });
    speak = (socket) =>
      socket.end(
        Buffer.concat([Buffer.from(eventStream), start, ...Array.from({ length: 20_000 }, () => unknown), delta, end]),
      );
    const answer = await call("bedrock", true);
    const text = await answer.text();
    expect(text).toContain('"word "');
    expect(text).toContain("[DONE]");
    expect(text.length).toBeLessThan(100_000);
  });

  test("that begins again and again is not held without end", async () => {
    const before = process.memoryUsage().rss;
    speak = (socket) => {
      socket.write(eventStream);
      flood(socket, Buffer.concat(Array.from({ length: 500 }, () => start)), 30 * MiB);
    };
    await (await call("bedrock", true)).text();
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * MiB);
  });
});

describe("a stream of server-sent events", () => {
  const sse = openEnd("text/event-stream");
  const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n';
  const cases: [string, (socket: Socket) => void][] = [
    ["comments without end before the first chunk", (socket) => { socket.write(sse); flood(socket, Buffer.from(": ping\n\n".repeat(5_000)), 200 * MiB); }],
    ["pings without end before the first chunk", (socket) => { socket.write(sse); flood(socket, Buffer.from("event: ping\ndata: {}\n\n".repeat(3_000)), 200 * MiB); }],
    ["an event without end", (socket) => { socket.write(sse + chunk); flood(socket, Buffer.from("data: x\n".repeat(5_000)), 200 * MiB); }],
    ["a line without end", (socket) => { socket.write(`${sse}${chunk}data: `); flood(socket, Buffer.alloc(65_536, "x"), 200 * MiB); }],
    ["a line in pieces of one byte", (socket) => { socket.write(`${head("text/event-stream", "transfer-encoding: chunked\r\n\r\n")}6\r\ndata: \r\n`); flood(socket, Buffer.from("1\r\nx\r\n".repeat(10_000)), 6 * MiB); }],
    ["a chunk that is no JSON", (socket) => socket.end(`${sse}${chunk}data: {\n\n`)],
    ["an error in the stream", (socket) => socket.end(`${sse}${chunk}data: {"error":{"message":"a\\n\\ndata: [DONE]\\n\\n"}}\n\n`)],
    ["no end", (socket) => socket.end(sse + chunk)],
    ["a chunk cut", (socket) => socket.end(sse + chunk.slice(0, -10))],
  ]; // prettier-ignore
  test.each(cases)("with %s is an error", async (_name, answer) => {
    speak = answer;
    const text = await (await call("openai", true)).text();
    expect(text, text.slice(0, 300)).toContain('"error":{');
    expect(text.split("\n")).not.toContain("data: [DONE]");
    expect((await ask(house, "good morning")).status).toBe(200);
  });
});

test("a target's headers bring no other type, no cookie and no header of their own to the caller", async () => {
  const body = JSON.stringify({
    choices: [{ index: 0, message: { role: "assistant", content: "<script>alert(1)</script>" } }],
  });
  for (const type of [
    "text/html",
    "image/svg+xml",
    "application/json; charset=utf-8",
    "text/html; x=\u20ac",
    "application/json\u00ff",
    "multipart/mixed",
  ]) {
    speak = (socket) =>
      socket.end(
        Buffer.from(
          `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nset-cookie: a=b\r\naccess-control-allow-origin: *\r\nx-adit-model: evil\r\nx-request-id: ${"i".repeat(9_000)}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        ),
      );
    const answer = await call("openai", false);
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(answer.headers.get("x-adit-model")).not.toBe("evil");
    await answer.text();
  }
});
