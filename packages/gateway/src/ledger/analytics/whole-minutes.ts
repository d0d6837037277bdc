/**
 * Since when the sums by the minute are whole. They are deleted by age, and a clock that was ahead for a while has younger ones deleted too:
 * how far is written down, so that who reads them later counts the calls themselves there.
 */
import type { Database } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import { minuteMs, minutesKeptMs } from "./call-sums.ts";

const settingName = "minutes_deleted_before";

/** The first minute of which nothing is missing, in milliseconds since 1970. */
export async function wholeMinutesFrom(store: Pick<StoreAccess, "read" | "clock">): Promise<number> {
  const deleted = await store.read(readDeleted);
  return Math.max(store.clock.now() - minutesKeptMs, deleted) + minuteMs;
}

/**
 * Before minutes are deleted. Where more is deleted than could be by `now`, the clock was ahead, and is right again: what comes from now on
 * is kept.
 */
export async function noteMinutesDeleted(store: StoreAccess, now: number): Promise<void> {
  await store.write(async ({ db }) => {
    const known = await readDeleted(db);
    const before = known > now ? now : Math.max(known, now - minutesKeptMs);
    if (before <= 0 || before === known) return;
    const row = { value: String(before), updatedAt: now };
    await db
      .insertInto("settings")
      .values({ name: settingName, ...row })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
      .execute();
  });
}

async function readDeleted(db: Database): Promise<number> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", settingName).executeTakeFirst();
  return Number(row?.value ?? 0);
}
