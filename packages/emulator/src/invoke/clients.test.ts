import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startEmulator, type Emulator } from "../index.ts";
import { failureOf, invokedWithHeaders, protocols } from "../testing/clients.ts";
import { invoked, invokedStream, memberAt, textAt, type Json } from "../testing/invoke-client.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterEach(() => emulator.clearRequests());
afterAll(async () => {
  await emulator.close();
});

const words = "Tell me of Ωmega";

/** A family: a model, a body with the words in it, and the text in a reply and in a chunk. */
interface Case {
  model: string;
  body: Json;
  limited: Json;
  text: (reply: Json) => string;
  piece: (chunk: Json) => string;
  /** How a whole answer and one that was cut say why they ended. */
  ends: [RegExp, RegExp];
}

const chatMessages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: words },
];
const chat = { messages: chatMessages };

const chatCase = (model: string): [string, Case] => [
  model,
  {
    model,
    body: chat,
    limited: { ...chat, max_tokens: 2 },
    text: textAt("choices", 0, "message", "content"),
    piece: textAt("choices", 0, "delta", "content"),
    ends: [/"finish_reason":"stop"/, /"finish_reason":"length"/],
  },
];

const claudeBody = {
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 500,
  messages: [{ role: "user", content: words }],
};

const cases: [string, Case][] = [
  [
    "Claude",
    {
      model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      body: claudeBody,
      limited: { ...claudeBody, max_tokens: 2 },
      text: textAt("content", 0, "text"),
      piece: textAt("delta", "text"),
      ends: [/"stop_reason":"end_turn"/, /"stop_reason":"max_tokens"/],
    },
  ],
  [
    "Claude's text API",
    {
      model: "anthropic.claude-v2:1",
      body: { prompt: `\n\nHuman: ${words}\n\nAssistant:`, max_tokens_to_sample: 500 },
      limited: { prompt: `\n\nHuman: ${words}\n\nAssistant:`, max_tokens_to_sample: 2 },
      text: textAt("completion"),
      piece: textAt("completion"),
      ends: [/"stop_reason":"stop_sequence"/, /"stop_reason":"max_tokens"/],
    },
  ],
  [
    "Nova",
    {
      model: "amazon.nova-lite-v1:0",
      body: { messages: [{ role: "user", content: [{ text: words }] }] },
      limited: { messages: [{ role: "user", content: [{ text: words }] }], inferenceConfig: { maxTokens: 2 } },
      text: textAt("output", "message", "content", 0, "text"),
      piece: textAt("contentBlockDelta", "delta", "text"),
      ends: [/"stopReason":"end_turn"/, /"stopReason":"max_tokens"/],
    },
  ],
  [
    "Titan",
    {
      model: "amazon.titan-text-express-v1",
      body: { inputText: `User: Hi\nBot: Hello\nUser: ${words}\nBot:` },
      limited: { inputText: words, textGenerationConfig: { maxTokenCount: 2 } },
      text: textAt("results", 0, "outputText"),
      piece: textAt("outputText"),
      ends: [/"completionReason":"FINISH"/, /"completionReason":"LENGTH"/],
    },
  ],
  [
    "Llama 3",
    {
      model: "meta.llama3-8b-instruct-v1:0",
      body: {
        prompt: `<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n${words}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
      },
      limited: { prompt: words, max_gen_len: 2 },
      text: textAt("generation"),
      piece: textAt("generation"),
      ends: [/"stop_reason":"stop"/, /"stop_reason":"length"/],
    },
  ],
  [
    "Llama 4",
    {
      model: "us.meta.llama4-scout-17b-instruct-v1:0",
      body: {
        prompt: `<|begin_of_text|><|header_start|>user<|header_end|>\n\n${words}<|eot|><|header_start|>assistant<|header_end|>\n\n`,
      },
      limited: { prompt: words, max_gen_len: 2 },
      text: textAt("generation"),
      piece: textAt("generation"),
      ends: [/"stop_reason":"stop"/, /"stop_reason":"length"/],
    },
  ],
  [
    "Mistral's text",
    {
      model: "mistral.mistral-7b-instruct-v0:2",
      body: { prompt: `<s>[INST] Hi [/INST] Hello</s>[INST] ${words} [/INST]` },
      limited: { prompt: words, max_tokens: 2 },
      text: textAt("outputs", 0, "text"),
      piece: textAt("outputs", 0, "text"),
      ends: [/"stop_reason":"stop"/, /"stop_reason":"length"/],
    },
  ],
  [
    "Mistral Large 2",
    {
      model: "mistral.mistral-large-2407-v1:0",
      body: chat,
      limited: { ...chat, max_tokens: 2 },
      text: textAt("choices", 0, "message", "content"),
      piece: textAt("choices", 0, "message", "content"),
      ends: [/"stop_reason":"stop"/, /"stop_reason":"length"/],
    },
  ],
  [
    "Command",
    {
      model: "cohere.command-text-v14",
      body: { prompt: words, stream: true },
      limited: { prompt: words, max_tokens: 2, stream: true },
      text: textAt("generations", 0, "text"),
      piece: textAt("text"),
      ends: [/"finish_reason":"COMPLETE"/, /"finish_reason":"MAX_TOKENS"/],
    },
  ],
  [
    "Command R",
    {
      model: "cohere.command-r-v1:0",
      body: {
        message: words,
        chat_history: [
          { role: "USER", message: "Hi" },
          { role: "CHATBOT", message: "Hello" },
        ],
      },
      limited: { message: words, max_tokens: 2 },
      text: textAt("text"),
      piece: textAt("text"),
      ends: [/"finish_reason":"COMPLETE"/, /"finish_reason":"MAX_TOKENS"/],
    },
  ],
  [
    "DeepSeek R1",
    {
      model: "us.deepseek.r1-v1:0",
      body: { prompt: `<｜begin▁of▁sentence｜><｜User｜>${words}<｜Assistant｜><think>\n` },
      limited: { prompt: words, max_tokens: 2 },
      text: textAt("choices", 0, "text"),
      piece: textAt("choices", 0, "text"),
      ends: [/"stop_reason":"stop"/, /"stop_reason":"length"/],
    },
  ],
  chatCase("ai21.jamba-1-5-mini-v1:0"),
  chatCase("deepseek.v3-v1:0"),
  chatCase("openai.gpt-oss-120b-1:0"),
  chatCase("qwen.qwen3-32b-v1:0"),
  chatCase("minimax.minimax-m2"),
  chatCase("moonshotai.kimi-k2.5"),
  chatCase("zai.glm-4.7"),
  chatCase("nvidia.nemotron-nano-9b-v2"),
  chatCase("google.gemma-3-4b-it"),
  chatCase("us.writer.palmyra-x5-v1:0"),
  chatCase("us.mistral.pixtral-large-2502-v1:0"),
];

const whole = (model: string, body: Json, extra = {}) => invoked(emulator, model, body, extra);
const streamed = (model: string, body: Json) => invokedStream(emulator, model, body);

describe.each(cases)("%s, by AWS's own client", (_name, { model, body, limited, text, piece, ends }) => {
  it.each(protocols)("is answered over %s with the model's name and the caller's words", async (protocol) => {
    const { reply, answer } = await whole(model, body, { protocol });
    expect(text(reply)).toContain(`${model} heard: "${words}"`);
    expect(answer.contentType).toBe("application/json");
    expect(JSON.stringify(reply)).toMatch(ends[0]);
    expect(emulator.requests.at(-1)).toMatchObject({ operation: "InvokeModel", modelId: model, verdict: "sigv4 ok" });
  });

  it("streams the same words, and figures in the last chunk that are the whole reply's", async () => {
    const { chunks, answer } = await streamed(model, body);
    const { reply } = await whole(model, body);
    const { headers } = await invokedWithHeaders(emulator, model, body);
    const untagged = (words_: string) => words_.replaceAll(/<\/reasoning><reasoning>/g, "");
    expect(untagged(chunks.map(piece).join(""))).toBe(text(reply));
    expect(chunks.map((chunk) => JSON.stringify(chunk)).join("\n")).toMatch(ends[0]);
    expect(answer.contentType).toBe("application/json");
    const metrics = chunks.at(-1)!["amazon-bedrock-invocationMetrics"] as Record<string, number>;
    expect(String(metrics["inputTokenCount"])).toBe(headers["x-amzn-bedrock-input-token-count"]);
    expect(String(metrics["outputTokenCount"])).toBe(headers["x-amzn-bedrock-output-token-count"]);
    expect(chunks.slice(0, -1).some((chunk) => "amazon-bedrock-invocationMetrics" in chunk)).toBe(false);
  });

  it("ends at the caller's limit and says so", async () => {
    const { reply } = await whole(model, limited);
    expect(JSON.stringify(reply)).toMatch(ends[1]);
    const { chunks } = await streamed(model, limited);
    expect(JSON.stringify(chunks)).toMatch(ends[1]);
    const metrics = chunks.at(-1)!["amazon-bedrock-invocationMetrics"] as Record<string, number>;
    expect(metrics["outputTokenCount"]).toBe(2);
  });
});

it("ends Writer's stream with a chunk that is no JSON", async () => {
  const { texts } = await streamed("us.writer.palmyra-x5-v1:0", chat);
  expect(texts.at(-1)).toBe("[DONE]");
});

describe("tools", () => {
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const openAiTools = [{ type: "function", function: { name: "get_weather", parameters: schema } }];

  it.each(["mistral.mistral-large-3-675b-instruct", "openai.gpt-oss-20b-1:0", "ai21.jamba-1-5-mini-v1:0"])(
    "are called by %s with arguments that fit",
    async (model) => {
      const { reply } = await whole(model, { ...chat, tools: openAiTools });
      const [call] = memberAt(reply, "choices", 0, "message", "tool_calls") as Json[];
      expect(JSON.parse(textAt("function", "arguments")(call!))).toMatchObject({ city: expect.any(String) });
      expect(memberAt(reply, "choices", 0, "finish_reason")).toBe("tool_calls");
    },
  );

  it("are called by Nova in its own form", async () => {
    const body = {
      messages: [{ role: "user", content: [{ text: words }] }],
      toolConfig: { tools: [{ toolSpec: { name: "get_weather", inputSchema: { json: schema } } }] },
    };
    const { reply } = await whole("amazon.nova-lite-v1:0", body);
    expect(reply["stopReason"]).toBe("tool_use");
    const { chunks } = await streamed("amazon.nova-lite-v1:0", body);
    const input = chunks.map(textAt("contentBlockDelta", "delta", "toolUse", "input")).join("");
    expect(JSON.parse(input)).toMatchObject({ city: expect.any(String) });
  });

  it("are called by Command R, which takes their results", async () => {
    const tools = [
      {
        name: "get_weather",
        description: "Weather",
        parameter_definitions: { city: { type: "str", required: true } },
      },
    ];
    const { reply } = await whole("cohere.command-r-v1:0", { message: words, tools });
    const [call] = reply["tool_calls"] as Json[];
    expect(call).toMatchObject({ name: "get_weather", parameters: { city: expect.any(String) } });
    const results = { tool_results: [{ call, outputs: [{ answer: "sunny" }] }] };
    const second = await whole("cohere.command-r-v1:0", { message: words, tools, ...results });
    expect(second.reply["text"]).toContain("sunny");
  });
});

describe("what a family takes beside text", () => {
  const png = "iVBORw0KGgo=";

  it("images of Llama 3.2", async () => {
    const { reply } = await whole("us.meta.llama3-2-11b-instruct-v1:0", { prompt: words, images: [png] });
    expect(reply["generation"]).toContain("with image");
  });

  it("images of Pixtral and of Claude", async () => {
    const content = [
      { type: "text", text: words },
      { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
    ];
    const pixtral = await whole("us.mistral.pixtral-large-2502-v1:0", { messages: [{ role: "user", content }] });
    expect(textAt("choices", 0, "message", "content")(pixtral.reply)).toContain("with image");
    const blocks = [
      { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
      { type: "text", text: words },
    ];
    const body = { ...claudeBody, messages: [{ role: "user", content: blocks }] };
    const claude = await whole("us.anthropic.claude-sonnet-4-5-20250929-v1:0", body);
    expect(textAt("content", 0, "text")(claude.reply)).toContain("with image");
  });

  it("refuses what it has not", async () => {
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } };
    const failure = await failureOf(whole("qwen.qwen3-32b-v1:0", { messages: [{ role: "user", content: [image] }] }));
    expect(failure.message).toMatch(/doesn't support the image content block/);
  });
});

describe("faults", () => {
  const model = "amazon.nova-lite-v1:0";
  const body = { messages: [{ role: "user", content: [{ text: words }] }] };

  it("strike InvokeModel and its stream", async () => {
    emulator.faultNext({ kind: "refuse", type: "ModelNotReadyException", operation: "InvokeModel" });
    expect((await failureOf(whole(model, body))).name).toBe("ModelNotReadyException");
    emulator.faultNext({ kind: "exception", type: "modelStreamErrorException", frame: 2 });
    expect((await failureOf(streamed(model, body))).name).toBe("ModelStreamErrorException");
    emulator.faultNext({ kind: "cut", frame: 2, bytes: 7 });
    expect((await failureOf(streamed(model, body))).message).toMatch(/Truncated event message/);
  });
});
