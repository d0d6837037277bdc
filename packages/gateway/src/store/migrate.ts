/** Brings a database to the newest schema, in one transaction, under a lock: of gateways that start at once, one migrates and the others wait. */
import { AditError } from "@adit/bedrock";
import { sql, type Kysely, type Transaction } from "kysely";
import type { Engine } from "./engines/engine.ts";
import { statementsOf, type Migration } from "./migrations/migration.ts";
import type { Tables } from "./tables/tables.ts";

/** Number of the advisory lock in PostgreSQL: "adit" in ASCII. SQLite's transaction holds the lock of the file. */
const lockNumber = 0x61646974;

export interface Migrating {
  db: Kysely<Tables>;
  /** Connects for the steps themselves: one that fills a column or an index of millions of rows takes as long as it takes. `db` where it is absent. */
  patient?: (() => Kysely<Tables>) | undefined;
  engine: Engine;
  migrations: readonly Migration[];
  now: () => number;
}

/**
 * Gives the number of steps that were taken. Nothing is changed where a step fails.
 * @throws AditError `newer_schema` where the database has steps that this program does not know.
 */
export async function migrate(migrating: Migrating): Promise<number> {
  const { db, migrations } = migrating;
  // Most starts find nothing to do, and need not wait for anyone.
  if ((await stepsTaken(migrating)) === migrations.length) return 0;
  if (migrating.patient === undefined) return takeSteps(db, migrating);
  const patient = migrating.patient();
  try {
    return await takeSteps(patient, migrating);
  } finally {
    await patient.destroy();
  }
}

/**
 * How many steps the database has; 0 for an empty one.
 * @throws AditError `invalid_request` for a server that Adit does not work with, `newer_schema` as {@link migrate}.
 */
export async function stepsTaken({ db, engine, migrations }: Omit<Migrating, "patient" | "now">): Promise<number> {
  if (engine === "postgres") {
    const asked = sql<{ version: string; encoding: string }>`
      select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`;
    const { version, encoding } = (await asked.execute(db)).rows[0] ?? { version: "", encoding: "" };
    checkPostgresVersion(Number(version));
    checkEncoding(encoding);
  }
  const version = await versionOf(db, engine);
  if (version > migrations.length) throw newerSchema(version, migrations.length);
  return version;
}

function takeSteps(db: Kysely<Tables>, migrating: Migrating): Promise<number> {
  const { engine, migrations } = migrating;
  // What stands there is looked at behind the lock, and not as it was before it.
  const begun = db.transaction().setIsolationLevel("read committed");
  return begun.execute(async (transaction) => {
    if (engine === "postgres") await sql`select pg_advisory_xact_lock(${lockNumber})`.execute(transaction);
    const version = await versionOf(transaction, engine);
    if (version > migrations.length) throw newerSchema(version, migrations.length);
    for (const [index, migration] of migrations.entries()) {
      if (index >= version) await takeStep(transaction, { migrating, migration, version: index + 1 });
    }
    return migrations.length - version;
  });
}

/** Below this the schema is not tested, and some of its words are not known. */
const oldestPostgres = 15;

/**
 * `versionNumber`: the server's, such as 150004.
 * @throws AditError `invalid_request` for one that is too old.
 */
export function checkPostgresVersion(versionNumber: number): void {
  const major = Math.floor(versionNumber / 10_000);
  if (major >= oldestPostgres) return;
  throw new AditError(
    "invalid_request",
    `The PostgreSQL server has version ${major}; Adit needs ${oldestPostgres} or later.`,
    {
      param: "DATABASE_URL",
      remedy: "Name a newer server, or leave DATABASE_URL out to use SQLite.",
    },
  );
}

/** Others lack letters: what is said in them would be refused, and records of calls lost. @throws AditError `invalid_request` */
function checkEncoding(encoding: string): void {
  if (encoding === "UTF8") return;
  throw new AditError("invalid_request", `The PostgreSQL database keeps texts in ${encoding}; Adit needs UTF8.`, {
    param: "DATABASE_URL",
    remedy: "Name a database that was made with ENCODING 'UTF8' TEMPLATE template0.",
  });
}

/** How many steps the database has; 0 for an empty one. */
async function versionOf(db: Kysely<Tables>, engine: Engine): Promise<number> {
  const { rows: tables } = await (
    engine === "sqlite"
      ? sql`select 1 from sqlite_master where type = 'table' and name = 'schema_steps'`
      : sql`select 1 from pg_catalog.pg_tables where schemaname = current_schema() and tablename = 'schema_steps'`
  ).execute(db);
  if (tables.length === 0) return 0;
  const { rows } = await sql<{ version: number | null }>`select max(version) as version from schema_steps`.execute(db);
  return rows[0]?.version ?? 0;
}

async function takeStep(
  transaction: Transaction<Tables>,
  step: { migrating: Migrating; migration: Migration; version: number },
): Promise<void> {
  const { engine, now } = step.migrating;
  if (step.version === 1) {
    const integer = sql.raw(engine === "sqlite" ? "integer" : "bigint");
    await sql`create table schema_steps (version ${integer} primary key, name text not null, at ${integer} not null)`.execute(
      transaction,
    );
  }
  for (const statement of statementsOf(step.migration, engine)) await sql.raw(statement).execute(transaction);
  await sql`insert into schema_steps (version, name, at) values (${step.version}, ${step.migration.name}, ${now()})`.execute(
    transaction,
  );
}

function newerSchema(version: number, known: number): AditError {
  return new AditError(
    "newer_schema",
    `The database's schema has version ${version}; this version of Adit knows it up to ${known}.`,
  );
}
