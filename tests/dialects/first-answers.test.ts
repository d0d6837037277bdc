/** Each dialect's door answers, whole and streamed, from a model of its own and from another's. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHouse, type House } from "../support/house.ts";

let house: House;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  house = await openHouse();
  openai = new OpenAI({ baseURL: house.baseUrl, apiKey: house.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: house.gateway.url, apiKey: house.key, maxRetries: 0 });
});

afterAll(() => house.close());

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "us.amazon.nova-lite-v1:0";
const input = "Good morning";

describe.each([
  ["Claude", claude, "InvokeModel"],
  ["Nova", nova, "Converse"],
])("messages from %s", (_name, model, operation) => {
  const body = { model, max_tokens: 64, messages: [{ role: "user" as const, content: input }] };

  it("whole", async () => {
    const message = await anthropic.messages.create(body);
    expect(message.content[0]).toMatchObject({ type: "text", text: expect.stringContaining(input) as string });
    expect(message.stop_reason).toBe("end_turn");
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    expect(message._request_id).toMatch(/^req_/);
    expect(house.emulator.requests.at(-1)?.operation).toBe(operation);
  });

  it("streamed", async () => {
    const message = await anthropic.messages.stream(body).finalMessage();
    expect(message.content[0]).toMatchObject({ type: "text", text: expect.stringContaining(input) as string });
    expect(message.stop_reason).toBe("end_turn");
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  });

  it("a refusal is Anthropic's error, by its class", async () => {
    const refused = anthropic.messages.create({ ...body, model: "no.such-model-at-all", max_tokens: 5 });
    await expect(refused).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    await expect(refused).rejects.toMatchObject({ error: { type: "error", error: { type: "invalid_request_error" } } });
  });

  it("counted", async () => {
    const { input_tokens: tokens } = await anthropic.messages.countTokens({ model, messages: body.messages });
    expect(tokens).toBeGreaterThan(0);
  });
});

it("a count goes with adaptive thinking where the model has budgets, as the message does", async () => {
  const body = { model: claude, thinking: { type: "adaptive" }, messages: [{ role: "user", content: input }] };
  const counted = await house.post("/v1/messages/count_tokens", body);
  expect([counted.status, counted.headers.get("x-adit-token-count")]).toEqual([200, null]);
  expect((await house.post("/v1/messages", { ...body, max_tokens: 2000 })).status).toBe(200);
});

it("a format under its first name is had from a Claude whose own decoding lacks it", async () => {
  const format = { type: "json_schema", schema: { type: "object", properties: { a: { type: "string" } } } };
  const model = "us.anthropic.claude-3-7-sonnet-20250219-v1:0";
  for (const asked of [{ output_format: format }, { output_config: { format } }]) {
    const body = { model, max_tokens: 100, messages: [{ role: "user", content: input }], ...asked };
    const reply = await house.post("/v1/messages", body);
    expect([reply.status, reply.headers.get("x-adit-route")]).toEqual([200, "converse"]);
  }
});

it("a count that is an estimate says so", async () => {
  const reply = await house.post("/v1/messages/count_tokens", {
    model: "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl",
    messages: [{ role: "user", content: input }],
  });
  expect(reply.headers.get("x-adit-token-count")).toBe("estimate");
  expect(((await reply.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(0);
});

it("the emulator has the last word on a wrong key: 401 in Anthropic's shape", async () => {
  const stranger = new Anthropic({ baseURL: house.gateway.url, apiKey: "wrong-key-0123456789", maxRetries: 0 });
  const refused = stranger.messages.create({ model: nova, max_tokens: 5, messages: [{ role: "user", content: "x" }] });
  await expect(refused).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
});

it.each([
  ["GET", "/v1/messages", 405],
  ["PUT", "/v1/messages/count_tokens", 405],
  ["POST", "/v1/messages/batches", 404],
  ["GET", "/v1/messages/batches/msgbatch_1/results", 404],
])("%s %s is a %i with the request's id, in the header and in the body", async (method, path, status) => {
  const reply = await fetch(`${house.gateway.url}${path}`, {
    method,
    headers: { "x-api-key": house.key, "content-type": "application/json" },
    ...(method !== "GET" && { body: "{}" }),
  });
  const id = reply.headers.get("request-id");
  expect([reply.status, id]).toEqual([status, reply.headers.get("x-adit-request-id")]);
  expect(await reply.json()).toMatchObject({ type: "error", request_id: id });
});

it("stop sequences go by InvokeModel where Converse refuses them, whole and streamed, unless Converse is asked for", async () => {
  const body = {
    model: "openai.gpt-oss-20b-1:0",
    stop: ["Observation:"],
    messages: [{ role: "user", content: input }],
  };
  for (const [stream, operation] of [
    [false, "InvokeModel"],
    [true, "InvokeModelWithResponseStream"],
  ] as const) {
    const reply = await house.post("/v1/chat/completions", { ...body, stream });
    expect([reply.status, reply.headers.get("x-adit-route")]).toEqual([200, "invoke"]);
    expect(await reply.text()).toContain('"finish_reason":"stop"');
    const sent = house.emulator.requests.at(-1);
    expect([sent?.operation, JSON.parse(String(sent?.body))]).toMatchObject([operation, { stop: ["Observation:"] }]);
  }
  const refused = await house.post("/v1/chat/completions", { ...body, use_converse: true });
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("This model doesn't support the stopSequences field");
});

describe.each([claude, nova])("OpenAI's other dialects from %s", (model) => {
  it("responses, whole", async () => {
    const response = await openai.responses.create({ model, input });
    expect(response.output_text).toContain(input);
    expect(response.status).toBe("completed");
    expect(response.usage?.output_tokens).toBeGreaterThan(0);
  });

  it("responses, streamed", async () => {
    const final = await openai.responses.stream({ model, input }).finalResponse();
    expect(final.output_text).toContain(input);
    expect(final.status).toBe("completed");
  });

  it("completions", async () => {
    const whole = await openai.completions.create({ model, prompt: input });
    expect(whole.choices[0]?.text).toContain(input);
    let text = "";
    for await (const chunk of await openai.completions.create({ model, prompt: input, stream: true })) {
      text += chunk.choices[0]?.text ?? "";
    }
    expect(text).toContain(input);
  });

  it("chat by InvokeModel, where it is asked for", async () => {
    const reply = await house.post("/v1/chat/completions", {
      model,
      use_converse: false,
      max_tokens: 64,
      messages: [{ role: "user", content: input }],
    });
    expect(reply.headers.get("x-adit-route")).toBe("invoke");
    expect(house.emulator.requests.at(-1)?.operation).toBe("InvokeModel");
    expect(JSON.stringify(await reply.json())).toContain(input);
  });

  it("what is refused before anything is sent went by no route", async () => {
    const content = [{ type: "image", source: { type: "url", url: "http://127.0.0.1/x.png" } }];
    const body = { model, max_tokens: 9, messages: [{ role: "user", content }] };
    const reply = await house.post("/v1/messages", body);
    expect([reply.status, reply.headers.get("x-adit-model")]).toEqual([400, model]);
    expect(reply.headers.has("x-adit-route")).toBe(false);
    expect(house.logLines().at(-1)).not.toHaveProperty("route");
  });
});

describe("embeddings", () => {
  it.each([
    ["amazon.titan-embed-text-v2:0", 1024],
    ["cohere.embed-english-v3", 1024],
    ["amazon.nova-2-multimodal-embeddings-v1:0", 3072],
  ])("%s embeds several texts, in order, with usage", async (model, size) => {
    const both = await openai.embeddings.create({ model, input: ["one", "two"] });
    expect(both.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, size],
      [1, size],
    ]);
    expect(both.usage.prompt_tokens).toBeGreaterThan(0);
    const second = await openai.embeddings.create({ model, input: "two", encoding_format: "float" });
    expect(second.data[0]?.embedding[5]).toBeCloseTo(both.data[1]?.embedding[5] ?? Number.NaN, 5);
  });

  it("many inputs listen to their caller once, not once each", async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on("warning", onWarning);
    const input = Array.from({ length: 40 }, (_, index) => `text ${index}`);
    const reply = await house.post("/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", dimensions: 256, input });
    process.off("warning", onWarning);
    expect([reply.status, warnings.filter((name) => name === "MaxListenersExceededWarning")]).toEqual([200, []]);
  });

  it("a length that the model lacks names those that it has", async () => {
    const reply = await house.post("/v1/embeddings", {
      model: "amazon.titan-embed-text-v2:0",
      input: "x",
      dimensions: 300,
    });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(await reply.json())).toContain("256, 512, 1024");
  });
});

describe("what a family's own format cannot carry has the name that the caller gave it", () => {
  const llama = "us.meta.llama3-3-70b-instruct-v1:0";
  const data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const asked = { model: llama, use_converse: false, max_tokens: 50 };
  const text = { type: "text", text: input };

  it.each([
    ["/v1/chat/completions", { messages: [{ role: "user", content: input }], stop: ["END"] }, "stop"],
    ["/v1/completions", { prompt: input, stop: ["END"] }, "stop"],
    ["/v1/messages", { messages: [{ role: "user", content: input }], stop_sequences: ["END"] }, "stop_sequences"],
  ])("left out at %s", async (path, body, name) => {
    const reply = await house.post(path, { ...asked, ...body });
    expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([200, name]);
  });

  const schema = { type: "object", properties: {}, additionalProperties: false };
  const named = { name: "answer", schema };

  it.each([
    [
      "/v1/chat/completions",
      { messages: [{ role: "user", content: input }], response_format: { type: "json_schema", json_schema: named } },
      "response_format.json_schema.name",
    ],
    [
      "/v1/responses",
      { max_tokens: undefined, input, text: { format: { type: "json_schema", ...named } } },
      "text.format.name",
    ],
  ])("a schema's name alone at %s: Claude gets the schema", async (path, body, name) => {
    const reply = await house.post(path, { ...asked, model: claude, ...body });
    expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([200, name]);
    expect(JSON.parse(house.emulator.requests.at(-1)?.body.toString() ?? "")).toMatchObject({
      output_config: { format: { schema } },
    });
  });

  const image = { type: "image_url", image_url: { url: `data:image/png;base64,${data}` } };
  const source = { type: "base64", media_type: "image/png", data };
  const chat = [
    { role: "system", content: input },
    { role: "user", content: [text, image] },
  ];
  const native = [{ role: "user", content: [text, { type: "image", source }] }];
  const guarded = { role: "system", content: [{ guardContent: { text: { text: input } } }] };
  const parts = [{ type: "input_image", image_url: image.image_url.url }];

  it.each([
    ["/v1/chat/completions", { messages: chat }, "messages[1].content[1].image: "],
    // An empty message does not go out: then it is not plain which is which.
    ["/v1/chat/completions", { messages: [chat[0], { role: "assistant", content: "" }, chat[1]] }, "messages: "],
    ["/v1/chat/completions", { messages: [guarded, { role: "user", content: input }] }, "messages: "],
    ["/v1/messages", { messages: native }, "messages[0].content[1].image: "],
    ["/v1/responses", { max_tokens: undefined, input: [{ role: "user", content: parts }] }, "input: "],
    [
      "/v1/responses",
      { max_tokens: undefined, input, tools: [{ type: "function", name: "f", parameters: {} }] },
      "tools: ",
    ],
  ])("refused at %s", async (path, body, words) => {
    const reply = await house.post(path, { ...asked, ...body });
    const { error } = (await reply.json()) as { error: { message: string; param?: string } };
    expect([reply.status, error.message.slice(0, words.length)]).toEqual([400, words]);
    // Anthropic's errors have no such member.
    expect([undefined, words.slice(0, -2)]).toContain(error.param);
  });
});
