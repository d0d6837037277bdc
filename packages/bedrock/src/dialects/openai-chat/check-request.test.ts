import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { checkChatRequest } from "./check-request.ts";

function refusalOf(body: JsonObject): AditError {
  try {
    checkChatRequest(body);
  } catch (error) {
    if (error instanceof AditError) {
      return error;
    }
    throw error;
  }
  throw new Error("the request was taken");
}

function withPart(part: JsonValue): JsonObject {
  return {
    model: "m",
    messages: [
      { role: "user", content: "a" },
      { role: "user", content: [part] },
    ],
  };
}

function withBlock(block: JsonValue): JsonObject {
  return {
    model: "m",
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content_blocks: [block] },
    ],
  };
}

function withField(field: string, value: JsonValue): JsonObject {
  return { model: "m", messages: [{ role: "user", content: "a" }], [field]: value };
}

describe("the check of a request", () => {
  it("gives the same object back", () => {
    const body: JsonObject = withField("temperature", 0.5);
    expect(checkChatRequest(body)).toBe(body);
  });

  const wrongTypes: [body: JsonObject, param: string, words: string][] = [
    [{ messages: [{ role: "user", content: "a" }] }, "model", "model must be the name of a model (it is missing)"],
    [{ model: "m" }, "messages", "messages must be a list of messages (it is missing)"],
    [{ model: "m", messages: [] }, "messages", "messages must not be empty"],
    [withField("stream", "yes"), "stream", "must be true or false (it is a string)"],
    [withField("store", "yes"), "store", "must be true or false (it is a string)"],
    [withField("parallel_tool_calls", 1), "parallel_tool_calls", "must be true or false (it is a number)"],
    [withField("stream_options", { include_usage: "yes" }), "stream_options.include_usage", "must be true or false"],
    [
      withField("stream_options", { include_obfuscation: 0 }),
      "stream_options.include_obfuscation",
      "must be true or false",
    ],
    [
      withField("response_format", {
        type: "json_schema",
        json_schema: { name: "a", schema: { type: "object" }, strict: "maybe" },
      }),
      "response_format.json_schema.strict",
      "must be true or false (it is a string)",
    ],
    [{ model: "m", messages: ["a"] }, "messages[0]", "messages[0] must be an object (it is a string)"],
    [
      withPart({ type: "text", text: "a", citations: "x" }),
      "messages[1].content[0].citations",
      "must be a list of citations (it is a string)",
    ],
    [
      withPart({ type: "text", text: "a", citations: [{}, null] }),
      "messages[1].content[0].citations[1]",
      "must be an object (it is null)",
    ],
    [
      withPart({ type: "text", text: "a", citations: [{ location: 5 }] }),
      "messages[1].content[0].citations[0].location",
      "must be an object (it is a number)",
    ],
    [
      withPart({ type: "text", text: "a", citations: [{ sourceContent: "x" }] }),
      "messages[1].content[0].citations[0].sourceContent",
      "must be a list of texts (it is a string)",
    ],
    [
      withField("max_tokens", 2 ** 31),
      "max_tokens",
      "must be at most 2147483647, the most that AWS carries (it is 2147483648)",
    ],
    [withField("max_completion_tokens", Infinity), "max_completion_tokens", "must be at most 2147483647"],
    [withField("max_tokens", 0), "max_tokens", "must be a whole number of at least 1 (it is 0)"],
    [
      { model: "m", messages: [{ role: "human" }] },
      "messages[0].role",
      "must be one of system, developer, user, assistant, tool",
    ],
    [
      { model: "m", messages: [{ content: "a" }] },
      "messages[0].role",
      "messages[0].role must be a string (it is missing)",
    ],
    [
      { model: "m", messages: [{ role: "user", content: 7 }] },
      "messages[0].content",
      "a string or a list of parts (it is a number)",
    ],
    [{ model: "m", messages: [{ role: "user" }] }, "messages[0].content", "(it is missing)"],
    [withPart("a"), "messages[1].content[0]", "must be an object (it is a string)"],
    [withPart({ type: "text", text: 1 }), "messages[1].content[0].text", "must be a string (it is a number)"],
    [
      withPart({ type: "text", text: "a", cache_control: { ttl: "2h" } }),
      "messages[1].content[0].cache_control.ttl",
      "one of 5m, 1h",
    ],
    [
      withPart({ type: "image_url", image_url: { url: 5 } }),
      "messages[1].content[0].image_url.url",
      "must be a string (it is a number)",
    ],
    [
      withPart({ type: "image_url", image_url: { url: "abc" } }),
      "messages[1].content[0].image_url.url",
      "starts with https:, data: or s3:",
    ],
    [withPart({ type: "image_url" }), "messages[1].content[0].image_url", "must be an object (it is missing)"],
    [withPart({ type: "file", file: {} }), "messages[1].content[0].file.file_data", "must be a string (it is missing)"],
    [withPart({ type: "input_audio", input_audio: {} }), "messages[1].content[0].input_audio.data", "must be a string"],
    [withPart({ type: "thinking", text: "a" }), "messages[1].content[0].thinking", "must be a string"],
    [withPart({ type: "redacted_thinking" }), "messages[1].content[0].data", "must be a string"],
    [withPart({ type: "hologram" }), "messages[1].content[0].type", '"hologram" is not known'],
    [withPart({ text: "a", document: {} }), "messages[1].content[0].type", "must be a string (it is missing)"],
    [
      {
        model: "m",
        messages: [{ role: "system", content: [{ type: "image_url", image_url: { url: "https://a/b" } }] }],
      },
      "messages[0].content[0].type",
      "a system prompt takes no other content",
    ],
    [
      { model: "m", messages: [{ role: "tool", content: "a" }] },
      "messages[0].tool_call_id",
      "must be a string (it is missing)",
    ],
    [
      { model: "m", messages: [{ role: "assistant", tool_calls: [{ id: "1" }] }] },
      "messages[0].tool_calls[0].function",
      "must be an object",
    ],
    [
      { model: "m", messages: [{ role: "assistant", tool_calls: {} }] },
      "messages[0].tool_calls",
      "must be a list of calls",
    ],
    [
      { model: "m", messages: [{ role: "assistant", content_blocks: "a" }] },
      "messages[0].content_blocks",
      "must be a list of blocks",
    ],
    [withBlock("a"), "messages[1].content_blocks[0]", "must be an object (it is a string)"],
    [withBlock({ type: "thinking", thinking: 5 }), "messages[1].content_blocks[0].thinking", "must be a string"],
    [withBlock({ type: "image_url", image_url: 5 }), "messages[1].content_blocks[0].image_url", "must be an object"],
    [
      withBlock({ type: "image_url", image_url: { url: "abc" } }),
      "messages[1].content_blocks[0].image_url.url",
      "starts with https:, data: or s3:",
    ],
    [withBlock({ type: "video_url", video_url: null }), "messages[1].content_blocks[0].video_url", "must be an object"],
    [withBlock({ type: "file", file: null }), "messages[1].content_blocks[0].file", "must be an object"],
    [
      withBlock({ type: "input_audio", input_audio: {} }),
      "messages[1].content_blocks[0].input_audio.data",
      "must be a string",
    ],
    [withBlock({ type: "refusal", refusal: {} }), "messages[1].content_blocks[0].refusal", "must be a string"],
    [withBlock({ type: "document", document: 1 }), "messages[1].content_blocks[0].document", "must be an object"],
    [withBlock({ type: "oracle" }), "messages[1].content_blocks[0].type", '"oracle" is not known'],
    [withField("temperature", "hot"), "temperature", "temperature must be a number (it is a string)"],
    [withField("temperature", 2.5), "temperature", "between 0 and 2 (it is 2.5)"],
    [withField("top_p", -1), "top_p", "between 0 and 1"],
    [withField("max_tokens", 0), "max_tokens", "a whole number of at least 1 (it is 0)"],
    [withField("max_completion_tokens", 1.5), "max_completion_tokens", "a whole number"],
    [withField("max_tokens", 1e15), "max_tokens", "must be at most 2147483647, the most that AWS carries"],
    [withField("stop", [1]), "stop[0]", "must be a string"],
    [withField("stream", "yes"), "stream", "true or false"],
    [withField("tools", {}), "tools", "must be a list of tools"],
    [withField("tools", [{ type: "function", function: {} }]), "tools[0].function.name", "must be a string"],
    [
      withField("tools", [{ type: "function", function: { name: "a", parameters: "b" } }]),
      "tools[0].function.parameters",
      "an object",
    ],
    [withField("tools", [{ type: "bash_20250124" }]), "tools[0].name", "must be a string"],
    [withField("tools", [{}]), "tools[0].type", "must be a string"],
    [withField("tool_choice", "maybe"), "tool_choice", "one of auto, none, required"],
    [withField("tool_choice", { type: "function" }), "tool_choice.function.name", "must be a string"],
    [
      withField("tool_choice", { type: "allowed_tools", allowed_tools: { mode: "auto" } }),
      "tool_choice.allowed_tools.tools",
      "a list",
    ],
    [withField("response_format", { type: "json_object", schema: "{}" }), "response_format.schema", "an object"],
    [withField("response_format", { type: "xml" }), "response_format.type", "one of text, json_object, json_schema"],
    [withField("response_format", { type: "json_schema" }), "response_format.json_schema", "must be an object"],
    [
      withField("reasoning_effort", "extreme"),
      "reasoning_effort",
      "one of none, minimal, low, medium, high, xhigh, max",
    ],
    [withField("thinking", { type: "on" }), "thinking.type", "one of enabled, adaptive, disabled"],
    [withField("thinking", { type: "enabled", budget_tokens: "many" }), "thinking.budget_tokens", "a whole number"],
    [withField("metadata", "a"), "metadata", "an object"],
  ];
  it.each(wrongTypes)("says where and what: %j", (body, param, words) => {
    const refusal = refusalOf(body);
    expect([refusal.code, refusal.param, refusal.status]).toEqual(["invalid_request", param, 400]);
    expect(refusal.message).toContain(words);
  });

  const unsupportedOnes: [field: string, value: JsonValue][] = [
    ["n", 2],
    ["logprobs", true],
    ["top_logprobs", 3],
    ["modalities", ["text", "audio"]],
    ["audio", { voice: "alloy", format: "wav" }],
    ["web_search_options", {}],
    ["moderation", { model: "omni-moderation-latest" }],
    ["prompt_cache_options", { prewarm: true }],
    ["tools", [{ type: "custom", custom: { name: "a" } }]],
  ];
  it.each(unsupportedOnes)("refuses what would change the meaning: %s", (field, value) => {
    expect(refusalOf(withField(field, value)).code).toBe("unsupported_parameter");
  });

  it.each<[string, JsonValue]>([
    ["n", 1],
    ["logprobs", false],
    ["top_logprobs", 0],
    ["modalities", ["text"]],
    ["prompt_cache_options", { mode: "explicit", prewarm: false }],
    ["functions", []],
    ["function_call", "none"],
  ])("takes what asks for nothing: %s", (field, value) => {
    expect(() => checkChatRequest(withField(field, value))).not.toThrow();
  });

  it("takes null for absent, and fields that it does not know", () => {
    const fields = [
      "temperature",
      "top_p",
      "stop",
      "tools",
      "tool_choice",
      "n",
      "logprobs",
      "thinking",
      "metadata",
      "user",
    ];
    const body = { model: "m", messages: [{ role: "user", content: "a" }], unheard_of: { of: 1 } };
    expect(() =>
      checkChatRequest({ ...body, ...Object.fromEntries(fields.map((field) => [field, null])) }),
    ).not.toThrow();
  });

  it("sees to the older form of calls too", () => {
    const nameless = refusalOf({ model: "m", messages: [{ role: "function", content: "b" }] });
    expect([nameless.code, nameless.param]).toEqual(["invalid_request", "messages[0].name"]);
    const empty = refusalOf({ model: "m", messages: [{ role: "assistant", function_call: { name: "" } }] });
    expect([empty.code, empty.param]).toEqual(["invalid_request", "messages[0].function_call.name"]);
  });
});
