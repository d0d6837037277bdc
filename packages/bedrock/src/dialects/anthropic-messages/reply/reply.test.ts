import { describe, expect, it } from "vitest";
import type { Citation, ContentBlock } from "../../../converse/content.ts";
import type { ConverseResponse, TokenUsage } from "../../../converse/response.ts";
import type { ConverseStreamEvent } from "../../../converse/stream-events.ts";
import { AditError } from "../../../errors/adit-error.ts";
import type { JsonObject } from "../../../json.ts";
import { streamEventsFromResponse } from "../../translation/answers/stream-from-response.ts";
import { citationFromMessages, messagesCitationFrom } from "../citations.ts";
import type { AnthropicMessage } from "./message.ts";
import { redactedContentFrom, redactedDataFrom } from "../redacted-thinking.ts";
import type { MessagesReplyContext } from "./reply-context.ts";
import { messageFromConverse, messageJsonFromConverse } from "./response.ts";
import { MessagesStreamWriter } from "./stream-writer.ts";
import { messagesContext } from "../testing/reply-context.ts";
import { messageBySdk } from "../testing/sdk-message.ts";
import { eventsOf } from "../testing/sse-events.ts";

function answer(content: ContentBlock[], more: Partial<ConverseResponse> = {}): ConverseResponse {
  return {
    output: { message: { role: "assistant", content } },
    stopReason: "end_turn",
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    ...more,
  };
}

function sseOf(events: readonly ConverseStreamEvent[], context: MessagesReplyContext): string {
  let sse = "";
  const writer = new MessagesStreamWriter(context, (text) => (sse += text));
  for (const event of events) writer.onEvent(event);
  writer.end();
  return sse;
}

/** The answer whole and through a stream and Anthropic's SDK: the same in both. */
async function bothWays(response: ConverseResponse, context: () => MessagesReplyContext): Promise<AnthropicMessage> {
  const whole = messageFromConverse(response, context());
  const streamed = await messageBySdk(sseOf(streamEventsFromResponse(response), context()));
  expect(streamed.content).toEqual(whole.content);
  expect([streamed.stop_reason, streamed.stop_sequence]).toEqual([whole.stop_reason, whole.stop_sequence]);
  return whole;
}

const toolUse = (name: string, input: JsonObject): ContentBlock => ({
  toolUse: { toolUseId: `id_${name}`, name, input },
});

describe("an answer of Converse in Anthropic's shape", () => {
  it("is the same where no block says that it is over: the next one does", async () => {
    const thought: ContentBlock = { reasoningContent: { reasoningText: { text: "hm", signature: "c2ln" } } };
    const response = answer([toolUse("f", {}), { text: "a" }, toolUse("g", {}), thought, toolUse("h", { a: 1 })]);
    const events = streamEventsFromResponse(response).filter(({ type }) => type !== "contentBlockStop");
    for (const event of events) {
      // A call without arguments, as AWS streams it.
      if (event.type === "contentBlockDelta" && event.delta.toolUse?.input === "{}") event.delta.toolUse.input = "";
    }
    const sse = sseOf(events, messagesContext());
    const streamed = await messageBySdk(sse);
    expect(streamed.content).toEqual(messageFromConverse(response, messagesContext()).content);
    const calls = eventsOf(sse).filter(({ data }) => JSON.stringify(data).includes("input_json_delta"));
    expect(calls.map(({ data }) => data["index"])).toEqual([0, 2, 4]);
  });

  it.each([
    ["end_turn", "end_turn", null],
    ["tool_use", "end_turn", null],
    ["max_tokens", "max_tokens", null],
    ["model_context_window_exceeded", "model_context_window_exceeded", null],
    ["content_filtered", "refusal", "content_filtered"],
    ["guardrail_intervened", "refusal", "guardrail_intervened"],
    ["reason_of_the_future", "reason_of_the_future", null],
  ])("stops with AWS's %s as %s", async (stopReason, expected, explained) => {
    const message = await bothWays(answer([{ text: "a" }], { stopReason }), () => messagesContext());
    expect(message.stop_reason).toBe(expected);
    expect(message.stop_details?.explanation ?? "").toContain(explained ?? "");
    expect(message.stop_details === null).toBe(explained === null);
  });

  it.each([
    ["tool_use", "tool_use"],
    ["end_turn", "tool_use"],
    ["max_tokens", "max_tokens"],
    ["stop_sequence", "stop_sequence"],
  ])("with calls stops with AWS's %s as %s", async (stopReason, expected) => {
    const called = answer([{ text: "a" }, toolUse("f", {})], { stopReason });
    expect((await bothWays(called, () => messagesContext())).stop_reason).toBe(expected);
  });

  it("says which sequence stopped it where there was one alone", async () => {
    const stopped = answer([{ text: "a" }], { stopReason: "stop_sequence" });
    const met = async (stopSequences: string[]): Promise<string | null> =>
      (await bothWays(stopped, () => messagesContext({ stopSequences }))).stop_sequence;
    expect(await met(["END"])).toBe("END");
    expect(await met(["END", "STOP"])).toBeNull();
  });

  it("counts the cache apart, by time to live, in the words of Anthropic's tiers", () => {
    const usage = {
      inputTokens: 13,
      outputTokens: 5,
      totalTokens: 1522,
      cacheReadInputTokens: 4,
      cacheWriteInputTokens: 1500,
      cacheDetails: [
        { ttl: "5m" as const, inputTokens: 500 },
        { ttl: "1h" as const, inputTokens: 1000 },
      ],
    };
    expect(
      messageFromConverse(answer([], { usage, serviceTier: { type: "default" } }), messagesContext()).usage,
    ).toEqual({
      input_tokens: 13,
      cache_creation_input_tokens: 1500,
      cache_read_input_tokens: 4,
      cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 1000 },
      output_tokens: 5,
      service_tier: "standard",
    });
  });

  it.each([null, "x", [null], [{}], [{ ttl: "5m", inputTokens: "5" }]])(
    "counts nothing where a host that is none of AWS's gives %j for what was written to the cache",
    (cacheDetails) => {
      const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5, cacheDetails } as unknown as TokenUsage;
      const { usage: told } = messageFromConverse(answer([], { usage }), messagesContext());
      expect(told).toMatchObject({ input_tokens: 3, output_tokens: 2 });
      expect(told.cache_creation?.ephemeral_5m_input_tokens ?? 0).toBe(0);
    },
  );

  it("does not know what AWS does not tell", () => {
    const { usage: _usage, ...silent } = answer([{ text: "a" }]);
    expect(messageFromConverse(silent, messagesContext()).usage).toEqual({
      input_tokens: null,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: null,
      output_tokens: null,
    });
  });

  it("gives tools the caller's names, and keeps digits that a double cannot hold", () => {
    const context = messagesContext({
      notes: { toolNames: new Map([["mcp_f", "mcp.f"]]) },
      source: () => '{"output":{"message":{"content":[{"text":""},{"toolUse":{"input":{"n":9007199254740993}}}]}}}',
    });
    const response = answer([{ text: "" }, toolUse("mcp_f", { n: Number("9007199254740993") })]);
    const json = messageJsonFromConverse(response, context);
    expect(json).toContain(
      '"content":[{"type":"tool_use","id":"id_mcp_f","name":"mcp.f","input":{"n":9007199254740993}}]',
    );
  });

  it("names what it has no shape for", async () => {
    const content: ContentBlock[] = [
      { toolUse: { toolUseId: "s", name: "nova_grounding", input: {}, type: "server_tool_use" } },
      { toolResult: { toolUseId: "s", content: [{ text: "found" }] } },
      { text: "It is so." },
      { reasoningContent: { redactedContent: "/////w==" } },
      { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } },
      // Of a kind that this version does not know.
      { reasoningContent: { sketch: "a" } as never },
    ];
    const contexts: MessagesReplyContext[] = [];
    const message = await bothWays(answer(content), () => {
      const context = messagesContext();
      contexts.push(context);
      return context;
    });
    expect(message.content).toEqual([{ type: "text", text: "It is so." }]);
    const dropped = [
      "output.message.content[0].toolUse",
      "output.message.content[1].toolResult",
      "output.message.content[3].reasoningContent",
      "output.message.content[4].image",
      "output.message.content[5].reasoningContent",
    ];
    expect(contexts.map(({ notes }) => notes.dropped)).toEqual([dropped, dropped]);
  });
});

describe("a structured answer that came by a tool", () => {
  const context = (): MessagesReplyContext => messagesContext({ notes: { answerTool: "answer" } });

  it("is the text, alone", async () => {
    const content = [{ text: "I think" }, toolUse("answer", { a: 1 }), toolUse("answer", { a: 2 })];
    const message = await bothWays(answer(content, { stopReason: "tool_use" }), context);
    expect(message.content).toEqual([{ type: "text", text: '{"a":1}' }]);
    expect(message.stop_reason).toBe("end_turn");
  });

  it("without members is an empty object, beside a call of the caller's it stops for that", async () => {
    const content = [toolUse("answer", {}), toolUse("f", { x: 1 })];
    const message = await bothWays(answer(content, { stopReason: "tool_use" }), context);
    expect(message.content).toEqual([
      { type: "text", text: "{}" },
      { type: "tool_use", id: "id_f", name: "f", input: { x: 1 } },
    ]);
    expect(message.stop_reason).toBe("tool_use");
  });

  it("that never came leaves the text, which waited", async () => {
    const message = await bothWays(answer([{ text: "No tool today." }]), context);
    expect(message.content).toEqual([{ type: "text", text: "No tool today." }]);
  });

  it("whose stream breaks gives the text that waited before the error", () => {
    let sse = "";
    const writer = new MessagesStreamWriter(context(), (text) => (sse += text));
    writer.onEvent({ type: "messageStart", role: "assistant" });
    writer.onTextDelta(0, "So far");
    writer.fail(new AditError("upstream_reset", "Gone."));
    expect(eventsOf(sse).map(({ name }) => name)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      "content_block_delta",
      "error",
    ]);
  });
});

it("text that waited for a structured answer may come from more blocks than a stack holds", async () => {
  const content = Array.from({ length: 200_000 }, () => ({ text: "a" }));
  const waiting = messagesContext({ notes: { answerTool: "answer" } });
  const sse = sseOf(streamEventsFromResponse(answer(content)), waiting);
  expect((await messageBySdk(sse)).content).toEqual([{ type: "text", text: "a".repeat(200_000) }]);
});

describe("a stream in Anthropic's shape", () => {
  it("sends a piece of text as it stands in AWS's frame, on one line", () => {
    let sse = "";
    const writer = new MessagesStreamWriter(messagesContext(), (text) => (sse += text));
    writer.onTextDelta(0, String.raw`a\n\"é` + "\u2028");
    expect(eventsOf(sse).at(-1)?.data["delta"]).toEqual({ type: "text_delta", text: 'a\n"é\u2028' });
    expect(sse).not.toContain("\u2028");
    expect([writer.firstTokenSeen, writer.outputBytes]).toEqual([true, 10]);
  });

  it.each([undefined, "EqQB+/="])(
    "ends thinking with its signature, or a word that says that there is none: the AI SDK and Genkit send back no other (%s)",
    (signature) => {
      const thought = { reasoningContent: { reasoningText: { text: "Hm", ...(signature && { signature }) } } };
      const events = eventsOf(sseOf(streamEventsFromResponse(answer([thought, { text: "a" }])), messagesContext()));
      const deltas = events.filter(({ data }) => data["index"] === 0).flatMap(({ data }) => data["delta"] ?? []);
      expect(deltas).toEqual([
        { type: "thinking_delta", thinking: "Hm" },
        { type: "signature_delta", signature: signature ?? "unsigned" },
      ]);
    },
  );

  it("tells the request id with an error, and a throttle as what clients try again", () => {
    let sse = "";
    const writer = new MessagesStreamWriter(messagesContext({ requestId: "req_7" }), (text) => (sse += text));
    writer.fail(new AditError("ThrottlingException", "Too many requests.", { status: 429 }));
    expect(eventsOf(sse)).toEqual([
      {
        name: "error",
        data: {
          type: "error",
          error: { type: "overloaded_error", message: expect.stringContaining("Too many requests.") as string },
          request_id: "req_7",
        },
      },
    ]);
  });
});

describe("citations", () => {
  const range = { start: 1, end: 2 };
  it.each<[string, Citation["location"]]>([
    ["char_location", { documentChar: { documentIndex: 0, ...range } }],
    ["page_location", { documentPage: { documentIndex: 1, ...range } }],
    ["content_block_location", { documentChunk: { documentIndex: 2, ...range } }],
    ["search_result_location", { searchResultLocation: { searchResultIndex: 3, ...range } }],
    ["web_search_result_location", { web: { url: "https://example.com" } }],
  ])("of the kind %s come through both ways", (type, location) => {
    const citation: Citation = { title: "T", sourceContent: [{ text: "cited" }], ...(location && { location }) };
    const shown = messagesCitationFrom(citation);
    expect(shown?.["type"]).toBe(type);
    expect(shown?.["cited_text"]).toBe("cited");
    expect(citationFromMessages(shown)).toEqual(citation);
  });

  it("of the web have a title, if an empty one: the AI SDK takes no other (Nova tells none, as recorded)", () => {
    expect(messagesCitationFrom({ location: { web: { url: "https://example.com" } } })).toMatchObject({ title: "" });
  });

  it("that stand without text and have no shape here make no text of their own: Anthropic takes none that is empty", async () => {
    const content = [{ text: "a" }, { citationsContent: { citations: [{ title: "T" }] } }];
    expect((await bothWays(answer(content), () => messagesContext())).content).toEqual([{ type: "text", text: "a" }]);
  });

  it("without a place have no shape here", () => {
    expect(messagesCitationFrom({ title: "T" })).toBeUndefined();
    expect(messagesCitationFrom({ location: { web: { domain: "example.com" } } })).toBeUndefined();
    for (const other of [null, "a", { type: "x" }, { type: "web_search_result_location" }]) {
      expect(citationFromMessages(other)).toBeUndefined();
    }
  });
});

describe("redacted thinking", () => {
  it("is the string that AWS's base64 holds, and that base64 again (recorded: base64 of Anthropic's base64)", () => {
    const recorded = "RXRrRUNrZ0lCeEFCR0FJcVFKVGZxUy9Q";
    expect(redactedDataFrom(recorded)).toBe("EtkECkgIBxABGAIqQJTfqS/P");
    expect(redactedContentFrom("EtkECkgIBxABGAIqQJTfqS/P")).toBe(recorded);
    expect(redactedDataFrom("/////w==")).toBeUndefined();
  });
});
