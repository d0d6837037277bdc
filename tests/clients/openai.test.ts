/** `openai`, unmodified, at the gateway's `/v1`: Responses, completions and embeddings. Chat completions are tested all over tests/. */
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
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
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => house.close());

type Asked = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Item = OpenAI.Responses.ResponseInputItem;

const question: Item = { role: "user", content: "The weather in Turin?" };
const weather: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "get_weather",
  description: "The weather of a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
  strict: false,
};

test("by its environment alone", async () => {
  vi.stubEnv("OPENAI_BASE_URL", house.baseUrl);
  vi.stubEnv("OPENAI_API_KEY", house.key);
  const asked = new OpenAI().responses.create({ model: nova, input: "Good morning" });
  const { data, response, request_id: requestId } = await asked.withResponse();
  expect(data.output_text).toContain("Good morning");
  expect(requestId).toBe(response.headers.get("x-adit-request-id"));
});

/** Whole, and streamed by the client's own assembly of events. */
const sends: [how: string, send: (body: Asked) => Promise<OpenAI.Responses.Response>][] = [
  ["whole", (body) => openai.responses.create(body)],
  ["streamed", (body) => openai.responses.stream({ ...body, stream: true }).finalResponse()],
];

describe.each(sends)("Responses, %s", (_how, send) => {
  test.each([nova, claude.sonnet45])("a loop of function tools with %s", async (model) => {
    const first = await send({ model, input: [question], tools: [weather], store: false });
    const call = first.output.find((item) => item.type === "function_call");
    expect(call).toMatchObject({ name: "get_weather", call_id: expect.any(String) as string, status: "completed" });
    expect(JSON.parse(call!.arguments)).toEqual({ city: expect.any(String) as string });
    const input: Item[] = [
      question,
      ...(first.output as Item[]),
      { type: "function_call_output", call_id: call!.call_id, output: "18 degrees" },
    ];
    const second = await send({ model, input, tools: [weather], store: false });
    expect(second.output_text).toContain("18 degrees");
    expect(second.usage?.output_tokens).toBeGreaterThan(0);
  });

  test.each([claude.sonnet4, claude.opus47])(
    "reasoning items of %s go back, and AWS gets what it signed",
    async (model) => {
      const body = {
        model,
        tools: [weather],
        store: false,
        reasoning: { effort: "medium", summary: "auto" },
        include: ["reasoning.encrypted_content"],
      } satisfies Partial<Asked>;
      const first = await send({ ...body, input: [question] });
      const [reasoning] = first.output;
      expect(reasoning).toMatchObject({ type: "reasoning", encrypted_content: expect.stringMatching(/./) as string });
      const call = first.output.find((item) => item.type === "function_call");
      const output: Item = { type: "function_call_output", call_id: call!.call_id, output: "18 degrees" };
      const second = await send({ ...body, input: [question, ...(first.output as Item[]), output] });
      expect(second.output_text).toContain("18 degrees");
      // The emulator verifies signatures; that one was sent is seen here.
      expect(house.emulator.requests.at(-1)?.body.toString()).toMatch(/"signature":"[^"]+"/);
    },
  );
});

test("the events of a stream tell the same text as its last object, in order", async () => {
  const texts: string[] = [];
  const numbers: number[] = [];
  let final: OpenAI.Responses.Response | undefined;
  for await (const event of await openai.responses.create({ model: nova, input: "Good morning", stream: true })) {
    numbers.push(event.sequence_number);
    if (event.type === "response.output_text.delta") texts.push(event.delta);
    if (event.type === "response.completed") final = event.response;
  }
  expect(numbers).toEqual(numbers.map((_number, index) => index));
  const [item] = final?.output ?? [];
  expect(item).toMatchObject({ type: "message", content: [{ type: "output_text", text: texts.join("") }] });
});

test("an object by a schema", async () => {
  const schema = {
    type: "object",
    properties: { degrees: { type: "integer" } },
    required: ["degrees"],
    additionalProperties: false,
  };
  const format = { type: "json_schema" as const, name: "weather", schema, strict: true };
  const response = await openai.responses.create({ model: claude.sonnet45, input: "Weather?", text: { format } });
  expect(JSON.parse(response.output_text)).toEqual({ degrees: expect.any(Number) as number });
});

// AWS counts Claude's; for Nova it is an estimate.
test.each([claude.sonnet45, nova])(
  "%s: the tokens of an input are counted as Anthropic's door counts them",
  async (model) => {
    const counting = openai.responses.inputTokens.count({ model, instructions: "Be brief.", input: "Good morning" });
    const { data, response } = await counting.withResponse();
    const same = await house.post("/v1/messages/count_tokens", {
      model,
      system: "Be brief.",
      messages: [{ role: "user", content: "Good morning" }],
    });
    const { input_tokens } = (await same.json()) as { input_tokens: number };
    expect(data).toEqual({ object: "response.input_tokens", input_tokens });
    expect(response.headers.get("x-adit-token-count")).toBe(same.headers.get("x-adit-token-count"));
    expect(house.logLines().at(-2)).toMatchObject({ path: "/v1/responses/input_tokens", dialect: "openai-responses" });
  },
);

test("an image and a file arrive byte for byte", async () => {
  const pdf = Buffer.from("%PDF-1.4 a report").toString("base64");
  await openai.responses.create({
    model: claude.sonnet45,
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "What is this?" },
          { type: "input_file", filename: "report.pdf", file_data: `data:application/pdf;base64,${pdf}` },
        ],
      },
    ],
  });
  expect(callsOf(house.emulator, "Converse")[0]?.body.toString()).toContain(pdf);
});

test("a response that is not stored is a BadRequestError that says what to send instead", async () => {
  const refused = openai.responses.create({ model: nova, previous_response_id: "resp_1", input: "And then?" });
  await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  const said = { code: "previous_response_not_found", param: "previous_response_id" };
  await expect(refused).rejects.toMatchObject({ ...said, requestID: expect.stringMatching(/^req_/) as string });
  await expect(refused).rejects.toThrow(/'resp_1' not found.*store: true.*input/s);
});

test.each([
  ["an exception frame", { kind: "exception", type: "throttlingException", frame: 3 }, /ThrottlingException/],
  ["cut between two frames", { kind: "cut", frame: 3 }, /ended before its messageStop/],
  ["reset", { kind: "reset", frame: 3 }, /broke in the middle/],
] as const)(
  "a stream of Responses that breaks is failed and thrown, and never completed: %s",
  async (_name, fault, words) => {
    house.emulator.faultNext(fault);
    const types: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const event of await openai.responses.create({ model: nova, input: "Good morning", stream: true })) {
        types.push(event.type);
      }
    };
    await expect(reading()).rejects.toThrow(words);
    expect(types).not.toContain("response.completed");
    expect(types.at(-1)).toBe("response.failed");
  },
);

describe("completions", () => {
  test.each([nova, claude.sonnet45])("of %s, whole and streamed", async (model) => {
    const body = { model, prompt: "Good morning", max_tokens: 100 };
    const whole = await openai.completions.create(body);
    expect(whole.choices[0]).toMatchObject({
      finish_reason: "stop",
      text: expect.stringContaining("Good morning") as string,
    });
    const pieces: string[] = [];
    for await (const chunk of await openai.completions.create({ ...body, stream: true })) {
      pieces.push(chunk.choices[0]?.text ?? "");
    }
    expect(pieces.join("")).toBe(whole.choices[0]?.text);
  });
});

describe("embeddings", () => {
  test.each([
    ["amazon.titan-embed-text-v2:0", 1024],
    ["cohere.embed-english-v3", 1024],
  ])("of %s are the same as floats and as base64, which the client asks for of itself", async (model, size) => {
    const input = ["one", "two"];
    const floats = await openai.embeddings.create({ model, input, encoding_format: "float" });
    const decoded = await openai.embeddings.create({ model, input });
    const raw = await openai.embeddings.create({ model, input, encoding_format: "base64" });
    for (const index of [0, 1]) {
      const expected = Float32Array.from(floats.data[index]!.embedding);
      expect(expected).toHaveLength(size);
      expect(Float32Array.from(decoded.data[index]!.embedding)).toEqual(expected);
      const bytes = Buffer.from(raw.data[index]!.embedding as unknown as string, "base64");
      expect(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))).toEqual(expected);
    }
    expect(floats.usage.prompt_tokens).toBe(decoded.usage.prompt_tokens);
  });

  test("dimensions, and a length that the model lacks", async () => {
    const model = "amazon.titan-embed-text-v2:0";
    const { data } = await openai.embeddings.create({ model, input: "one", dimensions: 256 });
    expect(data[0]?.embedding).toHaveLength(256);
    const refused = openai.embeddings.create({ model, input: "one", dimensions: 300 });
    await expect(refused).rejects.toThrow(/256, 512, 1024/);
  });
});
