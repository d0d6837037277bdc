import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Bedrock } from "./bedrock.ts";
import { generateObject } from "./generate/generate-object.ts";
import { generateText } from "./generate/generate-text.ts";
import type { JsonObject } from "./json.ts";

const input = '{"id":9007199254740993,"limit":1e400}';
const answer = `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":${input}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`;

let asked = 0;
let server: Server;
let bedrock: Bedrock;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume();
    response.setHeader("content-type", "application/json").end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  bedrock = new Bedrock({
    apiKey: "key",
    region: "us-east-1",
    environment: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
  });
});
afterAll(async () => {
  await bedrock.close();
  server.close();
});

const request = {
  // Its family does not stream calls: a stream is told from the whole answer.
  model: "us.meta.llama3-3-70b-instruct-v1:0",
  messages: [{ role: "user" as const, content: "q" }],
  tools: [{ type: "function", function: { name: "f" } }],
};

it("numbers that a double cannot hold reach the caller as AWS wrote them, whole", async () => {
  const completion = await bedrock.chat(request);
  expect(completion.choices[0].message.tool_calls?.[0]?.function.arguments).toBe(input);
});

it.each([Number.NaN, Infinity, -Infinity])(
  "a request that holds %d is refused with its path, and not sent",
  async (value) => {
    const before = asked;
    const schema = { type: "object", properties: { n: { type: "number", maximum: value } } };
    const tools = [{ type: "function", function: { name: "f", parameters: schema } }];
    await expect(bedrock.chat({ ...request, tools })).rejects.toMatchObject({
      code: "invalid_request",
      param: "tools[0].function.parameters.properties.n.maximum",
    });
    const input = { modelId: request.model, messages: [{ role: "user" as const, content: [{ text: "q" }] }] };
    const fields = { additionalModelRequestFields: { a: [1, value] } };
    await expect(bedrock.converse({ ...input, ...fields })).rejects.toMatchObject({
      code: "invalid_request",
      param: "additionalModelRequestFields.a[1]",
    });
    const options = { apiKey: "key", region: "us-east-1", environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } };
    await expect(generateText(request.model, "q", { ...options, ...fields })).rejects.toMatchObject({
      code: "invalid_request",
      param: "additionalModelRequestFields.a[1]",
    });
    expect(asked).toBe(before);
  },
);

it("an object that holds itself is no endless search", async () => {
  const held: Record<string, unknown> = { a: 1 };
  held["self"] = [held, held];
  const fields = { additionalModelRequestFields: held as JsonObject };
  await expect(bedrock.chat({ ...request, ...fields })).rejects.toMatchObject({
    code: "invalid_request",
    param: "additionalModelRequestFields.self[0]",
  });
  // Twice the same, and what writes itself, are no fault. The types take no date; programs in JavaScript hand in one.
  const twice = { additionalModelRequestFields: { a: [request, request], when: new Date(0) } as unknown as JsonObject };
  await bedrock.chat({ ...request, ...twice });
});

const circular: JsonObject = { type: "object" };
circular["properties"] = { inner: circular };
// What the types refuse, and programs in JavaScript hand in.
const withBigInt = { type: "object", maximum: 10n } as unknown as JsonObject;

it.each([
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", circular, "schema.properties.inner", "holds itself"],
  ["meta.llama3-8b-instruct-v1:0", withBigInt, "schema.maximum", "is a BigInt"],
  ["us.amazon.nova-lite-v1:0", { type: "object", maximum: Number.NaN }, "schema.maximum", "is NaN"],
])(
  "%s is not asked for an object of a schema that JSON cannot carry, %o: %s %s",
  async (model, schema, param, words) => {
    const before = asked;
    const options = { apiKey: "key", region: "us-east-1", environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } };
    await expect(generateObject(model, "q", schema, options)).rejects.toMatchObject({
      code: "invalid_request",
      param,
      message: `${param} ${words}, which JSON cannot carry`,
    });
    // Texts alone, by the types.
    const requestMetadata = { a: schema } as unknown as Record<string, string>;
    await expect(generateText(model, "q", { ...options, requestMetadata })).rejects.toMatchObject({
      code: "invalid_request",
    });
    expect(asked).toBe(before);
  },
);

it("and where a whole answer is told as a stream", async () => {
  let text = "";
  for await (const chunk of await bedrock.chat({ ...request, stream: true })) {
    text += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? "";
  }
  expect(text).toBe(input);
});
