/** What a stream of InvokeModel is priced by: the tier that AWS says served it, which stands in its headers, not the one that was asked for. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { openHouse, type House } from "../support/house.ts";

const metrics = { inputTokenCount: 1_000, outputTokenCount: 100, invocationLatency: 300, firstByteLatency: 90 };
const ofQwen = [
  { choices: [{ index: 0, delta: { role: "assistant", content: "Hello" }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], "amazon-bedrock-invocationMetrics": metrics },
];
const ofClaude = [
  { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [], usage: {} } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { input_tokens: 1_000, output_tokens: 100 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": metrics },
];

let upstream: TestUpstream;
let house: House;
/** What AWS says next; undefined: nothing. */
let told: string | undefined;

beforeAll(async () => {
  upstream = await TestUpstream.start((response, { path }) => {
    const isOfClaude = path.includes("claude");
    response.writeHead(200, {
      "content-type": "application/vnd.amazon.eventstream",
      ...(told !== undefined && { "x-amzn-bedrock-service-tier": told }),
    });
    response.end(Buffer.concat((isOfClaude ? ofClaude : ofQwen).map(frameOf)));
  });
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});
afterAll(async () => {
  await house.close();
  await upstream.close();
});

function frameOf(chunk: object): Buffer {
  return eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(chunk)).toString("base64") });
}

async function priced(answered: Response): Promise<object> {
  const url = `${house.baseUrl}/logs/${answered.headers.get("x-adit-request-id") ?? ""}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${house.key}` } });
  const { tier, cost } = (await response.json()) as Record<"tier" | "cost", unknown>;
  return { tier, cost };
}

const messages = [{ role: "user", content: "Hello" }];
const qwen = { model: "qwen.qwen3-32b-v1:0", use_converse: false, stream: true, messages };
const claude = { model: "anthropic.claude-sonnet-4-6", max_tokens: 64, stream: true, messages };

// Portkey's list: 15 and 60 cents for a million tokens, 1.75 times that at priority, half of it at flex; Claude has one tier.
test.each<
  [path: string, body: object, asked: string | undefined, served: string | undefined, tier: string, cost: string]
>([
  ["/v1/chat/completions", qwen, "flex", "default", "standard", "0.00021"],
  ["/v1/chat/completions", qwen, "priority", "default", "standard", "0.00021"],
  ["/v1/chat/completions", qwen, "priority", "priority", "priority", "0.0003675"],
  ["/v1/chat/completions", qwen, undefined, "flex", "flex", "0.000105"],
  ["/v1/chat/completions", qwen, "flex", undefined, "flex", "0.000105"],
  ["/v1/messages", claude, "priority", "default", "standard", "0.0045"],
])("%s %o, asked for %s, served at %s", async (path, body, asked, served, tier, cost) => {
  told = served;
  const response = await house.post(path, { ...body, ...(asked !== undefined && { service_tier: asked }) });
  expect(response.status).toBe(200);
  await response.text();
  expect(await priced(response)).toEqual({ tier, cost });
});
