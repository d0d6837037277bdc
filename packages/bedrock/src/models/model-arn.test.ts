import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseModelArn, type ModelResourceType } from "./model-arn.ts";

const partitions = ["aws", "aws-us-gov", "aws-cn", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/** Ids of each kind, in the forms of AWS's service model (ConversationalModelId). */
const resources: Record<ModelResourceType, string> = {
  "foundation-model": "anthropic.claude-3-haiku-20240307-v1:0",
  "inference-profile": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "application-inference-profile": "mi1dadi0g15f",
  "provisioned-model": "abcdef123456",
  "custom-model": "amazon.titan-text-lite-v1:0:4k/abcdef123456",
  "custom-model-deployment": "abcdef123456",
  "imported-model": "abcdef123456",
  prompt: "ABCDE12345:7",
  "prompt-router": "abcdef123456",
  "default-prompt-router": "anthropic.claude:1",
  endpoint: "endpoint-quick-start-idr7y",
};

describe("an ARN", () => {
  for (const [type, resourceId] of Object.entries(resources)) {
    it(`of kind ${type} is read in every partition, and holds all of itself`, () => {
      for (const partition of partitions) {
        const service = type === "endpoint" ? "sagemaker" : "bedrock";
        const account = type === "foundation-model" ? "" : "123456789012";
        const text = `arn:${partition}:${service}:us-east-1:${account}:${type}/${resourceId}`;
        expect(parseModelArn(text)).toEqual({
          partition,
          region: "us-east-1",
          account,
          resourceType: type,
          resourceId,
        });
      }
    });
  }

  it("may lack the region, as GetInferenceProfile tells it", () => {
    expect(parseModelArn("arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0")).toMatchObject({
      region: "",
      resourceId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    });
  });

  it.each([
    "",
    "arn:",
    "amazon.nova-lite-v1:0",
    "arn:aws:iam::123456789012:role/Name",
    "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc",
    "arn:aws:bedrock:us-east-1:123456789012:endpoint/abc",
    "arn:aws:sagemaker:us-east-1:123456789012:inference-profile/abc",
    "arn:aws:bedrock:us-east-1:1234:inference-profile/abc",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile",
    "arn:aws:bedrock:us-east-1.evil.example:123456789012:inference-profile/abc",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/a b",
    "arn:gcp:bedrock:us-east-1:123456789012:inference-profile/abc",
    "ARN:aws:bedrock:us-east-1:123456789012:inference-profile/abc",
    `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${"a".repeat(3_000)}`,
    "arn:aws:bedrock:us-east-1:123456789012:constructor/abc",
  ])("is not %j", (text) => {
    expect(parseModelArn(text)).toBeUndefined();
  });

  it("is never read out of noise", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseModelArn(text)).toBeUndefined();
        expect(parseModelArn(`arn:${text}`)).toBeUndefined();
      }),
    );
  });
});
