/** Every exchange with Claude's messages by InvokeModel, recorded or written, through `/v1/messages`: as AWS wrote it, but for AWS's own metrics. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventsOf } from "../../packages/bedrock/src/dialects/anthropic-messages/testing/sse-events.ts";
import { isJsonObject, type JsonObject } from "../../packages/bedrock/src/json.ts";
import { chunksOf } from "../../packages/bedrock/src/wire/testing/native-chunks.ts";
import {
  exchangesOf,
  isTruncated,
  recordingsFolder,
  type Recording,
} from "../../packages/bedrock/src/wire/testing/recordings.ts";
import { openHouse, type House } from "../support/house.ts";
import { openReplayingEndpoint, type ReplayingEndpoint } from "../support/replaying-endpoint.ts";

const metrics = "amazon-bedrock-invocationMetrics";

function ofClaude(operation: string): Recording[] {
  return exchangesOf(operation).filter(
    (exchange) =>
      exchange.model_id.includes("claude") &&
      exchange.response.status === 200 &&
      !isTruncated(exchange) &&
      isJsonObject(exchange.request.body) &&
      Array.isArray(exchange.request.body["messages"]),
  );
}

const wholes = ofClaude("InvokeModel");
const streams = ofClaude("InvokeModelWithResponseStream");

let upstream: ReplayingEndpoint;
let house: House;

beforeAll(async () => {
  upstream = await openReplayingEndpoint();
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url, ADIT_AUTO_PROFILE: "off" } });
});

afterAll(async () => {
  await house.close();
  await upstream.close();
});

/** Asks what the recorded caller asked, as Anthropic's clients ask it. */
async function asked(exchange: Recording, answer: Buffer, stream: boolean): Promise<Response> {
  const headers = Object.fromEntries(
    Object.entries(exchange.response.headers).filter(
      ([name, value]) => !/^(?:transfer-encoding|content-length|connection)$/.test(name) && !/REDACTED/.test(value),
    ),
  );
  upstream.answer = { status: 200, headers, body: answer };
  const { anthropic_version: _version, anthropic_beta: betas, ...body } = exchange.request.body as JsonObject;
  const reply = await house.post(
    "/v1/messages",
    { ...body, model: exchange.model_id, ...(stream && { stream }) },
    {
      "anthropic-version": "2023-06-01",
      ...(Array.isArray(betas) && { "anthropic-beta": (betas as string[]).join(",") }),
    },
  );
  expect(reply.headers.get("x-adit-route")).toBe("invoke");
  return reply;
}

/** InvokeModel got what the recorded caller sent, and nothing was left out. */
function expectSentAsRecorded({ request }: Recording, reply: Response): void {
  expect(reply.headers.get("x-adit-dropped")).toBeNull();
  expect(JSON.parse(upstream.seen?.body.toString() ?? "")).toEqual(request.body);
}

it.skipIf(recordingsFolder() === undefined)(
  "there are exchanges in number (not run where ADIT_RECORDINGS has none)",
  () => {
    expect(wholes.length).toBeGreaterThan(120);
    expect(streams.length).toBeGreaterThan(60);
  },
);

it.each(wholes)("whole: $id", async (exchange) => {
  const answer = Buffer.from(exchange.response.body_text ?? JSON.stringify(exchange.response.body_json));
  const reply = await asked(exchange, answer, false);
  expect([reply.status, await reply.text()]).toEqual([200, answer.toString()]);
  expectSentAsRecorded(exchange, reply);
});

it.each(streams)("streamed: $id", async (exchange) => {
  const reply = await asked(exchange, Buffer.from(exchange.response.body_base64 ?? "", "base64"), true);
  expect(reply.status).toBe(200);
  const events = eventsOf(await reply.text());
  const chunks = chunksOf(exchange).map(({ [metrics]: _metrics, ...event }) => event);
  // Anthropic's SDKs read the usage of each of these, which AWS leaves out where a guardrail blocked.
  const soFar = (chunks[0] as { message: { usage: { output_tokens: number } } }).message.usage.output_tokens;
  const expected = chunks.map((event): JsonObject =>
    event["type"] === "message_delta" ? { usage: { output_tokens: soFar }, ...event } : event,
  );
  expect(events.map(({ data }) => data)).toEqual(expected);
  expect(events.map(({ name }) => name)).toEqual(expected.map(({ type }) => type));
  expectSentAsRecorded(exchange, reply);
});
