/** What a database's error means: the store is away, a value is taken already, or the program is at fault. */
import { AditError } from "@adit/bedrock";

interface SqliteFault {
  code: "ERR_SQLITE_ERROR";
  /** SQLite's extended result code; its low byte is the primary one. The package for Node 20 leaves it out of what fails while rows are read. */
  errcode?: number;
}

/** The beginnings of SQLite's own words for these codes, for where no code is given. */
const sqliteWords: readonly (readonly [words: string, code: number])[] = [
  ["database is locked", 5],
  ["database table is locked", 6],
  ["attempt to write a readonly database", 8],
  ["disk I/O error", 10],
  ["database disk image is malformed", 11],
  ["database or disk is full", 13],
  ["unable to open database file", 14],
  ["file is not a database", 26],
  ["FOREIGN KEY constraint failed", 787],
  ["UNIQUE constraint failed", 2067],
];

/** SQLite's BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN and NOTADB. */
const sqliteAway = new Set([5, 6, 8, 10, 11, 13, 14, 26]);
const sqliteBusy = 5;
/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
const sqliteTaken = new Set([1555, 2067]);

/**
 * Classes of SQLSTATE: connection, authorization, no such database, rollback for others' sake, resources, not ready,
 * interference, system. And a transaction that another session's work cut short; a server that only reads, as after a failover;
 * tables that are not there or are another's, as while a backup is brought in.
 */
const postgresAway = /^(08|28|3D|3F|40|53|55|57|58|XX)|^(25P03|25006|42P01|42501)$/;
const postgresTaken = "23505";
const postgresFull = "53300";
/** SQLITE_CONSTRAINT_FOREIGNKEY, and the same of PostgreSQL. */
const sqliteReferenced = 787;
const postgresReferenced = "23503";

/** What the database refuses for what is in the row, and takes of no connection: classes of SQLSTATE, and SQLite's TOOBIG, CONSTRAINT and MISMATCH. */
const postgresOfRow = /^(21|22|23|54)/;
const sqliteOfRow = new Set([18, 19, 20]);

/** Node's codes for a server that cannot be reached or went away, and for a file that was closed. */
const goneCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // `node:sqlite` on a database that was closed.
  "ERR_INVALID_STATE",
]);

/** Words of node-postgres for which it has no code. */
const postgresWords =
  /connection terminated|not queryable|connection timeout|timeout exceeded|query read timeout|client was closed|after calling end/i;

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as Partial<SqliteFault>;
  if (code !== "ERR_SQLITE_ERROR") return undefined;
  return errcode ?? sqliteWords.find(([words]) => error.message.startsWith(words))?.[1];
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** True where another process held SQLite's lock for too long. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code & 0xff) === sqliteBusy;
}

/** True where a row with the same unique value is there already. */
export function isTaken(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined ? codeOf(error) === postgresTaken : sqliteTaken.has(code);
}

/** True where a row that others point to was to go, or one that points to nothing was to come. */
export function isReferenced(error: unknown): boolean {
  return sqliteCode(error) === sqliteReferenced || codeOf(error) === postgresReferenced;
}

/** In the caller's words what the database refused of an object of a project: its slug is another's, or the project is not there. */
export function objectFault(error: unknown, noun: string): unknown {
  if (isTaken(error)) {
    return new AditError("already_exists", `Another ${noun} of the project has this slug.`, { param: "slug" });
  }
  if (isReferenced(error)) {
    return new AditError("not_found", "There is no such project.", { remedy: "Check its id." });
  }
  return error;
}

/** True where the database failed over something else than what is in the row: the same row may be taken later. */
export function isOfNoRow(error: unknown): boolean {
  const sqlite = sqliteCode(error);
  if (sqlite !== undefined) return !sqliteOfRow.has(sqlite & 0xff);
  const code = codeOf(error);
  return code !== undefined && isSqlState(code) && !postgresOfRow.test(code);
}

/** What the operator can do about words of node-postgres or OpenSSL that do not say it. */
const connectionHints: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /self-signed certificate|unable to (?:get|verify)/i,
    "name the certificate of the authority that signed the server's, in PEM, in DATABASE_URL: sslrootcert=FILE",
  ],
  [/no pg_hba\.conf entry for .*no encryption/, "where the server wants TLS, add sslmode=verify-full to DATABASE_URL"],
  [/client password must be/, "the server asks for a password, and DATABASE_URL has none"],
];

/** No connection came to be, for whatever reason: an address, a password, a certificate. */
export class NotConnected extends Error {
  constructor(cause: unknown) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const hint = connectionHints.find(([about]) => about.test(words))?.[1];
    super(hint === undefined ? words : `${words} (${hint})`, { cause });
  }
}

/** True where PostgreSQL, a role or a database has as many connections as it may have. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === postgresFull;
}

/** True where the database could not be asked: not the question's fault. */
export function isAway(error: unknown): boolean {
  if (error instanceof NotConnected) return true;
  const sqlite = sqliteCode(error);
  if (sqlite !== undefined) return sqliteAway.has(sqlite & 0xff);
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && postgresWords.test(error.message);
  return goneCodes.has(code) || (isSqlState(code) && postgresAway.test(code));
}

/** Five digits and letters; none of Node's codes has that form. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !goneCodes.has(code);
}

/** True for an SQLSTATE that is no sign of an ending: the server answered, and the connection is good for more. */
export function isServersAnswer(error: unknown): boolean {
  return isSqlState(codeOf(error) ?? "") && !isAway(error);
}

/** The error for the caller: `store_unavailable` where the database is away; any other as it is. The reason is its cause. */
export function storeError(error: unknown): unknown {
  return AditError.isInstance(error) || !isAway(error) ? error : storeAway(error);
}

/** What a caller is told of whatever keeps the store from answering. */
export function storeAway(cause: unknown): AditError {
  return new AditError("store_unavailable", "The gateway's store does not answer.", { cause, retryAfterSeconds: 1 });
}

/** Why, for the operator: the database's own words, of which a caller is told no more than that it is away. */
export function reasonOf(error: unknown): string {
  const isAlone = !AditError.isInstance(error) || error.code !== "store_unavailable" || error.cause === undefined;
  const told = isAlone ? error : error.cause;
  return told instanceof Error ? told.message : String(told);
}
