import { describe, expect, it } from "vitest";
import { factsOfModel } from "../models/facts-of-model.ts";
import { familyOf } from "./family-of.ts";
import { anthropicText } from "./text-prompt/anthropic-text.ts";
import { anthropic } from "./anthropic/anthropic.ts";

describe("the family of a model", () => {
  it.each(["anthropic.claude-v1", "anthropic.claude-v2", "anthropic.claude-v2:1", "anthropic.claude-instant-v1"])(
    "%s takes the older body",
    (id) => {
      expect(familyOf(factsOfModel(id))).toBe(anthropicText);
    },
  );

  it.each(["us.anthropic.claude-opus-4-8", "anthropic.claude-next-9", "anthropic.claude-3-haiku-20240307-v1:0:48k"])(
    "%s takes messages",
    (id) => {
      expect(familyOf(factsOfModel(id))).toBe(anthropic);
    },
  );

  it.each([
    "amazon.titan-embed-text-v2:0",
    "amazon.nova-canvas-v1:0",
    "cohere.rerank-v3-5:0",
    "x.y-1",
    "arn:aws:bedrock:us-east-1:000000000000:provisioned-model/abcdefabcdef",
  ])("%s holds no conversation, or nothing is known of it", (id) => {
    expect(familyOf(factsOfModel(id))).toBeUndefined();
  });
});
