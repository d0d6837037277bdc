import { describe, expect, it } from "vitest";
import { newState } from "../generate/testing/shared-state.ts";
import { invoke } from "./invoke.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const messages = [{ role: "user", content: "Hi" }];
const toolUse = { type: "tool_use", id: "a", name: "a", input: {} };
const good = { anthropic_version: "bedrock-2023-05-31", max_tokens: 10, messages };
const image = (source: object) => [
  {
    role: "user",
    content: [
      { type: "image", source },
      { type: "text", text: "?" },
    ],
  },
];

function answerTo(modelId: string, body: unknown, stream = false) {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return invoke(
    { modelId, region: "us-east-1", account: "123456789012", headers: {}, body: bytes, stream },
    newState(),
  );
}

function refusalOf(modelId: string, body: unknown, stream = false): string | undefined {
  const outcome = answerTo(modelId, body, stream);
  return "refusal" in outcome ? outcome.refusal.message : undefined;
}

const malformed = (what: string) => `Malformed input request: ${what}, please reformat your input and try again.`;

/** Words: recorded (R), or as users of AWS reported them in public issues. */
describe("Claude's layer, told without Bedrock's prefix", () => {
  it.each<[string, object, string]>([
    ["no limit", { ...good, max_tokens: undefined }, "max_tokens: Field required"],
    ["no version", { ...good, anthropic_version: undefined }, "anthropic_version: Field required"],
    ["a version of nobody's", { ...good, anthropic_version: "latest" }, "Invalid API version"],
    ["no messages", { ...good, messages: undefined }, "messages: Field required"],
    ["an empty conversation", { ...good, messages: [] }, "messages: at least one message is required"],
    ["the model in the body", { ...good, model: "claude-3" }, "model: Extra inputs are not permitted"],
    ["the stream in the body", { ...good, stream: true }, "stream: Extra inputs are not permitted"],
    ["an unknown key", { ...good, foo: 1 }, "foo: Extra inputs are not permitted"],
    [
      "an unknown key deep inside",
      { ...good, messages: [{ role: "user", content: [{ type: "text", text: "Hi", foo: 1 }] }] },
      "messages.0.content.0.text.foo: Extra inputs are not permitted",
    ],
    [
      "a tool's key that Bedrock has not",
      { ...good, tools: [{ name: "a", input_schema: { type: "object" }, eager_input_streaming: true }] },
      "tools.0.custom.eager_input_streaming: Extra inputs are not permitted",
    ],
    [
      "a key that a beta opens, without the beta",
      { ...good, context_management: {} },
      "context_management: Extra inputs are not permitted",
    ],
    ["a flag of nobody's", { ...good, anthropic_beta: ["nobody-2020-01-01"] }, "invalid beta flag"],
    [
      "more tokens than the model has",
      { ...good, max_tokens: 64_001 },
      "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-5-20250929",
    ],
    ["a limit of none", { ...good, max_tokens: 0 }, "max_tokens: Input should be greater than or equal to 1"],
    ["a limit in words", { ...good, max_tokens: "10" }, "max_tokens: Input should be a valid integer"],
    [
      "a role of nobody's",
      { ...good, messages: [{ role: "tool", content: "Hi" }] },
      "messages.0.role: Input should be 'user', 'assistant' or 'system'",
    ],
    [
      "a role of the newest alone",
      { ...good, messages: [...good.messages, { role: "system", content: "Hi" }] },
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    ],
    [
      "what a search for tools has found, without the beta",
      {
        ...good,
        messages: [
          ...good.messages,
          { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "search", input: {} }] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "t1", content: [{ type: "tool_reference", tool_name: "x" }] },
            ],
          },
        ],
      },
      "messages.2.content.0.tool_result.content.0: Input tag 'tool_reference' found using 'type' does not match any of the expected tags: 'document', 'image', 'search_result', 'text'",
    ],
    [
      "a block of nobody's",
      { ...good, messages: [{ role: "user", content: [{ type: "video" }] }] },
      "messages.0.content.0: Input tag 'video' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'search_result', 'text', 'thinking', 'tool_result', 'tool_use'",
    ],
    [
      "a URL (R)",
      { ...good, messages: image({ type: "url", url: "https://example.com/a.png" }) },
      "messages.0.content.0.image.source.base64.data: URL sources are not supported",
    ],
    [
      "a media type of nobody's",
      { ...good, messages: image({ type: "base64", media_type: "image/bmp", data: "AA==" }) },
      "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
    ],
    [
      "a server's tool (R, CountTokens)",
      { ...good, tools: [{ type: "web_search_20250305", name: "web_search" }] },
      "tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom', 'text_editor_20250124', 'text_editor_20250429', 'text_editor_20250728'",
    ],
    [
      "empty text",
      { ...good, messages: [{ role: "user", content: "" }] },
      "messages: text content blocks must be non-empty",
    ],
    [
      "white space",
      { ...good, messages: [{ role: "user", content: " \n" }] },
      "messages: text content blocks must contain non-whitespace text",
    ],
    [
      "a prefill that ends in white space",
      { ...good, messages: [...messages, { role: "assistant", content: "So " }] },
      "messages: final assistant content cannot end with trailing whitespace",
    ],
    [
      "a result of no call",
      { ...good, messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "x", content: "1" }] }] },
      "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: x. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
    ],
    [
      "two calls of one id",
      { ...good, messages: [...messages, { role: "assistant", content: [toolUse, toolUse] }] },
      "messages.1.content.1: `tool_use` ids must be unique",
    ],
    [
      "temperature beside top_p",
      { ...good, temperature: 0.5, top_p: 0.5 },
      "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    ],
    [
      "too small a budget",
      { ...good, max_tokens: 2000, thinking: { type: "enabled", budget_tokens: 5 } },
      "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ],
    [
      "a budget that leaves nothing",
      { ...good, thinking: { type: "enabled", budget_tokens: 1024 } },
      "`max_tokens` must be greater than `thinking.budget_tokens`.",
    ],
    ["two tools of one name", { ...good, tools: [tool("a"), tool("a")] }, "tools: Tool names must be unique."],
    [
      "a choice of a tool that is not there",
      { ...good, tools: [tool("a")], tool_choice: { type: "tool", name: "b" } },
      "tool_choice: Tool 'b' not found in provided tools",
    ],
    [
      "a prompt",
      { prompt: "x", max_tokens_to_sample: 5 },
      '"claude-sonnet-4-5-20250929" is not supported on this API. Please use the Messages API instead.',
    ],
  ])("refuses %s", (_what, body, message) => {
    expect(refusalOf(claude, body)).toBe(message);
    expect(refusalOf(claude, body, true)).toBe(message);
  });

  it.each<[string, object]>([
    [
      "a beta and what it opens",
      { ...good, anthropic_beta: ["context-management-2025-06-27"], context_management: {} },
    ],
    [
      "tools deferred by their beta",
      { ...good, anthropic_beta: ["tool-search-tool-2025-10-19"], tools: [{ ...tool("a"), defer_loading: true }] },
    ],
    ["null for what is absent", { ...good, system: null, temperature: null, tools: null }],
    ["the version of Anthropic's own client", { ...good, anthropic_version: "2026-10-21" }],
    ["a prefill", { ...good, messages: [...messages, { role: "assistant", content: "So" }] }],
  ])("takes %s", (_what, body) => {
    expect(refusalOf(claude, body)).toBeUndefined();
  });

  it("knows the generations: what one takes another refuses", () => {
    const prefill = { ...good, messages: [...messages, { role: "assistant", content: "So" }] };
    expect(refusalOf("us.anthropic.claude-opus-4-8", prefill)).toMatch(/does not support assistant message prefill/);
    expect(refusalOf("us.anthropic.claude-opus-4-8", { ...good, temperature: 1 })).toBe(
      "`temperature` is deprecated for this model.",
    );
    const format = { type: "json_schema", schema: { type: "object", additionalProperties: false } };
    expect(refusalOf(claude, { ...good, output_config: { format } })).toBeUndefined();
    expect(refusalOf("us.anthropic.claude-sonnet-5", { ...good, output_config: { format } })).toBe(
      "output_config.format: Extra inputs are not permitted",
    );
  });

  function tool(name: string) {
    return { name, input_schema: { type: "object" } };
  }
});

describe("Bedrock's check of the JSON schema", () => {
  it.each<[string, string, unknown, string]>([
    ["no prompt", "meta.llama3-8b-instruct-v1:0", {}, malformed("#: required key [prompt] not found")],
    [
      "an unknown key",
      "meta.llama3-8b-instruct-v1:0",
      { prompt: "x", stop: ["a"] },
      malformed("#: extraneous key [stop] is not permitted"),
    ],
    [
      "images where the model has none",
      "meta.llama3-8b-instruct-v1:0",
      { prompt: "x", images: [] },
      malformed("#: extraneous key [images] is not permitted"),
    ],
    [
      "too long an answer",
      "meta.llama3-8b-instruct-v1:0",
      { prompt: "x", max_gen_len: 2049 },
      malformed("#/max_gen_len: 2049 is not less or equal to 2048"),
    ],
    [
      "a wrong type",
      "mistral.mistral-7b-instruct-v0:2",
      { prompt: "x", max_tokens: "5" },
      malformed("#/max_tokens: expected type: Integer, found: String"),
    ],
    [
      "a limit beyond the model's",
      "amazon.titan-text-express-v1",
      { inputText: "x", textGenerationConfig: { maxTokenCount: 8193 } },
      malformed("#/textGenerationConfig/maxTokenCount: 8193 is not less or equal to 8192"),
    ],
    [
      "a key of a structure",
      "amazon.titan-text-express-v1",
      { inputText: "x", textGenerationConfig: { foo: 1 } },
      malformed("#/textGenerationConfig: extraneous key [foo] is not permitted"),
    ],
    ["two faults", "cohere.command-text-v14", { foo: 1 }, malformed("2 schema violations found")],
    [
      "no message",
      "cohere.command-r-v1:0",
      { prompt: "x", message: undefined },
      malformed("2 schema violations found"),
    ],
    ["no messages", "qwen.qwen3-32b-v1:0", {}, malformed("#: required key [messages] not found")],
    [
      "no messages",
      "amazon.nova-lite-v1:0",
      { inputText: "x", messages: [] },
      malformed("#: extraneous key [inputText] is not permitted"),
    ],
    [
      "text that is no JSON",
      "amazon.nova-lite-v1:0",
      "{",
      "Malformed input request, please reformat your input and try again.",
    ],
    ["a list", "amazon.nova-lite-v1:0", "[]", malformed("#: expected type: JSONObject, found: JSONArray")],
  ])("refuses %s of %s", (_what, model, body, message) => {
    expect(refusalOf(model, body)).toBe(message);
  });

  it("comes after the model's id, also where there is no body", () => {
    expect(refusalOf("nobody.x", "")).toBe("The provided model identifier is invalid.");
    expect(refusalOf("anthropic.claude-sonnet-4-6", "")).toMatch(/on-demand throughput isn’t supported/);
    expect(refusalOf("anthropic.claude-v1", "")).toMatch(/reached the end of its life/);
    expect(refusalOf("amazon.nova-canvas-v1:0", "{}")).toMatch(/has no InvokeModel for amazon\.nova-canvas/);
  });
});

it.each(["ai21.j2-mid-v1", "amazon.titan-embed-text-v1"])("%s has no streams", (model) => {
  const own = model.startsWith("ai21") ? { prompt: "x" } : { inputText: "x" };
  expect(refusalOf(model, own, true)).toBe("The model is unsupported for streaming");
  expect(refusalOf(model, own)).toBeUndefined();
});

describe("Nova's layer", () => {
  const nova = "amazon.nova-lite-v1:0";
  const say = (more: object) => ({ messages: [{ role: "user", content: [{ text: "Hi" }] }], ...more });

  it.each<[string, object, RegExp]>([
    [
      "a schema with definitions",
      say({
        toolConfig: {
          tools: [{ toolSpec: { name: "a", inputSchema: { json: { type: "object", definitions: {} } } } }],
        },
      }),
      /^Malformed input request: #\/toolConfig\/tools\/0\/toolSpec\/inputSchema\/json: extraneous key \[definitions\]/,
    ],
    [
      "a conversation that the assistant begins",
      { messages: [{ role: "assistant", content: [{ text: "Hi" }] }] },
      /^A conversation must start with a user message/,
    ],
    [
      "reasoning of the second generation",
      say({ reasoningConfig: { type: "enabled" } }),
      /extraneous key \[reasoningConfig\]/,
    ],
  ])("refuses %s", (_what, body, words) => {
    expect(refusalOf(nova, body)).toMatch(words);
  });

  it("of the second generation reasons where it is asked to", () => {
    const body = say({ inferenceConfig: { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } } });
    expect(JSON.stringify(answerTo("us.amazon.nova-2-lite-v1:0", body))).toContain("reasoningContent");
  });
});

describe("request metadata", () => {
  const refusalFor = (metadata: string) => {
    const headers = { "x-amzn-bedrock-request-metadata": metadata };
    const body = Buffer.from(JSON.stringify({ prompt: "x" }));
    const place = { modelId: "meta.llama3-8b-instruct-v1:0", region: "us-east-1", account: "123456789012" };
    const outcome = invoke({ ...place, headers, body, stream: false }, newState());
    return "refusal" in outcome ? outcome.refusal.message : undefined;
  };

  it("is a JSON object of 8,500 characters at most", () => {
    expect(refusalFor('{"team":"a"}')).toBeUndefined();
    expect(refusalFor("team=a")).toMatch(/Provide a json object for the field/);
    expect(refusalFor("[1]")).toMatch(/Provide a json object for the field/);
    expect(refusalFor(`{"team":"${"a".repeat(8500)}"}`)).toMatch(
      /at 'requestMetadata' failed to satisfy constraint: Member must have length less than or equal to 8500/,
    );
  });
});

describe("answers", () => {
  it("are the same for the same body, and others for another", () => {
    const bodies = (text: string) => {
      const outcome = answerTo(claude, { ...good, messages: [{ role: "user", content: text }] });
      return "refusal" in outcome ? [] : outcome.bodies;
    };
    expect(bodies("Hi")).toEqual(bodies("Hi"));
    expect(bodies("Hi")).not.toEqual(bodies("Ho"));
  });
});
