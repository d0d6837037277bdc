/**
 * Finds calls, the newest first, page by page. What an index answers is there at once; for other filters and for text the window is read
 * through, some rows at a time, so that nobody's stream waits for it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { sql, type AliasedRawBuilder } from "kysely";
import type { Engine } from "../store/engine.ts";
import type { Database, Store } from "../store/store.ts";
import type { Row } from "../store/tables.ts";
import {
  indexOf,
  isDriven,
  matches,
  searchPlan,
  type CallFilter,
  type Drive,
  type IndexDrive,
  type SearchPlan,
} from "./call-filter.ts";
import type { CallRecord } from "./call-record.ts";

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
}

type Reading = Pick<Store, "engine" | "read">;
type Position = Pick<Row<"calls">, "at" | "id">;
/** A call in the order of the index; its record where it is one that is meant. */
type Driven = Position & { record: string | null };

/** Calls that are read through at most for one answer, and at once. */
const mostScanned = 20_000;
const scanRows = 500;

/**
 * The newest calls that match. Where the window is read through, it ends when the page is full, or when so much has been read as one
 * answer may cost: `lastId` is then where to go on, whatever was found.
 */
export async function searchCalls(store: Reading, search: CallSearch, page: CallPage): Promise<FoundCalls> {
  const plan = searchPlan(search.filter);
  const isScan = plan.hasRest || search.text !== undefined;
  const filling = new PageFilling(page, search.text);
  let start = page.after === undefined ? undefined : await positionOf(store, page.after);
  for (;;) {
    const most = isScan ? scanRows : page.limit + (page.offset ?? 0) + 1;
    const rows = await rowsAfter(store, plan, { start, most });
    const isFull = filling.take(rows);
    if (isFull || rows.length < most) return filling.found(isFull, isScan);
    if (filling.count >= mostScanned || search.isOver?.() === true) return filling.found(true, isScan);
    start = rows.at(-1);
    await nextTurn();
  }
}

/** A page that is being filled from the rows that are read for it. */
class PageFilling {
  readonly #limit: number;
  readonly #wanted: string | undefined;
  readonly #records: CallRecord[] = [];
  #skip: number;
  #last: Position | undefined;
  /** Rows that were taken. */
  count = 0;

  constructor({ limit, offset = 0 }: CallPage, text: string | undefined) {
    this.#limit = limit;
    this.#skip = offset;
    this.#wanted = text?.toLowerCase();
  }

  /** True where the page is full and there is a row behind it. */
  take(rows: readonly Driven[]): boolean {
    for (const row of rows) {
      if (this.#records.length === this.#limit) return true;
      this.count += 1;
      this.#last = row;
      if (row.record === null || !this.#hasText(row.record)) continue;
      if (this.#skip > 0) this.#skip -= 1;
      else this.#records.push(JSON.parse(row.record) as CallRecord);
    }
    return false;
  }

  found(hasMore: boolean, isScan: boolean): FoundCalls {
    return {
      records: this.#records,
      hasMore,
      lastId: this.#last?.id,
      scanned: isScan ? this.count : undefined,
      scannedTo: isScan ? this.#last?.at : undefined,
    };
  }

  #hasText(record: string): boolean {
    return this.#wanted === undefined || record.toLowerCase().includes(this.#wanted);
  }
}

/** Every call that matches, the newest first, for who reads them all. Ends early where `isOver` says so. */
export async function* everyCall(store: Reading, search: CallSearch): AsyncGenerator<CallRecord> {
  for (let after: string | undefined; ;) {
    const page = await searchCalls(store, search, { limit: scanRows, after });
    yield* page.records;
    if (!page.hasMore || search.isOver?.() === true) return;
    after = page.lastId;
    await nextTurn();
  }
}

/** The record of this id, with its project. */
export function findCall(store: Pick<Store, "read">, id: string): Promise<CallRecord | undefined> {
  return store.read(async (db) => {
    const row = await db.selectFrom("calls").select("record").where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.record) as CallRecord);
  });
}

interface Chunk {
  engine: Engine;
  start: Position | undefined;
  most: number;
}

async function rowsAfter(store: Reading, plan: SearchPlan, { start, most }: Omit<Chunk, "engine">): Promise<Driven[]> {
  const [first, ...more] = plan.drives;
  if (first === undefined) return [];
  const chunk: Chunk = { engine: store.engine, start, most };
  return store.read(async (db) => {
    let rows = await drivenRows(db, first, plan.rest, chunk);
    for (const drive of more) rows.push(...(await drivenRows(db, drive, plan.rest, chunk)));
    if (more.length > 0) {
      rows = rows.toSorted((one, other) => other.at - one.at || (other.id < one.id ? -1 : 1)).slice(0, most);
    }
    return rows;
  });
}

function drivenRows(db: Database, drive: Drive, rest: CallFilter, chunk: Chunk): Promise<Driven[]> {
  return drive.by === "pair" ? rowsOfPair(db, drive, rest, chunk) : rowsOfIndex(db, drive, rest, chunk);
}

/**
 * SQLite keeps no statistics here, and takes the index of time for the best one of all: it would read the whole window for a value that
 * few calls have. So it is told which one to take; PostgreSQL knows.
 */
function callsBy({ by }: IndexDrive, engine: Engine): AliasedRawBuilder<Row<"calls">, "calls"> {
  const hint = engine === "sqlite" ? sql` indexed by ${sql.ref(indexOf[by])}` : sql``;
  return sql<Row<"calls">>`calls`.as<"calls">(sql`calls${hint}`);
}

function rowsOfIndex(
  db: Database,
  drive: IndexDrive,
  rest: CallFilter,
  { engine, start, most }: Chunk,
): Promise<Driven[]> {
  let query = db
    .selectFrom(callsBy(drive, engine))
    .select((where) => [
      "calls.id",
      "calls.at",
      where.case().when(matches(where, rest)).then(where.ref("calls.record")).end().as("record"),
    ])
    .where("calls.projectId", "=", rest.projectId)
    .where((where) => where.and(isDriven(where, drive)));
  if (rest.from !== undefined) query = query.where("calls.at", ">=", rest.from);
  if (rest.to !== undefined) query = query.where("calls.at", "<", rest.to);
  if (start !== undefined) {
    query = query
      .where("calls.at", "<=", start.at)
      .where((where) => where.or([where("calls.at", "<", start.at), where("calls.id", "<", start.id)]));
  }
  return query.orderBy("calls.at", "desc").orderBy("calls.id", "desc").limit(most).execute();
}

/** By the index of pairs, in the order of which the first page stands at once. */
function rowsOfPair(
  db: Database,
  { name, value }: { name: string; value: string },
  rest: CallFilter,
  { start, most }: Chunk,
): Promise<Driven[]> {
  let query = db
    .selectFrom("callMetadata as pairs")
    .innerJoin("calls", "calls.id", "pairs.callId")
    .select((where) => [
      "pairs.callId as id",
      "pairs.at as at",
      where
        .case()
        .when(matches(where as never, rest))
        .then(where.ref("calls.record"))
        .end()
        .as("record"),
    ])
    .where("pairs.projectId", "=", rest.projectId)
    .where("pairs.name", "=", name)
    .where("pairs.value", "=", value);
  if (rest.from !== undefined) query = query.where("pairs.at", ">=", rest.from);
  if (rest.to !== undefined) query = query.where("pairs.at", "<", rest.to);
  if (start !== undefined) {
    query = query
      .where("pairs.at", "<=", start.at)
      .where((where) => where.or([where("pairs.at", "<", start.at), where("pairs.callId", "<", start.id)]));
  }
  return query.orderBy("pairs.at", "desc").orderBy("pairs.callId", "desc").limit(most).execute();
}

const callId = /^req_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Where a call stands. One that is gone by now is where its id says that it was. @throws AditError `invalid_request` for what is no id */
function positionOf(store: Pick<Store, "read">, id: string): Promise<Position> {
  if (!callId.test(id)) {
    throw new AditError("invalid_request", "after: it is the id of no call.", {
      param: "after",
      remedy: "Name last_id of the page before.",
    });
  }
  return store.read(async (db) => {
    const row = await db.selectFrom("calls").select(["at", "id"]).where("id", "=", id).executeTakeFirst();
    if (row !== undefined) return row;
    const time = Number.parseInt(id.slice("req_".length).replaceAll("-", "").slice(0, 12), 16);
    return { at: time, id };
  });
}
