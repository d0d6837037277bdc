/**
 * The five-minute matter. ReqLLM's page says that a call which takes more than five minutes fails with "Signature expired" and that
 * nothing helps. AWS looks at a signature when the request arrives; what fails is an old signature that is sent again, or late.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Bedrock } from "@adit/bedrock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { heldNow, holdDate, holdTime, until, type MovedClock } from "../support/moved-clock.ts";
import { callsOf, modelCalls, onlyModelCall, signedAt } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

const model = "us.amazon.nova-lite-v1:0";
const body = { model, messages: [{ role: "user", content: "Good morning" }] };
const role = "arn:aws:iam::123456789012:role/five-minutes";

let house: House;
let clock: MovedClock | undefined;
/** Called after each answer of the emulator. */
let onAnswered: () => void = () => {};
beforeEach(async () => {
  onAnswered = () => {};
  house = await openHouse({ emulator: { clock: heldNow, log: () => onAnswered() } });
});
afterEach(async () => {
  clock?.restore();
  clock = undefined;
  await house.close();
});

/** A client without any limit of time: that of `fetch` gives up after five minutes. */
async function patiently(asked: object): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${house.key}`, "content-type": "application/json" };
  const url = new URL("/v1/chat/completions", house.gateway.url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(url, { method: "POST", headers }, resolve).on("error", reject).end(JSON.stringify(asked));
  });
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") };
}

const ask = (headers: Record<string, string> = {}) => house.post("/v1/chat/completions", body, headers);

test.each([{ stream: false }, { stream: true }])(
  "T1 an answer that comes after 310 seconds is a 200 (%j)",
  async (way) => {
    clock = holdTime();
    house.emulator.faultNext({ kind: "delay", ms: 310_000 });
    const asked = patiently({ ...body, ...way });
    await until(() => modelCalls(house.emulator).length === 1, "the call to arrive");
    const start = clock.now();
    await clock.pass(310_000);
    expect(clock.now() - start).toBe(310_000);
    const response = await asked;
    expect(response.status).toBe(200);
    const streamed = way.stream ? await readChat(new Response(response.text)) : undefined;
    expect(streamed?.text ?? response.text).toContain("Good morning");
    expect(streamed?.endsWithDone).toBe(way.stream ? true : undefined);
    expect(onlyModelCall(house.emulator).verdict).toBe("sigv4 ok");
  },
);

test("T2 a connection that breaks after 301 seconds, before any byte: the second try is signed anew", async () => {
  clock = holdTime();
  house.emulator.faultNext({ kind: "delay", ms: 301_000 });
  house.emulator.faultNext({ kind: "reset" });
  const asked = patiently(body);
  await until(() => modelCalls(house.emulator).length === 1, "the call to arrive");
  await clock.pass(301_000);
  await until(() => modelCalls(house.emulator)[0]?.faults.includes("reset") === true, "the connection to break");
  await passUntil(() => modelCalls(house.emulator).length === 2);
  const response = await asked;
  expect(response.status).toBe(200);
  const [first, second] = modelCalls(house.emulator);
  expect([first?.status, second?.status]).toEqual([0, 200]);
  expect(signedAt(second!) - signedAt(first!)).toBeGreaterThanOrEqual(301_000);
  expect(second?.headers["authorization"]).not.toBe(first?.headers["authorization"]);
  expect(second?.verdict).toBe("sigv4 ok");
});

/** Lets time pass in small steps, while sockets work. */
async function passUntil(isSo: () => boolean): Promise<void> {
  for (let step = 0; step < 100 && !isSo(); step += 1) {
    await clock?.pass(100);
    await until(() => true, "a turn of the loop");
  }
  expect(isSo()).toBe(true);
}

test("T3 a request that waited six minutes for its role is signed when it is sent", async () => {
  clock = holdDate();
  house.emulator.faultNext({ kind: "delay", ms: 150, operation: "AssumeRole" });
  const asked = ask({ "x-adit-aws-role-arn": role });
  await until(() => callsOf(house.emulator, "AssumeRole").length === 1, "the call to STS");
  clock.jump(6 * 60_000);
  expect((await asked).status).toBe(200);
  const seen = onlyModelCall(house.emulator);
  expect(seen.at - signedAt(seen)).toBeLessThanOrEqual(1_000);
  expect(seen.at - callsOf(house.emulator, "AssumeRole")[0]!.at).toBeGreaterThanOrEqual(6 * 60_000);
});

test("T3 so is one whose body took six minutes to arrive", async () => {
  clock = holdDate();
  const text = JSON.stringify(body);
  const url = new URL("/v1/chat/completions", house.gateway.url);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${house.key}`,
      "content-type": "application/json",
      "content-length": String(text.length),
    };
    const request = httpRequest(url, { method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
    request.write(text.slice(0, 10));
    setTimeout(() => {
      clock?.jump(6 * 60_000);
      request.end(text.slice(10));
    }, 100);
  });
  expect(status).toBe(200);
  const seen = onlyModelCall(house.emulator);
  expect(seen.at - signedAt(seen)).toBeLessThanOrEqual(1_000);
});

test("T4 AWS's clock ten minutes ahead: one 403, the difference is learned, and the second try is accepted", async () => {
  house.emulator.setClock(() => Date.now() + 600_000);
  expect((await ask()).status).toBe(200);
  expect(modelCalls(house.emulator).map(({ status }) => status)).toEqual([403, 200]);
  expect(modelCalls(house.emulator)[0]?.verdict).toMatch(/^InvalidSignatureException: Signature expired/);
  // It is kept: the next call is right at once.
  expect((await ask()).status).toBe(200);
  expect(modelCalls(house.emulator).map(({ status }) => status)).toEqual([403, 200, 200]);
});

test("T4 a clock that is off anew after each refusal is tried once more, not for ever", async () => {
  house.emulator.faultNext({ kind: "clock", offsetMs: 600_000 });
  house.emulator.faultNext({ kind: "clock", offsetMs: -600_000 });
  expect((await ask()).status).toBe(403);
  expect(modelCalls(house.emulator)).toHaveLength(2);
});

test("T5 after a 429 the next try has a date of its own", async () => {
  clock = holdDate();
  const held = clock;
  onAnswered = () => held.jump(2_000);
  house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
  expect((await ask()).status).toBe(200);
  const [first, second] = modelCalls(house.emulator);
  expect([first?.status, second?.status]).toEqual([429, 200]);
  expect(signedAt(second!) - signedAt(first!)).toBe(2_000);
  expect(second?.verdict).toBe("sigv4 ok");
});

test("T6 credentials that expire between two tries: the second has the new key", async () => {
  clock = holdDate();
  const held = clock;
  expect((await ask({ "x-adit-aws-role-arn": role })).status).toBe(200);
  // A session of an hour, 54 minutes on: good for the first try, due for renewal at the second.
  held.jump(54 * 60_000);
  house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException", operation: "Converse" });
  onAnswered = () => {
    onAnswered = () => {};
    held.jump(7 * 60_000);
  };
  expect((await ask({ "x-adit-aws-role-arn": role })).status).toBe(200);
  const [before, first, second] = modelCalls(house.emulator);
  expect([before?.status, first?.status, second?.status]).toEqual([200, 429, 200]);
  expect(first?.accessKeyId).toBe(before?.accessKeyId);
  expect(second?.accessKeyId).not.toBe(first?.accessKeyId);
  expect(second?.verdict).toBe("sigv4 ok");
  expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(2);
});

test("R22 the library, too, waits more than six minutes for an answer and gets it", async () => {
  clock = holdTime();
  const bedrock = new Bedrock({
    region: "us-east-1",
    accessKeyId: house.emulator.credential.accessKeyId,
    secretAccessKey: house.emulator.credential.secretAccessKey,
    environment: { AWS_ENDPOINT_URL: house.emulator.url },
  });
  house.emulator.faultNext({ kind: "delay", ms: 370_000 });
  const asked = bedrock.converse({ modelId: model, messages: [{ role: "user", content: [{ text: "Good morning" }] }] });
  await until(() => modelCalls(house.emulator).length === 1, "the call to arrive");
  await clock.pass(370_000);
  expect((await asked).stopReason).toBe("end_turn");
  expect(onlyModelCall(house.emulator).status).toBe(200);
  await bedrock.close();
});
