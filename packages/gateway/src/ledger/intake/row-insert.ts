/** Many rows of one form into a table: on SQLite a prepared statement, run row by row; on PostgreSQL one statement with an array a column. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { CompiledQuery } from "kysely";
import type { Writing } from "../../store/store.ts";

export type RowValue = string | number | bigint | null;
/** `line`: a text without line feeds, never null. Texts of a kilobyte are then handed over as they are. */
export type Column = readonly [name: string, type: "bigint" | "text" | "line"];

export interface Insertion {
  table: string;
  columns: readonly Column[];
  /** What follows the values, such as `on conflict do nothing`. */
  end: string;
  /** Name of the column that tells rows apart, the first one, where it matters which were there already. */
  key?: string;
}

/** SQLite's statements run in this thread: others have their turn after so many. */
const rowsInTurn = 100;
const lineFeed = "\n";

/** @returns the places in `rows` of those that were not inserted; empty where `key` is not named */
export async function insertAll(
  { db, prepare }: Pick<Writing, "db" | "prepare">,
  insertion: Insertion,
  rows: readonly RowValue[][],
): Promise<number[]> {
  if (rows.length === 0) return [];
  if (prepare !== undefined) return insertEach(prepare, insertion, rows);
  const { table, columns, end, key } = insertion;
  const names = columns.map(([name]) => name).join(",");
  const arrays = columns.map(([, type], index) => arrayInSql(type, index + 1)).join(",");
  const returning = key === undefined ? "" : ` returning ${key} as row_seq`;
  const text = `insert into ${table} (${names}) select * from unnest(${arrays}) ${end}${returning}`;
  const values = columns.map(([, type], index) => arrayOf(type, rows, index));
  const { rows: inserted } = await db.executeQuery<{ rowSeq: bigint }>(CompiledQuery.raw(text, values));
  if (key === undefined || inserted.length === rows.length) return [];
  const fresh = new Set(inserted.map(({ rowSeq }) => rowSeq));
  // A key that stands in `rows` twice was inserted once.
  return rows.flatMap(([value], index) => (typeof value === "bigint" && fresh.delete(value) ? [] : [index]));
}

async function insertEach(
  prepare: NonNullable<Writing["prepare"]>,
  { table, columns, end, key }: Insertion,
  rows: readonly RowValue[][],
): Promise<number[]> {
  const names = columns.map(([name]) => name).join(",");
  const marks = columns.map(() => "?").join(",");
  const statement = prepare(`insert into ${table} (${names}) values (${marks}) ${end}`);
  const missed: number[] = [];
  for (const [index, row] of rows.entries()) {
    if (index % rowsInTurn === rowsInTurn - 1) await nextTurn();
    const { changes } = statement.run(...row);
    if (key !== undefined && Number(changes) === 0) missed.push(index);
  }
  return missed;
}

function arrayInSql(type: Column[1], number: number): string {
  return type === "line" ? `string_to_array($${number}, chr(10))` : `$${number}::${type}[]`;
}

/** PostgreSQL's own way to write an array: the driver's takes several times as long. */
function arrayOf(type: Column[1], rows: readonly RowValue[][], index: number): string {
  let text = "";
  for (const row of rows) {
    const value = row[index] ?? null;
    if (text !== "") text += type === "line" ? lineFeed : ",";
    text += type === "text" && value !== null ? quoted(String(value)) : String(value ?? "NULL");
  }
  return type === "line" ? text : `{${text}}`;
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, "\\$&") : text}"`;
}
