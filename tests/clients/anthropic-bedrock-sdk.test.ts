/** `@anthropic-ai/bedrock-sdk`, unmodified: its base URL is the gateway, its key the gateway's. */
import AnthropicBedrock from "@anthropic-ai/bedrock-sdk";
import type Anthropic from "@anthropic-ai/sdk";
import { BadRequestError, RateLimitError } from "@anthropic-ai/sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { claude } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { callsOf } from "../support/seen.ts";

let house: House;

beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => house.close());

const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Good morning" }];
const short = { model: claude.sonnet45, max_tokens: 200, messages };
const tools: Anthropic.Tool[] = [
  {
    name: "get_weather",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];

/** Every way in which its constructor can be told where to go and with what. */
const ways: [name: string, make: () => AnthropicBedrock][] = [
  ["apiKey", () => new AnthropicBedrock({ baseURL: house.gateway.url, apiKey: house.key, maxRetries: 0 })],
  [
    "apiKey, under /bedrock",
    () => new AnthropicBedrock({ baseURL: `${house.gateway.url}/bedrock`, apiKey: house.key }),
  ],
  [
    "the gateway's header and skipAuth",
    () =>
      new AnthropicBedrock({
        baseURL: house.gateway.url,
        skipAuth: true,
        defaultHeaders: { "x-adit-api-key": house.key },
        maxRetries: 0,
      }),
  ],
  [
    "the gateway's header beside a signature of keys that are not the gateway's to judge",
    () =>
      new AnthropicBedrock({
        baseURL: house.gateway.url,
        awsRegion: "us-east-1",
        awsAccessKey: "AKIDEXAMPLE",
        awsSecretKey: "not-a-secret",
        defaultHeaders: { "x-adit-api-key": house.key },
        maxRetries: 0,
      }),
  ],
  [
    "its environment alone",
    () => {
      vi.stubEnv("ANTHROPIC_BEDROCK_BASE_URL", house.gateway.url);
      vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", house.key);
      return new AnthropicBedrock({ maxRetries: 0 });
    },
  ],
];

describe.each(ways)("by %s", (_name, make) => {
  test("whole and streamed", async () => {
    const client = make();
    const message = await client.messages.create(short);
    expect(message.content[0]).toMatchObject({ type: "text", text: expect.stringContaining("Good morning") as string });
    const final = await client.messages.stream(short).finalMessage();
    expect(final.content).toEqual(message.content);
    expect(final.usage.output_tokens).toBe(message.usage.output_tokens);
    for (const call of house.emulator.requests) {
      expect(call.verdict).toBe("sigv4 ok");
      expect(call.accessKeyId).toBe(house.emulator.credential.accessKeyId);
      expect(JSON.stringify(call.headers)).not.toContain(house.key);
    }
  });
});

function clientOf(): AnthropicBedrock {
  return new AnthropicBedrock({ baseURL: house.gateway.url, apiKey: house.key, maxRetries: 0 });
}

describe.each([false, true])("a loop of tools (stream: %s)", (isStream) => {
  const send = (body: Anthropic.MessageCreateParamsNonStreaming): Promise<Anthropic.Message> =>
    isStream ? clientOf().messages.stream(body).finalMessage() : clientOf().messages.create(body);

  test("with thinking: the turn goes back as it came, byte for byte", async () => {
    const body = { ...short, max_tokens: 3000, tools, thinking: { type: "enabled" as const, budget_tokens: 1024 } };
    const first = await send(body);
    expect(first.stop_reason).toBe("tool_use");
    expect(first.content[0]).toMatchObject({ type: "thinking", signature: expect.stringMatching(/./) as string });
    const call = first.content.find((block) => block.type === "tool_use");
    expect(call?.input).toEqual({ city: expect.any(String) as string });
    const history: Anthropic.MessageParam[] = [
      ...messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call!.id, content: "18 degrees" }] },
    ];
    const second = await send({ ...body, messages: history });
    expect(second.stop_reason).toBe("end_turn");
    expect(JSON.stringify(second.content)).toContain("18 degrees");
    const sent = JSON.parse(house.emulator.requests.at(-1)!.body.toString()) as Anthropic.MessageCreateParams;
    expect(sent.messages[1]?.content).toEqual(first.content);
  });
});

test("betas of the header reach AWS in the body, but for those that the model's table refuses: these are named", async () => {
  const betas = ["interleaved-thinking-2025-05-14", "oauth-2025-04-20"];
  const { response } = await clientOf()
    .beta.messages.create({ ...short, betas })
    .withResponse();
  expect(response.headers.get("x-adit-dropped")).toBe("anthropic_beta.oauth-2025-04-20");
  const [call] = callsOf(house.emulator, "InvokeModel");
  const { anthropic_beta: sent } = JSON.parse(call!.body.toString()) as Record<string, unknown>;
  expect(sent).toEqual(["interleaved-thinking-2025-05-14"]);
});

describe("what goes wrong", () => {
  test("AWS's refusal is thrown by its class, with its words", async () => {
    const refused = clientOf().messages.create({ ...short, max_tokens: -1 });
    await expect(refused).rejects.toBeInstanceOf(BadRequestError);
    await expect(refused).rejects.toThrow(/max_tokens/);
  });

  test("throttling that lasts is its rate limit", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 3);
    await expect(clientOf().messages.create(short)).rejects.toBeInstanceOf(RateLimitError);
  });

  test.each([
    ["an exception frame", { kind: "exception", type: "throttlingException", frame: 3 }],
    ["cut between two frames", { kind: "cut", frame: 3 }],
    ["reset", { kind: "reset", frame: 3 }],
  ] as const)("a stream that breaks is thrown, never half a message: %s", async (_name, fault) => {
    house.emulator.faultNext(fault);
    const words: string[] = [];
    const stream = clientOf()
      .messages.stream(short)
      .on("text", (text) => words.push(text));
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Error);
    expect(words.join("")).not.toBe("");
  });

  test("a wrong key is a 401", async () => {
    const stranger = new AnthropicBedrock({
      baseURL: house.gateway.url,
      apiKey: "wrong-key-0123456789",
      maxRetries: 0,
    });
    await expect(stranger.messages.create(short)).rejects.toMatchObject({ status: 401 });
    expect(house.emulator.requests).toEqual([]);
  });
});
