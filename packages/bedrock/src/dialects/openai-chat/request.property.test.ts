/** Any chat request that is well typed is refused with an AditError, or becomes a request that AWS's rules allow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContentBlock, Message } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { checkChatRequest } from "./check-request.ts";
import { converseFromChat } from "./request.ts";
import { models } from "./testing/translate.ts";
import { faultBy, type ServiceModel } from "../../converse/testing/service-model.ts";
import { dataFile } from "../../wire/testing/data-checks.ts";

const seed = 20_260_807;
const words = fc.oneof(
  fc.constantFrom("", " ", "\n\t", "Hello", "  spaced  ", "天气 é", "x".repeat(300)),
  fc.string({ maxLength: 12 }),
);
const base64 = fc.constantFrom("iVBORw0KGgo=", "/9j/4AAQ", "R0lGODlh", "JVBERi0xLjc=", "eCx5", "UEsDBAoA");
const control = fc.option(fc.record({ type: fc.constant("ephemeral"), ttl: fc.constantFrom("5m", "1h", null) }), {
  nil: null,
});
const toolName = fc.constantFrom("f", "get_weather", "a.b", "a/b", "天气", "x".repeat(80), "-");
const callId = fc.constantFrom("call_1", "call_2", "id|with|bars", "y".repeat(90));
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
      content: head as JsonObject[string],
      tool_calls: ids.map((id) => ({ id, type: "function", function: { name, arguments: input } })),
    },
    ...ids.flatMap((id, index): JsonObject[] => [
      ...(between !== undefined && index === 1 ? [{ role: "user", content: between }] : []),
      {
        role: "tool",
        tool_call_id: id,
        content: result as JsonObject[string],
        cache_control: marked as JsonObject[string],
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

/** "Expected toolResult blocks at messages.2.content for the following Ids" */
function unansweredCalls(body: ConverseRequest): string[] {
  const turns = body.messages ?? [];
  return turns.flatMap((turn, index) => {
    const calls = turn.content
      .flatMap((block) => block.toolUse?.toolUseId ?? [])
      .toSorted((one, other) => one.localeCompare(other));
    const results = (turns[index + 1]?.content ?? [])
      .flatMap((block) => block.toolResult?.toolUseId ?? [])
      .toSorted((one, other) => one.localeCompare(other));
    return turn.role === "assistant" && calls.join() !== results.join()
      ? [`turn ${index}: ${calls.join()} / ${results.join()}`]
      : [];
  });
}

/** Without AWS's file only the rules below judge. */
const awsModel = dataFile("aws.bedrock-runtime.service-2.json") as ServiceModel | undefined;

function shapeFaults(body: ConverseRequest): string[] {
  const fault = awsModel && faultBy({ ...awsModel, isStrict: true }, body, "ConverseRequest");
  return fault === undefined ? [] : [fault];
}

/** Rules of conversations that AWS states in its refusals, told again without the code under test. */
function conversationFaults(body: ConverseRequest, model: string): string[] {
  const faults: string[] = [];
  const facts = factsOfModel(model);
  const turns = body.messages ?? [];
  const blocks = turns.flatMap((turn) => turn.content);
  const check = (isFine: boolean, words: string): void => {
    if (!isFine) {
      faults.push(words);
    }
  };
  check(turns.length > 0, "no messages");
  turns.forEach((turn, index) => {
    check(turn.content.length > 0, `turn ${index} is empty`);
    check(turn.role !== turns[index - 1]?.role, `turn ${index} does not alternate`);
    check(documentsHaveText(turn), `turn ${index} has a document without text`);
    check(resultsLead(turn.content), `turn ${index} has a result behind other content`);
    const kinds = new Set(turn.content.map((block) => Object.keys(block)[0]));
    check(
      !kinds.has("toolResult") || !facts.can.tools || facts.can.toolResultShared || !kinds.has("text"),
      `turn ${index} shares results`,
    );
    check(
      !kinds.has("toolUse") || !facts.can.tools || facts.can.textBesideTools || !kinds.has("text"),
      `turn ${index} has text beside calls`,
    );
    check(
      !kinds.has("reasoningContent") || turn.content[0]?.reasoningContent !== undefined,
      `turn ${index} begins without its reasoning`,
    );
  });
  check(
    blocks.every((block) => block.text === undefined || block.text !== ""),
    "an empty text",
  );
  const names = documentNames(blocks);
  check(new Set(names).size === names.length, "two documents of one name");
  check(
    names.every((name) => /^[A-Za-z0-9\-()[\]_ ]+$/.test(name) && !name.includes("  ")),
    "a document's name that AWS refuses",
  );
  const hasTools = blocks.some((block) => block.toolUse !== undefined || block.toolResult !== undefined);
  check(!hasTools || body.toolConfig !== undefined, "tool blocks without toolConfig");
  for (const list of [body.toolConfig?.tools ?? [], body.system ?? [], ...turns.map((turn) => turn.content)]) {
    list.forEach((block, index) => {
      const before = list[index - 1];
      check(
        block.cachePoint === undefined || (before !== undefined && before.cachePoint === undefined),
        "a mark without content before it",
      );
    });
  }
  const marks = [...(body.toolConfig?.tools ?? []), ...(body.system ?? []), ...blocks].flatMap(
    (block) => block.cachePoint ?? [],
  );
  check(marks.length <= 4, "more than four marks");
  check(marks.length === 0 || facts.can.cache.length > 0, "a mark on a model that does not cache");
  const firstShort = marks.findIndex((mark) => mark.ttl !== "1h");
  check(firstShort < 0 || marks.slice(firstShort).every((mark) => mark.ttl !== "1h"), "an hour behind five minutes");
  const thinking = body.additionalModelRequestFields?.["thinking"] as JsonObject | undefined;
  const isThinking = facts.family === "anthropic" && thinking !== undefined && thinking["type"] !== "disabled";
  check(
    !isThinking || body.toolConfig?.toolChoice === undefined || body.toolConfig.toolChoice.auto !== undefined,
    "thinking with a forced tool",
  );
  check(!isThinking || (body.inferenceConfig?.temperature ?? 1) === 1, "thinking with a temperature");
  check(
    !facts.sampling.exclusive ||
      body.inferenceConfig?.temperature === undefined ||
      body.inferenceConfig.topP === undefined,
    "temperature with topP",
  );
  return faults;
}

function documentsHaveText(turn: Message): boolean {
  return (
    turn.content.every((block) => block.document === undefined) ||
    turn.content.some((block) => (block.text ?? "").trim() !== "")
  );
}

function resultsLead(content: readonly ContentBlock[]): boolean {
  const kinds = content
    .filter((block) => block.cachePoint === undefined)
    .map((block) => block.toolResult !== undefined);
  return kinds.lastIndexOf(true) < 0 || kinds.slice(0, kinds.lastIndexOf(true)).every(Boolean);
}

function documentNames(blocks: readonly ContentBlock[]): string[] {
  return blocks.flatMap((block) => [
    ...(block.document === undefined ? [] : [block.document.name]),
    ...(block.toolResult?.content.flatMap((inner) => (inner.document === undefined ? [] : [inner.document.name])) ??
      []),
  ]);
}

describe("random requests of chat completions", () => {
  it.each(Object.entries(models))("to %s are refused with an AditError, or are what AWS takes", (_name, model) => {
    let taken = 0;
    fc.assert(
      fc.property(request, (given) => {
        const body = JSON.parse(JSON.stringify({ model, ...given })) as JsonObject;
        try {
          const { request: converse } = converseFromChat(checkChatRequest(body), {
            model: factsOfModel(model),
            media: new Map(),
            anthropicBeta: [],
          });
          taken += 1;
          const sent = JSON.parse(JSON.stringify(converse)) as ConverseRequest;
          expect([...shapeFaults(sent), ...conversationFaults(sent, model)]).toEqual([]);
        } catch (error) {
          if (!(error instanceof AditError) || error.status !== 400) {
            throw error;
          }
        }
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
          const { request: converse } = converseFromChat(checkChatRequest(body), {
            model: factsOfModel(model),
            media: new Map(),
            anthropicBeta: [],
          });
          const sent = JSON.parse(JSON.stringify(converse)) as ConverseRequest;
          expect([...shapeFaults(sent), ...conversationFaults(sent, model), ...unansweredCalls(sent)]).toEqual([]);
        },
      ),
      { numRuns: 250, seed },
    );
  });
});
