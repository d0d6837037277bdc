/** A 400 that names an unknown field or beta flag is diagnosed: the part is left out, the call made once more, the part remembered and named. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { callsOf } from "../support/seen.ts";

interface Sent {
  messages: object[];
}

let house: House;
let literal: House;

beforeAll(async () => {
  house = await openHouse();
  literal = await openHouse({ variables: { ADIT_LEAVE_OUT_REFUSED: "off" } });
});

afterAll(async () => {
  await house.close();
  await literal.close();
});

const body = {
  model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  max_tokens: 32,
  messages: [{ role: "user", content: "Good morning" }],
  brand_new_field: { a: 1 },
};

it("an unknown field is left out, once, and then from the start", async () => {
  const first = await house.post("/v1/messages", body);
  expect(first.status).toBe(200);
  expect(first.headers.get("x-adit-dropped")).toBe("brand_new_field");
  const calls = callsOf(house.emulator, "InvokeModel");
  expect(calls.map(({ status }) => status)).toEqual([400, 200]);
  expect(calls[1]?.body.toString()).not.toContain("brand_new_field");
  const second = await house.post("/v1/messages", { ...body, stream: true });
  expect(second.status).toBe(200);
  expect(await second.text()).toContain("message_stop");
  expect(second.headers.get("x-adit-dropped")).toBe("brand_new_field");
  expect(callsOf(house.emulator, "InvokeModelWithResponseStream")).toHaveLength(1);
});

it("an answer that broke off while Claude thought is sent back as it came, and left out where the model refuses it", async () => {
  const user = { role: "user", content: "Good morning" };
  const thought = { role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "eA==" }] };
  const asked = {
    model: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    max_tokens: 32,
    messages: [user, thought, user],
  };
  const sentTurns = (): unknown[] =>
    callsOf(house.emulator, "InvokeModel").map(
      ({ body: sent }) => (JSON.parse(sent.toString()) as typeof asked).messages.length,
    );
  const before = sentTurns().length;
  const taken = await house.post("/v1/messages", asked);
  expect([taken.status, taken.headers.get("x-adit-dropped")]).toEqual([200, null]);
  const message = "messages.1: The final block in an assistant message cannot be `thinking`.";
  house.emulator.faultNext({ kind: "refuse", type: "ValidationException", message });
  const refused = await house.post("/v1/messages", asked);
  expect([refused.status, refused.headers.get("x-adit-dropped")]).toEqual([200, "messages[1]"]);
  expect(sentTurns().slice(before)).toEqual([3, 3, 2]);
});

it("so it is where Converse carries the conversation: chat completions, Responses, messages; whole and streamed", async () => {
  const model = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
  const thinking = { type: "thinking", thinking: "x", signature: "eA==" };
  const user = (text: string): object => ({ role: "user", content: text });
  const sealed = Buffer.from(JSON.stringify({ reasoningText: { text: "x", signature: "eA==" } })).toString("base64url");
  const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: `adit-reasoning-1.${sealed}` };
  const turns = [user("one"), { role: "assistant", content: [thinking] }, user("two")];
  const ways = [
    { path: "/v1/chat/completions", body: { model, max_tokens: 32, messages: turns }, dropped: "messages[1]" },
    {
      path: "/v1/responses",
      body: { model, max_output_tokens: 32, input: [user("one"), reasoning, user("two")] },
      dropped: "input[1]",
    },
    { path: "/v1/messages", body: { model, max_tokens: 32, messages: turns }, dropped: "messages[1]" },
  ];
  const message =
    "The model returned the following errors: messages.1: The final block in an assistant message cannot be `thinking`.";
  for (const { path, body: asked, dropped } of ways) {
    for (const stream of [false, true]) {
      const headers = { authorization: `Bearer ${await newKey()}`, "x-adit-use-converse": "true" };
      const action = stream ? "ConverseStream" : "Converse";
      const sent = (): unknown[] =>
        callsOf(house.emulator, action).map((call) => (JSON.parse(call.body.toString()) as Sent).messages);
      const before = sent().length;
      const taken = await house.post(path, { ...asked, stream }, headers);
      expect([await taken.text().then(() => taken.status), taken.headers.get("x-adit-dropped")]).toEqual([200, null]);
      house.emulator.faultNext({ kind: "refuse", type: "ValidationException", message });
      for (const again of [1, 2]) {
        const reply = await house.post(path, { ...asked, stream }, headers);
        expect(await reply.text(), `${path} ${again}`).toContain("heard");
        expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([200, dropped]);
      }
      const alone = [{ role: "user", content: [{ text: "one" }, { text: "two" }] }];
      expect(sent().slice(before)).toEqual([
        expect.toSatisfy((messages: unknown[]) => messages.length === 3),
        expect.toSatisfy((messages: unknown[]) => messages.length === 3),
        alone,
        alone,
      ]);
    }
  }
});

it("thinking without a signature, of a profile that AWS does not name the model of, is left out where that is Claude", async () => {
  const claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
  const model = `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-${claude}`;
  const asked = {
    model,
    messages: [
      { role: "user", content: "one" },
      { role: "assistant", content: "two", reasoning_content: "Hm." },
      { role: "user", content: "three" },
    ],
  };
  house.emulator.faultNext({
    kind: "refuse",
    operation: "GetInferenceProfile",
    type: "AccessDeniedException",
    message: "Not authorized.",
  });
  const before = callsOf(house.emulator, "Converse").length;
  for (const again of [1, 2]) {
    const reply = await house.post("/v1/chat/completions", asked);
    expect([again, reply.status, reply.headers.get("x-adit-dropped")]).toEqual([
      again,
      200,
      "messages[1].reasoning_content",
    ]);
  }
  expect(
    callsOf(house.emulator, "Converse")
      .map(({ status }) => status)
      .slice(before),
  ).toEqual([400, 200, 200]);
});

it("no turn is left out for another refusal, nor for words that the conversation itself holds, nor by option", async () => {
  const asked = (text: string): object => ({
    model: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    messages: [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "eA==" }] },
      { role: "user", content: "two" },
    ],
  });
  const words = "The final block in an assistant message cannot be `thinking`.";
  for (const [at, text, message] of [
    [house, "one", "messages.1: something else"],
    [house, words, `messages.1: ${words}`],
    [literal, "one", `messages.1: ${words}`],
  ] as const) {
    const before = at.emulator.requests.length;
    at.emulator.faultNext({ kind: "refuse", type: "ValidationException", message });
    expect((await at.post("/v1/chat/completions", asked(text))).status).toBe(400);
    expect(at.emulator.requests).toHaveLength(before + 1);
  }
});

it("one caller's mistake takes nothing from the others: caching, failed tools", async () => {
  const { model, max_tokens } = body;
  const user = (...content: object[]): object => ({ role: "user", content });
  const text = { type: "text", text: "Good morning" };
  const cache_control = { type: "ephemeral" };
  const mistakes = [
    { messages: [user({ ...text, is_error: true })] },
    {
      messages: [
        user(text),
        { role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "eA==", cache_control }, text] },
        user(text),
      ],
    },
  ];
  for (const mistake of mistakes) {
    const reply = await house.post("/v1/messages", { model, max_tokens, ...mistake });
    expect(reply.headers.get("x-adit-dropped")).not.toBeNull();
  }
  const right = {
    max_tokens,
    tools: [{ name: "weather", description: "Tells the weather", input_schema: { type: "object" }, cache_control }],
    messages: [
      user({ ...text, cache_control }),
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "weather", input: {} }] },
      user({ type: "tool_result", tool_use_id: "t1", content: "boom", is_error: true }),
    ],
  };
  const reply = await house.post("/v1/messages", { model, ...right });
  expect(reply.status).toBe(200);
  expect(reply.headers.get("x-adit-dropped")).toBeNull();
  const sent = JSON.parse(callsOf(house.emulator, "InvokeModel").at(-1)?.body.toString() ?? "") as object;
  expect(sent).toEqual({ ...right, anthropic_version: "bedrock-2023-05-31" });
});

it("what one gateway key's call was refused takes nothing from another's, at no door", async () => {
  const flag = "flag-of-the-future-2031-01-01";
  const asked = { ...body, brand_new_field: undefined, other_new_field: 1 };
  // No table says which flags it takes.
  const flagged = {
    ...asked,
    model: "us.anthropic.claude-opus-4-8",
    other_new_field: undefined,
    anthropic_beta: [flag],
  };
  const path = `/model/${encodeURIComponent(flagged.model)}/converse`;
  const converse = {
    messages: [{ role: "user", content: [{ text: "Good morning" }] }],
    additionalModelRequestFields: { anthropic_beta: [flag] },
  };
  for (const key of [await newKey(), await newKey()]) {
    const headers = { authorization: `Bearer ${key}` };
    const before = callsOf(house.emulator, "InvokeModel").length;
    const reply = await house.post("/v1/messages", asked, headers);
    expect(reply.headers.get("x-adit-dropped")).toBe("other_new_field");
    expect(
      callsOf(house.emulator, "InvokeModel")
        .map(({ status }) => status)
        .slice(before),
    ).toEqual([400, 200]);
    expect((await house.post(path, converse, headers)).status).toBe(400);
    expect((await house.post("/v1/messages", flagged, headers)).headers.get("x-adit-dropped")).toContain(flag);
    const taught = await house.post(path, converse, headers);
    expect([taught.status, taught.headers.get("x-adit-dropped")]).toEqual([
      200,
      `additionalModelRequestFields.anthropic_beta.${flag}`,
    ]);
  }
});

async function newKey(): Promise<string> {
  const made = await house.post("/v1/api-keys/workspace/service", { name: "own", scopes: ["completions.write"] });
  return ((await made.json()) as { key: string }).key;
}

it("by option the refusal comes back as it is", async () => {
  const reply = await literal.post("/v1/messages", body);
  expect(reply.status).toBe(400);
  expect(await reply.text()).toContain("brand_new_field");
  expect(callsOf(literal.emulator, "InvokeModel")).toHaveLength(1);
});

it("AWS names one part after the other: three are left out of one call, then its word stands", async () => {
  const { model, max_tokens, messages } = body;
  const refuse = (name: string): void =>
    house.emulator.faultNext({
      kind: "refuse",
      type: "ValidationException",
      message: `${name}: Extra inputs are not permitted`,
    });
  const namesOf = (count: number, letter: string): string[] =>
    Array.from({ length: count }, (_, index) => `field_${letter}${index}`);
  for (const [count, letter, path, statuses] of [
    [3, "a", "/v1/messages", [400, 400, 400, 200]],
    [4, "b", "/v1/messages", [400, 400, 400, 400]],
    [3, "c", "/v1/messages/count_tokens", [400, 400, 400, 200]],
  ] as const) {
    const names = namesOf(count, letter);
    for (const name of names) refuse(name);
    const before = house.emulator.requests.length;
    const fields = Object.fromEntries(names.map((name) => [name, 1]));
    const reply = await house.post(path, {
      ...(path === "/v1/messages" && { max_tokens }),
      model,
      messages,
      ...fields,
    });
    expect(house.emulator.requests.slice(before).map(({ status }) => status)).toEqual(statuses);
    expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([statuses.at(-1), names.slice(0, 3).join(",")]);
  }
});

it("a refusal that names nothing that could be left out comes back at once", async () => {
  const before = callsOf(house.emulator, "InvokeModel").length;
  const reply = await house.post("/v1/messages", { ...body, brand_new_field: undefined, max_tokens: 10_000_000 });
  expect(reply.status).toBe(400);
  expect(callsOf(house.emulator, "InvokeModel")).toHaveLength(before + 1);
});
