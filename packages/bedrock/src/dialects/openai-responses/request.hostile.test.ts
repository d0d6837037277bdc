/** Bodies made to hurt: many of one thing. Work grows with the body, not with its square. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import { encryptedContent } from "./encrypted-content.ts";
import { translate } from "./testing/translate.ts";

/** Enough for the square to be felt, and more than a call takes as arguments. */
const many = 150_000;
const times = <Item>(make: (index: number) => Item, count = many): Item[] =>
  Array.from({ length: count }, (_value, index) => make(index));
const user: JsonObject = { role: "user", content: "q" };
const sealed = encryptedContent({ redactedContent: "AAEC" });

describe("a body with very many", () => {
  it.each<[name: string, body: () => JsonObject]>([
    [
      "messages",
      () => ({ input: [...times((index) => ({ role: index % 2 === 0 ? "assistant" : "user", content: "a" })), user] }),
    ],
    ["system messages", () => ({ input: [...times(() => ({ role: "developer", content: "a" })), user] })],
    ["parts", () => ({ input: [{ role: "user", content: times(() => ({ type: "input_text", text: "a" })) }] })],
    [
      "marks",
      () => ({
        input: [{ role: "user", content: times(() => ({ type: "input_text", text: "a", cache_control: {} })) }],
      }),
    ],
    [
      "reasoning items",
      () => ({ input: [user, ...times(() => ({ type: "reasoning", encrypted_content: sealed })), user] }),
    ],
    [
      "calls and outputs",
      () => ({
        input: [
          user,
          ...times((index) => ({ type: "function_call", call_id: `c${index}`, name: "f.g", arguments: "{}" }), 60_000),
          ...times((index) => ({ type: "function_call_output", call_id: `c${index}`, output: "r" }), 60_000),
        ],
      }),
    ],
    [
      "tools with names that AWS refuses",
      () => ({ tools: times((index) => ({ type: "function", name: `a.${index}` }), 60_000) }),
    ],
    ["names to include", () => ({ include: times((index) => `x${index}`, 60_000) })],
  ])(
    "%s is translated",
    (_name, body) => {
      expect(translate(body()).request.messages?.length).toBeGreaterThan(0);
    },
    20_000,
  );
});
