/** Cache points, tools' JSON, shapes of turns, names of documents: mended by name, never a 400 of AWS's. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, claude, droppedOf, nova, refusalOf, toolNamed } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls, onlyModelCall } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

type Part = Record<string, unknown>;
const user = (content: string | Part[]): Part => ({ role: "user", content });
const assistant = (content: string | Part[] | null, more: Part = {}): Part => ({ role: "assistant", content, ...more });
const call = (id: string, name: string, given: unknown): Part => ({
  id,
  type: "function",
  function: { name, arguments: given },
});
const chat = (model: string, messages: Part[], more: Part = {}): Promise<Response> =>
  house.post("/v1/chat/completions", { model, messages, ...more });
const long = "A sentence that is worth keeping. ".repeat(400);

describe("B14 cache points", () => {
  const marked = (text: string, ttl?: string): Part => ({
    type: "text",
    text,
    cache_control: { type: "ephemeral", ...(ttl === undefined ? {} : { ttl }) },
  });

  test("B14 a model that does not cache gets none, and the caller is told", async () => {
    for (const model of ["meta.llama3-8b-instruct-v1:0", "deepseek.v3-v1:0", claude.haiku3]) {
      house.emulator.clearRequests();
      const response = await chat(model, [user([marked("Hello")])]);
      await answerOf(response);
      expect(onlyModelCall(house.emulator).body.toString()).not.toContain("cachePoint");
      expect(droppedOf(response)).toEqual(["messages[0].content[0].cache_control"]);
    }
  });

  test("B14 a model that caches gets them, and says what it read from the cache", async () => {
    const messages = [{ role: "system", content: [marked(long)] }, user("Hello")];
    const first = await answerOf(await chat(claude.sonnet45, messages));
    const second = await answerOf(await chat(claude.sonnet45, messages));
    expect(bodyOf(modelCalls(house.emulator)[0]!).system?.[1]).toEqual({ cachePoint: { type: "default" } });
    const details = second.usage as unknown as { prompt_tokens_details: { cached_tokens: number } };
    expect(details.prompt_tokens_details.cached_tokens).toBeGreaterThan(1024);
    expect(second.usage.prompt_tokens).toBe(first.usage.prompt_tokens);
  });

  test("B14 an hour never stands behind five minutes", async () => {
    const messages = [
      { role: "system", content: [marked("Five minutes.")] },
      user([marked("One hour.", "1h"), { type: "text", text: "Hello" }]),
    ];
    const response = await chat(claude.sonnet45, messages);
    await answerOf(response);
    const sent = bodyOf(onlyModelCall(house.emulator));
    expect(sent.messages?.[0]?.content[1]).toEqual({ cachePoint: { type: "default" } });
    expect(droppedOf(response)).toEqual(["messages[1].content[0].cache_control.ttl"]);
    const kept = await chat(claude.sonnet45, [
      { role: "system", content: [marked("One hour.", "1h")] },
      user([marked("Five minutes.", "5m")]),
    ]);
    await answerOf(kept);
    expect(droppedOf(kept)).toEqual([]);
    expect(bodyOf(modelCalls(house.emulator).at(-1)!).system?.[1]?.cachePoint?.ttl).toBe("1h");
  });

  test("B14 of more than four points four stay: those of tools and system, and the last", async () => {
    const messages = [
      { role: "system", content: [marked("System.")] },
      user([marked("One"), marked("Two"), marked("Three"), marked("Four")]),
    ];
    const tools = [{ ...toolNamed("weather"), cache_control: { type: "ephemeral" } }];
    const response = await chat(claude.sonnet45, messages, { tools });
    await answerOf(response);
    const sent = bodyOf(onlyModelCall(house.emulator));
    expect(JSON.stringify(sent).match(/cachePoint/g)).toHaveLength(4);
    expect(sent.toolConfig?.tools[1]).toEqual({ cachePoint: { type: "default" } });
    expect(sent.messages?.[0]?.content.at(-1)).toEqual({ cachePoint: { type: "default" } });
    expect(droppedOf(response)).toEqual([
      "messages[1].content[0].cache_control",
      "messages[1].content[1].cache_control",
    ]);
  });
});

describe("B22 a tool's JSON", () => {
  const history = (given: unknown): Part[] => [
    user("Use the tool weather."),
    assistant(null, { tool_calls: [call("call_1", "weather", given)] }),
    { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
  ];
  const tools = [toolNamed("weather")];

  test.each([
    { given: "", input: {}, isNamed: false },
    { given: "  ", input: {}, isNamed: false },
    { given: "{}", input: {}, isNamed: false },
    { given: '{"city":"Rome"}', input: { city: "Rome" }, isNamed: false },
    { given: '{"city":"Ro', input: { arguments: '{"city":"Ro' }, isNamed: true },
    { given: "not JSON", input: { arguments: "not JSON" }, isNamed: true },
    { given: '"a string"', input: { arguments: "a string" }, isNamed: true },
    { given: "[1,2]", input: { arguments: [1, 2] }, isNamed: true },
    { given: "null", input: { arguments: "null" }, isNamed: true },
    { given: { city: "Rome" }, input: { city: "Rome" }, isNamed: false },
  ])("B22 history with the arguments $given", async ({ given, input, isNamed }) => {
    for (const model of [nova, claude.sonnet45]) {
      house.emulator.clearRequests();
      const response = await chat(model, history(given), { tools });
      expect((await answerOf(response)).choices[0]?.message.content).toContain("18 degrees");
      const sent = bodyOf(onlyModelCall(house.emulator)).messages?.[1]?.content.at(-1);
      expect(sent?.toolUse?.input).toEqual(input);
      expect(droppedOf(response)).toEqual(isNamed ? ["messages[1].tool_calls[0].function.arguments"] : []);
    }
  });

  test("B22 a call without arguments streams {} and not an empty string", async () => {
    const noArguments = { type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } };
    for (const model of [nova, claude.sonnet45]) {
      const streamed = await readChat(
        await ask(house, "Use the tool now.", { model, tools: [noArguments], stream: true }),
      );
      const pieces = streamed.chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
      expect(pieces.map((piece) => piece.function?.arguments ?? "").join("")).toBe("{}");
      expect(streamed.finishReasons).toEqual(["tool_calls"]);
    }
    const bare = { type: "function", function: { name: "now" } };
    const whole = await answerOf(await ask(house, "Use the tool now.", { tools: [bare] }));
    expect(whole.choices[0]?.message.tool_calls?.[0]?.function.arguments).toBe("{}");
  });

  test("B22 pieces of two calls at once are JSON when put together, each under its own index", async () => {
    const streamed = await readChat(
      await ask(house, "Use both tools, weather and tide.", {
        model: claude.sonnet45,
        tools: [...tools, toolNamed("tide")],
        stream: true,
      }),
    );
    const pieces = streamed.chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    for (const index of [0, 1]) {
      const own = pieces.filter((piece) => piece.index === index);
      expect(own[0]).toMatchObject({ id: expect.stringMatching(/^tooluse_/), type: "function" });
      expect(JSON.parse(own.map((piece) => piece.function?.arguments ?? "").join(""))).toHaveProperty("city");
    }
    expect(new Set(pieces.map(({ index }) => index))).toEqual(new Set([0, 1]));
  });
});

describe("B23 shapes of tools and turns", () => {
  test("B23 tool history without tools", async () => {
    const messages = [
      user("Use the tool weather."),
      assistant(null, { tool_calls: [call("call_1", "weather", "{}")] }),
      { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
    ];
    for (const model of [nova, claude.sonnet45]) {
      house.emulator.clearRequests();
      const response = await chat(model, messages);
      expect((await answerOf(response)).choices[0]?.message.content).toContain("18 degrees");
      expect(bodyOf(onlyModelCall(house.emulator)).toolConfig?.tools[0]?.toolSpec?.name).toBe("weather");
      expect(droppedOf(response)).toEqual(["tools"]);
    }
  });

  test.each(["my.tool", "my tool", "outil-météo", "mcp__server__".padEnd(80, "x"), "a/b:c"])(
    "B23 the tool name %s is sent under an alias and comes back as it was",
    async (name) => {
      for (const stream of [false, true]) {
        house.emulator.clearRequests();
        const response = await ask(house, "Hello", {
          tools: [toolNamed(name)],
          tool_choice: { type: "function", function: { name } },
          stream,
        });
        const returned = stream
          ? (await readChat(response)).chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])[0]
          : (await answerOf(response)).choices[0]?.message.tool_calls?.[0];
        expect(returned?.function?.name).toBe(name);
        const sent = bodyOf(onlyModelCall(house.emulator)).toolConfig;
        expect(sent?.tools[0]?.toolSpec?.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(sent?.toolChoice).toEqual({ tool: { name: sent?.tools[0]?.toolSpec?.name } });
      }
    },
  );

  test("B23 names that would meet under one alias stay two", async () => {
    await answerOf(await ask(house, "Hello", { tools: [toolNamed("a.b"), toolNamed("a/b"), toolNamed("a_b")] }));
    const names = bodyOf(onlyModelCall(house.emulator)).toolConfig?.tools.map(({ toolSpec }) => toolSpec?.name);
    expect(new Set(names).size).toBe(3);
  });

  test("B23 turns of one role are merged, empty text is left out, in the order of the caller", async () => {
    const messages = [
      user("One"),
      user([
        { type: "text", text: "" },
        { type: "text", text: "Two" },
      ]),
      assistant("Three"),
      assistant([{ type: "text", text: "Four" }]),
      assistant(""),
      user("Five"),
    ];
    await answerOf(await chat(nova, messages));
    expect(bodyOf(onlyModelCall(house.emulator)).messages).toEqual([
      { role: "user", content: [{ text: "One" }, { text: "Two" }] },
      { role: "assistant", content: [{ text: "Three" }, { text: "Four" }] },
      { role: "user", content: [{ text: "Five" }] },
    ]);
  });

  test("B23 results of several calls are one turn, results first, whatever the caller put between", async () => {
    const tools = [toolNamed("weather"), toolNamed("tide")];
    const messages = [
      user("Use both tools."),
      assistant("I look.", { tool_calls: [call("a", "weather", "{}"), call("b", "tide", "{}")] }),
      { role: "tool", tool_call_id: "b", content: "high" },
      user("And hurry."),
      { role: "tool", tool_call_id: "a", content: "warm" },
    ];
    for (const model of [nova, claude.sonnet45]) {
      house.emulator.clearRequests();
      await answerOf(await chat(model, messages, { tools }));
      const turn = bodyOf(onlyModelCall(house.emulator)).messages?.[2]?.content;
      expect(turn?.map((block) => block.toolResult?.toolUseId ?? block.text)).toEqual(["b", "a", "And hurry."]);
    }
  });

  test("B23 a system message in the middle of a conversation keeps its words", async () => {
    for (const role of ["system", "developer"]) {
      house.emulator.clearRequests();
      const messages = [user("One"), assistant("Two"), { role, content: "From now on in French." }, user("Three")];
      await answerOf(await chat(nova, messages));
      expect(onlyModelCall(house.emulator).body.toString()).toContain("From now on in French.");
    }
  });

  test("B23 ids of calls that AWS would refuse stay one and the same in call and result", async () => {
    const id = `call|${"x".repeat(80)}`;
    const messages = [
      user("Use the tool weather."),
      assistant(null, { tool_calls: [call(id, "weather", "{}")] }),
      { role: "tool", tool_call_id: id, content: "warm" },
    ];
    await answerOf(await chat(claude.sonnet45, messages, { tools: [toolNamed("weather")] }));
    const [, second, third] = bodyOf(onlyModelCall(house.emulator)).messages ?? [];
    expect(second?.content[0]?.toolUse?.toolUseId).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
    expect(third?.content[0]?.toolResult?.toolUseId).toBe(second?.content[0]?.toolUse?.toolUseId);
  });

  test("B23 a history that begins with the assistant is answered, by every family", async () => {
    const messages = [assistant("Welcome."), user("Hello")];
    for (const model of [
      nova,
      claude.sonnet45,
      "us.meta.llama3-3-70b-instruct-v1:0",
      "mistral.mistral-large-2407-v1:0",
    ]) {
      house.emulator.clearRequests();
      await answerOf(await chat(model, messages));
      const roles = bodyOf(onlyModelCall(house.emulator)).messages?.map(({ role }) => role);
      expect(roles?.slice(-2)).toEqual(["assistant", "user"]);
    }
  });

  test("B23 words beside a call, and beside its result, are taken where the family takes none", async () => {
    const messages = [
      user("Use the tool weather."),
      assistant("I look.", { tool_calls: [call("a12345678", "weather", '{"city":"Rome"}')] }),
      { role: "tool", tool_call_id: "a12345678", content: "18 degrees" },
      user("In one word, no tools."),
    ];
    for (const model of [
      "us.meta.llama3-3-70b-instruct-v1:0",
      "mistral.mistral-large-2407-v1:0",
      "cohere.command-r-v1:0",
    ]) {
      house.emulator.clearRequests();
      const answer = await answerOf(await chat(model, messages, { tools: [toolNamed("weather")] }));
      expect(answer.choices[0]?.message.content).toContain(model);
      expect(onlyModelCall(house.emulator).body.toString()).toContain("In one word, no tools.");
    }
  });

  test("B23 a family that cannot stream with tools answers whole, told as a stream", async () => {
    const response = await ask(house, "Use the tool weather.", {
      model: "us.meta.llama3-3-70b-instruct-v1:0",
      tools: [toolNamed("weather")],
      stream: true,
      stream_options: { include_usage: true },
    });
    const streamed = await readChat(response);
    expect(streamed.finishReasons).toEqual(["tool_calls"]);
    expect(streamed.endsWithDone).toBe(true);
    expect(onlyModelCall(house.emulator).operation).toBe("Converse");
  });

  test("B23 a result without its call is AWS's 400 in AWS's words, never a 500", async () => {
    const messages = [user("Hello"), { role: "tool", tool_call_id: "nobody", content: "warm" }];
    const refusal = await refusalOf(await chat(nova, messages, { tools: [toolNamed("weather")] }));
    expect(refusal.status).toBe(400);
    expect(refusal.message).toContain("exceeds the number of toolUse blocks");
  });
});

describe("B24 names of documents", () => {
  const file = (name: string | undefined, text: string): Part => ({
    type: "file",
    file: {
      ...(name === undefined ? {} : { filename: name }),
      file_data: `data:text/plain;base64,${Buffer.from(text).toString("base64")}`,
    },
  });

  test("B24 dots, tabs, wide spaces and nothing at all become names that AWS takes, unlike in the whole conversation", async () => {
    const given = [
      "report.v2.txt",
      "report.v2.txt",
      "a\u3000b.txt",
      "tab\tname.txt",
      "two  spaces",
      "Ünïcode.txt",
      undefined,
    ];
    const messages = [
      user([{ type: "text", text: "First." }, ...given.slice(0, 4).map((name, index) => file(name, `T${index}`))]),
      assistant("Read."),
      user([{ type: "text", text: "Second." }, ...given.map((name, index) => file(name, `U${index}`)).slice(0, 3)]),
      assistant("Read."),
      user([{ type: "text", text: "Third." }, ...given.slice(3).map((name, index) => file(name, `V${index}`))]),
    ];
    for (const model of [nova, claude.sonnet45]) {
      house.emulator.clearRequests();
      await answerOf(await chat(model, messages));
      const names = bodyOf(onlyModelCall(house.emulator)).messages?.flatMap(({ content }) =>
        content.flatMap(({ document }) => (document === undefined ? [] : [document.name])),
      );
      expect(names).toHaveLength(11);
      expect(new Set(names).size).toBe(11);
      for (const name of names ?? []) expect(name).toMatch(/^(?!.*\s\s)[A-Za-z0-9 \-()[\]_]{1,200}$/);
    }
  });

  test("B24 a name that AWS takes stays as it is, and a mend is named", async () => {
    const response = await chat(nova, [
      user([{ type: "text", text: "Read." }, file("Annual report (2026)", "A"), file("annual: report.txt", "B")]),
    ]);
    await answerOf(response);
    const content = bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content;
    expect(content?.[1]?.document?.name).toBe("Annual report (2026)");
    expect(droppedOf(response)).toEqual(["messages[0].content[2].file.filename"]);
  });

  test("B24 a document without a text beside it gets one", async () => {
    const response = await chat(nova, [user([file("notes", "Words")])]);
    await answerOf(response);
    expect(bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content.some(({ text }) => text !== undefined)).toBe(
      true,
    );
    expect(droppedOf(response)).toEqual(["messages[0]"]);
  });

  test("B24 names are unlike across messages and tool results", async () => {
    const named = file("table.csv", "a,b");
    const messages = [
      user([{ type: "text", text: "Use the tool look." }, named]),
      assistant(null, { tool_calls: [call("call_1", "look", "{}")] }),
      { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: "Seen" }, named] },
    ];
    await answerOf(await chat(claude.sonnet45, messages, { tools: [toolNamed("look")] }));
    const blocks = bodyOf(onlyModelCall(house.emulator)).messages?.flatMap(({ content }) => content) ?? [];
    const names = blocks.flatMap(({ document, toolResult }) => [
      document?.name,
      ...(toolResult?.content ?? []).map((part) => part.document?.name),
    ]);
    const given = names.filter((name) => name !== undefined);
    expect(given).toHaveLength(2);
    expect(new Set(given).size).toBe(2);
  });
});
