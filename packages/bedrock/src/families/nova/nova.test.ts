import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import type { NativeRequest } from "../family.ts";
import { nova } from "./nova.ts";
import { foldedReply } from "../testing/folded.ts";
import { readStream } from "../testing/read-stream.ts";
import { refusalOf } from "../testing/refusal-of.ts";

const model = factsOfModel("us.amazon.nova-2-lite-v1:0");
const context = { model, request: {}, counts: {} };

function written(request: ConverseRequest): NativeRequest {
  return nova.request(request, { model, stream: false });
}

describe("the body for Nova", () => {
  it("is Converse's own form; what Nova lacks is named", () => {
    const image = { format: "png" as const, source: { s3Location: { uri: "s3://b/k" } } };
    const toolSpec = { name: "f", inputSchema: { json: { type: "object" } } };
    const { body, dropped } = written({
      system: [{ text: "Be brief." }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [
        { role: "user", content: [{ text: "a" }, { image }, { video: { format: "mp4", source: { bytes: "dg==" } } }] },
        {
          role: "assistant",
          content: [
            { citationsContent: { content: [{ text: "b" }], citations: [{ title: "t" }] } },
            { toolUse: { toolUseId: "1", name: "f", input: {} } },
          ],
        },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "1", content: [{ json: {} }], status: "success" } },
            { cachePoint: { type: "default" } },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 9, temperature: 0.5, topP: 0.9, stopSequences: ["|"] },
      toolConfig: {
        tools: [
          { toolSpec: { ...toolSpec, strict: true } },
          { systemTool: { name: "nova_grounding" } },
          { cachePoint: { type: "default" } },
        ],
        toolChoice: { any: {} },
      },
      outputConfig: { effort: "low" },
      additionalModelRequestFields: {
        inferenceConfig: { topK: 20 },
        reasoningConfig: { type: "enabled", maxReasoningEffort: "low" },
      },
    });
    expect(body).toEqual({
      schemaVersion: "messages-v1",
      system: [{ text: "Be brief." }, { cachePoint: { type: "default" } }],
      messages: [
        { role: "user", content: [{ text: "a" }, { image }, { video: { format: "mp4", source: { bytes: "dg==" } } }] },
        { role: "assistant", content: [{ text: "b" }, { toolUse: { toolUseId: "1", name: "f", input: {} } }] },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "1", content: [{ json: {} }], status: "success" } },
            { cachePoint: { type: "default" } },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 9, temperature: 0.5, topP: 0.9, stopSequences: ["|"], topK: 20 },
      toolConfig: { tools: [{ toolSpec }, { systemTool: { name: "nova_grounding" } }], toolChoice: { any: {} } },
      reasoningConfig: { type: "enabled", maxReasoningEffort: "low" },
    });
    expect(dropped).toEqual([
      "outputConfig.effort",
      "system[1].cachePoint.ttl",
      "toolConfig.tools[0].toolSpec.strict",
      "toolConfig.tools[2].cachePoint",
      "messages[1].content[0].citationsContent.citations",
    ]);
  });

  it("has no empty text for citations of its grounding, which stand between two texts", () => {
    const citations = [{ location: { web: { url: "https://a.example/", domain: "a.example" } } }];
    const content = [{ text: "4" }, { citationsContent: { content: [], citations } }, { text: "." }];
    const { body, dropped } = written({ messages: [{ role: "assistant", content }] });
    expect(body["messages"]).toEqual([{ role: "assistant", content: [{ text: "4" }, { text: "." }] }]);
    expect(dropped).toEqual(["messages[0].content[1].citationsContent.citations"]);
  });

  it.each<[string, ConverseRequest]>([
    [
      "messages[0].content[0].audio",
      { messages: [{ role: "user", content: [{ audio: { format: "wav", source: { bytes: "" } } }] }] },
    ],
    [
      "messages[0].content[0].guardContent",
      { messages: [{ role: "user", content: [{ guardContent: { text: { text: "a" } } }] }] },
    ],
    ["system[0].guardContent", { system: [{ guardContent: { text: { text: "a" } } }] }],
    ["messages[0].role", { messages: [{ role: "system", content: [{ text: "a" }] }] }],
    [
      "outputConfig.textFormat",
      { outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: "{}" } } } } },
    ],
  ])("refuses %s", (param, request) => {
    expect(refusalOf(() => written(request))).toMatchObject({ code: "unsupported_parameter", param });
  });
});

describe("an answer of Nova", () => {
  it("keeps reasoning and tools that ran at AWS's, and numbers as they were written", () => {
    const content = [
      { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
      { toolUse: { toolUseId: "1", name: "nova_code_interpreter", input: {}, type: "server_tool_use" } },
      {
        toolResult: {
          toolUseId: "1",
          content: [{ json: { out: 1 } }],
          status: "success",
          type: "nova_code_interpreter_result",
        },
      },
    ];
    const answer = { output: { message: { role: "assistant", content } }, stopReason: "end_turn" };
    expect(nova.response(answer, context)).toEqual(answer);
    const text = '{"output":{"message":{"content":[{"toolUse":{"input":{"id":9007199254740993}}}]}}}';
    expect(nova.exactInputs?.(text).get(0)).toBe('{"id":9007199254740993}');
  });

  it("without an output is no success", () => {
    expect(refusalOf(() => nova.response({ output: {} }, context)).code).toBe("empty_output");
  });
});

describe("a stream of Nova", () => {
  const start = (contentBlockIndex: number, start: JsonObject): JsonObject => ({
    contentBlockStart: { start, contentBlockIndex },
  });
  const delta = (contentBlockIndex: number, delta: JsonObject): JsonObject => ({
    contentBlockDelta: { delta, contentBlockIndex },
  });
  const stop = (contentBlockIndex: number): JsonObject => ({ contentBlockStop: { contentBlockIndex } });
  const over: JsonObject = { messageStop: { stopReason: "end_turn" } };
  const end: JsonObject[] = [over, { metadata: { usage: { inputTokens: 3, outputTokens: 2 } } }];

  it("keeps reasoning, tools that ran at AWS's, and calls of one after the other", () => {
    const { events, unfamiliar } = readStream(nova, model, [
      { messageStart: { role: "assistant" } },
      delta(0, { reasoningContent: { text: "h" } }),
      delta(0, { reasoningContent: { text: "m" } }),
      stop(0),
      start(1, { toolUse: { toolUseId: "1", name: "nova_code_interpreter", type: "server_tool_use" } }),
      delta(1, { toolUse: { input: "{}" } }),
      stop(1),
      start(2, { toolResult: { toolUseId: "1", type: "nova_code_interpreter_result", status: "success" } }),
      delta(2, { toolResult: [{ json: { out: 1 } }] }),
      stop(2),
      delta(3, { text: "a" }),
      stop(3),
      delta(4, { text: "b" }),
      stop(4),
      ...end,
    ]);
    expect(unfamiliar).toEqual([]);
    const result = events.findIndex(
      (event) => event.type === "contentBlockStart" && event.start.toolResult !== undefined,
    );
    expect(events.slice(result, result + 3)).toEqual([
      {
        type: "contentBlockStart",
        contentBlockIndex: 2,
        start: { toolResult: { toolUseId: "1", type: "nova_code_interpreter_result", status: "success" } },
      },
      { type: "contentBlockDelta", contentBlockIndex: 2, delta: { toolResult: [{ json: { out: 1 } }] } },
      { type: "contentBlockStop", contentBlockIndex: 2 },
    ]);
    const others = events
      .toSpliced(result, 3)
      .map((event) =>
        "contentBlockIndex" in event && event.contentBlockIndex > 2 ? { ...event, contentBlockIndex: 2 } : event,
      );
    expect(foldedReply(others).content).toEqual([
      { reasoningContent: { reasoningText: { text: "hm" } } },
      { toolUse: { toolUseId: "1", name: "nova_code_interpreter", type: "server_tool_use", input: {} } },
      { text: "ab" },
    ]);
  });

  it("keeps reasoning in the form of a whole block, as AWS's guide to Nova 2 has it", () => {
    const { events, unfamiliar } = readStream(nova, model, [
      delta(0, { reasoningContent: { reasoningText: { text: "[RE" } } }),
      delta(0, { reasoningContent: { reasoningText: { text: "DACTED]", signature: "s" } } }),
      stop(0),
      delta(1, { text: "4" }),
      stop(1),
      ...end,
    ]);
    expect(unfamiliar).toEqual([]);
    expect(foldedReply(events).content).toEqual([
      { reasoningContent: { reasoningText: { text: "[REDACTED]", signature: "s" } } },
      { text: "4" },
    ]);
    const unreadable = delta(0, { reasoningContent: { reasoningText: { text: 1 } } });
    expect(refusalOf(() => readStream(nova, model, [unreadable, ...end])).code).toBe("corrupt_stream");
  });

  it("keeps the citations of its grounding where they stand, in blocks of their own", () => {
    const [one, other] = ["https://a.example/", "https://b.example/"].map((url) => ({ location: { web: { url } } }));
    const { events, unfamiliar } = readStream(nova, model, [
      delta(2, { text: "It is" }),
      stop(2),
      delta(3, { text: " 4.0" }),
      stop(3),
      delta(4, { citation: one }),
      delta(4, { citation: other }),
      stop(4),
      delta(5, { text: "." }),
      stop(5),
      ...end,
    ]);
    expect(unfamiliar).toEqual([]);
    const told = events.flatMap((event) =>
      event.type === "contentBlockDelta" ? [[event.contentBlockIndex, event.delta]] : [],
    );
    expect(told).toEqual([
      [0, { text: "It is" }],
      [0, { text: " 4.0" }],
      [1, { citation: one }],
      [1, { citation: other }],
      [2, { text: "." }],
    ]);
  });

  it("collects what it does not know, and goes on", () => {
    const { unfamiliar } = readStream(nova, model, [
      { weather: 1 },
      delta(0, { hologram: {} }),
      start(1, { picture: {} }),
      ...end,
    ]);
    expect(unfamiliar).toEqual(["weather", "hologram", "picture"]);
  });

  it("that ends before its last event, which has what it used, was cut", () => {
    const said = [delta(0, { text: "a" }), over];
    expect(refusalOf(() => readStream(nova, model, said)).code).toBe("truncated_stream");
    // Recorded: AWS's own count stands beside that event.
    const counted = { "amazon-bedrock-invocationMetrics": { inputTokenCount: 3, outputTokenCount: 2 } };
    expect(readStream(nova, model, [...said, counted]).events.at(-1)).toMatchObject({ usage: { totalTokens: 5 } });
    // Recorded of Claude: what a guardrail blocked ends with its word, without figures.
    const blocked = { ...over, "amazon-bedrock-guardrailAction": "INTERVENED" };
    expect(foldedReply(readStream(nova, model, [delta(0, { text: "No." }), blocked]).events)).toMatchObject({
      stopReason: "guardrail_intervened",
      content: [{ text: "No." }],
    });
    // Recorded: a guarded piece tells it too.
    const guarded = { ...delta(0, { text: "a" }), "amazon-bedrock-guardrailAction": "INTERVENED" };
    expect(refusalOf(() => readStream(nova, model, [guarded, over])).code).toBe("truncated_stream");
  });

  it("that holds an error is no success", () => {
    const error = refusalOf(() => readStream(nova, model, [{ error: { message: "Out of order" } }, ...end]));
    expect(error).toMatchObject({
      code: "ModelStreamErrorException",
      message: "The model answered with an error: Out of order",
    });
  });
});
