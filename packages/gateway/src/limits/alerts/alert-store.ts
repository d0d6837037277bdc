/** Alerts in the store: raised with the settlement that crossed the threshold, and sent by whichever gateway takes them. */
import { newId } from "../../store/new-id.ts";
import type { Database, Store, Writing } from "../../store/store.ts";
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

/** Rows of one statement. */
const mostInserted = 500;

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
  const place = { bucket, windowStart, settled };
  return insertAlerts(
    db,
    crossed.map((percent) => newAlert(limit, percent, place, { now, nextTryAt: now + sendingMs })),
  );
}

function newAlert(
  { id, amount }: Budget,
  percent: number,
  { bucket, windowStart, settled }: { bucket: string; windowStart: number; settled: bigint },
  { now, nextTryAt }: { now: number; nextTryAt: number },
) {
  const counted = { settledAmount: settled, limitAmount: amount };
  return { id: newId("alr", now), budgetId: id, bucket, windowStart, percent, ...counted, createdAt: now, nextTryAt };
}

/** Gives those that nobody had raised before. */
async function insertAlerts(db: Database, alerts: readonly ReturnType<typeof newAlert>[]): Promise<Alert[]> {
  if (alerts.length === 0) return [];
  return db
    .insertInto("limitAlerts")
    .values(alerts)
    .onConflict((conflict) => conflict.columns(["budgetId", "bucket", "windowStart", "percent"]).doNothing())
    .returningAll()
    .execute();
}

/** After a change of the budget, or of its count: what that says of alerts in the window of `now`. */
export async function renewAlerts({ db }: Writing, budget: Budget, now: number): Promise<void> {
  const { start } = windowOf(budget, now);
  await forgetAlerts(db, budget, start);
  await raiseReached(db, budget, { windowStart: start, now });
}

/** It may be that nothing is settled any more, as where the amount was lowered. Whichever gateway looks next sends them. */
async function raiseReached(
  db: Database,
  budget: Budget,
  { windowStart, now }: { windowStart: number; now: number },
): Promise<void> {
  if (budget.alertUrl === undefined) return;
  const windows = await db
    .selectFrom("limitWindows")
    .select(["bucket", "settledAmount"])
    .where("limitId", "=", budget.id)
    .where("windowStart", "=", windowStart)
    .where("settledAmount", ">", 0n)
    .execute();
  const reached = windows.flatMap(({ bucket, settledAmount: settled }) =>
    budget.alertPercents
      .filter((percent) => settled >= shareOf(budget.amount, percent))
      .map((percent) => newAlert(budget, percent, { bucket, windowStart, settled }, { now, nextTryAt: now })),
  );
  // Each value of a metadata field may have a window of its own.
  for (let at = 0; at < reached.length; at += mostInserted) {
    await insertAlerts(db, reached.slice(at, at + mostInserted));
  }
}

/**
 * Lets those go out again whose share is not reached any more, since the count was begun anew or the amount raised. One that is on its way
 * stays.
 */
async function forgetAlerts(db: Database, budget: Budget, start: number): Promise<void> {
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
