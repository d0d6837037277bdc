/**
 * What the gateway makes of any sound chat request is what AWS accepts: random conversations go through the house, and the
 * emulator, whose rules are its own, is the judge.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "./support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const models = [
  "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
  "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "us.anthropic.claude-sonnet-4-6",
  "us.anthropic.claude-opus-4-8",
  "us.amazon.nova-lite-v1:0",
  "us.amazon.nova-2-lite-v1:0",
  "us.meta.llama3-3-70b-instruct-v1:0",
  "mistral.mistral-large-2402-v1:0",
  "cohere.command-r-plus-v1:0",
  "openai.gpt-oss-120b-1:0",
  "qwen.qwen3-32b-v1:0",
  "us.writer.palmyra-x5-v1:0",
];

const words = fc.constantFrom("Hello", " a ", "天气", "\n", "");
const cacheControl = fc.option(fc.record({ type: fc.constant("ephemeral"), ttl: fc.constantFrom("5m", "1h", null) }), {
  nil: null,
  freq: 4,
});
const textPart = fc.record({ type: fc.constant("text"), text: words, cache_control: cacheControl });
const filePart = fc.constantFrom(
  { type: "file", file: { filename: "a.b.txt", file_data: "eCx5" } },
  { type: "file", file: { filename: "a.pdf", file_data: "JVBERi0xLjcK" } },
);
const user = fc.record({
  role: fc.constant("user"),
  content: fc.oneof(words, fc.array(fc.oneof(textPart, textPart, filePart), { minLength: 1, maxLength: 3 })),
});
const thinkingPart = fc.constantFrom(
  { type: "thinking", thinking: "t", signature: "c2ln" },
  { type: "thinking", thinking: "t" },
);
const assistant = fc.record({
  role: fc.constant("assistant"),
  content: fc.oneof(words, fc.array(fc.oneof(textPart, thinkingPart), { maxLength: 2 })),
});
const toolNames = ["f", "a.b", "天气"];

/** One or two calls with their results, which may stand apart. */
const toolRound = fc
  .record({
    name: fc.constantFrom(...toolNames),
    id: fc.uuid(),
    arguments: fc.constantFrom("", "{}", '{"a":1}', "bad", "[1]"),
    content: words,
    result: fc.oneof(words, fc.array(fc.oneof(textPart, fc.constant({ json: { a: 1 } })), { maxLength: 2 })),
    isError: fc.boolean(),
    second: fc.boolean(),
  })
  .map((round) => {
    const call = (id: string, name: string, text: string): object => ({
      id,
      type: "function",
      function: { name, arguments: text },
    });
    const calls = [call(`call|${round.id}`, round.name, round.arguments)];
    const results: object[] = [
      { role: "tool", tool_call_id: `call|${round.id}`, content: round.result, is_error: round.isError },
    ];
    if (round.second) {
      calls.push(call(`c${round.id}`, "f", "{}"));
      results.push({ role: "tool", tool_call_id: `c${round.id}`, content: "x" });
    }
    return [{ role: "assistant", content: round.content, tool_calls: calls }, ...results];
  });

const messages = fc
  .tuple(
    fc.array(fc.record({ role: fc.constantFrom("system", "developer"), content: words }), { maxLength: 2 }),
    fc.array(fc.oneof(toolRound, fc.tuple(assistant, user), fc.constant([{ role: "system", content: "later" }])), {
      maxLength: 3,
    }),
  )
  .map(([before, rounds]) => [
    ...before,
    { role: "user", content: "start" },
    ...rounds.flat(),
    { role: "user", content: "end" },
  ]);

const tool = (name: string): object => ({
  type: "function",
  function: { name, description: "", parameters: { type: "object", properties: {} }, strict: true },
  cache_control: { type: "ephemeral" },
});
const schema = (properties: object, more: object = {}): object => ({
  type: "json_schema",
  json_schema: { name: "a b", schema: { type: "object", properties, ...more } },
});

const chat = fc.record({
  messages,
  stream: fc.boolean(),
  max_tokens: fc.constantFrom(undefined, 500, 4000),
  temperature: fc.constantFrom(undefined, 0.2, 1.5),
  top_p: fc.constantFrom(undefined, 0.5),
  top_k: fc.constantFrom(undefined, 5),
  stop: fc.constantFrom(undefined, "x", ["", "\n"]),
  tools: fc.constantFrom(undefined, [], toolNames.map(tool)),
  tool_choice: fc.constantFrom(undefined, "auto", "none", "required", { type: "function", function: { name: "a.b" } }),
  parallel_tool_calls: fc.constantFrom(undefined, false),
  response_format: fc.constantFrom(
    undefined,
    { type: "json_object" },
    schema({}, { additionalProperties: false }),
    schema({ a: { type: "number", minimum: 1 } }),
  ),
  reasoning_effort: fc.constantFrom(undefined, "none", "low", "high"),
  thinking: fc.constantFrom(undefined, { type: "enabled", budget_tokens: 1200 }, { type: "adaptive" }),
  user: fc.constantFrom(undefined, "u", "?!"),
  ofClaude: fc.constantFrom(
    undefined,
    undefined,
    { thinking: { type: "enabled", budget_tokens: 1200 } },
    { thinking: { type: "adaptive" }, top_k: 5 },
    { thinking: { type: "disabled" } },
  ),
});

test.each(models)("%s", async (model) => {
  const refused: string[] = [];
  let sentCount = 0;
  for (const { ofClaude, ...asked } of fc.sample(chat, { numRuns: 120, seed: 20_261_125 })) {
    house.emulator.clearRequests();
    const additional = model.includes("claude") ? { additionalModelRequestFields: ofClaude } : {};
    const response = await house.post("/v1/chat/completions", { model, ...asked, ...additional });
    const text = await response.text();
    const [sent] = house.emulator.requests;
    if (sent !== undefined) sentCount += 1;
    const body = sent?.body.toString() ?? "";
    // Of open models documents go by Converse alone, and stop sequences by InvokeModel: AWS says so of both together.
    const isForNeither = text.includes("stopSequences field") && body.includes('"document"');
    // What was never sent was refused by Adit itself, in words of its own.
    if (sent !== undefined && !isForNeither && (response.status !== 200 || text.includes("event: error"))) {
      refused.push(`${response.status} ${text}\n${body}`);
    }
  }
  expect(refused.slice(0, 3)).toEqual([]);
  expect(sentCount).toBeGreaterThan(60);
});
