import { describe, expect, it } from "vitest";
import { recordingsOf } from "../wire/testing/recordings.ts";
import { beginsWebSearch, webSearchesIn, withWebSearches } from "./web-searches.ts";

/** As recorded of ConverseStream. */
const search = { toolUseId: "tooluse_1", name: "nova_grounding", type: "server_tool_use" };
const found = { toolResult: { toolUseId: "tooluse_1", type: "nova_grounding_result", content: [] } };

describe("searches of the web", () => {
  it("are counted in a whole answer by their calls, not by what they found", () => {
    const content = [{ toolUse: { ...search, input: { query: "a" } } }, found, { text: "nova_grounding" }];
    expect(webSearchesIn(content)).toBe(1);
    expect(webSearchesIn([...content, ...content])).toBe(2);
    expect(webSearchesIn([{ toolUse: { ...search, name: "nova_code_interpreter" } }, null, "x"])).toBe(0);
    expect(webSearchesIn(undefined)).toBe(0);
    expect(webSearchesIn([{ toolUse: { ...search, type: "tool_use" } }])).toBe(0);
  });

  it("are seen where they begin in a stream, in Converse's form and in Nova's own", () => {
    const start = { contentBlockIndex: 0, start: { toolUse: search } };
    expect(beginsWebSearch(JSON.stringify(start))).toBe(true);
    expect(beginsWebSearch(JSON.stringify({ contentBlockStart: start }))).toBe(true);
    expect(beginsWebSearch(JSON.stringify({ contentBlockDelta: { delta: { text: '"nova_grounding"' } } }))).toBe(false);
    expect(beginsWebSearch('"nova_grounding"')).toBe(false);
  });

  it("stand in the usage where there were any, and make none of one that was not told", () => {
    const usage = { inputTokens: 1 };
    expect(withWebSearches(usage, 2)).toEqual({ inputTokens: 1, queries: 2 });
    expect(withWebSearches(usage, 0)).toBe(usage);
    expect(withWebSearches(undefined, 2)).toBeUndefined();
  });
});

const grounded = recordingsOf("ConverseStream").filter(({ response }) =>
  response.events?.some(({ payload }) => beginsWebSearch(JSON.stringify(payload))),
);

it.skipIf(grounded.length === 0)(
  "a recorded answer that tells its sources has searched, and its usage does not say so",
  () => {
    for (const { response } of grounded) {
      const metadata = response.events?.find(({ type }) => type === "metadata");
      expect(metadata?.payload).toMatchObject({ usage: { serverToolUsage: {} } });
      expect(JSON.stringify(metadata)).not.toContain("quer");
    }
  },
);
