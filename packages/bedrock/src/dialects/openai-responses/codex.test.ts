/** Codex's way of calling: everything it sends is taken, and everything it waits for comes. Source: Codex's own source and issues. */
import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../converse/response.ts";
import type { JsonObject } from "../../json.ts";
import { streamEventsFromResponse } from "../translation/answers/stream-from-response.ts";
import { checkGrammar, eventsOf } from "./testing/event-grammar.ts";
import { streamOf } from "./testing/run-stream.ts";
import { replyContext, translate } from "./testing/translate.ts";

const patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch";
const body: JsonObject = {
  instructions: "You are a coding agent.",
  tools: [
    {
      type: "function",
      name: "exec_command",
      description: "Runs a command.",
      strict: false,
      parameters: {
        type: "object",
        properties: { cmd: { type: "string" } },
        required: ["cmd"],
        additionalProperties: false,
      },
    },
    {
      type: "custom",
      name: "apply_patch",
      description: "Edits files.",
      format: { type: "grammar", syntax: "lark", definition: "start: begin_patch hunk+ end_patch" },
    },
    {
      type: "namespace",
      name: "mcp__docs__",
      description: "Tools of an MCP server.",
      tools: [
        {
          type: "function",
          name: "search",
          description: "Searches.",
          strict: false,
          parameters: { type: "object", properties: {} },
        },
      ],
    },
  ],
  tool_choice: "auto",
  parallel_tool_calls: true,
  reasoning: { effort: "medium", summary: "auto" },
  store: false,
  stream: true,
  include: ["reasoning.encrypted_content"],
  prompt_cache_key: "0198-7a",
  text: { verbosity: "low" },
  client_metadata: { originator: "codex_cli_rs" },
};
const firstTurn: JsonObject[] = [
  { type: "message", role: "developer", content: [{ type: "input_text", text: "<permissions>" }] },
  { type: "message", role: "user", content: [{ type: "input_text", text: "<environment_context>" }] },
  { type: "message", role: "user", content: [{ type: "input_text", text: "Add a file." }] },
];
const answer: ConverseResponse = {
  output: {
    message: {
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "A patch will do.", signature: "Eq+/=" } } },
        { text: "I add it." },
        { toolUse: { toolUseId: "tooluse_1", name: "apply_patch", input: { input: patch } } },
        { toolUse: { toolUseId: "tooluse_2", name: "mcp__docs__search", input: {} } },
      ],
    },
  },
  stopReason: "tool_use",
  usage: { inputTokens: 5, outputTokens: 7, totalTokens: 22, cacheReadInputTokens: 10, cacheWriteInputTokens: 0 },
};

describe("Codex over Responses", () => {
  it("has its first turn taken, hints named", () => {
    const { request, dropped } = translate({ ...body, input: firstTurn });
    expect(request.system).toEqual([{ text: "You are a coding agent." }, { text: "<permissions>" }]);
    expect(request.messages).toEqual([
      { role: "user", content: [{ text: "<environment_context>" }, { text: "Add a file." }] },
    ]);
    expect(request.toolConfig?.tools.map((tool) => tool.toolSpec?.name)).toEqual([
      "exec_command",
      "apply_patch",
      "mcp__docs__search",
    ]);
    expect(request.additionalModelRequestFields).toMatchObject({ thinking: { type: "enabled" } });
    expect([...dropped].toSorted()).toEqual([
      "client_metadata",
      "prompt_cache_key",
      "text.verbosity",
      "tools[1].format",
      "tools[2].description",
    ]);
  });

  it("gets items, done one by one, and a completed response with an id and cached tokens", () => {
    const sse = streamOf(streamEventsFromResponse(answer), replyContext({ ...body, input: firstTurn }));
    const events = eventsOf(sse);
    const response = checkGrammar(events);
    const done = events.filter((event) => event.type === "response.output_item.done").map((event) => event["item"]);
    expect(done).toMatchObject([
      { type: "reasoning", summary: [{ type: "summary_text", text: "A patch will do." }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "I add it." }] },
      { type: "custom_tool_call", call_id: "tooluse_1", name: "apply_patch", input: patch },
      { type: "function_call", call_id: "tooluse_2", name: "search", namespace: "mcp__docs__", arguments: "{}" },
    ]);
    expect(events.some((event) => event.type === "response.reasoning_summary_text.delta")).toBe(true);
    // Codex refuses a usage whose details lack a figure.
    expect(response).toMatchObject({
      id: expect.any(String) as string,
      usage: {
        input_tokens_details: { cached_tokens: 10 },
        output_tokens_details: { reasoning_tokens: expect.any(Number) as number },
      },
    });
  });

  it("sends its second turn with what it got, and Claude gets its own turn back", () => {
    const sse = streamOf(streamEventsFromResponse(answer), replyContext({ ...body, input: firstTurn }));
    // Codex keeps the items without their ids.
    const items = (checkGrammar(eventsOf(sse))["output"] as JsonObject[]).map(({ id: _id, ...item }) => item);
    const outputs: JsonObject[] = [
      { type: "custom_tool_call_output", call_id: "tooluse_1", output: "Success." },
      { type: "function_call_output", call_id: "tooluse_2", output: [{ type: "input_text", text: "Nothing found." }] },
    ];
    const { request } = translate({ ...body, input: [...firstTurn, ...items, ...outputs] });
    expect(request.messages?.slice(1)).toEqual([
      answer.output.message,
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "tooluse_1", content: [{ text: "Success." }] } },
          { toolResult: { toolUseId: "tooluse_2", content: [{ text: "Nothing found." }] } },
        ],
      },
    ]);
    expect(request.additionalModelRequestFields).toMatchObject({ thinking: { type: "enabled" } });
  });

  it("what a guardrail stopped is incomplete, and its words are the text", () => {
    const stopped: ConverseResponse = {
      ...answer,
      output: { message: { role: "assistant", content: [{ text: "I cannot help with that." }] } },
      stopReason: "guardrail_intervened",
    };
    expect(checkGrammar(eventsOf(streamOf(streamEventsFromResponse(stopped), replyContext())))).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "content_filter" },
      output: [{ status: "incomplete", content: [{ text: "I cannot help with that." }] }],
    });
  });
});
