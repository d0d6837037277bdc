import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContentBlockDelta, ContentBlockStart, ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import type { ReplyContext } from "./reply-context.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { assembleChunks, type AssembledStream } from "./testing/chunk-assembly.ts";
import { replyContext } from "./testing/reply-context.ts";
import { translate } from "./testing/translate.ts";

const start = (contentBlockIndex: number, value: ContentBlockStart): ConverseStreamEvent => ({
  type: "contentBlockStart",
  contentBlockIndex,
  start: value,
});
const delta = (contentBlockIndex: number, value: ContentBlockDelta): ConverseStreamEvent => ({
  type: "contentBlockDelta",
  contentBlockIndex,
  delta: value,
});
const blockStop = (contentBlockIndex: number): ConverseStreamEvent => ({ type: "contentBlockStop", contentBlockIndex });
const begin: ConverseStreamEvent = { type: "messageStart", role: "assistant" };
const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };
const ending = (stopReason: string): ConverseStreamEvent[] => [
  { type: "messageStop", stopReason },
  { type: "metadata", usage },
];

function sseOf(events: readonly ConverseStreamEvent[], context: ReplyContext): string {
  let sse = "";
  const writer = new ChatStreamWriter(context, (text) => (sse += text));
  for (const event of events) writer.onEvent(event);
  writer.end();
  return sse;
}

function streamed(events: readonly ConverseStreamEvent[], context: ReplyContext): AssembledStream {
  return assembleChunks(sseOf(events, context));
}

const deltasOf = (stream: AssembledStream): unknown[] => stream.chunks.map((chunk) => chunk.choices[0]?.delta);

describe("a stream, strict", () => {
  it("is, to the letter, OpenAI's", () => {
    const context = replyContext({ includeUsage: true, model: 'odd "name"' });
    const fields = `"id":"${context.id}","object":"chat.completion.chunk","created":${context.created},"model":"odd \\"name\\""`;
    const chunk = (deltaText: string, reason = "null"): string =>
      `data: {${fields},"choices":[{"index":0,"delta":{${deltaText}},"finish_reason":${reason}}],"usage":null}\n\n`;
    expect(sseOf([begin, delta(0, { text: 'a "b"' }), blockStop(0), ...ending("end_turn")], context)).toBe(
      chunk('"role":"assistant","content":""') +
        chunk('"content":"a \\"b\\""') +
        chunk("", '"stop"') +
        `data: {${fields},"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n` +
        "data: [DONE]\n\n",
    );
  });

  it("counts once what GPT's streams count within the input and beside it (pains B 17)", () => {
    // maximhq/bifrost#6942.
    const told = { inputTokens: 4_995, outputTokens: 19, cacheWriteInputTokens: 4_993, totalTokens: 10_007 };
    const events: ConverseStreamEvent[] = [begin, ...ending("end_turn").slice(0, 1), { type: "metadata", usage: told }];
    const usageOf = (notes: object): unknown => {
      const context = replyContext({ includeUsage: true });
      return streamed(events, { ...context, notes: { ...context.notes, ...notes } }).chunks.at(-1)?.usage;
    };
    const details = { cached_tokens: 0, cache_write_tokens: 4_993 };
    const once = { prompt_tokens: 4_995, completion_tokens: 19, total_tokens: 5_014, prompt_tokens_details: details };
    expect(usageOf({ countsCacheTwice: true })).toEqual(once);
    expect(usageOf({})).toMatchObject({ prompt_tokens: 9_988 });
  });

  it("has no usage anywhere unless it was asked for", () => {
    const sse = sseOf([begin, delta(0, { text: "a" }), ...ending("end_turn")], replyContext());
    expect(sse).not.toContain("usage");
    expect(assembleChunks(sse).finishReasons).toEqual(["stop"]);
  });

  it("leaves usage out where AWS's figures are not to be known", () => {
    const events = [begin, { type: "messageStop", stopReason: "end_turn" }, { type: "metadata", usage: {} }];
    const stream = streamed(events as ConverseStreamEvent[], replyContext({ includeUsage: true }));
    expect(stream.usages).toEqual([]);
    expect(stream.isDone).toBe(true);
  });

  it("gives thinking as reasoning_content, its signature to nobody", () => {
    const stream = streamed(
      [
        begin,
        delta(0, { reasoningContent: { text: "Let " } }),
        delta(0, { reasoningContent: { text: "me" } }),
        delta(0, { reasoningContent: { text: "" } }),
        delta(0, { reasoningContent: { signature: "sig" } }),
        blockStop(0),
        delta(1, { reasoningContent: { redactedContent: "RXFR" } }),
        blockStop(1),
        delta(2, { text: "Hi" }),
        ...ending("end_turn"),
      ],
      replyContext(),
    );
    expect(deltasOf(stream)).toEqual([
      { role: "assistant", content: "" },
      { reasoning_content: "Let " },
      { reasoning_content: "me" },
      { content: "Hi" },
      {},
    ]);
  });

  it("numbers calls from 0 whatever their blocks, starts them with empty arguments, restores names", () => {
    const notes = { toolNames: new Map([["fs_read_1", "fs.read"]]) };
    const stream = streamed(
      [
        begin,
        delta(0, { text: "I look." }),
        blockStop(0),
        start(1, { toolUse: { toolUseId: "t1", name: "fs_read_1", type: "tool_use" } }),
        delta(1, { toolUse: { input: "" } }),
        delta(1, { toolUse: { input: '{"pa' } }),
        delta(1, { toolUse: { input: 'th":"é\u2028"}' } }),
        blockStop(1),
        start(2, { toolUse: { toolUseId: "t2", name: "now" } }),
        delta(2, { toolUse: { input: "" } }),
        blockStop(2),
        start(3, { toolUse: { toolUseId: "t3", name: "later" } }),
        ...ending("tool_use"),
      ],
      replyContext({ notes }),
    );
    expect(deltasOf(stream).slice(2)).toEqual([
      { tool_calls: [{ index: 0, id: "t1", type: "function", function: { name: "fs.read", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"pa' } }] },
      { tool_calls: [{ index: 0, function: { arguments: 'th":"é\u2028"}' } }] },
      { tool_calls: [{ index: 1, id: "t2", type: "function", function: { name: "now", arguments: "" } }] },
      { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
      { tool_calls: [{ index: 2, id: "t3", type: "function", function: { name: "later", arguments: "" } }] },
      { tool_calls: [{ index: 2, function: { arguments: "{}" } }] },
      {},
    ]);
    expect(stream.finishReasons).toEqual(["tool_calls"]);
  });

  it("takes no tool that AWS runs itself for a call", () => {
    const context = replyContext();
    const stream = streamed(
      [
        begin,
        start(0, { toolUse: { toolUseId: "t1", name: "nova_grounding", type: "server_tool_use" } }),
        delta(0, { toolUse: { input: '{"query":"q"}' } }),
        blockStop(0),
        start(1, { toolResult: { toolUseId: "t1", status: "success" } }),
        delta(1, { toolResult: [{ text: "[HIDDEN]" }] }),
        blockStop(1),
        delta(2, { text: "4" }),
        ...ending("end_turn"),
      ],
      context,
    );
    expect(deltasOf(stream)).toEqual([{ role: "assistant", content: "" }, { content: "4" }, {}]);
    expect(stream.finishReasons).toEqual(["stop"]);
    expect(context.notes.dropped).toEqual([]);
  });

  it("names the blocks that it cannot show, and counts the events it does not know", () => {
    const context = replyContext();
    let sse = "";
    const writer = new ChatStreamWriter(context, (text) => (sse += text));
    const events = [
      begin,
      start(0, { image: { format: "png" } }),
      delta(0, { image: { source: { bytes: "AAAA" } } }),
      delta(1, { hologram: 3 } as unknown as ContentBlockDelta),
      delta(2, { toolUse: { input: "{}" } }),
      { type: "unknown", eventType: "weatherReport", payload: {} },
      { type: "unknown", eventType: "weatherReport", payload: {} },
      ...ending("end_turn"),
    ] satisfies ConverseStreamEvent[];
    for (const event of events) writer.onEvent(event);
    writer.end();
    expect(context.notes.dropped).toEqual([
      "output.message.content[0].image",
      "output.message.content[1].hologram",
      "output.message.content[2].toolUse",
    ]);
    expect([...writer.unknownEvents]).toEqual([["weatherReport", 2]]);
    expect(deltasOf(assembleChunks(sse))).toEqual([{ role: "assistant", content: "" }, {}]);
  });

  it("answers a stream without any block", () => {
    const stream = streamed([begin, ...ending("guardrail_intervened")], replyContext());
    expect(deltasOf(stream)).toEqual([{ role: "assistant", content: "" }, {}]);
    expect(stream.finishReasons).toEqual(["content_filter"]);
  });

  it("says the role also where messageStart never came", () => {
    const stream = streamed([delta(0, { text: "a" }), ...ending("end_turn")], replyContext());
    expect(deltasOf(stream)[0]).toEqual({ role: "assistant", content: "" });
  });
});

describe("a stream, not strict", () => {
  it("says of thinking that is not shown that it is empty, so that its signature can go back", () => {
    const hidden = [delta(0, { reasoningContent: { text: "" } }), delta(0, { reasoningContent: { signature: "E=" } })];
    const events = [begin, ...hidden, delta(1, { text: "Hi" }), ...ending("end_turn")];
    const [, thinking, text] = deltasOf(streamed(events, replyContext({ strict: false })));
    const blocks = [thinking, text].flatMap((each) => (each as { content_blocks: JsonObject[] }).content_blocks);
    expect(blocks[0]).toEqual({ index: 0, delta: { thinking: "", signature: "E=" } });
    const messages = [
      { role: "user", content: "q" },
      { role: "assistant", content: "Hi", content_blocks: blocks },
      { role: "user", content: "r" },
    ];
    expect(translate({ messages }).request.messages?.[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: "", signature: "E=" } } },
      { text: "Hi" },
    ]);
  });

  it("has Portkey's shapes", () => {
    const citation = { title: "policy", location: { web: { url: "https://example.com/" } } };
    const context = replyContext({ strict: false, includeUsage: true });
    const stream = streamed(
      [
        begin,
        delta(0, { reasoningContent: { text: "Hm" } }),
        delta(0, { reasoningContent: { signature: "EqQB+/=" } }),
        delta(1, { reasoningContent: { redactedContent: "RXFR" } }),
        delta(1, { reasoningContent: { riddle: 1 } } as unknown as ContentBlockDelta),
        delta(1, { reasoningContent: { text: "" } }),
        delta(2, { text: "" }),
        delta(2, { text: "Hi" }),
        delta(3, { citation }),
        start(4, { toolUse: { toolUseId: "t1", name: "f" } }),
        delta(4, { toolUse: { input: "{}" } }),
        start(5, { toolUse: { toolUseId: "t2", name: "nova_grounding", type: "server_tool_use" } }),
        delta(5, { toolUse: { input: '{"q":1}' } }),
        delta(6, { hologram: 3 } as unknown as ContentBlockDelta),
        { type: "messageStop", stopReason: "tool_use", additionalModelResponseFields: { stop_sequence: "x" } },
        { type: "metadata", usage, trace: { guardrail: {} }, serviceTier: { type: "reserved" } },
      ],
      context,
    );
    const role = "assistant";
    expect(deltasOf(stream)).toEqual([
      { role, content: "" },
      { role, content_blocks: [{ index: 0, delta: { thinking: "Hm" } }] },
      { role, content_blocks: [{ index: 0, delta: { signature: "EqQB+/=" } }] },
      { role, content_blocks: [{ index: 1, delta: { data: "RXFR" } }] },
      { role, content_blocks: [{ index: 1, delta: { reasoningContent: { riddle: 1 } } }] },
      { role, content: "Hi", content_blocks: [{ index: 2, delta: { text: "Hi" } }] },
      { role, content_blocks: [{ index: 3, delta: { citation } }], citations: [{ index: 0, ...citation }] },
      { role, tool_calls: [{ index: 0, id: "t1", type: "function", function: { name: "f", arguments: "" } }] },
      { role, tool_calls: [{ index: 0, type: "function", function: { arguments: "{}" } }] },
      {
        role,
        content_blocks: [
          { index: 5, start: { toolUse: { toolUseId: "t2", name: "nova_grounding", type: "server_tool_use" } } },
        ],
      },
      { role, content_blocks: [{ index: 5, delta: { toolUse: { input: '{"q":1}' } } }] },
      { role, content_blocks: [{ index: 6, delta: { hologram: 3 } }] },
      { additional_model_response_fields: { stop_sequence: "x" } },
    ]);
    const { id, created, model } = context;
    expect(stream.chunks.at(-1)).toEqual({
      id,
      created,
      model,
      object: "chat.completion.chunk",
      provider: "bedrock",
      choices: [
        {
          index: 0,
          delta: { additional_model_response_fields: { stop_sequence: "x" } },
          finish_reason: "tool_use",
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      service_tier: "reserved",
      trace: { guardrail: {} },
    });
    expect(context.notes.dropped).toEqual([]);
  });

  it("gives a malformed stop reason as itself", () => {
    const stream = streamed([begin, ...ending("malformed_tool_use")], replyContext({ strict: false }));
    expect(stream.finishReasons).toEqual(["malformed_tool_use"]);
  });
});

describe("a structured answer by a tool, streamed", () => {
  const notes = { answerTool: "json_answer" };
  const answered = [
    begin,
    delta(0, { text: "<thinking>\n" }),
    blockStop(0),
    start(1, { toolUse: { toolUseId: "t1", name: "json_answer" } }),
    delta(1, { toolUse: { input: '{"city":"Pa' } }),
    delta(1, { toolUse: { input: 'ris \\"é\\""}' } }),
    blockStop(1),
    start(2, { toolUse: { toolUseId: "t2", name: "json_answer" } }),
    delta(2, { toolUse: { input: "{}" } }),
    blockStop(2),
    ...ending("tool_use"),
  ];

  it("is the content as it comes, alone", () => {
    const context = replyContext({ notes });
    const stream = streamed(answered, context);
    expect(stream.content).toBe('{"city":"Paris \\"é\\""}');
    expect(deltasOf(stream)).toHaveLength(4);
    expect(stream.toolCalls).toEqual([]);
    expect(stream.finishReasons).toEqual(["stop"]);
    expect(context.notes.dropped.toSorted()).toEqual([
      "output.message.content[0].text",
      "output.message.content[2].toolUse",
    ]);
  });

  it("keeps what stood beside it for a caller who is not strict", () => {
    const stream = streamed(answered, replyContext({ strict: false, notes }));
    expect(stream.content).toBe('{"city":"Paris \\"é\\""}');
    expect(stream.blocks.get(0)).toEqual({ text: "<thinking>\n" });
    expect(stream.blocks.get(1)).toEqual({ text: '{"city":"Paris \\"é\\""}' });
    expect(stream.blocks.get(2)).toEqual({ text: "{}" });
    expect(stream.finishReasons).toEqual(["end_turn"]);
  });

  it("without input is {} in its block, the second time too", () => {
    const again = [start(0, { toolUse: { toolUseId: "t1", name: "json_answer" } }), blockStop(0)];
    const twice = [begin, ...again, start(1, { toolUse: { toolUseId: "t2", name: "json_answer" } }), blockStop(1)];
    const stream = streamed([...twice, ...ending("tool_use")], replyContext({ strict: false, notes }));
    expect([...stream.blocks]).toEqual([
      [0, { text: "{}" }],
      [1, { text: "{}" }],
    ]);
  });

  it("not given, the text that waited is the content", () => {
    const events = [begin, delta(0, { text: "I can" }), delta(1, { text: "not." }), ...ending("end_turn")];
    const context = replyContext({ notes });
    expect(streamed(events, context).content).toBe("I cannot.");
    expect(context.notes.dropped).toEqual([]);
  });

  it("on a broken stream the text that waited comes before the error", () => {
    let sse = "";
    const writer = new ChatStreamWriter(replyContext({ notes }), (text) => (sse += text));
    for (const event of [begin, delta(0, { text: "I can" })]) writer.onEvent(event);
    expect(assembleChunks(sse).content).toBeUndefined();
    writer.fail(new AditError("upstream_reset", "Broken"));
    expect(assembleChunks(sse)).toMatchObject({ content: "I can", isDone: false });
    expect(assembleChunks(sse).errors).toHaveLength(1);
  });

  it("without input is an empty object", () => {
    const events = [begin, start(0, { toolUse: { toolUseId: "t1", name: "json_answer" } }), blockStop(0)];
    expect(streamed([...events, ...ending("tool_use")], replyContext({ notes })).content).toBe("{}");
  });
});

describe("a stream that fails", () => {
  function failing(events: readonly ConverseStreamEvent[], context = replyContext()): [ChatStreamWriter, () => string] {
    let sse = "";
    const writer = new ChatStreamWriter(context, (text) => (sse += text));
    for (const event of events) writer.onEvent(event);
    return [writer, () => sse];
  }

  it.each([
    ["messageStop", [begin, delta(0, { text: "a" })]],
    ["metadata", [begin, delta(0, { text: "a" }), { type: "messageStop", stopReason: "end_turn" }]],
  ] satisfies [string, ConverseStreamEvent[]][])("does not end without %s", (missing, events) => {
    const [writer, sse] = failing(events);
    const before = sse();
    expect(() => writer.end()).toThrow(
      expect.objectContaining({ code: "truncated_stream", message: expect.stringContaining(missing) as string }),
    );
    expect(sse()).toBe(before);
  });

  it("does not end strictly on malformed output", () => {
    const [writer] = failing([begin, delta(0, { text: "a" }), ...ending("malformed_tool_use")]);
    expect(() => writer.end()).toThrow(expect.objectContaining({ code: "malformed_model_output", status: 502 }));
  });

  it("says so in an error event, and nothing after it", () => {
    const [writer, sse] = failing([begin, delta(0, { text: "a" })]);
    const error = new AditError("ThrottlingException", "Too many tokens\u2028please wait", {
      aws: { type: "ThrottlingException", message: "Too many tokens", requestId: "req-1" },
    });
    writer.fail(error);
    const after = sse();
    writer.onTextDelta(0, "b");
    for (const event of ending("end_turn")) writer.onEvent(event);
    writer.end();
    writer.fail(error);
    expect(sse()).toBe(after);
    const stream = assembleChunks(after);
    expect(stream).toMatchObject({ content: "a", isDone: false, finishReasons: [] });
    expect(stream.errors).toEqual([
      { error: { message: error.describe(), type: "rate_limit_error", code: "rate_limit_exceeded", param: null } },
    ]);
  });

  it("has Portkey's members in the event where they were asked for", () => {
    const [writer, sse] = failing([begin]);
    writer.fail(new AditError("idle_timeout", "Silence"), true);
    expect(assembleChunks(sse()).errors[0]).toMatchObject({ status: "failure", error: { code: "idle_timeout" } });
  });

  it("writes nothing after its proper end", () => {
    const [writer, sse] = failing([begin, ...ending("end_turn")]);
    writer.end();
    const after = sse();
    writer.end();
    writer.fail(new AditError("internal", "Late"));
    expect(sse()).toBe(after);
  });
});

describe("what a ledger reads", () => {
  it("is there as soon as it came", () => {
    const writer = new ChatStreamWriter(replyContext(), () => undefined);
    expect([writer.firstTokenSeen, writer.stopReason, writer.usage]).toEqual([false, undefined, undefined]);
    writer.onEvent(begin);
    writer.onTextDelta(0, "");
    expect(writer.firstTokenSeen).toBe(false);
    writer.onTextDelta(0, "abc");
    writer.onEvent(delta(1, { reasoningContent: { text: "de" } }));
    writer.onEvent(start(2, { toolUse: { toolUseId: "t1", name: "f" } }));
    writer.onEvent(delta(2, { toolUse: { input: "{}" } }));
    expect([writer.firstTokenSeen, writer.outputBytes]).toEqual([true, 7]);
    writer.onEvent(delta(2, { toolUse: { input: "да" } }));
    writer.onTextDelta(3, "早安");
    writer.onEvent(delta(4, { reasoningContent: { text: "да" } }));
    expect(writer.outputBytes).toBe(21);
    for (const event of ending("tool_use")) writer.onEvent(event);
    expect([writer.stopReason, writer.usage, writer.metadata?.type]).toEqual(["tool_use", usage, "metadata"]);
  });
});

describe("any text", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc
      .array(
        fc.constantFrom(
          '"',
          "\\",
          "\n",
          "\r",
          "\u2028",
          "\u2029",
          "\u0085",
          "\u0000",
          "\u001c",
          "😀",
          "\ud83d",
          "\ude00",
          "</",
          "data: [DONE]\n\n",
        ),
      )
      .map((parts) => parts.join("")),
  );
  const pieces = fc.array(nasty, { maxLength: 8 });

  it("arrives as it was, in text, thinking and arguments, split anywhere", () => {
    fc.assert(
      fc.property(pieces, fc.boolean(), (texts, strict) => {
        const whole = texts.join("");
        let sse = "";
        const writer = new ChatStreamWriter(replyContext({ strict }), (text) => (sse += text));
        writer.onEvent(begin);
        for (const text of texts) writer.onEvent(delta(0, { reasoningContent: { text } }));
        for (const text of texts) writer.onTextDelta(1, JSON.stringify(text).slice(1, -1));
        for (const text of texts) writer.onEvent(delta(2, { text }));
        writer.onEvent(start(3, { toolUse: { toolUseId: "t1", name: "f" } }));
        for (const input of texts) writer.onEvent(delta(3, { toolUse: { input } }));
        for (const event of ending("tool_use")) writer.onEvent(event);
        writer.end();
        const stream = assembleChunks(sse);
        expect(stream.content ?? "").toBe(whole + whole);
        expect(strict ? stream.reasoning : (stream.blocks.get(0)?.thinking ?? "")).toBe(whole);
        expect(stream.toolCalls[0]?.arguments).toBe(whole === "" ? "{}" : whole);
        expect(stream.blocks.get(1)?.text).toBe(strict || whole === "" ? undefined : whole);
      }),
      { numRuns: 300 },
    );
  });

  it("arrives as it was escaped by others, halves of a pair apart", () => {
    const stream = ((): AssembledStream => {
      let sse = "";
      const writer = new ChatStreamWriter(replyContext(), (text) => (sse += text));
      for (const escaped of ["\\ud83d", "\\ude00", "\\/\\u0041", "\u2028\u0085"]) writer.onTextDelta(0, escaped);
      for (const event of ending("end_turn")) writer.onEvent(event);
      writer.end();
      return assembleChunks(sse);
    })();
    expect(stream.content).toBe("😀/A\u2028\u0085");
  });
});
