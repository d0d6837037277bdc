import { describe, expect, it } from "vitest";
import { models, translate } from "../openai-chat/testing/translate.ts";

describe("limits and sampling", () => {
  it("absent fields stay absent", () => {
    expect(translate({}).request).toEqual({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
  });

  it("max_tokens and max_completion_tokens are maxTokens, the newer one first", () => {
    expect(translate({ max_tokens: 5 }).request.inferenceConfig).toEqual({ maxTokens: 5 });
    expect(translate({ max_completion_tokens: 6, max_tokens: 5 }).request.inferenceConfig).toEqual({ maxTokens: 6 });
  });

  it("the operator's default limit serves where the caller has none", () => {
    expect(translate({}, { defaultMaxTokens: 99 }).request.inferenceConfig).toEqual({ maxTokens: 99 });
    expect(translate({ max_tokens: 5 }, { defaultMaxTokens: 99 }).request.inferenceConfig).toEqual({ maxTokens: 5 });
  });

  it("a temperature above 1 is clamped, and named", () => {
    const { request, dropped } = translate({ temperature: 1.7 });
    expect([request.inferenceConfig, dropped]).toEqual([{ temperature: 1 }, ["temperature"]]);
    expect(translate({ temperature: 1 }).dropped).toEqual([]);
    expect(translate({ temperature: 0 }).request.inferenceConfig).toEqual({ temperature: 0 });
  });

  it("temperature excludes top_p on some Claude, where top_p is named", () => {
    const { request, dropped } = translate({ temperature: 0.2, top_p: 0.9 }, { model: models.claudeSonnet45 });
    expect([request.inferenceConfig, dropped]).toEqual([{ temperature: 0.2 }, ["top_p"]]);
    expect(translate({ top_p: 0.9 }).request.inferenceConfig).toEqual({ topP: 0.9 });
    expect(translate({ temperature: 0.2, top_p: 0.9 }, { model: models.claude37 }).request.inferenceConfig).toEqual({
      temperature: 0.2,
      topP: 0.9,
    });
  });

  it("a model that refuses sampling gets none, by name", () => {
    const { request, dropped } = translate({ temperature: 0.2, top_p: 0.9, top_k: 3 }, { model: models.claudeSonnet5 });
    expect([request.inferenceConfig, request.additionalModelRequestFields]).toEqual([undefined, undefined]);
    expect(dropped).toEqual(["temperature", "top_p", "top_k"]);
  });

  it("top_k goes where the family has it, and is named where it has not", () => {
    expect(translate({ top_k: 3 }).request.additionalModelRequestFields).toEqual({ top_k: 3 });
    expect(translate({ top_k: 3 }, { model: models.novaLite }).request.additionalModelRequestFields).toEqual({
      inferenceConfig: { topK: 3 },
    });
    expect(translate({ top_k: 3 }, { model: models.llama33 }).dropped).toEqual(["top_k"]);
  });

  it("stop is a string or a list; what AWS refuses in it is named", () => {
    expect(translate({ stop: "END" }).request.inferenceConfig).toEqual({ stopSequences: ["END"] });
    expect(translate({ stop: ["a", "b"] }).request.inferenceConfig).toEqual({ stopSequences: ["a", "b"] });
    expect(translate({ stop: [] }).request.inferenceConfig).toBeUndefined();
    const blank = translate({ stop: ["", "\n", "a"] });
    expect([blank.request.inferenceConfig, blank.dropped]).toEqual([{ stopSequences: ["a"] }, ["stop"]]);
    expect(translate({ stop: ["\n"] }, { model: models.novaLite }).request.inferenceConfig).toEqual({
      stopSequences: ["\n"],
    });
  });
});
