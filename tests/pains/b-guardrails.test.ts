/** Guardrails that scan all history each turn, hold whole streams, break streamed Responses, fail on a block without output. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ask } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { callsOf } from "../support/seen.ts";
import { askAt, doors, streamOf, withConfig } from "../guardrails/asked.ts";

/** Says one piece, and the rest only when it is told to. */
let goOn: () => void = () => {};
const slowHost = createServer((request, response) => {
  request.resume();
  const delta = (content: string): string =>
    `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const _ of Array.from({ length: 200 })) response.write(delta("word "));
  goOn = () => response.end(`${delta("end")}data: [DONE]\n\n`);
});
await new Promise<void>((resolve) => slowHost.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(slowHost.address() as AddressInfo).port}`;

let house: House;
beforeAll(async () => {
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: origin } });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  slowHost.closeAllConnections();
  slowHost.close();
});

const guard = { "bedrock.guard": { guardrailId: "gr123", guardrailVersion: "1" }, deny: true };

test("the last message is judged, not the whole history with every turn", async () => {
  const history = Array.from({ length: 40 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `turn ${index}`,
  }));
  const messages = [...history, { role: "user", content: "the last" }];
  const response = await ask(house, "", { messages }, withConfig({ input_guardrails: [guard] }));
  expect(response.status).toBe(200);
  const [call] = callsOf(house.emulator, "ApplyGuardrail");
  expect(JSON.parse(call?.body.toString("utf8") ?? "{}")).toEqual({
    source: "INPUT",
    content: [{ text: { text: "the last" } }],
  });
});

test("a stream goes on while it is judged: a window is held back, not the whole", async () => {
  const target = { provider: "openai", api_key: "key", custom_host: `${origin}/v1` };
  const config = { ...target, output_guardrails: [{ "default.pii": {}, deny: true }] };
  const response = await ask(house, "Hello", { stream: true }, withConfig(config));
  const reader = response.body!.getReader();
  let text = "";
  // The upstream has not ended, and does not before this has come.
  while (!text.includes("word word") && !text.includes('"word "'))
    text += Buffer.from((await reader.read()).value ?? []).toString();
  goOn();
  for (let read = await reader.read(); !read.done; read = await reader.read())
    text += Buffer.from(read.value).toString();
  expect(text.match(/"word "/g)).toHaveLength(200);
  expect(text).toContain("[DONE]");
});

test.each(doors)("a block is an answer that is told of, whole and streamed: $name", async (door) => {
  const config = { override_params: { guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1" } } };
  const whole = await askAt(house, door, { text: "TRIP_GUARDRAIL", config });
  expect(whole.status).toBe(200);
  expect(door.textOf((await whole.json()) as never)).toContain("Guardrail blocked");
  const stream = await askAt(house, door, { text: "TRIP_GUARDRAIL", stream: true, config });
  expect(stream.status).toBe(200);
  expect((await streamOf(stream, door)).text).toContain("Guardrail blocked");
});

test("an answer without output is an error that says so, behind guardrails too", async () => {
  house.emulator.faultNext({ kind: "no-output" });
  const config = withConfig({ output_guardrails: [{ "default.notNull": {} }], retry: { attempts: 0 } });
  const response = await ask(house, "Hello", {}, config);
  expect(response.status).toBe(502);
});
