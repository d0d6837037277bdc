import { describe, expect, it } from "vitest";
import { awsErrorFrom } from "./aws-errors/aws-error.ts";
import { readInferenceProfile } from "./control-plane.ts";
import { stripGeography } from "../models/geography.ts";
import { modelBehind } from "./inference-profiles.ts";
import { exchangesOf } from "./testing/recordings.ts";

const exchanges = exchangesOf("GetInferenceProfile");

describe("inference profiles of the fixtures and recordings", () => {
  it.each(exchanges.filter(({ response }) => response.status === 200))("$id names its model", (exchange) => {
    const { headers, body_json: json } = exchange.response;
    const profile = readInferenceProfile({ headers, body: Buffer.from(JSON.stringify(json)), requestId: "" });
    expect(profile).toEqual(json);
    expect(stripGeography(modelBehind(profile) ?? "").baseId).toBe(exchange.resolved_model_id);
  });

  it.each(exchanges.filter(({ response }) => response.status !== 200))("$id is AWS's refusal", ({ response }) => {
    const body = Buffer.from(JSON.stringify(response.body_json));
    expect(awsErrorFrom(response.status, response.headers, body)).toMatchObject({
      status: 404,
      code: "ResourceNotFoundException",
    });
  });
});
