/** Deletes the calls of those whom pairs of metadata name: a person's data goes where the person asks for it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import { isJsonObject, type JsonObject } from "@adit/bedrock";
import { parsedObject } from "@adit/bedrock/gateway";
import { forgetValue, limitsByField } from "../../limits/settings/forget-value.ts";
import { deleteResponsesByMetadata } from "../../responses/delete-responses.ts";
import { databaseTime } from "../../store/database-time.ts";
import { repliesKeptMs } from "../../store/kept-replies.ts";
import type { Database } from "../../store/store.ts";
import { within, type StoreAccess } from "../../store/within.ts";
import { pairHashes } from "../content/body-pairs.ts";
import { takePlaces } from "../content/content-rows.ts";
import { fewAtOnce } from "./few-at-once.ts";
import { deleteCalls } from "../intake/call-rows.ts";
import type { CallRecord } from "../record/call-record.ts";
import { countsOf } from "../analytics/call-sums.ts";
import { PairSums } from "../intake/sum-rows.ts";
import type { CallFilter } from "../search/call-filter.ts";
import { everyCall, findCall, searchCalls } from "../search/call-search.ts";
import { callerPairs } from "../../caller-text.ts";

const rowsAtOnce = 200;
/** Content of a call that ended longer ago has long been written; what a killed gateway left of one that came in longer ago is gone. */
const behindMs = 10 * 60_000;

export interface Deletion {
  projectId: string;
  metadata: Readonly<Record<string, string>>;
  /** True: the records stay, for the bill; what was said goes. */
  contentOnly: boolean;
}

/**
 * Transaction by transaction: it may be many. With the calls go the feedback on them, and what else is kept of the project that names the
 * person: feedback, saved views and exports with these pairs.
 * @returns how many calls matched
 */
export async function deleteByMetadata(store: StoreAccess, deletion: Deletion): Promise<number> {
  const { projectId, contentOnly } = deletion;
  // As records have them.
  const metadata = callerPairs(deletion.metadata) ?? {};
  let deleted = 0;
  const pairs = new Map<string, Record<string, string>>();
  const go = async (ids: readonly string[], records: readonly CallRecord[]): Promise<void> => {
    await deleteContentsOf(store, ids);
    if (contentOnly)
      await store.write(({ db }) => takePlaces(db, records.filter(endedSince(store.clock.now() - behindMs))));
    else await deleteRecords(store, projectId, records);
    for (const { metadata: all = {} } of records) {
      for (const [name, value] of Object.entries(all)) pairs.set(`${name}\0${value}`, { [name]: value });
    }
    deleted += ids.length;
    await nextTurn();
  };
  const goAll = async (): Promise<number> => {
    let gone = 0;
    for (let after: string | undefined; ;) {
      const { records, hasMore, lastId } = await searchCalls(
        store,
        { filter: { projectId, metadata } },
        { limit: rowsAtOnce, after },
      );
      await go(
        records.map(({ id }) => id),
        records,
      );
      gone += records.length;
      if (!hasMore) return gone;
      after = lastId;
    }
  };
  // Whoever calls on meanwhile: what came in the time of one pass goes in the next, until that is little, or grows no less.
  for (let before = Infinity, gone = await goAll(); !contentOnly && gone > rowsAtOnce && gone < before;) {
    before = gone;
    gone = await goAll();
  }
  // What bodies say is known as it was sent, as long as their content is kept.
  for (;;) {
    const ids = await callsWithContentOf(store, deletion);
    if (ids.length === 0) break;
    const records = await Promise.all(ids.map((id) => findCall(store, id)));
    await go(
      ids,
      records.filter((record) => record !== undefined),
    );
  }
  // Those know pairs as they were sent.
  await deleteResponsesByMetadata(store, projectId, deletion.metadata);
  if (contentOnly) return deleted;
  for (const [name, value] of Object.entries(metadata)) pairs.set(`${name}\0${value}`, { [name]: value });
  // Limits know them as they were sent.
  for (const [name, value] of Object.entries(deletion.metadata)) pairs.set(`${name}\0${value}`, { [name]: value });
  const limits = await limitsByField(store, projectId);
  const isOfOnePair = Object.keys(metadata).length === 1;
  for (const pair of pairs.values()) {
    const wasAsked = namesAll(pair, metadata);
    if (!(await deletePairSums(store, { projectId, pair, mayHaveCalls: isOfOnePair && wasAsked }))) continue;
    for (const [name, value] of Object.entries(pair)) await forgetValue(store, limits.get(name) ?? [], value);
  }
  await deleteNaming(store, projectId, metadata);
  return deleted;
}

/** Some of the calls whose kept content has all the pairs, the body's and the metadata's. */
async function callsWithContentOf(store: StoreAccess, { projectId, metadata }: Deletion): Promise<string[]> {
  const [first = "", ...others] = pairHashes(Object.entries(metadata));
  const rows = await store.read((db) => {
    let found = db
      .selectFrom("callContentPairs as one")
      .select("one.callId")
      .where("one.projectId", "=", projectId)
      .where("one.pair", "=", first);
    for (const other of others) {
      found = found.where("one.callId", "in", (inner) =>
        inner
          .selectFrom("callContentPairs")
          .select("callId")
          .where("projectId", "=", projectId)
          .where("pair", "=", other),
      );
    }
    return found.limit(rowsAtOnce).execute();
  });
  return rows.map(({ callId }) => callId);
}

/** With what else is kept of the calls. */
async function deleteRecords(store: StoreAccess, projectId: string, records: readonly CallRecord[]): Promise<void> {
  if (records.length === 0) return;
  await store.write(async (writing) => {
    const gone = await deleteCalls(
      writing,
      records.map(({ id }) => id),
    );
    const since = (await databaseTime(within(store, writing))) - behindMs;
    // After the database was away for long, calls come in long after they have ended.
    const fresh = new Set(gone.filter(({ addedAt }) => addedAt > since).map(({ id }) => id));
    const isLate = endedSince(since);
    // Content of these that is still on its way does not come in, nor do they come back from a journal.
    await takePlaces(
      writing.db,
      records.filter((record) => isLate(record) || fresh.has(record.id)),
    );
    const traceIds = new Set(records.map(({ traceId }) => traceId));
    await deleteFeedbackWithoutCalls(within(store, writing), projectId, traceIds);
  });
}

function endedSince(since: number): (record: CallRecord) => boolean {
  return ({ at, timings }) => at + timings.total > since;
}

/** Some at a time: of a call it may be megabytes. */
async function deleteContentsOf(store: StoreAccess, callIds: readonly string[]): Promise<void> {
  for (let left = callIds.length; left > 0; await nextTurn()) {
    left = await store.write(async ({ db }) => {
      const rows = await db
        .selectFrom("callContents")
        .select(["callId", "storedBytes"])
        .where("callId", "in", callIds)
        .execute();
      const few = fewAtOnce(rows).map(({ callId }) => callId);
      if (few.length > 0) await db.deleteFrom("callContents").where("callId", "in", few).execute();
      return rows.length - few.length;
    });
  }
}

/** Of traces of which no call is left. */
async function deleteFeedbackWithoutCalls(
  store: StoreAccess,
  projectId: string,
  traceIds: ReadonlySet<string>,
): Promise<void> {
  const rated = await store.read((db) =>
    db
      .selectFrom("feedback")
      .select("traceId")
      .where("projectId", "=", projectId)
      .where("traceId", "in", [...traceIds])
      .distinct()
      .execute(),
  );
  const gone: string[] = [];
  // Each is looked for by itself: the calls of a trace that has very many of them would stand before those of another.
  for (const { traceId } of rated) if (!(await hasCalls(store, { projectId, traceId }))) gone.push(traceId);
  if (gone.length === 0) return;
  await store.write(({ db }) =>
    db.deleteFrom("feedback").where("projectId", "=", projectId).where("traceId", "in", gone).execute(),
  );
}

/** Feedback, views and exports that name these pairs themselves: no index knows them, so all of the project's are looked at. */
async function deleteNaming(store: StoreAccess, projectId: string, metadata: Deletion["metadata"]): Promise<void> {
  const tables = [
    { table: "feedback", text: "metadata", pairsOf: parsedObject },
    { table: "logViews", text: "query", pairsOf: pairsOfView },
    { table: "logExports", text: "request", pairsOf: pairsOfExport },
  ] as const;
  for (const { table, text, pairsOf } of tables) {
    for (let last = ""; ;) {
      const rows = await store.read((db) =>
        db
          .selectFrom(table)
          .select(["id", "updatedAt", sql.ref<string | null>(text).as("text")])
          .where("projectId", "=", projectId)
          .where("id", ">", last)
          .orderBy("id")
          .limit(rowsAtOnce)
          .execute(),
      );
      const named = rows.filter((row) => row.text !== null && namesAll(pairsOf(row.text) ?? {}, metadata));
      const since = store.clock.now() - repliesKeptMs;
      if (named.length > 0) await store.write(({ db }) => deleteWithReplies(db, table, { named, since }));
      if (rows.length < rowsAtOnce) break;
      last = rows.at(-1)?.id ?? "";
      await nextTurn();
    }
  }
}

/** What was answered to whoever made them, kept by an `Idempotency-Key`, says it all again. */
async function deleteWithReplies(
  db: Database,
  table: "feedback" | "logViews" | "logExports",
  { named, since }: { named: readonly { id: string; updatedAt: number }[]; since: number },
): Promise<void> {
  const ids = named.map(({ id }) => id);
  await db.deleteFrom(table).where("id", "in", ids).execute();
  for (const { id } of named.filter(({ updatedAt }) => updatedAt > since)) {
    await db.updateTable("idempotencyKeys").set({ reply: null }).where("reply", "like", `%"${id}"%`).execute();
  }
}

function namesAll(pairs: Readonly<Record<string, unknown>>, metadata: Deletion["metadata"]): boolean {
  const texts = Object.entries(pairs).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const kept = callerPairs(Object.fromEntries(texts) as Record<string, string>) ?? {};
  return Object.entries(metadata).every(([name, value]) => kept[name] === value);
}

function pairsOfView(query: string): JsonObject | undefined {
  return parsedObject(new URLSearchParams(query).get("metadata") ?? "");
}

function pairsOfExport(request: string): JsonObject | undefined {
  const { filters } = parsedObject(request) ?? {};
  const { metadata } = isJsonObject(filters) ? filters : {};
  return isJsonObject(metadata) ? metadata : parsedObject(typeof metadata === "string" ? metadata : "");
}

async function hasCalls(store: StoreAccess, filter: CallFilter): Promise<boolean> {
  const { records } = await searchCalls(store, { filter }, { limit: 1 });
  return records.length > 0;
}

interface PairDeletion {
  projectId: string;
  pair: Record<string, string>;
  /** True: all calls that had the pair are gone but those that came meanwhile. */
  mayHaveCalls: boolean;
}

/**
 * The sums of a pair hold its value, which may name the person: they go where no call has it any more. Those of a person who calls on count
 * anew what has come since: else they would go on telling of all that is gone.
 * @returns false where they stay
 */
async function deletePairSums(store: StoreAccess, { projectId, pair, mayHaveCalls }: PairDeletion): Promise<boolean> {
  // Of a person whose calls each have a number of their own there are as many pairs as calls.
  await nextTurn();
  return store.write(async (writing) => {
    const { db } = writing;
    // A call that another gateway brings in between would be counted twice, or not at all.
    if (store.engine === "postgres") await sql`lock table metadata_sums in share row exclusive mode`.execute(db);
    const inside = within(store, writing);
    if (!mayHaveCalls && (await hasCalls(inside, { projectId, metadata: pair }))) return false;
    for (const [name, value] of Object.entries(pair)) {
      await db
        .deleteFrom("metadataSums")
        .where("projectId", "=", projectId)
        .where("name", "=", name)
        .where("value", "=", value)
        .execute();
    }
    if (!mayHaveCalls) return true;
    const sums = new PairSums();
    for await (const record of everyCall(inside, { filter: { projectId, metadata: pair } })) {
      if (record.metadata !== undefined && namesAll(record.metadata, pair)) {
        sums.add({ ...record, metadata: pair }, countsOf(record));
      }
    }
    await sums.write(writing);
    return true;
  });
}
