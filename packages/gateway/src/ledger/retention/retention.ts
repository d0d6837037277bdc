/** Takes away what is older, or more, than its project keeps: some rows at a time, so that nobody waits for it. */
import { setTimeout as pause } from "node:timers/promises";
import { databaseTime } from "../../store/database-time.ts";
import type { Database } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import { hashOf, seqAt } from "../search/call-marks.ts";
import { deleteCalls } from "../intake/call-rows.ts";
import { oldestCalls } from "../search/call-search.ts";
import { fewAtOnce } from "./few-at-once.ts";
import { minuteMs, minutesKeptMs } from "../analytics/call-sums.ts";
import { noteMinutesDeleted } from "../analytics/whole-minutes.ts";
import { readLogSettings, type LogSettings } from "../content/log-settings.ts";
import { deleteOldResponses } from "../../responses/delete-responses.ts";

const dayMs = 86_400_000;
const everyMs = 10 * 60_000;
const firstAfterMs = 60_000;
const rowsAtOnce = 200;
const rowsSummedAtOnce = 20_000;
const betweenMs = 20;

export interface RetentionOptions {
  store: StoreAccess;
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
    // What is gone does not come back: one gateway of many whose clock is ahead is not to take away what all the others keep.
    const earliest = Math.min(now, await databaseTime(store));
    const ago = (days: number): number => earliest - days * dayMs;
    await store.write(({ db }) => db.deleteFrom("idempotencyKeys").where("expiresAt", "<=", now).execute());
    await noteMinutesDeleted(store, now);
    for (const id of await allProjects(store)) {
      await this.#repeat(id, () => deleteMinutes(store, id, now - minutesKeptMs));
      for (const deleteSome of [deleteContents, deleteOldResponses]) {
        await this.#repeat(id, ({ contentDays, recordDays }) =>
          deleteSome(store, id, ago(Math.min(contentDays, recordDays ?? contentDays))),
        );
      }
      await this.#repeat(id, ({ recordDays }) =>
        recordDays === undefined ? 0 : deleteRecords(store, id, ago(recordDays)),
      );
      await this.#deleteExcess(id);
    }
  }

  /** The oldest content goes until the rest fits. */
  async #deleteExcess(id: string): Promise<void> {
    const { store } = this.#options;
    const { mostContentBytes: most } = await readLogSettings(store, id);
    const before = most === undefined ? undefined : await this.#momentOfExcess(id, most);
    if (before === undefined) return;
    for (const deleteSome of [deleteContents, deleteOldResponses]) {
      await this.#repeat(id, ({ mostContentBytes }) => (mostContentBytes === most ? deleteSome(store, id, before) : 0));
    }
  }

  /**
   * The moment before which content goes so that the rest fits, what was taken down of calls and responses that are stored; undefined where
   * all of it fits. By a moment, and not by a number of rows: gateways that look at the same time take the same away.
   */
  async #momentOfExcess(projectId: string, most: number): Promise<number | undefined> {
    const { store } = this.#options;
    let room = most;
    let before = Number.MAX_SAFE_INTEGER;
    for (let rows = rowsSummedAtOnce; !this.#isClosing;) {
      const { from, bytes } = await store.read((db) => newestBefore(db, { projectId, before, rows }));
      if (bytes <= room) {
        if (from === 0) return undefined;
        room -= bytes;
        before = from;
      } else if (rows === 1) return before;
      else rows = Math.ceil(rows / 10);
      await pause(betweenMs);
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running;
  }

  /** Until a step finds nothing any more. Each goes by what the project wants by then: what was said by mistake can be taken back. */
  async #repeat(projectId: string, step: (settings: LogSettings) => number | Promise<number>): Promise<void> {
    const { store } = this.#options;
    const take = async (): Promise<number> => step(await readLogSettings(store, projectId));
    while (!this.#isClosing && (await take()) > 0) await pause(betweenMs);
  }
}

/** Those that have calls may be gone. */
async function allProjects(store: StoreAccess): Promise<string[]> {
  const rows = await store.read(async (db) => [
    ...(await db.selectFrom("projects").select("id").execute()),
    ...(await db.selectFrom("callPlaces").select("projectId as id").distinct().execute()),
    ...(await db.selectFrom("logSettings").select("projectId as id").execute()),
  ]);
  return [...new Set(rows.map(({ id }) => id))];
}

async function deleteMinutes(store: StoreAccess, projectId: string, before: number): Promise<number> {
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

async function deleteContents(store: StoreAccess, projectId: string, before: number): Promise<number> {
  return store.write(async ({ db }) => {
    const rows = await db
      .selectFrom("callContents")
      .select(["callId", "storedBytes"])
      .where("projectId", "=", projectId)
      .where("at", "<", before)
      .limit(rowsAtOnce)
      .execute();
    if (rows.length === 0) return 0;
    const ids = fewAtOnce(rows).map(({ callId }) => callId);
    await db.deleteFrom("callContents").where("callId", "in", ids).execute();
    return ids.length;
  });
}

async function deleteRecords(store: StoreAccess, projectId: string, before: number): Promise<number> {
  return store.write(async (writing) => {
    const ids = await oldestCalls(writing.db, store.engine, { projectId, before: seqAt(before), most: rowsAtOnce });
    await deleteCalls(writing, ids);
    return ids.length;
  });
}

/** From when the newest rows before a moment are, all of each moment's, and what they take, compressed. `from` is 0 where there are no more. */
async function newestBefore(
  db: Database,
  { projectId, before, rows }: { projectId: string; before: number; rows: number },
): Promise<{ from: number; bytes: number }> {
  const tables = (["callContents", "storedResponses"] as const).map((table) =>
    db.selectFrom(table).where("projectId", "=", projectId).where("at", "<", before),
  );
  let from = 0;
  for (const table of tables) {
    const last = await table
      .select("at")
      .orderBy("at", "desc")
      .limit(1)
      .offset(rows - 1)
      .executeTakeFirst();
    from = Math.max(from, last?.at ?? 0);
  }
  let bytes = 0;
  for (const table of tables) {
    const sum = await table
      .where("at", ">=", from)
      .select((select) => select.fn.sum<number | string | null>("storedBytes").as("bytes"))
      .executeTakeFirstOrThrow();
    bytes += Number(sum.bytes ?? 0);
  }
  return { from, bytes };
}
