import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  type InvokeModelCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "./request.ts";
import { recordingsOf } from "../wire/testing/recordings.ts";
import { countsFromHeaders } from "./invocation-counts.ts";
import { invokeHeaders, servingFromHeaders } from "./invoke-headers.ts";

const full: ConverseRequest = {
  guardrailConfig: { guardrailIdentifier: "q7harbourgx2", guardrailVersion: "DRAFT", trace: "enabled_full" },
  performanceConfig: { latency: "optimized" },
  serviceTier: { type: "priority" },
  requestMetadata: { team: "harbour", place: "Łódź 🚢" },
};

/** The same wishes as AWS's SDK sends them. */
async function headersOfSdk(input: Omit<InvokeModelCommandInput, "modelId" | "body">): Promise<Record<string, string>> {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  let headers: Record<string, string> = {};
  client.middlewareStack.add(
    () => (args) => {
      headers = (args.request as { headers: Record<string, string> }).headers;
      throw new Error("read");
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await expect(client.send(new InvokeModelCommand({ ...input, modelId: "m", body: "{}" }))).rejects.toThrow("read");
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amzn-bedrock-")));
}

describe("what of a Converse request travels in headers of InvokeModel", () => {
  it("has the names and values that AWS's SDK sends", async () => {
    const { "x-amzn-bedrock-request-metadata": metadata, ...headers } = invokeHeaders(full);
    expect(headers).toEqual(
      await headersOfSdk({
        guardrailIdentifier: "q7harbourgx2",
        guardrailVersion: "DRAFT",
        trace: "ENABLED_FULL",
        performanceConfigLatency: "optimized",
        serviceTier: "priority",
      }),
    );
    expect(JSON.parse(metadata!)).toEqual(full.requestMetadata);
    expect(metadata).toMatch(/^[ -~]+$/);
    const sdk = await headersOfSdk({ requestMetadata: metadata! });
    expect(sdk).toEqual({ "x-amzn-bedrock-request-metadata": metadata });
  });

  it("is nothing where nothing is wished", () => {
    expect(invokeHeaders({ messages: [] })).toEqual({});
  });
});

describe("what headers of a reply tell", () => {
  it("is how the call was served", () => {
    const headers = { "x-amzn-bedrock-service-tier": "flex", "x-amzn-bedrock-performanceconfig-latency": "standard" };
    expect(servingFromHeaders(headers)).toEqual({
      serviceTier: { type: "flex" },
      performanceConfig: { latency: "standard" },
    });
    expect(servingFromHeaders({})).toEqual({});
  });

  it("are counts; what they do not tell is absent, never 0", () => {
    expect(
      countsFromHeaders({
        "x-amzn-bedrock-input-token-count": "14",
        "x-amzn-bedrock-output-token-count": ["10"],
        "x-amzn-bedrock-cache-read-input-token-count": "0",
        "x-amzn-bedrock-invocation-latency": "many",
      }),
    ).toEqual({ inputTokens: 14, outputTokens: 10, cacheReadInputTokens: 0 });
    expect(countsFromHeaders({})).toEqual({});
  });

  const recorded = recordingsOf("InvokeModel").filter(
    ({ response }) => response.headers["x-amzn-bedrock-input-token-count"] !== undefined,
  );

  it.skipIf(recorded.length === 0)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(recorded.length).toBeGreaterThan(150);
    for (const { response } of recorded) {
      const told = Object.keys(response.headers).filter((name) => /^x-amzn-bedrock-.*(?:count|latency)$/.test(name));
      expect(Object.keys(countsFromHeaders(response.headers))).toHaveLength(told.length);
    }
  });
});
