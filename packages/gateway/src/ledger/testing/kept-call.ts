/** A call as the database has it, and the sums of the minutes about it. */
import type { Store } from "../../store/store.ts";
import { sumsOf } from "../analytics/call-figures.ts";
import type { CallRecord } from "../record/call-record.ts";

export async function keptCall(store: Store, { id, at, projectId }: CallRecord) {
  const row = await store.read((db) =>
    db.selectFrom("calls").select(["record", "costNano"]).where("id", "=", id).executeTakeFirstOrThrow(),
  );
  const sums = await sumsOf(store, {
    filter: { projectId },
    window: { from: at - 60_000, to: at + 60_000 },
    by: [],
    measures: ["requests", "cost_nano", "unknown_costs"],
    isByTime: false,
  });
  return { record: JSON.parse(row.record) as CallRecord, costNano: row.costNano, sums: sums.rows[0]?.measures };
}
