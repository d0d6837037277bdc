import { describe, expect, it } from "vitest";
import { checkConverseRequest } from "../../converse/check-request.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import type { TranslatedRequest } from "../translation/converse-request.ts";
import { checkCompletionRequest } from "./check-request.ts";
import { converseFromCompletion } from "./request.ts";

const nova = "amazon.nova-lite-v1:0";

function translate(body: JsonObject, defaultMaxTokens?: number): TranslatedRequest {
  const request = checkCompletionRequest({ model: nova, prompt: "Say this", ...body });
  const before = structuredClone(request);
  const model = factsOfModel(request.model);
  const translated = converseFromCompletion(request, { model, media: new Map(), anthropicBeta: [], defaultMaxTokens });
  expect(request).toEqual(before);
  expect(checkConverseRequest(translated.request)).toBe(translated.request);
  return translated;
}

function fault(body: JsonObject): { code: string; param: string | undefined; words: string } {
  try {
    translate(body);
  } catch (error) {
    if (AditError.isInstance(error)) return { code: error.code, param: error.param, words: error.describe() };
    throw error;
  }
  throw new Error("not refused");
}

describe("a request of completions", () => {
  it("is what the user says, as it was written, and what it asks for", () => {
    const prompt = "  Once upon\n a time \n";
    expect(
      translate({ prompt: [prompt], max_tokens: 7, temperature: 0.5, top_p: 0.9, stop: ["\n", "END"], stream: true }),
    ).toEqual({
      request: {
        messages: [{ role: "user", content: [{ text: prompt }] }],
        inferenceConfig: { maxTokens: 7, temperature: 0.5, topP: 0.9, stopSequences: ["\n", "END"] },
      },
      notes: { dropped: [], toolNames: new Map(), streamable: true },
    });
    expect(translate({ stop: "END" }).request.inferenceConfig).toEqual({ stopSequences: ["END"] });
  });

  it("without a limit has none: not OpenAI's 16; the operator's where there is one", () => {
    expect(translate({}).request).toEqual({ messages: [{ role: "user", content: [{ text: "Say this" }] }] });
    expect(translate({}, 512).request.inferenceConfig).toEqual({ maxTokens: 512 });
  });

  it("may hold what asks for nothing", () => {
    const quiet = { n: 1, best_of: 1, echo: false, suffix: "", logprobs: null, presence_penalty: 0, stream: false };
    expect(translate(quiet).notes.dropped).toEqual([]);
  });

  it("is mended where Bedrock is narrower, and each mend is named", () => {
    const { request, notes } = translate({
      temperature: 1.5,
      seed: 7,
      logit_bias: { 50256: -100 },
      frequency_penalty: 0.5,
      stream_options: { include_usage: true, extra: 1 },
    });
    expect(request.inferenceConfig).toEqual({ temperature: 1 });
    expect(notes.dropped.toSorted()).toEqual([
      "frequency_penalty",
      "logit_bias",
      "seed",
      "stream_options.extra",
      "temperature",
    ]);
  });

  it("may name Bedrock's own fields", () => {
    const guardrail = { guardrailIdentifier: "abc", guardrailVersion: "1" };
    expect(translate({ guardrail_config: guardrail, top_k: 5, service_tier: "flex" }).request).toMatchObject({
      guardrailConfig: guardrail,
      additionalModelRequestFields: { inferenceConfig: { topK: 5 } },
      serviceTier: { type: "flex" },
    });
    expect(fault({ guardrail_config: "abc" })).toMatchObject({ param: "guardrail_config" });
  });

  it.each([
    ["no model", { model: "" }, "invalid_request", "model"],
    ["no prompt", { prompt: null }, "invalid_request", "prompt"],
    ["an empty prompt", { prompt: "" }, "invalid_request", "prompt"],
    ["a blank prompt", { prompt: [" \n"] }, "invalid_request", "prompt[0]"],
    ["an empty list", { prompt: [] }, "invalid_request", "prompt[0]"],
    ["token ids", { prompt: [1, 2, 3] }, "unsupported_parameter", "prompt"],
    ["lists of token ids", { prompt: [[1, 2], [3]] }, "unsupported_parameter", "prompt"],
    ["several prompts", { prompt: ["a", "b"] }, "unsupported_parameter", "prompt"],
    ["a prompt that is no text", { prompt: { text: "a" } }, "invalid_request", "prompt"],
    ["n", { n: 2 }, "unsupported_parameter", "n"],
    ["best_of", { best_of: 3 }, "unsupported_parameter", "best_of"],
    ["echo", { echo: true }, "unsupported_parameter", "echo"],
    ["a suffix", { suffix: "end" }, "unsupported_parameter", "suffix"],
    ["logprobs", { logprobs: 5 }, "unsupported_parameter", "logprobs"],
    ["logprobs of what was chosen", { logprobs: 0 }, "unsupported_parameter", "logprobs"],
    ["a limit of none", { max_tokens: 0 }, "invalid_request", "max_tokens"],
    ["a temperature beyond OpenAI's", { temperature: 2.5 }, "invalid_request", "temperature"],
    ["a stop that is no text", { stop: [1] }, "invalid_request", "stop[0]"],
    ["a stream that is no boolean", { stream: "yes" }, "invalid_request", "stream"],
  ])("with %s is refused, with the place", (_, body, code, param) => {
    expect(fault(body as JsonObject)).toMatchObject({ code, param });
  });

  it("with several prompts or token ids says what to do", () => {
    expect(fault({ prompt: ["a", "b"] }).words).toContain("Send a request for each");
    expect(fault({ prompt: [[1]] }).words).toContain("Send the text itself");
  });
});
