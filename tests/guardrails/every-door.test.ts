/** Guardrails at every door: what is asked, what is answered, whole and as a stream. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { nova } from "../support/asking.ts";
import { askAt, doors, streamOf, withConfig } from "./asked.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const noCards = { "default.pii": { categories: ["CREDIT_CARD"] }, deny: true };
const redactMail = { "default.pii": { categories: ["EMAIL_ADDRESS"], redact: true } };
const card = "4111 1111 1111 1111";
/** In a stream of Responses that is denied: at any other end Codex has the answer made, and paid, five times more. */
function failures({ name }: { name: string }): object[] {
  const response = { status: "failed", error: { code: "invalid_prompt" }, output: [] };
  return name === "responses" ? [{ data: { response } }] : [];
}
const sent = (): string => JSON.stringify(house.emulator.requests.map(({ body }) => body.toString("utf8")));

describe.each(doors)("$name", (door) => {
  test("a request that a guardrail denies is 446 and is not sent", async () => {
    const response = await askAt(house, door, { text: `My card is ${card}.`, config: { input_guardrails: [noCards] } });
    const body = (await response.json()) as {
      error: { type: string };
      hook_results: { before_request_hooks: object[] };
    };
    expect(response.status).toBe(446);
    expect(body.hook_results.before_request_hooks).toMatchObject([
      { verdict: false, deny: true, type: "guardrail", checks: [{ id: "default.pii", verdict: false }] },
    ]);
    expect(JSON.stringify(body)).not.toContain("4111");
    expect(house.emulator.requests).toEqual([]);
  });

  test("a request that one fails that does not deny is answered with 246", async () => {
    const config = { input_guardrails: [{ ...noCards, deny: false }] };
    const response = await askAt(house, door, { text: `My card is ${card}.`, config });
    expect(response.status).toBe(246);
    const body = (await response.json()) as never;
    expect(door.textOf(body)).toContain("4111");
    expect(body).toMatchObject({ hook_results: { before_request_hooks: [{ verdict: false, deny: false }] } });
  });

  test("what is redacted of a request does not reach AWS", async () => {
    const config = { input_guardrails: [redactMail] };
    const response = await askAt(house, door, { text: "Write to ann@example.com, please.", config });
    expect(response.status).toBe(200);
    expect(door.textOf((await response.json()) as never)).toContain("Write to [EMAIL_ADDRESS], please.");
    expect(sent()).not.toContain("ann@example.com");
  });

  test("an answer that a guardrail denies is 446, without a word of it", async () => {
    const response = await askAt(house, door, { text: `Repeat ${card}`, config: { output_guardrails: [noCards] } });
    const text = await response.text();
    expect(response.status).toBe(446);
    expect(text).not.toContain("4111");
    expect(JSON.parse(text)).toMatchObject({ hook_results: { after_request_hooks: [{ verdict: false }] } });
    expect(house.emulator.requests).toHaveLength(1);
  });

  test("what is redacted of an answer does not reach the caller", async () => {
    const config = { output_guardrails: [redactMail] };
    const response = await askAt(house, door, { text: "Write to ann@example.com, please.", config });
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).not.toContain("ann@example.com");
    expect(door.textOf(JSON.parse(text) as never)).toContain("Write to [EMAIL_ADDRESS], please.");
    expect(JSON.parse(text)).toMatchObject({ hook_results: { after_request_hooks: [{ transformed: true }] } });
  });

  test("a stream of a denied request is 446", async () => {
    const config = { input_guardrails: [noCards] };
    const response = await askAt(house, door, { text: card, stream: true, config });
    expect(response.status).toBe(446);
    expect(await response.json()).toMatchObject({ hook_results: { before_request_hooks: [{ verdict: false }] } });
    expect(house.emulator.requests).toEqual([]);
  });

  test("a stream that nothing is said against is the same as without guardrails", async () => {
    const text = "word ".repeat(150);
    const plain = await streamOf(
      await askAt(house, door, { text, stream: true, config: { retry: { attempts: 0 } } }),
      door,
    );
    const guarded = await askAt(house, door, { text, stream: true, config: { output_guardrails: [noCards] } });
    expect(guarded.status).toBe(200);
    const seen = await streamOf(guarded, door);
    expect(seen.text).toBe(plain.text);
    expect(seen.events.length).toBe(plain.events.length);
  });

  test("a stream is stopped before the secret, with an error and without an end", async () => {
    const text = `${"word ".repeat(150)} ${card} ${"word ".repeat(20)}`;
    const response = await askAt(house, door, { text, stream: true, config: { output_guardrails: [noCards] } });
    expect(response.status).toBe(200);
    const seen = await streamOf(response, door);
    expect(seen.raw).not.toContain("4111");
    expect(seen.text).toContain("word word");
    expect(seen.raw).not.toMatch(/\[DONE\]|message_stop|response\.completed|"finish_reason":"/);
    expect(seen.events.at(-1)?.data).toMatchObject({ hook_results: { after_request_hooks: [{ verdict: false }] } });
    // Where events have numbers, the error has the next one.
    const numbers = seen.events.flatMap(({ data }) =>
      typeof data === "string" ? [] : (data["sequence_number"] ?? []),
    );
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers.length > 0).toBe(door.name === "responses");
    expect(seen.events.filter(({ name }) => name === "response.failed")).toMatchObject(failures(door));
  });

  test("a stream is redacted on its way, in every place that says its text", async () => {
    const text = `${"word ".repeat(150)} ann@example.com ${"word ".repeat(20)}`;
    const response = await askAt(house, door, { text, stream: true, config: { output_guardrails: [redactMail] } });
    expect(response.status).toBe(200);
    const seen = await streamOf(response, door);
    expect(seen.raw).not.toContain("ann@example.com");
    expect(seen.text).toContain(`word word  [EMAIL_ADDRESS] word word`);
    // The events that end a part, an item and the response say the whole text again.
    const repeats = seen.events.filter(({ name }) =>
      /^response\.(?:output_.*\.done|content_.*\.done|completed)$/.test(name),
    );
    expect(repeats).toHaveLength(door.name === "responses" ? 4 : 0);
    for (const { data } of repeats) expect(JSON.stringify(data)).toContain("[EMAIL_ADDRESS]");
  });

  test("a check of the whole holds all of a stream", async () => {
    const stop = { "default.wordCount": { maxWords: 100 }, deny: true };
    const config = { output_guardrails: [stop] };
    const seen = await streamOf(await askAt(house, door, { text: "word ".repeat(150), stream: true, config }), door);
    expect(seen.text).toBe("");
    expect(seen.raw).toContain("default.wordCount");
    expect(seen.events.filter(({ name }) => name === "response.failed")).toMatchObject(failures(door));
    const report = { "default.wordCount": { maxWords: 100, on_stream: "report" }, deny: true };
    const reported = await askAt(house, door, {
      text: "word ".repeat(150),
      stream: true,
      config: { output_guardrails: [report], strict_open_ai_compliance: false },
    });
    const told = await streamOf(reported, door);
    expect(told.text).toContain("word word");
    expect(told.events.at(-1)?.data).toMatchObject({ hook_results: { after_request_hooks: [{ verdict: false }] } });
  });
});

test("what must not be asked is not asked by an application inference profile of it either", async () => {
  const profile = (model: string): string =>
    `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-${model}`;
  const config = { input_guardrails: [{ "default.modelWhitelist": { models: [nova], not: true }, deny: true }] };
  const statusOf = async (model: string): Promise<number> => {
    const ask = (path: string, body: object) =>
      fetch(`${house.baseUrl}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${house.key}`, "content-type": "application/json", ...withConfig(config) },
        body: JSON.stringify(body),
      });
    const chat = await ask("/chat/completions", { model, messages: [{ role: "user", content: "Hi" }] });
    const own = await ask(`/../model/${encodeURIComponent(model)}/converse`, {
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
    });
    expect(own.status).toBe(chat.status);
    return chat.status;
  };
  expect(await statusOf(profile(nova))).toBe(446);
  expect(await statusOf(profile("us.amazon.nova-micro-v1:0"))).toBe(200);
});
