import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import OpenAI from "openai";
import type { Response as SdkResponse, ResponseStreamEvent } from "openai/resources/responses/responses";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import type { JsonObject } from "../../json.ts";
import { exchangesOf, isTruncated } from "../../wire/testing/recordings.ts";
import { wholeFromEvents } from "../openai-chat/testing/plain-reading.ts";
import { streamEventsFromResponse } from "../translation/answers/stream-from-response.ts";
import type { ResponseObject } from "./response-object.ts";
import { responseFromConverse } from "./response.ts";
import { ResponsesStreamWriter } from "./stream-writer.ts";
import { streamOf } from "./testing/run-stream.ts";
import { claude, replyContext, translate } from "./testing/translate.ts";

const answer: ConverseResponse = {
  output: {
    message: {
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "Let me see\u2028.", signature: "Eq+/=" } } },
        { text: "Four 😀" },
        { toolUse: { toolUseId: "call_1", name: "look_up", input: { q: "é" } } },
        { toolUse: { toolUseId: "call_2", name: "apply_patch", input: { input: "*** Begin Patch\n" } } },
      ],
    },
  },
  stopReason: "tool_use",
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 12, cacheReadInputTokens: 7, cacheWriteInputTokens: 0 },
};
const body: JsonObject = {
  tools: [
    { type: "function", name: "look_up", parameters: { type: "object", properties: {} }, strict: false },
    { type: "custom", name: "apply_patch" },
  ],
  reasoning: { summary: "auto" },
};
const request = { ...body, model: "m", input: "2 + 2" } as unknown as OpenAI.Responses.ResponseCreateParamsNonStreaming;

/** What a client made of a response, without what OpenAI's SDK adds to it. */
function withoutAdditions(response: SdkResponse): unknown {
  const plain = JSON.parse(
    JSON.stringify(response, (key, value: unknown) =>
      ["parsed", "parsed_arguments", "output_parsed", "output_text"].includes(key) ? undefined : value,
    ),
  ) as unknown;
  return plain;
}

describe("responses to real clients", () => {
  let server: Server;
  let baseURL = "";
  let sse = "";
  let json: unknown;
  let lastBody: JsonObject = {};

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8");
      request.on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        lastBody = JSON.parse(text) as JsonObject;
        if (lastBody["stream"] !== true) {
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(json));
          return;
        }
        response.writeHead(200, { "content-type": "text/event-stream" });
        // Cut in odd places: an event may come in several reads.
        const bytes = Buffer.from(sse);
        for (let at = 0; at < bytes.length; at += 97) response.write(bytes.subarray(at, at + 97));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const client = (): OpenAI => new OpenAI({ apiKey: "key", baseURL, maxRetries: 0 });

  it("OpenAI's SDK accumulates a stream to the very response that the whole call gives", async () => {
    json = responseFromConverse(answer, replyContext(body));
    sse = streamOf(streamEventsFromResponse(answer), replyContext(body));
    const whole = await client().responses.create(request);
    const streamed = await client()
      .responses.stream({ ...request, stream: true })
      .finalResponse();
    expect(withoutAdditions(streamed)).toEqual(withoutAdditions(whole));
    expect(withoutAdditions(whole)).toEqual(json);
    expect(whole.output_text).toBe("Four 😀");
    expect(streamed.output_text).toBe("Four 😀");
    expect(whole.output.map((item) => item.type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "custom_tool_call",
    ]);
  });

  it("OpenAI's SDK knows every event by its type", async () => {
    sse = streamOf(streamEventsFromResponse(answer), replyContext(body));
    const seen = new Set<ResponseStreamEvent["type"]>();
    for await (const event of await client().responses.create({ ...request, stream: true })) seen.add(event.type);
    const expected: ResponseStreamEvent["type"][] = [
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.custom_tool_call_input.delta",
      "response.custom_tool_call_input.done",
      "response.completed",
    ];
    expect([...seen]).toEqual(expected);
  });

  const recorded = exchangesOf("ConverseStream").filter(
    (exchange) =>
      exchange.response.status === 200 &&
      !isTruncated(exchange) &&
      !(exchange.response.events ?? []).some((event) => event.message_type !== undefined),
  );

  it.each(recorded)("OpenAI's SDK, a recorded stream: $id", async (recording) => {
    const events = (recording.response.events ?? []).map(
      ({ type, payload: { p: _padding, ...members } }) => ({ ...members, type }) as unknown as ConverseStreamEvent,
    );
    sse = streamOf(events, replyContext(body));
    const streamed = await client()
      .responses.stream({ ...request, stream: true })
      .finalResponse();
    const whole = wholeFromEvents(recording.response.events ?? []) as unknown as ConverseResponse;
    const plain = responseFromConverse(whole, replyContext(body));
    const readable = (output: ResponseObject["output"]): unknown =>
      output.map((item) =>
        item.type === "function_call" ? { ...item, arguments: JSON.parse(item.arguments) as unknown } : item,
      );
    // The share of reasoning differs by the spaces that a stream has in arguments.
    const comparable = (response: ResponseObject): unknown => ({
      ...response,
      output: readable(response.output),
      usage: { ...response.usage, output_tokens_details: undefined },
    });
    expect(comparable(withoutAdditions(streamed) as ResponseObject)).toEqual(comparable(plain));
  });

  it("OpenAI's SDK throws at a failure on the way, with AWS's words, and has seen the response fail", async () => {
    sse = "";
    const writer = new ResponsesStreamWriter(replyContext(body), (text) => (sse += text));
    for (const event of streamEventsFromResponse(answer).slice(0, 5)) writer.onEvent(event);
    writer.fail(
      new AditError("ThrottlingException", "Too many tokens.", {
        aws: { type: "ThrottlingException", message: "Too many tokens.", requestId: "aws-1" },
      }),
    );
    const stream = client().responses.stream({ ...request, stream: true });
    const failed: unknown[] = [];
    stream.on("response.failed", (event) => failed.push(event.response.status));
    await expect(stream.finalResponse()).rejects.toThrow(/Too many tokens\..*aws-1/);
    expect(failed).toEqual(["failed"]);
  });

  it.each([true, false])("LangChain's ChatOpenAI over Responses, streaming: %s", async (streaming) => {
    json = responseFromConverse(answer, replyContext(body));
    sse = streamOf(streamEventsFromResponse(answer), replyContext(body));
    const model = new ChatOpenAI({
      model: "m",
      apiKey: "key",
      configuration: { baseURL },
      useResponsesApi: true,
      streaming,
      maxRetries: 0,
    });
    const message = await model.invoke("2 + 2");
    expect(message.text).toBe("Four 😀");
    expect(message.tool_calls?.[0]).toMatchObject({ id: "call_1", name: "look_up", args: { q: "é" } });
    expect(message.usage_metadata).toMatchObject({ input_tokens: 10, output_tokens: 2, total_tokens: 12 });
  });

  it("LangChain's ChatOpenAI sends a turn back, and Claude gets its signature and ids byte for byte", async () => {
    json = responseFromConverse(answer, replyContext(body));
    const configuration = { baseURL };
    const model = new ChatOpenAI({ model: "m", apiKey: "key", configuration, useResponsesApi: true, zdrEnabled: true });
    const first = await model.invoke("2 + 2");
    const results = ["call_1", "call_2"].map((tool_call_id) => new ToolMessage({ tool_call_id, content: "done" }));
    await model.invoke([new HumanMessage("2 + 2"), first, ...results]);
    const { request: converse } = translate({ ...lastBody, model: claude });
    expect(converse.messages?.[1]?.content[0]).toEqual(answer.output.message.content[0]);
    expect(converse.messages?.[1]?.content.flatMap((block) => block.toolUse?.toolUseId ?? [])).toEqual([
      "call_1",
      "call_2",
    ]);
  });
});
