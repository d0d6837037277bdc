/** Alerts in the store: raised with the settlement that crossed the threshold, and sent by whichever gateway takes them. */
import { newId } from "../../store/new-id.ts";
import type { Store, Writing } from "../../store/store.ts";
import { shareOf } from "../settings/amounts.ts";
import type { Budget } from "../limit.ts";
import type { Decision } from "../pools/pool.ts";
import type { PoolPlace } from "../pools/pool-store.ts";
import { windowOf } from "../pools/window.ts";

/** A threshold that was crossed. */
export interface Alert {
  id: string;
  budgetId: string;
  bucket: string;
  windowStart: number;
  percent: number;
  settledAmount: bigint;
  limitAmount: bigint;
  createdAt: number;
  attempts: number;
}

/** While one gateway sends an alert no other does; it has died where it has not said by then how that went. */
const sendingMs = 30_000;
/** Tries in all; the pause before each is twice the last, from a minute on. */
export const mostAttempts = 8;
const firstPauseMs = 60_000;

interface Crossing {
  decision: Decision;
  settledBefore: bigint;
  now: number;
}

/** Writes an alert for each threshold that is reached now and was not before. One of each for a window: the table holds that. */
export async function raiseAlerts(
  { db }: Writing,
  { limit, bucket, windowStart }: PoolPlace,
  { decision, settledBefore, now }: Crossing,
): Promise<Alert[]> {
  if (limit.kind !== "budget" || limit.alertUrl === undefined) return [];
  const settled = decision.pool.settled;
  const crossed = limit.alertPercents.filter(
    (percent) => settled >= shareOf(limit.amount, percent) && settled > settledBefore,
  );
  if (crossed.length === 0) return [];
  const rows = crossed.map((percent) => ({
    id: newId("alr", now),
    budgetId: limit.id,
    bucket,
    windowStart,
    percent,
    settledAmount: settled,
    limitAmount: limit.amount,
    createdAt: now,
    nextTryAt: now + sendingMs,
  }));
  return db
    .insertInto("limitAlerts")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["budgetId", "bucket", "windowStart", "percent"]).doNothing())
    .returningAll()
    .execute();
}

/**
 * Lets those go out again whose share is not reached any more in the window of `now`, since the count was begun anew or the amount raised. One
 * that is on its way stays.
 */
export async function forgetAlerts({ db }: Writing, budget: Budget, now: number): Promise<void> {
  const { start } = windowOf(budget, now);
  for (const percent of budget.alertPercents) {
    await db
      .deleteFrom("limitAlerts")
      .where("budgetId", "=", budget.id)
      .where("windowStart", "=", start)
      .where("percent", "=", percent)
      .where("nextTryAt", "is", null)
      .where("bucket", "in", (query) =>
        query
          .selectFrom("limitWindows")
          .select("bucket")
          .where("limitId", "=", budget.id)
          .where("windowStart", "=", start)
          .where("settledAmount", "<", shareOf(budget.amount, percent)),
      )
      .execute();
  }
}

/** Alerts that wait to be sent; whoever gets one here has it to itself for {@link sendingMs}. */
export async function takeAlerts(store: Store, now: number): Promise<Alert[]> {
  const waiting = await store.read((db) =>
    db.selectFrom("limitAlerts").select("id").where("nextTryAt", "<=", now).limit(20).execute(),
  );
  if (waiting.length === 0) return [];
  return store.write(({ db }) =>
    db
      .updateTable("limitAlerts")
      .set({ nextTryAt: now + sendingMs })
      .where(
        "id",
        "in",
        waiting.map((row) => row.id),
      )
      .where("nextTryAt", "<=", now)
      .returningAll()
      .execute(),
  );
}

/** How the sending went. Without `error` it arrived. */
export async function noteSending(
  store: Store,
  alert: Alert,
  { error, now }: { error: string | undefined; now: number },
): Promise<void> {
  const attempts = alert.attempts + 1;
  const isLast = error === undefined || attempts >= mostAttempts;
  await store.write(({ db }) =>
    db
      .updateTable("limitAlerts")
      .set({
        attempts,
        deliveredAt: error === undefined ? now : null,
        nextTryAt: isLast ? null : now + firstPauseMs * 2 ** (attempts - 1),
        lastError: error ?? null,
      })
      .where("id", "=", alert.id)
      .execute(),
  );
}
