/** Any well typed request of Responses is refused with an AditError, or becomes a request that AWS's rules allow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { models } from "../openai-chat/testing/translate.ts";
import {
  base64,
  cacheControl as control,
  callId,
  toolName as name,
  words,
} from "../translation/testing/arbitraries.ts";
import { faultsOf, faultsUnlessRefused, unansweredCalls } from "../translation/testing/converse-rules.ts";
import { checkResponsesRequest } from "./check-request.ts";
import { encryptedContent } from "./encrypted-content.ts";
import { converseFromResponses } from "./request.ts";

const seed = 20_261_125;
const namespace = fc.constantFrom(null, "mcp__x", "n s", "mcp__y__");
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));

const textPart = fc.record({ type: fc.constant("input_text"), text: words, cache_control: control });
const part = fc.oneof(
  textPart,
  fc.record({
    type: fc.constant("input_image"),
    image_url: base64.map((bytes) => `data:image/png;base64,${bytes}`),
    prompt_cache_breakpoint: fc.constantFrom(null, { mode: "explicit" }),
  }),
  fc.record({
    type: fc.constant("input_file"),
    filename: fc.oneof(words, fc.constantFrom("a.pdf", "a.pdf", "b c.txt", "..")),
    file_data: base64,
    cache_control: control,
  }),
);
const message = fc.oneof(
  fc.record({
    role: fc.constantFrom("system", "developer"),
    content: fc.oneof(words, fc.array(textPart, { maxLength: 2 })),
  }),
  fc.record({ role: fc.constant("user"), content: fc.oneof(words, fc.array(part, { maxLength: 3 })) }),
  fc.record({
    role: fc.constant("assistant"),
    content: fc.oneof(
      words,
      fc.array(fc.record({ type: fc.constant("output_text"), text: words }), { maxLength: 2 }),
      words.map((refusal) => [{ type: "refusal", refusal }]),
    ),
  }),
);
const reasoning = fc.record({
  type: fc.constant("reasoning"),
  summary: fc.array(
    words.map((text) => ({ type: "summary_text", text })),
    { maxLength: 2 },
  ),
  encrypted_content: fc.oneof(
    fc.constantFrom(null, "gAAAAAB-foreign"),
    fc.record({ text: words, signature: words }).map((reasoningText) => encryptedContent({ reasoningText })),
    base64.map((redactedContent) => encryptedContent({ redactedContent })),
  ),
});
const call = fc.oneof(
  fc.record({
    type: fc.constant("function_call"),
    call_id: callId,
    name,
    namespace,
    arguments: fc.oneof(words, json),
  }),
  fc.record({ type: fc.constant("custom_tool_call"), call_id: callId, name, input: words }),
);
const output = fc.oneof(words, fc.array(part, { maxLength: 2 }));
const answered = fc.record({
  type: fc.constantFrom("function_call_output", "custom_tool_call_output"),
  call_id: callId,
  output,
});
const callable = fc.oneof(
  fc.record({
    type: fc.constant("function"),
    name,
    description: words,
    parameters: fc.constantFrom<JsonValue>(null, {}, { properties: { a: { type: "string" } } }),
    strict: fc.option(fc.boolean(), { nil: null }),
    cache_control: control,
  }),
  fc.record({
    type: fc.constant("custom"),
    name,
    format: fc.constantFrom(null, { type: "grammar", syntax: "lark", definition: "start: x" }),
  }),
);
const tools = fc.option(
  fc.uniqueArray(
    fc.oneof(
      callable,
      fc.constant({ type: "tool_search", name: "search" }),
      fc.record({
        type: fc.constant("namespace"),
        name: fc.constantFrom("mcp__x", "n s"),
        tools: fc.uniqueArray(callable, { maxLength: 2, selector: (each) => each.name }),
      }),
    ),
    { maxLength: 4, selector: (each) => each.name },
  ),
  { nil: null },
);
const request = fc.record(
  {
    input: fc.oneof(words, fc.array(fc.oneof(message, reasoning, call, answered), { minLength: 1, maxLength: 7 })),
    instructions: fc.option(words, { nil: null }),
    max_output_tokens: fc.option(fc.integer({ min: 1, max: 9000 }), { nil: null }),
    temperature: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: null }),
    top_p: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    tools,
    tool_choice: fc.constantFrom<JsonValue>(
      null,
      "auto",
      "none",
      "required",
      { type: "function", name: "f" },
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }] },
    ),
    parallel_tool_calls: fc.option(fc.boolean(), { nil: null }),
    text: fc.constantFrom<JsonValue>(
      null,
      { format: { type: "json_object" } },
      { format: { type: "json_schema", name: "a b", schema: { type: "object", properties: {} } } },
      { verbosity: "low" },
    ),
    reasoning: fc.record({ effort: fc.constantFrom(null, "none", "minimal", "low", "medium", "high", "xhigh") }),
    metadata: fc.option(fc.dictionary(words, words, { maxKeys: 3 }), { nil: null }),
    user: fc.option(words, { nil: null }),
  },
  { requiredKeys: ["input"] },
);

/** One or two calls with their reasoning, each answered, and words of the user between. */
const round = fc
  .record({
    ids: fc.uniqueArray(callId, { minLength: 1, maxLength: 2 }),
    head: fc.array(
      fc.oneof(
        reasoning,
        words.map((content) => ({ role: "assistant", content })),
      ),
      { maxLength: 2 },
    ),
    call,
    output,
    between: fc.option(words, { nil: undefined }),
  })
  .map(({ ids, head, call: one, output: result, between }): JsonValue[] => [
    ...(head as JsonValue[]),
    ...ids.map((id): JsonValue => ({ ...one, call_id: id })),
    ...(between === undefined ? [] : [{ role: "user", content: between }]),
    ...ids.map((id): JsonValue => ({ type: "function_call_output", call_id: id, output: result as JsonValue })),
  ]);
const conversation = fc
  .array(round, { maxLength: 4 })
  .map((rounds) => [{ role: "user", content: "start" }, ...rounds.flat(), { role: "user", content: "end" }]);

function converseFrom(body: JsonObject, model: string): ConverseRequest {
  const context = { model: factsOfModel(model), media: new Map(), anthropicBeta: [] };
  const { request: converse } = converseFromResponses(checkResponsesRequest(body), context);
  return JSON.parse(JSON.stringify(converse)) as ConverseRequest;
}

describe("random requests of Responses", () => {
  it.each(Object.entries(models))("to %s are refused with an AditError, or are what AWS takes", (_name, model) => {
    let taken = 0;
    fc.assert(
      fc.property(request, (given) => {
        const body = JSON.parse(JSON.stringify({ model, ...given })) as JsonObject;
        const faults = faultsUnlessRefused(model, () => converseFrom(body, model));
        taken += faults === "refused" ? 0 : 1;
        expect(faults === "refused" ? [] : faults).toEqual([]);
      }),
      { numRuns: 250, seed },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it.each(Object.entries(models))("with whole rounds of tools to %s keep every call answered", (_name, model) => {
    fc.assert(
      fc.property(conversation, (input) => {
        const sent = converseFrom(JSON.parse(JSON.stringify({ model, input })) as JsonObject, model);
        expect([...faultsOf(sent, model), ...unansweredCalls(sent)]).toEqual([]);
      }),
      { numRuns: 250, seed },
    );
  });

  it("with values of any type in any place are refused by an AditError, or taken", () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom("function", "message", "auto", {}, [], [{}]));
    const fields = ["input", "tools", "tool_choice", "text", "reasoning", "include", "instructions", "metadata"];
    const inside = ["type", "role", "content", "output", "call_id", "name", "arguments", "summary", "format", "tools"];
    const item = fc.dictionary(fc.constantFrom(...inside), value);
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...fields), fc.oneof(value, item, fc.array(item, { maxLength: 3 }))),
        (given) => {
          const body = JSON.parse(JSON.stringify({ model: "m", input: "Hello", ...given })) as JsonObject;
          // What is inside a schema or a block is AWS's to judge: no failure but a refusal is all that is asked here.
          expect(() => faultsUnlessRefused("m", () => converseFrom(body, "m"))).not.toThrow();
        },
      ),
      { numRuns: 800, seed },
    );
  });
});
