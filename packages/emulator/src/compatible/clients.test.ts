import Anthropic from "@anthropic-ai/sdk";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleApiKey, startEmulator, type Emulator } from "../index.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});

afterEach(async () => {
  await emulator.close();
});

const openaiAt = (path: string, apiKey = exampleApiKey) =>
  new OpenAI({ baseURL: `${emulator.url}${path}`, apiKey, maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: `${emulator.url}/anthropic`, apiKey: exampleApiKey, maxRetries: 0 });

const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};
const messages = [{ role: "user" as const, content: "What is new?" }];

describe("OpenAI's client", () => {
  it.each([
    ["/v1", "qwen.qwen3-32b"],
    ["/openai/v1", "openai.gpt-oss-20b-1:0"],
  ])("completes a chat at %s with %s, whole and streamed", async (path, model) => {
    const client = openaiAt(path);
    const whole = await client.chat.completions.create({ model, messages });
    const [choice] = whole.choices;
    expect(choice?.message.content).toContain(`${model} heard: "What is new?"`);
    expect(choice?.finish_reason).toBe("stop");
    expect(whole.usage?.total_tokens).toBe((whole.usage?.prompt_tokens ?? 0) + (whole.usage?.completion_tokens ?? 0));
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(choice?.message.content);
    expect(usage).toEqual(whole.usage);
    expect(emulator.requests.at(-1)).toMatchObject({ verdict: "bearer ok", operation: "MantleChatCompletions" });
  });

  it("calls a tool with arguments that fit, and takes its result", async () => {
    const client = openaiAt("/v1");
    const tools = [{ type: "function" as const, function: { name: "get_weather", parameters: weather } }];
    const first = await client.chat.completions.create({ model: "zai.glm-5", messages, tools });
    const call = first.choices[0]!.message.tool_calls![0]!;
    expect(first.choices[0]!.finish_reason).toBe("tool_calls");
    expect(call.type === "function" && JSON.parse(call.function.arguments)).toMatchObject({ city: expect.any(String) });
    const second = await client.chat.completions.create({
      model: "zai.glm-5",
      messages: [...messages, first.choices[0]!.message, { role: "tool", tool_call_id: call.id, content: "sunny" }],
      tools,
    });
    expect(second.choices[0]!.message.content).toContain('get_weather said: "sunny"');
    const stream = await client.chat.completions.create({ model: "zai.glm-5", messages, tools, stream: true });
    let written = "";
    for await (const chunk of stream) written += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? "";
    expect(JSON.parse(written)).toEqual(call.type === "function" ? JSON.parse(call.function.arguments) : undefined);
  });

  it("gets JSON that fits a schema, reasoning where it is asked for, and an end at the limit", async () => {
    const client = openaiAt("/v1");
    const json = await client.chat.completions.create({
      model: "qwen.qwen3-32b",
      messages,
      response_format: { type: "json_schema", json_schema: { name: "x", schema: weather } },
    });
    expect(JSON.parse(json.choices[0]!.message.content!)).toMatchObject({ city: expect.any(String) });
    const thought = await client.chat.completions.create({ model: "openai.gpt-oss-120b", messages });
    expect((thought.choices[0]!.message as { reasoning?: string }).reasoning).toMatch(/thinking about/);
    const short = await client.chat.completions.create({ model: "google.gemma-3-4b-it", messages, max_tokens: 2 });
    expect(short.choices[0]!.finish_reason).toBe("length");
    expect(short.usage!.completion_tokens).toBe(2);
  });

  it.each(["openai.gpt-oss-20b", "openai.gpt-5.5"])("gets a response of %s, whole and streamed", async (model) => {
    const client = openaiAt("/openai/v1");
    const whole = await client.responses.create({ model, input: "What is new?" });
    expect(whole.output_text).toContain(`${model} heard: "What is new?"`);
    expect(whole.status).toBe("completed");
    // Not `responses.stream()`: it throws at `response.reasoning_part.added`, which AWS sends (recorded).
    const stream = await client.responses.create({ model, input: "What is new?", stream: true });
    const kinds: string[] = [];
    let text = "";
    for await (const event of stream) {
      kinds.push(event.type);
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    expect(text).toBe(whole.output_text);
    expect(kinds.at(0)).toBe("response.created");
    expect(kinds.at(-1)).toBe("response.completed");
  });

  it("gets function calls from a response, whose count GPT-5 begins anew, and hands back their results", async () => {
    const client = openaiAt("/openai/v1");
    const tools = [
      { type: "function" as const, name: "get_weather", parameters: weather, strict: false, description: null },
    ];
    const first = await client.responses.create({ model: "openai.gpt-5.5", input: "Weather?", tools });
    const [call] = first.output;
    if (call?.type !== "function_call") throw new Error("no call");
    expect(call).toMatchObject({ call_id: "call_0", name: "get_weather" });
    const second = await client.responses.create({
      model: "openai.gpt-5.5",
      input: [
        { role: "user", content: "Weather?" },
        call,
        { type: "function_call_output", call_id: call.call_id, output: "rain" },
      ],
      tools,
    });
    expect(second.output_text).toContain('get_weather said: "rain"');
    const kinds: string[] = [];
    for await (const event of client.responses.stream({ model: "openai.gpt-5.5", input: "Weather?", tools }))
      kinds.push(event.type);
    expect(kinds).toContain("response.function_call_arguments.done");
  });

  it("lists and finds models", async () => {
    const client = openaiAt("/v1");
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain("openai.gpt-oss-20b");
    expect(await client.models.retrieve("openai.gpt-oss-20b")).toMatchObject({ object: "model" });
    await expect(client.models.retrieve("nobody.x")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });

  it.each([
    ["an unknown model", "/v1", { model: "nobody.x", messages }, 404],
    ["a model of the other route", "/v1", { model: "openai.gpt-5.5", messages }, 404],
    ["Claude", "/openai/v1", { model: "anthropic.claude-sonnet-5", messages }, 404],
    ["no messages", "/v1", { model: "zai.glm-5" }, 400],
    ["a limit that is no number", "/v1", { model: "zai.glm-5", messages, max_tokens: "many" }, 400],
    ["a limit by its older name", "/openai/v1", { model: "openai.gpt-5.6-sol", messages, max_tokens: 9 }, 400],
  ])("is refused %s in OpenAI's form", async (_what, path, body, status) => {
    const call = openaiAt(path).chat.completions.create(body as never);
    await expect(call).rejects.toMatchObject({
      status,
      error: { message: expect.any(String), type: expect.any(String) },
    });
  });

  it("is refused a wrong key, and hears of faults in its own form", async () => {
    const wrong = openaiAt("/v1", "wrong").chat.completions.create({ model: "zai.glm-5", messages });
    await expect(wrong).rejects.toMatchObject({ status: 403, code: "invalid_api_key" });
    emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    const throttled = openaiAt("/v1").chat.completions.create({ model: "zai.glm-5", messages });
    await expect(throttled).rejects.toMatchObject({ status: 429, code: "rate_limit_exceeded" });
    emulator.faultNext({ kind: "exception", frame: 3 });
    const stream = await openaiAt("/v1").chat.completions.create({ model: "zai.glm-5", messages, stream: true });
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining("Too many requests") });
  });

  it("is told that the emulator keeps no responses", async () => {
    const call = openaiAt("/openai/v1").responses.create({
      model: "openai.gpt-5.5",
      input: "And?",
      previous_response_id: "resp_x",
    });
    await expect(call).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
  });

  it("is told that it keeps no items either, which an answer would lack", async () => {
    const client = openaiAt("/openai/v1");
    const model = "openai.gpt-5.5";
    const tools = [{ type: "function" as const, name: "f", parameters: {}, strict: false }];
    const { output } = await client.responses.create({ model, input: "Call f", tools, store: true });
    const call = output.find((item) => item.type === "function_call");
    for (const type of [{ type: "item_reference" as const }, {}]) {
      const next = client.responses.create({
        model,
        input: [
          { ...type, id: call?.id ?? "" },
          { type: "function_call_output", call_id: call?.call_id ?? "", output: "18" },
        ],
      });
      const message: unknown = expect.stringContaining("fc_");
      await expect(next).rejects.toMatchObject({ status: 404, param: "input", message });
    }
  });
});

describe("Anthropic's client at bedrock-mantle", () => {
  const model = "anthropic.claude-sonnet-5";

  it("gets a message, whole and streamed, and a count", async () => {
    const client = anthropic();
    const whole = await client.messages.create({ model, max_tokens: 500, messages });
    const [block] = whole.content;
    expect(block).toMatchObject({ type: "text", text: expect.stringContaining(`${model} heard: "What is new?"`) });
    expect(whole.model).toBe(model);
    const final = await client.messages.stream({ model, max_tokens: 500, messages }).finalMessage();
    expect(final.content).toEqual(whole.content);
    expect(final.usage.output_tokens).toBe(whole.usage.output_tokens);
    const count = await client.messages.countTokens({ model, messages });
    expect(count.input_tokens).toBe(whole.usage.input_tokens);
    expect(emulator.requests.at(-1)).toMatchObject({ operation: "MantleCountTokens", verdict: "bearer ok" });
  });

  it("is refused in Anthropic's form", async () => {
    const client = anthropic();
    const unknown = client.messages.create({ model, max_tokens: 5, messages, foo: 1 } as never);
    await expect(unknown).rejects.toMatchObject({
      status: 400,
      error: {
        type: "error",
        error: { type: "invalid_request_error", message: "foo: Extra inputs are not permitted" },
      },
    });
    const missing = client.messages.create({ model: "zai.glm-5", max_tokens: 5, messages });
    await expect(missing).rejects.toMatchObject({ status: 404 });
    emulator.faultNext({ kind: "exception", frame: 2 });
    const broken = client.messages.stream({ model, max_tokens: 500, messages }).finalMessage();
    await expect(broken).rejects.toThrow(/Too many requests/);
  });
});

describe("signatures", () => {
  async function signedFor(service: string, path: string) {
    const { host } = new URL(emulator.url);
    const body = JSON.stringify({ model: "openai.gpt-oss-20b", messages });
    const signer = new SignatureV4({
      service,
      region: "us-east-1",
      credentials: emulator.credential,
      sha256: Sha256,
    });
    const signed = await signer.sign({
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      path,
      headers: { host, "content-type": "application/json" },
      body,
    });
    return fetch(`${emulator.url}${path}`, { method: "POST", headers: signed.headers, body });
  }

  it.each([
    ["bedrock-mantle", "/v1/chat/completions", 200],
    ["bedrock-mantle", "/openai/v1/chat/completions", 200],
    ["bedrock", "/openai/v1/chat/completions", 200],
    ["bedrock", "/v1/chat/completions", 403],
    ["sts", "/openai/v1/chat/completions", 403],
  ])("for %s at %s are answered %i", async (service, path, status) => {
    const answer = await signedFor(service, path);
    expect(answer.status).toBe(status);
    expect(emulator.requests.at(-1)?.verdict).toMatch(status === 200 ? /^sigv4 ok$/ : /correct service/);
  });

  it("of nobody are refused in the dialect's form", async () => {
    const answer = await fetch(`${emulator.url}/v1/chat/completions`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { message: "Missing Authentication Token" } });
  });
});
