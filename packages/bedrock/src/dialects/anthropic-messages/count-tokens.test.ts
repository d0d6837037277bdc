import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { awsErrorFrom } from "../../wire/aws-errors/aws-error.ts";
import { dataFile } from "../../wire/testing/data-checks.ts";
import { recordingsOf } from "../../wire/testing/recordings.ts";
import { faultBy, type ServiceModel } from "../../converse/testing/service-model.ts";
import { checkMessagesRequest } from "./request/check-request.ts";
import {
  countableModel,
  countTokensOfConverse,
  countTokensOfNative,
  isCountRefused,
  mantleCountOf,
  type CountTokensBody,
} from "./count-tokens.ts";
import type { MessagesRequest } from "./messages-request.ts";
import { translateMessages } from "./testing/translate.ts";
import { estimateInputTokens } from "./token-estimate.ts";

const user = { role: "user", content: "Hello" };
const sonnet4 = "us.anthropic.claude-sonnet-4-20250514-v1:0";

function request(more: JsonObject): MessagesRequest {
  return checkMessagesRequest({ model: "m", messages: [user], ...more });
}

function nativeBody({ input }: CountTokensBody): JsonObject {
  const encoded = "invokeModel" in input ? input.invokeModel.body : "";
  return JSON.parse(Buffer.from(encoded, "base64").toString()) as JsonObject;
}

describe("tokens are counted", () => {
  it.each([
    ["anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"],
    [sonnet4, "anthropic.claude-sonnet-4-20250514-v1:0"],
    [
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
      "anthropic.claude-3-7-sonnet-20250219-v1:0",
    ],
    ["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"],
    // What stands behind is not known.
    ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", undefined],
    ["arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl", undefined],
  ])("of %s under the id %s", (id, counted) => {
    expect(countableModel(factsOfModel(id))).toBe(counted);
  });

  it("of an application profile under the id of the model behind it", () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
    const id = "anthropic.claude-3-5-haiku-20241022-v1:0";
    expect(countableModel(factsOfModel(arn, id))).toBe(id);
  });

  it("of Claude's own body, with the limit that AWS wants there", () => {
    const context = { model: factsOfModel(sonnet4), media: new Map(), anthropicBeta: [] };
    const plain = countTokensOfNative(request({ stream: true, speed: "fast" }), context);
    expect(nativeBody(plain.body)).toEqual({
      messages: [user],
      max_tokens: 1,
      anthropic_version: "bedrock-2023-05-31",
    });
    expect(plain.dropped).toEqual(["speed"]);
    const thinking = { type: "enabled", budget_tokens: 2000 };
    expect(nativeBody(countTokensOfNative(request({ thinking }), context).body)).toMatchObject({
      max_tokens: 2001,
      thinking,
    });
    // Sonnet 4 knows budgets alone: Adit's own stands in, and AWS wants a limit above it.
    expect(nativeBody(countTokensOfNative(request({ thinking: { type: "adaptive" } }), context).body)).toMatchObject({
      max_tokens: 1025,
      thinking: { type: "enabled", budget_tokens: 1024 },
    });
    // Among the additional fields it is the body's, too.
    const additional = request({ additionalModelRequestFields: { thinking } });
    expect(nativeBody(countTokensOfNative(additional, context).body)).toMatchObject({ max_tokens: 2001, thinking });
    expect(nativeBody(countTokensOfNative(request({ max_tokens: 7 }), context).body)["max_tokens"]).toBe(7);
  });

  it.each([
    ["us.anthropic.claude-opus-4-8", "anthropic.claude-opus-4-8"],
    ["anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5"],
    ["global.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6"],
    ["anthropic.claude-haiku-4-5", "anthropic.claude-haiku-4-5"],
  ])("of %s by bedrock-mantle under its own id, without limits and sampling", (id, model) => {
    const context = { model: factsOfModel(id), media: new Map(), anthropicBeta: [] };
    const asked = { max_tokens: 9, stop_sequences: ["x"], system: "s", anthropic_beta: [], stream: true };
    const { native } = countTokensOfNative(request(asked), context);
    expect(mantleCountOf(native, context.model)).toEqual({
      model,
      body: JSON.stringify({ model, messages: [user], system: "s" }),
      betas: [],
    });
  });

  it("not by bedrock-mantle where the model is not known to be Claude", () => {
    expect(
      mantleCountOf("{}", { baseId: "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/a" }),
    ).toBeUndefined();
    expect(mantleCountOf('{"anthropic_beta":["a"]}', { baseId: "anthropic.claude-x" })?.betas).toEqual(["a"]);
  });

  it("of Converse's conversation, without what is no part of it", () => {
    const { request: converse } = translateMessages({
      system: "s",
      temperature: 0.5,
      tools: [{ name: "f", input_schema: { type: "object" } }],
      service_tier: "flex",
    });
    const body = countTokensOfConverse(converse);
    expect(body).toEqual({
      input: { converse: { messages: converse.messages, system: [{ text: "s" }], toolConfig: converse.toolConfig } },
    });
  });

  const awsModel = dataFile("aws.bedrock-runtime.service-2.json") as ServiceModel | undefined;
  it.skipIf(awsModel === undefined)(
    "in a body that AWS's service model takes (run where ADIT_DATA_CHECKS is found)",
    () => {
      const model: ServiceModel = { ...(awsModel ?? { shapes: {} }), isStrict: true };
      const context = { model: factsOfModel(sonnet4), media: new Map(), anthropicBeta: [] };
      const { request: converse } = translateMessages({ system: "s" });
      for (const body of [countTokensOfNative(request({}), context).body, countTokensOfConverse(converse)]) {
        expect(faultBy(model, body, "CountTokensRequest")).toBeUndefined();
      }
      expect(faultBy(model, { input: { other: {} } }, "CountTokensRequest")).toBeDefined();
    },
  );

  const recorded = recordingsOf("CountTokens");
  it.skipIf(recorded.length === 0)("unless AWS says that it counts nothing for the model", () => {
    const refusals = recorded
      .filter(({ response }) => response.status === 400)
      .map(({ model_id: model, response: { status, headers, body_json: body } }) => ({
        model,
        isRefused: isCountRefused(awsErrorFrom(status, headers, Buffer.from(JSON.stringify(body)))),
      }));
    expect(refusals.filter(({ isRefused }) => isRefused).map(({ model }) => model)).toContain(sonnet4);
    expect(refusals.some(({ isRefused }) => !isRefused)).toBe(true);
  });
});

describe("an estimate of tokens", () => {
  const recorded = recordingsOf("InvokeModel")
    .filter(({ response, flags }) => response.status === 200 && flags?.["truncated"] === undefined)
    .flatMap(({ id, request: { body }, response: { body_json: answer } }) => {
      const usage = (answer as { usage?: Record<string, number> } | undefined)?.usage ?? {};
      const {
        input_tokens: input,
        cache_read_input_tokens: read = 0,
        cache_creation_input_tokens: written = 0,
      } = usage;
      const given = body as JsonObject | undefined;
      const isClaude = given?.["anthropic_version"] !== undefined && input !== undefined;
      return isClaude
        ? [{ id, counted: input + read + written, body: { model: "m", ...given } as MessagesRequest }]
        : [];
    });

  it.skipIf(recorded.length === 0)(
    "is near what Claude counted, and rather above (run where ADIT_RECORDINGS is found)",
    () => {
      // Of an image the estimate does not know the size.
      const texts = recorded.filter(({ body }) => !JSON.stringify(body).includes('"type":"image"'));
      const shares = texts
        .map(({ counted, body }) => estimateInputTokens(body) / counted)
        .toSorted((one, other) => one - other);
      expect(shares.length).toBeGreaterThan(100);
      const [least = 0, median = 0, most = 0] = [0, shares.length >> 1, shares.length - 1].map((at) => shares[at] ?? 0);
      expect([least > 0.75, median > 0.9, median < 1.8, most < 3]).toEqual([true, true, true, true]);
    },
  );

  it("grows with every part, and with nothing that is no prompt", () => {
    const tokens = (more: JsonObject): number => estimateInputTokens(request(more));
    const base = tokens({});
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(500_000) } };
    const pdf = {
      type: "document",
      source: { type: "base64", media_type: "application/pdf", data: "A".repeat(500_000) },
    };
    expect(tokens({ system: "Be short." })).toBeGreaterThan(base);
    expect(tokens({ tools: [{ name: "f", input_schema: { type: "object" } }] })).toBeGreaterThan(base + 500);
    expect(tokens({ messages: [{ role: "user", content: [image] }] })).toBe(1600 + 8);
    expect(tokens({ messages: [{ role: "user", content: [pdf] }] })).toBe(15_000 + 8);
    const inResult = [{ type: "tool_result", tool_use_id: "t", content: [image] }];
    expect(tokens({ messages: [{ role: "user", content: inResult }] })).toBe(1600 + 8);
    expect(tokens({ temperature: 1, max_tokens: 1000, metadata: { user_id: "u" } })).toBe(base);
    // A character of another script is about a token.
    expect(tokens({ messages: [{ role: "user", content: "天气".repeat(50) }] })).toBeGreaterThan(90);
  });
});
