import { expect, it } from "vitest";
import { recordingsOf } from "../wire/testing/recordings.ts";
import { mantlePlace } from "./mantle.ts";
import { catalogueModels } from "./catalogue.ts";

it.each([
  ["openai.gpt-5.5", "/openai/v1"],
  ["openai.gpt-5.6-luna", "/openai/v1"],
  ["openai.gpt-6-astra", "/openai/v1"],
  ["xai.grok-4.6", "/openai/v1"],
  ["google.gemma-4-31b", "/openai/v1"],
  ["openai.gpt-oss-120b", "/v1"],
  ["anthropic.claude-haiku-4-5", "/anthropic/v1"],
])("%s is called under %s", (id, basePath) => {
  expect(mantlePlace(id)?.basePath).toBe(basePath);
});

it.each([
  "openai.gpt-oss-120b-1:0",
  "anthropic.claude-haiku-4-5-20251001-v1:0",
  "us.openai.gpt-5.6-luna",
  "global.openai.gpt-6-astra",
  "google.gemma-3-27b-it",
  "openai.gpt-50",
  "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl",
])("%s is bedrock-runtime's", (id) => {
  expect(mantlePlace(id)).toBeUndefined();
});

const listed = recordingsOf("MantleListModels");
const called = [
  ["MantleResponses", "/responses"],
  ["MantleChatCompletions", "/chat/completions"],
].flatMap(([operation = "", path = ""]) => recordingsOf(operation).map((recording) => ({ recording, path })));

it.skipIf(listed.length === 0)("every model that bedrock-mantle lists is in the catalogue", () => {
  const known = new Set(catalogueModels().map((model) => model.id));
  for (const { response } of listed) {
    const { data } = response.body_json as { data: { id: string }[] };
    expect(data.filter(({ id }) => !known.has(id))).toEqual([]);
  }
});

it.skipIf(called.length === 0)("recorded calls went where the data says", () => {
  for (const { recording, path } of called) {
    // Voxtral is served by bedrock-runtime too, under the same id.
    expect(recording.request.path).toBe((mantlePlace(recording.model_id)?.basePath ?? "/v1") + path);
  }
});
