/** The error of an answer that could not be read says what the model wrote: not where a guardrail was to judge it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openReplayingEndpoint, type ReplayingEndpoint } from "../support/replaying-endpoint.ts";
import { withConfig } from "./asked.ts";

let aws: ReplayingEndpoint;
let house: House;
beforeAll(async () => {
  aws = await openReplayingEndpoint();
  house = await openHouse({ variables: { AWS_ENDPOINT_URL: aws.url, ADIT_CUSTOM_HOSTS: aws.url } });
});
afterAll(async () => {
  await house.close();
  await aws.close();
});

const text = "The secret is plugh.";
const message = { role: "assistant", content: [{ text }] };
const usage = { inputTokens: 1, outputTokens: 9, totalTokens: 10 };
const unreadable = JSON.stringify({ output: { message }, stopReason: "malformed_model_output", usage });
const ofClaude = JSON.stringify({ type: "message", role: "assistant", content: [{ type: "text", text }] });
const messages = [{ role: "user", content: "Hello" }];

const bodies: Record<string, [path: string, body: object, answer: string]> = {
  "a chat completion": ["/v1/chat/completions", { model: nova, messages }, unreadable],
  "a completion": ["/v1/completions", { model: nova, prompt: "Hello" }, unreadable],
  "a response": ["/v1/responses", { model: nova, input: "Hello" }, unreadable],
  "a message": ["/v1/messages", { model: nova, max_tokens: 9, messages }, unreadable],
  "half a message of Claude's": [
    "/v1/messages",
    { model: claude.haiku3, use_converse: false, max_tokens: 9, messages },
    ofClaude.slice(0, -3),
  ],
  "half an answer of Converse": ["/v1/chat/completions", { model: nova, messages }, unreadable.slice(0, -9)],
  "half an answer at Bedrock's own door": [
    `/model/${encodeURIComponent(nova)}/converse`,
    { messages: [{ role: "user", content: [{ text: "Hello" }] }] },
    unreadable.slice(0, -9),
  ],
  "a whole answer where a stream was asked for": [
    "/v1/chat/completions",
    { model: nova, stream: true, messages },
    unreadable,
  ],
  "the same at Bedrock's own door": [
    `/model/${encodeURIComponent(nova)}/converse-stream`,
    { messages: [{ role: "user", content: [{ text: "Hello" }] }] },
    unreadable,
  ],
};

const guardrail = { output_guardrails: [{ "default.contains": { words: ["plugh"], operator: "none" }, deny: true }] };
/** The other is not asked: where another remains, what is wrong with an answer is found out before it is judged. */
const another = { strategy: { mode: "fallback", on_status_codes: [429] }, targets: [{}, { retry: { attempts: 0 } }] };

test.each(Object.keys(bodies).flatMap((name) => [[name, "alone"] as const, [name, "before another target"] as const]))(
  "%s, %s",
  async (name, where) => {
    const [path, body, answer] = bodies[name] ?? ["", {}, ""];
    aws.answer = { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(answer) };
    const config = { ...guardrail, ...(where !== "alone" && another) };
    const response = await house.post(path, body, withConfig(config));
    expect([response.status, await response.text()]).toEqual([502, expect.not.stringContaining("plugh")]);
  },
);

const completion = JSON.stringify({ object: "chat.completion", choices: [{ index: 0, message: { content: text } }] });

test.each<[string, boolean, string]>([
  ["a whole answer where a stream was asked for", true, completion],
  ["half an answer", false, completion.slice(0, -3)],
  ["an answer with an error that says nothing", false, completion.replace("{", '{"error":{},')],
])("of another host: %s", async (_name, stream, answer) => {
  aws.answer = { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(answer) };
  const config = { ...guardrail, provider: "openai", api_key: "key", custom_host: `${aws.url}/v1` };
  const body = { model: "gpt-4o", stream, messages };
  const response = await house.post("/v1/chat/completions", body, withConfig(config));
  expect([response.status, await response.text()]).toEqual([502, expect.not.stringContaining("plugh")]);
  const plain = await house.post("/v1/chat/completions", body, withConfig({ ...config, output_guardrails: [] }));
  expect(await plain.text()).toContain("plugh");
});
