/** A stream that fails never looks like one that ended, and a failure that comes first is a real status. */
import type { Fault } from "@adit/emulator";
import OpenAI from "openai";
import { Portkey } from "portkey-ai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, nova, question, refusalOf, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { modelCalls } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

interface Broken {
  name: string;
  fault: Fault;
  /** `error.type` and `error.code` as the error table has them. */
  type: string;
  code: string;
  words: RegExp;
}

/** Every way in which a stream breaks after its first frame. The statuses of AWS's names are those of its service model. */
const broken: Broken[] = [
  {
    name: "a throttlingException frame",
    fault: { kind: "exception", type: "throttlingException", frame: 3 },
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    words: /Too many requests/,
  },
  {
    name: "a modelStreamErrorException frame",
    fault: { kind: "exception", type: "modelStreamErrorException", frame: 3, message: "The model stumbled." },
    type: "server_error",
    code: "model_stream_error",
    words: /The model stumbled\./,
  },
  {
    name: "an internalServerException frame",
    fault: { kind: "exception", type: "internalServerException", frame: 3 },
    type: "server_error",
    code: "internal_server_error",
    words: /unexpected error/,
  },
  {
    name: "a serviceUnavailableException frame",
    fault: { kind: "exception", type: "serviceUnavailableException", frame: 3 },
    type: "server_error",
    code: "service_unavailable",
    words: /throttled/,
  },
  {
    name: "a validationException frame",
    fault: { kind: "exception", type: "validationException", frame: 3, message: "The input broke a rule." },
    type: "invalid_request_error",
    code: "validation_error",
    words: /The input broke a rule\./,
  },
  {
    name: "an error frame, which no model of the service describes",
    fault: { kind: "error-frame", code: "InternalFailure", message: "The transport failed.", frame: 3 },
    type: "server_error",
    code: "internal_server_error",
    words: /The transport failed\./,
  },
  {
    name: "a cut inside a frame",
    fault: { kind: "cut", frame: 3, bytes: 20 },
    type: "server_error",
    code: "truncated_stream",
    words: /incomplete/,
  },
  {
    name: "a cut between two frames",
    fault: { kind: "cut", frame: 3 },
    type: "server_error",
    code: "truncated_stream",
    words: /messageStop/,
  },
  {
    name: "a flipped bit in a frame",
    fault: { kind: "crc", frame: 3 },
    type: "server_error",
    code: "corrupt_stream",
    words: /checksum/,
  },
  {
    name: "a flipped bit in a frame's lengths",
    fault: { kind: "crc", frame: 3, part: "prelude" },
    type: "server_error",
    code: "corrupt_stream",
    words: /checksum/,
  },
  {
    name: "a connection that breaks off inside a frame",
    fault: { kind: "cut", frame: 3, bytes: 20, end: "close" },
    type: "server_error",
    code: "truncated_stream",
    words: /broke in the middle of the answer/,
  },
];

/** Frames before the one that fails: `messageStart` and two pieces of text. */
const words = "one two three four five six";

describe("B1 a stream that breaks is an error event, without a finish reason and without [DONE]", () => {
  test.each(broken)("B1 ($name)", async ({ fault, type, code, words: said }) => {
    house.emulator.faultNext(fault);
    const response = await ask(house, words, { stream: true, stream_options: { include_usage: true } });
    expect(response.status).toBe(200);
    const copy = response.clone();
    const events = await readEvents(response);
    const last = events.at(-1);
    expect(last?.event).toBe("error");
    const { error } = JSON.parse(last?.data ?? "") as { error: { type: string; code: string; message: string } };
    expect({ type: error.type, code: error.code }).toEqual({ type, code });
    expect(error.message).toMatch(said);
    const chat = await readChat(copy);
    expect(chat.text.length).toBeGreaterThan(0);
    expect(chat.finishReasons).toEqual([]);
    expect(events.map(({ data }) => data)).not.toContain("[DONE]");
    expect(modelCalls(house.emulator)).toHaveLength(1);
    await until(() => house.logLines().some((line) => line["streamError"] !== undefined));
  });

  test.each(broken)("B1 OpenAI's SDK throws ($name)", async ({ fault, code }) => {
    house.emulator.faultNext(fault);
    const client = new OpenAI({ baseURL: house.baseUrl, apiKey: house.key, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: nova,
      messages: [{ role: "user", content: words }],
      stream: true,
    });
    const finishReasons: (string | null)[] = [];
    const reading = (async () => {
      for await (const chunk of stream) finishReasons.push(chunk.choices[0]?.finish_reason ?? null);
    })();
    await expect(reading).rejects.toMatchObject({ code });
    expect(finishReasons.filter((reason) => reason !== null)).toEqual([]);
  });

  test("B1 a reset after the last piece of text, before the end was said, is no success either", async () => {
    // The last frame is `metadata`, the one before it `messageStop`: without metadata the answer is not whole.
    const whole = await readChat(await ask(house, words, { stream: true }));
    expect(whole.endsWithDone).toBe(true);
    for (const end of ["proper", "close"] as const) {
      // One frame each: messageStart, pieces, contentBlockStop, messageStop.
      const pieces = whole.chunks.filter(({ choices }) => (choices[0]?.delta.content ?? "") !== "").length;
      house.emulator.faultNext({ kind: "cut", frame: 1 + pieces + 2, end });
      const cut = await readChat(await ask(house, words, { stream: true }));
      expect(cut.text).toBe(whole.text);
      expect(cut.finishReasons).toEqual([]);
      expect(cut.endsWithDone).toBe(false);
    }
  });

  test.each(broken)("B1 Portkey's client throws ($name)", async ({ fault, words: said }) => {
    house.emulator.faultNext(fault);
    const client = new Portkey({ baseURL: house.baseUrl, apiKey: house.key, provider: "bedrock" });
    const stream = (await client.chat.completions.create({
      model: nova,
      messages: [{ role: "user", content: words }],
      stream: true,
    })) as unknown as AsyncIterable<{ choices: { finish_reason: string | null }[] }>;
    const finishReasons: (string | null | undefined)[] = [];
    const reading = (async () => {
      for await (const chunk of stream) finishReasons.push(chunk.choices[0]?.finish_reason);
    })();
    await expect(reading).rejects.toThrow(said);
    expect(new Set(finishReasons)).toEqual(new Set([null]));
  });

  test("B1 a client of Portkey's gets its fields in the event", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const response = await ask(house, words, { stream: true }, { "x-portkey-provider": "bedrock" });
    const last = (await readEvents(response)).at(-1);
    expect(last?.event).toBe("error");
    expect(JSON.parse(last?.data ?? "")).toMatchObject({
      status: "failure",
      provider: "bedrock",
      error: { type: "rate_limit_error" },
    });
  });

  test("B1 a whole answer that breaks off is a 502, not half an answer", async () => {
    house.emulator.faultNext({ kind: "cut", bytes: 40 }, 3);
    const refusal = await refusalOf(await ask(house, words));
    expect(refusal).toMatchObject({ status: 502, code: "upstream_reset" });
  });
});

describe("B2 an exception in the first frame is a real status, is tried again and falls back", () => {
  const config = (targets: object[]): Record<string, string> => ({
    "x-portkey-config": JSON.stringify({ strategy: { mode: "fallback" }, targets }),
  });

  test("B2 AWS's status reaches the caller as a status", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 0 }, 3);
    const refusal = await refusalOf(await ask(house, words, { stream: true }));
    expect(refusal).toMatchObject({ status: 429, type: "rate_limit_error" });
    expect(refusal.message).toContain("Too many requests");
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test("B2 the next try answers, and the caller sees nothing of the first", async () => {
    house.emulator.faultNext({ kind: "exception", type: "modelStreamErrorException", frame: 0 });
    const chat = await readChat(await ask(house, words, { stream: true }));
    expect(chat.text).toContain(words);
    expect(chat.finishReasons).toEqual(["stop"]);
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test("B2 another target answers at once", async () => {
    const first = "us.amazon.nova-micro-v1:0";
    house.emulator.faultNext({ kind: "exception", type: "serviceUnavailableException", frame: 0, model: first });
    const response = await house.post(
      "/v1/chat/completions",
      question(words, { stream: true }),
      config([{ override_params: { model: first } }, { override_params: { model: nova } }]),
    );
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
    expect((await readChat(response)).endsWithDone).toBe(true);
    expect(modelCalls(house.emulator).map(({ modelId }) => modelId)).toEqual([first, nova]);
  });

  test("B2 a validation exception in the first frame is a 400 and is not tried again", async () => {
    house.emulator.faultNext({ kind: "exception", type: "validationException", frame: 0, message: "No." });
    const refusal = await refusalOf(await ask(house, words, { stream: true }));
    expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error" });
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test.each<Fault>([
    { kind: "cut", frame: 0 },
    { kind: "cut", frame: 0, bytes: 10 },
    { kind: "crc", frame: 0 },
    { kind: "reset" },
    { kind: "reset", frame: 0 },
  ])("B2 a stream that breaks before its first frame is tried again: %j", async (fault) => {
    house.emulator.faultNext(fault);
    const chat = await readChat(await ask(house, words, { stream: true }));
    expect(chat.text).toContain(words);
    expect(chat.endsWithDone).toBe(true);
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test("B2 nothing is tried again once the caller has words", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 2 });
    const response = await house.post(
      "/v1/chat/completions",
      question(words, { stream: true }),
      config([{ override_params: { model: nova } }, { override_params: { model: "us.amazon.nova-micro-v1:0" } }]),
    );
    expect((await readChat(response)).finishReasons).toEqual([]);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test.each([false, true])("B2 a 200 without an output is a 502 and no empty answer (stream: %s)", async (stream) => {
    house.emulator.faultNext({ kind: "no-output" });
    const refusal = await refusalOf(await ask(house, words, { stream }));
    expect(refusal).toMatchObject({ status: 502, type: "server_error" });
    expect(refusal.message).toContain("UnknownOperationException");
    // A path that AWS does not know is not known the next time either.
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });
});
