/** AWS's statuses, types and words are kept, and throttling is met with patience that has an end. */
import type { Fault } from "@adit/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, nova, question, refusalOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { modelCalls } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

interface Exception {
  name: string;
  /** AWS's status in its service model. */
  status: number;
  /** OpenAI's `error.type`. */
  type: string;
  /** Whether AWS's guidance is to send the same again. */
  isRetried: boolean;
}

/** The service model's exceptions, and those of the doors before it. */
const exceptions: Exception[] = [
  { name: "ValidationException", status: 400, type: "invalid_request_error", isRetried: false },
  { name: "ServiceQuotaExceededException", status: 400, type: "insufficient_quota", isRetried: false },
  { name: "ConflictException", status: 400, type: "invalid_request_error", isRetried: false },
  { name: "AccessDeniedException", status: 403, type: "permission_error", isRetried: false },
  { name: "ResourceNotFoundException", status: 404, type: "invalid_request_error", isRetried: false },
  { name: "ModelTimeoutException", status: 408, type: "timeout_error", isRetried: true },
  { name: "ModelErrorException", status: 424, type: "server_error", isRetried: false },
  { name: "ModelStreamErrorException", status: 424, type: "server_error", isRetried: true },
  { name: "ThrottlingException", status: 429, type: "rate_limit_error", isRetried: true },
  { name: "ModelNotReadyException", status: 429, type: "rate_limit_error", isRetried: true },
  { name: "InternalServerException", status: 500, type: "server_error", isRetried: true },
  { name: "ServiceUnavailableException", status: 503, type: "server_error", isRetried: true },
  { name: "UnrecognizedClientException", status: 403, type: "authentication_error", isRetried: false },
  { name: "InvalidSignatureException", status: 403, type: "authentication_error", isRetried: false },
  { name: "IncompleteSignatureException", status: 403, type: "authentication_error", isRetried: false },
];

/** One try alone, so that the table is walked without waits. */
const once = { "x-adit-config": JSON.stringify({ retry: { attempts: 0 } }) };

describe("B3 every exception of AWS keeps its status, its name, its words and its request id", () => {
  for (const stream of [false, true]) {
    test.each(exceptions)(`B3 $name, ${stream ? "streamed" : "whole"}`, async ({ name, status, type }) => {
      house.emulator.faultNext({ kind: "refuse", type: name, status, message: `AWS's own words for ${name}` });
      const response = await ask(house, "Hello", { stream }, once);
      const refusal = await refusalOf(response);
      expect(refusal).toMatchObject({ status, type });
      expect(refusal.message).toContain(`AWS's own words for ${name}`);
      expect(refusal.message).toContain(`(${name}, request id `);
      expect(refusal.message).toMatch(/request id [0-9a-f-]{36}/);
      expect(refusal.message).toContain("region us-east-1");
      expect(refusal.message).toContain("credential: server (environment)");
    });
  }

  test.each(exceptions)("B3 $name is sent again only where that can help", async ({ name, status, isRetried }) => {
    house.emulator.faultNext({ kind: "refuse", type: name, status, message: "Words." }, 3);
    const response = await ask(
      house,
      "Hello",
      {},
      { "x-adit-config": JSON.stringify({ strategy: { mode: "single" }, targets: [{}] }) },
    );
    expect(response.status).toBe(status);
    await response.text();
    expect(modelCalls(house.emulator)).toHaveLength(isRetried ? 3 : 1);
    house.emulator.clearRequests();
    // What is left of the fault must not strike another test.
    for (let left = isRetried ? 0 : 2; left > 0; left -= 1) await (await ask(house, "Hello", {}, once)).text();
  });

  test("B3 a status that AWS's front end gives without a name is kept", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "SomethingNew", status: 418, message: "New words." });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal.status).toBe(418);
    expect(refusal.message).toContain("New words.");
    expect(refusal.message).toContain("SomethingNew");
  });

  test("B3 a client of Portkey's finds AWS's words where it looks", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    const response = await ask(
      house,
      "Hello",
      {},
      { "x-portkey-provider": "bedrock", "x-portkey-config": '{"retry":{"attempts":0}}' },
    );
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({
      status: "failure",
      message: expect.stringContaining("bedrock error: Too many requests"),
      provider: "bedrock",
      error: { type: "rate_limit_error", code: "rate_limit_exceeded" },
    });
  });
});

describe("B4 throttling", () => {
  const throttled: Fault = { kind: "refuse", type: "ThrottlingException" };

  test("B4 at most two more tries, three seconds in all, each signed anew", async () => {
    house.emulator.faultNext(throttled, 9);
    const before = Date.now();
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(Date.now() - before).toBeLessThan(15_000);
    expect(refusal.status).toBe(429);
    expect(modelCalls(house.emulator)).toHaveLength(3);
    expect(modelCalls(house.emulator).map(({ verdict }) => verdict)).toEqual(Array(3).fill("sigv4 ok"));
    for (let left = 6; left > 0; left -= 1) await (await ask(house, "Hello", {}, once)).text();
  });

  test("B4 the third try answers", async () => {
    house.emulator.faultNext(throttled, 2);
    expect((await readChat(await ask(house, "Hello", { stream: true }))).endsWithDone).toBe(true);
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test("B4 not again where another target remains", async () => {
    const first = "us.amazon.nova-micro-v1:0";
    house.emulator.faultNext({ ...throttled, model: first });
    const targets = [{ override_params: { model: first } }, { override_params: { model: nova } }];
    const response = await house.post("/v1/chat/completions", question("Hello"), {
      "x-adit-config": JSON.stringify({ strategy: { mode: "fallback" }, targets }),
    });
    expect(response.status).toBe(200);
    await response.text();
    expect(modelCalls(house.emulator).map(({ modelId }) => modelId)).toEqual([first, nova]);
  });

  test("B4 tokens per day: not again, and the words say what helps", async () => {
    const message = "Too many tokens per day, please wait before trying again.";
    house.emulator.faultNext({ ...throttled, message });
    const refusal = await refusalOf(await ask(house, "Hello"));
    expect(refusal).toMatchObject({ status: 429, type: "rate_limit_error" });
    expect(refusal.message).toContain(message);
    expect(refusal.message).toMatch(/another region, profile or account/);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("B4 Retry-After reaches the caller, and is kept where the config asks for it", async () => {
    house.emulator.faultNext({ ...throttled, headers: { "Retry-After": "7" } });
    const response = await ask(house, "Hello", {}, once);
    expect(response.headers.get("retry-after")).toBe("7");
    await response.text();
    house.emulator.clearRequests();
    house.emulator.faultNext({ ...throttled, headers: { "Retry-After": "1" } });
    const before = Date.now();
    const retry = { attempts: 1, use_retry_after_header: true };
    const answer = await ask(house, "Hello", {}, { "x-adit-config": JSON.stringify({ retry }) });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(Date.now() - before).toBeGreaterThanOrEqual(990);
  });

  test("B4 max_tokens that nobody gave is not made up: it would be reserved against the quota", async () => {
    await (await ask(house, "Hello")).text();
    expect(modelCalls(house.emulator)[0]?.body.toString()).not.toContain("maxTokens");
  });
});
