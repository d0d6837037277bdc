/** What is reserved is the most that is sent: a request that becomes larger on its way is reserved for as it goes out, or is not sent. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import type { Budget } from "../../packages/gateway/src/limits/limit.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { model, openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface Counted {
  text: string;
  budget: Budget;
}

async function newCounted(amount: bigint): Promise<Counted> {
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const budget = await house.parts.limitSettings.createBudget(
    defaultProjectId,
    { name: "small", scope: "gateway_key", scopeId: gatewayKey.id, unit: "tokens", amount, period: "total" },
    operator,
  );
  return { text: secret.reveal(), budget };
}

const settledOf = async ({ budget }: Counted): Promise<bigint> =>
  (await usesOf(house.parts.store, budget, { now: Date.now() }))[0]?.settled ?? 0n;

const modelCalls = (): number =>
  house.emulator.requests.filter(({ operation }) => /Converse|Invoke/.test(operation)).length;

interface Asked {
  path: string;
  body: object;
  headers?: Record<string, string>;
}

async function outcome({ path, body, headers = {} }: Asked, counted: Counted) {
  const before = modelCalls();
  const answer = await house.post(path, body, { authorization: `Bearer ${counted.text}`, ...headers });
  const words = await answer.text();
  return { status: answer.status, words, sent: modelCalls() - before };
}

const text = "Good morning, all";
const chat = { model, max_tokens: 50, messages: [{ role: "user", content: text }] };
const dialects: [name: string, path: string, body: object][] = [
  ["chat", "/v1/chat/completions", chat],
  ["chat, streamed", "/v1/chat/completions", { ...chat, stream: true }],
  ["completions", "/v1/completions", { model, max_tokens: 50, prompt: text }],
  ["responses", "/v1/responses", { model, max_output_tokens: 50, input: text }],
  ["messages", "/v1/messages", chat],
  [
    "Converse",
    `/model/${model}/converse`,
    { messages: [{ role: "user", content: [{ text }] }], inferenceConfig: { maxTokens: 50 } },
  ],
];
const withMutator = (check: object) => ({ "x-adit-config": JSON.stringify({ input_mutators: [check] }) });

describe("by a check that changes the request", () => {
  const headers = withMutator({ "default.regexReplace": { rule: ".", redactText: "long ".repeat(200) } });

  test.each(dialects)("%s: what would not fit is not sent", async (_name, path, body) => {
    const plain = await newCounted(3_000n);
    expect(await outcome({ path, body }, plain)).toMatchObject({ status: 200, sent: 1 });
    const counted = await newCounted(3_000n);
    const { status, words, sent } = await outcome({ path, body, headers }, counted);
    expect([status, sent], words).toEqual([412, 0]);
    expect(words).toContain('budget \\"small\\"');
    // Nothing stays reserved.
    expect(await outcome({ path, body }, counted)).toMatchObject({ status: 200, sent: 1 });
  });

  test.each(dialects)("%s: what fits is sent, and settled by what it used", async (_name, path, body) => {
    const counted = await newCounted(100_000n);
    expect(await outcome({ path, body, headers }, counted)).toMatchObject({ status: 200, sent: 1 });
    await until(async () => (await settledOf(counted)) > 0n);
    expect(await settledOf(counted)).toBeLessThan(25_000n);
    await until(
      async () => (await usesOf(house.parts.store, counted.budget, { now: Date.now() }))[0]?.beyondBounds === 0n,
    );
  });

  test("words that are put before it count too", async () => {
    const counted = await newCounted(3_000n);
    const prefix = withMutator({ "default.addPrefix": { prefix: "before ".repeat(1_000) } });
    const [, path, body] = dialects[0] ?? ["", "", {}];
    expect(await outcome({ path, body, headers: prefix }, counted)).toMatchObject({ status: 412, sent: 0 });
  });

  test("a fallback goes on with the caller's own request", async () => {
    const counted = await newCounted(3_000n);
    const config = {
      strategy: { mode: "fallback" },
      targets: [{ input_mutators: [{ "default.regexReplace": { rule: ".", redactText: "long ".repeat(200) } }] }, {}],
    };
    const [, path, body] = dialects[5] ?? ["", "", {}];
    const asked = { path, body, headers: { "x-adit-config": JSON.stringify(config) } };
    expect(await outcome(asked, counted)).toMatchObject({ status: 200, sent: 1 });
  });
});

describe("by a document where an image is meant", () => {
  const prose = Buffer.from("word ".repeat(10_000)).toString("base64");
  const part = { type: "image_url", image_url: { url: `data:text/plain;base64,${prose}` } };
  const asks: [name: string, path: string, content: object][] = [
    ["chat", "/v1/chat/completions", { messages: [{ role: "user", content: [part, { type: "text", text }] }] }],
    [
      "responses",
      "/v1/responses",
      { input: [{ role: "user", content: [{ type: "input_image", image_url: part.image_url.url }] }] },
    ],
  ];

  test.each(asks)("%s: what would not fit is not sent", async (_name, path, content) => {
    const counted = await newCounted(20_000n);
    const { status, words, sent } = await outcome({ path, body: { model, max_tokens: 50, ...content } }, counted);
    expect([status, sent], words.slice(0, 500)).toEqual([412, 0]);
  });
});
