/** A SQLite database file, by Node's own `node:sqlite` where there is one (22.13 and later), else by a package with the same face. */
import { existsSync } from "node:fs";
import { access, constants, open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AditError } from "@adit/bedrock";
import { giveToFolderOwner } from "../../data-file.ts";

type SqliteValue = null | number | bigint | string | Uint8Array;

export interface SqliteStatement {
  all(...values: SqliteValue[]): Record<string, SqliteValue>[];
  run(...values: SqliteValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...values: SqliteValue[]): IterableIterator<Record<string, SqliteValue>>;
  setReadBigInts(enabled: boolean): void;
}

/** The part of `DatabaseSync` that Adit uses; the types of Node 20 do not know it. */
export interface SqliteFile {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

interface SqliteModule {
  DatabaseSync: new (file: string, options: { readOnly?: boolean; timeout: number }) => SqliteFile;
}

async function sqliteModule(): Promise<SqliteModule> {
  return builtIn() ?? (await import("@photostructure/sqlite"));
}

/** Node warns on standard error that it may still change this module: no matter for who runs a gateway, or reads what a command says. */
function builtIn(): SqliteModule | undefined {
  const emitWarning: unknown = Reflect.get(process, "emitWarning");
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite") as SqliteModule | undefined;
  } finally {
    Reflect.set(process, "emitWarning", emitWarning);
  }
}

export interface SqliteFileOptions {
  /** How long a call waits for another process's lock. The call is synchronous: nothing else runs meanwhile. */
  timeoutMs: number;
  readOnly?: boolean;
  /** Pages of 4 KiB in the `-wal` before they go to the file itself. */
  checkpointPages?: number;
}

/**
 * What the ledger's indexes are written to time and again stays in memory, at most. SQLite's own 2 MiB would have it read each page anew.
 */
const cacheKib = 32 * 1024;
/** Many pages of the `-wal` are written again before they go to the file. SQLite's own number is 1,000. */
const usualCheckpointPages = 8_000;

/**
 * A file that is there is not opened, not even for a moment: where a process closes any descriptor of a file, POSIX takes all locks away that
 * it has on it, those of its open connections too. Another process that closes the file would believe that nobody has it open, and delete
 * the `-wal` under the feet of this one: what both write from then on spoils the file.
 */
async function makeIfMissing(path: string): Promise<void> {
  try {
    await (await open(path, "wx", 0o600)).close();
  } catch (error) {
    if (!isThere(error)) throw error;
  }
  const found = await stat(path);
  // SQLite has the same words for whatever it cannot open; the system says more.
  if (found.isDirectory()) throw isFolder(path);
  await access(path, constants.R_OK | constants.W_OK);
  if (found.size === 0) await giveToFolderOwner(path);
}

/** True for a file that is not there and can be made. @throws the system's error where neither holds. */
export async function isToBeMade(path: string): Promise<boolean> {
  if (existsSync(path)) return false;
  let folder = dirname(resolve(path));
  while (!existsSync(folder)) folder = dirname(folder);
  await access(folder, constants.W_OK | constants.X_OK);
  return true;
}

function isFolder(path: string): AditError {
  return new AditError(
    "store_unavailable",
    `The store could not be opened: ${path} is a folder, where the database's file should be.`,
    { remedy: "Take it away, or name another folder in ADIT_DATA_DIR." },
  );
}

function isThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

/**
 * Opens a file, which is made with mode 0600 where it is missing (SQLite gives its `-wal` and `-shm` the same).
 * `synchronous=full`: what a commit acknowledged is on the disk.
 */
export async function openSqliteFile(path: string, options: SqliteFileOptions): Promise<SqliteFile> {
  const { DatabaseSync } = await sqliteModule();
  if (options.readOnly === true) return new DatabaseSync(path, { readOnly: true, timeout: options.timeoutMs });
  await makeIfMissing(path);
  const file = new DatabaseSync(path, { timeout: options.timeoutMs });
  try {
    file.exec("pragma journal_mode = wal");
    file.exec("pragma synchronous = full");
    file.exec("pragma foreign_keys = on");
    file.exec(`pragma cache_size = -${cacheKib}`);
    file.exec(`pragma wal_autocheckpoint = ${options.checkpointPages ?? usualCheckpointPages}`);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
