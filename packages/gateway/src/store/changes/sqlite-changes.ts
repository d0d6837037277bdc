/** Changes across processes that share a SQLite file: announced in a table, which is read when the file has changed. */
import { randomUUID } from "node:crypto";
import { sql, type Kysely, type Transaction } from "kysely";
import type { Change, ChangeFeed, ChangeKind, ChangeListener } from "./change.ts";
import type { Tables } from "../tables/tables.ts";

/** Announcements that are kept, and that a statement writes at most; who missed more is told that anything may be different. */
const kept = 1_000;

export interface SqliteChangesOptions {
  /** A connection that writes nothing: SQLite's `data_version` counts the commits of all others. */
  reader: Kysely<Tables>;
  listener: ChangeListener;
  pollMs: number;
  now: () => number;
}

export class SqliteChanges implements ChangeFeed {
  deafSince: number | undefined;
  readonly #options: SqliteChangesOptions;
  /** Its own changes are known here already. */
  #origin = randomUUID();
  #dataVersion = -1;
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;

  private constructor(options: SqliteChangesOptions) {
    this.#options = options;
  }

  static async start(options: SqliteChangesOptions): Promise<SqliteChanges> {
    const feed = new SqliteChanges(options);
    feed.#dataVersion = await feed.#readDataVersion();
    feed.#seen = (await feed.#readSpan()).newest;
    feed.#timer = setInterval(() => {
      feed.#polling ??= feed.#poll().finally(() => (feed.#polling = undefined));
    }, options.pollMs);
    feed.#timer.unref();
    return feed;
  }

  async announce(transaction: Transaction<Tables>, changes: readonly Change[]): Promise<void> {
    const at = this.#options.now();
    const rows = changes.map(({ kind, id }) => ({ kind, objectId: id, origin: this.#origin, at }));
    for (let from = 0; from < rows.length; from += kept) {
      const some = rows.slice(from, from + kept);
      const { seq } = await transaction.insertInto("changes").values(some).returning("seq").executeTakeFirstOrThrow();
      await transaction
        .deleteFrom("changes")
        .where("seq", "<=", seq - kept)
        .execute();
    }
  }

  disown(): void {
    this.#origin = randomUUID();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#polling;
  }

  /** Each turn costs some microseconds where nothing has changed. */
  async #poll(): Promise<void> {
    try {
      const dataVersion = await this.#readDataVersion();
      if (dataVersion === this.#dataVersion && this.deafSince === undefined) return;
      const changes = await this.#readNew();
      this.#dataVersion = dataVersion;
      // While it is still known since when something may have been missed.
      if (changes === undefined) this.#options.listener(undefined);
      else for (const change of changes) this.#options.listener(change);
      this.deafSince = undefined;
    } catch {
      // The next turn tries again; what was missed meanwhile stands in the table.
      this.deafSince ??= this.#options.now();
    }
  }

  async #readNew(): Promise<Change[] | undefined> {
    const seen = this.#seen;
    const rows = await this.#options.reader
      .selectFrom("changes")
      .select(["seq", "kind", "objectId", "origin"])
      .where("seq", ">", seen)
      .orderBy("seq")
      .execute();
    // Asked after them: what others take away in between would be missed.
    const { oldest, newest } = await this.#readSpan();
    if (newest < seen || oldest > seen + 1) {
      this.#seen = newest;
      return undefined;
    }
    this.#seen = rows.at(-1)?.seq ?? seen;
    const others = rows.filter((row) => row.origin !== this.#origin);
    return others.map((row) => ({ kind: row.kind as ChangeKind, id: row.objectId }));
  }

  async #readSpan(): Promise<{ oldest: number; newest: number }> {
    const span = await this.#options.reader
      .selectFrom("changes")
      .select(({ fn }) => [fn.min("seq").as("oldest"), fn.max("seq").as("newest")])
      .executeTakeFirst();
    // A restored file may be behind what was seen: then its numbers are smaller.
    return { oldest: Number(span?.oldest ?? 0), newest: Number(span?.newest ?? 0) };
  }

  async #readDataVersion(): Promise<number> {
    const { rows } = await sql<{ dataVersion: number }>`pragma data_version`.execute(this.#options.reader);
    return rows[0]?.dataVersion ?? 0;
  }
}
