/** kysely over a SQLite file: what kysely's own driver needs of a database, and transactions that take the write lock at once. */
import { setTimeout as pause } from "node:timers/promises";
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
} from "kysely";
import type { SqliteFile, SqliteStatement } from "./sqlite-file.ts";
import { isBusy } from "./store-faults.ts";

/** Statements that are kept prepared: those that the ledger writes with cost more to prepare than to run. */
const mostStatements = 256;

/** Between two tries to get the write lock. */
const lockPauseMs = 10;

/** kysely's driver was written for another package: it asks each statement whether it gives rows. */
function databaseOver(file: SqliteFile): SqliteDatabase {
  const known = new Map<string, SqliteStatement>();
  const prepared = (sql: string): SqliteStatement => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const statement = file.prepare(sql);
    statement.setReadBigInts(true);
    // The oldest goes: what is asked time and again comes back at once.
    for (const [oldest] of known) {
      if (known.size < mostStatements) break;
      known.delete(oldest);
    }
    known.set(sql, statement);
    return statement;
  };
  return {
    close: () => file.close(),
    prepare: (sql) => {
      const statement = prepared(sql);
      type Values = Parameters<typeof statement.all>;
      return {
        reader: /^\s*(select|with|pragma|values|explain)\b|\breturning\b/i.test(sql),
        all: (values) => statement.all(...(values as Values)),
        run: (values) => statement.run(...(values as Values)),
        iterate: (values) => statement.iterate(...(values as Values)),
      };
    },
  };
}

/**
 * A transaction that began as a reader cannot wait for another process's writer: SQLite refuses it at its first write.
 * So each takes the lock when it begins, and waits for it without holding up the process.
 */
class LockingDriver extends SqliteDriver {
  readonly #lockWaitMs: number;

  constructor(file: SqliteFile, lockWaitMs: number) {
    super({ database: databaseOver(file) });
    this.#lockWaitMs = lockWaitMs;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const giveUpAt = performance.now() + this.#lockWaitMs;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      }
      await pause(lockPauseMs);
    }
  }

  /** After a full disk or a failed write SQLite has undone the transaction itself, and the first error is the one to tell. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      if (!/no transaction is active/.test(String(error))) throw error;
    }
  }
}

export class SqliteFileDialect extends SqliteDialect {
  readonly #file: SqliteFile;
  readonly #lockWaitMs: number;

  constructor(file: SqliteFile, lockWaitMs: number) {
    super({ database: databaseOver(file) });
    this.#file = file;
    this.#lockWaitMs = lockWaitMs;
  }

  override createDriver(): Driver {
    return new LockingDriver(this.#file, this.#lockWaitMs);
  }
}
