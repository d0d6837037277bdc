/** Records of calls into the database, each once. */
import type { Clock } from "@adit/bedrock";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CompiledQuery, sql, type RawBuilder } from "kysely";
import type { Engine } from "../store/engine.ts";
import type { Writing } from "../store/store.ts";
import type { CallRecord } from "./call-record.ts";
import { addToPairSums, addToSums } from "./call-sums.ts";

const columns = [
  "id",
  "at",
  "project_id",
  "key_id",
  "trace_id",
  "span_id",
  "parent_span_id",
  "dialect",
  "stream",
  "status",
  "is_success",
  "error",
  "model",
  "provider",
  "route",
  "region",
  "credential",
  "config",
  "prompt",
  "tier",
  "aws_request_id",
  "attempt_count",
  "target",
  "cache",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "total_tokens",
  "cost_nano",
  "is_estimate",
  "first_byte_ms",
  "first_token_ms",
  "total_ms",
  "added_at",
  "record",
] as const;

const metadataColumns = ["project_id", "name", "value", "at", "call_id"] as const;

type Value = string | number | bigint | null;

/** What is asked of the store besides its transaction. */
interface BatchStore {
  engine: Engine;
  clock: Pick<Clock, "now">;
}

/** A record and its text, as the journal has it. */
export interface WrittenRecord {
  record: CallRecord;
  text: string;
}

/** Rows of a statement, within what the engine takes of parameters. SQLite's run in this thread, some milliseconds. */
const rowsAtOnce: Readonly<Record<Engine, number>> = { sqlite: 50, postgres: 200 };
const pairsAtOnce = 500;

/**
 * Writes the records that are not there yet, and adds them to the sums; gives their ids. Others have their turn between the statements.
 * The SQL is made here, not by kysely: for rows of this width the making costs it more than the database takes to run it.
 */
export async function insertCallsInBatches(
  writing: Pick<Writing, "db">,
  store: BatchStore,
  written: readonly WrittenRecord[],
): Promise<Set<string>> {
  const { engine } = store;
  const added: CallRecord[] = [];
  for (let from = 0; from < written.length; from += rowsAtOnce[engine]) {
    if (from > 0) await nextTurn();
    added.push(...(await insertCalls(writing, store, written.slice(from, from + rowsAtOnce[engine]))));
  }
  // All at once: the more calls, the fewer rows of sums each of them touches.
  await addToSums(writing, engine, added);
  await addToPairSums(writing, engine, added);
  return new Set(added.map(({ id }) => id));
}

/** Rows and their metadata; gives the records that were not there. */
async function insertCalls(
  { db }: Pick<Writing, "db">,
  { engine, clock }: BatchStore,
  written: readonly WrittenRecord[],
): Promise<CallRecord[]> {
  const addedAt = clock.now();
  const rows = written.flatMap(({ record, text }) => rowOf(record, text, addedAt));
  const insert = insertSql(engine, { table: "calls", columns, rows: written.length, end: "returning id" });
  const { rows: added } = await db.executeQuery<{ id: string }>(CompiledQuery.raw(insert, rows));
  const ids = new Set(added.map(({ id }) => id));
  // A record that a batch holds twice counts once.
  const records = written.flatMap(({ record }) => (ids.delete(record.id) ? [record] : []));
  const pairs = records.flatMap(pairsOf);
  for (let from = 0; from < pairs.length; from += pairsAtOnce) {
    const some = pairs.slice(from, from + pairsAtOnce);
    const into = insertSql(engine, { table: "call_metadata", columns: metadataColumns, rows: some.length, end: "" });
    await db.executeQuery(CompiledQuery.raw(into, some.flat()));
  }
  return records;
}

/** In the order of the columns. */
function rowOf(record: CallRecord, text: string, addedAt: number): Value[] {
  const { units, timings, cost } = record;
  const values: (Value | undefined)[] = [
    record.id,
    record.at,
    record.projectId,
    record.keyId,
    record.traceId,
    record.spanId,
    record.parentSpanId,
    record.dialect,
    Number(record.stream),
    record.status,
    Number(record.isSuccess),
    record.error,
    record.model,
    record.provider,
    record.route,
    record.region,
    record.credential,
    record.config,
    record.prompt?.id,
    record.tier,
    record.awsRequestId,
    record.attempts.length,
    record.target,
    record.cache,
    units.input,
    units.output,
    units.cacheRead,
    units.cacheWrite,
    units.total,
    exactly(cost.totalNano),
    Number(cost.isEstimate),
    timings.firstByte,
    timings.firstToken,
    timings.total,
    addedAt,
    text,
  ];
  return values.map((value) => value ?? null);
}

function exactly(digits: string | undefined): bigint | undefined {
  return digits === undefined ? undefined : BigInt(digits);
}

function pairsOf({ id, at, projectId, metadata = {} }: CallRecord): Value[][] {
  return Object.entries(metadata).map(([name, value]) => [projectId, name, value, at, id]);
}

interface Insert {
  table: string;
  columns: readonly string[];
  rows: number;
  end: string;
}

function insertSql(engine: Engine, insert: Insert): string {
  const { table, columns: names, rows, end } = insert;
  let number = 0;
  const place = engine === "postgres" ? (): string => `$${(number += 1)}` : (): string => "?";
  const tuples = Array.from({ length: rows }, () => `(${names.map(place).join(",")})`);
  return `insert into ${table} (${names.join(",")}) values ${tuples.join(",")} on conflict do nothing ${end}`;
}

/** Pairs of a statement: SQLite looks each of them up in an expression of its own. */
const pairsDeletedAtOnce = 50;

/** Deletes calls with all that belongs to them. Their pairs are found by what the records tell: an index by call would cost every call. */
export async function deleteCalls({ db }: Pick<Writing, "db">, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await db.selectFrom("calls").select("record").where("id", "in", ids).execute();
  const pairs = rows.flatMap(({ record }) => pairsOf(JSON.parse(record) as CallRecord));
  for (let from = 0; from < pairs.length; from += pairsDeletedAtOnce) {
    const some = pairs.slice(from, from + pairsDeletedAtOnce).map(isPair);
    await sql`delete from call_metadata where ${sql.join(some, sql` or `)}`.execute(db);
  }
  const list = sql.join(ids);
  await sql`delete from call_contents where call_id in (${list})`.execute(db);
  await sql`delete from calls where id in (${list})`.execute(db);
}

function isPair([projectId, name, value, at, callId]: readonly Value[]): RawBuilder<unknown> {
  return sql`(project_id = ${projectId} and name = ${name} and value = ${value} and at = ${at} and call_id = ${callId})`;
}
