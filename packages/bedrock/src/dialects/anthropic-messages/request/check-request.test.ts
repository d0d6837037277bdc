import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { recordingsOf } from "../../../wire/testing/recordings.ts";
import { checkMessagesRequest } from "./check-request.ts";

const user = { role: "user", content: "Hello" };

function check(body: JsonObject): unknown {
  return checkMessagesRequest({ model: "m", max_tokens: 10, messages: [user], ...body });
}

function withBlock(block: JsonObject): JsonObject {
  return { messages: [{ role: "user", content: [{ type: "text", text: "a" }, block] }] };
}

describe("a request of the Messages API", () => {
  it.each<[string, JsonObject, string]>([
    ["no model", { model: "" }, "model"],
    ["no messages", { messages: "Hello" }, "messages"],
    ["an empty conversation", { messages: [] }, "messages"],
    ["a message that is none", { messages: ["Hello"] }, "messages[0]"],
    ["an unknown role", { messages: [{ role: "tool", content: "a" }] }, "messages[0].role"],
    ["content of a number", { messages: [{ role: "user", content: 1 }] }, "messages[0].content"],
    ["a block without a type", withBlock({ text: "a" }), "messages[0].content[1].type"],
    ["text of a number", withBlock({ type: "text", text: 1 }), "messages[0].content[1].text"],
    [
      "a ttl of two hours",
      withBlock({ type: "text", text: "a", cache_control: { ttl: "2h" } }),
      "messages[0].content[1].cache_control.ttl",
    ],
    ["an image without a source", withBlock({ type: "image" }), "messages[0].content[1].source"],
    [
      "an image of text",
      withBlock({ type: "image", source: { type: "text", data: "a" } }),
      "messages[0].content[1].source.type",
    ],
    [
      "bytes without a type",
      withBlock({ type: "image", source: { type: "base64", data: "a" } }),
      "messages[0].content[1].source.media_type",
    ],
    [
      "an address of a number",
      withBlock({ type: "document", source: { type: "url", url: 1 } }),
      "messages[0].content[1].source.url",
    ],
    [
      "a document of broken pieces",
      withBlock({ type: "document", source: { type: "content", content: [{}] } }),
      "messages[0].content[1].source.content[0].type",
    ],
    [
      "citations that are no object",
      withBlock({ type: "document", source: { type: "text", data: "a" }, citations: 1 }),
      "messages[0].content[1].citations",
    ],
    ["a call without an id", withBlock({ type: "tool_use", name: "f", input: {} }), "messages[0].content[1].id"],
    ["a result of no call", withBlock({ type: "tool_result", content: "a" }), "messages[0].content[1].tool_use_id"],
    [
      "a broken block in a result",
      withBlock({ type: "tool_result", tool_use_id: "a", content: [{ type: "text" }] }),
      "messages[0].content[1].content[0].text",
    ],
    ["thinking without text", withBlock({ type: "thinking", signature: "s" }), "messages[0].content[1].thinking"],
    ["redacted thinking without data", withBlock({ type: "redacted_thinking" }), "messages[0].content[1].data"],
    [
      "a search result without a title",
      withBlock({ type: "search_result", source: "s", content: [] }),
      "messages[0].content[1].title",
    ],
    ["an image as system prompt", { system: [{ type: "image", source: { type: "url", url: "u" } }] }, "system[0].type"],
    ["a system prompt of a number", { system: 1 }, "system"],
    ["fewer than no tokens", { max_tokens: -1 }, "max_tokens"],
    ["a temperature of two", { temperature: 2 }, "temperature"],
    ["stop sequences that are none", { stop_sequences: "a" }, "stop_sequences"],
    ["a stop sequence of a number", { stop_sequences: ["a", 1] }, "stop_sequences[1]"],
    ["tools that are none", { tools: {} }, "tools"],
    ["a tool without a name", { tools: [{ input_schema: {} }] }, "tools[0].name"],
    ["a tool without a schema", { tools: [{ name: "f" }] }, "tools[0].input_schema"],
    ["an unknown choice", { tool_choice: { type: "required" } }, "tool_choice.type"],
    ["a choice of no tool", { tool_choice: { type: "tool" } }, "tool_choice.name"],
    ["thinking without a budget", { thinking: { type: "enabled" } }, "thinking.budget_tokens"],
    ["an unknown format", { output_config: { format: { type: "json" } } }, "output_config.format.type"],
    [
      "a format without a schema, by its first name",
      { output_format: { type: "json_schema" } },
      "output_format.schema",
    ],
    ["a beta of a number", { anthropic_beta: [1] }, "anthropic_beta[0]"],
  ])("with %s is refused with the path", (_what, body, param) => {
    expect(() => check(body)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
  });

  it.each<[string, JsonObject, string, RegExp]>([
    [
      "web search",
      { tools: [{ type: "web_search_20250305", name: "web_search" }] },
      "tools[0].type",
      /web_search_20250305/,
    ],
    [
      "web fetch",
      { tools: [{ type: "web_fetch_20260318", name: "web_fetch" }] },
      "tools[0].type",
      /web_fetch_20260318/,
    ],
    [
      "code execution",
      { tools: [{ type: "code_execution_20250825", name: "x" }] },
      "tools[0].type",
      /code_execution_20250825/,
    ],
    ["MCP tools", { tools: [{ type: "mcp_toolset", mcp_server_name: "x" }] }, "tools[0].type", /MCP server yourself/],
    ["MCP servers", { mcp_servers: [{ type: "url", url: "u", name: "n" }] }, "mcp_servers", /no MCP server/],
    ["a new thread", { thread: { type: "create" } }, "thread", /no conversations/],
    ["a thread to go on", { thread: { type: "continue", previous_message_id: "m" } }, "thread", /no conversations/],
    ["a container", { container: "c_1" }, "container", /no containers/],
    ["a place of computing", { inference_geo: "us" }, "inference_geo", /region/],
    [
      "a file by id",
      withBlock({ type: "image", source: { type: "file", file_id: "f" } }),
      "messages[0].content[1].source",
      /base64/,
    ],
    ["an upload", withBlock({ type: "container_upload", file_id: "f" }), "messages[0].content[1]", /document/],
    [
      "results of a web search",
      withBlock({ type: "web_search_tool_result", tool_use_id: "a", content: [] }),
      "messages[0].content[1]",
      /web_search_tool_result/,
    ],
    [
      "calls of a web search",
      withBlock({ type: "server_tool_use", id: "a", name: "web_search", input: {} }),
      "messages[0].content[1]",
      /server_tool_use/,
    ],
  ])("that wants %s is refused by name, since Bedrock has no such thing", (_what, body, param, words) => {
    expect(() => check(body)).toThrow(
      expect.objectContaining({
        code: "unsupported_parameter",
        param,
        message: expect.stringMatching(words) as string,
      }),
    );
  });

  it("goes through with every kind of block, nulls, unknown fields and tools that Bedrock knows", () => {
    const body: JsonObject = {
      model: "m",
      max_tokens: 10,
      future_field: { a: 1 },
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "1h" } }],
      container: null,
      mcp_servers: [],
      thinking: { type: "between_tools_of_the_future" },
      tools: [
        { name: "f", input_schema: { type: "object" }, type: null },
        { type: "bash_20250124", name: "bash" },
        { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
        { type: "computer_20250124", name: "computer", display_width_px: 1, display_height_px: 1 },
        { type: "memory_20250818", name: "memory" },
        { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" },
        { type: "tool_of_the_future", name: "x" },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "d" }, title: null },
            { type: "document", source: { type: "content", content: [{ type: "text", text: "a" }] } },
            { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "a" }] },
            { type: "block_of_the_future", x: 1 },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "", signature: "s" },
            { type: "redacted_thinking", data: "d" },
            { type: "server_tool_use", id: "s", name: "tool_search_tool_regex", input: {} },
            { type: "tool_search_tool_result", tool_use_id: "s", content: {} },
            { type: "tool_use", id: "t", name: "f", input: {} },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", is_error: true }] },
        { role: "system", content: "From now on in verse." },
      ],
    };
    const before = structuredClone(body);
    expect(checkMessagesRequest(body)).toBe(body);
    expect(body).toEqual(before);
  });

  const recorded = ["InvokeModel", "InvokeModelWithResponseStream"]
    .flatMap((operation) => recordingsOf(operation))
    .filter(({ request }) => Array.isArray((request.body as JsonObject | undefined)?.["messages"]))
    .filter(({ request }) => (request.body as JsonObject)["anthropic_version"] !== undefined)
    .filter(({ response }) => response.status === 200);

  it.skipIf(recorded.length === 0)("goes through where AWS took it: all that were recorded", () => {
    expect(recorded.length).toBeGreaterThan(150);
    for (const { id, request } of recorded) {
      expect(() => checkMessagesRequest({ model: "m", ...(request.body as JsonObject) }), id).not.toThrow();
    }
  });
});
