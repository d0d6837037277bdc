/** Whatever a host tells of its usage, what comes of it is a count or not known: never less than nothing. */
import { shippedPrices } from "@adit/bedrock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chargeOf } from "../../limits/charge/charge.ts";
import { toldUsage } from "./call-usage.ts";

const place = { model: "us.anthropic.claude-sonnet-4-6", region: "us-east-1" };
const chargeFor = (told: object | undefined) => chargeOf(toldUsage(told, undefined)?.usage, place, shippedPrices());

describe("figures of usage", () => {
  test.each([
    ["Converse", { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 3, cacheWriteInputTokens: 2 }, 20],
    ["OpenAI's chat", { prompt_tokens: 15, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } }, 20],
    [
      "OpenAI's chat, with cache writes",
      { prompt_tokens: 17, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 } },
      22,
    ],
    // The example of xAI's page on reasoning: 233 tokens of it stand in the total alone.
    [
      "xAI's chat",
      {
        prompt_tokens: 37,
        completion_tokens: 530,
        total_tokens: 800,
        completion_tokens_details: { reasoning_tokens: 233 },
      },
      800,
    ],
    [
      "OpenAI's chat, with reasoning within the output",
      { prompt_tokens: 15, completion_tokens: 5, total_tokens: 20, completion_tokens_details: { reasoning_tokens: 4 } },
      20,
    ],
    ["reasoning alone", { prompt_tokens: 15, completion_tokens: 0, total_tokens: 40 }, 40],
    [
      "a total with what was cached, which the input leaves out",
      { prompt_tokens: 15, completion_tokens: 5, total_tokens: 30, prompt_tokens_details: { cached_tokens: 10 } },
      20,
    ],
    ["a total that is too small", { prompt_tokens: 15, completion_tokens: 5, total_tokens: 5 }, 20],
    ["OpenAI's responses without details", { input_tokens: 15, output_tokens: 5, total_tokens: 20 }, 20],
    ["OpenAI's responses", { input_tokens: 15, output_tokens: 5, input_tokens_details: { cached_tokens: 3 } }, 20],
    [
      "Anthropic",
      { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2 },
      20,
    ],
    [
      // Of @anthropic-ai/sdk's `BetaIterationsUsage`: the figures of all iterations but these stand in the usage itself.
      "Anthropic with a compaction",
      {
        input_tokens: 10,
        output_tokens: 5,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 2,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2 },
        iterations: [
          {
            type: "compaction",
            input_tokens: 1000,
            output_tokens: 100,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: 40,
            cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 0 },
          },
          {
            type: "message",
            input_tokens: 10,
            output_tokens: 5,
            cache_read_input_tokens: 3,
            cache_creation_input_tokens: 2,
          },
        ],
      },
      1160,
    ],
  ])("of %s count each token once", (_dialect, told, tokens) => {
    expect(chargeFor(told).tokens).toBe(tokens);
  });

  test.each([
    [{ input_tokens: 10, output_tokens: 5, total_tokens: 15, queries: 3 }, "openai.gpt-5.5"],
    [{ input_tokens: 10, output_tokens: 5, server_tool_use: { web_search_requests: 3 } }, undefined],
  ])("%j has searches that cost what the model's price says, or nobody knows: then the rest counts", (told, model) => {
    const used = toldUsage(told, undefined)?.usage;
    expect(used?.queries).toBe(3);
    const charge = chargeOf(used, { ...place, ...(model !== undefined && { model }) }, shippedPrices());
    const without = chargeOf({ ...used, queries: 0 }, place, shippedPrices());
    // $5.50 and $33 for a million tokens, $12 for a thousand searches.
    const expected =
      model === undefined
        ? { costNano: without.costNano, isPartial: true, cost: { known: false, missing: ["query"] } }
        : { costNano: 55_000n + 165_000n + 36_000_000n, cost: { known: true } };
    expect(charge).toMatchObject({ tokens: 15, ...expected });
  });

  test.each([
    [{ prompt_tokens: -1_000_000, completion_tokens: 5 }],
    [{ prompt_tokens: 5, completion_tokens: 0.5 }],
    [{ prompt_tokens: "5", completion_tokens: 5 }],
    [{ prompt_tokens: 1e300, completion_tokens: 5 }],
    [{ prompt_tokens: 5, completion_tokens: Number.MAX_SAFE_INTEGER }],
    [{ inputTokens: 5, outputTokens: 5, cacheDetails: [{ ttl: "1h", inputTokens: 1e10 }] }],
    [{ inputTokens: 5, outputTokens: 5, guardrailUnits: { topicPolicyUnits: 1e10 } }],
    [{ prompt_tokens: 5, completion_tokens: 5, prompt_tokens_details: { cached_tokens: -50 } }],
    [{ input_tokens: 5, output_tokens: -5 }],
    [{ input_tokens: 5, output_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: -9 } }],
    [{ inputTokens: 5, outputTokens: 5, cacheDetails: [{ ttl: "2h", inputTokens: 5 }] }],
    [{}],
    [undefined],
  ])("%j are not known: the bound counts", (told) => {
    expect(chargeFor(told)).toMatchObject({ tokens: undefined, costNano: undefined });
  });

  test("of any form are a count, or not known", () => {
    const names = [
      "inputTokens",
      "outputTokens",
      "cacheReadInputTokens",
      "cacheDetails",
      "guardrailUnits",
      "prompt_tokens",
      "completion_tokens",
      "prompt_tokens_details",
      "input_tokens",
      "output_tokens",
      "input_tokens_details",
      "total_tokens",
      "images",
      "cache_creation",
      "cache_read_input_tokens",
    ];
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (told) => {
        const { tokens, costNano } = chargeFor(told);
        expect(tokens === undefined || (Number.isInteger(tokens) && tokens >= 0)).toBe(true);
        expect(costNano === undefined || costNano >= 0n).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
