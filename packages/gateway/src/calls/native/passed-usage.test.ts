/** What answers in Bedrock's own format tell: by each operation, whole and streamed. */
import { expect, it } from "vitest";
import { newFacts, type RequestFacts } from "../../ledger/record/request-facts.ts";
import { noteStream, noteWhole } from "./passed-usage.ts";

const units = { topicPolicyUnits: 1 };
const assessment = {
  topicPolicy: { topics: [{ name: "Weather", type: "DENY", action: "BLOCKED", detected: true }] },
  invocationMetrics: { guardrailProcessingLatency: 235, usage: units },
};
const usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
/** As recorded of Converse, and of InvokeModel. */
const ofConverse = { guardrail: { inputAssessment: { guardrail1234: assessment } } };
const messageStop = { type: "messageStop" as const, stopReason: "guardrail_intervened" as const };
const metadata = { type: "metadata" as const, usage, trace: ofConverse };
const merged = {
  "amazon-bedrock-guardrailAction": "INTERVENED",
  "amazon-bedrock-trace": { guardrail: { input: { guardrail1234: assessment } } },
};

const whole = (action: "converse" | "invoke", body: object): ((facts: RequestFacts) => void) => {
  const reply = { body: Buffer.from(JSON.stringify(body)), headers: {}, requestId: "", attempts: [], modelUsed: "" };
  return (facts) => noteWhole(facts, { action, request: "{}" }, reply);
};
const told = {
  outputBytes: 0,
  webSearches: 0,
  messageStop: undefined,
  metadata: undefined,
  firstChunk: undefined,
  lastChunks: () => [],
};
const chunks = {
  firstChunk: '{"type":"message_start"}',
  lastChunks: () => [JSON.stringify({ type: "message_stop", ...merged })],
};

it.each([
  ["Converse", whole("converse", { stopReason: "guardrail_intervened", usage, trace: ofConverse })],
  ["InvokeModel", whole("invoke", { content: [], stop_reason: "end_turn", ...merged })],
  [
    "ConverseStream",
    (facts: RequestFacts) =>
      noteStream(facts, {
        headers: {},
        watch: { ...told, messageStop, metadata },
      }),
  ],
  [
    "InvokeModelWithResponseStream",
    (facts: RequestFacts) => noteStream(facts, { headers: {}, watch: { ...told, ...chunks } }),
  ],
])("what a guardrail in the call found and used: %s", (_name, note) => {
  const facts = newFacts("bedrock");
  facts.region = "us-east-1";
  note(facts);
  expect(facts.stopReason).toBe("guardrail_intervened");
  expect(facts.guardrailUse).toEqual([{ region: "us-east-1", units }]);
  expect(facts.guardrails).toMatchObject([{ guardrail: "guardrail1234", when: "before_request", verdict: false }]);
});

it("what Claude has told at the end of its answer counts, where the stream broke before AWS's metrics came", () => {
  const facts = newFacts("bedrock");
  const start = { type: "message_start", message: { usage: { input_tokens: 1111, output_tokens: 1 } } };
  const end = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 111 } };
  const watch = { ...told, firstChunk: JSON.stringify(start), lastChunks: () => [JSON.stringify(end)] };
  noteStream(facts, { headers: {}, watch });
  expect(facts.usage).toMatchObject({ inputTokens: 1111, outputTokens: 111 });
});

it("what Claude wrote to its cache is read of an answer of megabytes too, in which it cites what it read", () => {
  const facts = newFacts("bedrock");
  const citations = [{ type: "char_location", cited_text: "level passage ".repeat(100_000) }];
  const answer = {
    content: [{ type: "text", text: "Yes.", citations }],
    stop_reason: "end_turn",
    usage: {
      input_tokens: 10,
      output_tokens: 3,
      cache_creation_input_tokens: 5_000,
      cache_creation: { ephemeral_1h_input_tokens: 5_000 },
    },
  };
  const headers = { "x-amzn-bedrock-input-token-count": "10", "x-amzn-bedrock-output-token-count": "3" };
  const body = Buffer.from(JSON.stringify(answer));
  noteWhole(facts, { action: "invoke", request: "{}" }, { body, headers, requestId: "", attempts: [], modelUsed: "" });
  expect(facts.stopReason).toBe("end_turn");
  expect(facts.usage).toMatchObject({
    cacheWriteInputTokens: 5_000,
    cacheDetails: [{ ttl: "1h", inputTokens: 5_000 }],
  });
});
