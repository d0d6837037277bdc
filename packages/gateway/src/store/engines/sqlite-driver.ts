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
import { isBusy } from "../store-faults.ts";

/** Statements that are kept prepared: those that the ledger writes with cost more to prepare than to run. */
const mostStatements = 256;

/** Between two tries to get the write lock. */
const lockPauseMs = 5;

/** The statements of one connection, kept prepared. They give whole numbers as BigInt. */
export class PreparedStatements {
  readonly file: SqliteFile;
  readonly #known = new Map<string, SqliteStatement>();

  constructor(file: SqliteFile) {
    this.file = file;
  }

  prepare(sql: string): SqliteStatement {
    const found = this.#known.get(sql);
    if (found !== undefined) return found;
    const statement = this.file.prepare(sql);
    statement.setReadBigInts(true);
    // The oldest goes: what is asked time and again comes back at once.
    for (const [oldest] of this.#known) {
      if (this.#known.size < mostStatements) break;
      this.#known.delete(oldest);
    }
    this.#known.set(sql, statement);
    return statement;
  }
}

/** kysely's driver was written for another package: it asks each statement whether it gives rows. */
function databaseOver(statements: PreparedStatements): SqliteDatabase {
  return {
    close: () => statements.file.close(),
    prepare: (sql) => {
      const statement = statements.prepare(sql);
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

  constructor(statements: PreparedStatements, lockWaitMs: number) {
    super({ database: databaseOver(statements) });
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
  readonly #statements: PreparedStatements;
  readonly #lockWaitMs: number;

  constructor(statements: PreparedStatements, lockWaitMs: number) {
    super({ database: databaseOver(statements) });
    this.#statements = statements;
    this.#lockWaitMs = lockWaitMs;
  }

  override createDriver(): Driver {
    return new LockingDriver(this.#statements, this.#lockWaitMs);
  }
}
