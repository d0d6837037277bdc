/** Finds calls, the newest first, page by page; text by scanning. */
import type { SelectQueryBuilder } from "kysely";
import type { Database, Store } from "../store/store.ts";
import type { Row, Tables } from "../store/tables.ts";
import { hasPairs, matches, type CallFilter } from "./call-filter.ts";
import type { CallRecord } from "./call-record.ts";

export interface CallPage {
  limit: number;
  /** Id of the call behind which it begins. */
  after?: string | undefined;
  /** How many are passed over. */
  offset?: number | undefined;
}

export interface FoundCalls {
  records: CallRecord[];
  hasMore: boolean;
  /** The page after this one begins behind it. */
  lastId: string | undefined;
}

export interface ScannedCalls extends FoundCalls {
  /** Calls that were read for it. */
  scanned: number;
}

/** Calls that a search for text reads at most for one answer, and at once. */
const mostScanned = 20_000;
const scanRows = 500;

type Position = Pick<Row<"calls">, "at" | "id">;

/** The newest calls that match. */
export async function findCalls(store: Pick<Store, "read">, filter: CallFilter, page: CallPage): Promise<FoundCalls> {
  return store.read(async (db) => {
    const rows = await pageOfRows(db, filter, { ...page, limit: page.limit + 1 });
    const shown = rows.slice(0, page.limit);
    return {
      records: shown.map(({ record }) => JSON.parse(record) as CallRecord),
      hasMore: rows.length > page.limit,
      lastId: shown.at(-1)?.id,
    };
  });
}

/**
 * The newest calls that match and in whose record the text stands, in any case of letters. Ends when a page is full, when so much has
 * been read as one answer may cost, or when `isOver` says so; `lastId` is then where to go on.
 */
export async function scanCalls(
  store: Pick<Store, "read">,
  { filter, text, isOver }: { filter: CallFilter; text: string; isOver: () => boolean },
  page: CallPage,
): Promise<ScannedCalls> {
  const wanted = text.toLowerCase();
  const found: ScannedCalls = { records: [], hasMore: false, lastId: page.after, scanned: 0 };
  for (;;) {
    const after = found.lastId;
    const rows = await store.read((db) => pageOfRows(db, filter, { limit: scanRows, after }));
    for (const { id, record } of rows) {
      found.scanned += 1;
      found.lastId = id;
      if (record.toLowerCase().includes(wanted)) found.records.push(JSON.parse(record) as CallRecord);
      if (found.records.length === page.limit) return { ...found, hasMore: true };
    }
    if (rows.length < scanRows) return found;
    if (found.scanned >= mostScanned || isOver()) return { ...found, hasMore: true };
  }
}

/** How many match; beyond `most` nobody counts on. */
export function countCalls(store: Pick<Store, "read">, filter: CallFilter, most: number): Promise<number> {
  return store.read(async (db) => {
    const some = matching(db, filter).select("calls.id").limit(most);
    const row = await db
      .selectFrom(some.as("some"))
      .select((where) => where.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  });
}

/** The record of this id, with its project. */
export function findCall(store: Pick<Store, "read">, id: string): Promise<CallRecord | undefined> {
  return store.read(async (db) => {
    const row = await db.selectFrom("calls").select("record").where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.record) as CallRecord);
  });
}

type Matching = SelectQueryBuilder<Tables, "calls", object>;

export function matching(db: Database, filter: CallFilter): Matching {
  const some = db.selectFrom("calls").where((where) => matches(where, filter));
  return filter.metadata === undefined ? some : some.where((where) => hasPairs(where, filter));
}

async function pageOfRows(
  db: Database,
  filter: CallFilter,
  page: CallPage,
): Promise<Pick<Row<"calls">, "id" | "record">[]> {
  const start = page.after === undefined ? undefined : await positionOf(db, page.after);
  const [pair] = Object.entries(filter.metadata ?? {});
  if (pair !== undefined) return pageByPair(db, { filter, pair, start }, page);
  let query = matching(db, filter).select(["calls.id", "calls.record"]);
  if (start !== undefined) {
    query = query
      .where("calls.at", "<=", start.at)
      .where((where) => where.or([where("calls.at", "<", start.at), where("calls.id", "<", start.id)]));
  }
  return query
    .orderBy("calls.at", "desc")
    .orderBy("calls.id", "desc")
    .limit(page.limit)
    .$if(page.offset !== undefined, (some) => some.offset(page.offset ?? 0))
    .execute();
}

/** By the index of pairs, in the order of which the first page stands at once. */
async function pageByPair(
  db: Database,
  { filter, pair: [name, value], start }: { filter: CallFilter; pair: [string, string]; start: Position | undefined },
  page: CallPage,
): Promise<Pick<Row<"calls">, "id" | "record">[]> {
  const { metadata, ...rest } = filter;
  const others = Object.fromEntries(Object.entries(metadata ?? {}).filter(([other]) => other !== name));
  let query = db
    .selectFrom("callMetadata as pairs")
    .innerJoin("calls", "calls.id", "pairs.callId")
    .select(["calls.id", "calls.record"])
    .where("pairs.projectId", "=", filter.projectId)
    .where("pairs.name", "=", name)
    .where("pairs.value", "=", value)
    .where((where) => matches(where as never, rest))
    .where((where) => hasPairs(where as never, { ...rest, metadata: others }));
  if (filter.from !== undefined) query = query.where("pairs.at", ">=", filter.from);
  if (filter.to !== undefined) query = query.where("pairs.at", "<", filter.to);
  if (start !== undefined) {
    query = query
      .where("pairs.at", "<=", start.at)
      .where((where) => where.or([where("pairs.at", "<", start.at), where("pairs.callId", "<", start.id)]));
  }
  return query
    .orderBy("pairs.at", "desc")
    .orderBy("pairs.callId", "desc")
    .limit(page.limit)
    .$if(page.offset !== undefined, (some) => some.offset(page.offset ?? 0))
    .execute();
}

/** Where a call stands. One that is gone by now is where its id says that it was. */
async function positionOf(db: Database, id: string): Promise<Position> {
  const row = await db.selectFrom("calls").select(["at", "id"]).where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return row;
  const time = Number.parseInt(id.slice("req_".length).replaceAll("-", "").slice(0, 12), 16);
  return { at: Number.isNaN(time) ? 0 : time, id };
}
