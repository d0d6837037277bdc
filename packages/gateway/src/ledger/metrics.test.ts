import { expect, test } from "vitest";
import type { AttemptOfCall } from "./record/call-record.ts";
import { Metrics } from "./metrics.ts";
import { recordWith } from "./testing/records.ts";

const backlog = { bytes: 5, waiting: 0, lost: 0, lostContents: 0 };

test("counts calls, tokens, dollars and times, in Prometheus's format", () => {
  const metrics = new Metrics();
  metrics.count(recordWith());
  metrics.count(recordWith({ status: 429, isSuccess: false, error: "ThrottlingException" }));
  metrics.count(
    recordWith({
      cost: { totalNano: undefined, partsNano: {}, missing: ["input"], isEstimate: false, prices: undefined },
    }),
  );
  const text = metrics.text(backlog);
  const model = 'model="amazon.nova-lite-v1:0"';
  expect(text).toContain(`adit_calls_total{${model},dialect="openai-chat",status="200",error="",result="success"} 2\n`);
  expect(text).toContain(`status="429",error="ThrottlingException",result="failure"} 1\n`);
  expect(text).toContain(`adit_tokens_total{${model},kind="input"} 300\n`);
  expect(text).toContain(`adit_cost_dollars_total{${model}} 0.000036\n`);
  expect(text).toContain(`adit_calls_of_unknown_cost_total{${model}} 1\n`);
  expect(text).toContain('adit_call_duration_seconds_bucket{le="0.1"} 0\n');
  expect(text).toContain('adit_call_duration_seconds_bucket{le="0.25"} 3\n');
  expect(text).toContain("adit_call_duration_seconds_count 3\n");
  expect(text).toContain("adit_ledger_journal_bytes 5\n");
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)$/);
});

test("what becomes of traces is told from the first reading on, nothing lost being a 0", () => {
  const nothing = { sentCalls: 0, waitingCalls: 0, lostCalls: { full: 0, refused: 0, stopped: 0 }, rejectedSpans: 0 };
  const samples = new Metrics().text(backlog, nothing).match(/^adit_traces.*$/gm);
  expect(samples).toEqual([
    "adit_traces_sent_calls_total 0",
    'adit_traces_lost_calls_total{reason="full"} 0',
    'adit_traces_lost_calls_total{reason="refused"} 0',
    'adit_traces_lost_calls_total{reason="stopped"} 0',
    "adit_traces_rejected_spans_total 0",
    "adit_traces_waiting_calls 0",
  ]);
});

test("dollars are summed in whole nano-dollars", () => {
  const metrics = new Metrics();
  for (const totalNano of ["100000000", "200000000"])
    metrics.count(
      recordWith({ cost: { totalNano, partsNano: {}, missing: [], isEstimate: false, prices: undefined } }),
    );
  // In floating-point dollars it would be 0.30000000000000004.
  expect(metrics.text(backlog)).toMatch(/^adit_cost_dollars_total\{.*\} 0\.3$/m);
});

test("a transmission counts for its own model, whichever answered in the end", () => {
  const metrics = new Metrics();
  const models = ["eu.amazon.nova-pro-v1:0", "us.amazon.nova-lite-v1:0"];
  metrics.count(recordWith({ attempts: models.map((model) => ({ model, region: "us-east-1" }) as AttemptOfCall) }));
  const counted = metrics.text(backlog).match(/^adit_attempts_total.*$/gm);
  expect(counted).toEqual([
    'adit_attempts_total{model="amazon.nova-pro-v1:0",region="us-east-1",error=""} 1',
    'adit_attempts_total{model="amazon.nova-lite-v1:0",region="us-east-1",error=""} 1',
  ]);
});

test("names from callers break no line and make no end of series", () => {
  const metrics = new Metrics();
  for (let index = 0; index < 2_000; index += 1) metrics.count(recordWith({ model: `m"\n\\${index}` }));
  const lines = metrics.text(backlog).split("\n");
  expect(lines.filter((line) => line.startsWith("adit_calls_total{")).length).toBeLessThanOrEqual(1_001);
  expect(lines.find((line) => line.startsWith('adit_calls_total{model="other"'))).toMatch(/ 1000$/);
});

test("what guardrails cost that nobody waited for is among the dollars", () => {
  const metrics = new Metrics();
  metrics.count(recordWith());
  const partsNano = { "guardrail.topicPolicyUnits": "150000", "guardrail.wordPolicyUnits": "0" };
  metrics.countLate({ partsNano, missing: [] });
  expect(metrics.text(backlog)).not.toMatch(/^adit_calls_of_unknown_cost_total\{/m);
  metrics.countLate({ partsNano: {}, missing: ["usage.guardrailUnits"] });
  const text = metrics.text(backlog);
  expect(text).toContain('adit_cost_dollars_total{model="none"} 0.00015\n');
  expect(text).toContain('adit_calls_of_unknown_cost_total{model="none"} 1\n');
  expect(text).toContain('result="success"} 1\n');
});
