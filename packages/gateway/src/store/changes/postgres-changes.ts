/** Changes across processes on one PostgreSQL: NOTIFY at commit, LISTEN on a connection of its own that is watched and renewed. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { sql, type Kysely, type Transaction } from "kysely";
import pg from "pg";
import type { Change, ChangeFeed, ChangeListener } from "./change.ts";
import { clientConfig, type PostgresOptions } from "../engines/postgres-pool.ts";
import type { Tables } from "../tables/tables.ts";

const channel = "adit_changes";
/** NOTIFY takes payloads under 8,000 bytes. */
const payloadBytes = 7_500;

export interface PostgresChangesOptions {
  url: string;
  connection: PostgresOptions;
  /** Asks by other connections than the one that listens. */
  db: Kysely<Tables>;
  listener: ChangeListener;
  /** How often the listening connection must show that it lives. */
  heartbeatMs: number;
  now: () => number;
}

interface Announcement {
  origin: string;
  changes: Change[];
}

/** After a first failure, then doubled up to the last. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

export class PostgresChanges implements ChangeFeed {
  deafSince: number | undefined;
  readonly #options: PostgresChangesOptions;
  /** Its own changes are known here already. */
  #origin = randomUUID();
  readonly #closing = new AbortController();
  /** When the server last showed, after all that it had told before, that the connection lives. */
  #heardAt = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: PostgresChangesOptions) {
    this.#options = options;
  }

  static async start(options: PostgresChangesOptions): Promise<PostgresChanges> {
    const feed = new PostgresChanges(options);
    const first = await feed.#listen();
    feed.#running = feed.#keepListening(first);
    return feed;
  }

  async announce(transaction: Transaction<Tables>, changes: readonly Change[]): Promise<void> {
    for (const batch of batchesOf(changes)) {
      const payload = JSON.stringify({ origin: this.#origin, changes: batch } satisfies Announcement);
      await notify(transaction, payload);
    }
  }

  disown(): void {
    this.#origin = randomUUID();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #listen(): Promise<pg.Client> {
    const { url, connection, listener } = this.#options;
    const client = new pg.Client(clientConfig(url, connection));
    const echo = randomUUID();
    const heard = new AbortController();
    // Its end is found by the heartbeat, which fails at once then.
    client.on("error", () => {});
    client.on("notification", ({ payload }) => {
      const announced = announcementIn(payload ?? "");
      // Whoever may notify here may write anything: what is not understood may have been anything too.
      if (announced === undefined) listener(undefined);
      else if (announced.origin === echo) heard.abort();
      else if (announced.origin !== this.#origin) for (const change of announced.changes) listener(change);
    });
    const startedAt = this.#options.now();
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      await this.#proveHearing(echo, heard.signal);
      this.#heardAt = startedAt;
      return client;
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
  }

  /**
   * A pooler in transaction mode takes `listen` and passes on nothing of what is heard: keys that were taken away would count for ever.
   * @throws AditError `store_unavailable`
   */
  async #proveHearing(echo: string, heard: AbortSignal): Promise<void> {
    await notify(this.#options.db, JSON.stringify({ origin: echo, changes: [] } satisfies Announcement));
    await this.#pause(this.#options.connection.queryMs, heard);
    if (heard.aborted || this.#closing.signal.aborted) return;
    throw new AditError(
      "store_unavailable",
      "What PostgreSQL announces (LISTEN) does not arrive, as behind a pooler in transaction mode.",
      {
        remedy: "Let DATABASE_URL lead to PostgreSQL itself, or through a pooler in session mode.",
      },
    );
  }

  async #keepListening(first: pg.Client): Promise<void> {
    await this.#watch(first);
    let wait = firstPauseMs;
    while (!this.#closing.signal.aborted) {
      this.deafSince ??= this.#heardAt;
      const client = await this.#listen().catch(() => undefined);
      if (client === undefined) {
        await this.#pause(wait);
        wait = Math.min(wait * 2, longestPauseMs);
      } else {
        wait = firstPauseMs;
        // While it is still known since when something may have been missed.
        this.#options.listener(undefined);
        this.deafSince = undefined;
        await this.#watch(client);
      }
    }
  }

  /** Until the connection fails, or the feed is closed. Ends the connection. */
  async #watch(client: pg.Client): Promise<void> {
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    try {
      while (!this.#closing.signal.aborted) {
        await Promise.race([this.#pause(this.#options.heartbeatMs), ended]);
        const askedAt = this.#options.now();
        await client.query("select 1");
        this.#heardAt = askedAt;
      }
    } catch {
      // Whatever it was: another connection is made.
    }
    await client.end().catch(() => {});
  }

  #pause(ms: number, over?: AbortSignal): Promise<void> {
    const closing = this.#closing.signal;
    const signal = over === undefined ? closing : AbortSignal.any([closing, over]);
    return pause(ms, undefined, { signal, ref: false }).catch(() => {});
  }
}

function notify(db: Kysely<Tables>, payload: string): Promise<unknown> {
  return sql`select pg_notify(${channel}, ${payload})`.execute(db);
}

function announcementIn(payload: string): Announcement | undefined {
  try {
    const { origin, changes } = JSON.parse(payload) as Partial<Announcement>;
    const isChange = ({ kind, id }: Change): boolean => typeof kind === "string" && typeof id === "string";
    return typeof origin === "string" && Array.isArray(changes) && changes.every(isChange)
      ? { origin, changes }
      : undefined;
  } catch {
    return undefined;
  }
}

function batchesOf(changes: readonly Change[]): Change[][] {
  const batches: Change[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    const more = Buffer.byteLength(JSON.stringify(change)) + 1;
    bytes += more;
    if (bytes > payloadBytes) {
      batches.push([]);
      bytes = more;
    }
    batches.at(-1)?.push(change);
  }
  return batches;
}
