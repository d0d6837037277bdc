/** What a guardrail in the call found and used is noted of answers in Bedrock's own format too: by each operation, whole and streamed. */
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
  outputCharacters: 0,
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
])("%s", (_name, note) => {
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
