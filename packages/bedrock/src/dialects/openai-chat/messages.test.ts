import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { models, translate, type Translated } from "./testing/translate.ts";

const user = (content: string): JsonObject => ({ role: "user", content });
const assistant = (content: string): JsonObject => ({ role: "assistant", content });
const call = (id: string, name: string, args: unknown): JsonObject => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name, arguments: args as string } }],
});
const result = (id: string, content: string): JsonObject => ({ role: "tool", tool_call_id: id, content });
const tool: JsonObject = { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } };

function lastOf(messages: JsonObject[]): unknown {
  return translate({ messages }, { model: models.claude37 }).request.messages?.at(-1)?.content;
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return error instanceof AditError ? error.code : "not an AditError";
  }
  return undefined;
}

describe("system and developer messages", () => {
  it("at the head are system, one block each, as they were written", () => {
    const messages = [
      { role: "system", content: " Be brief.\n" },
      { role: "developer", content: [{ type: "text", text: "In French." }] },
      user("Hi"),
    ];
    const { request, dropped } = translate({ messages });
    expect(request.system).toEqual([{ text: " Be brief.\n" }, { text: "In French." }]);
    expect(request.messages).toEqual([{ role: "user", content: [{ text: "Hi" }] }]);
    expect(dropped).toEqual([]);
  });

  it("later ones keep their authority at the end of system, and their lost place is named", () => {
    const messages = [
      { role: "system", content: "A" },
      user("Hi"),
      assistant("Yes?"),
      { role: "developer", content: "B" },
      user("Go"),
    ];
    const { request, dropped } = translate({ messages });
    expect(request.system).toEqual([{ text: "A" }, { text: "B" }]);
    expect(request.messages?.map((turn) => turn.role)).toEqual(["user", "assistant", "user"]);
    expect(dropped).toEqual(["messages[3]"]);
  });

  it("later ones leave the system prompt as it was for Claude that holds its thinking against it, and stand in their place", () => {
    const thought = { type: "thinking", thinking: "T", signature: "c2ln" };
    const before = [{ role: "system", content: "A" }, user("Hi")];
    const after = [
      { role: "assistant", content: [thought, { type: "text", text: "Yes?" }] },
      { role: "developer", content: [{ type: "text", text: "B", cache_control: { type: "ephemeral" } }] },
      user("Go"),
    ];
    const model = models.claudeOpus55;
    const first = translate({ messages: before }, { model }).request;
    const { request, dropped } = translate({ messages: [...before, ...after] }, { model });
    expect(request.system).toEqual(first.system);
    expect(request.messages?.slice(0, 1)).toEqual(first.messages);
    const marked = [{ text: "B" }, { cachePoint: { type: "default" } }, { text: "Go" }];
    expect(request.messages?.slice(2)).toEqual([{ role: "user", content: marked }]);
    expect(dropped).toEqual(["messages[3].role"]);
  });

  it("that stand between calls and results leave these what they are", () => {
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
    const messages = [
      user("Hi"),
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "developer", content: "B" },
      { role: "tool", tool_call_id: "c1", content: "R" },
    ];
    const tools = [{ type: "function", function: { name: "f" } }];
    const { request } = translate({ messages, tools }, { model: models.claudeOpus55 });
    const result = { toolResult: { toolUseId: "c1", content: [{ text: "R" }] } };
    expect(request.messages?.at(-1)).toEqual({ role: "user", content: [result, { text: "B" }] });
  });

  it("become the user's words, in place, for a model without system prompts, and that is named", () => {
    const messages = [{ role: "system", content: "A" }, user("Hi")];
    const { request, dropped } = translate({ messages }, { model: models.titan });
    expect(request).toEqual({ messages: [{ role: "user", content: [{ text: "A" }, { text: "Hi" }] }] });
    expect(dropped).toEqual(["messages[0].role"]);
  });

  it("carry AWS's guard content as it is", () => {
    const guardContent = { text: { text: "guard me", qualifiers: ["query"] } };
    const { request } = translate({ messages: [{ role: "system", content: [{ guardContent }] }, user("Hi")] });
    expect(request.system).toEqual([{ guardContent }]);
  });

  it("with tool additions stay turns of role system", () => {
    const toolAddition = { tool: { type: "tool_reference", name: "f" } };
    const messages = [user("Hi"), assistant("A"), { role: "system", content: [{ toolAddition }] }, user("B")];
    expect(translate({ messages }).request.messages?.[2]).toEqual({ role: "system", content: [{ toolAddition }] });
  });
});

describe("turns", () => {
  it("of one role in a row are merged, in order", () => {
    const messages = [user("a"), user("b"), assistant("c"), assistant("d"), user("e")];
    expect(translate({ messages }).request.messages).toEqual([
      { role: "user", content: [{ text: "a" }, { text: "b" }] },
      { role: "assistant", content: [{ text: "c" }, { text: "d" }] },
      { role: "user", content: [{ text: "e" }] },
    ]);
  });

  it("keep their text to the letter", () => {
    const text = "  two spaces,\ttab,\n\n line ends \n";
    expect(translate({ messages: [user(text)] }).request.messages).toEqual([{ role: "user", content: [{ text }] }]);
  });

  it("lose empty text and empty messages, by name", () => {
    const messages = [
      user("a"),
      { role: "assistant", content: "" },
      {
        role: "user",
        content: [
          { type: "text", text: "" },
          { type: "text", text: "b" },
        ],
      },
      { role: "user", content: [{ type: "text", text: " \n" }] },
    ];
    const { request, dropped } = translate({ messages });
    expect(request.messages).toEqual([{ role: "user", content: [{ text: "a" }, { text: "b" }] }]);
    expect(dropped).toEqual(["messages[1]", "messages[2].content[0]", "messages[3].content[0]", "messages[3]"]);
  });

  it.each<[JsonObject, string[]]>([
    [{ content: null, refusal: "No." }, ["No."]],
    [{ content: "", refusal: "No." }, ["No."]],
    [{ content: [], refusal: "No." }, ["No."]],
    [{ content: "Well.", refusal: "No." }, ["Well.", "No."]],
    [{ content: [{ type: "refusal", refusal: "No." }], refusal: "No." }, ["No."]],
  ])("of the assistant keep its refusal: %j", (message, texts) => {
    const { request, dropped } = translate({ messages: [user("a"), { role: "assistant", ...message }, user("b")] });
    expect(request.messages?.[1]?.content).toEqual(texts.map((text) => ({ text })));
    expect(dropped).toEqual([]);
  });

  it("may hold AWS's blocks with the members that are not set as null", () => {
    const content = [{ text: "a", image: null, json: null, cachePoint: null, type: null }];
    const { request, dropped } = translate({ messages: [{ role: "user", content }] });
    expect(request.messages).toEqual([{ role: "user", content: [{ text: "a" }] }]);
    expect(dropped).toEqual([]);
  });

  it("are refused with clear words when nothing is left of them", () => {
    expect(codeOf(() => translate({ messages: [user("")] }))).toBe("invalid_request");
    expect(codeOf(() => translate({ messages: [{ role: "system", content: "alone" }] }))).toBe("invalid_request");
  });

  it("that begin with the assistant get a user's turn before them where the family wants it", () => {
    const messages = [assistant("Welcome!"), user("Hi")];
    const nova = translate({ messages }, { model: models.novaLite });
    expect(nova.request.messages?.[0]).toEqual({ role: "user", content: [{ text: "." }] });
    expect(nova.dropped).toEqual(["messages[0]"]);
    // Recorded: Claude takes it.
    const claude = translate({ messages }, { model: models.claudeSonnet45 });
    expect(claude.request.messages?.[0]?.role).toBe("assistant");
    expect(claude.dropped).toEqual([]);
  });

  it("that end with the assistant are continued, without trailing white space, by Claude that does", () => {
    const { request, dropped } = translate({ messages: [user("Hi"), assistant("The answer is ")] });
    expect(request.messages?.[1]?.content).toEqual([{ text: "The answer is" }]);
    expect(dropped).toEqual(["messages[1]"]);
  });

  it("that end with the assistant end in no white space before a cache mark either, nor where their thinking is moved", () => {
    const marked = { ...assistant("The answer is "), cache_control: { type: "ephemeral" } };
    const mark = { cachePoint: { type: "default" } };
    expect(lastOf([user("Hi"), marked])).toEqual([{ text: "The answer is" }, mark]);
    const blank = { type: "text", text: "\n", cache_control: { type: "ephemeral" } };
    const content = [{ type: "text", text: "The answer is " }, blank];
    expect(lastOf([user("Hi"), { role: "assistant", content }])).toEqual([{ text: "The answer is" }, mark]);
    const many = [{ type: "text", text: "The answer is" }, ...Array.from({ length: 50_000 }, () => blank)];
    expect(lastOf([user("Hi"), { role: "assistant", content: many }])).toEqual([{ text: "The answer is" }, mark]);
    const thinking = { type: "thinking", thinking: "t", signature: "s" };
    const reasoned = { reasoningContent: { reasoningText: { text: "t", signature: "s" } } };
    const late = { role: "assistant", content: [{ type: "text", text: "The answer is " }, thinking] };
    expect(lastOf([user("Hi"), late])).toEqual([reasoned, { text: "The answer is" }]);
    const alone = { role: "assistant", content: [thinking, blank] };
    expect(lastOf([user("Hi"), alone])).toEqual([reasoned]);
    const context = { model: models.claude37, refusesReasoningTurns: true };
    expect(translate({ messages: [user("Hi"), alone] }, context).request.messages).toHaveLength(1);
  });

  it("of reasoning alone are left out in time, however many there are", () => {
    const alone = { role: "assistant", content: [{ type: "thinking", thinking: "Hm", signature: "s" }] };
    const messages = Array.from({ length: 100_000 }, () => [user("Hi"), alone]).flat();
    const context = { model: models.claude37, refusesReasoningTurns: true };
    const { request } = translate({ messages: [...messages, user("Well?")] }, context);
    expect(request.messages?.map(({ content }) => content.length)).toEqual([100_001]);
  }, 30_000);

  it("that end with the assistant are refused for a model that does not continue them", () => {
    const act = (): unknown =>
      translate({ messages: [user("Hi"), assistant("The")] }, { model: models.claudeSonnet46 });
    expect(codeOf(act)).toBe("unsupported_parameter");
  });

  it("name the participant's name as left out", () => {
    expect(translate({ messages: [{ role: "user", name: "ann", content: "a" }] }).dropped).toEqual([
      "messages[0].name",
    ]);
  });
});

describe("calls of tools in history", () => {
  it("become toolUse after the text, and several results one user turn", () => {
    const messages = [
      user("weather?"),
      {
        role: "assistant",
        content: "Looking.",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: '{"city":"Rome"}' } },
          { id: "b", type: "function", function: { name: "f", arguments: '{"city":"Oslo"}' } },
        ],
      },
      result("a", "hot"),
      result("b", "cold"),
      user("and?"),
    ];
    const { request, dropped } = translate({ messages, tools: [tool] });
    expect(request.messages).toEqual([
      { role: "user", content: [{ text: "weather?" }] },
      {
        role: "assistant",
        content: [
          { text: "Looking." },
          { toolUse: { toolUseId: "a", name: "f", input: { city: "Rome" } } },
          { toolUse: { toolUseId: "b", name: "f", input: { city: "Oslo" } } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "a", content: [{ text: "hot" }] } },
          { toolResult: { toolUseId: "b", content: [{ text: "cold" }] } },
          { text: "and?" },
        ],
      },
    ]);
    expect(dropped).toEqual([]);
  });

  it("results come first in their turn, whatever the order of the messages", () => {
    const messages = [user("q"), call("a", "f", "{}"), user("wait"), result("a", "1")];
    const { request } = translate({ messages, tools: [tool] });
    expect(request.messages?.[2]?.content.map((block) => Object.keys(block)[0])).toEqual(["toolResult", "text"]);
  });

  it.each([
    ["an empty string", "", {}],
    ["white space", "  ", {}],
    ["nothing", undefined, {}],
    ["an object", { a: 1 }, { a: 1 }],
  ])("%s for arguments is no fault", (_name, args, input) => {
    const { request, dropped } = translate({
      messages: [user("q"), call("a", "f", args), result("a", "1")],
      tools: [tool],
    });
    expect(request.messages?.[1]?.content[0]?.toolUse?.input).toEqual(input);
    expect(dropped).toEqual([]);
  });

  it.each([
    ['{"city": "Ro', '{"city": "Ro'],
    ["[1]", [1]],
    ["7", 7],
  ])("arguments that are no JSON object are wrapped and named, and the conversation lives: %s", (args, wrapped) => {
    const { request, dropped } = translate({
      messages: [user("q"), call("a", "f", args), result("a", "1")],
      tools: [tool],
    });
    expect(request.messages?.[1]?.content[0]?.toolUse?.input).toEqual({ arguments: wrapped });
    expect(dropped).toEqual(["messages[1].tool_calls[0].function.arguments"]);
  });

  it.each([
    ["objects", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
    ["lists", `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
  ])("arguments that nest deeper than can be written are wrapped likewise: %s", (_name, args) => {
    const { request, dropped } = translate({
      messages: [user("q"), call("a", "f", args), result("a", "1")],
      tools: [tool],
    });
    expect(request.messages?.[1]?.content[0]?.toolUse?.input).toEqual({ arguments: args });
    expect(dropped).toEqual(["messages[1].tool_calls[0].function.arguments"]);
  });

  it("in OpenAI's older form is translated like tools", () => {
    const { request, dropped } = translate({
      tools: [{ type: "function", function: { name: "look up" } }],
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", content: null, function_call: { name: "look up", arguments: '{"a":1}' } },
        { role: "function", name: "look up", content: "first" },
        { role: "assistant", content: "", function_call: { name: "look up", arguments: "" } },
        { role: "function", name: "look up", content: "second" },
      ],
    });
    const turns = request.messages ?? [];
    const calls = turns.flatMap(({ content }) => content.flatMap(({ toolUse }) => toolUse ?? []));
    const results = turns.flatMap(({ content }) => content.flatMap(({ toolResult }) => toolResult ?? []));
    expect(turns.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant", "user"]);
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ["look_up", { a: 1 }],
      ["look_up", {}],
    ]);
    expect(results.map(({ content }) => content)).toEqual([[{ text: "first" }], [{ text: "second" }]]);
    expect(results.map(({ toolUseId }) => toolUseId)).toEqual(calls.map(({ toolUseId }) => toolUseId));
    expect(new Set(calls.map(({ toolUseId }) => toolUseId)).size).toBe(2);
    expect(dropped).toEqual([]);
  });

  it("in the older form are answered in time, however many there are", () => {
    const calls = Array.from({ length: 60_000 }, () => ({ role: "assistant", function_call: { name: "f" } }));
    const results = calls.map(() => ({ role: "function", name: "f", content: "1" }));
    const { request } = translate({ functions: [{ name: "f" }], messages: [user("q"), ...calls, ...results] });
    expect(request.messages?.map(({ content }) => content.length)).toEqual([1, 60_000, 60_000]);
  }, 30_000);

  it("a function's message without a call before it is refused", () => {
    const messages = [{ role: "function", name: "f", content: "1" }];
    expect(() => translate({ messages })).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "messages[0]" }),
    );
  });

  it("numbers that no double holds are named in arguments, and keep a result as text", () => {
    const { request, dropped } = translate(
      {
        tools: [{ type: "function", function: { name: "f" } }],
        messages: [
          { role: "user", content: "q" },
          {
            role: "assistant",
            tool_calls: [
              { id: "a", type: "function", function: { name: "f", arguments: '{"id":9007199254740993}' } },
              { id: "b", type: "function", function: { name: "f", arguments: '{"id":"9007199254740993"}' } },
            ],
          },
          { role: "tool", tool_call_id: "a", content: '{"n":1e400}' },
          { role: "tool", tool_call_id: "b", content: "1" },
        ],
      },
      { can: { toolResultJson: true } },
    );
    expect(dropped).toEqual(["messages[1].tool_calls[0].function.arguments"]);
    expect(request.messages?.[2]?.content[0]?.toolResult?.content).toEqual([{ text: '{"n":1e400}' }]);
  });

  it("ids that AWS refuses are replaced alike in call and result, and named", () => {
    const id = `call|${"x".repeat(80)}`;
    const { request, dropped } = translate({
      messages: [user("q"), call(id, "f", "{}"), result(id, "1")],
      tools: [tool],
    });
    const sent = request.messages?.[1]?.content[0]?.toolUse?.toolUseId ?? "";
    expect(sent).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
    expect(request.messages?.[2]?.content[0]?.toolResult?.toolUseId).toBe(sent);
    expect(dropped).toEqual(["messages[1].tool_calls[0].id", "messages[2].tool_call_id"]);
  });

  /** Of each turn: its calls' or results' ids. */
  const idsIn = ({ request }: Translated): string[][] =>
    (request.messages ?? []).map(({ content }) =>
      content.flatMap(({ toolUse, toolResult }) => toolUse?.toolUseId ?? toolResult?.toolUseId ?? []),
    );

  it("ids that another model has counted anew in each answer are Claude's own, and each result follows its call", () => {
    const id = "f_0";
    const messages = [user("q"), call(id, "f", "{}"), result(id, "1"), call(id, "f", "{}"), result(id, "2"), user("?")];
    const sent = translate({ messages, tools: [tool] });
    expect(idsIn(sent)).toEqual([[], [id], [id], [`${id}_2`], [`${id}_2`]]);
    expect(sent.dropped).toEqual(["messages[3]", "messages[4]"]);
    const kept = translate({ messages, tools: [tool] }, { model: "moonshot.kimi-k2-thinking" });
    expect(idsIn(kept)).toEqual([[], [id], [id], [id], [id]]);
    expect(kept.dropped).toEqual([]);
  });

  it("ids that come twice in a turn are told apart in their order, for all models", () => {
    const messages = [
      user("q"),
      call("a", "f", "{}"),
      call("a", "f", "{}"),
      call("a_2", "f", "{}"),
      result("a", "1"),
      result("a_2", "3"),
      result("a", "2"),
    ];
    for (const model of [models.claudeSonnet45, models.novaLite]) {
      const sent = translate({ messages, tools: [tool] }, { model });
      expect(idsIn(sent)).toEqual([[], ["a", "a_2", "a_2_2"], ["a", "a_2_2", "a_2"]]);
      const results = sent.request.messages?.[2]?.content.map(({ toolResult }) => toolResult?.content);
      expect(results).toEqual([[{ text: "1" }], [{ text: "3" }], [{ text: "2" }]]);
      expect(sent.dropped).toEqual(["messages[1]", "messages[4]"]);
    }
  });

  it("several results of one call are one, with all that they say", () => {
    const failed = { role: "tool", tool_call_id: "a", content: "2", is_error: true };
    const messages = [
      user("q"),
      call("a", "f", "{}"),
      call("b", "f", "{}"),
      result("a", "1"),
      result("b", "3"),
      failed,
    ];
    const { request, dropped } = translate({ messages, tools: [tool] });
    expect(request.messages?.[2]?.content).toEqual([
      { toolResult: { toolUseId: "a", content: [{ text: "1" }, { text: "2" }], status: "error" } },
      { toolResult: { toolUseId: "b", content: [{ text: "3" }] } },
    ]);
    expect(dropped).toEqual(["messages[3]"]);
  });

  it("ids of Kimi's, whose dots and colons Claude refuses, are replaced for Claude alone", () => {
    const id = "functions.get_temperature:0";
    const messages = [user("q"), call(id, "f", "{}"), result(id, "1")];
    const sentTo = (model: string): unknown =>
      translate({ messages, tools: [tool] }, { model }).request.messages?.map(({ content: [block] }) =>
        block?.toolUse === undefined ? block?.toolResult?.toolUseId : block.toolUse.toolUseId,
      );
    expect(sentTo("moonshot.kimi-k2-thinking")).toEqual([undefined, id, id]);
    const fitting = expect.stringMatching(/^functions_get_temperature_0_[0-9a-f]{8}$/) as unknown;
    expect(sentTo(models.claudeSonnet45)).toEqual([undefined, fitting, fitting]);
  });

  it.each([models.mistralLarge, "us.mistral.pixtral-large-2502-v1:0"])(
    "ids are nine letters or digits for %s, but for AWS's own, alike in call and result",
    (model) => {
      const own = "tooluse_daIKOZu4g4GrvIIv9wdqy4";
      const ids = ["a", "b", "call_abcdefgh1", "call_abcdefgh2", "abcdefgh1", own];
      const calls = ids.map((id) => ({ id, function: { name: "f", arguments: "{}" } }));
      const messages = [user("q"), { role: "assistant", tool_calls: calls }, ...ids.map((id) => result(id, "1"))];
      const { request, dropped } = translate({ messages, tools: [tool] }, { model });
      const sent = request.messages?.[1]?.content.map(({ toolUse }) => toolUse?.toolUseId ?? "") ?? [];
      expect(sent.slice(4)).toEqual(["abcdefgh1", own]);
      expect(sent.slice(0, 4)).toEqual(Array(4).fill(expect.stringMatching(/^[a-z0-9]{9}$/)));
      expect(new Set(sent).size).toBe(ids.length);
      expect(request.messages?.[2]?.content.map(({ toolResult }) => toolResult?.toolUseId)).toEqual(sent);
      expect(dropped).toHaveLength(8);
    },
  );

  it("ids that differ only in what AWS refuses stay different", () => {
    const { request } = translate({
      messages: [user("q"), call("a|b", "f", "{}"), call("a/b", "f", "{}"), result("a|b", "1"), result("a/b", "2")],
      tools: [tool],
    });
    const ids = request.messages?.[1]?.content.map((block) => block.toolUse?.toolUseId);
    expect(new Set(ids).size).toBe(2);
  });

  it("lose the text beside them on a family that refuses it, by name", () => {
    const messages = [user("q"), { ...call("a", "f", "{}"), content: "Looking." }, result("a", "1")];
    const { request, dropped } = translate({ messages, tools: [tool] }, { model: models.llama33 });
    expect(request.messages?.[1]?.content).toEqual([{ toolUse: { toolUseId: "a", name: "f", input: {} } }]);
    expect(dropped).toEqual(["messages[1]"]);
  });

  it("lose the text of other messages of the same turn, each by its own name", () => {
    const messages = [
      user("q"),
      assistant("One."),
      { ...call("a", "f", "{}"), content: "Two." },
      assistant("Three."),
      result("a", "1"),
    ];
    const { request, dropped } = translate({ messages, tools: [tool] }, { model: models.llama33 });
    expect(request.messages?.[1]?.content).toEqual([{ toolUse: { toolUseId: "a", name: "f", input: {} } }]);
    expect(dropped).toEqual(["messages[1]", "messages[2]", "messages[3]"]);
  });

  it("have their results alone in the turn where the family needs it", () => {
    const messages = [user("q"), call("a", "f", "{}"), result("a", "1"), user("and?")];
    const { request, dropped } = translate({ messages, tools: [tool] }, { model: models.writer });
    expect(request.messages?.slice(2)).toEqual([
      { role: "user", content: [{ toolResult: { toolUseId: "a", content: [{ text: "1" }] } }] },
      { role: "assistant", content: [{ text: "." }] },
      { role: "user", content: [{ text: "and?" }] },
    ]);
    expect(dropped).toEqual(["messages[2]"]);
  });
});

describe("results of tools", () => {
  const history = (content: unknown, extra: JsonObject = {}): JsonObject => ({
    messages: [user("q"), call("a", "f", "{}"), { ...result("a", ""), content: content as string, ...extra }],
    tools: [tool],
  });
  const contentOf = (body: JsonObject, model?: string): unknown =>
    translate(body, model === undefined ? {} : { model }).request.messages?.at(-1)?.content;

  it("carry text, images, documents and JSON", () => {
    const content = [
      { type: "text", text: "see" },
      { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      { type: "file", file: { filename: "a.pdf", file_data: "JVBERi0xLjQ=" } },
      { json: { rows: [1] } },
    ];
    expect(contentOf(history(content))).toEqual([
      {
        toolResult: {
          toolUseId: "a",
          content: [
            { text: "see" },
            { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } },
            { document: { format: "pdf", name: "a", source: { bytes: "JVBERi0xLjQ=" } } },
            { json: { rows: [1] } },
          ],
        },
      },
    ]);
  });

  it("that are empty have no content", () => {
    expect(contentOf(history(""))).toEqual([{ toolResult: { toolUseId: "a", content: [] } }]);
  });

  it("that failed say so, by either spelling", () => {
    const failed = [{ toolResult: { toolUseId: "a", content: [{ text: "no" }], status: "error" } }];
    expect(contentOf(history("no", { is_error: true }))).toEqual(failed);
    expect(contentOf(history("no", { status: "error" }))).toEqual(failed);
  });

  it("keep the failure to themselves on a model that refuses the field, by name", () => {
    const { request, dropped } = translate(history("no", { is_error: true }), { model: models.writer });
    expect(request.messages?.at(-1)?.content).toEqual([{ toolResult: { toolUseId: "a", content: [{ text: "no" }] } }]);
    expect(dropped).toEqual(["messages[2].is_error"]);
  });

  it("have their media beside them where the model refuses it inside, by name", () => {
    const content = [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }];
    const { request, dropped } = translate(history(content), { facts: {}, can: { toolResultMedia: [] } });
    expect(request.messages?.at(-1)?.content).toEqual([
      { toolResult: { toolUseId: "a", content: [{ text: "The result is attached to this message." }] } },
      { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } },
    ]);
    expect(dropped).toEqual(["messages[2].content[0]"]);
    expect(translate(history(content), { model: models.gpt56 }).request.messages?.at(-1)?.content).toEqual(
      request.messages?.at(-1)?.content,
    );
  });

  it("that are JSON objects go as JSON to a family that wants it, other text as text", () => {
    expect(contentOf(history('{"a":1}'), models.mistralLarge)).toEqual([
      { toolResult: { toolUseId: expect.any(String), content: [{ json: { a: 1 } }] } },
    ]);
    expect(contentOf(history("{a"), models.mistralLarge)).toEqual([
      { toolResult: { toolUseId: expect.any(String), content: [{ text: "{a" }] } },
    ]);
    expect(contentOf(history('{"a":1}'))).toEqual([{ toolResult: { toolUseId: "a", content: [{ text: '{"a":1}' }] } }]);
  });
});

describe("reasoning in history", () => {
  const signature = "EqQBCkYIBRgCIkD+/=\nline two+/==";
  const thinking = { type: "thinking", thinking: "Let me see.", signature };
  const reasoned = { reasoningContent: { reasoningText: { text: "Let me see.", signature } } };
  const turnOf = (message: JsonObject, model: string): { content: unknown; dropped: string[] } => {
    const { request, dropped } = translate({ messages: [user("q"), message, user("go on")] }, { model });
    return { content: request.messages?.[1]?.content, dropped };
  };

  it("goes back first in its turn with its signature byte-identical, from thinking parts", () => {
    const message = { role: "assistant", content: [thinking, { type: "text", text: "4" }] };
    expect(turnOf(message, models.claude37)).toEqual({ content: [reasoned, { text: "4" }], dropped: [] });
  });

  it("is moved to the head of its turn, by name", () => {
    const message = { role: "assistant", content: [{ type: "text", text: "4" }, thinking] };
    expect(turnOf(message, models.claude37)).toEqual({ content: [reasoned, { text: "4" }], dropped: ["messages[1]"] });
  });

  it("stays where it stands for a model that binds it to what is before it, which is adaptive", () => {
    const message = {
      role: "assistant",
      content: [{ type: "text", text: "4" }, thinking, { type: "text", text: "5" }],
    };
    const content = [{ text: "4" }, reasoned, { text: "5" }];
    expect(turnOf(message, models.claudeOpus55)).toEqual({ content, dropped: [] });
  });

  it("behind what was said is left out by name: Claude's turn may not end in it; alone it goes as it came", () => {
    const after = { role: "assistant", content: [thinking, { type: "text", text: "4" }, thinking] };
    expect(turnOf(after, models.claude37)).toEqual({ content: [reasoned, { text: "4" }], dropped: ["messages[1]"] });
    const alone = { role: "assistant", content_blocks: [thinking] };
    expect(turnOf(alone, models.claude37)).toEqual({ content: [reasoned], dropped: [] });
    expect(turnOf({ role: "assistant", reasoning_content: "x" }, models.gptOss).dropped).toEqual([]);
  });

  it("goes back from content_blocks, which win over content", () => {
    const message = {
      role: "assistant",
      content: "other",
      content_blocks: [thinking, { type: "redacted_thinking", data: "c2VhbGVk" }, { type: "text", text: "4" }],
    };
    const content = [reasoned, { reasoningContent: { redactedContent: "c2VhbGVk" } }, { text: "4" }];
    expect(turnOf(message, models.claude37)).toEqual({ content, dropped: ["messages[1].content"] });
    expect(turnOf({ ...message, content: "4" }, models.claude37)).toEqual({ content, dropped: [] });
  });

  it.each<[string, JsonValue]>([
    ["a text", "4"],
    ["parts", [{ type: "text", text: "4" }]],
  ])("goes back from content_blocks that hold nothing else, with %s from content", (_name, content) => {
    const message = { role: "assistant", content, content_blocks: [thinking] };
    expect(turnOf(message, models.claude37)).toEqual({ content: [reasoned, { text: "4" }], dropped: [] });
  });

  it("goes back to who sealed it: to the other of Claude and GPT it means nothing, and Claude refuses the request for it", () => {
    const gpts = { type: "redacted_thinking", data: Buffer.from("rsn_5ZVrif4J0bXI").toString("base64") };
    const claudes = { type: "redacted_thinking", data: Buffer.from("EmwKAhgBEgy").toString("base64") };
    const message = { role: "assistant", content: [thinking, gpts, claudes, { type: "text", text: "4" }] };
    const sealed = ({ data }: { data: string }) => ({ reasoningContent: { redactedContent: data } });
    const [first, second, third] = [0, 1, 2].map((index) => `messages[1].content[${index}]`);
    expect(turnOf(message, models.gpt56)).toEqual({ content: [sealed(gpts), { text: "4" }], dropped: [first, third] });
    expect(turnOf(message, models.claude37)).toEqual({
      content: [reasoned, sealed(claudes), { text: "4" }],
      dropped: [second],
    });
    const plain = { role: "assistant", content: "4", reasoning_content: "x" };
    expect(turnOf(plain, models.gpt56)).toEqual({
      content: [{ text: "4" }],
      dropped: ["messages[1].reasoning_content"],
    });
  });

  it("goes back from the pieces of a stream that Python's SDK has joined", () => {
    const pieces = [{ delta: { thinking: "Let me see.", signature } }, { delta: { data: "c2VhbGVk" } }];
    const sealed = { reasoningContent: { redactedContent: "c2VhbGVk" } };
    const numbered = [...pieces, { delta: { text: "4" } }].map((piece, index) => ({ index, ...piece }));
    const message = { role: "assistant", content: "4", content_blocks: numbered };
    expect(turnOf(message, models.claude37)).toEqual({ content: [reasoned, sealed, { text: "4" }], dropped: [] });
    const calling = { ...call("a", "f", "{}"), content_blocks: pieces };
    const { request } = translate({ messages: [user("q"), calling, result("a", "1")] }, { model: models.claude37 });
    expect(request.messages?.[1]?.content?.slice(0, 2)).toEqual([reasoned, sealed]);
  });

  it.each<[string, JsonObject]>([
    ["a text's end", { text: " and four" }],
    ["thinking's end", { thinking: " see." }],
    ["a signature", { signature }],
    ["a citation", { text: "Two and four", citation: { title: "a" } }],
  ])(
    "that a stream's helper has kept as its last piece, %s, is left out by name: the content is whole",
    (_name, delta) => {
      const message = { role: "assistant", content: "Two and four", content_blocks: [{ index: 1, delta }] };
      expect(turnOf(message, models.claude37)).toEqual({
        content: [{ text: "Two and four" }],
        dropped: ["messages[1].content_blocks"],
      });
    },
  );

  it("of a family that reasons in the open goes back beside blocks that have none", () => {
    const message = {
      role: "assistant",
      content: "4",
      content_blocks: [{ type: "text", text: "4" }],
      reasoning_content: "x",
    };
    expect(turnOf(message, models.gptOss)).toEqual({
      content: [{ reasoningContent: { reasoningText: { text: "x" } } }, { text: "4" }],
      dropped: [],
    });
    expect(turnOf(message, models.claude37).dropped).toEqual(["messages[1].reasoning_content"]);
  });

  it("goes back before the call that it led to, from content_blocks and tool_calls", () => {
    const messages = [user("q"), { ...call("a", "f", "{}"), content_blocks: [thinking] }, result("a", "1")];
    const { request } = translate({ messages, tools: [tool] }, { model: models.claude37 });
    expect(request.messages?.[1]?.content).toEqual([reasoned, { toolUse: { toolUseId: "a", name: "f", input: {} } }]);
  });

  it("without a signature is not Claude's to take back, and named", () => {
    const unsigned = {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "x" },
        { type: "text", text: "4" },
      ],
    };
    expect(turnOf(unsigned, models.claude37)).toEqual({
      content: [{ text: "4" }],
      dropped: ["messages[1].content[0]"],
    });
    const plain = { role: "assistant", content: "4", reasoning_content: "x" };
    expect(turnOf(plain, models.claude37)).toEqual({
      content: [{ text: "4" }],
      dropped: ["messages[1].reasoning_content"],
    });
  });

  it("with an empty signature has none, for a family that signs nothing", () => {
    const content = [{ reasoningContent: { reasoningText: { text: "x" } } }, { text: "4" }];
    for (const thought of [
      { type: "thinking", thinking: "x", signature: "" },
      { reasoningContent: { reasoningText: { text: "x", signature: "" } } },
    ]) {
      const message = { role: "assistant", content: [thought, { type: "text", text: "4" }] };
      expect(turnOf(message, models.nova2)).toEqual({ content, dropped: [] });
    }
  });

  it("goes back as reasoning_content to a family that reasons in the open", () => {
    const plain = { role: "assistant", content: "4", reasoning_content: "x" };
    expect(turnOf(plain, models.gptOss)).toEqual({
      content: [{ reasoningContent: { reasoningText: { text: "x" } } }, { text: "4" }],
      dropped: [],
    });
  });

  it.each([models.novaLite, models.llama33, models.claude3Haiku, models.gptOss])(
    "that Claude signed does not go to %s",
    (model) => {
      const message = { role: "assistant", content: [thinking, { type: "text", text: "4" }] };
      expect(turnOf(message, model)).toEqual({ content: [{ text: "4" }], dropped: ["messages[1].content[0]"] });
    },
  );

  it("goes to a model that is not known, for AWS to judge", () => {
    const message = { role: "assistant", content: [thinking, { type: "text", text: "4" }] };
    expect(turnOf(message, models.opaque)).toEqual({ content: [reasoned, { text: "4" }], dropped: [] });
  });

  it("calls of tools that AWS ran go back to the family that has them, and to no other", () => {
    const ran = (name: string, type: string): JsonObject[] => [
      { type: "toolUse", toolUse: { toolUseId: "s", name, input: {}, type: "server_tool_use" } },
      { type: "toolResult", toolResult: { toolUseId: "s", type, status: "success", content: [{ text: "[HIDDEN]" }] } },
    ];
    const said = { type: "text", text: "4" };
    const grounding = ran("nova_grounding", "nova_grounding_result");
    const search = ran("tool_search_tool_regex", "tool_search_tool_result");
    const asSent = (blocks: JsonObject[]): JsonObject[] => blocks.map(({ type: _shown, ...block }) => block);
    const dropped = ["messages[1].content_blocks[0]", "messages[1].content_blocks[1]"];
    for (const [blocks, owner, others] of [
      [grounding, models.nova2, [models.claude37, models.llama33, models.mistralLarge, models.gptOss]],
      [search, models.claude37, [models.nova2, models.llama33]],
    ] as const) {
      const message = { role: "assistant", content: "4", content_blocks: [...blocks, said] };
      for (const model of [owner, models.opaque]) {
        expect(turnOf(message, model)).toEqual({ content: [...asSent(blocks), { text: "4" }], dropped: ["tools"] });
      }
      for (const model of others) {
        expect(turnOf(message, model)).toEqual({ content: [{ text: "4" }], dropped });
      }
    }
  });

  it("a block of a kind that nobody knows, as an answer showed it, is left out and named", () => {
    const blocks = [
      { type: "oracle", oracle: { saw: 1 } },
      { type: "text", text: "4" },
    ];
    const message = { role: "assistant", content: "4", content_blocks: blocks };
    for (const model of [models.claude37, models.nova2]) {
      expect(turnOf(message, model)).toEqual({ content: [{ text: "4" }], dropped: ["messages[1].content_blocks[0]"] });
    }
  });

  it("citations of a loose answer go back with their text", () => {
    const citations = [{ title: "t", location: { documentChar: { documentIndex: 0, start: 0, end: 4 } } }];
    const message = { role: "assistant", content_blocks: [{ type: "text", text: "4", citations }] };
    expect(turnOf(message, models.claude37)).toEqual({
      content: [{ citationsContent: { content: [{ text: "4" }], citations } }],
      dropped: [],
    });
  });

  it("citations stay behind for a family that cites nothing, by name: the text goes to the model that a failover found", () => {
    const citations = [{ title: "t", location: { documentChar: { documentIndex: 0, start: 0, end: 4 } } }];
    const message = { role: "assistant", content_blocks: [{ type: "text", text: "4", citations }] };
    expect(turnOf(message, models.llama33)).toEqual({
      content: [{ text: "4" }],
      dropped: ["messages[1].content_blocks[0].citations"],
    });
    expect(turnOf(message, models.nova2).dropped).toEqual([]);
  });

  it("citations between two texts, as Nova's grounding writes them, do not go to Claude as an empty text", () => {
    const citations = [{ location: { web: { url: "https://a.example/", domain: "a.example" } } }];
    const texts = [
      { type: "text", text: "4" },
      { type: "text", text: "", citations },
      { type: "text", text: "." },
    ];
    const message = { role: "assistant", content: "4.", content_blocks: texts };
    expect(turnOf(message, models.nova2)).toEqual({
      content: [{ text: "4" }, { citationsContent: { content: [], citations } }, { text: "." }],
      dropped: [],
    });
    expect(turnOf(message, models.claude37)).toEqual({
      content: [{ text: "4" }, { text: "." }],
      dropped: ["messages[1].content_blocks[1].citations", "messages[1].content_blocks[1]"],
    });
  });
});
