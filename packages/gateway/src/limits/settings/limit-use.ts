/** What is used of a limit, for pages and the API: as the store was told, a second behind at most. */
import type { StoreAccess } from "../../store/within.ts";
import type { Limit } from "../limit.ts";
import { bucketOf } from "../limit-book.ts";
import { windowOf, type LimitWindow } from "../pools/window.ts";

export interface LimitUse {
  limitId: string;
  /** The metadata value that is counted; undefined where there is one count for all. */
  value: string | undefined;
  window: LimitWindow;
  /** What calls have used. */
  settled: bigint;
  /** The part of it that was billed beyond what was reserved. */
  beyondBounds: bigint;
  /** What gateways hold: reserved by calls under way, or idle. */
  held: bigint;
  /** What gateways held that have died: it counts as spent, for nobody knows what was billed of it. */
  unconfirmed: bigint;
  /** Calls whose cost is not known: it is in none of these figures. */
  unpricedCalls: number;
}

/**
 * The counts of the window that it is at `now`, largest first; of `value` alone, where that is given. A gateway that was not heard of for
 * `termMs` has died.
 */
export async function usesOf(
  store: StoreAccess,
  limit: Limit,
  {
    now,
    most = 100,
    value,
    termMs = 5_000,
  }: { now: number; most?: number; value?: string | undefined; termMs?: number },
): Promise<LimitUse[]> {
  const window = windowOf(limit, now);
  // Also as answers show it: of one that is not written down, by its hash.
  const asked = value === undefined ? undefined : [bucketOf(limit.scopeId, value), value];
  return store.snapshot(async (db) => {
    const windows = await db
      .selectFrom("limitWindows")
      .selectAll()
      .where("limitId", "=", limit.id)
      .where("windowStart", "=", window.start)
      .$if(asked !== undefined, (query) => query.where("bucket", "in", asked ?? []))
      .orderBy("settledAmount", "desc")
      .limit(most)
      .execute();
    const leases = await db
      .selectFrom("limitLeases")
      .leftJoin("limitHolders", "limitHolders.id", "limitLeases.holderId")
      .select(["bucket", "heldAmount", "seenAt"])
      .where("limitId", "=", limit.id)
      .where("windowStart", "=", window.start)
      .execute();
    return windows.map((row) => {
      const own = leases.filter((lease) => lease.bucket === row.bucket);
      const isAlive = ({ seenAt }: { seenAt: number | null }): boolean => seenAt !== null && seenAt > now - termMs;
      return {
        limitId: limit.id,
        value: row.bucket === "" ? undefined : row.bucket,
        window,
        settled: row.settledAmount,
        beyondBounds: row.overAmount,
        held: sumOf(own.filter((lease) => isAlive(lease))),
        unconfirmed: sumOf(own.filter((lease) => !isAlive(lease))),
        unpricedCalls: row.unpricedCalls,
      };
    });
  });
}

function sumOf(leases: readonly { heldAmount: bigint }[]): bigint {
  return leases.reduce((total, lease) => total + lease.heldAmount, 0n);
}
