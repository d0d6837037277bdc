/** C18: callers that take what they can get: one that never reads, hundreds that wait, headers and connections in heaps. A good one is served meanwhile. */
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ask, chatPath, claude, question, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openHostile } from "./decoy.ts";
import { RawCaller, rawRequest } from "./raw-caller.ts";

const MiB = 1_048_576;
let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

async function isServed(at: House): Promise<void> {
  const answer = await ask(at, "good morning");
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("good morning");
}

test("five hundred streams that say nothing hold little memory and nobody up, and end when their callers leave", async () => {
  house = await openHouse();
  house.emulator.faultNext({ kind: "silence", operation: "ConverseStream", frame: 1 }, 500);
  const before = process.memoryUsage().rss;
  const callers = Array.from({ length: 500 }, () => new RawCaller(house!.gateway.port));
  for (const caller of callers)
    caller.send(rawRequest(house, {}, { body: JSON.stringify(question("hi", { stream: true })) }));
  await until(() => house!.emulator.requests.length >= 500);
  await isServed(house);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * MiB);
  for (const caller of callers) caller.destroy();
  // Each was given up: the log says so, and the next are served.
  await until(() => house!.logLines().filter(({ status }) => status === 499 || status === 200).length >= 500);
  await isServed(house);
});

test("a caller that never reads holds back its own stream alone, in a bounded buffer", async () => {
  let sent = 0;
  const piece = Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":"${"word ".repeat(2_000)}"}}]}\n\n`);
  const upstream = await openHostile((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    const go = (): void => {
      while (!socket.destroyed && sent < 400 * MiB) {
        sent += piece.length;
        if (!socket.write(piece)) return void socket.once("drain", go);
      }
    };
    go();
  });
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: upstream.url } });
  const config = JSON.stringify({ provider: "openai", api_key: "k", custom_host: upstream.url });
  const caller = connect({ port: house.gateway.port, host: "127.0.0.1" });
  caller.on("error", () => {});
  caller.pause();
  caller.write(
    rawRequest(house, { "x-portkey-config": config }, { body: JSON.stringify(question("hi", { stream: true })) }),
  );
  await until(() => sent > 100_000);
  let last = -1;
  await until(() => {
    const isStill = sent === last;
    last = sent;
    return isStill && sent > 0;
  }, 10_000);
  // What is under way fills the sockets' buffers of three hops and the gateway's own.
  expect(sent).toBeLessThan(64 * MiB);
  await isServed(house);
  caller.destroy();
  await upstream.close();
});

describe("headers in heaps", () => {
  test.each([
    ["one of 1 MB", { "x-a": "y".repeat(MiB) }],
    ["ten thousand", Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x-h${index}`, "y".repeat(10)]))],
    ["a config of 1 MB", { "x-portkey-config": `{"a":"${"y".repeat(MiB)}"}` }],
  ])("%s: refused, and the connection ends", async (_name, headers) => {
    house = await openHouse();
    const caller = new RawCaller(house.gateway.port);
    caller.send(rawRequest(house, headers));
    await caller.answered();
    expect(caller.statuses).toEqual([431]);
    expect(house.emulator.requests).toEqual([]);
    await isServed(house);
    caller.destroy();
  });

  test("as many as pass come to no fault, and what of them comes back is short", async () => {
    house = await openHouse();
    const long = "z".repeat(12_000);
    for (const headers of [
      Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`x-portkey-h${index}`, "y"])),
      {
        "x-portkey-trace-id": long,
        "x-portkey-span-id": long,
        "x-portkey-span-name": long,
        "x-portkey-parent-span-id": long,
      },
      { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01-${long}${long}` },
      { "x-portkey-metadata": JSON.stringify({ [long]: long, b: long }) },
      { "user-agent": long, "x-portkey-forward-headers": `${"a,".repeat(10_000)}b` },
      { "anthropic-beta": "flag-2025-01-01,".repeat(1_500) },
    ] as Record<string, string>[]) {
      for (const model of ["us.amazon.nova-lite-v1:0", claude.sonnet45]) {
        const caller = new RawCaller(house.gateway.port);
        caller.send(rawRequest(house, headers, { body: JSON.stringify(question("hi", { model })) }));
        await caller.answered();
        expect(caller.statuses[0], caller.received.slice(0, 500)).toBeLessThan(500);
        expect(caller.received.indexOf("\r\n\r\n"), Object.keys(headers)[0]).toBeLessThan(14_000);
        caller.destroy();
      }
    }
    for (const line of house.logLines()) expect(JSON.stringify(line).length).toBeLessThan(12_000);
  });
});

test("connections that are opened and left, half requests and pipelines keep nobody out", async () => {
  house = await openHouse();
  const sockets: Socket[] = [];
  for (let count = 0; count < 600; count += 1) {
    const socket = connect({ port: house.gateway.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    if (count % 3 === 1) socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n");
    if (count % 3 === 2)
      socket.write(
        `POST ${chatPath} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${house.key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`,
      );
    sockets.push(socket);
  }
  await isServed(house);
  const piped = new RawCaller(house.gateway.port);
  piped.send(rawRequest(house, {}).repeat(50));
  await until(() => piped.statuses.length === 50);
  expect(new Set(piped.statuses)).toEqual(new Set([200]));
  piped.destroy();
  for (const socket of sockets) socket.destroy();
  await isServed(house);
});

test("a body in a million pieces of one byte costs no more than its size, and memory returns", async () => {
  house = await openHouse();
  const text = JSON.stringify(question("x".repeat(1_000_000)));
  const pieces = Buffer.from(text.replace(/[^]/g, "1\r\n$&\r\n") + "0\r\n\r\n", "latin1");
  const caller = new RawCaller(house.gateway.port);
  const before = process.memoryUsage().rss;
  caller.send(
    `POST ${chatPath} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${house.key}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  caller.send(pieces);
  await caller.answered(20_000);
  expect(caller.statuses).toEqual([200]);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * MiB);
  caller.destroy();
});
