/** What a response shows, sent back as input, is what AWS said: the promise that nothing is lost in translation. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import type { JsonObject } from "../../json.ts";
import { responseFromConverse } from "./response.ts";
import { replyContext, translate } from "./testing/translate.ts";

const words = fc.string({ unit: "binary", minLength: 1, maxLength: 30 });
const spoken = words.filter((text) => text.trim() !== "");
const reasoning: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.record({ text: fc.string({ unit: "binary", maxLength: 30 }), signature: words }).map((reasoningText) => ({
    reasoningContent: { reasoningText },
  })),
  fc.base64String({ minLength: 4 }).map((redactedContent) => ({ reasoningContent: { redactedContent } })),
);
const text: fc.Arbitrary<ContentBlock> = spoken.map((text) => ({ text }));
/** JSON as it comes off the wire: there is no -0. */
const args = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const callId = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/);
const calls = fc.uniqueArray(fc.record({ toolUseId: callId, name: fc.constantFrom("f", "g"), input: args }), {
  selector: (use) => use.toolUseId,
  minLength: 1,
  maxLength: 3,
});
/** Reasoning leads, as Claude has it, and may come again between. */
const turn = fc
  .tuple(
    fc.array(reasoning, { minLength: 1, maxLength: 2 }),
    fc.array(fc.oneof(text, reasoning), { maxLength: 3 }),
    calls,
  )
  .map(([head, middle, uses]): ContentBlock[] => [...head, ...middle, ...uses.map((toolUse) => ({ toolUse }))]);

const tools = [
  { type: "function", name: "f", parameters: { type: "object", properties: {} } },
  { type: "function", name: "g", parameters: { type: "object", properties: {} } },
];

/** Neighbours of text as one: a message has one part. */
function joined(content: readonly ContentBlock[]): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  for (const block of content) {
    const last = blocks.at(-1);
    if (last?.text !== undefined && block.text !== undefined) {
      blocks[blocks.length - 1] = { text: last.text + block.text };
    } else {
      blocks.push(block);
    }
  }
  return blocks;
}

function answerOf(content: ContentBlock[]): ConverseResponse {
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  return { output: { message: { role: "assistant", content } }, stopReason: "tool_use", usage };
}

describe("a response sent back as input", () => {
  it.each([
    ["reasoning as text", {}],
    ["a summary, encoded", { reasoning: { summary: "auto" }, include: ["reasoning.encrypted_content"] }],
  ])("is AWS's turn byte for byte, with %s", (_name, ask) => {
    fc.assert(
      fc.property(turn, (content) => {
        const { output } = responseFromConverse(answerOf(content), replyContext({ ...ask, tools }));
        const sentBack = JSON.parse(JSON.stringify(output)) as JsonObject[];
        const results = sentBack
          .filter((item) => item["type"] === "function_call")
          .map((item): JsonObject => ({ type: "function_call_output", call_id: item["call_id"], output: "done" }));
        const input = [{ role: "user", content: "Begin" }, ...sentBack, ...results];
        const { request, dropped } = translate({ input, tools });
        expect(request.messages?.[1]).toEqual({ role: "assistant", content: joined(content) });
        expect(request.messages?.[2]?.content.map((block) => block.toolResult?.toolUseId)).toEqual(
          content.flatMap((block) => (block.toolUse === undefined ? [] : [block.toolUse.toolUseId])),
        );
        expect(dropped).toEqual([]);
      }),
      { seed: 20_261_125, numRuns: 400 },
    );
  });

  it("is free text byte for byte where the tool is a custom one", () => {
    const custom = [{ type: "custom", name: "apply_patch" }];
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), callId, (patch, toolUseId) => {
        const content = [{ toolUse: { toolUseId, name: "apply_patch", input: { input: patch } } }];
        const { output } = responseFromConverse(answerOf(content), replyContext({ tools: custom }));
        expect(output).toMatchObject([{ type: "custom_tool_call", call_id: toolUseId, input: patch }]);
        const done = { type: "custom_tool_call_output", call_id: toolUseId, output: "done" };
        const sentBack = JSON.parse(JSON.stringify(output)) as JsonObject[];
        const { request } = translate({
          input: [{ role: "user", content: "Begin" }, ...sentBack, done],
          tools: custom,
        });
        expect(request.messages?.[1]).toEqual({ role: "assistant", content });
      }),
      { seed: 20_261_125, numRuns: 400 },
    );
  });
});
