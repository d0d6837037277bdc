/** Models that answer under InvokeModel and Converse with one text, each in its own format: what arrives is the matter, not what is said. */
import { eventFrame, plainStream } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { TestUpstream, type SeenRequest } from "../../packages/bedrock/src/wire/testing/upstream.ts";

export const answerText = "Good morning to you";

const usage = { inputTokens: 12, outputTokens: 4, totalTokens: 16 };

const wholes: Record<string, object> = {
  anthropic: {
    id: "msg_bdrk_01",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [{ type: "text", text: answerText }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 4 },
  },
  openai: {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1772615700,
    model: "openai.gpt-oss-120b-1:0",
    choices: [{ index: 0, message: { role: "assistant", content: answerText }, finish_reason: "stop" }],
    usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
  },
  meta: { generation: answerText, prompt_token_count: 12, generation_token_count: 4, stop_reason: "stop" },
};

const metrics = { inputTokenCount: 12, outputTokenCount: 4, invocationLatency: 200, firstByteLatency: 90 };

const chunks: Record<string, object[]> = {
  anthropic: [
    { type: "message_start", message: { ...wholes["anthropic"], content: [], stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...["Good morning", " to you"].map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 4 } },
    { type: "message_stop", "amazon-bedrock-invocationMetrics": metrics },
  ],
  meta: [
    { generation: "Good morning", prompt_token_count: 12, generation_token_count: 2, stop_reason: null },
    { generation: " to you", prompt_token_count: null, generation_token_count: 3, stop_reason: null },
    {
      generation: "",
      prompt_token_count: null,
      generation_token_count: 4,
      stop_reason: "stop",
      "amazon-bedrock-invocationMetrics": metrics,
    },
  ],
};

/** Provider in the path of a model's id, a geography left out. */
function providerIn({ path }: SeenRequest): string {
  return /^\/model\/(?:us|eu|global)?\.?([a-z0-9]+)\./.exec(path)?.[1] ?? "";
}

/** Starts them. Claude, gpt-oss and Llama know InvokeModel, Claude and Llama its stream; every model knows Converse and its stream. */
export function startNativeModels(): Promise<TestUpstream> {
  return TestUpstream.start((response, request) => {
    const provider = providerIn(request);
    if (request.path.endsWith("stream")) {
      const isNative = request.path.endsWith("/invoke-with-response-stream");
      response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
      response.end(isNative ? Buffer.concat((chunks[provider] ?? []).map(chunkFrame)) : plainStream(answerText));
      return;
    }
    const isNative = request.path.endsWith("/invoke");
    const answer = isNative
      ? wholes[provider]
      : { output: { message: { role: "assistant", content: [{ text: answerText }] } }, stopReason: "end_turn", usage };
    response.writeHead(answer === undefined ? 404 : 200, {
      "content-type": "application/json",
      "x-amzn-requestid": "r-1",
    });
    response.end(JSON.stringify(answer ?? { message: "This model has no answer here." }));
  });
}

function chunkFrame(chunk: object): Buffer {
  return eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(chunk)).toString("base64"), p: "abc" });
}
