/** Any chat request that is well typed is refused with an AditError, or becomes a request that AWS's rules allow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { checkChatRequest } from "./check-request.ts";
import { converseFromChat } from "./request.ts";
import { base64, cacheControl as control, callId, toolName, words } from "../translation/testing/arbitraries.ts";
import { faultsOf, faultsUnlessRefused, unansweredCalls } from "../translation/testing/converse-rules.ts";
import { models } from "./testing/translate.ts";

const seed = 20_260_807;
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonObject[string]>;

const textPart = fc.record({ type: fc.constant("text"), text: words, cache_control: control });
const userPart = fc.oneof(
  textPart,
  fc.record({
    type: fc.constant("image_url"),
    image_url: base64.map((bytes) => ({ url: `data:image/png;base64,${bytes}` })),
  }),
  fc.record({
    type: fc.constant("file"),
    file: fc.record({
      filename: fc.oneof(words, fc.constantFrom("a.pdf", "a.pdf", "b c.txt", "..")),
      file_data: base64,
    }),
    cache_control: control,
  }),
  fc.record({
    type: fc.constant("input_audio"),
    input_audio: fc.record({ data: base64, format: fc.constantFrom("wav", "mp3") }),
  }),
  fc.record({
    document: fc.record({
      name: words,
      format: fc.constant("txt"),
      source: fc.record({ text: words.filter((text) => text !== "") }),
    }),
  }),
  fc.constant({ cachePoint: { type: "default" } }),
);
const assistantPart = fc.oneof(
  textPart,
  fc.record({ type: fc.constant("thinking"), thinking: words, signature: fc.option(words, { nil: null }) }),
  fc.record({ type: fc.constant("redacted_thinking"), data: base64 }),
  fc.record({ type: fc.constant("refusal"), refusal: words }),
);
const toolCall = fc.record({
  id: callId,
  type: fc.constant("function"),
  function: fc.record({
    name: toolName,
    arguments: fc.oneof(
      words,
      json.map((value) => JSON.stringify(value)),
    ),
  }),
});
const toolPart = fc.oneof(
  textPart,
  fc.record({ json }),
  fc.record({
    type: fc.constant("image_url"),
    image_url: base64.map((bytes) => ({ url: `data:image/gif;base64,${bytes}` })),
  }),
);
const message = fc.oneof(
  fc.record({
    role: fc.constantFrom("system", "developer"),
    content: fc.oneof(words, fc.array(textPart, { maxLength: 3 })),
  }),
  fc.record({
    role: fc.constant("user"),
    content: fc.oneof(words, fc.array(userPart, { maxLength: 4 })),
    cache_control: control,
  }),
  fc.record({
    role: fc.constant("assistant"),
    content: fc.option(fc.oneof(words, fc.array(assistantPart, { maxLength: 3 })), { nil: null }),
    tool_calls: fc.option(fc.array(toolCall, { maxLength: 2 }), { nil: null }),
    reasoning_content: fc.option(words, { nil: null }),
  }),
  fc.record({
    role: fc.constant("tool"),
    tool_call_id: callId,
    content: fc.oneof(words, fc.array(toolPart, { maxLength: 3 })),
    is_error: fc.option(fc.boolean(), { nil: null }),
    cache_control: control,
  }),
);
const schema = fc.constantFrom<JsonObject>(
  {},
  { type: "object", properties: {} },
  { properties: { a: { type: "string" } } },
);
const tool = fc.record({
  type: fc.constant("function"),
  function: fc.record({
    name: toolName,
    description: words,
    parameters: schema,
    strict: fc.option(fc.boolean(), { nil: null }),
  }),
  cache_control: control,
});
const request = fc.record(
  {
    messages: fc.array(message, { minLength: 1, maxLength: 7 }),
    max_tokens: fc.option(fc.integer({ min: 1, max: 9000 }), { nil: null }),
    temperature: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: null }),
    top_p: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    top_k: fc.option(fc.nat(500), { nil: null }),
    stop: fc.option(fc.oneof(words, fc.array(words, { maxLength: 3 })), { nil: null }),
    tools: fc.option(fc.uniqueArray(tool, { maxLength: 4, selector: (each) => each.function.name }), { nil: null }),
    tool_choice: fc.constantFrom(null, "auto", "none", "required", { type: "function", function: { name: "f" } }),
    parallel_tool_calls: fc.option(fc.boolean(), { nil: null }),
    response_format: fc.constantFrom(
      null,
      { type: "text" },
      { type: "json_object" },
      { type: "json_object", schema: { type: "object", properties: { a: { type: "string" } } } },
      { type: "json_schema", json_schema: { name: "a b", schema: { type: "object", properties: {} } } },
    ),
    reasoning_effort: fc.constantFrom(null, "none", "minimal", "low", "medium", "high", "max"),
    thinking: fc.constantFrom(
      null,
      null,
      { type: "enabled", budget_tokens: 1200 },
      { type: "adaptive" },
      { type: "disabled" },
    ),
    service_tier: fc.constantFrom(null, "auto", "flex", "scale"),
    metadata: fc.option(fc.dictionary(words, words, { maxKeys: 20 }), { nil: null }),
    user: fc.option(words, { nil: null }),
    anthropic_beta: fc.option(fc.array(words, { maxLength: 2 }), { nil: null }),
  },
  { requiredKeys: ["messages"] },
);

/** A call of one or two tools, its results, and words of the user before or between them. */
const toolRound = fc
  .record({
    ids: fc.uniqueArray(callId, { minLength: 1, maxLength: 2 }),
    name: toolName,
    input: fc.oneof(
      words,
      json.map((value) => JSON.stringify(value)),
    ),
    head: fc.option(fc.oneof(words, fc.array(assistantPart, { maxLength: 2 })), { nil: null }),
    result: fc.oneof(words, fc.array(toolPart, { maxLength: 2 })),
    marked: control,
    between: fc.option(words, { nil: undefined }),
  })
  .map(({ ids, name, input, head, result, marked, between }): JsonObject[] => [
    {
      role: "assistant",
      content: head,
      tool_calls: ids.map((id) => ({ id, type: "function", function: { name, arguments: input } })),
    },
    ...ids.flatMap((id, index): JsonObject[] => [
      ...(between !== undefined && index === 1 ? [{ role: "user", content: between }] : []),
      {
        role: "tool",
        tool_call_id: id,
        content: result,
        cache_control: marked,
      },
    ]),
  ]);
const round = fc.oneof(
  toolRound,
  fc.record({ asked: words, answered: words }).map(({ asked, answered }): JsonObject[] => [
    { role: "user", content: asked },
    { role: "assistant", content: answered },
  ]),
  words.map((content): JsonObject[] => [{ role: "developer", content }]),
);
const conversation = fc
  .array(round, { maxLength: 4 })
  .map((rounds): JsonObject[] => [
    { role: "user", content: "start" },
    ...rounds.flat(),
    { role: "user", content: "end" },
  ]);

function converseFrom(body: JsonObject, model: string): ConverseRequest {
  const context = { model: factsOfModel(model), media: new Map(), anthropicBeta: [] };
  return JSON.parse(JSON.stringify(converseFromChat(checkChatRequest(body), context).request)) as ConverseRequest;
}

describe("random requests of chat completions", () => {
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
      fc.property(
        conversation,
        fc.option(fc.uniqueArray(tool, { maxLength: 3, selector: (each) => each.function.name }), { nil: null }),
        (messages, tools) => {
          const body = JSON.parse(JSON.stringify({ model, messages, tools })) as JsonObject;
          const sent = converseFrom(body, model);
          expect([...faultsOf(sent, model), ...unansweredCalls(sent)]).toEqual([]);
        },
      ),
      { numRuns: 250, seed },
    );
  });
});
