/**
 * What is learned of a call after its record was written: what guardrails found that nobody waited for, what they say of the request, and
 * what they cost. It goes by the journal, as the record has, and into the record.
 */
import type { GuardrailFact, GuardrailFeedbackFact } from "../../guardrails/hook-result.ts";
import type { Writing } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import type { CallRecord } from "../record/call-record.ts";
import { rowOfCall } from "../search/call-search.ts";
import { countsOf, type Counts } from "../analytics/call-sums.ts";
import { addGuardrailFeedback } from "../feedback/feedback.ts";
import { knownPlacesOf, SumRows } from "./sum-rows.ts";
import { withGuardrails, type GuardrailCostShown } from "../cost/guardrail-cost.ts";

export interface LateFacts {
  guardrails: readonly GuardrailFact[];
  feedback: readonly GuardrailFeedbackFact[];
  /** Undefined where nothing was asked of Bedrock. */
  cost: GuardrailCostShown | undefined;
}

/** A line of the journal. Versions that do not know it pass it over: it is no record. */
interface LateLine extends LateFacts {
  late: 1;
  /** Its own: what is read twice is added once. */
  id: string;
  callId: string;
}

const lineStart = '{"late":1,';

export function lateLine(id: string, callId: string, facts: LateFacts): string {
  return JSON.stringify({ late: 1, id, callId, ...facts } satisfies LateLine);
}

export function isLateLine(text: string): boolean {
  return text.startsWith(lineStart);
}

/** Adds it to the call's record, to the sums and to the feedback, once. A call whose record is gone has nothing to be added to. */
export async function addLate(store: StoreAccess, text: string): Promise<void> {
  const late = lineIn(text);
  if (late === undefined) return;
  await store.write(async (writing) => {
    const row = await rowLocked(writing, store.engine, late.callId);
    if (row === undefined) return;
    const record = JSON.parse(row.record) as CallRecord;
    if (record.late?.includes(late.id) === true) return;
    const changed = withLate(record, late);
    const { totalNano } = changed.cost;
    await writing.db
      .updateTable("calls")
      .set({ record: JSON.stringify(changed), costNano: totalNano === undefined ? null : BigInt(totalNano) })
      .where("callSeq", "=", row.callSeq)
      .execute();
    if (late.cost !== undefined) {
      const sums = new SumRows(store.clock.now(), knownPlacesOf(store));
      sums.add(record, differenceOf(countsOf(changed), countsOf(record)));
      await sums.write(writing);
    }
    await addGuardrailFeedback(writing, store.clock.now(), [{ ...record, guardrailFeedback: late.feedback }]);
  });
}

/** Undefined for a line that was cut off. */
function lineIn(text: string): LateLine | undefined {
  try {
    return JSON.parse(text) as LateLine;
  } catch {
    return undefined;
  }
}

/** Locked on a server: two gateways may read a dead one's journal at once. */
async function rowLocked({ db }: Pick<Writing, "db">, engine: StoreAccess["engine"], id: string) {
  const row = await rowOfCall(db, id);
  if (row === undefined || engine === "sqlite") return row;
  const locked = db.selectFrom("calls").select(["callSeq", "record"]).where("callSeq", "=", row.callSeq).forUpdate();
  return locked.executeTakeFirst();
}

function withLate(record: CallRecord, { id, guardrails, feedback, cost }: LateLine): CallRecord {
  return {
    ...record,
    guardrails: [...(record.guardrails ?? []), ...guardrails],
    guardrailFeedback: [...(record.guardrailFeedback ?? []), ...feedback],
    cost: cost === undefined ? record.cost : withGuardrails(record.cost, cost),
    late: [...(record.late ?? []), id],
  };
}

/** It is the same call, so nothing is added to how many there are. */
function differenceOf(after: Counts, before: Counts): Counts {
  return {
    counts: after.counts.map((count, place) => count - (before.counts[place] ?? 0)),
    costNano: after.costNano - before.costNano,
    time: after.time,
  };
}
