/** Faults of what is behind the gateway: each ends in an answer, or in an error that says what happened, in bounded time. */
import { createServer as createTlsServer } from "node:tls";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import type { Fault } from "@adit/emulator";
import { afterAll, describe, expect, test } from "vitest";
import { selfSignedCertificate } from "../../packages/bedrock/src/wire/media/testing/self-signed-certificate.ts";
import { answerOf, ask, chatPath, nova, question, refusalOf } from "../support/asking.ts";
import { openHouse, type House, type HouseOptions } from "../support/house.ts";
import { callsOf, modelCalls, signedAt } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";

/** Many of the tests wait, so those of one part run together; each has a house of its own. */
const open: { close: () => Promise<void> }[] = [];
afterAll(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
async function openKept(options: HouseOptions = {}): Promise<House> {
  const house = await openHouse(options);
  open.push(house);
  return house;
}

/** Serves a server for this test on a free port, and counts its connections. */
async function served(server: Server): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** The same numbers every time (a linear congruential generator), from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe("D mixes of refusals", () => {
  const types: [string, number][] = [
    ["ThrottlingException", 429],
    ["ServiceUnavailableException", 503],
    ["InternalServerException", 500],
    ["ModelTimeoutException", 408],
    ["ModelErrorException", 424],
  ];

  test("D 429, 503, 500, 408 and 424 mixed at random: every call is a whole answer or AWS's own refusal", async () => {
    const house = await openKept();
    const next = numbers(7);
    for (let count = 0; count < 40; count += 1) {
      const [type] = types[Math.floor(next() * types.length)]!;
      house.emulator.faultNext({ kind: "refuse", type });
    }
    const asked = Array.from({ length: 24 }, async (_, index) => {
      const stream = index % 2 === 0;
      const response = await ask(house, `question ${index}.`, { stream });
      const text = await response.clone().text();
      const type = types.find(([name]) => text.includes(`(${name}, `));
      return { status: response.status, expected: type?.[1] ?? 200, text, ends: !stream || text.includes("[DONE]") };
    });
    for (const [index, { status, expected, text, ends }] of (await Promise.all(asked)).entries()) {
      expect(status).toBe(expected);
      expect(status !== 200 || (ends && text.includes(`${index}.`))).toBe(true);
    }
    expect(modelCalls(house.emulator).length).toBeGreaterThan(40);
    const tries = new Map<string, number>();
    for (const { body } of modelCalls(house.emulator)) tries.set(String(body), (tries.get(String(body)) ?? 0) + 1);
    expect(Math.max(...tries.values())).toBeLessThanOrEqual(3);
  });
});

describe.concurrent("D connections", () => {
  const impatient = { ADIT_FIRST_BYTE_SECONDS: "1" };

  test("D black hole: request_timeout of a target ends it, and the next target answers", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "silence" });
    const targets = [
      { override_params: { model: nova }, request_timeout: 300 },
      { override_params: { model: "us.amazon.nova-micro-v1:0" } },
    ];
    const response = await house.post(chatPath, question("Hello", { stream: true }), {
      "x-portkey-config": JSON.stringify({ strategy: { mode: "fallback" }, targets }),
    });
    expect((await readChat(response)).endsWithDone).toBe(true);
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
  });

  test("D black hole in a stream: a status line in time, and the target's limit is an error event", async () => {
    const house = await openKept({ variables: impatient });
    house.emulator.faultNext({ kind: "silence" });
    const response = await ask(house, "Hello", { stream: true }, { "x-portkey-request-timeout": "1300" });
    expect(response.status).toBe(200);
    const events = await readEvents(response);
    expect(events.map(({ event }) => event)).toEqual(["error"]);
    expect(events[0]?.data).toContain("request_timeout");
  });

  test.each<Fault>([
    { kind: "reset", frame: 3 },
    { kind: "cut", frame: 3, bytes: 7, end: "close" },
  ])("D broken off in the middle: an error event after the words that came (%j)", async (fault) => {
    const house = await openKept();
    house.emulator.faultNext(fault);
    const response = await ask(house, "one two three four five", { stream: true });
    const copy = response.clone();
    expect((await readEvents(response)).at(-1)?.event).toBe("error");
    const chat = await readChat(copy);
    expect(chat.finishReasons).toEqual([]);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("D reset before an answer, each time: a 502 after three tries", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "reset" }, 3);
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 502, code: "upstream_reset" });
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test("D drip: words reach the caller as they come, long before the end", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "drip", bytes: 60, everyMs: 10 });
    const response = await ask(house, "one two three four five six seven eight", { stream: true });
    const times: number[] = [];
    let text = "";
    for await (const piece of response.body!) {
      times.push(performance.now());
      text += Buffer.from(piece).toString("utf8");
    }
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(times.length).toBeGreaterThan(5);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(100);
  });

  test("D connection refused: a 503 that names the endpoint, after three tries at most", async () => {
    const port = await closedPort();
    const house = await openKept({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${port}` } });
    const before = Date.now();
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(refusal.message).toContain(`http://127.0.0.1:${port}`);
    expect(refusal.message).toContain("ECONNREFUSED");
    expect(Date.now() - before).toBeLessThan(15_000);
  });

  test("D a proxy that is not there: a 503, and the endpoint is named", async () => {
    const port = await closedPort();
    const house = await openKept({
      variables: { AWS_ENDPOINT_URL: undefined, HTTPS_PROXY: `http://127.0.0.1:${port}` },
    });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(refusal.message).toContain("https://bedrock-runtime.us-east-1.amazonaws.com");
    expect(refusal.message).toContain("ECONNREFUSED");
  });

  test("D a certificate that nobody vouches for: a 503 that says so, tried once, and nothing was sent", async () => {
    const received: Buffer[] = [];
    const { key, cert } = selfSignedCertificate("localhost");
    const tls = createTlsServer({ key, cert }, (socket) => socket.on("data", (bytes) => received.push(bytes)));
    const { port, connections } = await served(tls);
    tls.on("tlsClientError", () => {});
    const house = await openKept({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `https://localhost:${port}` } });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(refusal.message).toContain("SELF_SIGNED");
    expect(refusal.message).toContain("NODE_EXTRA_CA_CERTS");
    expect(connections()).toBe(1);
    expect(received).toEqual([]);
  });

  test("D https at a port that speaks http: a 503, not a crash", async () => {
    const house = await openKept({
      variables: ({ port }) => ({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `https://127.0.0.1:${port}` }),
    });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(modelCalls(house.emulator)).toHaveLength(0);
  });

  test("D a name that does not resolve: a 503 that names the host", async () => {
    const house = await openKept({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://bedrock.invalid" } });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(refusal.message).toMatch(/bedrock\.invalid.*(ENOTFOUND|EAI_AGAIN)/);
  });
});

describe.concurrent("D STS", () => {
  const roleHeaders = { "x-adit-aws-role-arn": "arn:aws:iam::123456789012:role/reader" };

  test("D STS down: an error that names the role, and no call of the model", async () => {
    const port = await closedPort();
    const house = await openKept({ variables: { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` } });
    const refusal = await refusalOf(await house.post(chatPath, question("Hello"), roleHeaders));
    expect(refusal.status).toBe(502);
    expect(refusal.code).toBe("aws_credentials_unavailable");
    expect(refusal.message).toContain("role/reader");
    expect(modelCalls(house.emulator)).toHaveLength(0);
  });

  test("D a hiccup of STS is not seen by the caller", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "refuse", type: "ServiceUnavailable", status: 503, operation: "AssumeRole" });
    await answerOf(await house.post(chatPath, question("Hello"), roleHeaders));
    expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(2);
  });

  test("D STS slow: one call for a burst, and all are served", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "delay", ms: 400, operation: "AssumeRole" });
    const burst = Array.from({ length: 12 }, (_, index) =>
      house.post(chatPath, question("Hello", { stream: index % 2 === 0 }), roleHeaders),
    );
    for (const response of await Promise.all(burst)) expect(response.status).toBe(200);
    expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(1);
  });
});

describe.concurrent("D clocks", () => {
  test.each([600_000, -600_000])(
    "D AWS's clock is %i ms off: one more try, rightly signed, then none",
    async (offset) => {
      const house = await openKept();
      house.emulator.setClock(() => Date.now() + offset);
      expect((await readChat(await ask(house, "Hello", { stream: true }))).endsWithDone).toBe(true);
      const [first, second] = modelCalls(house.emulator);
      expect(modelCalls(house.emulator)).toHaveLength(2);
      expect(first?.verdict).toMatch(/^InvalidSignatureException: Signature (expired|not yet current)/);
      expect(second?.verdict).toBe("sigv4 ok");
      expect(Math.abs(signedAt(second!) - (Date.now() + offset))).toBeLessThan(5_000);
      house.emulator.clearRequests();
      await answerOf(await ask(house, "Hello"));
      expect(modelCalls(house.emulator)).toHaveLength(1);
      // And when the clock is mended.
      house.emulator.clearRequests();
      house.emulator.setClock(() => Date.now());
      await answerOf(await ask(house, "Hello"));
      expect(modelCalls(house.emulator)).toHaveLength(2);
    },
  );

  test("D a clock that jumps at every call is not chased: two tries, then AWS's refusal", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "clock", offsetMs: 600_000 });
    house.emulator.faultNext({ kind: "clock", offsetMs: -600_000 });
    house.emulator.faultNext({ kind: "clock", offsetMs: 600_000 });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 403, code: "invalid_aws_credentials" });
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });
});
