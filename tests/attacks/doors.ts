/** Every door at which a model is called, with a good body that uses much of its dialect. Attacks go over this list. */
import { claude, nova } from "../support/asking.ts";

type Body = Record<string, unknown>;

export interface Door {
  name: string;
  path: string;
  /** A good request for one question. */
  body: (text: string) => Body;
  /** The path of the same as a stream, and what its body has more; absent: the door does not stream. */
  stream?: { path: string; more: Body };
  /** True: the body is Bedrock's own and passes as it is; the gateway looks for nothing in it. */
  isNative: boolean;
  /** A body with an image at an address, for doors that fetch one. */
  imageAt?: (url: string) => Body;
}

const sonnet = claude.sonnet45;
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const dataUrl = `data:image/png;base64,${png}`;
const streamed = { stream: true };

const chat: Door = {
  name: "chat completions",
  path: "/v1/chat/completions",
  body: (text) => ({
    model: nova,
    max_tokens: 100,
    temperature: 0.5,
    stop: ["END"],
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text },
          { type: "image_url", image_url: { url: dataUrl } },
        ],
      },
    ],
    tools: [{ type: "function", function: { name: "look", description: "Looks.", parameters: schema } }],
    tool_choice: "auto",
    metadata: { team: "blue" },
  }),
  stream: { path: "/v1/chat/completions", more: { ...streamed, stream_options: { include_usage: true } } },
  isNative: false,
  imageAt: (url) => ({
    model: sonnet,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What?" },
          { type: "image_url", image_url: { url } },
        ],
      },
    ],
  }),
};

const completions: Door = {
  name: "completions",
  path: "/v1/completions",
  body: (text) => ({ model: nova, prompt: text, max_tokens: 100, temperature: 0.5, stop: ["END"] }),
  stream: { path: "/v1/completions", more: { ...streamed, stream_options: { include_usage: true } } },
  isNative: false,
};

const responses: Door = {
  name: "responses",
  path: "/v1/responses",
  body: (text) => ({
    model: nova,
    instructions: "Be brief.",
    max_output_tokens: 100,
    input: [
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text },
          { type: "input_image", detail: "auto", image_url: dataUrl },
        ],
      },
      { type: "function_call", call_id: "t1", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "t1", output: "a bird" },
    ],
    tools: [{ type: "function", name: "look", description: "Looks.", parameters: schema, strict: false }],
    text: { format: { type: "text" } },
    metadata: { team: "blue" },
  }),
  stream: { path: "/v1/responses", more: streamed },
  isNative: false,
  imageAt: (url) => ({
    model: sonnet,
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "What?" },
          { type: "input_image", detail: "auto", image_url: url },
        ],
      },
    ],
  }),
};

/** Claude's body, of which count_tokens takes what needs no answer. */
function claudeConversation(text: string): Body {
  const block = { type: "text", text, cache_control: { type: "ephemeral" } };
  const source = { type: "base64", media_type: "image/png", data: png };
  return {
    system: [{ type: "text", text: "Be brief." }],
    messages: [
      { role: "user", content: [block, { type: "image", source }] },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "look", input: { city: "Oslo" } }] },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "a bird" }] }],
      },
    ],
    tools: [{ name: "look", description: "Looks.", input_schema: schema }],
    tool_choice: { type: "auto" },
  };
}

const claudeBody = (text: string): Body => ({
  max_tokens: 2_000,
  ...claudeConversation(text),
  thinking: { type: "disabled" },
});

const addressedImage = (url: string): Body => ({
  max_tokens: 100,
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "What?" },
        { type: "image", source: { type: "url", url } },
      ],
    },
  ],
});

/** To Claude its own format goes all but untouched; to others it is translated. */
const messagesTo = (name: string, model: string): Door => ({
  name: `messages to ${name}`,
  path: "/v1/messages",
  body: (text) => ({
    model,
    ...(model === nova ? { max_tokens: 100, ...claudeConversation(text) } : claudeBody(text)),
  }),
  stream: { path: "/v1/messages", more: streamed },
  isNative: false,
  imageAt: (url) => ({ model, ...addressedImage(url) }),
});

const countTokens: Door = {
  name: "count_tokens",
  path: "/v1/messages/count_tokens",
  body: (text) => ({ model: sonnet, ...claudeConversation(text) }),
  isNative: false,
  imageAt: (url) => ({ model: sonnet, messages: addressedImage(url)["messages"] }),
};

/** Of what Responses take: an answer's own wishes are nothing to a count. */
const countResponseTokens: Door = {
  name: "input_tokens",
  path: "/v1/responses/input_tokens",
  body: (text) => ({ ...responses.body(text), model: sonnet }),
  isNative: false,
  imageAt: responses.imageAt,
};

const embeddings: Door = {
  name: "embeddings",
  path: "/v1/embeddings",
  body: (text) => ({ model: "us.cohere.embed-v4:0", input: [text, { image: dataUrl }], dimensions: 256 }),
  isNative: false,
  imageAt: (url) => ({ model: "us.cohere.embed-v4:0", input: [{ image: url }] }),
};

const native = (prefix: string): Door[] => [
  {
    name: `${prefix}/model/.../converse`,
    path: `${prefix}/model/${encodeURIComponent(nova)}/converse`,
    body: (text) => ({
      messages: [{ role: "user", content: [{ text }, { image: { format: "png", source: { bytes: png } } }] }],
      system: [{ text: "Be brief." }],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ["END"] },
      toolConfig: { tools: [{ toolSpec: { name: "look", description: "Looks.", inputSchema: { json: schema } } }] },
    }),
    stream: { path: `${prefix}/model/${encodeURIComponent(nova)}/converse-stream`, more: {} },
    isNative: true,
  },
  {
    name: `${prefix}/model/.../invoke`,
    path: `${prefix}/model/${encodeURIComponent(sonnet)}/invoke`,
    body: (text) => ({ anthropic_version: "bedrock-2023-05-31", ...claudeBody(text) }),
    stream: { path: `${prefix}/model/${encodeURIComponent(sonnet)}/invoke-with-response-stream`, more: {} },
    isNative: true,
  },
  {
    name: `${prefix}/model/.../count-tokens`,
    path: `${prefix}/model/anthropic.claude-3-5-haiku-20241022-v1%3A0/count-tokens`,
    body: (text) => ({ input: { converse: { messages: [{ role: "user", content: [{ text }] }] } } }),
    isNative: true,
  },
  {
    name: `${prefix}/guardrail/.../apply`,
    path: `${prefix}/guardrail/gr1234567890/version/1/apply`,
    body: (text) => ({ source: "INPUT", content: [{ text: { text } }] }),
    isNative: true,
  },
];

export const doors: readonly Door[] = [
  chat,
  completions,
  responses,
  messagesTo("Claude", sonnet),
  messagesTo("Nova", nova),
  countTokens,
  countResponseTokens,
  embeddings,
  ...native(""),
  ...native("/bedrock").slice(0, 1),
];
