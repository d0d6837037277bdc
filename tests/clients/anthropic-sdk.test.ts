/** `@anthropic-ai/sdk`, unmodified, at the gateway's `/v1/messages`: Claude all but untouched, other families through Converse. */
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => house.close());

const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Good morning" }];

function anthropic(): Anthropic {
  return new Anthropic({ baseURL: house.gateway.url, apiKey: house.key, maxRetries: 0 });
}

const ways: [name: string, make: () => Anthropic][] = [
  ["apiKey", anthropic],
  ["authToken", () => new Anthropic({ baseURL: house.gateway.url, apiKey: null, authToken: house.key })],
  [
    "its environment alone",
    () => {
      vi.stubEnv("ANTHROPIC_BASE_URL", house.gateway.url);
      vi.stubEnv("ANTHROPIC_API_KEY", house.key);
      return new Anthropic();
    },
  ],
];

test.each(ways)("by %s", async (_name, make) => {
  const message = await make().messages.create({ model: claude.sonnet45, max_tokens: 200, messages });
  expect(message.content[0]).toMatchObject({ text: expect.stringContaining("Good morning") as string });
});

test.each([claude.sonnet45, "us.anthropic.claude-opus-4-7", nova])(
  "%s takes what LangChain's ChatAnthropic before 1.0 sends with every request",
  async (model) => {
    const wishes = { max_tokens: 2048, temperature: 1, top_k: -1, top_p: -1 };
    const { data, response } = await anthropic()
      .messages.create({ model, ...wishes, messages })
      .withResponse();
    expect(data.content.at(-1)).toMatchObject({ text: expect.stringContaining("Good morning") as string });
    expect(response.headers.get("x-adit-dropped")).toBe(model.includes("opus-4-7") ? "temperature" : null);
    expect(house.emulator.requests.at(-1)?.body.toString()).not.toMatch(/top_?[kp]/i);
  },
);

test("its lists of models are in Anthropic's form", async () => {
  const listed: Anthropic.ModelInfo[] = [];
  for await (const model of anthropic().models.list({ limit: 5 })) listed.push(model);
  const one = await anthropic().models.retrieve(claude.sonnet45);
  expect(one).toEqual({
    type: "model",
    id: claude.sonnet45,
    display_name: claude.sonnet45,
    created_at: "1970-01-01T00:00:00.000Z",
    max_input_tokens: 200_000,
    max_tokens: 64_000,
  });
  const baseId = claude.sonnet45.replace("us.", "");
  expect(listed.filter(({ id }) => id === baseId)).toEqual([{ ...one, id: baseId, display_name: baseId }]);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
});

const weather: Anthropic.Tool = {
  name: "get_weather",
  description: "The weather of a city.",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

// Through InvokeModel, and at AWS's own endpoint.
const claudes = [claude.sonnet45, "anthropic.claude-haiku-4-5"];

test.each(claudes)(
  "a loop of tools goes on with %s where another model began it, its thinking unsigned",
  async (model) => {
    const edits = [{ type: "clear_thinking_20251015" as const, keep: "all" as const }];
    const body = { max_tokens: 4000, tools: [weather], messages };
    const first = await anthropic().messages.create({ ...body, model: "openai.gpt-oss-120b-1:0" });
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "tool_use"]);
    const call = first.content.find((block) => block.type === "tool_use");
    const result = { type: "tool_result" as const, tool_use_id: call!.id, content: "18 degrees" };
    const { data, response } = await anthropic()
      .beta.messages.create({
        ...body,
        model,
        thinking: { type: "enabled", budget_tokens: 1024 },
        context_management: { edits },
        messages: [
          ...messages,
          { role: "assistant", content: first.content as Anthropic.Beta.BetaContentBlockParam[] },
          { role: "user", content: [result] },
        ],
      })
      .withResponse();
    expect(data.content.at(-1)).toMatchObject({ text: expect.stringContaining("18 degrees") as string });
    expect(response.headers.get("x-adit-dropped")).toBe("messages[1].content[0],thinking,context_management");
  },
);

test("Kimi, whose ids have dots and colons, goes on where a client cleans the results' ids alone, as LibreChat does", async () => {
  const body = { model: "moonshot.kimi-k2-thinking", max_tokens: 4000, tools: [weather] };
  const first = await anthropic()
    .messages.stream({ ...body, messages })
    .finalMessage();
  const call = first.content.find((block) => block.type === "tool_use");
  const tool_use_id = call!.id.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
  const { data, response } = await anthropic()
    .messages.create({
      ...body,
      messages: [
        ...messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id, content: "18 degrees" }] },
      ],
    })
    .withResponse();
  expect(data.content.at(-1)).toMatchObject({ text: expect.stringContaining("18 degrees") as string });
  expect(response.headers.get("x-adit-dropped")).toBeNull();
  expect(house.emulator.requests.at(-1)?.body.toString()).toContain('"toolUseId":"functions.get_weather:0"');
});

test.each(claudes)("a conversation goes on with %s after Kimi, whose ids have dots and colons", async (model) => {
  const body = { max_tokens: 4000, tools: [weather], messages };
  const first = await anthropic().messages.create({ ...body, model: "moonshot.kimi-k2-thinking" });
  const call = first.content.find((block) => block.type === "tool_use");
  expect(call?.id).toMatch(/^[a-zA-Z0-9_-]+$/);
  const result = { type: "tool_result" as const, tool_use_id: call!.id, content: "18 degrees" };
  const turns: Anthropic.MessageParam[] = [
    ...messages,
    { role: "assistant", content: first.content },
    { role: "user", content: [result] },
  ];
  const { data, response } = await anthropic()
    .messages.create({ ...body, model, messages: turns })
    .withResponse();
  expect(data.content.at(-1)).toMatchObject({ text: expect.stringContaining("18 degrees") as string });
  expect(response.headers.get("x-adit-dropped")).toBe("messages[1].content[0]");
});

// AWS's own endpoint is asked for the thread, and refuses it.
const runs: [model: string, statuses: number[]][] = [
  [nova, [200, 200]],
  [claude.sonnet45, [200, 200]],
  ["anthropic.claude-haiku-4-5", [400, 200, 200]],
];

test.each(runs)(
  "%s: the runner of tools, which asks for a thread first, goes on without one",
  async (model, statuses) => {
    const tool = betaTool({
      name: "get_weather",
      description: "The weather of a city.",
      inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      run: () => "18 degrees",
    });
    const body = { model, max_tokens: 400, messages, tools: [tool] };
    const last = await anthropic().beta.messages.toolRunner(body);
    expect(last.content.at(-1)).toMatchObject({ text: expect.stringContaining("18 degrees") as string });
    expect(house.emulator.requests.map(({ status }) => status)).toEqual(statuses);
  },
);

describe.each([nova, claude.sonnet45])("%s", (model) => {
  const body = { model, max_tokens: 400, messages };

  test("create and stream say the same", async () => {
    const whole = await anthropic().messages.create(body);
    const streamed = await anthropic().messages.stream(body).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe("end_turn");
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    let text = "";
    for await (const event of await anthropic().messages.create({ ...body, stream: true })) {
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
    }
    expect(whole.content[0]).toMatchObject({ text });
  });

  test.each([false, true])("a loop of tools (stream: %s)", async (isStream) => {
    const send = (asked: Anthropic.MessageCreateParamsNonStreaming): Promise<Anthropic.Message> =>
      isStream ? anthropic().messages.stream(asked).finalMessage() : anthropic().messages.create(asked);
    const first = await send({ ...body, tools: [weather] });
    expect(first.stop_reason).toBe("tool_use");
    const call = first.content.find((block) => block.type === "tool_use");
    expect(call).toMatchObject({ name: "get_weather", input: { city: expect.any(String) as string } });
    const second = await send({
      ...body,
      tools: [weather],
      messages: [
        ...messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call!.id, content: "18 degrees" }] },
      ],
    });
    expect(JSON.stringify(second.content)).toContain("18 degrees");
  });

  test("countTokens", async () => {
    const { input_tokens: few } = await anthropic().messages.countTokens({ model, messages });
    const long: Anthropic.MessageParam[] = [{ role: "user", content: "Good morning ".repeat(100) }];
    const { input_tokens: many } = await anthropic().messages.countTokens({ model, messages: long });
    expect(few).toBeGreaterThan(0);
    expect(many).toBeGreaterThan(few * 10);
  });

  test("a stream that breaks is thrown, and is no message", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const stream = anthropic().messages.stream(body);
    await expect(stream.finalMessage()).rejects.toThrow(/ThrottlingException/);
  });
});

describe("thinking", () => {
  const thinkers: [model: string, thinking: Anthropic.ThinkingConfigParam][] = [
    [claude.sonnet37, { type: "enabled", budget_tokens: 1024 }],
    [claude.sonnet4, { type: "enabled", budget_tokens: 1024 }],
    [claude.opus47, { type: "adaptive" }],
  ];

  test.each(thinkers)("of %s goes back byte for byte, whole and streamed", async (model, thinking) => {
    const body = { model, max_tokens: 3000, thinking, messages, tools: [weather] };
    for (const first of [
      await anthropic().messages.create(body),
      await anthropic().messages.stream(body).finalMessage(),
    ]) {
      expect(first.content[0]).toMatchObject({ type: "thinking", signature: expect.stringMatching(/./) as string });
      const call = first.content.find((block) => block.type === "tool_use");
      const history: Anthropic.MessageParam[] = [
        ...messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call!.id, content: "18 degrees" }] },
      ];
      const second = await anthropic().messages.create({ ...body, messages: history });
      expect(JSON.stringify(second.content)).toContain("18 degrees");
      const sent = JSON.parse(house.emulator.requests.at(-1)!.body.toString()) as typeof body;
      expect(sent.messages[1]?.content).toEqual(first.content);
    }
  });

  test("a signature that was changed is a BadRequestError in AWS's words", async () => {
    const body = { model: claude.sonnet4, max_tokens: 3000, thinking: thinkers[1]![1], messages };
    const first = await anthropic().messages.create(body);
    const [thought] = first.content;
    if (thought?.type !== "thinking") throw new Error("No thinking came.");
    const forged = { ...thought, thinking: `${thought.thinking} (changed)` };
    const refused = anthropic().messages.create({
      ...body,
      messages: [...messages, { role: "assistant", content: [forged, ...first.content.slice(1)] }, ...messages],
    });
    await expect(refused).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    await expect(refused).rejects.toThrow(/signature/);
  });
});

test("beta messages: flags that the model's table refuses are left out and named", async () => {
  const { data, response } = await anthropic()
    .beta.messages.create({
      model: claude.sonnet45,
      max_tokens: 400,
      messages,
      betas: ["context-management-2025-06-27", "oauth-2025-04-20"],
    })
    .withResponse();
  expect(data.type).toBe("message");
  expect(response.headers.get("x-adit-dropped")).toBe("anthropic_beta.oauth-2025-04-20");
  const sent = JSON.parse(house.emulator.requests.at(-1)!.body.toString()) as Record<string, unknown>;
  expect(sent["anthropic_beta"]).toEqual(["context-management-2025-06-27"]);
});

test("a document and an image arrive byte for byte", async () => {
  const pdf = Buffer.from("%PDF-1.4 a report").toString("base64");
  await anthropic().messages.create({
    model: claude.sonnet45,
    max_tokens: 100,
    messages: [
      {
        role: "user",
        content: [
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } },
          { type: "text", text: "What is this?" },
        ],
      },
    ],
  });
  expect(house.emulator.requests.at(-1)!.body.toString()).toContain(pdf);
});

describe("errors by class", () => {
  const body = { model: claude.sonnet45, max_tokens: 100, messages };
  test.each([
    ["ValidationException", Anthropic.BadRequestError, 1],
    ["AccessDeniedException", Anthropic.PermissionDeniedError, 1],
    ["ResourceNotFoundException", Anthropic.NotFoundError, 1],
    ["ThrottlingException", Anthropic.RateLimitError, 3],
    ["InternalServerException", Anthropic.InternalServerError, 3],
    ["ServiceUnavailableException", Anthropic.InternalServerError, 3],
  ])("%s, after as many tries as it is worth", async (type, errorClass, tries) => {
    house.emulator.faultNext({ kind: "refuse", type }, tries);
    const refused = anthropic().messages.create(body);
    await expect(refused).rejects.toBeInstanceOf(errorClass);
    await expect(refused).rejects.toMatchObject({
      requestID: expect.stringMatching(/^req_/) as string,
      error: { type: "error", error: { message: expect.stringContaining(type) as string } },
    });
    expect(house.emulator.requests).toHaveLength(tries);
  });

  test("a wrong key", async () => {
    const stranger = new Anthropic({ baseURL: house.gateway.url, apiKey: "wrong-key-0123456789", maxRetries: 0 });
    await expect(stranger.messages.create(body)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    expect(house.emulator.requests).toEqual([]);
  });
});
