/** The tier of a call that AWS serves in OpenAI's or Anthropic's format: what the answer says of it goes before what was asked for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminKey, openHouse, type House } from "../testing/house.ts";
import { until } from "../store/testing/until.ts";

const authorization = `Bearer ${adminKey}`;
const messages = [{ role: "user", content: "Good morning" }];
const tokens = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const ofResponse = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

/** What AWS says next; undefined: nothing. */
let told: string | undefined;

function chatAnswer(isStream: boolean): string {
  const tier = told === undefined ? {} : { service_tier: told };
  const message = { role: "assistant", content: "Hello" };
  if (!isStream) {
    return JSON.stringify({
      id: "c",
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: tokens,
      ...tier,
    });
  }
  const chunk = { id: "c", object: "chat.completion.chunk", ...tier };
  const choices = [{ index: 0, delta: message, finish_reason: "stop" }];
  const chunks = [
    { ...chunk, choices },
    { ...chunk, choices: [], usage: tokens },
  ];
  return `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`;
}

/** As recorded of AWS: the first events of a stream say `auto`, whatever its end says. */
function responseAnswer(isStream: boolean): string {
  const tier = told === undefined ? {} : { service_tier: told };
  const response = { id: "resp_1", object: "response", status: "completed", output: [], usage: ofResponse, ...tier };
  if (!isStream) return JSON.stringify(response);
  const begun = { ...response, status: "in_progress", usage: null, service_tier: "auto" };
  const events = [
    { type: "response.created", sequence_number: 0, response: begun },
    { type: "response.completed", sequence_number: 1, response },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

function messageAnswer(isStream: boolean): string {
  const usage = { input_tokens: 10, output_tokens: 5, ...(told !== undefined && { service_tier: told }) };
  const message = { id: "msg_1", type: "message", role: "assistant", content: [{ type: "text", text: "Hello" }] };
  if (!isStream) return JSON.stringify({ ...message, stop_reason: "end_turn", usage });
  const events = [
    { type: "message_start", message: { ...message, content: [], usage } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const piece of request) text += String(piece);
  const isStream = (JSON.parse(text) as { stream?: boolean }).stream === true;
  const path = request.url ?? "";
  const answerOf = path.includes("messages") ? messageAnswer : path.includes("responses") ? responseAnswer : chatAnswer;
  response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
  response.end(answerOf(isStream));
}

const server: Server = createServer((request, response) => void serve(request, response));
let house: House;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { ADIT_ENDPOINT_URL_MANTLE: origin } });
});
afterAll(async () => {
  await house.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function tierOf(path: string, body: object): Promise<string> {
  const response = await house.post(path, body, { authorization });
  expect(response.status).toBe(200);
  await response.text();
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return ((await (await read()).json()) as { tier: string }).tier;
}

test.each<[name: string, path: string, body: object]>([
  ["chat", "/v1/chat/completions", { model: "openai.gpt-oss-20b", messages }],
  ["a response", "/v1/responses", { model: "openai.gpt-oss-20b", input: "Good morning" }],
  ["a message", "/v1/messages", { model: "anthropic.claude-haiku-4-5", max_tokens: 20, messages }],
])("%s, whole and streamed", async (_name, path, body) => {
  for (const stream of [false, true]) {
    const tier = async (answered: string | undefined, asked?: string): Promise<string> => {
      told = answered;
      return tierOf(path, { ...body, stream, ...(asked !== undefined && { service_tier: asked }) });
    };
    expect([stream, await tier("priority")]).toEqual([stream, "priority"]);
    expect([stream, await tier("default", "flex")]).toEqual([stream, "standard"]);
    expect([stream, await tier("flex", "flex")]).toEqual([stream, "flex"]);
    // What names none leaves what was asked for.
    expect([stream, await tier("auto", "flex")]).toEqual([stream, "flex"]);
    expect([stream, await tier(undefined, "priority")]).toEqual([stream, "priority"]);
    expect([stream, await tier(undefined)]).toEqual([stream, "standard"]);
  }
});
