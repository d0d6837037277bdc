/** Thinking survives a loop of tools byte for byte, and each generation of Claude gets what it takes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, claude, droppedOf, toolNamed, type Answered } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls, onlyModelCall } from "../support/seen.ts";
import { joinPieces, readChat } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

const loose = { "x-portkey-strict-open-ai-compliance": "false" };
/** Anthropic's documented text that makes Claude redact its thinking. */
const redacting =
  "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB";

interface Thinker {
  model: string;
  thinking: Record<string, unknown>;
}

const budget = { type: "enabled", budget_tokens: 1024 };
const adaptive = { type: "adaptive" };
const thinkers: Thinker[] = [
  { model: claude.sonnet37, thinking: budget },
  { model: claude.sonnet4, thinking: budget },
  { model: claude.sonnet45, thinking: budget },
  { model: claude.opus46, thinking: budget },
  { model: claude.opus46, thinking: adaptive },
  { model: claude.opus47, thinking: adaptive },
];

type Message = Record<string, unknown>;

/** The next request of a tool loop: what the assistant said, as it said it, and the tool's answer. */
function continued(messages: Message[], assistant: Message, callIds: readonly string[]): Message[] {
  const results = callIds.map((id) => ({ role: "tool", tool_call_id: id, content: "18 degrees" }));
  return [...messages, assistant, ...results];
}

/** Content blocks of a stream, put together by their index as Portkey's documents tell. */
function blocksFromStream(pieces: Awaited<ReturnType<typeof readChat>>["pieces"]): Record<string, unknown>[] {
  return [...new Set(pieces.map(({ index }) => index))].map((index) => {
    const own = pieces.filter((piece) => piece.index === index);
    const data = joinPieces(own, "data");
    if (data !== "") return { type: "redacted_thinking", data };
    const signature = joinPieces(own, "signature");
    return signature === ""
      ? { type: "text", text: joinPieces(own, "text") }
      : { type: "thinking", thinking: joinPieces(own, "thinking"), signature };
  });
}

describe("B11 the thinking of a tool loop comes back as it went", () => {
  const first = { role: "user", content: "How warm is it? Use the tool weather." };
  const tools = [toolNamed("weather")];

  test.each(thinkers)("B11 whole, $model, $thinking.type", async ({ model, thinking }) => {
    const body = { model, thinking, tools, max_tokens: 4000 };
    const answer = await answerOf(await house.post("/v1/chat/completions", { ...body, messages: [first] }, loose));
    const { message } = answer.choices[0]!;
    expect(message.tool_calls).toHaveLength(1);
    const signed = message.content_blocks?.find(({ type }) => type === "thinking");
    expect(signed?.["signature"]).toMatch(/^[A-Za-z0-9+/=]{40,}$/);
    house.emulator.clearRequests();
    const messages = continued([first], message, [message.tool_calls![0]!.id]);
    const next = await answerOf(await house.post("/v1/chat/completions", { ...body, messages }, loose));
    expect(next.choices[0]?.message.content).toContain("18 degrees");
    const turn = bodyOf(onlyModelCall(house.emulator)).messages?.[1]?.content;
    expect(turn?.[0]?.reasoningContent?.reasoningText).toEqual({
      text: signed?.["thinking"],
      signature: signed?.["signature"],
    });
    expect(turn?.at(-1)?.toolUse?.toolUseId).toBe(message.tool_calls![0]!.id);
  });

  test.each(thinkers)("B11 streamed, $model, $thinking.type", async ({ model, thinking }) => {
    const body = { model, thinking, tools, max_tokens: 4000 };
    const streamed = await readChat(
      await house.post("/v1/chat/completions", { ...body, messages: [first], stream: true }, loose),
    );
    const deltas = streamed.chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    const id = deltas.find((delta) => delta.id !== undefined)?.id ?? "";
    const given = deltas.map((delta) => delta.function?.arguments ?? "").join("");
    const assistant = {
      role: "assistant",
      content_blocks: blocksFromStream(streamed.pieces),
      tool_calls: [{ id, type: "function", function: { name: "weather", arguments: given } }],
    };
    house.emulator.clearRequests();
    const messages = continued([first], assistant, [id]);
    await answerOf(await house.post("/v1/chat/completions", { ...body, messages }, loose));
    const turn = bodyOf(onlyModelCall(house.emulator)).messages?.[1]?.content;
    expect(turn?.[0]?.reasoningContent?.reasoningText?.signature).toBe(joinPieces(streamed.pieces, "signature"));
  });

  test("B11 redacted thinking comes back too, whole and streamed", async () => {
    const messages = [{ role: "user", content: `${redacting} Use the tool weather.` }];
    const body = { model: claude.sonnet37, thinking: budget, tools, max_tokens: 4000 };
    const answer = await answerOf(await house.post("/v1/chat/completions", { ...body, messages }, loose));
    const { message } = answer.choices[0]!;
    const redacted = message.content_blocks?.find(({ type }) => type === "redacted_thinking");
    expect(redacted?.["data"]).toMatch(/^[A-Za-z0-9+/=]+$/);
    const streamed = await readChat(
      await house.post("/v1/chat/completions", { ...body, messages, stream: true }, loose),
    );
    expect(joinPieces(streamed.pieces, "data")).toMatch(/^[A-Za-z0-9+/=]+$/);
    for (const block of [
      redacted!,
      blocksFromStream(streamed.pieces).find(({ type }) => type === "redacted_thinking")!,
    ]) {
      house.emulator.clearRequests();
      const assistant = { role: "assistant", content_blocks: [block], tool_calls: message.tool_calls };
      const next = { ...body, messages: continued(messages, assistant, [message.tool_calls![0]!.id]) };
      await answerOf(await house.post("/v1/chat/completions", next, loose));
      const turn = bodyOf(onlyModelCall(house.emulator)).messages?.[1]?.content;
      expect(turn?.[0]?.reasoningContent?.redactedContent).toBe(block["data"]);
    }
  });

  test("B11 a signature that was changed is AWS's 400: nothing is mended in silence", async () => {
    const body = { model: claude.sonnet45, thinking: budget, max_tokens: 4000 };
    const messages = [{ role: "user", content: "Hello" }];
    const answer = await answerOf(await house.post("/v1/chat/completions", { ...body, messages }, loose));
    const blocks = answer.choices[0]!.message.content_blocks!.map((block) =>
      block["type"] === "thinking" ? { ...block, thinking: `${String(block["thinking"])}!` } : block,
    );
    const next = [...messages, { role: "assistant", content_blocks: blocks }, { role: "user", content: "Go on" }];
    const response = await house.post("/v1/chat/completions", { ...body, messages: next }, loose);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("Invalid `signature` in `thinking` block");
  });

  test("B11 a client that lost the thinking still gets its answer, and is told what was left out", async () => {
    const body = { model: claude.sonnet45, thinking: budget, tools, max_tokens: 4000 };
    const answer = await answerOf(await house.post("/v1/chat/completions", { ...body, messages: [first] }));
    const { content, tool_calls: calls } = answer.choices[0]!.message;
    const messages = continued([first], { role: "assistant", content, tool_calls: calls }, [calls![0]!.id]);
    const response = await house.post("/v1/chat/completions", { ...body, messages });
    const next: Answered = await answerOf(response);
    expect(next.choices[0]?.message.content).toContain("18 degrees");
    expect(droppedOf(response)).toContain("thinking");
  });

  test("B11 thinking of another model, without a signature, does not spoil the request", async () => {
    const messages = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi.", reasoning_content: "I greet." },
      { role: "user", content: "Go on" },
    ];
    const response = await house.post("/v1/chat/completions", { model: claude.sonnet45, messages });
    await answerOf(response);
    expect(droppedOf(response)).toEqual(["messages[1].reasoning_content"]);
  });
});

describe("B12 thinking beside a forced tool, temperature and top_p", () => {
  const tools = [toolNamed("weather")];
  const forced = ["required", { type: "function", function: { name: "weather" } }] as const;

  for (const { model, thinking } of thinkers) {
    test.each(forced)(`B12 ${model}, ${String(thinking["type"])}, tool_choice %j`, async (choice) => {
      const response = await ask(house, "Use the tool weather.", {
        model,
        thinking,
        tools,
        tool_choice: choice,
        max_tokens: 4000,
      });
      await answerOf(response);
      const { toolConfig, additionalModelRequestFields: fields } = bodyOf(onlyModelCall(house.emulator));
      // One of the two must go, and it is named.
      const isForced = toolConfig?.toolChoice?.any !== undefined || toolConfig?.toolChoice?.tool !== undefined;
      const thinks = (fields as { thinking?: unknown } | undefined)?.thinking !== undefined;
      expect(isForced && thinks).toBe(false);
      expect(droppedOf(response)).toContain(thinks ? "tool_choice" : "thinking");
    });

    test(`B12 ${model}, ${String(thinking["type"])}, temperature and top_p`, async () => {
      const response = await ask(house, "Hello", {
        model,
        thinking,
        temperature: 0.2,
        top_p: 0.5,
        top_k: 5,
        max_tokens: 4000,
      });
      await answerOf(response);
      const { inferenceConfig } = bodyOf(onlyModelCall(house.emulator));
      expect(inferenceConfig).toEqual({ maxTokens: 4000 });
      expect(droppedOf(response).sort()).toEqual(["temperature", "top_k", "top_p"]);
    });
  }

  test.each([
    // Before 4.5 both are taken; from 4.5 on one; from Opus 4.7 on none (AWS's page on Claude's parameters).
    { model: claude.haiku3, sent: { temperature: 0.2, topP: 0.5 }, dropped: [] },
    { model: claude.sonnet37, sent: { temperature: 0.2, topP: 0.5 }, dropped: [] },
    { model: claude.sonnet45, sent: { temperature: 0.2 }, dropped: ["top_p"] },
    { model: claude.opus46, sent: { temperature: 0.2 }, dropped: ["top_p"] },
    { model: claude.opus47, sent: undefined, dropped: ["temperature", "top_p"] },
  ])("B12 $model without thinking, temperature beside top_p", async ({ model, sent, dropped }) => {
    const response = await ask(house, "Hello", { model, temperature: 0.2, top_p: 0.5 });
    await answerOf(response);
    expect(bodyOf(onlyModelCall(house.emulator)).inferenceConfig).toEqual(sent);
    expect(droppedOf(response).sort()).toEqual(dropped);
  });

  test.each([
    { model: claude.sonnet45, effort: "high", type: "enabled" },
    { model: claude.opus46, effort: "low", type: "adaptive" },
    { model: claude.opus47, effort: "high", type: "adaptive" },
  ])("B12 reasoning_effort on $model is the thinking of its generation", async ({ model, effort, type }) => {
    const response = await ask(house, "Hello", { model, reasoning_effort: effort, temperature: 0.2 });
    const { choices } = await answerOf(response);
    // Also by the generations that send no word of it unasked.
    expect(choices[0]?.message).toMatchObject({ reasoning_content: expect.stringContaining("Hello") });
    const fields = bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields as { thinking: { type: string } };
    expect(fields.thinking.type).toBe(type);
    expect(droppedOf(response)).toEqual(["temperature"]);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("B12 a budget that the newest Claude refuses becomes adaptive, by name", async () => {
    const response = await ask(house, "Hello", { model: claude.opus47, thinking: budget, max_tokens: 4000 });
    await answerOf(response);
    const fields = bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields as { thinking: object };
    expect(fields.thinking).toEqual({ type: "adaptive", display: "summarized" });
    expect(droppedOf(response)).toEqual(["thinking.budget_tokens"]);
  });
});
