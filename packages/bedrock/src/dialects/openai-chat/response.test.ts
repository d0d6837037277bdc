import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { chatFromConverse } from "./response.ts";
import { streamEventsFromResponse } from "../translation/answers/stream-from-response.ts";
import { replyContext } from "./testing/reply-context.ts";
import { models, translate } from "./testing/translate.ts";

function answer(content: ContentBlock[], rest: Partial<ConverseResponse> = {}): ConverseResponse {
  return {
    output: { message: { role: "assistant", content } },
    stopReason: "end_turn",
    usage: { inputTokens: 13, outputTokens: 5, totalTokens: 1522, cacheReadInputTokens: 1504 },
    ...rest,
  };
}

const call = (name: string, input: unknown = {}, type?: string): ContentBlock => ({
  toolUse: { toolUseId: `tooluse_${name}`, name, input: input as never, ...(type === undefined ? {} : { type }) },
});

describe("a whole answer, strict", () => {
  it("has OpenAI's shape, field by field", () => {
    const context = replyContext();
    expect(chatFromConverse(answer([{ text: "Good " }, { text: "day" }]), context)).toEqual({
      id: context.id,
      object: "chat.completion",
      created: context.created,
      model: context.model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Good day", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 1517,
        completion_tokens: 5,
        total_tokens: 1522,
        prompt_tokens_details: { cached_tokens: 1504 },
      },
    });
  });

  it("has content null for calls alone, and text for an answer without any", () => {
    const calls = chatFromConverse(answer([call("a")], { stopReason: "tool_use" }), replyContext());
    expect(calls.choices[0].message.content).toBeNull();
    const empty = chatFromConverse(answer([]), replyContext());
    expect(empty.choices[0].message).toEqual({ role: "assistant", content: "", refusal: null });
    const thoughtOnly = chatFromConverse(
      answer([{ reasoningContent: { reasoningText: { text: "Hm.", signature: "sig" } } }]),
      replyContext(),
    );
    expect(thoughtOnly.choices[0].message).toEqual({
      role: "assistant",
      content: "",
      refusal: null,
      reasoning_content: "Hm.",
    });
  });

  it("restores the names of tools, and says {} for a call without arguments", () => {
    const notes = { toolNames: new Map([["fs_read_1", "fs.read"]]) };
    const blocks = [call("fs_read_1", { path: "/a" }), call("plain", ""), call("none", undefined)];
    const completion = chatFromConverse(answer(blocks, { stopReason: "tool_use" }), replyContext({ notes }));
    expect(completion.choices[0].message.tool_calls?.map(({ function: named }) => named)).toEqual([
      { name: "fs.read", arguments: '{"path":"/a"}' },
      { name: "plain", arguments: "{}" },
      { name: "none", arguments: "{}" },
    ]);
  });

  it("takes no tool that AWS runs itself for a call, and then no call for the reason", () => {
    const blocks = [
      call("nova_grounding", { query: "q" }, "server_tool_use"),
      { toolResult: { toolUseId: "tooluse_nova_grounding", content: [{ text: "[HIDDEN]" }], status: "success" } },
      { text: "It is 4." },
    ] satisfies ContentBlock[];
    const context = replyContext();
    const { message, finish_reason: reason } = chatFromConverse(answer(blocks), context).choices[0];
    expect(message).toEqual({ role: "assistant", content: "It is 4.", refusal: null });
    expect(reason).toBe("stop");
    expect(context.notes.dropped).toEqual([]);
  });

  it("names the blocks that it cannot show, each once", () => {
    const blocks = [
      { text: "Here." },
      { image: { format: "png", source: { bytes: "AAAA" } } },
      { hologram: { depth: 3 } } as unknown as ContentBlock,
    ] satisfies ContentBlock[];
    const context = replyContext();
    chatFromConverse(answer(blocks), context);
    chatFromConverse(answer(blocks), context);
    expect(context.notes.dropped).toEqual(["output.message.content[1].image", "output.message.content[2].hologram"]);
  });

  it("has no usage where AWS gave none, and never a 0 for an unknown figure", () => {
    const none = chatFromConverse(answer([], { usage: undefined as never }), replyContext());
    expect(none).not.toHaveProperty("usage");
    const half = chatFromConverse(answer([], { usage: { inputTokens: 3 } as never }), replyContext());
    expect(half).not.toHaveProperty("usage");
    const plain = chatFromConverse(
      answer([], { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }),
      replyContext({ strict: false }),
    );
    expect(plain.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
  });

  it("counts cache writes as prompt, and its own total where AWS's disagrees", () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 50,
      totalTokens: 60,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 20,
    };
    expect(chatFromConverse(answer([], { usage }), replyContext()).usage).toEqual({
      prompt_tokens: 130,
      completion_tokens: 50,
      total_tokens: 180,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20 },
    });
    expect(chatFromConverse(answer([], { usage }), replyContext({ strict: false })).usage).toMatchObject({
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
    });
  });

  it.each(["malformed_tool_use", "malformed_model_output", "malformed_of_tomorrow", "error"])(
    "refuses %s with the text so far",
    (stopReason) => {
      const make = (): unknown => chatFromConverse(answer([{ text: "The weather" }], { stopReason }), replyContext());
      expect(make).toThrow(AditError);
      expect(make).toThrow(
        expect.objectContaining({
          code: "malformed_model_output",
          status: 502,
          message: expect.stringMatching(new RegExp(`${stopReason}.*The weather`)) as string,
        }),
      );
    },
  );

  it("gives the service tier only by OpenAI's names", () => {
    const tierOf = (type: "flex" | "reserved", strict: boolean): unknown =>
      chatFromConverse(answer([], { serviceTier: { type } }), replyContext({ strict })).service_tier;
    expect([tierOf("flex", true), tierOf("reserved", true), tierOf("reserved", false)]).toEqual([
      "flex",
      undefined,
      "reserved",
    ]);
  });
});

describe("what a whole answer cannot show", () => {
  const cited: ContentBlock = {
    citationsContent: { content: [{ text: "20 days" }], citations: [{ title: "policy" }] },
  };
  const uncited: ContentBlock = { citationsContent: { content: [{ text: "." }], citations: [] } };

  it("is named: citations to a strict caller, members that are not known to all", () => {
    const response = { ...answer([{ text: "a" }, cited, uncited]), "new Thing": { a: 1 }, newThing: 1 };
    const strict = replyContext();
    chatFromConverse(response, strict);
    expect(strict.notes.dropped).toEqual([
      "output.message.content[1].citationsContent.citations",
      "new?Thing",
      "newThing",
    ]);
    const loose = replyContext({ strict: false });
    chatFromConverse(response, loose);
    expect(loose.notes.dropped).toEqual(["new?Thing", "newThing"]);
  });
});

describe("numbers that a double cannot hold", () => {
  const body = (input: string): string =>
    `{"stopReason":"tool_use","output":{"message":{"role":"assistant","content":[{"text":"\\"input\\":{1e999"},{"toolUse":{"name":"search","toolUseId":"a","input":${input}}},{"toolUse":{"name":"search","toolUseId":"b","input":{"2":1,"x": 1.50}}}]}},"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`;
  const argumentsOf = (text: string, changes: Parameters<typeof replyContext>[0] = {}): unknown[] => {
    const context = { ...replyContext(changes), source: () => text };
    const response = JSON.parse(text) as ConverseResponse;
    const calls = chatFromConverse(response, context).choices[0].message.tool_calls;
    return (calls ?? []).map((made) => made.function.arguments);
  };

  it.each([
    '{"id":9007199254740993}',
    '{ "a": [1e400, {"b": -0.10000000000000000001}] }',
    '{"u\\u0022}":1,"z":1e-400}',
  ])("arrive as AWS wrote them: %s", (input) => {
    expect(argumentsOf(body(input))).toEqual([input, '{"2":1,"x":1.5}']);
    const streamed = streamEventsFromResponse(JSON.parse(body(input)) as ConverseResponse, () => body(input));
    expect(streamed).toContainEqual({ type: "contentBlockDelta", contentBlockIndex: 1, delta: { toolUse: { input } } });
  });

  it("arrive in a structured answer too", () => {
    const input = '{"id":9007199254740993}';
    const text = body(input);
    const context = { ...replyContext({ notes: { answerTool: "search" } }), source: () => text };
    expect(chatFromConverse(JSON.parse(text) as ConverseResponse, context).choices[0].message.content).toBe(input);
  });

  it("are the only reason to leave the usual form", () => {
    expect(argumentsOf(body('{ "id" : 9007199254740992, "t": "9007199254740993 1e400" }'))[0]).toBe(
      '{"id":9007199254740992,"t":"9007199254740993 1e400"}',
    );
  });

  it("the source is not asked for without a call", () => {
    const context = {
      ...replyContext(),
      source: (): string => {
        throw new Error("asked");
      },
    };
    expect(chatFromConverse(answer([{ text: "a" }]), context).choices[0].message.content).toBe("a");
  });
});

describe("a whole answer, not strict", () => {
  it("shows every block in order, AWS's words and Portkey's shapes", () => {
    const citation = { title: "policy", location: { documentChar: { documentIndex: 0, start: 0, end: 58 } } };
    const blocks = [
      { reasoningContent: { reasoningText: { text: "Let me see.", signature: "EqQB+/=\n==" } } },
      { reasoningContent: { redactedContent: "RXFRQg==" } },
      { text: "Hello" },
      { citationsContent: { content: [{ text: ", 20 days" }, { text: "." }], citations: [citation] } },
      call("search", { q: 1 }, "tool_use"),
      call("nova_grounding", { query: "q" }, "server_tool_use"),
      { hologram: { depth: 3 } } as unknown as ContentBlock,
    ] satisfies ContentBlock[];
    const fields = { stop_sequence: "test" };
    const trace = { guardrail: { actionReason: "No action." } };
    const response = answer(blocks, { stopReason: "tool_use", additionalModelResponseFields: fields, trace });
    const completion = chatFromConverse(response, replyContext({ strict: false }));
    expect(completion.choices[0]).toEqual({
      index: 0,
      message: {
        role: "assistant",
        content: "Hello, 20 days.",
        refusal: null,
        content_blocks: [
          { type: "thinking", thinking: "Let me see.", signature: "EqQB+/=\n==" },
          { type: "redacted_thinking", data: "RXFRQg==" },
          { type: "text", text: "Hello" },
          { type: "text", text: ", 20 days.", citations: [citation] },
          {
            type: "toolUse",
            toolUse: {
              toolUseId: "tooluse_nova_grounding",
              name: "nova_grounding",
              input: { query: "q" },
              type: "server_tool_use",
            },
          },
          { type: "hologram", hologram: { depth: 3 } },
        ],
        tool_calls: [{ id: "tooluse_search", type: "function", function: { name: "search", arguments: '{"q":1}' } }],
        citations: [citation],
        additional_model_response_fields: fields,
      },
      logprobs: null,
      finish_reason: "tool_use",
    });
    expect(completion).toMatchObject({ provider: "bedrock", trace });
  });

  it("has content '' for calls alone, and a malformed stop reason as itself", () => {
    const response = answer([call("a")], { stopReason: "malformed_tool_use" });
    const choice = chatFromConverse(response, replyContext({ strict: false })).choices[0];
    expect([choice.message.content, choice.finish_reason]).toEqual(["", "malformed_tool_use"]);
  });
});

describe("a structured answer by a tool", () => {
  const notes = { answerTool: "json_answer" };
  const blocks = [
    { text: "<thinking>I must answer.</thinking>" },
    call("json_answer", { city: "Paris" }),
    call("json_answer", { city: "Rome" }),
  ] satisfies ContentBlock[];

  it("is the content, alone, and no call", () => {
    const context = replyContext({ notes });
    const choice = chatFromConverse(answer(blocks, { stopReason: "tool_use" }), context).choices[0];
    expect(choice.message).toEqual({ role: "assistant", content: '{"city":"Paris"}', refusal: null });
    expect(choice.finish_reason).toBe("stop");
    expect(context.notes.dropped).toEqual(["output.message.content[0].text", "output.message.content[2].toolUse"]);
  });

  it("keeps what stood beside it for a caller who is not strict", () => {
    const response = answer(blocks, { stopReason: "tool_use" });
    const choice = chatFromConverse(response, replyContext({ strict: false, notes })).choices[0];
    expect(choice.message.content).toBe('{"city":"Paris"}');
    expect(choice.finish_reason).toBe("end_turn");
    expect(choice.message.content_blocks).toEqual([
      { type: "text", text: "<thinking>I must answer.</thinking>" },
      { type: "text", text: '{"city":"Paris"}' },
      { type: "text", text: '{"city":"Rome"}' },
    ]);
  });

  it("goes back without a call that nobody answers", () => {
    const response = answer(blocks, { stopReason: "tool_use" });
    const { message } = chatFromConverse(response, replyContext({ strict: false, notes })).choices[0];
    const history = [{ role: "user", content: "Two cities?" }, { ...message }, { role: "user", content: "Why?" }];
    const { request } = translate({ messages: history as unknown as JsonObject[] }, { model: models.novaLite });
    expect(request.toolConfig).toBeUndefined();
    expect(request.messages?.[1]?.content).toEqual([
      { text: "<thinking>I must answer.</thinking>" },
      { text: '{"city":"Paris"}' },
      { text: '{"city":"Rome"}' },
    ]);
  });

  it("stays beside calls of the caller's tools, which then are the reason", () => {
    const response = answer([...blocks, call("lookup")], { stopReason: "tool_use" });
    const choice = chatFromConverse(response, replyContext({ notes })).choices[0];
    expect(choice.message.tool_calls).toHaveLength(1);
    expect(choice.finish_reason).toBe("tool_calls");
  });

  it("cut short is length; not given, the text is the content", () => {
    const cut = chatFromConverse(answer(blocks, { stopReason: "max_tokens" }), replyContext({ notes }));
    expect(cut.choices[0].finish_reason).toBe("length");
    const context = replyContext({ notes });
    expect(chatFromConverse(answer([{ text: "I cannot." }]), context).choices[0].message.content).toBe("I cannot.");
    expect(context.notes.dropped).toEqual([]);
  });
});
