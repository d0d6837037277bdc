import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { checkResponsesRequest } from "./check-request.ts";

function refusalOf(body: JsonObject): { code: string; param: string | undefined; message: string } {
  try {
    checkResponsesRequest({ model: "m", input: "Hello", ...body });
  } catch (error) {
    if (AditError.isInstance(error)) return { code: error.code, param: error.param, message: error.message };
    throw error;
  }
  throw new Error("not refused");
}

const message = (content: JsonObject[string]): JsonObject => ({ input: [{ role: "user", content }] });
const tool = (tool: JsonObject): JsonObject => ({ tools: [tool] });

describe("a request of Responses that is refused", () => {
  it.each<[string, JsonObject, string, RegExp]>([
    [
      "previous_response_id",
      { previous_response_id: "resp_1" },
      "previous_response_id",
      /not stored here: send the earlier/,
    ],
    ["conversation", { conversation: { id: "conv_1" } }, "conversation", /conversations are not kept here/],
    ["background", { background: true }, "background", /while their caller waits/],
    ["a prompt that OpenAI keeps", { prompt: { id: "pmpt_1" } }, "prompt", /send its text in input/],
    ["log probabilities", { top_logprobs: 3 }, "top_logprobs", /no token probabilities/],
    [
      "log probabilities by include",
      { include: ["message.output_text.logprobs"] },
      "include[0]",
      /no token probabilities/,
    ],
    ["moderation", { moderation: { model: "omni" } }, "moderation", /guardrailConfig/],
    [
      "a call that is to fill the cache alone",
      { prompt_cache_options: { prewarm: true } },
      "prompt_cache_options.prewarm",
      /fills no cache without an answer/,
    ],
    ["an item by reference", { input: [{ type: "item_reference", id: "msg_1" }] }, "input[0]", /itself.*store: false/],
    ["an item by its id alone", { input: [{ id: "msg_1" }] }, "input[0]", /send the item itself/],
    [
      "a call of a local shell",
      { input: [{ type: "local_shell_call", id: "1" }] },
      "input[0].type",
      /"local_shell_call"/,
    ],
    ["a computer's output", { input: [{ type: "computer_call_output" }] }, "input[0].type", /"computer_call_output"/],
    ["an MCP call", { input: [{ type: "mcp_call" }] }, "input[0].type", /"mcp_call"/],
    ["web_search", tool({ type: "web_search" }), "tools[0].type", /"web_search".*Codex: web_search = "disabled"/],
    ["file_search", tool({ type: "file_search" }), "tools[0].type", /"file_search".*leave it out/],
    ["mcp", tool({ type: "mcp" }), "tools[0].type", /offer its tools as functions/],
    ["image_generation", tool({ type: "image_generation" }), "tools[0].type", /"image_generation"/],
    ["apply_patch as a type", tool({ type: "apply_patch" }), "tools[0].type", /OpenAI.s own models.*a custom tool/],
    [
      "a tool inside a namespace",
      tool({ type: "namespace", name: "n", tools: [{ type: "web_search" }] }),
      "tools[0].tools[0].type",
      /"web_search"/,
    ],
    ["a choice of one of them", { tool_choice: { type: "file_search" } }, "tool_choice.type", /"file_search"/],
    [
      "an image by id",
      message([{ type: "input_image", file_id: "file_1" }]),
      "input[0].content[0].file_id",
      /image_url/,
    ],
    ["a file by id", message([{ type: "input_file", file_id: "file_1" }]), "input[0].content[0].file_id", /file_data/],
  ])("%s: unsupported_parameter", (_name, body, param, words) => {
    const refusal = refusalOf(body);
    expect(refusal).toMatchObject({ code: "unsupported_parameter", param });
    expect(refusal.message).toMatch(words);
  });

  it.each<[string, JsonObject, string]>([
    ["no model", { model: "" }, "model"],
    ["no input", { input: null }, "input"],
    ["an empty input", { input: [] }, "input"],
    ["an item that is no object", { input: ["Hello"] }, "input[0]"],
    ["a type that is no string", { input: [{ type: 1 }] }, "input[0].type"],
    ["a role", { input: [{ role: "tool", content: "x" }] }, "input[0].role"],
    ["no content", { input: [{ role: "user" }] }, "input[0].content"],
    ["a part", message(["Hello"]), "input[0].content[0]"],
    ["a part of chat completions", message([{ type: "image_url", image_url: "x" }]), "input[0].content[0].type"],
    ["an address", message([{ type: "input_image", image_url: "red.png" }]), "input[0].content[0].image_url"],
    [
      "a mark",
      message([{ type: "input_text", text: "x", cache_control: { ttl: "2h" } }]),
      "input[0].content[0].cache_control.ttl",
    ],
    [
      "an image as a system prompt",
      { input: [{ role: "developer", content: [{ type: "input_image", image_url: "data:," }] }] },
      "input[0].content[0]",
    ],
    ["a call without an id", { input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input[0].call_id"],
    ["a call without a name", { input: [{ type: "function_call", call_id: "1", name: "" }] }, "input[0].name"],
    [
      "a custom call without input",
      { input: [{ type: "custom_tool_call", call_id: "1", name: "f" }] },
      "input[0].input",
    ],
    ["an output", { input: [{ type: "function_call_output", call_id: "1" }] }, "input[0].output"],
    ["a summary", { input: [{ type: "reasoning", summary: [{ type: "summary_text" }] }] }, "input[0].summary[0].text"],
    ["encrypted content", { input: [{ type: "reasoning", encrypted_content: 1 }] }, "input[0].encrypted_content"],
    ["a tool without a name", tool({ type: "function" }), "tools[0].name"],
    ["a tool of chat completions", tool({ type: "function", function: { name: "f" } }), "tools[0].name"],
    ["a tool's schema", tool({ type: "function", name: "f", parameters: "{}" }), "tools[0].parameters"],
    ["a custom tool's format", tool({ type: "custom", name: "f", format: { type: "regex" } }), "tools[0].format.type"],
    ["tool_choice", { tool_choice: "any" }, "tool_choice"],
    [
      "allowed tools",
      { tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function" }] } },
      "tool_choice.tools[0].name",
    ],
    [
      "a format of chat completions",
      { text: { format: { type: "json_schema", json_schema: {} } } },
      "text.format.json_schema",
    ],
    ["a format without a schema", { text: { format: { type: "json_schema", name: "a" } } }, "text.format.schema"],
    ["an effort", { reasoning: { effort: "very" } }, "reasoning.effort"],
    ["a limit", { max_output_tokens: 0 }, "max_output_tokens"],
    ["truncation", { truncation: "middle" }, "truncation"],
    ["temperature", { temperature: 3 }, "temperature"],
    ["include", { include: "reasoning.encrypted_content" }, "include"],
  ])("%s: invalid_request", (_name, body, param) => {
    const refusal = refusalOf(body);
    expect(refusal).toMatchObject({ code: "invalid_request", param });
    expect(refusal.message).toContain(param);
  });

  it("takes what asks for nothing", () => {
    const body = {
      model: "m",
      input: "Hello",
      background: false,
      previous_response_id: null,
      conversation: null,
      prompt: null,
      top_logprobs: 0,
      tools: [],
      store: false,
      text: {},
      reasoning: {},
      unknown_field: 1,
    };
    expect(checkResponsesRequest(body)).toBe(body);
  });
});
