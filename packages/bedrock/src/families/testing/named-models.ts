/** The 33 models that AI Squared's page names, by their native forms: the page's own request, and what a model answers, whole and streamed. */
import type { JsonObject } from "../../json.ts";

export interface NamedModels {
  ids: string[];
  /** The page's request for `hello`. */
  page: JsonObject;
  /** The native body that Adit writes for `hello` with at most 100 tokens. */
  body: JsonObject;
  /** Where a stream is asked for by the body. */
  streamBody?: JsonObject;
  answer: JsonObject;
  /** Without the metrics that AWS adds to the last one. */
  chunks: JsonObject[];
  says: string;
  /** In Converse's words. */
  stop: string;
  /** Where the body of a whole answer tells; else the headers do. */
  usage?: [input: number, output: number];
}

const chatAnswer = (content: string, finish: string): JsonObject => ({
  id: "chatcmpl-1",
  choices: [{ index: 0, message: { role: "assistant", content, tool_calls: null }, finish_reason: finish }],
  usage: { prompt_tokens: 12, completion_tokens: 10, total_tokens: 22 },
});

const chatChunks = (...pieces: string[]): JsonObject[] => [
  { id: "chatcmpl-1", choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }] },
  ...pieces.map((content) => ({ id: "chatcmpl-1", choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
  { id: "chatcmpl-1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
];

const chatBody: JsonObject = { messages: [{ role: "user", content: "hello" }], max_tokens: 100 };

const llama = (ids: string[]): NamedModels => ({
  ids,
  page: { prompt: "hello", max_gen_len: 100 },
  body: {
    prompt:
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    max_gen_len: 100,
  },
  answer: { generation: "Hi!", prompt_token_count: 1, generation_token_count: 100, stop_reason: "length" },
  chunks: [
    { generation: "Hi", prompt_token_count: 1, generation_token_count: 1, stop_reason: null },
    { generation: "!", prompt_token_count: null, generation_token_count: 100, stop_reason: "length" },
  ],
  says: "Hi!",
  stop: "max_tokens",
  usage: [1, 100],
});

export const namedModels: readonly NamedModels[] = [
  {
    ids: ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"],
    page: { inferenceConfig: { max_new_tokens: 100 }, messages: [{ role: "user", content: [{ text: "hello" }] }] },
    body: {
      schemaVersion: "messages-v1",
      messages: [{ role: "user", content: [{ text: "hello" }] }],
      inferenceConfig: { maxTokens: 100 },
    },
    answer: {
      output: { message: { content: [{ text: "Hello!" }], role: "assistant" } },
      stopReason: "end_turn",
      usage: {
        inputTokens: 1,
        outputTokens: 51,
        totalTokens: 52,
        cacheReadInputTokenCount: 0,
        cacheWriteInputTokenCount: 0,
      },
    },
    chunks: [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { delta: { text: "Hel" }, contentBlockIndex: 0 } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockDelta: { delta: { text: "lo!" }, contentBlockIndex: 1 } },
      { contentBlockStop: { contentBlockIndex: 1 } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage: { inputTokens: 12, outputTokens: 6 }, metrics: {}, trace: {} } },
    ],
    says: "Hello!",
    stop: "end_turn",
    usage: [1, 51],
  },
  {
    ids: ["amazon.titan-text-premier-v1:0", "amazon.titan-text-express-v1", "amazon.titan-text-lite-v1"],
    page: { inputText: "hello", textGenerationConfig: { maxTokenCount: 100, stopSequences: [] } },
    body: { inputText: "User: hello\nBot:", textGenerationConfig: { maxTokenCount: 100 } },
    answer: {
      inputTextTokenCount: 3,
      results: [{ tokenCount: 13, outputText: "\nBot: Hi there!", completionReason: "FINISH" }],
    },
    chunks: [
      {
        outputText: "\nBot: Hi there!",
        index: 0,
        totalOutputTextTokenCount: 6,
        completionReason: "FINISH",
        inputTextTokenCount: 12,
      },
    ],
    says: "\nBot: Hi there!",
    stop: "end_turn",
    usage: [3, 13],
  },
  {
    ids: [
      "anthropic.claude-3-7-sonnet-20250219-v1:0",
      "anthropic.claude-3-5-haiku-20241022-v1:0",
      "anthropic.claude-3-5-sonnet-20241022-v2:0",
      "anthropic.claude-3-5-sonnet-20240620-v1:0",
      "anthropic.claude-3-opus-20240229-v1:0",
      "anthropic.claude-3-haiku-20240307-v1:0",
    ],
    page: {
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 100,
      messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
    },
    body: {
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 100,
      messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
    },
    answer: {
      id: "msg_bdrk_1",
      type: "message",
      role: "assistant",
      model: "claude-3-7-sonnet-20250219",
      content: [{ type: "text", text: "Hello!" }],
      // Some of the page's samples leave out `stop_sequence`.
      stop_reason: "end_turn",
      usage: { input_tokens: 12, output_tokens: 6 },
    },
    chunks: [
      {
        type: "message_start",
        message: { id: "msg_bdrk_1", content: [], usage: { input_tokens: 12, output_tokens: 1 } },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "lo!" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 6 } },
      { type: "message_stop" },
    ],
    says: "Hello!",
    stop: "end_turn",
    usage: [12, 6],
  },
  {
    ids: ["cohere.command-r-v1:0", "cohere.command-r-plus-v1:0"],
    page: { message: "hello" },
    body: { message: "hello", max_tokens: 100 },
    answer: {
      response_id: "379ed018/aa2d",
      text: "Hi there!",
      generation_id: "g",
      chat_history: [
        { role: "USER", message: "hello" },
        { role: "CHATBOT", message: "Hi there!" },
      ],
      finish_reason: "COMPLETE",
    },
    chunks: [
      { event_type: "stream-start", generation_id: "g", is_finished: false },
      { event_type: "text-generation", text: "Hi ", is_finished: false },
      { event_type: "text-generation", text: "there!", is_finished: false },
      {
        event_type: "stream-end",
        is_finished: true,
        finish_reason: "COMPLETE",
        response: { response_id: "379ed018/aa2d", text: "Hi there!", finish_reason: "COMPLETE" },
      },
    ],
    says: "Hi there!",
    stop: "end_turn",
  },
  {
    ids: ["cohere.command-text-v14", "cohere.command-light-text-v14"],
    page: { prompt: "hello", max_tokens: 100 },
    body: { prompt: "hello", max_tokens: 100 },
    streamBody: { prompt: "hello", max_tokens: 100, stream: true },
    answer: { id: "5e82", generations: [{ id: "1", text: " Hello!", finish_reason: "COMPLETE" }], prompt: "hello" },
    chunks: [
      { text: " Hel", is_finished: false },
      { text: "lo!", is_finished: false },
      {
        is_finished: true,
        finish_reason: "COMPLETE",
        response: { id: "5e82", generations: [{ text: " Hello!" }], prompt: "hello" },
      },
    ],
    says: " Hello!",
    stop: "end_turn",
  },

  {
    ids: ["ai21.jamba-1-5-large-v1:0", "ai21.jamba-1-5-mini-v1:0"],
    page: chatBody,
    body: chatBody,
    answer: { ...chatAnswer(" Hello!", "stop"), meta: { requestDurationMillis: 113 }, model: "jamba-1.5-large" },
    chunks: chatChunks(" He", "llo!"),
    says: " Hello!",
    stop: "end_turn",
    usage: [12, 10],
  },
  {
    ids: ["us.deepseek.r1-v1:0"],
    page: { prompt: "hello", max_tokens: 100 },
    body: { prompt: "<｜begin▁of▁sentence｜><｜User｜>hello<｜Assistant｜><think>\n", max_tokens: 100 },
    answer: { choices: [{ text: "A greeting.\n</think>\n\nHi!", stop_reason: "length" }] },
    chunks: ["A greeting.\n</th", "ink>\n\n", "Hi!"].map((text, index) => ({
      choices: [{ text, stop_reason: index === 2 ? "length" : null }],
    })),
    says: "\n\nHi!",
    stop: "max_tokens",
  },
  llama([
    "us.meta.llama3-3-70b-instruct-v1:0",
    "us.meta.llama3-2-11b-instruct-v1:0",
    "us.meta.llama3-2-1b-instruct-v1:0",
    "us.meta.llama3-2-3b-instruct-v1:0",
    "us.meta.llama3-2-90b-instruct-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
    "meta.llama3-1-8b-instruct-v1:0",
    "meta.llama3-70b-instruct-v1:0",
    "meta.llama3-8b-instruct-v1:0",
  ]),
  {
    ids: [
      "mistral.mistral-large-2402-v1:0",
      "mistral.mistral-7b-instruct-v0:2",
      "mistral.mixtral-8x7b-instruct-v0:1",
      "mistral.mistral-small-2402-v1:0",
    ],
    page: { prompt: "<s>[INST] hello [/INST]", max_tokens: 100 },
    body: { prompt: "<s>[INST] hello [/INST]", max_tokens: 100 },
    answer: { outputs: [{ text: " Hello!", stop_reason: "stop" }] },
    chunks: [" He", "llo!"].map((text, index) => ({ outputs: [{ text, stop_reason: index === 1 ? "stop" : null }] })),
    says: " Hello!",
    stop: "end_turn",
  },
  {
    ids: ["us.mistral.pixtral-large-2502-v1:0"],
    page: { messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] },
    body: chatBody,
    answer: {
      ...chatAnswer("Hello!", "stop"),
      object: "chat.completion",
      created: 1745858024,
      model: "pixtral-large-2502",
    },
    chunks: chatChunks("Hel", "lo!"),
    says: "Hello!",
    stop: "end_turn",
    usage: [12, 10],
  },
];
