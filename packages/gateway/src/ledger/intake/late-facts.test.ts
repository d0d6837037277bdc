/** What comes after a call's record is added to it, to the sums and to the feedback, once. */
import { expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import type { CallRecord } from "../record/call-record.ts";
import { addCalls } from "./call-rows.ts";
import { feedbackOfTrace } from "../feedback/feedback.ts";
import { addLate, isLateLine, lateLine, type LateFacts } from "./late-facts.ts";
import { keptCall } from "../testing/kept-call.ts";
import { recordWith } from "../testing/records.ts";

const fact = {
  guardrail: "pg-1",
  check: "bedrock.guard",
  when: "after_request",
  verdict: false,
  transformed: false,
  durationMs: 40,
  startedAt: 1,
  error: undefined,
  isAsync: true,
} as const;
const feedback = { guardrail: "pg-1", value: -5, weight: 0.5, metadata: { failedChecks: "bedrock.guard" } };
const priced = { partsNano: { "guardrail.topicPolicyUnits": "2000" }, missing: [], prices: "p" };
const unpriced = { partsNano: {}, missing: ["guardrail.topicPolicyUnits"], prices: "p" };

async function kept(store: Store): Promise<CallRecord> {
  const record = recordWith({ metadata: { team: "red" } });
  const written = [{ record, text: JSON.stringify(record) }];
  await addCalls(store, written);
  return record;
}

async function seen(store: Store, record: CallRecord) {
  const pairs = await store.read((db) => db.selectFrom("metadataSums").select("costNano").execute());
  return { ...(await keptCall(store, record)), ofPair: pairs.map(({ costNano }) => BigInt(costNano)) };
}

const line = (id: string, callId: string, late: Partial<LateFacts>): string =>
  lateLine(id, callId, { guardrails: [], feedback: [], cost: undefined, ...late });

onBothEngines((house) => {
  test("findings, feedback and a known cost, though it is read twice", async () => {
    const store = await house.open();
    const record = await kept(store);
    const text = line("1", record.id, { guardrails: [fact], feedback: [feedback], cost: priced });
    expect(isLateLine(text)).toBe(true);
    for (let times = 0; times < 2; times += 1) await addLate(store, text);
    const after = await seen(store, record);
    expect(after.record.guardrails).toEqual([JSON.parse(JSON.stringify(fact))]);
    expect(after.record.guardrailFeedback).toEqual([feedback]);
    expect(after.record.cost).toMatchObject({
      totalNano: "20000",
      partsNano: { ...record.cost.partsNano, "guardrail.topicPolicyUnits": "2000" },
    });
    expect(after).toMatchObject({
      costNano: 20_000n,
      sums: { requests: 1n, cost_nano: 20_000n, unknown_costs: 0n },
      ofPair: [20_000n],
    });
    expect(await feedbackOfTrace(store, record)).toMatchObject([
      { value: -5, weight: 0.5, metadata: { failedChecks: "bedrock.guard", guardrail: "pg-1" } },
    ]);
  });

  test("a cost that is not known makes the call's unknown", async () => {
    const store = await house.open();
    const record = await kept(store);
    await addLate(store, line("1", record.id, { cost: unpriced }));
    await addLate(store, line("2", record.id, { cost: priced }));
    const after = await seen(store, record);
    expect(after.record.cost).toMatchObject({
      missing: ["guardrail.topicPolicyUnits"],
      partsNano: { "guardrail.topicPolicyUnits": "2000" },
    });
    expect(after).toMatchObject({ costNano: null, sums: { requests: 1n, cost_nano: 0n, unknown_costs: 1n } });
  });

  test("nothing where the record is gone, or the line was cut off", async () => {
    const store = await house.open();
    const text = line("1", "req_gone", { feedback: [feedback] });
    await addLate(store, text);
    await addLate(store, text.slice(0, -5));
    expect(await store.read((db) => db.selectFrom("feedback").select("id").execute())).toEqual([]);
  });
});
