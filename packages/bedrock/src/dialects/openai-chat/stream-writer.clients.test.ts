import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { Portkey } from "portkey-ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import type { ChatCompletionChunk } from "./chat-completion.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { replyContext } from "./testing/reply-context.ts";
import { translate } from "./testing/translate.ts";

const signature = "EqQBCgIYAhIM+/=";
const thought: ConverseStreamEvent[] = [
  { type: "messageStart", role: "assistant" },
  { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { text: "Let me" } } },
  { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { text: " see." } } },
  { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { signature } } },
  { type: "contentBlockStop", contentBlockIndex: 0 },
  { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: "Four\u2028" } },
  { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: " 😀" } },
];
const ending: ConverseStreamEvent[] = [
  { type: "messageStop", stopReason: "end_turn" },
  { type: "metadata", usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } },
];
const failure = new AditError("ThrottlingException", "Too many tokens, please wait.", {
  aws: { type: "ThrottlingException", message: "Too many tokens, please wait.", requestId: "aws-1" },
});

describe("a stream to real clients", () => {
  let server: Server;
  let baseURL = "";
  let body = "";

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "x-portkey-trace-id": "trace" });
      // Cut in odd places: an event may come in several reads.
      for (const byte of Buffer.from(body)) response.write(Buffer.of(byte));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  function serve(strict: boolean, end: (writer: ChatStreamWriter) => void): void {
    body = "";
    const writer = new ChatStreamWriter(replyContext({ strict, includeUsage: true }), (text) => (body += text));
    for (const event of thought) writer.onEvent(event);
    end(writer);
  }

  const properly = (writer: ChatStreamWriter): void => {
    for (const event of ending) writer.onEvent(event);
    writer.end();
  };

  const request = { model: "m", messages: [{ role: "user" as const, content: "2 + 2" }], stream: true as const };
  const clients: [string, () => Promise<AsyncIterable<unknown>>][] = [
    [
      "OpenAI's SDK",
      async () => new OpenAI({ apiKey: "key", baseURL, maxRetries: 0 }).chat.completions.create(request),
    ],
    [
      "Portkey's SDK",
      async () =>
        (await new Portkey({ apiKey: "key", baseURL }).chat.completions.create(request)) as AsyncIterable<unknown>,
    ],
  ];

  it.each(clients)("%s: thinking in content_blocks with its signature, text alone in content", async (_name, open) => {
    serve(false, properly);
    let text = "";
    let thinking = "";
    let signed = "";
    let last: ChatCompletionChunk | undefined;
    for await (const chunk of (await open()) as AsyncIterable<ChatCompletionChunk>) {
      const delta = chunk.choices[0]?.delta;
      text += delta?.content ?? "";
      for (const block of delta?.content_blocks ?? []) {
        thinking += block.delta?.thinking ?? "";
        signed += block.delta?.signature ?? "";
      }
      last = chunk;
    }
    expect([text, thinking, signed]).toEqual(["Four\u2028 😀", "Let me see.", signature]);
    expect(last?.choices[0]?.finish_reason).toBe("end_turn");
    expect(last?.usage?.total_tokens).toBe(5);
  });

  it("OpenAI's helper: the message that it has joined goes back", async () => {
    serve(false, properly);
    const joined = new OpenAI({ apiKey: "key", baseURL, maxRetries: 0 }).chat.completions.stream(request);
    const message = (await joined.finalChatCompletion()).choices[0]?.message as unknown as JsonObject;
    const { request: sent, dropped } = translate({ messages: [...request.messages, message, ...request.messages] });
    expect(sent.messages?.[1]).toEqual({ role: "assistant", content: [{ text: "Four\u2028 😀" }] });
    expect(dropped).toEqual(["messages[1].content_blocks"]);
  });

  it.each(clients)("%s: strict", async (_name, open) => {
    serve(true, properly);
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of (await open()) as AsyncIterable<ChatCompletionChunk>) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("Four\u2028 😀");
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? "").join("")).toBe("Let me see.");
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3 } });
  });

  it.each(clients)("%s: a failure on the way is thrown, with AWS's words", async (_name, open) => {
    serve(false, (writer) => writer.fail(failure, true));
    const texts: string[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of (await open()) as AsyncIterable<ChatCompletionChunk>) {
        texts.push(chunk.choices[0]?.delta.content ?? "");
      }
    };
    await expect(read()).rejects.toThrow(/Too many tokens, please wait\..*aws-1/);
    expect(texts.join("")).toBe("Four\u2028 😀");
  });
});
