/** Takes away what is older, or more, than its project keeps: some rows at a time, so that nobody waits for it. */
import { setTimeout as pause } from "node:timers/promises";
import type { Store } from "../../store/store.ts";
import { hashOf, seqAt } from "../search/call-marks.ts";
import { deleteCalls } from "../intake/call-rows.ts";
import { oldestCalls } from "../search/call-search.ts";
import { minuteMs, minutesKeptMs } from "../analytics/call-sums.ts";
import { readAllLogSettings, usualLogSettings, type LogSettings } from "../content/log-settings.ts";
import {
  deleteOldResponses,
  deleteResponses,
  oldestResponses,
  responseBytes,
} from "../../responses/delete-responses.ts";

const dayMs = 86_400_000;
const everyMs = 10 * 60_000;
const firstAfterMs = 60_000;
const rowsAtOnce = 200;
const betweenMs = 20;

export interface RetentionOptions {
  store: Store;
  onFault: (error: unknown) => void;
}

export class Retention {
  readonly #options: RetentionOptions;
  readonly #timers: NodeJS.Timeout[];
  #running: Promise<void> | undefined;
  #isClosing = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    const run = (): void => {
      this.#running ??= this.run()
        .catch(options.onFault)
        .finally(() => (this.#running = undefined));
    };
    this.#timers = [setTimeout(run, firstAfterMs), setInterval(run, everyMs)];
    for (const timer of this.#timers) timer.unref();
  }

  /** Takes away all that is due. */
  async run(): Promise<void> {
    const { store } = this.#options;
    const now = store.clock.now();
    const settings = await readAllLogSettings(store);
    for (const projectId of await allProjects(store, settings)) {
      await this.#repeat(() => deleteMinutes(store, projectId, now - minutesKeptMs));
      const { contentDays, recordDays, mostContentBytes } = settings.get(projectId) ?? usualLogSettings;
      await this.#repeat(() => deleteContents(store, projectId, now - contentDays * dayMs));
      const responseDays = Math.min(contentDays, recordDays ?? contentDays);
      await this.#repeat(() => deleteOldResponses(store, projectId, now - responseDays * dayMs));
      if (recordDays !== undefined) {
        await this.#repeat(() => deleteRecords(store, projectId, now - recordDays * dayMs));
      }
      if (mostContentBytes !== undefined) await this.#repeat(() => deleteExcess(store, projectId, mostContentBytes));
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running;
  }

  /** Until a step finds nothing any more. */
  async #repeat(step: () => Promise<number>): Promise<void> {
    while (!this.#isClosing && (await step()) > 0) await pause(betweenMs);
  }
}

/** Those that have calls may be gone. */
async function allProjects(store: Store, settings: ReadonlyMap<string, LogSettings>): Promise<string[]> {
  const rows = await store.read(async (db) => [
    ...(await db.selectFrom("projects").select("id").execute()),
    ...(await db.selectFrom("callPlaces").select("projectId as id").distinct().execute()),
  ]);
  return [...new Set([...rows.map(({ id }) => id), ...settings.keys()])];
}

async function deleteMinutes(store: Store, projectId: string, before: number): Promise<number> {
  return store.write(async ({ db }) => {
    const ofMinutes = db
      .selectFrom("callSums")
      .where("projectMark", "=", hashOf(projectId))
      .where("stepMs", "=", minuteMs)
      .where("at", "<", before);
    const [, next] = await ofMinutes.select("at").distinct().orderBy("at").limit(2).execute();
    const { numDeletedRows } = await db
      .deleteFrom("callSums")
      .where("projectMark", "=", hashOf(projectId))
      .where("stepMs", "=", minuteMs)
      .where("at", "<", next?.at ?? before)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}

async function deleteContents(store: Store, projectId: string, before: number): Promise<number> {
  return store.write(async ({ db }) => {
    const rows = await db
      .selectFrom("callContents")
      .select("callId")
      .where("projectId", "=", projectId)
      .where("at", "<", before)
      .limit(rowsAtOnce)
      .execute();
    if (rows.length === 0) return 0;
    const ids = rows.map(({ callId }) => callId);
    await db.deleteFrom("callContents").where("callId", "in", ids).execute();
    return rows.length;
  });
}

async function deleteRecords(store: Store, projectId: string, before: number): Promise<number> {
  return store.write(async (writing) => {
    const ids = await oldestCalls(writing.db, store.engine, { projectId, before: seqAt(before), most: rowsAtOnce });
    await deleteCalls(writing, ids);
    return ids.length;
  });
}

/** The oldest go until the rest fits: what was taken down of calls, and responses that are stored. */
async function deleteExcess(store: Store, projectId: string, most: number): Promise<number> {
  return store.write(async ({ db }) => {
    const sum = await db
      .selectFrom("callContents")
      .select((select) => select.fn.sum<number | string | null>("storedBytes").as("bytes"))
      .where("projectId", "=", projectId)
      .executeTakeFirstOrThrow();
    let excess = Number(sum.bytes ?? 0) + (await responseBytes(db, projectId)) - most;
    if (excess <= 0) return 0;
    const contents = await db
      .selectFrom("callContents")
      .select(["callId", "at", "storedBytes"])
      .where("projectId", "=", projectId)
      .orderBy("at")
      .limit(rowsAtOnce)
      .execute();
    const responses = await oldestResponses(db, projectId, rowsAtOnce);
    const oldest = [...contents, ...responses].toSorted((one, other) => one.at - other.at).slice(0, rowsAtOnce);
    const leavingContents: string[] = [];
    const leavingResponses: string[] = [];
    for (const row of oldest) {
      if (excess <= 0) break;
      excess -= row.storedBytes;
      if ("callId" in row) leavingContents.push(row.callId);
      else leavingResponses.push(row.id);
    }
    if (leavingContents.length > 0)
      await db.deleteFrom("callContents").where("callId", "in", leavingContents).execute();
    await deleteResponses(db, projectId, leavingResponses);
    return leavingContents.length + leavingResponses.length;
  });
}
