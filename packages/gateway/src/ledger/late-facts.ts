/**
 * What is learned of a call after its record was written: what guardrails found that nobody waited for, what they say of the request, and
 * what they cost. It goes by the journal, as the record has, and into the record.
 */
import { sql } from "kysely";
import type { GuardrailFact, GuardrailFeedbackFact } from "../guardrails/hook-result.ts";
import type { Store, Writing } from "../store/store.ts";
import type { CallRecord } from "./call-record.ts";
import { addToPairSums, addToSums, measuresOf, type Measures, type SumMeasure } from "./call-sums.ts";
import { addGuardrailFeedback } from "./feedback.ts";
import { withGuardrails, type GuardrailCostShown } from "./guardrail-cost.ts";

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
export async function addLate(store: Pick<Store, "engine" | "write" | "clock">, text: string): Promise<void> {
  const late = lineIn(text);
  if (late === undefined) return;
  await store.write(async (writing) => {
    const record = await recordOf(writing, store.engine, late.callId);
    if (record === undefined || record.late?.includes(late.id) === true) return;
    const changed = withLate(record, late);
    const { totalNano } = changed.cost;
    await writing.db
      .updateTable("calls")
      .set({ record: JSON.stringify(changed), costNano: totalNano === undefined ? null : BigInt(totalNano) })
      .where("id", "=", record.id)
      .execute();
    if (late.cost !== undefined) {
      const difference = (): Measures => differenceOf(measuresOf(changed), measuresOf(record));
      await addToSums(writing, store.engine, [record], difference);
      await addToPairSums(writing, store.engine, [record], difference);
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
async function recordOf(
  { db }: Pick<Writing, "db">,
  engine: Store["engine"],
  id: string,
): Promise<CallRecord | undefined> {
  const end = engine === "postgres" ? sql` for update` : sql``;
  const { rows } = await sql<{ record: string }>`select record from calls where id = ${id}${end}`.execute(db);
  return rows[0] === undefined ? undefined : (JSON.parse(rows[0].record) as CallRecord);
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

function differenceOf(after: Measures, before: Measures): Measures {
  const names = Object.keys(after) as SumMeasure[];
  return Object.fromEntries(names.map((name) => [name, (after[name] ?? 0n) - (before[name] ?? 0n)]));
}
