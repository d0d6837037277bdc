/** Bodies made to hurt: many of one thing, and names that would break a header. Work grows with the body, not with its square. */
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../json.ts";
import { models, translate } from "./testing/translate.ts";

/** Enough for the square to be felt. */
const many = 60_000;
/** More than a call takes as arguments. */
const beyondSpread = 150_000;
const times = <Item>(make: (index: number) => Item, count = many): Item[] =>
  Array.from({ length: count }, (_value, index) => make(index));

describe("a body with very many", () => {
  const bodies: [name: string, body: () => JsonObject, model?: string][] = [
    [
      "empty messages",
      () => ({ messages: [{ role: "user", content: "a" }, ...times(() => ({ role: "user", content: "" }))] }),
    ],
    [
      "messages",
      () => ({
        messages: times((index) => ({ role: index % 2 === 0 ? "user" : "assistant", content: "a" })).concat({
          role: "user",
          content: "z",
        }),
      }),
    ],
    [
      "system messages",
      () => ({ messages: [...times(() => ({ role: "system", content: "s" })), { role: "user", content: "a" }] }),
    ],
    [
      "parts in one message",
      () => ({ messages: [{ role: "user", content: times(() => ({ type: "text", text: "a" }), beyondSpread) }] }),
    ],
    [
      "cache marks",
      () => ({
        messages: [
          { role: "user", content: times(() => ({ type: "text", text: "a", cache_control: { type: "ephemeral" } })) },
        ],
      }),
    ],
    [
      "bare cache marks",
      () => ({
        messages: [
          {
            role: "user",
            content: [{ type: "text", text: "a" }, ...times(() => ({ cachePoint: { type: "default" } }))],
          },
        ],
      }),
    ],
    [
      "letters of one kind in a text beside its blocks",
      () => {
        const half = "a".repeat(100_000);
        const said = {
          role: "assistant",
          content: `${half}b${half}`,
          content_blocks: [{ type: "text", text: "a".repeat(400_000) }],
        };
        return { messages: [{ role: "user", content: "a" }, said, { role: "user", content: "z" }] };
      },
    ],
    [
      "documents of one name",
      () => ({
        messages: [
          { role: "user", content: times(() => ({ type: "file", file: { filename: "a.txt", file_data: "eA==" } })) },
        ],
      }),
    ],
    [
      "calls and results, with words between",
      () => ({
        messages: [
          { role: "user", content: "q" },
          {
            role: "assistant",
            tool_calls: times((index) => ({ id: `c${index}`, function: { name: "f", arguments: "{}" } })),
          },
          ...times((index): JsonValue => ({ role: "tool", tool_call_id: `c${index}`, content: "r" })),
          ...times((index): JsonValue =>
            index % 2 === 0
              ? { role: "user", content: "w" }
              : { role: "tool", tool_call_id: `c${index}`, content: "r" },
          ),
        ],
      }),
      models.writer,
    ],
    [
      "calls of one id",
      () => ({
        messages: [
          { role: "user", content: "q" },
          { role: "assistant", tool_calls: times(() => ({ id: "c", function: { name: "f", arguments: "{}" } })) },
          ...times((): JsonValue => ({ role: "tool", tool_call_id: "c", content: "r" })),
        ],
      }),
    ],
    [
      "results of one call",
      () => ({
        messages: [
          { role: "user", content: "q" },
          { role: "assistant", tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }] },
          ...times((): JsonValue => ({ role: "tool", tool_call_id: "c", content: "r" })),
        ],
      }),
    ],
    [
      "tools with names that AWS refuses",
      () => ({ tools: times((index) => ({ type: "function", function: { name: `a.${index}` } })) }),
    ],
    ["beta flags", () => ({ anthropic_beta: times((index) => `flag-${index}`) })],
    ["unknown fields", () => Object.fromEntries(times((index) => [`field_${index}`, 1]))],
    ["stops", () => ({ stop: times(() => "") })],
  ];
  it.each(bodies)(
    "%s is translated",
    (_name, body, model) => {
      expect(translate(body(), model === undefined ? {} : { model }).request.messages?.length).toBeGreaterThan(0);
    },
    20_000,
  );
});

describe("what is named", () => {
  it("fits a header: ASCII without a comma, and short", () => {
    const { dropped } = translate({ "a\r\nset-cookie: x, y": 1, ["z".repeat(5000)]: 1, metadata: { 天: "气" } });
    expect(dropped).toHaveLength(3);
    for (const path of dropped) {
      expect(path).toMatch(/^[!-~]{1,200}$/);
      expect(path).not.toContain(",");
    }
  });
});
