/** What an answer tells is noted once, though it is looked at before it is known whether another target is asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminKey, openHouse, type House } from "../testing/house.ts";
import { until } from "../store/testing/until.ts";

const authorization = `Bearer ${adminKey}`;
const units = { topicPolicyUnits: 1, contentPolicyUnits: 1, wordPolicyUnits: 0, sensitiveInformationPolicyUnits: 0 };
const assessment = { invocationMetrics: { guardrailProcessingLatency: 5, usage: units } };
const answer = {
  output: { message: { role: "assistant", content: [{ text: "It is to" }] } },
  stopReason: "malformed_model_output",
  usage: { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 },
  metrics: { latencyMs: 5 },
  trace: { guardrail: { inputAssessment: { gr1: assessment } } },
};

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _piece of request);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(answer));
}

const server: Server = createServer((request, response) => void serve(request, response));
let house: House;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { AWS_ENDPOINT_URL: origin } });
});
afterAll(async () => {
  await house.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Log {
  attempts: object[];
  guardrails: object[];
}

async function recordOf(path: string, asked: object, config: object): Promise<Log> {
  const guardrailConfig = { guardrailIdentifier: "gr1", guardrailVersion: "1", trace: "enabled" };
  const body = { model: "amazon.nova-lite-v1:0", guardrailConfig, ...asked };
  const strict = { "x-adit-strict-open-ai-compliance": "false" };
  const response = await house.post(path, body, {
    authorization,
    ...strict,
    "x-adit-config": JSON.stringify(config),
  });
  expect(response.status).toBe(200);
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return (await (await read()).json()) as Log;
}

test.each([
  ["/v1/chat/completions", { messages: [{ role: "user", content: "What weather?" }] }],
  ["/v1/completions", { prompt: "What weather?" }],
])("an output that AWS could not read, and a caller who is not strict gets, at %s", async (path, asked) => {
  const alone = await recordOf(path, asked, {});
  const another = await recordOf(path, asked, { strategy: { mode: "fallback" }, targets: [{}, {}] });
  expect([alone.attempts.length, another.attempts.length]).toEqual([1, 1]);
  expect(alone.guardrails).toHaveLength(1);
  expect(another.guardrails).toEqual(alone.guardrails);
});
