/**
 * Every recorded exchange with bedrock-runtime passes the native door: the request arrives upstream with the caller's own bytes, signed with
 * the gateway's credential, and the answer comes back with AWS's own.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { exchangesOf, isTruncated, type Recording } from "../../packages/bedrock/src/wire/testing/recordings.ts";
import { openHouse, type House } from "../support/house.ts";
import { openReplayingEndpoint, type ReplayingEndpoint } from "../support/replaying-endpoint.ts";

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

const operations = [
  "Converse",
  "ConverseStream",
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "CountTokens",
  "ApplyGuardrail",
];
/** Retried by rule, as any call is; the answer stays the same, and the test's time does not. */
const retried = new Set([429, 500, 503]);
const exchanges = operations
  .flatMap((operation) => exchangesOf(operation))
  .filter((exchange) => !isTruncated(exchange) && !retried.has(exchange.response.status))
  .filter(({ request }) => /^\/(?:model|guardrail)\//.test(request.path));

/** A record that ends before the model's last word, and streams that are an exception from their first frame on. */
const endsEarly = (exchange: Recording): boolean => exchange.id.startsWith("newrelic.anthropic.claude-instant-v1-");
const isRefusedInStream = ({ response }: Recording): boolean => response.events?.[0]?.message_type === "exception";

const framing = new Set(["transfer-encoding", "content-length", "connection"]);

/** The body as AWS sent it, or as near as the record keeps it. */
function answerBytes({ response }: Recording): Buffer {
  if (response.body_base64 !== undefined) return Buffer.from(response.body_base64, "base64");
  return Buffer.from(response.body_text ?? JSON.stringify(response.body_json ?? {}));
}

it("there are exchanges of each operation", () => {
  expect(exchanges.length).toBeGreaterThan(10);
});

/** What the gateway passed on, and what came of it. */
async function passed(exchange: Recording): Promise<{
  sent: string;
  headers: Record<string, string>;
  answer: Buffer;
  reply: Response;
  got: Buffer;
}> {
  const { request, response } = exchange;
  const answer = answerBytes(exchange);
  const recorded = Object.entries(response.headers).filter(
    ([name, value]) => !framing.has(name) && !/REDACTED/.test(value),
  );
  const headers = Object.fromEntries(recorded);
  upstream.answer = { status: response.status, headers, body: answer };
  // White space and escapes of its own show that nobody has read and written the body on the way.
  const sent = `${JSON.stringify(request.body ?? {}, undefined, 1)} \n`;
  const reply = await fetch(`${house.gateway.url}${request.path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${house.key}`, "content-type": "application/json" },
    body: sent,
  });
  return { sent, headers, answer, reply, got: Buffer.from(await reply.arrayBuffer()) };
}

function expectSentAsWritten(exchange: Recording, sent: string): void {
  expect(upstream.seen?.body.toString()).toBe(sent);
  // Some clients leave the colon of an id as it is.
  expect(decodeURIComponent(upstream.seen?.path ?? "")).toBe(decodeURIComponent(exchange.request.path));
  expect(upstream.seen?.headers.authorization).toContain(`Credential=${house.emulator.credential.accessKeyId}/`);
  expect(JSON.stringify(upstream.seen?.headers)).not.toContain(house.key);
}

const named = (list: Recording[]): (readonly [string, string, Recording])[] =>
  list.map((exchange) => [exchange.operation, exchange.id, exchange] as const);

const refusedInStream = exchanges.filter(isRefusedInStream);
const cutShort = exchanges.filter((exchange) => endsEarly(exchange) && exchange.response.events !== undefined);
const plain = exchanges.filter((exchange) => !refusedInStream.includes(exchange) && !cutShort.includes(exchange));

it.each(named(plain))("%s %s passes both ways", async (_operation, _id, exchange) => {
  const { sent, headers, answer, reply, got } = await passed(exchange);
  expectSentAsWritten(exchange, sent);
  expect(reply.status).toBe(exchange.response.status);
  expect(got.toString("latin1")).toBe(answer.toString("latin1"));
  expect(reply.headers.get("x-amzn-requestid")).toBe(headers["x-amzn-requestid"] ?? null);
  // As AWS wrote it, the address behind the name too; none where the record has none.
  expect(reply.headers.get("x-amzn-errortype")).toBe(headers["x-amzn-errortype"] ?? null);
});

it.each(named(refusedInStream))(
  "%s %s, refused in its first frame, gets a real status",
  async (_operation, _id, exchange) => {
    const { sent, reply, got } = await passed(exchange);
    expectSentAsWritten(exchange, sent);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(JSON.parse(got.toString())).toEqual({ message: exchange.response.events?.[0]?.payload["message"] });
  },
);

it.each(named(cutShort))(
  "%s %s, which ends before its end, ends in an exception",
  async (_operation, _id, exchange) => {
    const { sent, answer, got } = await passed(exchange);
    expectSentAsWritten(exchange, sent);
    expect(got.subarray(0, answer.length).equals(answer)).toBe(true);
    expect(got.subarray(answer.length).toString("latin1")).toContain("modelStreamErrorException");
  },
);
