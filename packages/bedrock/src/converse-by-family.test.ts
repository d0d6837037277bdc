import { afterEach, expect, it } from "vitest";
import { rejectionOf } from "./auth/testing/refusal.ts";
import { BedrockClient } from "./client.ts";
import { invokeConversation, invokeConversationStream, nativeConversation } from "./converse-by-family.ts";
import type { ConverseStreamEvent } from "./converse/stream-events.ts";
import { factsOfModel } from "./models/facts-of-model.ts";
import { sourceOf } from "./wire/testing/calls.ts";
import { eventFrame } from "./wire/testing/frames.ts";
import { TestUpstream } from "./wire/testing/upstream.ts";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function streamOf(
  model: string,
  chunks: string[],
  events: ConverseStreamEvent[],
  headers: Record<string, string> = {},
): Promise<void> {
  const upstream = await TestUpstream.start((response) => {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", ...headers });
    for (const text of chunks) {
      response.write(eventFrame("chunk", { bytes: Buffer.from(text).toString("base64") }));
    }
    response.end();
  });
  const client = new BedrockClient({ environment: { AWS_ENDPOINT_URL: upstream.url } });
  closers.push(
    () => upstream.close(),
    () => client.close(),
  );
  const asked = { messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] };
  const conversation = nativeConversation(asked, factsOfModel(model), true);
  const call = { model, region: "us-east-1", credentials: sourceOf() };
  const stream = await invokeConversationStream(client, call, conversation);
  await stream.pump({ onEvent: (event) => events.push(event), onTextDelta: () => undefined });
}

const llama = "us.meta.llama3-3-70b-instruct-v1:0";
const first = '{"generation":"a","prompt_token_count":1,"generation_token_count":1,"stop_reason":null}';
const last = '{"generation":"c","prompt_token_count":null,"generation_token_count":3,"stop_reason":"stop"}';

it.each(['{"generation":"b', "null", '["b"]', '"b"'])(
  "a chunk that is no object is a corrupt stream, not a gap in the text: %s",
  async (odd) => {
    const events: ConverseStreamEvent[] = [];
    const error = await rejectionOf(streamOf(llama, [first, odd, last], events));
    expect(error).toMatchObject({ code: "corrupt_stream" });
    expect(events.map(({ type }) => type)).toEqual(["messageStart", "contentBlockDelta"]);
  },
);

it("an answer that nests too deeply to be written again is no output", async () => {
  const model = "openai.gpt-oss-120b-1:0";
  const called = { name: "f", arguments: `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}` };
  const message = { role: "assistant", content: null, tool_calls: [{ id: "t", type: "function", function: called }] };
  const upstream = await TestUpstream.start((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: "tool_calls" }] }));
  });
  const client = new BedrockClient({ environment: { AWS_ENDPOINT_URL: upstream.url } });
  closers.push(
    () => upstream.close(),
    () => client.close(),
  );
  const asked = { messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] };
  const conversation = nativeConversation(asked, factsOfModel(model), false);
  const call = { model, region: "us-east-1", credentials: sourceOf() };
  expect(await rejectionOf(invokeConversation(client, call, conversation))).toMatchObject({ code: "empty_output" });
});

it("a chunk without a text and Writer's mark of the end are passed over", async () => {
  const events: ConverseStreamEvent[] = [];
  const said = JSON.stringify({ choices: [{ index: 0, delta: { content: "a" }, finish_reason: "stop" }] });
  await streamOf("us.writer.palmyra-x5-v1:0", [said, "", "[DONE]"], events);
  expect(events.at(-1)).toMatchObject({ type: "metadata" });
});

it("tells in its last event what AWS says in headers of how it served the call", async () => {
  const events: ConverseStreamEvent[] = [];
  const headers = { "x-amzn-bedrock-service-tier": "flex", "x-amzn-bedrock-performanceconfig-latency": "standard" };
  await streamOf(llama, [first, last], events, headers);
  expect(events.at(-1)).toMatchObject({
    type: "metadata",
    serviceTier: { type: "flex" },
    performanceConfig: { latency: "standard" },
  });
});
