import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI, { APIError } from "openai";
import { Portkey } from "portkey-ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AditError } from "./adit-error.ts";
import { errorTable, isErrorCode, type ErrorCode } from "./error-table.ts";
import { openAiErrorBody } from "./openai-error-body.ts";

const codes = Object.keys(errorTable).filter(isErrorCode);

function errorOf(code: ErrorCode, fromAws = false): AditError {
  return new AditError(code, "The words", {
    param: "messages[2].content",
    ...(fromAws ? { aws: { type: code, message: "The words", requestId: "aws-1" } } : {}),
  });
}

describe("the error body", () => {
  it.each(codes)("has the row's type and code, and words that say what to do: %s", (code) => {
    const error = errorOf(code);
    const row = errorTable[code];
    const body = openAiErrorBody(error, false);
    expect(body).toEqual({
      error: { message: error.describe(), type: row.openai.type, code: row.openai.code, param: "messages[2].content" },
    });
    expect(body.error.message).toContain("The words");
    expect(body.error.message).toContain(row.remedy);
  });

  it.each(codes)("has Portkey's members at the top where asked: %s", (code) => {
    const own = openAiErrorBody(errorOf(code), true);
    expect(own).toMatchObject({ status: "failure", message: own.error.message });
    expect(own).not.toHaveProperty("provider");
    const ofAws = openAiErrorBody(errorOf(code, true), true);
    expect(ofAws).toMatchObject({ status: "failure", message: ofAws.error.message, provider: "bedrock" });
    expect(ofAws.error.message).toMatch(/^bedrock error: The words/);
    expect(ofAws.error.message).toContain("aws-1");
  });

  it.each(["bedrock", "openai"] as const)(
    "has Portkey's name for a target that speaks OpenAI's format: %s",
    (vendorName) => {
      const provider = { from: "host.example answered 404", vendorName, type: "invalid_request_error", code: "gone" };
      const error = new AditError("provider_error", "No such model.", { status: 404, provider });
      const body = openAiErrorBody(error, true);
      expect(body).toMatchObject({ message: body.error.message, error: { code: "gone" }, provider: vendorName });
      expect(body.error.message).toMatch(new RegExp(`^${vendorName} error: No such model\\.`));
      expect(openAiErrorBody(error, false)).not.toHaveProperty("provider");
    },
  );

  it("has Portkey's own type or code for callers under its prefix alone, where it has one", () => {
    const error = new AditError("budget_exhausted", "x", { vendor: { type: "virtual_key_exhaust_error" } });
    expect(openAiErrorBody(error, true).error).toMatchObject({
      type: "virtual_key_exhaust_error",
      code: "budget_exhausted",
    });
    expect(openAiErrorBody(error, false).error).toMatchObject({ type: "insufficient_quota", code: "budget_exhausted" });
  });

  it("has nothing of Portkey's status, which is the answer's", () => {
    const error = new AditError("forbidden", "x", { vendor: { status: 412, type: "model_not_allowed_error" } });
    expect(openAiErrorBody(error, true).error).toEqual({
      message: expect.stringContaining("x"),
      type: "model_not_allowed_error",
      code: "forbidden",
      param: null,
    });
  });

  it.each([
    // Recorded.
    ["ValidationException", "Input is too long for requested model.", "context_length_exceeded"],
    ["ValidationException", "prompt is too long: 213462 tokens > 200000 maximum", "context_length_exceeded"],
    [
      "ValidationException",
      "Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
      "context_length_exceeded",
    ],
    ["ValidationException", "The text field in the ContentBlock object at messages.0 is blank.", "validation_error"],
    ["ThrottlingException", "Too many input tokens, please wait.", "rate_limit_exceeded"],
  ] as const)("%s: %s", (type, message, code) => {
    expect(openAiErrorBody(new AditError(type, message, { aws: { type, message } }), false).error.code).toBe(code);
  });

  it("has param null where no field is at fault", () => {
    expect(openAiErrorBody(new AditError("internal", "x"), false).error.param).toBeNull();
  });
});

describe("the error body to real clients", () => {
  let server: Server;
  let baseURL = "";
  let current: AditError = errorOf("internal");

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(current.status, { "content-type": "application/json", "x-portkey-trace-id": "trace" });
      response.end(JSON.stringify(openAiErrorBody(current, true)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const request = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };
  // 499 is for the log: its caller has left.
  const answered = codes.filter((code) => errorTable[code].status !== 499);

  it.each(answered)("OpenAI's SDK reads it: %s", async (code) => {
    current = errorOf(code, true);
    const client = new OpenAI({ apiKey: "key", baseURL, maxRetries: 0 });
    const thrown: unknown = await client.chat.completions.create(request).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({
      status: errorTable[code].status,
      type: errorTable[code].openai.type,
      code: errorTable[code].openai.code,
      param: "messages[2].content",
      message: expect.stringContaining(errorTable[code].remedy) as string,
    });
  });

  it.each(answered)("Portkey's SDK reads it: %s", async (code) => {
    current = errorOf(code, true);
    const client = new Portkey({ apiKey: "key", baseURL });
    const thrown: unknown = await client.chat.completions.create(request).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      status: errorTable[code].status,
      message: expect.stringContaining(errorTable[code].remedy) as string,
    });
  });
});
