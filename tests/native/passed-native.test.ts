/** What passes Bedrock's own door in a model's own format: the record says why it ended and what it used, of every family, whole and as a stream. */
import { factsOfModel, nativeConversation } from "@adit/bedrock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { openHouse, type House } from "../support/house.ts";

interface Log {
  stop_reason: string | null;
  is_success: boolean;
  units: { input: number | null; output: number | null; cache_read: number | null; cache_write: number | null };
}

async function recordOf({ gateway, key }: House, response: Response): Promise<Log> {
  const id = response.headers.get("x-adit-request-id") ?? "";
  const headers = { authorization: `Bearer ${key}` };
  const read = (): Promise<Response> => fetch(`${gateway.url}/v1/logs/${id}`, { headers });
  await expect.poll(async () => (await read()).ok).toBe(true);
  return (await (await read()).json()) as Log;
}

describe("of every family", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  test.each([
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.amazon.nova-lite-v1:0",
    "amazon.titan-text-express-v1",
    "cohere.command-text-v14",
    "cohere.command-r-plus-v1:0",
    "us.meta.llama3-1-8b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mistral-large-2407-v1:0",
    "ai21.jamba-1-5-large-v1:0",
    "us.deepseek.r1-v1:0",
    "openai.gpt-oss-120b-1:0",
    "qwen.qwen3-32b-v1:0",
    "us.writer.palmyra-x5-v1:0",
  ])("%s", async (model) => {
    for (const isStream of [false, true]) {
      const action = isStream ? "invoke-with-response-stream" : "invoke";
      for (const [maxTokens, reason] of [
        [500, "end_turn"],
        [3, "max_tokens"],
      ] as const) {
        const request = {
          messages: [{ role: "user" as const, content: [{ text: "Good morning" }] }],
          inferenceConfig: { maxTokens },
        };
        const { body } = nativeConversation(request, factsOfModel(model), isStream);
        const response = await house.post(`/model/${encodeURIComponent(model)}/${action}`, body);
        expect(response.status).toBe(200);
        expect(await response.text()).not.toContain("modelStreamErrorException");
        expect(await recordOf(house, response)).toMatchObject({
          stop_reason: reason,
          is_success: true,
          units: { input: expect.any(Number) as number, output: expect.any(Number) as number },
        });
      }
    }
  });
});

test("what Claude wrote to its cache counts where AWS's headers leave it out", async () => {
  const usage = {
    input_tokens: 3,
    output_tokens: 44,
    cache_read_input_tokens: 9_511,
    cache_creation_input_tokens: 1_956,
    cache_creation: { ephemeral_1h_input_tokens: 1_956, ephemeral_5m_input_tokens: 0 },
  };
  // Recorded of Opus 4.8 and Haiku 4.5: three of the four headers.
  const headers = {
    "content-type": "application/json",
    "x-amzn-bedrock-input-token-count": "3",
    "x-amzn-bedrock-output-token-count": "44",
    "x-amzn-bedrock-cache-read-input-token-count": "9511",
  };
  const upstream = await TestUpstream.start((response) => {
    response.writeHead(200, headers);
    response.end(JSON.stringify({ type: "message", role: "assistant", content: [], stop_reason: "refusal", usage }));
  });
  const house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
  try {
    const model = encodeURIComponent("us.anthropic.claude-haiku-4-5-20251001-v1:0");
    const response = await house.post(`/model/${model}/invoke`, {});
    expect(await recordOf(house, response)).toMatchObject({
      stop_reason: "refusal",
      units: { input: 3, output: 44, cache_read: 9_511, cache_write: 1_956 },
    });
  } finally {
    await house.close();
    await upstream.close();
  }
});

describe("an answer of Converse's that tells nonsense", () => {
  const output = { message: { role: "assistant", content: [{ text: "Yes." }] } };
  const sane = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };

  test.each([
    { output, stopReason: { far: "x".repeat(20) }, usage: sane },
    { output, stopReason: 1e308, usage: sane },
    { output, stopReason: "end_turn", usage: "none" },
    { output, stopReason: "end_turn", usage: null, metrics: null, serviceTier: null, performanceConfig: null },
    { output, stopReason: "end_turn", usage: sane, metrics: { latencyMs: "long" }, serviceTier: { type: {} } },
    { output, stopReason: "end_turn", usage: sane, metrics: { latencyMs: 1e308 }, performanceConfig: { latency: [] } },
    { output, stopReason: "end_turn", usage: { ...sane, cacheDetails: [null], inputTokens: "3" } },
  ])("passes as it came, and has its record: %j", async (answer) => {
    const upstream = await TestUpstream.start((response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    const house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
    try {
      const model = encodeURIComponent("us.amazon.nova-lite-v1:0");
      const response = await house.post(`/model/${model}/converse`, { messages: [] });
      expect([response.status, await response.clone().json()]).toEqual([200, answer]);
      expect(await recordOf(house, response)).toMatchObject({ is_success: true });
    } finally {
      await house.close();
      await upstream.close();
    }
  });
});
