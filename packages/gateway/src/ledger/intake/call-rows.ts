/** Records of calls into the database, each once. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import { databaseTime } from "../../store/database-time.ts";
import type { Writing } from "../../store/store.ts";
import { within, type StoreAccess } from "../../store/within.ts";
import { hashOf, markOf, mostSeqsBehind, seqOfId, timeOfSeq, type MarkKind } from "../search/call-marks.ts";
import type { CallRecord } from "../record/call-record.ts";
import { takenPlaces } from "../content/content-keeper.ts";
import { addGuardrailFeedback } from "../feedback/feedback.ts";
import { insertAll, type Column, type RowValue } from "./row-insert.ts";
import { knownPlacesOf, SumRows } from "./sum-rows.ts";

const columns: readonly Column[] = [
  ["call_seq", "bigint"],
  ["id", "text"],
  ["project_id", "text"],
  ["project_mark", "bigint"],
  ["key_id", "text"],
  ["key_mark", "bigint"],
  ["model", "text"],
  ["model_mark", "bigint"],
  ["status", "bigint"],
  ["status_mark", "bigint"],
  ["credential", "text"],
  ["credential_mark", "bigint"],
  ["trace_id", "text"],
  ["trace_mark", "bigint"],
  ["is_success", "bigint"],
  ["failure_mark", "bigint"],
  ["span_id", "text"],
  ["provider", "text"],
  ["region", "text"],
  ["config", "text"],
  ["prompt", "text"],
  ["cache", "text"],
  ["input_tokens", "bigint"],
  ["output_tokens", "bigint"],
  ["total_tokens", "bigint"],
  ["cost_nano", "bigint"],
  ["added_at", "bigint"],
  ["record", "line"],
];
const pairColumns: readonly Column[] = [
  ["mark", "bigint"],
  ["call_seq", "bigint"],
];

/** A record and its text, as the journal has it. */
export interface WrittenRecord {
  record: CallRecord;
  text: string;
}

/** A record on its way to a row. */
interface Placed extends WrittenRecord {
  /** Of its id. */
  firstSeq: bigint;
  /** Where it stands. */
  seq: bigint;
}

/** How records are added. */
export interface Adding {
  /** Done before, in the same transaction. */
  first?: (writing: Writing) => Promise<void>;
  /** True: they may have been there before, and have been deleted. Such a call does not come back: its sums, which stay, have it. */
  mayBeDeleted?: boolean;
}

/**
 * Writes the records that are not there yet, and adds them to the sums, in one transaction.
 * @returns the ids of those that were not there
 */
export async function addCalls(
  store: StoreAccess,
  written: readonly WrittenRecord[],
  { first, mayBeDeleted = false }: Adding = {},
): Promise<Set<string>> {
  const places = knownPlacesOf(store);
  const sums = new SumRows(store.clock.now(), places);
  const added = await store.write(async (writing) => {
    await first?.(writing);
    const wanted = mayBeDeleted ? await notDeleted(writing, store.engine, written) : written;
    const calls = await insertCalls(writing, store, wanted);
    for (const { record } of calls) sums.add(record);
    await sums.write(writing);
    const told = calls.flatMap(({ record }) => (record.guardrailFeedback === undefined ? [] : [record]));
    if (told.length > 0) await addGuardrailFeedback(writing, store.clock.now(), told);
    return calls;
  });
  places.add(sums.newPlaces);
  return new Set(added.map(({ record }) => record.id));
}

async function notDeleted(
  { db }: Writing,
  engine: StoreAccess["engine"],
  written: readonly WrittenRecord[],
): Promise<WrittenRecord[]> {
  // Of a deletion under way the places are not seen yet, and its calls would come back behind it: on a server it is waited for, and those that
  // come wait for these.
  if (engine === "postgres") await sql`lock table call_contents in share mode`.execute(db);
  const deleted = await takenPlaces(
    db,
    written.map(({ record }) => record.id),
  );
  return written.filter(({ record }) => !deleted.has(record.id));
}

/** Rows and the marks of their metadata; gives the records that were not there. */
async function insertCalls(writing: Writing, store: StoreAccess, written: readonly WrittenRecord[]): Promise<Placed[]> {
  // Whoever follows the calls of all gateways goes by it, and their own clocks may be minutes apart.
  const addedAt = await databaseTime(within(store, writing));
  const placed = written
    .map(placedFirst)
    .toSorted((one, other) => (one.seq < other.seq ? -1 : Number(one.seq > other.seq)));
  const into = { table: "calls", columns, end: "on conflict do nothing", key: "call_seq" };
  const rows = placed.map((one) => rowOf(one, addedAt));
  const taken = new Set(await insertAll(writing, into, rows));
  for (const index of taken) {
    const one = placed[index];
    if (one !== undefined && (await isPlacedNear(writing, one, addedAt))) taken.delete(index);
  }
  const added = placed.filter((_one, index) => !taken.has(index));
  const pairs = added.flatMap(pairsOf).toSorted(([one], [other]) => one - other);
  await insertAll(writing, { table: "call_metadata", columns: pairColumns, end: "" }, pairs);
  if (store.engine === "sqlite") await nextTurn();
  return added;
}

function placedFirst(one: WrittenRecord): Placed {
  const seq = seqOfId(one.record.id);
  if (seq === undefined) throw new TypeError("A record's id is not req_ and a UUIDv7.");
  return { firstSeq: seq, seq, ...one };
}

/** Its seq was taken: by itself, or by another that it must stand behind. */
async function isPlacedNear(writing: Writing, one: Placed, addedAt: number): Promise<boolean> {
  const { firstSeq, record } = one;
  const near = await writing.db
    .selectFrom("calls")
    .select(["callSeq", "id"])
    .where("callSeq", ">=", firstSeq)
    .where("callSeq", "<=", firstSeq + mostSeqsBehind)
    .execute();
  if (near.some(({ id }) => id === record.id)) return false;
  const taken = new Set(near.map(({ callSeq }) => callSeq));
  const into = { table: "calls", columns, end: "on conflict do nothing", key: "call_seq" };
  for (one.seq = firstSeq; one.seq <= firstSeq + mostSeqsBehind; one.seq += 1n) {
    if (taken.has(one.seq)) continue;
    const conflicts = await insertAll(writing, into, [rowOf(one, addedAt)]);
    if (conflicts.length === 0) return true;
  }
  throw new RangeError("Too many calls in one moment.");
}

/** In the order of the columns. */
function rowOf({ record, text, seq, firstSeq }: Placed, addedAt: number): RowValue[] {
  const { units, cost, projectId } = record;
  const ms = timeOfSeq(firstSeq);
  const mark = (kind: MarkKind, value: string | undefined): number | undefined =>
    value === undefined ? undefined : markOf(kind, ms, hashOf(projectId, value));
  const projectMark = markOf("time", ms, hashOf(projectId));
  const values: (RowValue | undefined)[] = [
    seq,
    record.id,
    projectId,
    projectMark,
    record.keyId,
    mark("key", record.keyId),
    record.model,
    mark("model", record.model),
    record.status,
    mark("status", String(record.status)),
    record.credential,
    mark("credential", record.credential),
    record.traceId,
    mark("trace", record.traceId),
    Number(record.isSuccess),
    record.isSuccess ? undefined : projectMark,
    record.spanId,
    record.provider,
    record.region,
    record.config,
    record.prompt?.id,
    record.cache,
    units.input,
    units.output,
    units.total,
    exactly(cost.totalNano),
    addedAt,
    text,
  ];
  return values.map((value) => value ?? null);
}

function exactly(digits: string | undefined): bigint | undefined {
  return digits === undefined ? undefined : BigInt(digits);
}

function pairsOf({
  record,
  seq,
  firstSeq,
}: Pick<Placed, "record" | "seq" | "firstSeq">): [mark: number, seq: bigint][] {
  const { projectId, metadata } = record;
  if (metadata === undefined) return [];
  const ms = timeOfSeq(firstSeq);
  const marks = Object.keys(metadata).map((name) => markOf("pair", ms, hashOf(projectId, name, metadata[name] ?? "")));
  return [...new Set(marks)].map((mark) => [mark, seq]);
}

/** The rows of these ids, as far as they are there. */
async function rowsOfIds({ db }: Pick<Writing, "db">, ids: readonly string[]) {
  const seqs = ids.flatMap((id) => seqOfId(id) ?? []);
  const query = db.selectFrom("calls").select(["callSeq", "id", "addedAt", "record"]);
  const wanted = new Set(ids);
  const rows = (await query.where("callSeq", "in", seqs).execute()).filter(({ id }) => wanted.has(id));
  for (const { id } of rows) wanted.delete(id);
  for (const id of wanted) {
    const seq = seqOfId(id);
    if (seq === undefined) continue;
    const near = query.where("callSeq", ">", seq).where("callSeq", "<=", seq + mostSeqsBehind);
    rows.push(...(await near.where("id", "=", id).execute()));
  }
  return rows;
}

/**
 * Deletes calls with all that belongs to them. Their pairs are found by what the records tell: an index by call would cost every call.
 * @returns those that were there, and when they had come in
 */
export async function deleteCalls(
  writing: Pick<Writing, "db">,
  ids: readonly string[],
): Promise<{ id: string; addedAt: number }[]> {
  if (ids.length === 0) return [];
  const { db } = writing;
  const rows = await rowsOfIds(writing, ids);
  for (const { callSeq: seq, id, record } of rows) {
    const firstSeq = seqOfId(id) ?? seq;
    const marks = pairsOf({ record: JSON.parse(record) as CallRecord, seq, firstSeq }).map(([mark]) => mark);
    // All at once: statement by statement, calls of hundreds of pairs would hold up everybody.
    if (marks.length > 0) {
      await db.deleteFrom("callMetadata").where("callSeq", "=", seq).where("mark", "in", marks).execute();
    }
  }
  await db.deleteFrom("callContents").where("callId", "in", ids).execute();
  const seqs = rows.map(({ callSeq }) => callSeq);
  if (seqs.length > 0) await db.deleteFrom("calls").where("callSeq", "in", seqs).execute();
  return rows.map(({ id, addedAt }) => ({ id, addedAt }));
}
