/**
 * Finds calls, the newest first, page by page. What an index answers is there at once; for other filters and for text the window is read
 * through, some rows at a time, so that nobody's stream waits for it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { sql, type ExpressionBuilder, type RawBuilder } from "kysely";
import type { Engine } from "../../store/engines/engine.ts";
import type { Database, Store } from "../../store/store.ts";
import type { Tables } from "../../store/tables/tables.ts";
import {
  hashOfDrive,
  hasPairs,
  indexOf,
  isDriven,
  isSaidOf,
  matches,
  searchPlan,
  type CallFilter,
  type Drive,
  type SearchPlan,
} from "./call-filter.ts";
import { hashOf, markOf, mostSeqsBehind, seqAt, seqOfId, stretchMs, timeOfSeq } from "./call-marks.ts";
import type { CallRecord } from "../record/call-record.ts";
import { ChunkContents } from "../content/chunk-contents.ts";
import { PageFilling, type Driven } from "./page-filling.ts";

export interface CallPage {
  limit: number;
  /** Id of the call behind which it begins. */
  after?: string | undefined;
  /** How many are passed over. */
  offset?: number | undefined;
}

export interface CallSearch {
  filter: CallFilter;
  /** Stands somewhere in the record, in any case of letters. */
  text?: string | undefined;
  /** True: or in what is kept of its content. */
  inContent?: boolean;
  /** True once nobody waits for it any more. */
  isOver?: () => boolean;
}

export interface FoundCalls {
  records: CallRecord[];
  hasMore: boolean;
  /** The page after this one begins behind it. */
  lastId: string | undefined;
  /** Calls that were read for it; undefined where an index gave them. */
  scanned: number | undefined;
  /** Arrival of the oldest call that was read. */
  scannedTo: number | undefined;
  /** Of the calls that were read and that the filter means, those of which no content is kept; undefined where none was looked at. */
  withoutContent: number | undefined;
  /** Of those same calls, those of which content is kept that cannot be read: it may have said the text. */
  unreadable: number | undefined;
}

type Reading = Pick<Store, "engine" | "read">;

/** Calls that are read through at once. */
const scanRows = 500;

/**
 * The newest calls that match. Where the window is read through, it ends when the page is full, or when so much has been read as one
 * answer may cost: `lastId` is then where to go on, whatever was found.
 */
export async function searchCalls(store: Reading, search: CallSearch, page: CallPage): Promise<FoundCalls> {
  const plan = searchPlan(search.filter);
  const isScan = plan.hasRest || search.text !== undefined;
  const filling = new PageFilling(page, search);
  let start = page.after === undefined ? undefined : await seqNear(store, page.after);
  for (;;) {
    const most = isScan ? scanRows : page.limit + (page.offset ?? 0) + 1;
    const rows = await rowsAfter(store, plan, { start, most });
    const isFull =
      search.inContent === true ? await filling.takeReading(rows, await contentsOf(store, rows)) : filling.take(rows);
    if (isFull || rows.length < most) return filling.found(isFull, { plan, search });
    if (filling.isSpent) return filling.found(true, { plan, search });
    start = rows.at(-1)?.callSeq;
    await nextTurn();
  }
}

function contentsOf(store: Reading, rows: readonly Driven[]): Promise<ChunkContents> {
  return ChunkContents.of(
    store,
    rows.filter(({ record }) => record !== null).map(({ id }) => id),
  );
}

/** Every call that matches, the newest first, for who reads them all. Ends early where `isOver` says so. */
export function everyCall(store: Reading, search: CallSearch): AsyncGenerator<CallRecord> {
  return everyFound((page) => searchCalls(store, search, page), search.isOver);
}

/** As {@link everyCall}, by a search of one's own. */
export async function* everyFound(
  find: (page: CallPage) => Promise<FoundCalls>,
  isOver: (() => boolean) | undefined,
): AsyncGenerator<CallRecord> {
  for (let after: string | undefined; ;) {
    const page = await find({ limit: scanRows, after });
    yield* page.records;
    if (!page.hasMore || isOver?.() === true) return;
    after = page.lastId;
    await nextTurn();
  }
}

/** True where calls of the project were recorded: it may be gone. */
export async function hasCallsOf(store: Pick<Store, "read">, projectId: string): Promise<boolean> {
  const place = await store.read((db) =>
    db.selectFrom("callPlaces").select("placeSeq").where("projectId", "=", projectId).limit(1).executeTakeFirst(),
  );
  return place !== undefined;
}

/** The record of this id, with its project. */
export function findCall(store: Pick<Store, "read">, id: string): Promise<CallRecord | undefined> {
  return store.read(async (db) => {
    const row = await rowOfCall(db, id);
    return row === undefined ? undefined : (JSON.parse(row.record) as CallRecord);
  });
}

interface Chunk {
  engine: Engine;
  /** Behind this one. */
  start: bigint | undefined;
  most: number;
}

async function rowsAfter(store: Reading, plan: SearchPlan, { start, most }: Omit<Chunk, "engine">): Promise<Driven[]> {
  const { drives, rest } = plan;
  const chunk: Chunk = { engine: store.engine, start, most };
  return store.read(async (db) => {
    let rows: Driven[] = [];
    for (const drive of drives) {
      // Where there are enough, only newer ones can take their places.
      const oldest = rows.length < most ? undefined : rows.at(-1)?.callSeq;
      rows.push(...(await drivenRows(db, { drive, rest, oldest }, chunk)));
      if (drives.length === 1) return rows;
      rows = rows.toSorted((one, other) => (one.callSeq > other.callSeq ? -1 : 1)).slice(0, most);
    }
    return rows;
  });
}

interface Driving {
  drive: Drive;
  rest: CallFilter;
  /** None before this one is wanted. */
  oldest: bigint | undefined;
}

/** Calls of some traces on one day that are looked at. */
const mostOfTraces = 20_000;
/** Stretches of time that are looked through at once, at most. */
const mostStretches = 512;

/**
 * From stretch to stretch back in time. What many calls have stands in the newest ones; what few have is looked for in more and more of
 * them at once.
 */
async function drivenRows(db: Database, driving: Driving, { engine, start, most }: Chunk): Promise<Driven[]> {
  const { rest, drive } = driving;
  const span = await spanOf(db, rest, start);
  if (span === undefined) return [];
  const unitMs = stretchMs(drive.by);
  const from = driving.oldest === undefined ? span.from : larger(span.from, driving.oldest);
  const oldest = Math.floor(timeOfSeq(from) / unitMs);
  const rows: Driven[] = [];
  let newest = Math.floor(timeOfSeq(span.to - 1n) / unitMs);
  for (let stretches = 1; newest >= oldest && rows.length < most; stretches = Math.min(stretches * 8, mostStretches)) {
    const count = Math.min(stretches, newest - oldest + 1);
    const hash = hashOfDrive(rest.projectId, drive);
    const marks = Array.from({ length: count }, (_, index) => markOf(drive.by, (newest - index) * unitMs, hash));
    const part = { engine, marks, span, most: most - rows.length };
    rows.push(...(await rowsOfMarks(db, driving, part)));
    newest -= count;
  }
  return rows;
}

/** `from` is within, `to` is not. */
interface Span {
  from: bigint;
  to: bigint;
}

/** Where calls may be that are meant; undefined where none can be. */
async function spanOf(db: Database, { from, to }: CallFilter, start: bigint | undefined): Promise<Span | undefined> {
  const ends = await db
    .selectNoFrom((select) => [
      select
        .selectFrom("calls")
        .select(({ fn }) => fn.min("callSeq").as("seq"))
        .as("oldestSeq"),
      select
        .selectFrom("calls")
        .select(({ fn }) => fn.max("callSeq").as("seq"))
        .as("newestSeq"),
    ])
    .executeTakeFirst();
  if (ends === undefined || ends.oldestSeq === null || ends.newestSeq === null) return undefined;
  const last = [ends.newestSeq + 1n, start, to === undefined ? undefined : seqAt(to)];
  const span = {
    from: from === undefined ? ends.oldestSeq : larger(ends.oldestSeq, seqAt(from)),
    to: last.filter((seq) => seq !== undefined).reduce(smaller),
  };
  return span.from < span.to ? span : undefined;
}

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

interface Part {
  engine: Engine;
  marks: readonly number[];
  span: Span;
  most: number;
}

/** The newest calls of some marks, by their seqs. */
function seqsOfMarks(drive: Drive, { engine, marks, span, most }: Part): RawBuilder<{ callSeq: bigint }> {
  const { from, mark } = treeOf(drive, engine);
  const isWithin = sql`call_seq >= ${span.from} and call_seq < ${span.to}`;
  if (marks.length === 1) {
    return sql`(select call_seq from ${from} where ${mark} = ${marks[0]} and ${isWithin} order by call_seq desc limit ${most})`;
  }
  if (engine === "sqlite") {
    return sql`(select call_seq from ${from} where ${mark} in (select value from json_each(${`[${marks.join(",")}]`}))
      and ${isWithin} order by call_seq desc limit ${most})`;
  }
  // Mark by mark: what PostgreSQL knows of how often marks occur says nothing of these, and it might read the whole table for them.
  return sql`(select near.call_seq from unnest(${`{${marks.join(",")}}`}::bigint[]) as asked(wanted)
    cross join lateral (
      select call_seq from ${from} where ${mark} = asked.wanted and ${isWithin} order by call_seq desc limit ${most}
    ) as near order by near.call_seq desc limit ${most})`;
}

/** Of a statement that joins calls with what was found: nothing but the calls' own columns is asked for. */
function ofCalls(given: unknown): ExpressionBuilder<Tables, "calls"> {
  return given as ExpressionBuilder<Tables, "calls">;
}

function rowsOfMarks(db: Database, { drive, rest }: Driving, part: Part): Promise<Driven[]> {
  const found = seqsOfMarks(drive, part);
  return db
    .selectFrom(found.as("found"))
    .innerJoin("calls", "calls.callSeq", "found.callSeq")
    .select((given) => {
      const where = ofCalls(given);
      const isMeant = where.and([
        isDriven(where, rest.projectId, drive),
        matches(where, rest),
        ...isSaidOf(rest, found),
      ]);
      return [
        "calls.id",
        "calls.callSeq",
        given.case().when(isMeant).then(given.ref("calls.record")).end().as("record"),
      ];
    })
    .orderBy("found.callSeq", "desc")
    .execute();
}

/**
 * SQLite keeps no statistics here, and may think that it gets the order of time for nothing: it would read the whole window for a value
 * that few calls have. So it is told which index to take; PostgreSQL knows.
 */
function treeOf(drive: Drive, engine: Engine): { from: RawBuilder<unknown>; mark: RawBuilder<unknown> } {
  if (drive.by === "pair") return { from: sql`call_metadata`, mark: sql.ref("mark") };
  const { index, mark } = indexOf[drive.by];
  const hint = engine === "sqlite" ? sql` indexed by ${sql.ref(index)}` : sql``;
  return { from: sql`calls${hint}`, mark: sql.ref(mark) };
}

/** Traces and models of the calls of some traces that match, whenever those were, each combination once a day. */
export async function callsOfTraces(
  store: Reading,
  filter: CallFilter,
  traceIds: readonly string[],
): Promise<{ traceId: string; model: string | null }[]> {
  const { engine } = store;
  const { projectId, traceId: onlyId } = filter;
  const wanted = new Set(onlyId === undefined ? traceIds : traceIds.filter((id) => id === onlyId));
  const hashes = traceIds.map((id) => hashOf(projectId, id));
  const span = await store.read((db) => spanOf(db, { projectId }, undefined));
  if (span === undefined) return [];
  const unitMs = stretchMs("trace");
  const found: { traceId: string; model: string | null }[] = [];
  const newest = Math.floor(timeOfSeq(span.to) / unitMs);
  for (let day = Math.floor(timeOfSeq(span.from) / unitMs); day <= newest; day += 1) {
    const marks = hashes.map((hash) => markOf("trace", day * unitMs, hash));
    const seqs = seqsOfMarks({ by: "trace", value: "" }, { engine, marks, span, most: mostOfTraces });
    const rows = await store.read((db) =>
      db
        .selectFrom(seqs.as("found"))
        .innerJoin("calls", "calls.callSeq", "found.callSeq")
        .select(["calls.traceId", "calls.model", "calls.projectId"])
        // What marks say of metadata is looked at in the record itself.
        .$if(filter.metadata !== undefined, (query) => query.select("calls.record"))
        .where((given) => {
          const where = ofCalls(given);
          return where.and([matches(where, filter), ...isSaidOf(filter, seqs)]);
        })
        .distinct()
        .execute(),
    );
    found.push(
      ...rows.filter(
        (row) =>
          row.projectId === projectId &&
          wanted.has(row.traceId) &&
          (row.record === undefined || hasPairs(JSON.parse(row.record) as CallRecord, filter)),
      ),
    );
    await nextTurn();
  }
  return found;
}

/** Ids of some of a project's oldest calls from before a seq, in no order. */
export async function oldestCalls(
  db: Database,
  engine: Engine,
  { projectId, before, most }: { projectId: string; before: bigint; most: number },
): Promise<string[]> {
  const span = await spanOf(db, { projectId }, before);
  if (span === undefined) return [];
  const unitMs = stretchMs("time");
  const newest = Math.floor(timeOfSeq(span.to - 1n) / unitMs);
  const ids: string[] = [];
  for (let oldest = Math.floor(timeOfSeq(span.from) / unitMs); oldest <= newest && ids.length < most;) {
    const count = Math.min(mostStretches, newest - oldest + 1);
    const hash = hashOf(projectId);
    const marks = Array.from({ length: count }, (_, index) => markOf("time", (oldest + index) * unitMs, hash));
    const rows = await db
      .selectFrom(seqsOfMarks({ by: "time" }, { engine, marks, span, most }).as("found"))
      .innerJoin("calls", "calls.callSeq", "found.callSeq")
      .select(["calls.id", "calls.projectId"])
      .execute();
    ids.push(...rows.filter((row) => row.projectId === projectId).map(({ id }) => id));
    oldest += count;
  }
  return ids;
}

/** Where a call stands. One that is gone by now is where its id says that it was. @throws AditError `invalid_request` for what is no id */
function seqNear(store: Pick<Store, "read">, id: string): Promise<bigint> {
  const seq = seqOfId(id);
  if (seq === undefined) {
    throw new AditError("invalid_request", "after: it is the id of no call.", {
      param: "after",
      remedy: "Name last_id of the page before.",
    });
  }
  return store.read(async (db) => (await rowOfCall(db, id))?.callSeq ?? seq);
}

/** It stands where its id says, or a little behind: no index knows ids, and without that all calls would be read through. */
export async function rowOfCall(db: Database, id: string) {
  const seq = seqOfId(id);
  if (seq === undefined) return undefined;
  return db
    .selectFrom("calls")
    .select(["callSeq", "projectId", "addedAt", "record"])
    .where("callSeq", ">=", seq)
    .where("callSeq", "<=", seq + mostSeqsBehind)
    .where("id", "=", id)
    .executeTakeFirst();
}
