/** The record of a call that AWS refused: AWS's request id is in it, at every door, since that is what its support asks for. */
import { startEmulator, type Emulator, type Fault } from "@adit/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../store/testing/until.ts";
import { adminKey, openHouse, type House } from "../testing/house.ts";

interface Log {
  aws_request_id: string | null;
  attempts: { aws_request_id: string | null; status: number | null }[];
}

const nova = "us.amazon.nova-lite-v1:0";
const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const messages = [{ role: "user", content: "Good morning" }];
const refusal: Fault = { kind: "refuse", type: "ThrottlingException" };
const authorization = `Bearer ${adminKey}`;

let emulator: Emulator;
let house: House;
beforeAll(async () => {
  emulator = await startEmulator();
  house = await openHouse({ emulator, variables: { ADIT_ENDPOINT_URL_MANTLE: emulator.url } });
});
afterAll(async () => {
  await house.close();
  await emulator.close();
});

async function recordOf(path: string, body: object, config: object): Promise<Log> {
  const response = await house.post(path, body, { authorization, "x-adit-config": JSON.stringify(config) });
  expect(response.status).toBe(429);
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return (await (await read()).json()) as Log;
}

test.each<[name: string, path: string, body: object, fault?: Fault]>([
  ["chat", "/v1/chat/completions", { model: nova, messages }],
  [
    "chat, at its stream's first frame",
    "/v1/chat/completions",
    { model: nova, messages, stream: true },
    { kind: "exception", type: "throttlingException", frame: 0 },
  ],
  ["AWS's endpoint for OpenAI's clients", "/v1/chat/completions", { model: "openai.gpt-oss-20b", messages }],
  ["messages", "/v1/messages", { model: haiku, max_tokens: 20, messages }],
  ["responses", "/v1/responses", { model: nova, input: "Good morning" }],
  ["embeddings", "/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", input: "Good morning" }],
  [
    "Bedrock's own door",
    `/model/${encodeURIComponent(nova)}/converse`,
    { messages: [{ role: "user", content: [{ text: "Good morning" }] }] },
  ],
])("%s", async (_name, path, body, fault = refusal) => {
  emulator.faultNext(fault);
  const { aws_request_id: id, attempts } = await recordOf(path, body, { retry: { attempts: 0 } });
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(id).toBe(attempts.at(-1)?.aws_request_id);
});

test("it is the refusal's own, and not that of an answer that a guardrail threw away before", async () => {
  emulator.faultNext({ ...refusal, model: "*claude*" });
  const deny = [{ "default.contains": { words: ["emulator"], operator: "none" }, deny: true }];
  const { aws_request_id: id, attempts } = await recordOf(
    "/v1/chat/completions",
    { model: nova, messages },
    {
      strategy: { mode: "fallback" },
      targets: [{ output_guardrails: deny }, { override_params: { model: haiku }, retry: { attempts: 0 } }],
    },
  );
  expect(attempts.map(({ status }) => status)).toEqual([200, 429]);
  expect(id).toBe(attempts.at(-1)?.aws_request_id);
});
