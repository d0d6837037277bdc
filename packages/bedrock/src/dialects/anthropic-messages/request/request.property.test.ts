/** Any request of the Messages API that is well typed is refused with an AditError, or becomes a request that AWS's rules allow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../../converse/request.ts";
import { AditError } from "../../../errors/adit-error.ts";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import { recordingsOf } from "../../../wire/testing/recordings.ts";
import { models } from "../../openai-chat/testing/translate.ts";
import { faultsOf, unansweredCalls } from "../../translation/testing/converse-rules.ts";
import { checkMessagesRequest } from "./check-request.ts";
import { nativeFromMessages } from "../native/request.ts";
import { converseFromMessages } from "./request.ts";

const seed = 20_260_807;
const words = fc.oneof(
  fc.constantFrom("", " ", "\n\t", "Hello", "天气 é", "x".repeat(300)),
  fc.string({ maxLength: 12 }),
);
const base64 = fc.constantFrom("iVBORw0KGgo=", "/9j/4AAQ", "R0lGODlh", "JVBERi0xLjc=", "eCx5");
const control = fc.option(fc.record({ type: fc.constant("ephemeral"), ttl: fc.constantFrom("5m", "1h", null) }), {
  nil: null,
});
const toolName = fc.constantFrom("f", "get_weather", "a.b", "天气", "x".repeat(80));
const callId = fc.constantFrom("toolu_1", "toolu_2", "id|with|bars", "y".repeat(90));
const json = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 });
const type = <Name extends string>(name: Name): fc.Arbitrary<Name> => fc.constant(name);

const text = fc.record({ type: type("text"), text: words, cache_control: control });
const image = fc.record({
  type: type("image"),
  source: fc.record({ type: type("base64"), media_type: fc.constant("image/png"), data: base64 }),
});
const documentSource = fc.oneof(
  fc.record({ type: type("base64"), media_type: fc.constant("application/pdf"), data: base64 }),
  fc.record({ type: type("text"), media_type: fc.constant("text/plain"), data: words }),
  fc.record({ type: type("content"), content: fc.oneof(words, fc.array(text, { maxLength: 2 })) }),
);
const document = fc.record({
  type: type("document"),
  source: documentSource,
  title: fc.option(fc.oneof(words, fc.constantFrom("a.pdf", "a.pdf")), { nil: null }),
  context: fc.option(words, { nil: null }),
  citations: fc.option(fc.record({ enabled: fc.boolean() }), { nil: null }),
  cache_control: control,
});
const result = fc.record({
  type: type("search_result"),
  source: fc.constant("https://example.com"),
  title: fc.constantFrom("t", "title"),
  content: fc.array(fc.record({ type: type("text"), text: fc.constantFrom("a", "b") }), { minLength: 1, maxLength: 2 }),
});
const userBlock = fc.oneof(text, image, document, result);
const assistantBlock = fc.oneof(
  text,
  fc.record({ type: type("thinking"), thinking: words, signature: words }),
  fc.record({ type: type("redacted_thinking"), data: base64 }),
);
const call = fc.record({ type: type("tool_use"), id: callId, name: toolName, input: json, cache_control: control });
const toolResult = fc.record({
  type: type("tool_result"),
  tool_use_id: callId,
  content: fc.oneof(words, fc.array(fc.oneof(text, image, document, result), { maxLength: 3 })),
  is_error: fc.option(fc.boolean(), { nil: null }),
  cache_control: control,
});
const message = fc.oneof(
  fc.record({
    role: type("user"),
    content: fc.oneof(words, fc.array(fc.oneof(userBlock, toolResult), { maxLength: 4 })),
  }),
  fc.record({
    role: type("assistant"),
    content: fc.oneof(words, fc.array(fc.oneof(assistantBlock, call), { maxLength: 3 })),
  }),
  fc.record({ role: type("system"), content: fc.oneof(words, fc.array(text, { maxLength: 2 })) }),
);
const tool = fc.record({
  name: toolName,
  description: words,
  input_schema: fc.constantFrom<JsonObject>({}, { type: "object", properties: {} }),
  strict: fc.option(fc.boolean(), { nil: null }),
  cache_control: control,
});
const tools = fc.option(fc.uniqueArray(tool, { maxLength: 4, selector: ({ name }) => name }), { nil: null });
const request = fc.record(
  {
    messages: fc.array(message, { minLength: 1, maxLength: 7 }),
    max_tokens: fc.integer({ min: 1, max: 9000 }),
    system: fc.option(fc.oneof(words, fc.array(text, { maxLength: 3 })), { nil: null }),
    temperature: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    top_p: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    top_k: fc.option(fc.nat(500), { nil: null }),
    stop_sequences: fc.option(fc.array(words, { maxLength: 3 }), { nil: null }),
    tools,
    tool_choice: fc.constantFrom<JsonObject | null>(
      null,
      { type: "auto", disable_parallel_tool_use: true },
      { type: "any" },
      { type: "none" },
      { type: "tool", name: "f" },
    ),
    thinking: fc.constantFrom<JsonObject | null>(
      null,
      { type: "enabled", budget_tokens: 1200 },
      { type: "adaptive" },
      { type: "disabled" },
    ),
    output_config: fc.constantFrom<JsonObject | null>(
      null,
      { effort: "low" },
      { format: { type: "json_schema", schema: { type: "object", properties: {} } } },
    ),
    metadata: fc.option(fc.record({ user_id: words }), { nil: null }),
    service_tier: fc.constantFrom(null, "auto", "standard_only", "flex"),
  },
  { requiredKeys: ["messages", "max_tokens"] },
);

/** A call of one or two tools with its results, the user's words around them. */
const toolRound = fc
  .record({
    ids: fc.uniqueArray(callId, { minLength: 1, maxLength: 2 }),
    name: toolName,
    input: json,
    head: fc.array(assistantBlock, { maxLength: 2 }),
    content: fc.oneof(words, fc.array(fc.oneof(text, image), { maxLength: 2 })),
    before: fc.array(text, { maxLength: 1 }),
    after: fc.array(userBlock, { maxLength: 2 }),
  })
  .map(({ ids, name, input, head, content, before, after }): JsonObject[] =>
    plain([
      {
        role: "assistant",
        content: [...head, ...ids.map((id) => ({ type: "tool_use", id, name, input }))],
      },
      {
        role: "user",
        content: [...before, ...ids.map((tool_use_id) => ({ type: "tool_result", tool_use_id, content })), ...after],
      },
    ]),
  );
const conversation = fc
  .array(toolRound, { maxLength: 3 })
  .map((rounds): JsonObject[] => [
    { role: "user", content: "start" },
    ...rounds.flat(),
    { role: "user", content: "end" },
  ]);

/** As it comes from JSON. */
function plain(value: unknown): JsonObject[] {
  return JSON.parse(JSON.stringify(value)) as JsonObject[];
}

function translated(body: JsonObject, model: string): ConverseRequest {
  const context = { model: factsOfModel(model), media: new Map(), anthropicBeta: [] };
  const { request: converse } = converseFromMessages(checkMessagesRequest(body), context);
  return JSON.parse(JSON.stringify(converse)) as ConverseRequest;
}

describe("random requests of the Messages API", () => {
  it.each(Object.entries(models))("to %s are refused with an AditError, or are what AWS takes", (_name, model) => {
    let taken = 0;
    fc.assert(
      fc.property(request, (given) => {
        const body = JSON.parse(JSON.stringify({ model, ...given })) as JsonObject;
        try {
          const sent = translated(body, model);
          taken += 1;
          expect(faultsOf(sent, model)).toEqual([]);
        } catch (error) {
          if (!(error instanceof AditError) || error.status !== 400) {
            throw error;
          }
        }
      }),
      { numRuns: 200, seed },
    );
    expect(taken).toBeGreaterThan(30);
  });

  it.each(Object.entries(models))("with whole rounds of tools to %s keep every call answered", (_name, model) => {
    fc.assert(
      fc.property(conversation, tools, (messages, offered) => {
        const body = JSON.parse(JSON.stringify({ model, max_tokens: 100, messages, tools: offered })) as JsonObject;
        const sent = translated(body, model);
        expect([...faultsOf(sent, model), ...unansweredCalls(sent)]).toEqual([]);
      }),
      { numRuns: 200, seed },
    );
  });

  it("to Claude through InvokeModel lose nothing that is not named", () => {
    const model = factsOfModel(models.claudeSonnet46);
    fc.assert(
      fc.property(request, (given) => {
        const body = JSON.parse(JSON.stringify({ model: "m", stream: true, ...given })) as JsonObject;
        const made = nativeFromMessages(checkMessagesRequest(body), { model, media: new Map(), anthropicBeta: [] });
        const { model: _model, stream: _stream, ...rest } = body;
        const named = new Set(made.dropped);
        const { service_tier: tier } = rest;
        if (tier === null || tier === "auto" || made.headers["x-amzn-bedrock-service-tier"] === tier)
          named.add("service_tier");
        const kept = Object.fromEntries(Object.entries(rest).filter(([field]) => !named.has(field)));
        kept["messages"] = withoutNamed(rest["messages"] as JsonObject[], named);
        const { anthropic_version: version, ...sent } = JSON.parse(made.body) as JsonObject;
        expect(version).toBe("bedrock-2023-05-31");
        expect(withoutOddIds(sent)).toEqual(withoutOddIds(kept));
        const fitting = /"(?:tool_use_)?id":"(?![\w-]+")/;
        expect(fitting.test(made.body)).toBe(false);
        const called = (sent["messages"] as { content: string | JsonObject[] }[])
          .flatMap(({ content }) => (typeof content === "string" ? [] : content))
          .flatMap(({ type, id }) => (type === "tool_use" ? [id] : []));
        expect(new Set(called).size).toBe(called.length);
      }),
      { numRuns: 300, seed },
    );
  });
});

/** Ids with other signs than Claude takes, or that come twice, and what stands for them, made alike. */
function withoutOddIds(body: JsonObject): unknown {
  const odd = /"((?:tool_use_)?id)":"(?:(?![\w-]+")[^"]*|[^"]*_[0-9a-f]{8}(?:_\d+)?|y+(?:_\d+)?)"/g;
  const second = /"((?:tool_use_)?id)":"(toolu_\d)_\d+"/g;
  return JSON.parse(JSON.stringify(body).replaceAll(odd, '"$1":"odd"').replaceAll(second, '"$1":"$2"'));
}

/** The turns without the turns and blocks that are named. */
function withoutNamed(messages: JsonObject[], named: ReadonlySet<string>): JsonObject[] {
  return messages.flatMap((message, index) => {
    const { content } = message;
    const kept = Array.isArray(content)
      ? content.filter((_block, place) => !named.has(`messages[${index}].content[${place}]`))
      : content;
    const role = named.has(`messages[${index}].role`) ? "user" : message["role"];
    return named.has(`messages[${index}]`) ? [] : [{ ...message, content: kept, role }];
  });
}

const recorded = recordingsOf("InvokeModel")
  .filter(({ response, flags }) => response.status === 200 && flags?.["truncated"] === undefined)
  .filter(({ request: { body } }) => (body as JsonObject | undefined)?.["anthropic_version"] !== undefined);

describe.skipIf(recorded.length === 0)("recorded bodies of Claude's (run where ADIT_RECORDINGS is found)", () => {
  it.each(recorded)("are what Converse takes, nothing left out: $id", ({ model_id: model, request: { body } }) => {
    const context = { model: factsOfModel(model), media: new Map(), anthropicBeta: [] };
    const given: JsonObject = { model, ...(body as JsonObject) };
    const { request: converse, notes } = converseFromMessages(checkMessagesRequest(given), context);
    const sent = JSON.parse(JSON.stringify(converse)) as ConverseRequest;
    expect([...faultsOf(sent, model), ...unansweredCalls(sent)]).toEqual([]);
    // A system prompt in the middle of a conversation changes its place.
    const moved = (given["messages"] as JsonObject[]).flatMap(({ role }, index) =>
      role === "system" ? [`messages[${index}]`] : [],
    );
    expect(notes.dropped).toEqual(moved);
  });
});
