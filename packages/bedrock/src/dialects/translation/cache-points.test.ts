import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../json.ts";
import { models, translate, type TranslateOptions } from "../openai-chat/testing/translate.ts";

const mark: JsonObject = { type: "ephemeral" };
const hour: JsonObject = { type: "ephemeral", ttl: "1h" };
const text = (words: string, control?: JsonObject): JsonObject => ({
  type: "text",
  text: words,
  ...(control !== undefined && { cache_control: control }),
});
const point = { cachePoint: { type: "default" } };
const hourPoint = { cachePoint: { type: "default", ttl: "1h" } };
const user = (content: JsonValue): JsonObject => ({ role: "user", content });
const tool = (name: string, extra: JsonObject = {}): JsonObject => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
  ...extra,
});

const contentOf = (content: JsonValue, options: TranslateOptions = {}): unknown =>
  translate({ messages: [user(content)] }, options).request.messages?.[0]?.content;

describe("cache_control", () => {
  it("and OpenAI's own breakpoint mean the same, of five minutes", () => {
    const byEither = [{ cache_control: { type: "ephemeral" } }, { prompt_cache_breakpoint: { mode: "explicit" } }].map(
      (field) =>
        translate({
          messages: [
            { role: "system", content: [{ type: "text", text: "Rules", ...field }] },
            user([
              { type: "text", text: "Long", ...field },
              { type: "text", text: "Now" },
            ]),
            {
              role: "assistant",
              tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
            },
            { role: "tool", tool_call_id: "1", content: [{ type: "text", text: "Result", ...field }] },
          ],
          tools: [tool("f")],
        }),
    );
    const [byMark, byBreakpoint] = byEither;
    expect(byBreakpoint?.request).toEqual(byMark?.request);
    expect(JSON.stringify(byMark?.request).match(/cachePoint/g)).toHaveLength(3);
    expect(byBreakpoint?.notes.dropped).toEqual([]);
  });

  it("names the time of OpenAI's own breakpoint, which Bedrock has not", () => {
    const field = { prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } };
    const { request, notes } = translate({
      messages: [
        user([{ type: "text", text: "Long", ...field }]),
        { role: "assistant", tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "1", content: [text("One"), { type: "text", text: "Two", ...field }] },
      ],
      tools: [tool("f")],
    });
    expect(JSON.stringify(request).match(/\{"cachePoint":\{"type":"default"\}\}/g)).toHaveLength(2);
    expect(notes.dropped).toEqual([
      "messages[0].content[0].prompt_cache_breakpoint.ttl",
      "messages[2].content[1].prompt_cache_breakpoint.ttl",
    ]);
  });

  it("on a part is a cache point behind its block", () => {
    expect(contentOf([text("a", mark), text("b")])).toEqual([{ text: "a" }, point, { text: "b" }]);
  });

  it("keeps its ttl, and has none where none was given", () => {
    expect(contentOf([text("a", hour)])).toEqual([{ text: "a" }, hourPoint]);
    expect(contentOf([text("a", { type: "ephemeral", ttl: "5m" })])).toEqual([
      { text: "a" },
      { cachePoint: { type: "default", ttl: "5m" } },
    ]);
  });

  it("on a message, a system part and a tool, inside its function too", () => {
    const { request, dropped } = translate({
      messages: [
        { role: "system", content: [text("S", mark)] },
        { ...user("a"), cache_control: mark },
      ],
      tools: [tool("f", { cache_control: mark }), { type: "function", function: { name: "g", cache_control: mark } }],
    });
    expect(request.system).toEqual([{ text: "S" }, point]);
    expect(request.messages?.[0]?.content).toEqual([{ text: "a" }, point]);
    expect(request.toolConfig?.tools.map((each) => Object.keys(each)[0])).toEqual([
      "toolSpec",
      "cachePoint",
      "toolSpec",
      "cachePoint",
    ]);
    expect(dropped).toEqual([]);
  });

  it("on a tool's message, or on a part in it, is a cache point behind the result and not inside it", () => {
    const messages = (content: JsonValue, extra: JsonObject): JsonValue[] => [
      user("q"),
      { role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "a", content, ...extra },
    ];
    const expected = [{ toolResult: { toolUseId: "a", content: [{ text: "1" }] } }, point];
    const tools = [tool("f")];
    expect(
      translate({ messages: messages("1", { cache_control: mark }), tools }).request.messages?.[2]?.content,
    ).toEqual(expected);
    expect(translate({ messages: messages([text("1", mark)], {}), tools }).request.messages?.[2]?.content).toEqual(
      expected,
    );
  });

  it("in AWS's own shape obeys the same rules", () => {
    expect(contentOf([text("a"), point])).toEqual([{ text: "a" }, point]);
    expect(contentOf([point, text("a")])).toEqual([{ text: "a" }]);
  });

  it("behind a document has a line break between, as AWS takes it (recorded)", () => {
    const file = { type: "file", file: { filename: "a.txt", file_data: "eA==" }, cache_control: mark };
    expect(contentOf([text("t"), file])).toEqual([
      { text: "t" },
      { document: { format: "txt", name: "a", source: { bytes: "eA==" } } },
      { text: "\n" },
      point,
    ]);
  });

  it("on white space, which AWS takes with a mark (recorded), keeps it", () => {
    expect(contentOf([text("a"), text("\n", mark)])).toEqual([{ text: "a" }, { text: "\n" }, point]);
  });
});

describe("cache marks that AWS would refuse", () => {
  it("never stand on thinking, which takes none, and are named", () => {
    const thinking = { type: "thinking", thinking: "2 + 2", signature: "c2ln" };
    const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
    const { request, dropped } = translate({
      messages: [
        user("a"),
        { role: "assistant", content: [thinking, point], tool_calls: [call] },
        { role: "tool", tool_call_id: "1", content: "b" },
        { role: "assistant", content: [thinking], cache_control: mark },
      ],
      tools: [tool("f")],
    });
    expect(JSON.stringify(request)).not.toContain("cachePoint");
    expect(dropped).toEqual(["messages[1].content[1]", "messages[3].cache_control"]);
  });

  it("never reach a model without caching, and are named", () => {
    const { request, dropped } = translate(
      {
        messages: [{ role: "system", content: [text("S", mark)] }, user([text("a", mark)])],
        tools: [tool("f", { cache_control: mark })],
      },
      { model: models.claude3Haiku },
    );
    expect(JSON.stringify(request)).not.toContain("cachePoint");
    expect(dropped).toEqual([
      "tools[0].cache_control",
      "messages[0].content[0].cache_control",
      "messages[1].content[0].cache_control",
    ]);
  });

  it("stand only where the model caches: Nova not in tools", () => {
    const { request, dropped } = translate(
      {
        messages: [{ role: "system", content: [text("S", mark)] }, user("a")],
        tools: [tool("f", { cache_control: mark })],
      },
      { model: models.novaLite },
    );
    expect(request.system).toEqual([{ text: "S" }, point]);
    expect(request.toolConfig?.tools).toHaveLength(1);
    expect(dropped).toEqual(["tools[0].cache_control"]);
  });

  it("are four at most: the earliest of the messages go", () => {
    const messages = [
      { role: "system", content: [text("S", mark)] },
      user(["a", "b", "c", "d"].map((words) => text(words, mark))),
    ];
    const { request, dropped } = translate({ messages, tools: [tool("f", { cache_control: mark })] });
    expect(request.toolConfig?.tools.at(-1)).toEqual(point);
    expect(request.system?.at(-1)).toEqual(point);
    expect(request.messages?.[0]?.content).toEqual([
      { text: "a" },
      { text: "b" },
      { text: "c" },
      point,
      { text: "d" },
      point,
    ]);
    expect(dropped).toEqual(["messages[1].content[0].cache_control", "messages[1].content[1].cache_control"]);
  });

  it("of an hour behind one of five minutes become five minutes, by name", () => {
    const { request, dropped } = translate({
      messages: [{ role: "system", content: [text("S", mark)] }, user([text("a", hour)])],
    });
    expect(request.messages?.[0]?.content).toEqual([{ text: "a" }, point]);
    expect(dropped).toEqual(["messages[1].content[0].cache_control.ttl"]);
    const ordered = translate({ messages: [{ role: "system", content: [text("S", hour)] }, user([text("a", mark)])] });
    expect([ordered.request.system?.at(-1), ordered.dropped]).toEqual([hourPoint, []]);
  });

  it("of an hour are five minutes on a model without the hour, by name", () => {
    const { request, dropped } = translate({ messages: [user([text("a", hour)])] }, { model: models.claude37 });
    expect(request.messages?.[0]?.content).toEqual([{ text: "a" }, point]);
    expect(dropped).toEqual(["messages[0].content[0].cache_control.ttl"]);
  });

  it("have no ttl for Nova, which refuses the field, by name", () => {
    for (const ttl of ["5m", "1h"]) {
      const { request, dropped } = translate({ messages: [user([text("a", { ttl })])] }, { model: models.novaLite });
      expect(request.messages?.[0]?.content).toEqual([{ text: "a" }, point]);
      expect(dropped).toEqual(["messages[0].content[0].cache_control.ttl"]);
    }
  });

  it("stand before documents on other families than Claude (recorded with Nova and video), by name", () => {
    const file = { type: "file", file: { filename: "a.txt", file_data: "eA==" }, cache_control: mark };
    const { request, dropped } = translate({ messages: [user([text("t"), file])] }, { model: models.novaLite });
    expect(request.messages?.[0]?.content.map((block) => Object.keys(block)[0])).toEqual([
      "text",
      "cachePoint",
      "document",
    ]);
    expect(dropped).toEqual(["messages[0].content[1].cache_control"]);
  });

  it("take the white space with them that stood there for them", () => {
    const { request } = translate({ messages: [user([text("a"), text("\n", mark)])] }, { model: models.claude3Haiku });
    expect(request.messages?.[0]?.content).toEqual([{ text: "a" }]);
  });
});
