/** What bounds a call is the limit of tokens that AWS is really sent: the caller's, the operator's, or none. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";
import { claude } from "../support/asking.ts";

const byOperator = 77;
let house: House;
beforeAll(async () => {
  house = await openHouse({ variables: { ADIT_DEFAULT_MAX_TOKENS: String(byOperator) } });
});
afterAll(() => house.close());

async function keyWith(amount: number): Promise<string> {
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const place = { name: "small", scope: "gateway_key", scopeId: gatewayKey.id } as const;
  const counts = { unit: "tokens", amount: BigInt(amount), period: "total" } as const;
  await house.parts.limitSettings.createBudget(defaultProjectId, { ...place, ...counts }, operator);
  return secret.reveal();
}

const nova = "us.amazon.nova-lite-v1:0";
const thinking = "us.amazon.nova-2-lite-v1:0";
const messages = [{ role: "user", content: "Hello" }];
const converse = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
const native = (model: string, action: string): string => `/model/${encodeURIComponent(model)}/${action}`;

interface Case {
  path: string;
  body: object;
  /** What AWS is sent. */
  sent: number | undefined;
}

test.each<[string, Case]>([
  ["chat", { path: "/v1/chat/completions", body: { model: nova, messages }, sent: byOperator }],
  ["chat with its own", { path: "/v1/chat/completions", body: { model: nova, messages, max_tokens: 9 }, sent: 9 }],
  [
    "chat at Nova's highest effort",
    {
      path: "/v1/chat/completions",
      body: { model: thinking, messages, max_tokens: 9, reasoning_effort: "high" },
      sent: undefined,
    },
  ],
  ["completions", { path: "/v1/completions", body: { model: nova, prompt: "Hello" }, sent: byOperator }],
  ["responses", { path: "/v1/responses", body: { model: nova, input: "Hello" }, sent: byOperator }],
  ["messages by Converse", { path: "/v1/messages", body: { model: nova, messages }, sent: byOperator }],
  ["messages to Claude", { path: "/v1/messages", body: { model: claude.sonnet45, messages }, sent: byOperator }],
  ["Converse at its own door", { path: native(nova, "converse"), body: converse, sent: undefined }],
])("%s", async (_name, { path, body, sent }) => {
  const ask = (key: string): Promise<Response> => house.post(path, body, { authorization: `Bearer ${key}` });
  const words = await (await ask(await keyWith(1))).text();
  const bound = Number(/this request may use (\d+) tokens/.exec(words)?.[1]);
  const output = bound - Buffer.byteLength(JSON.stringify(body)) - 256;
  // Where none is sent it is the model's own maximum.
  expect(output).toBeGreaterThanOrEqual(sent ?? 1_000);
  expect(output).toBeLessThanOrEqual(sent ?? 1_000_000);
  const before = house.emulator.requests.length;
  const answered = await ask(await keyWith(bound));
  expect(answered.status, await answered.text()).toBe(200);
  const [seen] = house.emulator.requests.slice(before);
  const upstream = JSON.parse(seen?.body.toString() ?? "{}") as {
    inferenceConfig?: { maxTokens?: number };
    max_tokens?: number;
  };
  expect(upstream.inferenceConfig?.maxTokens ?? upstream.max_tokens).toBe(sent);
});
