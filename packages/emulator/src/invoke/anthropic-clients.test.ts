import type Anthropic from "@anthropic-ai/sdk";
import AnthropicBedrock from "@anthropic-ai/bedrock-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redactedThinkingTrigger } from "../generate/reasoning.ts";
import { startEmulator, type Emulator } from "../index.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator.close();
});

const words = "Tell me of Ωmega";
const question = [{ type: "text" as const, text: "What colour is the sky?" }];

describe("Anthropic's clients", () => {
  const model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  const client = () =>
    new AnthropicBedrock({
      baseURL: emulator.url,
      awsRegion: "us-east-1",
      awsAccessKey: emulator.credential.accessKeyId,
      awsSecretKey: emulator.credential.secretAccessKey,
      maxRetries: 0,
    });
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: words }];

  it("get a message, whole and streamed", async () => {
    const message = await client().messages.create({ model, max_tokens: 500, messages });
    expect(message.content[0]).toMatchObject({ type: "text", text: expect.stringContaining(words) });
    expect(message.id).toMatch(/^msg_bdrk_01\w{22}$/);
    const final = await client().messages.stream({ model, max_tokens: 500, messages }).finalMessage();
    expect(final.content).toEqual(message.content);
    expect(final.usage.output_tokens).toBe(message.usage.output_tokens);
  });

  it("get thinking with its signature before the answer, and send it back", async () => {
    const asked = { model, max_tokens: 4000, thinking: { type: "enabled" as const, budget_tokens: 1024 } };
    const first = await client()
      .messages.stream({ ...asked, messages })
      .finalMessage();
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "text"]);
    const history = [...messages, { role: "assistant" as const, content: first.content }, ...messages];
    const second = await client().messages.create({ ...asked, messages: history });
    expect(second.content).toHaveLength(2);
    const [thinking] = first.content;
    if (thinking?.type !== "thinking") throw new Error("no thinking");
    const forged = { ...thinking, thinking: `${thinking.thinking}!` };
    const call = client().messages.create({
      ...asked,
      messages: [...messages, { role: "assistant", content: [forged] }, ...messages],
    });
    await expect(call).rejects.toThrow("messages.1.content.0: Invalid `signature` in `thinking` block");
  });

  it("call tools and bring their results", async () => {
    const tools: Anthropic.Tool[] = [
      { name: "get_weather", input_schema: { type: "object", properties: { city: { type: "string" } } } },
    ];
    const first = await client().messages.stream({ model, max_tokens: 500, messages, tools }).finalMessage();
    const call = first.content.find((block) => block.type === "tool_use");
    expect(first.stop_reason).toBe("tool_use");
    expect(call?.input).toMatchObject({ city: expect.any(String) });
    const history: Anthropic.MessageParam[] = [...messages, { role: "assistant", content: first.content }];
    const result = { type: "tool_result" as const, tool_use_id: call!.id, content: "sunny" };
    const second = await client().messages.create({
      model,
      max_tokens: 500,
      messages: [...history, { role: "user", content: [result] }],
      tools,
    });
    expect(second.content[0]).toMatchObject({ text: expect.stringContaining('get_weather said: "sunny"') });
    const unanswered = client().messages.create({ model, max_tokens: 500, messages: history, tools });
    await expect(unanswered).rejects.toThrow(
      /`tool_use` ids were found without `tool_result` blocks immediately after/,
    );
  });

  it("write and read the prompt cache", async () => {
    const long = "A rule of the house. ".repeat(400);
    const system = [{ type: "text" as const, text: long, cache_control: { type: "ephemeral" as const } }];
    const first = await client().messages.create({ model, max_tokens: 50, messages, system });
    const second = await client().messages.create({ model, max_tokens: 50, messages, system });
    expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(1000);
    expect(second.usage).toMatchObject({
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: first.usage.cache_creation_input_tokens,
    });
  });

  it("get JSON that fits a schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, warm: { type: "boolean" } },
      required: ["city", "warm"],
      additionalProperties: false,
    };
    const message = await client().messages.create({
      model,
      max_tokens: 500,
      messages,
      output_config: { format: { type: "json_schema", schema } },
    });
    const [block] = message.content;
    expect(JSON.parse(block?.type === "text" ? block.text : "")).toEqual({
      city: expect.any(String),
      warm: expect.any(Boolean),
    });
  });

  it("get redacted thinking where Anthropic's own words ask for it, whole and streamed alike", async () => {
    const asked = {
      model,
      max_tokens: 4000,
      thinking: { type: "enabled" as const, budget_tokens: 1024 },
      messages: [{ role: "user" as const, content: redactedThinkingTrigger }],
    };
    const whole = await client().messages.create(asked);
    const streamed = await client().messages.stream(asked).finalMessage();
    expect(whole.content[0]).toMatchObject({ type: "redacted_thinking", data: expect.stringMatching(/^[\w+/]+=*$/) });
    expect(streamed.content).toEqual(whole.content);
  });

  it("get citations of documents in the places of Anthropic's API", async () => {
    const text = "The sky is blue. Grass is green.";
    const document = {
      type: "document" as const,
      source: { type: "text" as const, media_type: "text/plain" as const, data: text },
      title: "Colours",
      citations: { enabled: true },
    };
    const asked = { model, max_tokens: 500, messages: [{ role: "user" as const, content: [document, ...question] }] };
    const whole = await client().messages.create(asked);
    const streamed = await client().messages.stream(asked).finalMessage();
    const cited = whole.content.flatMap((block) => (block.type === "text" ? (block.citations ?? []) : []));
    expect(cited).toHaveLength(1);
    expect(cited[0]).toMatchObject({ type: "char_location", document_index: 0, document_title: "Colours" });
    const [citation] = cited;
    if (citation?.type !== "char_location") throw new Error("no place");
    expect(text.slice(citation.start_char_index, citation.end_char_index)).toBe(citation.cited_text);
    expect(streamed.content.at(-1)).toEqual(whole.content.at(-1));
  });

  it.each([
    ["content_filtered", "refusal"],
    ["model_context_window_exceeded", "model_context_window_exceeded"],
  ])("end by %s where the text asks for it", async (reason, stopReason) => {
    const content = `STOP_REASON:${reason}`;
    const message = await client().messages.create({ model, max_tokens: 500, messages: [{ role: "user", content }] });
    expect(message.stop_reason).toBe(stopReason);
  });

  it("end at a stop sequence and name it", async () => {
    const message = await client().messages.create({ model, max_tokens: 500, messages, stop_sequences: ["heard"] });
    expect(message).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "heard" });
    expect(JSON.stringify(message.content)).not.toContain("heard");
  });
});
