import type { ResponseUsage as TheirUsage } from "openai/resources/responses/responses";
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import type { ContentBlockDelta, ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import { encryptedContent } from "./encrypted-content.ts";
import type { ResponseUsage } from "./response-object.ts";
import { responseFromConverse } from "./response.ts";
import { ResponsesStreamWriter } from "./stream-writer.ts";
import { checkGrammar, eventsOf } from "./testing/event-grammar.ts";
import { streamOf } from "./testing/run-stream.ts";
import { replyContext } from "./testing/translate.ts";

const id = "11111111-2222-3333-4444-555555555555";
const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };
const start: ConverseStreamEvent = { type: "messageStart", role: "assistant" };
const delta = (contentBlockIndex: number, delta: ContentBlockDelta): ConverseStreamEvent => ({
  type: "contentBlockDelta",
  contentBlockIndex,
  delta,
});
const stop = (contentBlockIndex: number): ConverseStreamEvent => ({ type: "contentBlockStop", contentBlockIndex });
const tool = (contentBlockIndex: number, name: string, type?: string): ConverseStreamEvent => ({
  type: "contentBlockStart",
  contentBlockIndex,
  start: { toolUse: { toolUseId: `call_${contentBlockIndex}`, name, ...(type !== undefined && { type }) } },
});
const input = (contentBlockIndex: number, text: string): ConverseStreamEvent =>
  delta(contentBlockIndex, { toolUse: { input: text } });
const end = (stopReason = "end_turn"): ConverseStreamEvent[] => [
  { type: "messageStop", stopReason },
  { type: "metadata", usage },
];

/** What happens between the opening and the final event, without numbers and places. */
function storyOf(sse: string): [type: string, what: unknown][] {
  return eventsOf(sse)
    .slice(2, -1)
    .map(({ type, ...event }) => [
      type.replace(/^response\./, ""),
      event["delta"] ?? event["text"] ?? event["arguments"] ?? event["input"] ?? event["annotation"] ?? null,
    ]);
}

describe("the stream of a response", () => {
  it("of text, event by event, as OpenAI writes it", () => {
    const sse = streamOf(
      [start, delta(0, { text: "Hel" }), delta(0, { text: 'lo "\u2028' }), stop(0), ...end()],
      replyContext(),
    );
    const place = { item_id: `msg_${id}_0`, output_index: 0, content_index: 0 };
    const text = 'Hello "\u2028';
    const item = { id: `msg_${id}_0`, type: "message", role: "assistant" };
    const part = { type: "output_text", annotations: [], text };
    const events = eventsOf(sse);
    expect(events.slice(2, -1)).toEqual([
      {
        type: "response.output_item.added",
        sequence_number: 2,
        output_index: 0,
        item: { ...item, status: "in_progress", content: [] },
      },
      { type: "response.content_part.added", sequence_number: 3, ...place, part: { ...part, text: "" } },
      { type: "response.output_text.delta", sequence_number: 4, ...place, delta: "Hel", logprobs: [] },
      { type: "response.output_text.delta", sequence_number: 5, ...place, delta: 'lo "\u2028', logprobs: [] },
      { type: "response.output_text.done", sequence_number: 6, ...place, text, logprobs: [] },
      { type: "response.content_part.done", sequence_number: 7, ...place, part },
      {
        type: "response.output_item.done",
        sequence_number: 8,
        output_index: 0,
        item: { ...item, status: "completed", content: [part] },
      },
    ]);
    expect(events[0]).toMatchObject({
      type: "response.created",
      response: { id: `resp_${id}`, object: "response", status: "in_progress", output: [], error: null },
    });
    expect(checkGrammar(events)).toEqual({
      id: `resp_${id}`,
      object: "response",
      created_at: 1_764_000_000,
      status: "completed",
      background: false,
      error: null,
      incomplete_details: null,
      instructions: null,
      max_output_tokens: null,
      metadata: {},
      model: "bedrock/claude",
      output: [{ ...item, status: "completed", content: [part] }],
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: null,
      text: { format: { type: "text" } },
      tool_choice: "auto",
      tools: [],
      top_p: null,
      truncation: "disabled",
      usage: {
        input_tokens: 3,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 2,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 5,
      },
    });
  });

  const thought = [
    start,
    delta(0, { reasoningContent: { text: "Let me " } }),
    delta(0, { reasoningContent: { text: "see." } }),
    delta(0, { reasoningContent: { signature: "Eq+/=" } }),
    stop(0),
    delta(1, { reasoningContent: { redactedContent: "AAEC" } }),
    stop(1),
    delta(2, { text: "Four" }),
    stop(2),
    ...end(),
  ];
  const signed = encryptedContent({ reasoningText: { text: "Let me see.", signature: "Eq+/=" } });
  const sealed = encryptedContent({ redactedContent: "AAEC" });
  const status = "completed";

  it("of reasoning is a summary where one was asked for", () => {
    const sse = streamOf(thought, replyContext({ reasoning: { summary: "auto" } }));
    expect(storyOf(sse).slice(0, 8)).toEqual([
      ["output_item.added", null],
      ["reasoning_summary_part.added", null],
      ["reasoning_summary_text.delta", "Let me "],
      ["reasoning_summary_text.delta", "see."],
      ["reasoning_summary_text.done", "Let me see."],
      ["reasoning_summary_part.done", null],
      ["output_item.done", null],
      ["output_item.added", null],
    ]);
    expect((checkGrammar(eventsOf(sse))["output"] as unknown[]).slice(0, 2)).toEqual([
      {
        id: `rs_${id}_0`,
        type: "reasoning",
        summary: [{ type: "summary_text", text: "Let me see." }],
        encrypted_content: signed,
        status,
      },
      { id: `rs_${id}_1`, type: "reasoning", summary: [], encrypted_content: sealed, status },
    ]);
  });

  it("of reasoning is its own text where no summary was asked for", () => {
    const sse = streamOf(thought, replyContext());
    expect(storyOf(sse).slice(0, 7)).toEqual([
      ["output_item.added", null],
      ["content_part.added", null],
      ["reasoning_text.delta", "Let me "],
      ["reasoning_text.delta", "see."],
      ["reasoning_text.done", "Let me see."],
      ["content_part.done", null],
      ["output_item.done", null],
    ]);
    expect((checkGrammar(eventsOf(sse))["output"] as unknown[])[0]).toEqual({
      id: `rs_${id}_0`,
      type: "reasoning",
      summary: [],
      content: [{ type: "reasoning_text", text: "Let me see." }],
      encrypted_content: signed,
      status,
    });
  });

  it("of plain reasoning is encoded where that was asked for, and only there", () => {
    const plain = [start, delta(0, { reasoningContent: { text: "Hm." } }), stop(0), ...end()];
    const item = (context: ReturnType<typeof replyContext>): unknown =>
      (checkGrammar(eventsOf(streamOf(plain, context)))["output"] as unknown[])[0];
    expect(item(replyContext())).not.toHaveProperty("encrypted_content");
    expect(item(replyContext({ include: ["reasoning.encrypted_content"] }))).toMatchObject({
      encrypted_content: encryptedContent({ reasoningText: { text: "Hm." } }),
    });
  });

  it("of calls: arguments as they come, none at all as {}, the caller's names", () => {
    const notes = { toolNames: new Map([["look_up", "look.up"]]) };
    const sse = streamOf(
      [
        start,
        tool(0, "look_up"),
        input(0, '{"q":'),
        input(0, '"a"}'),
        stop(0),
        tool(1, "now"),
        stop(1),
        ...end("tool_use"),
      ],
      replyContext({}, notes),
    );
    expect(storyOf(sse)).toEqual([
      ["output_item.added", null],
      ["function_call_arguments.delta", '{"q":'],
      ["function_call_arguments.delta", '"a"}'],
      ["function_call_arguments.done", '{"q":"a"}'],
      ["output_item.done", null],
      ["output_item.added", null],
      ["function_call_arguments.delta", "{}"],
      ["function_call_arguments.done", "{}"],
      ["output_item.done", null],
    ]);
    expect(checkGrammar(eventsOf(sse))).toMatchObject({
      status: "completed",
      output: [
        { id: `fc_${id}_0`, type: "function_call", call_id: "call_0", name: "look.up", arguments: '{"q":"a"}', status },
        { id: `fc_${id}_1`, type: "function_call", call_id: "call_1", name: "now", arguments: "{}", status },
      ],
    });
  });

  it("of a call that never says that it is over ends with the next piece of something else", () => {
    for (const piece of [{ text: "a" }, { reasoningContent: { text: "hm" } }] satisfies ContentBlockDelta[]) {
      const sse = streamOf([start, tool(0, "now"), input(0, ""), delta(1, piece), ...end("tool_use")], replyContext());
      expect(storyOf(sse).slice(0, 4)).toEqual([
        ["output_item.added", null],
        ["function_call_arguments.delta", "{}"],
        ["function_call_arguments.done", "{}"],
        ["output_item.done", null],
      ]);
      checkGrammar(eventsOf(sse));
    }
  });

  it("of custom calls is free text; of a namespace the caller's two names", () => {
    const tools = [
      { type: "custom", name: "apply_patch" },
      { type: "namespace", name: "files", tools: [{ type: "function", name: "read" }] },
    ];
    const patch = '*** Begin Patch\n+ "x"\u0085';
    const json = JSON.stringify({ input: patch });
    const sse = streamOf(
      [
        start,
        tool(0, "apply_patch"),
        input(0, json.slice(0, 9)),
        input(0, json.slice(9)),
        stop(0),
        tool(1, "files__read"),
        input(1, "{}"),
        stop(1),
        ...end("tool_use"),
      ],
      replyContext({ tools }),
    );
    expect(storyOf(sse).slice(0, 4)).toEqual([
      ["output_item.added", null],
      ["custom_tool_call_input.delta", patch],
      ["custom_tool_call_input.done", patch],
      ["output_item.done", null],
    ]);
    expect(checkGrammar(eventsOf(sse))["output"]).toEqual([
      { id: `ctc_${id}_0`, type: "custom_tool_call", call_id: "call_0", name: "apply_patch", input: patch },
      {
        id: `fc_${id}_1`,
        type: "function_call",
        call_id: "call_1",
        name: "read",
        namespace: "files",
        arguments: "{}",
        status,
      },
    ]);
  });

  it("of a custom call whose JSON is not what was asked for gives it as it is", () => {
    const run = (json: string): unknown =>
      checkGrammar(
        eventsOf(
          streamOf(
            [start, tool(0, "p"), input(0, json), stop(0), ...end("tool_use")],
            replyContext({ tools: [{ type: "custom", name: "p" }] }),
          ),
        ),
      )["output"];
    expect(run('{"patch":1}')).toMatchObject([{ input: '{"patch":1}' }]);
    expect(run('{"input":"cut')).toMatchObject([{ input: '{"input":"cut' }]);
  });

  it("joins blocks of text, and says which piece a source on the web supports", () => {
    const context = replyContext();
    const web = { title: "A page", location: { web: { url: "https://a.example" } } };
    const sse = streamOf(
      [
        start,
        delta(0, { text: 'The "é". ' }),
        stop(0),
        delta(1, { citation: web }),
        delta(1, { text: "Two" }),
        delta(1, { text: " 😀." }),
        stop(1),
        delta(2, { citation: { title: "b.pdf", location: { documentPage: { documentIndex: 0, start: 1, end: 2 } } } }),
        delta(2, { text: " Three." }),
        stop(2),
        ...end(),
      ],
      context,
    );
    const annotation = {
      type: "url_citation",
      url: "https://a.example",
      title: "A page",
      start_index: 9,
      end_index: 16,
    };
    const text = 'The "é". Two 😀. Three.';
    expect(text.slice(9, 16)).toBe("Two 😀.");
    expect(checkGrammar(eventsOf(sse))["output"]).toMatchObject([
      { type: "message", content: [{ type: "output_text", text, annotations: [annotation] }] },
    ]);
    expect(storyOf(sse)[5]).toEqual(["output_text.annotation.added", annotation]);
    expect(context.notes.dropped).toEqual(["output.message.content[2].citationsContent.citations"]);
  });

  it("cut off by the limit is incomplete, and so is its last item alone", () => {
    const sse = streamOf(
      [start, delta(0, { text: "One" }), stop(0), tool(1, "f"), input(1, '{"a'), stop(1), ...end("max_tokens")],
      replyContext(),
    );
    expect(eventsOf(sse).at(-1)?.type).toBe("response.incomplete");
    expect(checkGrammar(eventsOf(sse))).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "completed" }, { status: "incomplete", arguments: '{"a' }],
    });
  });

  it("of a structured answer by a tool is its text; words beside it are left out by name", () => {
    const context = replyContext({}, { answerTool: "answer" });
    const sse = streamOf(
      [
        start,
        delta(0, { text: "Well: " }),
        stop(0),
        tool(1, "answer"),
        input(1, '{"a":'),
        input(1, "1}"),
        stop(1),
        tool(2, "answer"),
        input(2, "{}"),
        stop(2),
        ...end("tool_use"),
      ],
      context,
    );
    expect(checkGrammar(eventsOf(sse))).toMatchObject({
      status: "completed",
      output: [{ type: "message", content: [{ text: '{"a":1}' }] }],
    });
    expect(context.notes.dropped).toEqual(["output.message.content[2].toolUse", "output.message.content[0].text"]);
    const without = streamOf(
      [start, delta(0, { text: "No." }), stop(0), ...end()],
      replyContext({}, { answerTool: "answer" }),
    );
    expect(checkGrammar(eventsOf(without))).toMatchObject({ output: [{ content: [{ text: "No." }] }] });
  });

  it("shows no tools that AWS ran, and names blocks that have no form here", () => {
    const context = replyContext();
    const sse = streamOf(
      [
        start,
        tool(0, "f"),
        input(0, '{"a":1}'),
        stop(0),
        tool(1, "nova_grounding", "server_tool_use"),
        input(1, '{"q":"x"}'),
        stop(1),
        { type: "contentBlockStart", contentBlockIndex: 2, start: { toolResult: { toolUseId: "call_1" } } },
        delta(2, { toolResult: [{ text: "found" }] }),
        stop(2),
        { type: "contentBlockStart", contentBlockIndex: 3, start: { image: { format: "png" } } },
        delta(3, { image: { source: { bytes: "AA==" } } }),
        stop(3),
        ...end("tool_use"),
      ],
      context,
    );
    expect(checkGrammar(eventsOf(sse))["output"]).toMatchObject([{ type: "function_call", arguments: '{"a":1}' }]);
    expect(context.notes.dropped).toEqual(["output.message.content[3].image"]);
  });

  it("that fails keeps what came, and says it in the event and in the response", () => {
    let sse = "";
    const writer = new ResponsesStreamWriter(replyContext(), (text) => (sse += text));
    for (const event of [start, delta(0, { text: "Fo" })]) writer.onEvent(event);
    const error = new AditError("ThrottlingException", "Too many tokens.", {
      aws: { type: "ThrottlingException", message: "Too many tokens.", requestId: "aws-1" },
    });
    writer.fail(error, true);
    writer.end();
    writer.onTextDelta(0, "never");
    const [failed, last, ...more] = eventsOf(sse).slice(-2);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({
      type: "response.failed",
      response: {
        status: "failed",
        error: { code: last?.["code"], message: last?.["message"] },
        output: [{ type: "message", status: "incomplete", content: [{ text: "Fo" }] }],
      },
    });
    expect(last).toMatchObject({
      type: "error",
      status: "failure",
      provider: "bedrock",
      error: { code: last?.["code"] },
    });
    expect(last?.["message"]).toMatch(/^bedrock error: .*Too many tokens\..*aws-1/);
    expect(writer.firstTokenSeen).toBe(true);
  });

  it("knows AWS's reason, counts, and events of tomorrow", () => {
    const writer = new ResponsesStreamWriter(replyContext(), () => undefined);
    for (const event of [start, ...end("stop_sequence")]) writer.onEvent(event);
    writer.onEvent({ type: "unknown", eventType: "later" } as ConverseStreamEvent);
    writer.end();
    expect([writer.stopReason, writer.usage, writer.metadata?.type]).toEqual(["stop_sequence", usage, "metadata"]);
    expect([...writer.unknownEvents]).toEqual([["later", 1]]);
    expect(writer.response?.status).toBe("completed");
  });
});

describe("a whole response", () => {
  const whole = (changes: Partial<ConverseResponse>): ConverseResponse => ({
    output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
    stopReason: "end_turn",
    usage,
    ...changes,
  });

  it("repeats the request, and names members that it does not know", () => {
    const context = replyContext({
      instructions: "Be brief.",
      temperature: 0.5,
      max_output_tokens: 9,
      metadata: { a: "b" },
      user: "ada",
      tool_choice: "none",
      tools: [{ type: "function", name: "f" }],
      text: { verbosity: "low" },
      reasoning: { effort: "low" },
    });
    const answer = { ...whole({ serviceTier: { type: "flex" } }), tomorrow: 1 } as ConverseResponse;
    expect(responseFromConverse(answer, context)).toMatchObject({
      instructions: "Be brief.",
      temperature: 0.5,
      max_output_tokens: 9,
      metadata: { a: "b" },
      user: "ada",
      tool_choice: "none",
      tools: [{ type: "function", name: "f" }],
      text: { format: { type: "text" }, verbosity: "low" },
      reasoning: { effort: "low", summary: null },
      service_tier: "flex",
    });
    expect(context.notes.dropped).toEqual(["tomorrow"]);
  });

  it("says of usage what AWS says, and nothing where it does not count", () => {
    const { usage: _usage, ...without } = whole({});
    expect(responseFromConverse(without as ConverseResponse, replyContext())).not.toHaveProperty("usage");
    const cached = { ...usage, cacheReadInputTokens: 7, cacheWriteInputTokens: 0, totalTokens: 12 };
    expect(responseFromConverse(whole({ usage: cached }), replyContext()).usage).toEqual({
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 7, cache_write_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 12,
    });
    // GPT, whose streams alone count the cache within the input.
    const fresh = { ...cached, inputTokens: 9, totalTokens: 18 };
    const ofGpt = responseFromConverse(whole({ usage: fresh }), replyContext({}, { countsCacheTwice: true }));
    expect(ofGpt.usage).toMatchObject({ input_tokens: 16, total_tokens: 18 });
  });

  it("has each figure of usage that OpenAI's clients ask for, as bedrock-mantle sends them", () => {
    const counted = { inputTokens: 10, outputTokens: 40, totalTokens: 50 };
    const detailsOf = (content: ContentBlock[]): Partial<ResponseUsage["output_tokens_details"]> => {
      const answer: ConverseResponse = {
        output: { message: { role: "assistant", content } },
        stopReason: "end_turn",
        usage: counted,
      };
      // All that the type of OpenAI's own client wants.
      const told: TheirUsage | undefined = responseFromConverse(answer, replyContext()).usage;
      expect(told?.input_tokens_details).toEqual({ cached_tokens: 0, cache_write_tokens: 0 });
      return told?.output_tokens_details ?? {};
    };
    const text = { text: "a".repeat(30) };
    expect(detailsOf([text])).toEqual({ reasoning_tokens: 0 });
    // By length: 90 of 120 characters.
    expect(detailsOf([{ reasoningContent: { reasoningText: { text: "b".repeat(90) } } }, text])).toEqual({
      reasoning_tokens: 30,
    });
    expect(detailsOf([{ reasoningContent: { reasoningText: { text: "b" } } }])).toEqual({ reasoning_tokens: 40 });
    // Reasoning that is not shown counts by the length of its seal.
    const { reasoning_tokens: sealed } = detailsOf([{ reasoningContent: { redactedContent: "c2VhbGVk" } }, text]);
    expect(sealed).toBeGreaterThan(0);
    expect(sealed).toBeLessThan(40);
  });

  it("keeps numbers of arguments that a double cannot hold", () => {
    const source =
      '{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"c","name":"f","input":{"n":9007199254740993}}}]}},"stopReason":"tool_use"}';
    const answer = { ...(JSON.parse(source) as ConverseResponse), usage };
    const { output } = responseFromConverse(answer, { ...replyContext(), source: () => source });
    expect(output).toMatchObject([{ arguments: '{"n":9007199254740993}' }]);
  });
});
