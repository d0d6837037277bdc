/** Takes away what limits on metadata have counted of one value: a person's name, where the person is to be forgotten. */
import { databaseTime } from "../../store/database-time.ts";
import type { StoreAccess } from "../../store/within.ts";
import { bucketOf } from "../limit-book.ts";
import { findLimits } from "./limit-lists.ts";
import type { Limit } from "../limit.ts";
import { windowOf } from "../pools/window.ts";

/** The limits of a project that count each value of a field of the metadata apart, by the field's name. */
export async function limitsByField(
  store: Pick<StoreAccess, "read">,
  projectId: string,
): Promise<ReadonlyMap<string, readonly Limit[]>> {
  const limits = await store.read((db) => findLimits(db, { projectId, scope: "metadata" }));
  const byField = new Map<string, Limit[]>();
  for (const limit of limits) {
    // One on a single value has one count, without the value's name. Of such there may be as many as there are people.
    if (limit.scopeValue !== undefined) continue;
    const known = byField.get(limit.scopeId);
    if (known === undefined) byField.set(limit.scopeId, [limit]);
    else known.push(limit);
  }
  return byField;
}

/**
 * The counts of the value, and alerts of it, of windows that are over. That of the present window stays to its end: without it the value
 * would have its whole budget anew.
 */
export async function forgetValue(store: StoreAccess, limits: readonly Limit[], value: string): Promise<void> {
  if (limits.length === 0) return;
  const now = await databaseTime(store);
  await store.write(async ({ db }) => {
    for (const limit of limits) {
      const bucket = bucketOf(limit.scopeId, value);
      const { start } = windowOf(limit, now);
      await db
        .deleteFrom("limitWindows")
        .where("limitId", "=", limit.id)
        .where("bucket", "=", bucket)
        .where("windowStart", "<", start)
        .execute();
      await db
        .deleteFrom("limitAlerts")
        .where("budgetId", "=", limit.id)
        .where("bucket", "=", bucket)
        .where("windowStart", "<", start)
        .execute();
    }
  });
}
