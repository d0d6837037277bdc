import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import type { JsonObject } from "../../json.ts";
import type { NativeReplyContext } from "../family.ts";
import { foldedReply, type FoldedReply } from "../testing/folded.ts";
import { familyFor, replyContext, streamed } from "../testing/open-families.ts";

const gptOss = "openai.gpt-oss-120b-1:0";
const qwen = "qwen.qwen3-32b-v1:0";
const magistral = "mistral.magistral-small-2509";
const writer = "us.writer.palmyra-x5-v1:0";

const whole = (
  model: string,
  message: JsonObject,
  choice: JsonObject = {},
  context: Partial<NativeReplyContext> = {},
): ConverseResponse =>
  familyFor(model).response(
    { id: "chatcmpl-7", choices: [{ index: 0, message, finish_reason: "stop", ...choice }] },
    replyContext(model, context),
  );
const contentOf = (model: string, message: JsonObject): ContentBlock[] => whole(model, message).output.message.content;

const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: "chatcmpl-7",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const folded = (model: string, ...chunks: JsonObject[]): FoldedReply => foldedReply(streamed(model, chunks).events);
const call = (index: number, rest: JsonObject, args?: string): JsonObject => ({
  tool_calls: [
    {
      index,
      ...rest,
      function: {
        ...(rest["name"] !== undefined && { name: rest["name"] }),
        ...(args !== undefined && { arguments: args }),
      },
    },
  ],
});

describe("content", () => {
  it.each([
    ["reasoning_content", { reasoning_content: "a", content: "b" }],
    ["reasoning", { reasoning: "a", content: "b" }],
    ["reasoning beside an empty reasoning_content", { reasoning_content: "", reasoning: "a", content: "b" }],
    ["both", { reasoning_content: "a", reasoning: "a", content: "b" }],
    ["tags", { content: "<think>a</think>b" }],
  ])("thinking in %s stands before the answer", (_where, message) => {
    const expected = [{ reasoningContent: { reasoningText: { text: "a" } } }, { text: "b" }];
    expect(contentOf(qwen, message)).toEqual(expected);
    expect(folded(qwen, chunk(message), chunk({}, "stop")).content).toEqual(expected);
  });

  it("Magistral's lists of parts, and its tags", () => {
    const parts = [
      { type: "thinking", thinking: [{ type: "text", text: "a" }] },
      { type: "text", text: "b" },
    ];
    const expected = [{ reasoningContent: { reasoningText: { text: "a" } } }, { text: "b" }];
    expect(contentOf(magistral, { content: parts })).toEqual(expected);
    expect(contentOf(magistral, { content: "[THINK]a[/THINK]b" })).toEqual(expected);
  });

  it("only thinking, and nothing at all", () => {
    expect(contentOf(gptOss, { content: "<reasoning>a" })).toEqual([
      { reasoningContent: { reasoningText: { text: "a" } } },
    ]);
    expect(contentOf(gptOss, { content: null })).toEqual([]);
    expect(folded(gptOss, chunk({}, "stop")).content).toEqual([]);
  });

  it("a refusal is what the model says", () => {
    expect(contentOf(gptOss, { content: null, refusal: "No." })).toEqual([{ text: "No." }]);
  });

  it("`text` beside the message, and a message in a chunk", () => {
    expect(
      folded(
        writer,
        { choices: [{ text: "a" }] },
        { choices: [{ index: 0, message: { content: "b" }, finish_reason: "stop" }] },
      ),
    ).toMatchObject({
      content: [{ text: "ab" }],
      stopReason: "end_turn",
    });
  });

  it("the first words come with the first chunk that has them", () => {
    const { events } = streamed(qwen, [chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" })], {
      isEnded: false,
    });
    expect(events).toEqual([
      { type: "messageStart", role: "assistant" },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "Hel" } },
    ]);
  });

  it("is the same however the stream cuts it", () => {
    const text = fc
      .array(fc.constantFrom("<think>", "</think>", "<", "think>", "a", " b"), { maxLength: 10 })
      .map((parts) => parts.join(""));
    const args = fc.jsonValue().map((value) => JSON.stringify({ value }));
    fc.assert(
      fc.property(
        text,
        fc.array(args, { maxLength: 3 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        (content, inputs, sizes) => {
          const cut = (written: string): string[] => {
            const pieces: string[] = [];
            for (let at = 0; at < written.length; at += pieces.at(-1)?.length ?? 0) {
              pieces.push(written.slice(at, at + (sizes.next().value ?? 1)));
            }
            return pieces;
          };
          const chunks = [
            ...cut(content).map((piece) => chunk({ content: piece })),
            ...inputs.flatMap((input, index) => [
              chunk(call(index, { id: `call-${index}`, name: "f" }, "")),
              ...cut(input).map((piece) => chunk(call(index, {}, piece))),
            ]),
            chunk({}, inputs.length === 0 ? "stop" : "tool_calls"),
          ];
          const message = {
            content,
            tool_calls: inputs.map((input, index) => ({
              id: `call-${index}`,
              function: { name: "f", arguments: input },
            })),
          };
          const reply = whole(qwen, message, { finish_reason: inputs.length === 0 ? "stop" : "tool_calls" });
          const streamedReply = folded(qwen, ...chunks);
          expect(streamedReply.content).toEqual(reply.output.message.content);
          expect(streamedReply.stopReason).toBe(reply.stopReason);
          const told = reply.output.message.content.flatMap(({ toolUse }) =>
            toolUse === undefined ? [] : [toolUse.input],
          );
          expect(told).toEqual(inputs.map((input) => JSON.parse(input) as unknown));
        },
      ),
    );
  });
});

describe("tools", () => {
  it.each([
    ["no arguments", "", {}],
    ["an empty object", "{}", {}],
    ["cut off", '{"a":', { arguments: '{"a":' }],
    ["no object", "[1]", { arguments: [1] }],
  ])("B22: arguments: %s", (_what, args, input) => {
    const toolCalls = [{ id: "t1", type: "function", function: { name: "f", arguments: args } }];
    const expected = [{ toolUse: { toolUseId: "t1", name: "f", input } }];
    expect(contentOf(gptOss, { content: null, tool_calls: toolCalls })).toEqual(expected);
    expect(folded(gptOss, chunk(call(0, { id: "t1", name: "f" }, args)), chunk({}, "tool_calls")).content).toEqual(
      expected,
    );
  });

  it("arguments that came as an object, and none at all", () => {
    const of = (args: unknown): unknown =>
      contentOf(gptOss, { tool_calls: [{ id: "t1", function: { name: "f", arguments: args } }] as never })[0]?.toolUse
        ?.input;
    expect([of({ a: 1 }), of(undefined), of(null)]).toEqual([{ a: 1 }, {}, {}]);
    expect([of([1]), of(5)]).toEqual([{ arguments: [1] }, { arguments: 5 }]);
  });

  it("pieces without a number: another id is another call", () => {
    const piece = (id: string, args: string): JsonObject =>
      chunk({ tool_calls: [{ id, function: { name: "f", arguments: args } }] });
    expect(folded(gptOss, piece("t1", "{}"), piece("t2", "{}"), chunk({}, "tool_calls")).content).toMatchObject([
      { toolUse: { toolUseId: "t1" } },
      { toolUse: { toolUseId: "t2" } },
    ]);
  });

  it("a server that repeats id and name in every piece makes one call", () => {
    const piece = (args: string): JsonObject => chunk(call(0, { id: "t1", name: "f" }, args));
    expect(folded(gptOss, piece('{"a"'), piece(":1}"), chunk({}, "tool_calls")).content).toEqual([
      { toolUse: { toolUseId: "t1", name: "f", input: { a: 1 } } },
    ]);
  });

  it("calls without ids get one each, of the answer's", () => {
    const calls = [{ function: { name: "f", arguments: "{}" } }, { id: "", function: { name: "g", arguments: "{}" } }];
    expect(contentOf(gptOss, { tool_calls: calls })).toMatchObject([
      { toolUse: { toolUseId: "chatcmpl-7_0", name: "f" } },
      { toolUse: { toolUseId: "chatcmpl-7_1", name: "g" } },
    ]);
  });

  it("calls without ids of an answer without one get such as the conversation does not have", () => {
    const request = {
      messages: [{ role: "user" as const, content: [{ toolResult: { toolUseId: "call_1", content: [] } }] }],
    };
    const choice = { message: { tool_calls: [0, 1].map(() => ({ function: { name: "f" } })) }, finish_reason: "stop" };
    const { message } = familyFor(gptOss).response({ choices: [choice] }, replyContext(gptOss, { request })).output;
    expect(message.content.map(({ toolUse }) => toolUse?.toolUseId)).toEqual(["call_0", "call_2"]);
  });

  it("what was held back as a tag's beginning stands before the call", () => {
    const reply = folded(
      qwen,
      chunk({ content: "<thi" }),
      chunk(call(0, { id: "t1", name: "f" }, "{}")),
      chunk({}, "tool_calls"),
    );
    expect(reply.content).toEqual([{ text: "<thi" }, { toolUse: { toolUseId: "t1", name: "f", input: {} } }]);
  });

  it.each([
    ["another call", call(1, { id: "t2", name: "f" }, "{")],
    ["text", { content: "a" }],
    ["thinking", { reasoning_content: "a" }],
  ])("a piece of a call after %s has begun is an error, not a loss", (_what, between) => {
    const chunks = [chunk(call(0, { id: "t1", name: "f" }, "{")), chunk(between), chunk(call(0, {}, "}"))];
    expect(() => streamed(gptOss, chunks)).toThrow(
      expect.objectContaining({ code: "malformed_model_output" }) as Error,
    );
  });

  it.each(['{"id":9007199254740993', '{"id":9007199254740993,"a":[1', '{"q":"9007199254740993,'])(
    "arguments that the limit cut off in %s are told in no other words than the wrapped ones",
    (args) => {
      const answer = JSON.stringify({
        choices: [
          { message: { tool_calls: [{ id: "c", function: { name: "f", arguments: args } }] }, finish_reason: "length" },
        ],
      });
      expect(familyFor(gptOss).exactInputs?.(answer).size).toBe(0);
    },
  );

  it("numbers beyond a double are told by the text of the answer", () => {
    const args = '{"id":9007199254740993}';
    const calls = [
      { id: "t1", function: { name: "f", arguments: "{}" } },
      { id: "t2", function: { name: "f", arguments: args } },
    ];
    const answer = JSON.stringify({
      choices: [{ message: { content: "<reasoning>a</reasoning>b", tool_calls: calls } }],
    });
    expect(familyFor(gptOss).exactInputs?.(answer)).toEqual(new Map([[3, args]]));
    expect(familyFor("deepseek.v3-v1:0").exactInputs?.(answer)).toEqual(new Map([[2, args]]));
  });
});

describe("the end", () => {
  const stopped = (finish: unknown, stop?: unknown): string =>
    whole(
      gptOss,
      { content: "a" },
      { finish_reason: finish as never, ...(stop !== undefined && { stop_reason: stop as never }) },
      {
        request: { messages: [], inferenceConfig: { stopSequences: ["##"] } },
      },
    ).stopReason;

  it.each([
    ["stop", undefined, "end_turn"],
    ["stop", 518, "end_turn"],
    ["stop", "##", "stop_sequence"],
    ["length", undefined, "max_tokens"],
    ["content_filter", undefined, "content_filtered"],
    [undefined, "model_length", "max_tokens"],
    ["tomorrow", undefined, "tomorrow"],
  ])("finish %s, stop %s", (finish, stop, reason) => {
    expect(stopped(finish, stop)).toBe(reason);
  });

  it("`stop` after a call is a call: so ends one that was demanded by name", () => {
    const calls = [{ id: "t1", function: { name: "f", arguments: "{}" } }];
    expect(whole(gptOss, { tool_calls: calls }).stopReason).toBe("tool_use");
    expect(folded(gptOss, chunk(call(0, { id: "t1", name: "f" }, "{}")), chunk({}, "stop")).stopReason).toBe(
      "tool_use",
    );
  });

  it("usage: AWS's figures, which it bills, then the body's; what is not told is absent", () => {
    const usage = { prompt_tokens: 151, completion_tokens: 61, prompt_tokens_details: { cached_tokens: 64 } };
    const answer = { choices: [{ message: { content: "a" }, finish_reason: "stop" }], usage };
    const read = (counts: NativeReplyContext["counts"], body: JsonObject = answer): unknown =>
      familyFor(gptOss).response(body, replyContext(gptOss, { counts })).usage;
    expect(read({})).toEqual({ inputTokens: 151, outputTokens: 61, totalTokens: 212 });
    expect(read({ inputTokens: 1, outputTokens: 2 })).toEqual({ inputTokens: 1, outputTokens: 2, totalTokens: 3 });
    expect(read({}, { ...answer, usage: { prompt_tokens: 151 } })).toBeUndefined();
    const last = { choices: [], usage };
    expect(folded(gptOss, chunk({ content: "a" }, "stop"), last).usage).toEqual({
      inputTokens: 151,
      outputTokens: 61,
      totalTokens: 212,
    });
    expect(folded(gptOss, chunk({ content: "a" }, "stop")).usage).toBeUndefined();
  });

  it.each([
    ["nothing", {}],
    ["no choices", { choices: [], usage: { prompt_tokens: 1, completion_tokens: 0 } }],
  ])("a whole answer with %s is no answer", (_what, answer) => {
    expect(() => familyFor(qwen).response(answer, replyContext(qwen))).toThrow(
      expect.objectContaining({ code: "empty_output" }) as Error,
    );
  });

  it.each([
    ["an error object", { error: { message: "out of memory", type: "server_error" } }],
    ["an error in vLLM's form", { object: "error", message: "out of memory", type: "InternalServerError", code: 500 }],
  ])("%s in a chunk or in the answer's place is an error with its words", (_what, part) => {
    expect(() => streamed(qwen, [chunk({ content: "a" }), part])).toThrow(
      expect.objectContaining({
        code: "InternalServerException",
        message: expect.stringContaining("out of memory") as string,
      }) as Error,
    );
    expect(() => familyFor(qwen).response(part, replyContext(qwen))).toThrow(/out of memory/);
  });

  it("a stream without its end is truncated", () => {
    expect(() => streamed(qwen, [chunk({ content: "a" })])).toThrow(
      expect.objectContaining({ code: "truncated_stream" }) as Error,
    );
    expect(() => streamed(qwen, [])).toThrow(expect.objectContaining({ code: "truncated_stream" }) as Error);
  });

  it("keys of tomorrow are noted by their path and harm nothing", () => {
    const odd = {
      choices: [{ index: 0, delta: { content: "a", audio: { id: 1 }, mood: null }, finish_reason: "stop", matched: 7 }],
      novelty: 1,
    };
    const { events, stream } = streamed(qwen, [odd]);
    expect(foldedReply(events).content).toEqual([{ text: "a" }]);
    expect([...stream.unfamiliar].toSorted()).toEqual(["choices[0].delta.audio", "choices[0].matched", "novelty"]);
  });
});
