import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { errorTable, isErrorCode } from "../../errors/error-table.ts";
import { awsErrorFrom, emptyOutputFrom } from "./aws-error.ts";
import { readConverseAnswer } from "../replies/converse-reply.ts";
import { exchangesOf, type Recording } from "../testing/recordings.ts";

function errorOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  return awsErrorFrom(status, headers, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
}

describe("awsErrorFrom", () => {
  it("reads the type before the colon, the words and the request id", () => {
    const error = errorOf(
      400,
      { message: "The provided model identifier is invalid." },
      {
        "x-amzn-errortype": "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
        "x-amzn-requestid": "7fdbc480",
      },
    );
    expect(error).toMatchObject({ code: "ValidationException", status: 400, retryable: false });
    expect(error.aws).toEqual({
      body: '{"message":"The provided model identifier is invalid."}',
      type: "ValidationException",
      typeHeader: "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
      message: "The provided model identifier is invalid.",
      requestId: "7fdbc480",
    });
  });

  it.each([
    [{ __type: "com.amazon.coral.service#AccessDeniedException", Message: "No." }, 403, "AccessDeniedException"],
    [{ code: "ThrottlingException", message: "Too many requests." }, 429, "ThrottlingException"],
    [{ code: 7, message: "Odd." }, 429, "ThrottlingException"],
    [{ Message: "Authentication failed: Please make sure your API Key is valid." }, 403, "BedrockApiKeyException"],
    [{ message: "Some words." }, 403, "AccessDeniedException"],
    [{ message: "Some words." }, 418, "aws_error"],
    [{ message: "Some words.", __type: "BrandNewException" }, 503, "ServiceUnavailableException"],
    [{ message: "Some words.", __type: "internal" }, 500, "InternalServerException"],
    [{ error: { message: "Some words." } }, 404, "ResourceNotFoundException"],
    [{}, 500, "InternalServerException"],
  ])("makes of %j with %i the error %s", (body, status, code) => {
    expect(errorOf(status, body)).toMatchObject({ code, status });
  });

  it("keeps AWS's status and a name that the table lacks", () => {
    const error = errorOf(499, { message: "Odd." }, { "x-amzn-errortype": "BrandNewException" });
    expect(error).toMatchObject({ code: "aws_error", status: 499, aws: { type: "BrandNewException" } });
  });

  it("keeps the model's own status", () => {
    const body = { message: "The model failed.", originalStatusCode: 500, resourceName: "x" };
    const error = errorOf(424, body, { "x-amzn-errortype": "ModelErrorException" });
    expect(error.aws?.originalStatusCode).toBe(500);
  });

  it("does not call a quota of the day retryable", () => {
    const words = "Too many tokens per day, please wait before trying again.";
    expect(errorOf(429, { message: words }).retryable).toBe(false);
    expect(errorOf(429, { message: "Too many tokens, please wait before trying again." }).retryable).toBe(true);
  });

  /** What agents look for in a message, as the code of Claude Code 2.1.332, pi 1.6, LangChain, LiteLLM and Continue 1.5 has it. */
  const agentsOnTooLong = [
    /prompt is too long/,
    /exceeds the context window/,
    /model's maximum context limit/,
    /reduce the length of the messages/,
  ];

  it.each([
    "Input is too long for requested model.",
    "prompt is too long: 213462 tokens > 200000 maximum",
    "Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens.",
    "The decoder prompt (length 40961) is longer than the maximum model length of 40960.",
    "too many total text bytes: 10000002 > 9000000",
  ])("has words by which agents shorten the conversation: %s", (message) => {
    const words = errorOf(400, { message }, { "x-amzn-errortype": "ValidationException" }).describe();
    for (const pattern of agentsOnTooLong) expect(words).toMatch(pattern);
  });

  it("does not call a prompt too long that is so together with max_tokens alone, nor any other fault", () => {
    for (const message of [
      "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
      "The maximum tokens you requested exceeds the model limit of 4096.",
    ]) {
      const words = errorOf(400, { message }, { "x-amzn-errortype": "ValidationException" }).describe();
      expect(words).not.toMatch(/prompt is too long/i);
    }
  });

  it.each([
    "Too many tokens, please wait before trying again.",
    "Too many tokens per day, please wait before trying again.",
  ])("is a rate limit to agents that take too many tokens for a conversation that is too long: %s", (message) => {
    // pi 1.6 and OpenCode 1.18 shorten the conversation at /too many tokens/i, unless this is in the message too.
    expect(errorOf(429, { message }).describe()).toMatch(/rate limit/i);
  });

  it.each([
    ["bedrock:ListFoundationModels", "Allow bedrock:ListFoundationModels to the credential."],
    ["bedrock:CallWithBearerToken", "Allow bedrock:CallWithBearerToken to the credential."],
    ["bedrock:InvokeModel", errorTable.AccessDeniedException.remedy],
    ["bedrock:InvokeModelWithResponseStream", errorTable.AccessDeniedException.remedy],
  ])("says that %s is to be allowed where AWS says that it is missing", (action, remedy) => {
    const message = `User: arn:aws:iam::123456789012:user/u is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`;
    expect(errorOf(403, { message }).remedy).toBe(remedy);
  });

  it.each([
    [404, "Model use case details have not been submitted for this account. Fill out the form.", "Fill in the form"],
    [400, "Operation not allowed", "ask AWS's support"],
  ])("says what an account must do, where the name of a %i means the request: %s", (status, message, remedy) => {
    expect(errorOf(status, { message }).remedy).toContain(remedy);
  });

  it("shortens and cleans a proxy's page", () => {
    const page = `<!DOCTYPE html><html><head><style>body { color: red }</style></head><body><h1>502 Bad\u0000\nGateway</h1>${"x".repeat(5_000)}</body></html>`;
    const error = errorOf(502, page, { "content-type": "text/html; charset=utf-8" });
    expect(error).toMatchObject({ code: "ServiceUnavailableException", status: 502, retryable: true });
    expect(error.message).toMatch(/^The endpoint answered 502 with text\/html instead of JSON: 502 Bad Gateway xxx/);
    expect(error.message.length).toBeLessThan(320);
    expect(error.message).not.toMatch(/[<>\p{Cc}]|color/u);
  });

  it("shows no bytes of a page that came in a coding", () => {
    const error = awsErrorFrom(
      503,
      { "content-type": "text/html", "content-encoding": "gzip" },
      gzipSync("<h1>Down</h1>"),
    );
    expect(error).toMatchObject({ status: 503, retryable: true });
    expect(error.message).toBe("The endpoint answered 503 with text/html instead of JSON: it came in the coding gzip");
  });

  it.each(["application/json", "application/json; charset=utf-8", "application/problem+json"])(
    "says of JSON that is none what it is: %s",
    (type) => {
      for (const body of ['{"message":', '["a"]']) {
        const error = errorOf(400, body, { "content-type": type });
        expect(error.message).toBe(
          `The endpoint answered 400 with ${type.split(";")[0]} that holds no JSON object: ${body}`,
        );
      }
    },
  );

  it("does not take a proxy's 403 for AWS's", () => {
    const error = errorOf(403, "<html>Blocked by policy</html>", { "content-type": "text/html" });
    expect(error).toMatchObject({ code: "aws_error", status: 403 });
    expect(error.aws).toBeUndefined();
  });

  it("is quick with hostile markup", () => {
    const before = performance.now();
    errorOf(400, "<script".repeat(200_000));
    errorOf(400, "<".repeat(1_000_000));
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it.each([
    ["7", 7],
    [" 0.5 ", 0.5],
    ["Fri, 02 Jan 2026 03:04:35 GMT", 30],
    ["soon", undefined],
    ["-1", undefined],
  ])("reads Retry-After: %s", (value, seconds) => {
    const headers = { "retry-after": value, date: "Fri, 02 Jan 2026 03:04:05 GMT" };
    expect(errorOf(429, { message: "x" }, headers).retryAfterSeconds).toBe(seconds);
  });
});

it.each([
  [{ "retry-after-ms": "1500", "retry-after": "2" }, 1.5],
  [{ "x-ms-retry-after-ms": "250", "retry-after": "1" }, 0.25],
  [{ "retry-after-ms": "soon", "retry-after": "2" }, 2],
])("reads the finer headers before Retry-After: %j", (headers, seconds) => {
  expect(awsErrorFrom(429, headers, Buffer.from('{"message":"x"}')).retryAfterSeconds).toBe(seconds);
});

describe("a 200 without output", () => {
  it("is AWS's UnknownOperationException where the body says so", () => {
    const body = '{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}';
    expect(emptyOutputFrom({}, Buffer.from(body))).toMatchObject({
      code: "UnknownOperationException",
      status: 502,
      aws: { type: "UnknownOperationException" },
    });
  });

  it.each([
    "",
    "{}",
    '{"output":{}}',
    '{"output":{"message":{}},"stopReason":"end_turn"}',
    "<html>hello</html>",
    "null",
    ...[
      null,
      "text",
      { text: 5 },
      { toolUse: { input: {} } },
      { toolUse: "f" },
      { reasoningContent: { reasoningText: "t" } },
      { citationsContent: { content: "x" } },
      { citationsContent: { content: [null] } },
      { citationsContent: { citations: {} } },
      { citationsContent: { citations: [{ sourceContent: "x" }] } },
    ].map((block) => JSON.stringify({ output: { message: { content: [block] } }, stopReason: "end_turn" })),
    '{"output":{"message":{"content":[]}},"stopReason":"end_turn","usage":"none"}',
    `{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}}]}},"stopReason":"tool_use"}`,
  ])("is empty_output: %s", (body) => {
    const read = () => readConverseAnswer({ headers: {}, body: Buffer.from(body), requestId: "" });
    expect(read).toThrow(expect.objectContaining({ code: "empty_output", status: 502, retryable: true }));
  });
});

it("members that are null are absent ones, as AWS's JSON has it", () => {
  const block = { text: "Hello", toolUse: null, reasoningContent: null, image: null };
  const body = { output: { message: { content: [block] } }, stopReason: "end_turn", usage: null, trace: null };
  const answer = readConverseAnswer({ headers: {}, body: Buffer.from(JSON.stringify(body)), requestId: "" });
  expect(answer.response).toEqual({ output: { message: { content: [{ text: "Hello" }] } }, stopReason: "end_turn" });
});

it("thinking that is signed and not shown has an empty text", () => {
  const block = { reasoningContent: { reasoningText: { signature: "c2ln" } } };
  const body = { output: { message: { content: [block] } }, stopReason: "end_turn" };
  const { response } = readConverseAnswer({ headers: {}, body: Buffer.from(JSON.stringify(body)), requestId: "" });
  expect(response.output.message?.content).toEqual([
    { reasoningContent: { reasoningText: { text: "", signature: "c2ln" } } },
  ]);
});

function bodyOf(response: Recording["response"]): Buffer {
  if (response.body_base64 !== undefined) {
    return Buffer.from(response.body_base64, "base64");
  }
  return Buffer.from(response.body_text ?? JSON.stringify(response.body_json) ?? "");
}

const operations = ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "CountTokens"];
const all = operations.flatMap((operation) => exchangesOf(operation));
const refusals = all.filter(({ response }) => response.status >= 300);

describe("answers of the fixtures and recordings", () => {
  it.each(refusals.map((recording) => [recording.id, recording] as const))("refusal %s", (_id, { response }) => {
    const error = awsErrorFrom(response.status, response.headers, bodyOf(response));
    const type = response.headers["x-amzn-errortype"]?.split(":")[0];
    expect(error.status).toBe(response.status);
    expect(error.code).toBe(type !== undefined && isErrorCode(type) ? type : error.code);
    const said = response.body_json as { message?: string; Message?: string } | undefined;
    expect(error.message).toBe(said?.message ?? said?.Message ?? error.message);
  });

  it("every Converse success is read, and nothing of it is lost", () => {
    const successes = all.filter(({ operation, response }) => operation === "Converse" && response.status === 200);
    expect(successes.length).toBeGreaterThan(0);
    for (const { response } of successes) {
      const answer = readConverseAnswer({ headers: response.headers, body: bodyOf(response), requestId: "" });
      expect(answer.response).toEqual(response.body_json);
    }
  });
});
