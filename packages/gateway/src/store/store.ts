/** The store: one database, its queries and its changes. SQLite in the data folder, or PostgreSQL where `DATABASE_URL` names one. */
import { AditError, systemClock, type Clock } from "@adit/bedrock";
import { CamelCasePlugin, Kysely, PostgresDialect, sql, type Dialect, type Transaction } from "kysely";
import type { Change, ChangeFeed, ChangeKind, ChangeListener } from "./changes/change.ts";
import { checkAddress } from "./engines/database-address.ts";
import type { Engine } from "./engines/engine.ts";
import { migrate, stepsTaken } from "./migrate.ts";
import { migrations as ownMigrations } from "./migrations/list.ts";
import type { Migration } from "./migrations/migration.ts";
import { PostgresChanges } from "./changes/postgres-changes.ts";
import { openPool, postgresDefaults, type PostgresOptions } from "./engines/postgres-pool.ts";
import { SqliteChanges } from "./changes/sqlite-changes.ts";
import { PreparedStatements, SqliteFileDialect } from "./engines/sqlite-driver.ts";
import { isToBeMade, openSqliteFile, type SqliteStatement } from "./engines/sqlite-file.ts";
import { Reach } from "./changes/reach.ts";
import { isAway, storeError } from "./store-faults.ts";
import type { Tables } from "./tables/tables.ts";
import { Turns } from "./turns.ts";
import { WholeNumbers } from "./engines/whole-numbers.ts";

export type Database = Kysely<Tables>;

/** By the connections that all share, or by the one that is kept for what must be told in time however busy those are. */
export type Lane = "shared" | "aside";

/** A transaction that is being written. */
export interface Writing {
  db: Transaction<Tables>;
  /** Tells every gateway on this database that the object is not what it was, once the transaction commits. */
  changed: (kind: ChangeKind, id: string) => void;
  /**
   * Statements on SQLite's own connection, inside the transaction; undefined on PostgreSQL. For who writes thousands of rows: kysely's way
   * to a statement costs more than the statement.
   */
  prepare: ((sql: string) => SqliteStatement) | undefined;
}

/** `databaseUrl` holds a password. */
export type StoreLocation = { file: string } | { databaseUrl: string };

/** Of a database as it stands: how many steps of the schema it has, and how many this version of Adit knows. */
export type StoreSight = { state: "missing" } | { state: "found"; steps: number; of: number };

export interface StoreOptions {
  /** Steps of the schema; Adit's own by default. */
  migrations?: readonly Migration[];
  clock?: Clock;
  postgres?: Partial<PostgresOptions>;
  /** How long a change waits for another process's change of the same SQLite file. 5 s by default. */
  lockWaitMs?: number;
  /** How often SQLite is asked for others' changes, and how often PostgreSQL's listening connection must show that it lives. */
  pollMs?: number;
  heartbeatMs?: number;
  /** Pages in SQLite's `-wal` before they go to the file itself; the commit that brings the last of them does that work. */
  checkpointPages?: number;
  /** False: it does not listen, for it caches nothing. True by default. */
  hears?: boolean;
}

/** Number of the advisory lock in PostgreSQL, one above that of migrations. */
const aloneLock = 0x61646975;

/** For a step of the schema on a large database. */
const hoursMs = 12 * 3_600_000;

interface Connections {
  engine: Engine;
  reader: Database;
  writer: Database;
  /** PostgreSQL's connection that is kept free; SQLite has one writer for all. */
  aside: Database | undefined;
  prepare: Writing["prepare"];
  /** Another connection to PostgreSQL, for queries that take hours; SQLite ends none. */
  patient: (() => Database) | undefined;
  close: () => Promise<void>;
}

export class Store {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly #location: StoreLocation;
  readonly #connections: Connections;
  readonly #listeners = new Set<ChangeListener>();
  /** Of changes that are made alone: all of them at once would hold every connection, and the first could not be finished. */
  readonly #alone: Turns;
  readonly #reach = new Reach(() => this.check());
  #feed: ChangeFeed | undefined;
  #isClosed = false;

  private constructor(location: StoreLocation, connections: Connections, options: StoreOptions) {
    this.#location = location;
    this.#connections = connections;
    this.engine = connections.engine;
    this.clock = options.clock ?? systemClock;
    this.#alone = new Turns(options.postgres?.queryMs ?? postgresDefaults.queryMs);
  }

  /**
   * Connects, brings the schema to its newest version and listens for others' changes.
   * @throws AditError `store_unavailable` with the database's own words, `newer_schema`, `invalid_request` for an address out of form.
   */
  static async open(location: StoreLocation, options: StoreOptions = {}): Promise<Store> {
    let connections: Connections | undefined;
    try {
      connections = await connect(location, options);
      const store = new Store(location, connections, options);
      await migrate({
        db: connections.writer,
        patient: connections.patient,
        engine: connections.engine,
        migrations: options.migrations ?? ownMigrations,
        now: () => store.clock.now(),
      });
      if (options.hears !== false) store.#feed = await store.#startFeed(location, options);
      return store;
    } catch (error) {
      await connections?.close();
      throw cannotOpen(error);
    }
  }

  /**
   * What stands there, found without bringing it up or making it. `missing`: a file that the start makes.
   * @throws AditError as {@link open}; `store_unavailable` where the file cannot be made.
   */
  static async look(location: StoreLocation): Promise<StoreSight> {
    let connections: Connections | undefined;
    try {
      if ("file" in location && (await isToBeMade(location.file))) return { state: "missing" };
      connections = await connect(location, { postgres: { connections: 1 } });
      const { reader, engine } = connections;
      const taken = await stepsTaken({ db: reader, engine, migrations: ownMigrations });
      return { state: "found", steps: taken, of: ownMigrations.length };
    } catch (error) {
      throw cannotOpen(error);
    } finally {
      await connections?.close();
    }
  }

  /**
   * Runs queries that change nothing.
   * @throws AditError `store_unavailable` where the database does not answer.
   */
  async read<Result>(query: (db: Database) => Promise<Result>, lane?: Lane): Promise<Result> {
    const { reader } = this.#connections;
    try {
      return await this.#reach.asked(() => query(this.#inLane(lane) ?? reader));
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Runs a change in a transaction: all of it or nothing. When it resolves, the change is kept, and the caches of this process know of it.
   * @throws AditError `store_unavailable` where the database does not answer; what `change` throws, after undoing it all.
   */
  async write<Result>(change: (writing: Writing) => Promise<Result>, lane?: Lane): Promise<Result> {
    const writer = this.#inLane(lane) ?? this.#connections.writer;
    const changes: Change[] = [];
    let isAnnounced = false;
    try {
      // Said, since a server's own default may be one in which whoever waits for a row is refused it.
      const begun = writer.transaction().setIsolationLevel("read committed");
      const result = await begun.execute(async (transaction) => {
        const changed: Writing["changed"] = (kind, id) => changes.push({ kind, id });
        const done = await change({ db: transaction, changed, prepare: this.#connections.prepare });
        isAnnounced = changes.length > 0;
        if (isAnnounced) await this.#feed?.announce(transaction, changes);
        return done;
      });
      for (const made of changes) this.#emit(made);
      return result;
    } catch (error) {
      // It may have been kept though no word of it came, or be kept yet.
      if (isAnnounced) {
        this.#feed?.disown();
        for (const perhapsMade of changes) this.#emit(perhapsMade);
      }
      throw storeError(error);
    }
  }

  /**
   * As {@link write}, and one at a time over all gateways: what it reads stays so until it is done. For what people change, which is rare;
   * SQLite knows no other way.
   */
  writeAlone<Result>(change: (writing: Writing) => Promise<Result>): Promise<Result> {
    return this.#alone.take(() =>
      this.write(async (writing) => {
        if (this.engine === "postgres") await sql`select pg_advisory_xact_lock(${aloneLock})`.execute(writing.db);
        return change(writing);
      }),
    );
  }

  /**
   * Runs queries that see the database as it is at one moment. Short ones: in SQLite nobody writes meanwhile.
   * @throws AditError `store_unavailable` where the database does not answer.
   */
  async snapshot<Result>(query: (db: Database) => Promise<Result>): Promise<Result> {
    try {
      return await this.#connections.writer.transaction().setIsolationLevel("repeatable read").execute(query);
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Calls `listener` for each change of this kind by any gateway on this database, and with undefined where some may have been missed.
   * Gives what ends it.
   */
  onChange(kind: ChangeKind, listener: (id: string | undefined) => void): () => void {
    const whole: ChangeListener = (change) => {
      if (change === undefined || change.kind === kind) listener(change?.id);
    };
    this.#listeners.add(whole);
    return () => this.#listeners.delete(whole);
  }

  /** Where it is, for another thread of this process to open it too. It may hold a password: never to be shown. */
  get location(): StoreLocation {
    return this.#location;
  }

  /** Since when it does not hear of others' changes, in milliseconds since 1970; undefined while it does. */
  get deafSince(): number | undefined {
    return this.#feed?.deafSince;
  }

  /** True where it could not be read when that was tried last: by a query, or once a second while so. */
  get isAway(): boolean {
    return this.#reach.isAway;
  }

  /** Resolves where the database answers, from a table: an answer of the server alone would hide files that cannot be read. */
  async check(): Promise<void> {
    await this.read((db) => db.selectFrom("projects").select("id").limit(1).execute());
  }

  /** Lets go of the database. A second time does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reach.close();
    await this.#feed?.close();
    this.#listeners.clear();
    await this.#connections.close();
  }

  #inLane(lane: Lane | undefined): Database | undefined {
    return lane === "aside" ? this.#connections.aside : undefined;
  }

  #emit(change: Change | undefined): void {
    // Who hears of the database anew can ask it.
    if (change === undefined) this.#reach.onSign();
    for (const listener of this.#listeners) listener(change);
  }

  #startFeed(location: StoreLocation, options: StoreOptions): Promise<ChangeFeed> {
    const common = { listener: (change: Change | undefined) => this.#emit(change), now: () => this.clock.now() };
    if ("file" in location) {
      return SqliteChanges.start({ ...common, reader: this.#connections.reader, pollMs: options.pollMs ?? 100 });
    }
    return PostgresChanges.start({
      ...common,
      url: location.databaseUrl,
      connection: { ...postgresDefaults, ...options.postgres },
      db: this.#connections.aside ?? this.#connections.reader,
      heartbeatMs: options.heartbeatMs ?? 5_000,
    });
  }
}

async function connect(location: StoreLocation, options: StoreOptions): Promise<Connections> {
  if ("databaseUrl" in location) {
    checkAddress(location.databaseUrl);
    const { databaseUrl } = location;
    const terms = { ...postgresDefaults, ...options.postgres };
    const pools = { shared: openPool(databaseUrl, terms), aside: openPool(databaseUrl, { ...terms, connections: 1 }) };
    const shared = databaseWith(new PostgresDialect({ pool: pools.shared }));
    const patient = (): Database =>
      databaseWith(
        new PostgresDialect({ pool: openPool(databaseUrl, { ...terms, connections: 1, queryMs: hoursMs }) }),
      );
    return {
      engine: "postgres",
      reader: shared,
      writer: shared,
      aside: databaseWith(new PostgresDialect({ pool: pools.aside })),
      prepare: undefined,
      patient,
      close: async () => void (await Promise.all([pools.shared.end(), pools.aside.end()])),
    };
  }
  const lockWaitMs = options.lockWaitMs ?? 5_000;
  // Two connections: whoever waits for the write lock does not hold up readers.
  const { checkpointPages } = options;
  const writing = await openSqliteFile(location.file, {
    timeoutMs: 20,
    ...(checkpointPages !== undefined && { checkpointPages }),
  });
  // From here on whoever waits for the lock asks for it time and again: a call that waited would hold up the thread.
  writing.exec("pragma busy_timeout = 0");
  const reading = await openSqliteFile(location.file, { timeoutMs: 1_000 });
  reading.exec("pragma query_only = on");
  const written = new PreparedStatements(writing);
  return {
    engine: "sqlite",
    reader: databaseWith(new SqliteFileDialect(new PreparedStatements(reading), lockWaitMs)),
    writer: databaseWith(new SqliteFileDialect(written, lockWaitMs)),
    aside: undefined,
    prepare: (text) => written.prepare(text),
    patient: undefined,
    close: () => {
      reading.close();
      writing.close();
      return Promise.resolve();
    },
  };
}

function databaseWith(dialect: Dialect): Database {
  return new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin(), new WholeNumbers()] });
}

/** For the operator who starts Adit: the database's and the system's own words are told, which a caller does not see. */
function cannotOpen(error: unknown): unknown {
  if (AditError.isInstance(error) || !(error instanceof Error)) return error;
  const isOfSystem = "syscall" in error;
  if (!isAway(error) && !isOfSystem) return error;
  return new AditError("store_unavailable", `The store could not be opened: ${error.message}`, {
    cause: error,
    remedy: "Check DATABASE_URL, or ADIT_DATA_DIR and the rights on its files, and start again.",
  });
}
