import { expect, test } from "vitest";
import { newFacts } from "../ledger/record/request-facts.ts";
import { noteTrace } from "./trace-facts.ts";

test("a trace of more assessments than a stack holds is noted whole", () => {
  const facts = newFacts("openai-chat");
  const ids = Array.from({ length: 200_000 }, (_each, index) => `g${index}`);
  const assessment = { invocationMetrics: { usage: { topicPolicyUnits: 1 } } };
  noteTrace(facts, { guardrail: { inputAssessment: Object.fromEntries(ids.map((id) => [id, assessment])) } });
  expect([facts.guardrails?.length, facts.guardrailUse?.length]).toEqual([200_000, 200_000]);
});
