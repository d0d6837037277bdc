/** Expected documents are written from AWS's service authorization reference and its pages on inference profiles and external ids. */
import { describe, expect, test } from "vitest";
import { permissionPolicy, trustPolicy } from "./iam-policies.ts";

interface Document {
  Version: string;
  Statement: {
    Sid: string;
    Effect: string;
    Action: string | string[];
    Resource?: string | string[];
    Principal?: unknown;
    Condition?: unknown;
  }[];
}

const read = (text: string): Document => JSON.parse(text) as Document;

test("the trust policy lets one principal assume the role, with the external id alone", () => {
  const parts = { principalArn: "arn:aws:iam::111122223333:role/gateway", externalId: "adit-1", hasTags: false };
  expect(read(trustPolicy(parts))).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AditAssumesThisRole",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:role/gateway" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "adit-1" } },
      },
    ],
  });
  expect(read(trustPolicy({ ...parts, hasTags: true })).Statement.map(({ Action }) => Action)).toEqual([
    "sts:AssumeRole",
    "sts:TagSession",
  ]);
});

describe("the permission policy", () => {
  const resources = (text: string): unknown => read(text).Statement[0]?.Resource;

  test("O24: allows the models named, their profiles, and reading profiles", () => {
    const text = permissionPolicy({
      partition: "aws",
      regions: ["us-east-1"],
      models: ["us.anthropic.claude-*", "amazon.nova-lite-v1:0"],
      isBearerKey: false,
    });
    expect(resources(text)).toEqual([
      "arn:aws:bedrock:us-east-1:*:inference-profile/us.anthropic.claude-*",
      "arn:aws:bedrock:*::foundation-model/anthropic.claude-*",
      "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
      "arn:aws:bedrock:us-east-1:*:inference-profile/*.amazon.nova-lite-v1:0",
    ]);
    expect(read(text).Statement[1]).toMatchObject({
      Action: "bedrock:GetInferenceProfile",
      Resource: [
        "arn:aws:bedrock:us-east-1:*:inference-profile/*",
        "arn:aws:bedrock:us-east-1:*:application-inference-profile/*",
      ],
    });
    const actions = read(text).Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
    expect(text).not.toContain("CallWithBearerToken");
  });

  test("for all models allows applications' profiles and the models of bedrock-mantle too", () => {
    const text = permissionPolicy({ partition: "aws", regions: ["eu-west-1"], models: undefined, isBearerKey: true });
    expect(resources(text)).toEqual([
      "arn:aws:bedrock:*::foundation-model/*",
      "arn:aws:bedrock:eu-west-1:*:inference-profile/*.*",
      "arn:aws:bedrock:eu-west-1:*:application-inference-profile/*",
    ]);
    // As AWS's managed policy AmazonBedrockMantleInferenceAccess has it.
    expect(read(text).Statement.slice(-2)).toMatchObject([
      { Action: "bedrock-mantle:CreateInference", Resource: ["arn:aws:bedrock-mantle:eu-west-1:*:project/*"] },
      { Action: ["bedrock:CallWithBearerToken", "bedrock-mantle:CallWithBearerToken"], Resource: "*" },
    ]);
  });

  test.each([
    ["openai.gpt-5.4", true],
    ["openai.gpt-5*", true],
    ["openai.gpt-oss-20b", true],
    ["openai.gpt-oss-20b-1:0", false],
    ["anthropic.claude-*", false],
  ])("of bedrock-mantle for %s: %s", (model, isServedThere) => {
    const text = permissionPolicy({ partition: "aws", regions: undefined, models: [model], isBearerKey: false });
    expect(text.includes("bedrock-mantle:CreateInference")).toBe(isServedThere);
  });

  test("renders prompts, and calls whatever models they ask (AWS's reference of Converse, on prompts)", () => {
    const prompt = "arn:aws:bedrock:us-west-2:123456789012:prompt/PROMPT12345:1";
    const parts = { partition: "aws", regions: ["us-west-2"], isBearerKey: false };
    const own = permissionPolicy({ ...parts, models: [prompt] });
    expect(resources(own)).toEqual([
      "arn:aws:bedrock:*::foundation-model/*",
      "arn:aws:bedrock:us-west-2:*:inference-profile/*",
    ]);
    const rendering = (text: string) => read(text).Statement.find(({ Action }) => Action === "bedrock:RenderPrompt");
    expect(rendering(own)?.Resource).toEqual([prompt]);
    expect(rendering(permissionPolicy({ ...parts, models: undefined }))?.Resource).toEqual([
      "arn:aws:bedrock:us-west-2:*:prompt/*",
    ]);
    expect(rendering(permissionPolicy({ ...parts, models: ["amazon.*"] }))).toBeUndefined();
  });

  test("goes by ARNs, by partition, and knows what an API key needs", () => {
    const profile = "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:application-inference-profile/abc";
    const text = permissionPolicy({
      partition: "aws-us-gov",
      regions: undefined,
      models: [profile],
      isBearerKey: true,
    });
    expect(resources(text)).toEqual([profile, "arn:aws-us-gov:bedrock:*::foundation-model/*"]);
    expect(read(text).Statement.at(-1)).toMatchObject({ Action: "bedrock:CallWithBearerToken" });
  });
});
