import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import { models, translate } from "./testing/translate.ts";

const png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==";
const user = (...content: JsonObject[]): JsonObject => ({ messages: [{ role: "user", content }] });

describe("fields that nothing reads are named", () => {
  it.each<[JsonObject, string[]]>([
    [user({ type: "text", text: "a", foo: 1 }), ["messages[0].content[0].foo"]],
    [user({ type: "text", text: "a", foo: null, cache: "", list: [], map: {}, index: 0 }), []],
    [
      user({ type: "image_url", foo: 1, image_url: { url: png, detail: "auto", bar: 1 } }),
      ["messages[0].content[0].foo", "messages[0].content[0].image_url.bar"],
    ],
    [user({ type: "image_url", image_url: png }), []],
    [
      user(
        { type: "text", text: "a" },
        { type: "file", file: { file_data: "JVBERi0xLjQK", filename: "a.pdf", file_id: "f" } },
      ),
      ["messages[0].content[1].file.file_id"],
    ],
    [
      user({ type: "text", text: "a" }, { type: "guardContent", guardContent: { text: { text: "b" } }, foo: 1 }),
      ["messages[0].content[1].foo"],
    ],
    [
      { messages: [{ role: "user", content: "a", content_blocks: [{ text: "b" }], refusal: "c", status: "error" }] },
      ["messages[0].content_blocks", "messages[0].refusal", "messages[0].status"],
    ],
    [
      {
        tools: [{ toolSpec: { name: "f", inputSchema: { json: {} } }, cachePoint: { type: "default" }, strict: true }],
      },
      ["tools[0].cachePoint", "tools[0].strict"],
    ],
    [{ response_format: { type: "text", foo: 1 } }, ["response_format.foo"]],
    [{ response_format: { type: "text", schema: { type: "object" } } }, ["response_format.schema"]],
    [{ response_format: { type: "json_object", json_schema: { name: "a" } } }, ["response_format.json_schema"]],
    [
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "a", schema: { type: "object", additionalProperties: false }, foo: 1 },
        },
      },
      ["response_format.json_schema.foo"],
    ],
    [{ stream: true, stream_options: { include_usage: true, include_obfuscation: false } }, []],
    [{ stream: true, stream_options: { include_obfuscation: true } }, ["stream_options.include_obfuscation"]],
    [
      {
        tools: [{ type: "function", function: { name: "f" } }],
        tool_choice: { type: "function", foo: 1, function: { name: "f", bar: 1 } },
      },
      ["tool_choice.foo", "tool_choice.function.bar"],
    ],
  ])("%j", (body, dropped) => {
    expect(translate(body).dropped).toEqual(dropped);
  });

  it("in calls and in results of the history", () => {
    const { dropped } = translate(
      {
        tools: [{ type: "function", function: { name: "f" } }],
        messages: [
          { role: "user", content: "q" },
          {
            role: "assistant",
            tool_calls: [
              {
                id: "a",
                type: "function",
                index: 0,
                extra: { b: 1 },
                function: { name: "f", arguments: "{}", foo: 1 },
              },
            ],
          },
          { role: "tool", tool_call_id: "a", content: [{ type: "text", text: "1", foo: 1 }] },
        ],
      },
      { model: models.claudeSonnet45 },
    );
    expect(dropped).toEqual([
      "messages[1].tool_calls[0].extra",
      "messages[1].tool_calls[0].function.foo",
      "messages[2].content[0].foo",
    ]);
  });
});
