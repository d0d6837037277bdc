/** OpenAI's older form of tools by its own client: `functions`, `function_call`, and messages of the role `function`. */
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { callsOf } from "../support/seen.ts";

let house: House;
let openai: OpenAI;
beforeAll(async () => {
  house = await openHouse();
  openai = new OpenAI({ baseURL: house.baseUrl, apiKey: house.key, maxRetries: 0 });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

type Asked = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.ChatCompletionMessageParam;
type Answer = Pick<OpenAI.ChatCompletion, "choices">;

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const functions = [{ name: "get_weather", description: "The weather of a city.", parameters }];
const question: Message = { role: "user", content: "The weather in Turin?" };

/** Whole, and streamed by the client's own assembly of deltas. */
const sends: [how: string, send: (body: Asked) => Promise<Answer>][] = [
  ["whole", (body) => openai.chat.completions.create(body)],
  ["streamed", (body) => openai.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()],
];

interface SentRequest {
  messages: { role: string; content: object[] }[];
  toolConfig?: { tools: object[]; toolChoice?: object };
  additionalModelRequestFields?: object;
}

function sent(): SentRequest[] {
  return [...callsOf(house.emulator, "Converse"), ...callsOf(house.emulator, "ConverseStream")].map(
    ({ body }) => JSON.parse(body.toString()) as SentRequest,
  );
}

describe.each(sends)("%s", (_how, send) => {
  test.each([nova, claude.sonnet45])("a loop of a function with %s", async (model) => {
    const first = await send({ model, messages: [question], functions });
    const { message, finish_reason: reason } = first.choices[0]!;
    expect(reason).toBe("function_call");
    expect(message.tool_calls).toBeUndefined();
    expect(message.function_call?.name).toBe("get_weather");
    const called = JSON.parse(message.function_call?.arguments ?? "") as object;
    expect(called).toEqual({ city: expect.any(String) as string });
    const answered: Message = { role: "function", name: "get_weather", content: "sunny" };
    const { content, function_call } = message;
    const history: Message[] = [question, { role: "assistant", content, function_call: function_call! }, answered];
    const second = await send({ model, messages: history, functions });
    expect(second.choices[0]).toMatchObject({ finish_reason: "stop" });
    expect(second.choices[0]?.message.content).toContain("sunny");
    const [asked, again] = sent();
    expect(asked?.toolConfig?.tools).toEqual([
      {
        toolSpec: {
          name: "get_weather",
          description: "The weather of a city.",
          inputSchema: { json: expect.objectContaining(parameters) as object },
        },
      },
    ]);
    const toolUseId = "function_call_1";
    expect(again?.messages[1]?.content).toContainEqual({ toolUse: { toolUseId, name: "get_weather", input: called } });
    expect(again?.messages[2]?.content).toEqual([{ toolResult: { toolUseId, content: [{ text: "sunny" }] } }]);
  });

  test("a function that must be called, and none that may", async () => {
    const forced = {
      model: nova,
      messages: [{ role: "user", content: "Good morning" }] satisfies Message[],
      functions,
    };
    const called = await send({ ...forced, function_call: { name: "get_weather" } });
    expect(called.choices[0]).toMatchObject({
      finish_reason: "function_call",
      message: { function_call: { name: "get_weather" } },
    });
    const silent = await send({ ...forced, messages: [question], function_call: "none" });
    expect(silent.choices[0]?.finish_reason).toBe("stop");
    expect(silent.choices[0]?.message.function_call ?? undefined).toBeUndefined();
    await send({ ...forced, function_call: "auto" });
    expect(sent().map(({ toolConfig }) => toolConfig?.toolChoice)).toEqual([
      { tool: { name: "get_weather" } },
      undefined,
      { auto: {} },
    ]);
  });
});

test("Claude is told to make one call; of a family that cannot be told so, the first is given, and the others are named", async () => {
  const messages: Message[] = [{ role: "user", content: "The weather in both Turin and Rome?" }];
  for (const stream of [false, true]) {
    for (const [model, dropped] of [
      [claude.sonnet45, null],
      [nova, "output.message.content[2].toolUse"],
    ] as const) {
      const reply = await house.post("/v1/chat/completions", { model, messages, functions, stream });
      const text = await reply.text();
      expect(text).toContain('"finish_reason":"function_call"');
      expect(text).not.toContain("tool_calls");
      // Of a stream the headers have gone before.
      expect(reply.headers.get("x-adit-dropped")).toBe(stream ? null : dropped);
    }
  }
  const [ofClaude] = sent();
  expect(ofClaude?.additionalModelRequestFields).toEqual({
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  });
});

test.each([nova, claude.sonnet45])(
  "a call that nothing answered may stand before a user's message: %s",
  async (model) => {
    const call = { name: "get_weather", arguments: '{"city":"Turin"}' };
    const called = { role: "assistant", content: null, function_call: call };
    const messages = [question, called, { role: "user", content: "Never mind." }, called, called, question];
    const reply = await house.post("/v1/chat/completions", { model, messages, functions });
    expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([
      200,
      "messages[1].function_call,messages[3].function_call,messages[4].function_call",
    ]);
    const emptyResult = (index: number) => ({ toolResult: { toolUseId: `function_call_${index}`, content: [] } });
    const [asked] = sent();
    expect(asked?.messages[2]?.content).toEqual([emptyResult(1), { text: "Never mind." }]);
    expect(asked?.messages[4]?.content.slice(0, 2)).toEqual([emptyResult(3), emptyResult(4)]);
  },
);

test("an answer that comes after the user's next message is the call's", async () => {
  const called = { role: "assistant", content: null, function_call: { name: "get_weather", arguments: "{}" } };
  const answered = { role: "function", name: "get_weather", content: "sunny" };
  const strange = { role: "user", content: "Hurry.", function_call: called.function_call };
  const messages = [question, called, strange, answered];
  const reply = await house.post("/v1/chat/completions", { model: nova, messages, functions });
  expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([200, "messages[2].function_call"]);
  expect(sent()[0]?.messages[2]?.content).toEqual([
    { toolResult: { toolUseId: "function_call_1", content: [{ text: "sunny" }] } },
    { text: "Hurry." },
  ]);
});

test("the deltas are OpenAI's: the name first, then pieces of the arguments", async () => {
  const stream = await openai.chat.completions.create({ model: nova, messages: [question], functions, stream: true });
  const deltas: object[] = [];
  let reason: string | null = null;
  for await (const { choices } of stream) {
    if (choices[0]?.delta.function_call !== undefined) deltas.push(choices[0].delta.function_call);
    reason = choices[0]?.finish_reason ?? reason;
  }
  expect(deltas[0]).toEqual({ name: "get_weather", arguments: "" });
  expect(deltas.length).toBeGreaterThan(1);
  for (const delta of deltas.slice(1)) expect(delta).toEqual({ arguments: expect.any(String) as string });
  expect(reason).toBe("function_call");
});

test("not strict, the stop reason is Bedrock's, and the call the older form's", async () => {
  const headers = { "x-adit-strict-openai-compliance": "false" };
  const reply = await house.post("/v1/chat/completions", { model: nova, messages: [question], functions }, headers);
  const { choices } = (await reply.json()) as OpenAI.ChatCompletion;
  expect(choices[0]).toMatchObject({ finish_reason: "tool_use", message: { function_call: { name: "get_weather" } } });
  expect(choices[0]?.message).not.toHaveProperty("tool_calls");
});

test("beside tools, the newer form counts, and the older is named", async () => {
  const tools = [{ type: "function", function: { ...functions[0], name: "look_outside" } }];
  const body = { model: nova, messages: [question], tools, functions, tool_choice: "required", function_call: "none" };
  const reply = await house.post("/v1/chat/completions", body);
  expect(reply.headers.get("x-adit-dropped")).toBe("functions,function_call");
  const { choices } = (await reply.json()) as OpenAI.ChatCompletion;
  expect(choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: { tool_calls: [{ function: { name: "look_outside" } }] },
  });
});

test.each([
  [{ functions: [{ name: 1 }] }, "functions[0].name"],
  [{ functions: {} }, "functions"],
  [{ functions: [{ name: "f", parameters: "p" }] }, "functions[0].parameters"],
  [{ functions, function_call: "required" }, "function_call"],
  [{ functions, function_call: {} }, "function_call.name"],
  [{ functions, function_call: { name: "another" } }, "function_call"],
  [{ function_call: { name: "get_weather" } }, "function_call"],
])("a 400 says what is wrong: %j", async (more, param) => {
  const reply = await house.post("/v1/chat/completions", { model: nova, messages: [question], ...more });
  expect([reply.status, await reply.json()]).toEqual([400, { error: expect.objectContaining({ param }) as object }]);
});
