import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator, type Emulator } from "../index.ts";
import { failureOf } from "../testing/clients.ts";
import { invoked, invokedStream, type Json } from "../testing/invoke-client.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator.close();
});

const words = "Tell me of Ωmega";
const claudeBody = { anthropic_version: "bedrock-2023-05-31", max_tokens: 500 };
const whole = (model: string, body: Json, extra = {}) => invoked(emulator, model, body, extra);
const streamed = (model: string, body: Json, extra = {}) => invokedStream(emulator, model, body, extra);

describe("what headers ask for", () => {
  const model = "us.meta.llama3-3-70b-instruct-v1:0";
  const guardrail = { guardrailIdentifier: "abc123", guardrailVersion: "1", trace: "ENABLED" as const };

  it("is echoed", async () => {
    const { answer } = await whole(
      "us.meta.llama3-1-70b-instruct-v1:0",
      { prompt: words },
      { performanceConfigLatency: "optimized", serviceTier: "flex" },
    );
    expect(answer).toMatchObject({ performanceConfigLatency: "optimized", serviceTier: "flex" });
  });

  it("is refused where the model is not made to be fast, embeddings too", async () => {
    const optimized = { performanceConfigLatency: "optimized" as const };
    for (const [id, body] of [
      [model, { prompt: words }],
      ["amazon.titan-embed-text-v2:0", { inputText: words }],
    ] as const)
      expect((await failureOf(whole(id, body, optimized))).message).toBe(
        `Latency performance configuration is not supported for ${id.replace("us.", "")} in us-east-1`,
      );
  });

  it("blocks, with nothing but the guardrail's words and its trace", async () => {
    const { reply } = await whole(model, { prompt: "TRIP_GUARDRAIL" }, guardrail);
    expect(reply).toMatchObject({
      generation: "Guardrail blocked the input.",
      "amazon-bedrock-guardrailAction": "INTERVENED",
      "amazon-bedrock-trace": { guardrail: { actionReason: "Guardrail blocked.", input: { abc123: {} } } },
    });
    expect(reply).not.toHaveProperty("prompt_token_count");
    const { chunks } = await streamed(
      "us.anthropic.claude-haiku-4-5-20251001-v1:0",
      {
        ...claudeBody,
        messages: [{ role: "user", content: "TRIP_WORD_FILTER" }],
      },
      guardrail,
    );
    expect(chunks.at(-1)).toMatchObject({ type: "message_stop", "amazon-bedrock-guardrailAction": "INTERVENED" });
    expect(chunks.at(-1)).not.toHaveProperty("amazon-bedrock-invocationMetrics");
  });

  it("lets the rest pass, and masks e-mail addresses", async () => {
    const passed = await whole(model, { prompt: words }, guardrail);
    expect(passed.reply["amazon-bedrock-guardrailAction"]).toBe("NONE");
    const masked = await whole(model, { prompt: "Write to ada@example.com" }, guardrail);
    expect(masked.reply["generation"]).toContain("{EMAIL}");
    expect(masked.reply["generation"]).not.toContain("ada@example.com");
    expect(masked.reply["amazon-bedrock-guardrailAction"]).toBe("INTERVENED");
  });

  it.each([
    [
      { trace: "LOUD" as never },
      "Value 'LOUD' at 'trace' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_FULL]",
    ],
    [
      { guardrailIdentifier: "abc123" },
      "Value null at 'guardrailVersion' failed to satisfy constraint: Member must not be null",
    ],
    [
      { ...guardrail, guardrailIdentifier: "missing" },
      "The guardrail identifier or version provided in the request does not exist.",
    ],
    [{ serviceTier: "golden" as never }, "Value 'golden' at 'serviceTier' failed to satisfy constraint"],
  ])("refuses %j", async (input, message) => {
    const failure = await failureOf(whole(model, { prompt: words }, input));
    expect(failure.name).toBe("ValidationException");
    expect(failure.message).toContain(message);
  });

  it("refuses a guardrail's body without a guardrail", async () => {
    const failure = await failureOf(
      whole(model, { prompt: words, "amazon-bedrock-guardrailConfig": { tagSuffix: "x" } }),
    );
    expect(failure.message).toMatch(/only allowed in the body when a guardrail identifier is provided/);
  });
});
