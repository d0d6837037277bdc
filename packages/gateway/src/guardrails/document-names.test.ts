/** AWS: "Messages can't contain duplicate document names", wherever in the conversation they stand. */
import type { JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import { CallGuard } from "./call-guard.ts";
import { withDistinctNames } from "./document-names.ts";
import { readHook } from "./read-hooks.ts";
import { checkContext } from "./testing/check-context.ts";

const redacting = { checks: [{ id: "default.pii", parameters: { categories: ["EMAIL_ADDRESS"], redact: true } }] };

/** The names that the documents of these messages have once addresses are masked, message by message. */
async function masked(names: readonly (readonly string[])[]): Promise<string[][]> {
  const named = (name: string): JsonObject => ({ document: { format: "txt", name, source: { text: "Hello" } } });
  const body = { messages: names.map((each) => ({ role: "user", content: each.map(named) })) };
  const guard = new CallGuard({
    hooks: { before: [readHook(redacting, { id: "hook", path: [] })], after: [] },
    request: {
      type: "converse",
      body,
      isStreaming: false,
      model: "m",
      modelAsked: "m",
      provider: "bedrock",
      metadata: {},
    },
    tools: checkContext().tools,
    now: () => 0,
    onFacts: () => {},
    onAsyncFacts: () => {},
    onPending: () => {},
  });
  const { messages } = { ...body, ...(await guard.before()) };
  return messages.map(({ content }) => content.map(({ document }) => (document as JsonObject)["name"] as string));
}

test("two masked names of documents stay two, beside one that stands there already", async () => {
  expect(await masked([["ann@example.com", "bob@example.com", "[EMAIL-ADDRESS] (2)", "notes"]])).toEqual([
    ["[EMAIL-ADDRESS]", "[EMAIL-ADDRESS] (3)", "[EMAIL-ADDRESS] (2)", "notes"],
  ]);
  expect(await masked([["ann@example.com"], ["bob@example.com", "ann@example.com"]])).toEqual([
    ["[EMAIL-ADDRESS]"],
    ["[EMAIL-ADDRESS] (2)", "[EMAIL-ADDRESS]"],
  ]);
});

test("a name that is cut for its number at a blank has no two of them, which AWS refuses", () => {
  const text = `${"a".repeat(195)} bcde`;
  const changed = [0, 1].map((index) => ({ path: ["messages", index, "document", "name"], text }));
  expect(withDistinctNames(changed, () => []).map((placed) => placed.text)).toEqual([text, `${"a".repeat(195)} (2)`]);
});

test("very many are named in time that grows as they do", async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `a${index}@example.com`);
  const [given] = await masked([names]);
  expect(new Set(given).size).toBe(names.length);
});

test("very many that begin alike, and differ where the number goes, too", () => {
  const count = 32_000;
  const path = (index: number) => ["messages", 0, "content", index, "document", "name"];
  const named = (textOf: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => ({ path: path(index), text: textOf(index) }));
  const end = (index: number) => `${"x".repeat(185)} ${index >> 1}`;
  const before = named((index) => `${index % 2 === 0 ? "ann" : "bob"}@example.com ${end(index)}`);
  const begun = performance.now();
  const distinct = withDistinctNames(
    named((index) => `[EMAIL-ADDRESS] ${end(index)}`),
    () => before,
  );
  expect(new Set(distinct.map(({ text }) => text)).size).toBe(count);
  // Each from its own number on it took a minute.
  expect(performance.now() - begun).toBeLessThan(10_000);
});
