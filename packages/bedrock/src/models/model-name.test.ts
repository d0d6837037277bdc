import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseModelName, providerNamed } from "./model-name.ts";

const id = "anthropic.claude-3-5-sonnet-20240620-v1:0";
const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f";

describe("a model's name", () => {
  it.each([
    `bedrock/${id}`,
    `bedrock:${id}`,
    `aws_bedrock/${id}`,
    `aws-bedrock/${id}`,
    `amazon_bedrock:${id}`,
    `amazon-bedrock/${id}`,
    `Bedrock/${id}`,
    `${id}@bedrock`,
    `${id}@amazon_bedrock`,
    `  bedrock/${id}\n`,
    `bedrock / ${id}`,
  ])("%j is Bedrock's", (text) => {
    expect(parseModelName(text)).toEqual({ id, provider: "bedrock" });
  });

  it.each([`bedrock/${arn}`, `bedrock:${arn}`, `${arn}@bedrock`])("%j holds the whole ARN", (text) => {
    expect(parseModelName(text)).toEqual({ id: arn, provider: "bedrock" });
  });

  it.each([
    id,
    `us.${id}`,
    arn,
    "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    "openai.gpt-oss-20b-1:0",
    "qwen.qwen3-32b-v1:0",
    "openrouter/gpt-4o",
    "gpt-4o",
    "bedrock",
    "name@host",
    "",
  ])("%j has no provider", (text) => {
    expect(parseModelName(text)).toEqual({ id: text });
  });

  it("may be another known provider's", () => {
    expect(parseModelName("openai/gpt-4o")).toEqual({ id: "gpt-4o", provider: "openai" });
  });

  it("may name a slug, which ends at the first slash", () => {
    expect(parseModelName(`@bedrock-prod/${id}`)).toEqual({ id, slug: "bedrock-prod" });
    expect(parseModelName(`@team/${arn}`)).toEqual({ id: arn, slug: "team" });
    expect(parseModelName("@team")).toEqual({ id: "@team" });
  });

  it("loses and changes nothing of the id, whatever it is", () => {
    const anyId = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9.:/@_-]{0,60}$/)).map((text) => text.trim());
    fc.assert(
      fc.property(anyId, (text) => {
        expect(parseModelName(`bedrock/${text}`)).toEqual({ id: text, provider: "bedrock" });
        expect(parseModelName(`@slug/${text}`)).toEqual({ id: text, slug: "slug" });
        const { id: found, provider, slug } = parseModelName(text);
        // What is not in the id is a known provider with its separator, a slug with its two, or white space beside them.
        const rest = text.length - found.length;
        expect(text.includes(found)).toBe(true);
        expect(rest === 0 || provider !== undefined || slug !== undefined).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is taken apart at once, however long", () => {
    const long = `${"a".repeat(5_000_000)}@bedrock${" ".repeat(50)}x`;
    expect(parseModelName(long)).toEqual({ id: long });
    expect(parseModelName(`bedrock/${long}`).id).toHaveLength(long.length);
  });
});

describe("a provider's name", () => {
  it.each(["bedrock", " AWS_Bedrock ", "amazon-bedrock", "aws-bedrock", "amazon_bedrock"])("%j is bedrock", (text) => {
    expect(providerNamed(text)).toBe("bedrock");
  });

  it.each(["", "bed", "constructor", "azure"])("%j is unknown", (text) => {
    expect(providerNamed(text)).toBeUndefined();
  });
});
