/** What an answer told that a guardrail threw away is that answer's own: the next one's tier, id and price are not taken from it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminKey, openHouse, type House } from "../testing/house.ts";
import { until } from "../store/testing/until.ts";

/** Dollars per million: 0.2625 in and 1.05 out at priority. */
const qwen = "qwen.qwen3-32b-v1:0";
/** 0.17 in and 0.66 out at standard; at priority three quarters more. */
const scout = "us.meta.llama4-scout-17b-instruct-v1:0";
const authorization = `Bearer ${adminKey}`;
const deny = [{ "default.contains": { words: ["rain"], operator: "none" }, deny: true }];
const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };

function answerOf(path: string): { headers: Record<string, string>; body: object } {
  if (path.startsWith("/v1/")) {
    const message = { role: "assistant", content: path.includes("dry") ? "Sun" : "It is to rain" };
    return { headers: {}, body: { id: "c", object: "chat.completion", choices: [{ index: 0, message }] } };
  }
  const isFirst = path.includes("qwen");
  const content = [{ text: isFirst ? "It is to rain" : "Sun" }];
  return {
    headers: isFirst ? { "x-amzn-requestid": "aws-of-the-first" } : {},
    body: {
      output: { message: { role: "assistant", content } },
      stopReason: "end_turn",
      usage,
      metrics: { latencyMs: isFirst ? 77 : 5 },
      ...(isFirst && { serviceTier: { type: "priority" } }),
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _piece of request);
  const { headers, body } = answerOf(decodeURIComponent(request.url ?? ""));
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

const server: Server = createServer((request, response) => void serve(request, response));
let origin = "";
let house: House;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { AWS_ENDPOINT_URL: origin, ADIT_CUSTOM_HOSTS: origin } });
});
afterAll(async () => {
  await house.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Log {
  cost: string | null;
  cost_missing: string[];
  tier: string;
  aws_request_id: string | null;
  timings: { upstream_ms: number | null };
  attempts: { thrown_away: { cost: string | null; usage: object | null } | null }[];
}

async function recordOf(config: object, status: number): Promise<Log> {
  const body = { model: qwen, messages: [{ role: "user", content: "What weather?" }] };
  const headers = { authorization, "x-adit-config": JSON.stringify(config) };
  const response = await house.post("/v1/chat/completions", body, headers);
  expect(response.status).toBe(status);
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return (await (await read()).json()) as Log;
}

const foreign = (path: string) => ({ provider: "openai", api_key: "k", custom_host: `${origin}/v1/${path}` });
const fallback = (...targets: object[]) => ({ strategy: { mode: "fallback" }, targets });

test("each is priced at the tier that AWS told of it", async () => {
  const record = await recordOf(fallback({ output_guardrails: deny }, { override_params: { model: scout } }), 200);
  // 1,000 x 0.2625 + 100 x 1.05, and 1,000 x 0.17 + 100 x 0.66 millionths.
  expect(record).toMatchObject({ cost: "0.0006035", cost_missing: [], tier: "standard", aws_request_id: null });
  expect(record.timings.upstream_ms).toBe(5);
  expect(record.attempts.map(({ thrown_away: lost }) => lost?.cost ?? null)).toEqual(["0.0003675", null]);
});

test("another host's answer has nothing of AWS's", async () => {
  const record = await recordOf(fallback({ output_guardrails: deny }, foreign("dry")), 200);
  expect(record).toMatchObject({ tier: "standard", aws_request_id: null, timings: { upstream_ms: null } });
});

test("one that did not tell what it used makes the cost unknown, and not nothing", async () => {
  const denied = await recordOf({ ...foreign("wet"), output_guardrails: deny }, 446);
  expect(denied).toMatchObject({ cost: null, cost_missing: ["usage"] });
  expect(denied.attempts).toMatchObject([{ thrown_away: { cost: null, usage: null } }]);
  const replaced = await recordOf(
    fallback({ ...foreign("wet"), output_guardrails: deny }, { override_params: { model: scout } }),
    200,
  );
  expect(replaced).toMatchObject({ cost: null, cost_missing: ["usage"] });
});
