import { describe, expect, it } from "vitest";
import { AditError } from "../../../errors/adit-error.ts";
import { readNativeAnswer } from "./response.ts";
import { NativeMessagesStream } from "./stream.ts";
import { eventsOf } from "../testing/sse-events.ts";

function stream(): { writer: NativeMessagesStream; sse: () => string } {
  let sse = "";
  return { writer: new NativeMessagesStream((text) => (sse += text), "req_9"), sse: () => sse };
}

const start =
  '{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":7,"cache_read_input_tokens":3,"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":5},"output_tokens":1}}}';
const delta = '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}';

describe("Claude's own stream", () => {
  it("tells usage once it is known, and what the start told", () => {
    const { writer } = stream();
    expect(writer.usageAtStart).toBeUndefined();
    writer.onChunk(start);
    expect(writer.usage).toBeUndefined();
    expect(writer.usageAtStart).toMatchObject({ inputTokens: 7, outputTokens: 1 });
    writer.onChunk(delta);
    writer.onChunk('{"type":"message_stop"}');
    writer.end();
    expect(writer.usage).toEqual({
      inputTokens: 7,
      outputTokens: 9,
      totalTokens: 24,
      cacheReadInputTokens: 3,
      cacheWriteInputTokens: 5,
      cacheDetails: [{ ttl: "1h", inputTokens: 5 }],
    });
  });

  it("counts a summary of its context among what was written, for a stream that breaks off", () => {
    const { writer } = stream();
    writer.onChunk(start);
    writer.onChunk('{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}');
    writer.onChunk('{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"So far."}}');
    expect([writer.firstTokenSeen, writer.outputBytes]).toEqual([true, 7]);
  });

  it("has the counts of AWS's metrics where Claude told none", () => {
    const { writer, sse } = stream();
    writer.onChunk('{"type":"message_delta","delta":{"stop_reason":"refusal"}}');
    writer.onChunk(
      '{"amazon-bedrock-invocationMetrics":{"inputTokenCount":4,"outputTokenCount":2,"cacheReadInputTokenCount":1},"type":"message_stop","amazon-bedrock-guardrailAction":"NONE"}',
    );
    writer.end();
    expect(writer.usage).toEqual({ inputTokens: 4, outputTokens: 2, totalTokens: 7, cacheReadInputTokens: 1 });
    expect(sse().split("\n\n")[1]).toBe(
      'event: message_stop\ndata: {"type":"message_stop","amazon-bedrock-guardrailAction":"NONE"}',
    );
  });

  it("tells what AWS's guardrail did in the place of Claude's word for it, in a whole answer too", () => {
    const blocked = { content: [], stop_reason: "end_turn", "amazon-bedrock-guardrailAction": "INTERVENED" };
    expect(readNativeAnswer(JSON.stringify(blocked)).stopReason).toBe("guardrail_intervened");
    expect(readNativeAnswer(JSON.stringify({ ...blocked, "amazon-bedrock-guardrailAction": "NONE" })).stopReason).toBe(
      "end_turn",
    );
  });

  it("has a usage in each message_delta, also where a guardrail of AWS's blocked: Anthropic's SDK throws without", () => {
    const { writer, sse } = stream();
    writer.onChunk('{"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}');
    writer.onChunk('{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null}}');
    const trace = '"amazon-bedrock-trace":{"guardrail":{"input":{"gr123":{}}}}';
    writer.onChunk(`{"type":"message_stop","amazon-bedrock-guardrailAction":"INTERVENED",${trace}}`);
    writer.end();
    expect(eventsOf(sse())[1]?.data).toEqual({
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 0 },
    });
    expect(writer.usage).toBeUndefined();
    expect(writer.stopReason).toBe("guardrail_intervened");
    expect(writer.trace).toEqual({ guardrail: { inputAssessment: { gr123: {} } } });
  });

  it("keeps an event on its lines, whatever the chunk holds", () => {
    const { writer, sse } = stream();
    const text = "a\u2028b\u0085c\u2029";
    writer.onChunk(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}`);
    writer.onChunk('{\n  "type": "content_block_stop",\r\n  "index": 0\n}');
    writer.onChunk('{"delta":{"text":"é","type":"text_delta"},"index":12,"type":"content_block_delta"}');
    writer.onChunk('{"type":"event_of_the_future","x":1}');
    expect(sse()).not.toMatch(/[\u2028\u2029\u0085\r]/);
    expect(eventsOf(sse()).map(({ name, data }) => [name, data])).toEqual([
      ["content_block_delta", { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }],
      ["content_block_stop", { type: "content_block_stop", index: 0 }],
      ["content_block_delta", { type: "content_block_delta", index: 12, delta: { type: "text_delta", text: "é" } }],
      ["event_of_the_future", { type: "event_of_the_future", x: 1 }],
    ]);
    expect([...writer.unfamiliar]).toEqual(["event_of_the_future"]);
    expect(writer.outputBytes).toBe(Buffer.byteLength(text) + Buffer.byteLength("é"));
  });

  it("that broke is an error event of Anthropic's, and nothing after it", () => {
    const { writer, sse } = stream();
    writer.onChunk(start);
    writer.fail(new AditError("ThrottlingException", "Too many requests.", { status: 429 }));
    writer.fail(new AditError("internal", "Again."));
    writer.onChunk(delta);
    const events = eventsOf(sse());
    expect(events.map(({ name }) => name)).toEqual(["message_start", "error"]);
    expect(events[1]?.data).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: expect.stringContaining("Too many requests.") as string },
      request_id: "req_9",
    });
  });

  it("whose model ends it with an error passes that on and does not end well", () => {
    const { writer, sse } = stream();
    writer.onChunk(start);
    writer.onChunk('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    expect(() => writer.end()).toThrow(expect.objectContaining({ code: "aws_error" }));
    writer.fail(new AditError("aws_error", "x"));
    expect(eventsOf(sse()).map(({ name }) => name)).toEqual(["message_start", "error"]);
  });

  it.each(["[DONE]", "[]", "{", "1"])("refuses a chunk that is no object: %s", (chunk) => {
    expect(() => stream().writer.onChunk(chunk)).toThrow(expect.objectContaining({ code: "corrupt_stream" }));
  });
});

describe("Claude's own whole answer", () => {
  it.each(["", "<html>", '{"Output":{}}', "[]", '{"completion":"a"}'])("is none in %s", (body) => {
    expect(() => readNativeAnswer(body)).toThrow(expect.objectContaining({ code: "empty_output" }));
  });

  it("may not tell its usage: then it is unknown", () => {
    const read = readNativeAnswer('{"content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":null}}');
    expect(read).toEqual({ stopReason: undefined, usage: undefined });
  });
});
