import { describe, expect, it } from "vitest";
import type { ContentBlock, Message } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import type { NativeRequest } from "../family.ts";
import { foldedReply } from "../testing/folded.ts";
import { readStream } from "../testing/read-stream.ts";
import { refusalOf } from "../testing/refusal-of.ts";
import { cohereCommandR } from "./cohere-command-r.ts";

const model = factsOfModel("cohere.command-r-plus-v1:0");
const context = { model, request: {}, counts: {} };

function written(request: ConverseRequest): NativeRequest {
  return cohereCommandR.request(request, { model, stream: false });
}

const user = (...content: ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: ContentBlock[]): Message => ({ role: "assistant", content });
const call = (toolUseId: string, input: JsonObject): ContentBlock => ({ toolUse: { toolUseId, name: "tides", input } });
const result = (toolUseId: string, text: string): ContentBlock => ({ toolResult: { toolUseId, content: [{ text }] } });

const tides = {
  toolSpec: {
    name: "tides",
    description: "Times of the tides",
    inputSchema: {
      json: {
        type: "object",
        properties: {
          harbour: { type: "string", description: "Its name" },
          day: { type: "integer" },
          kind: { type: "string", enum: ["high", "low"] },
          places: { type: "array", items: { type: "string" }, description: "All of them" },
        },
        required: ["harbour"],
      },
    },
  },
};

describe("the body for Command R", () => {
  it("has AWS's names: message, history, preamble, tools", () => {
    expect(
      written({
        system: [{ text: "Be brief." }, { text: "In verse." }],
        messages: [
          user({ text: "Ahoy" }),
          assistant({ text: "A" }, { text: "hoy!" }),
          user({ text: "Low" }, { text: "water?" }),
        ],
        inferenceConfig: { maxTokens: 9, temperature: 0.1, topP: 0.2, stopSequences: ["|"] },
        toolConfig: { tools: [tides], toolChoice: { auto: {} } },
        additionalModelRequestFields: { k: 3, seed: 1 },
      }),
    ).toEqual({
      body: {
        message: "Low\n\nwater?",
        chat_history: [
          { role: "USER", message: "Ahoy" },
          { role: "CHATBOT", message: "Ahoy!" },
        ],
        preamble: "Be brief.\n\nIn verse.",
        tools: [
          {
            name: "tides",
            description: "Times of the tides",
            parameter_definitions: {
              harbour: { type: "str", description: "Its name", required: true },
              day: { type: "int", required: false },
              kind: { type: "str", description: 'JSON Schema: {"enum":["high","low"]}', required: false },
              places: {
                type: "list",
                description: 'All of them\nJSON Schema: {"items":{"type":"string"}}',
                required: false,
              },
            },
          },
        ],
        max_tokens: 9,
        temperature: 0.1,
        p: 0.2,
        stop_sequences: ["|"],
        k: 3,
        seed: 1,
      },
      dropped: [],
    });
  });

  it("brings results with their calls to the question that they answer, over several rounds, and names what has no place", () => {
    const { body, dropped } = written({
      messages: [
        user({ text: "Tides of yesterday?" }),
        assistant(call("old", { day: 0 })),
        user(result("old", "2:00")),
        assistant({ text: "At two." }),
        user({ text: "And today?" }),
        assistant({ text: "I look." }, call("a", { day: 1 }), call("b", { day: 2 })),
        user(result("a", "3:00"), { toolResult: { toolUseId: "b", content: [{ json: [1] }], status: "error" } }),
        assistant(call("c", { day: 3 })),
        user({ toolResult: { toolUseId: "c", content: [{ json: { at: "5:00" } }] } }),
      ],
      toolConfig: { tools: [tides] },
    });
    expect(body).toMatchObject({
      message: "And today?",
      chat_history: [
        { role: "USER", message: "Tides of yesterday?" },
        { role: "CHATBOT", message: "At two." },
      ],
      tool_results: [
        { call: { name: "tides", parameters: { day: 1 } }, outputs: [{ text: "3:00" }] },
        { call: { name: "tides", parameters: { day: 2 } }, outputs: [{ result: [1], status: "error" }] },
        { call: { name: "tides", parameters: { day: 3 } }, outputs: [{ at: "5:00" }] },
      ],
    });
    expect(dropped).toEqual([
      "messages[1].content[0].toolUse",
      "messages[2].content[0].toolResult",
      "messages[5].content",
    ]);
  });

  it("takes results that come with a new question", () => {
    const { body, dropped } = written({
      messages: [
        user({ text: "Tides?" }),
        assistant(call("a", { day: 1 })),
        user(result("a", "3:00"), { text: "In words!" }),
      ],
    });
    expect(body).toEqual({
      message: "In words!",
      chat_history: [{ role: "USER", message: "Tides?" }],
      tool_results: [{ call: { name: "tides", parameters: { day: 1 } }, outputs: [{ text: "3:00" }] }],
    });
    expect(dropped).toEqual([]);
  });

  it("gives documents and search results the form that Command R cites", () => {
    const bytes = Buffer.from("Pontoon B").toString("base64");
    const { body, dropped } = written({
      messages: [
        user(
          { document: { name: "guide", format: "txt", source: { bytes }, citations: { enabled: true } } },
          { document: { name: "parts", source: { content: [{ text: "a" }, { text: "b" }] }, context: "page 3" } },
          { searchResult: { source: "https://log.example", title: "log", content: [{ text: "Fouled." }] } },
          { text: "Where?" },
        ),
      ],
    });
    expect(body).toEqual({
      message: "Where?",
      documents: [
        { title: "guide", snippet: "Pontoon B" },
        { title: "parts", snippet: "a\n\nb", context: "page 3" },
        { title: "log", snippet: "Fouled.", url: "https://log.example" },
      ],
    });
    expect(dropped).toEqual(["messages[0].content[0].document.citations"]);
  });

  it("names hints that it does not know", () => {
    const { dropped } = written({
      system: [{ text: "a" }, { cachePoint: { type: "default" } }],
      messages: [user({ text: "b" }, { cachePoint: { type: "default" } })],
      toolConfig: { tools: [{ toolSpec: { ...tides.toolSpec, strict: true } }, { cachePoint: { type: "default" } }] },
      outputConfig: { effort: "low" },
    });
    expect(dropped).toEqual([
      "outputConfig.effort",
      "system[1].cachePoint",
      "toolConfig.tools[0].toolSpec.strict",
      "toolConfig.tools[1].cachePoint",
      "messages[0].content[1].cachePoint",
    ]);
  });

  it.each<[string, string, ConverseRequest]>([
    ["toolConfig.toolChoice", "unsupported_parameter", { toolConfig: { tools: [tides], toolChoice: { any: {} } } }],
    [
      "toolConfig.tools[0].systemTool",
      "unsupported_parameter",
      { toolConfig: { tools: [{ systemTool: { name: "s" } }] } },
    ],
    ["messages", "invalid_request", { messages: [] }],
    ["messages", "invalid_request", { messages: [user({ text: "a" }), assistant({ text: "b" })] }],
    ["messages", "invalid_request", { messages: [user(result("a", "b"))] }],
    ["messages[0].role", "unsupported_parameter", { messages: [{ role: "system", content: [{ text: "a" }] }] }],
    [
      "messages[0].content[0].image",
      "unsupported_parameter",
      { messages: [user({ image: { format: "png", source: { bytes: "" } } })] },
    ],
    [
      "messages[0].content[0].document.format",
      "unsupported_parameter",
      { messages: [user({ document: { name: "d", format: "pdf", source: { bytes: "" } } })] },
    ],
    [
      "messages[1].content[0].toolResult.toolUseId",
      "invalid_request",
      { messages: [user({ text: "a" }), user(result("x", "b"), { text: "c" })] },
    ],
    [
      "outputConfig.textFormat",
      "unsupported_parameter",
      { outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: "{}" } } } } },
    ],
  ])("refuses %s (%s)", (param, code, request) => {
    expect(refusalOf(() => written(request))).toMatchObject({ code, param });
  });
});

const cited: JsonObject = {
  text: "Das 🚢 liegt an B, fest.",
  citations: [
    { start: 15, end: 16, text: "B", document_ids: ["doc_1", "doc_0"] },
    { start: 4, end: 5, text: "🚢", document_ids: ["doc_0"] },
  ],
  documents: [
    { id: "doc_0", title: "guide", snippet: "Ships" },
    { id: "doc_1", title: "plan", snippet: "B", url: "https://plan.example" },
  ],
  finish_reason: "COMPLETE",
};

describe("an answer of Command R", () => {
  it("keeps citations at the text that they stand behind, counted in characters of Unicode", () => {
    const guide = {
      title: "guide",
      source: "doc_0",
      sourceContent: [{ text: "Ships" }],
      location: { documentChunk: { documentIndex: 0 } },
    };
    const plan = {
      title: "plan",
      source: "https://plan.example",
      sourceContent: [{ text: "B" }],
      location: { documentChunk: { documentIndex: 1 } },
    };
    expect(cohereCommandR.response(cited, context).output.message.content).toEqual([
      { text: "Das " },
      { citationsContent: { content: [{ text: "🚢" }], citations: [guide] } },
      { text: " liegt an " },
      { citationsContent: { content: [{ text: "B" }], citations: [plan, guide] } },
      { text: ", fest." },
    ]);
  });

  it("keeps overlapping citations, and all of the text", () => {
    const answer = {
      text: "abcdef",
      citations: [
        { start: 0, end: 4, document_ids: ["doc_0"] },
        { start: 2, end: 6, document_ids: ["doc_1"] },
      ],
      finish_reason: "COMPLETE",
    };
    const { content } = cohereCommandR.response(answer, context).output.message;
    expect(content.map((block) => block.text ?? block.citationsContent?.content?.[0]?.text).join("")).toBe("abcdef");
    expect(content.flatMap((block) => block.citationsContent?.citations ?? []).map((one) => one.source)).toEqual([
      "doc_0",
      "doc_1",
    ]);
  });

  it("keeps the text once where a citation ends before its start", () => {
    const answer = { text: "abcdef", citations: [{ start: 5, end: 2, document_ids: ["doc_0"] }] };
    const { content } = cohereCommandR.response({ ...answer, finish_reason: "COMPLETE" }, context).output.message;
    expect(content.map((block) => block.text ?? block.citationsContent?.content?.[0]?.text).join("")).toBe("abcdef");
  });

  it("is read in time, whatever stands behind it", () => {
    const documents = Array.from({ length: 150_000 }, (_each, index) => ({ id: `doc_${index}`, title: `${index}` }));
    const ids = documents.map(({ id }) => id);
    const citations = [
      { start: 0, end: 4, document_ids: ["doc_7"] },
      { start: 2, end: 6, document_ids: ids },
    ];
    const answer = { text: "abcdef", citations, documents, finish_reason: "COMPLETE" };
    const { content } = cohereCommandR.response(answer, context).output.message;
    const told = content.flatMap((block) => block.citationsContent?.citations ?? []);
    expect([told.length, told.at(-1)?.title]).toEqual([150_001, "149999"]);
  }, 30_000);

  const calling = {
    text: "I look.",
    tool_calls: [
      { name: "tides", parameters: { day: 1 } },
      { name: "tides", parameters: {} },
    ],
    finish_reason: "COMPLETE",
  };

  it("gives calls ids that no call of the conversation has", () => {
    const request = { messages: [user({ text: "a" }), assistant(call("x", {}))] };
    const response = cohereCommandR.response(calling, { ...context, request });
    expect(response.output.message.content).toEqual([
      { text: "I look." },
      { toolUse: { toolUseId: "call_1", name: "tides", input: { day: 1 } } },
      { toolUse: { toolUseId: "call_2", name: "tides", input: {} } },
    ]);
    expect(response.stopReason).toBe("tool_use");
    // Its own answer goes back with the results, and finds its calls.
    const messages = [
      ...request.messages,
      response.output.message,
      user(result("call_2", "5:00"), result("call_1", "3:00")),
    ];
    expect(written({ messages }).body["tool_results"]).toEqual([
      { call: { name: "tides", parameters: {} }, outputs: [{ text: "5:00" }] },
      { call: { name: "tides", parameters: { day: 1 } }, outputs: [{ text: "3:00" }] },
    ]);
  });

  it("gives such ids also where the beginning of the conversation was cut off", () => {
    const cut = [user({ text: "a" }), assistant(call("call_1", { n: 1 })), user(result("call_1", "1:00"))];
    const { message } = cohereCommandR.response(calling, { ...context, request: { messages: cut } }).output;
    expect(message.content.map(({ toolUse }) => toolUse?.toolUseId)).toEqual([undefined, "call_2", "call_3"]);
    // With one id for two calls, the model would be told the result of the one as that of the other.
    const messages = [...cut, message, user(result("call_2", "3:00"), result("call_3", "5:00"))];
    expect(written({ messages }).body["tool_results"]).toMatchObject([
      { call: { parameters: { n: 1 } }, outputs: [{ text: "1:00" }] },
      { call: { parameters: { day: 1 } }, outputs: [{ text: "3:00" }] },
      { call: { parameters: {} }, outputs: [{ text: "5:00" }] },
    ]);
  });

  it("tells numbers of a call that a double cannot hold as they were written", () => {
    const text =
      '{"text":"I look.","tool_calls":[{"name":"f","parameters":{"a":1}},{"name":"f","parameters":{"id":9007199254740993}}]}';
    expect(cohereCommandR.exactInputs?.(text).get(2)).toBe('{"id":9007199254740993}');
    expect(cohereCommandR.exactInputs?.(text).get(1)).toBeUndefined();
    expect(cohereCommandR.exactInputs?.(text).get(0)).toBeUndefined();
  });

  it.each([
    ["COMPLETE", "end_turn"],
    ["max_tokens", "max_tokens"],
    ["STOP_SEQUENCE", "stop_sequence"],
    ["ERROR_TOXIC", "content_filtered"],
    ["ERROR_LIMIT", "model_context_window_exceeded"],
    ["NEW", "NEW"],
  ])("that finished with %s stopped by %s", (reason, stopReason) => {
    expect(cohereCommandR.response({ text: "a", finish_reason: reason }, context).stopReason).toBe(stopReason);
  });

  it("that ended in an error, or without text, is no success", () => {
    expect(refusalOf(() => cohereCommandR.response({ text: "a", finish_reason: "ERROR" }, context)).code).toBe(
      "ModelErrorException",
    );
    expect(refusalOf(() => cohereCommandR.response({ message: "no" }, context)).code).toBe("empty_output");
  });
});

describe("a stream of Command R", () => {
  const end = (response: JsonObject): JsonObject => ({
    event_type: "stream-end",
    is_finished: true,
    finish_reason: "COMPLETE",
    response,
  });
  const text = (piece: string): JsonObject => ({ event_type: "text-generation", text: piece, is_finished: false });
  const contentOf = (chunks: JsonObject[], request: ConverseRequest = {}): ReturnType<typeof foldedReply> =>
    foldedReply(readStream(cohereCommandR, model, chunks, request).events);

  it("tells calls that come as a whole once, though the end repeats them", () => {
    const calls = [
      { name: "tides", parameters: { day: 1 } },
      { name: "tides", parameters: { day: 2 } },
    ];
    const whole = { text: "I look.", tool_calls: calls, finish_reason: "COMPLETE" };
    const expected = cohereCommandR.response(whole, context);
    for (const chunks of [
      [
        text("I "),
        text("look."),
        { event_type: "tool-calls-generation", text: "I look.", tool_calls: calls },
        end(whole),
      ],
      [{ event_type: "tool-calls-generation", text: "I look.", tool_calls: calls }, end(whole)],
      [text("I look."), end(whole)],
      [end(whole)],
    ]) {
      expect(contentOf(chunks)).toMatchObject({ content: expected.output.message.content, stopReason: "tool_use" });
    }
  });

  it("passes on the pieces of calls as they come", () => {
    const piece = (delta: JsonObject): JsonObject => ({
      event_type: "tool-calls-chunk",
      is_finished: false,
      tool_call_delta: delta,
    });
    const chunks = [
      { event_type: "tool-calls-chunk", text: "I look.", is_finished: false },
      piece({ index: 0, name: "tides" }),
      piece({ index: 0, parameters: '{"day"' }),
      piece({ index: 0, parameters: ": 1}" }),
      piece({ index: 1, name: "tides" }),
      piece({ index: 1, parameters: "{}" }),
      { event_type: "tool-calls-generation", tool_calls: [{ name: "tides", parameters: { day: 1 } }] },
      end({ text: "I look.", tool_calls: [{ name: "tides", parameters: { day: 1 } }] }),
    ];
    const { events, unfamiliar } = readStream(cohereCommandR, model, chunks);
    expect(unfamiliar).toEqual([]);
    const inputs = events.flatMap((event) =>
      event.type === "contentBlockDelta" ? (event.delta.toolUse?.input ?? []) : [],
    );
    expect(inputs).toEqual(['{"day"', ": 1}", "{}"]);
    expect(foldedReply(events).content).toEqual([
      { text: "I look." },
      { toolUse: { toolUseId: "call_0", name: "tides", input: { day: 1 } } },
      { toolUse: { toolUseId: "call_1", name: "tides", input: {} } },
    ]);
  });

  it("an answer of many calls costs their number, not the square of it", () => {
    const calls = Array.from({ length: 40_000 }, () => ({ name: "tides", parameters: {} }));
    const startedAt = performance.now();
    const answer = { text: "", tool_calls: calls, finish_reason: "COMPLETE" };
    const { content } = cohereCommandR.response(answer, context).output.message;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(content.at(-1)?.toolUse?.toolUseId).toBe("call_39999");
  });

  it("keeps citations, with the text that they stand behind", () => {
    const [block] = contentOf([
      text("Das 🚢 "),
      text("liegt an B, fest."),
      {
        event_type: "citation-generation",
        is_finished: false,
        citations: cited["citations"]!,
        documents: cited["documents"]!,
      },
      end(cited),
    ]).content;
    expect(block?.citationsContent?.content).toEqual([{ text: cited["text"] }]);
    expect(block?.citationsContent?.citations?.map((one) => one.title)).toEqual(["plan", "guide", "guide"]);
  });

  it("collects what it does not know, and goes on", () => {
    const { unfamiliar } = readStream(cohereCommandR, model, [
      { event_type: "hum", pitch: 1 },
      text("a"),
      end({ text: "a" }),
    ]);
    expect(unfamiliar.toSorted()).toEqual(["hum", "pitch"]);
  });

  it("that ends in an error or not at all is no success", () => {
    const failed = { event_type: "stream-end", is_finished: true, finish_reason: "ERROR" };
    expect(refusalOf(() => readStream(cohereCommandR, model, [text("a"), failed])).code).toBe("ModelErrorException");
    expect(refusalOf(() => readStream(cohereCommandR, model, [text("a")])).code).toBe("truncated_stream");
    expect(refusalOf(() => readStream(cohereCommandR, model, [])).code).toBe("truncated_stream");
  });
});
