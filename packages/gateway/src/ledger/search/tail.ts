/** Calls as they end, of every gateway on the database: it is asked for what has been added since, time and again. */
import { setTimeout as pause } from "node:timers/promises";
import type { CancelSignal } from "@adit/bedrock";
import { sql, type RawBuilder } from "kysely";
import { databaseTime } from "../../store/database-time.ts";
import type { Store } from "../../store/store.ts";
import { hasPairs, hasText, isSaidOf, matches, writtenForms, type CallFilter } from "./call-filter.ts";
import { rowOfCall } from "./call-search.ts";
import type { CallRecord } from "../record/call-record.ts";

const pollMs = 500;
/** Of the time between two looks, for each who follows: all of them together look 200 times a second, some 20 to 200 ms of the serving thread. */
const shareMs = 5;
const longestPauseMs = 10_000;
/** A transaction ends after it wrote down the time: so far back of the last look is looked again. */
const overlapMs = 5_000;
const mostAtOnce = 200;
/** Whoever comes back later is told of a gap: all that was added meanwhile would be read through at once. */
const longestAwayMs = 60_000;

/** Who follows at this gateway: the more they are the less often each looks, for a crowd of them would take the time of those who call. */
export class Followers {
  #count = 0;

  /** From one look to the next. */
  get pauseMs(): number {
    return Math.min(longestPauseMs, Math.max(pollMs, this.#count * shareMs));
  }

  join(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
  }
}

export interface TailOptions {
  filter: CallFilter;
  /** This one among them. */
  followers: Followers;
  /** Stands somewhere in the record, in any case of letters. */
  text?: string | undefined;
  /** Id of the last call that whoever follows was shown before the connection broke: it goes on from there. */
  after?: string | undefined;
  /** Either ends it. */
  signals: readonly Pick<CancelSignal, "aborted">[];
}

/** Calls that were added together, the oldest first. */
export interface TailBatch {
  records: CallRecord[];
  /** True where there were more than are shown at once: the newest of them are here. */
  hasGap: boolean;
}

/**
 * What is added from now on that matches, until a signal ends it; after a call what was added since, and perhaps what was added seconds before
 * it, a second time. Where that was long ago, or the call is not known any more, the first batch has a gap.
 */
export async function* tailCalls(
  store: Pick<Store, "engine" | "read" | "clock">,
  options: TailOptions,
): AsyncGenerator<TailBatch> {
  options.followers.join();
  try {
    yield* looks(store, options);
  } finally {
    options.followers.leave();
  }
}

async function* looks(
  store: Pick<Store, "engine" | "read" | "clock">,
  options: TailOptions,
): AsyncGenerator<TailBatch> {
  const isOver = (): boolean => options.signals.some(({ aborted }) => aborted);
  const { from = -Infinity, to = Infinity } = options.filter;
  const written = writtenForms(options.text);
  const { seen, ...beginning } = await beginningOf(store, options);
  let { begin, isLost } = beginning;
  let lookedAt = begin;
  while (!isOver()) {
    const now = await databaseTime(store);
    // A clock that was ahead and is right again: what is added from now on has times before those that were seen.
    if (now < lookedAt) {
      begin = Math.min(begin, now - overlapMs);
      lookedAt = now;
    }
    const since = Math.max(begin, lookedAt - overlapMs);
    lookedAt = now;
    const rows = await addedSince(store, options.filter, since);
    const fresh = rows.filter(({ id }) => !seen.has(id));
    for (const { id, addedAt } of fresh) seen.set(id, addedAt);
    for (const [id, addedAt] of seen) if (addedAt < since) seen.delete(id);
    const records = fresh
      .toReversed()
      .filter(({ record }) => hasText(record, written))
      .map(({ record }) => JSON.parse(record) as CallRecord)
      .filter((record) => record.at >= from && record.at < to && hasPairs(record, options.filter));
    // Others may have been added late, by another gateway: what was seen may be newer than what was not.
    yield { records, hasGap: isLost || (rows.length === mostAtOnce && rows.at(-1) === fresh.at(-1)) };
    isLost = false;
    // In steps, so that whoever leaves, and a stop, waits for no more than one.
    for (let waitedMs = 0; waitedMs < options.followers.pauseMs && !isOver(); waitedMs += pollMs) {
      await pause(pollMs, undefined, { ref: false });
    }
  }
}

interface Beginning {
  /** From here on calls are shown, but those that were seen. */
  begin: number;
  seen: Map<string, number>;
  /** Calls that were added before are not shown. */
  isLost: boolean;
}

/** By the database's clock, as calls are added: those of gateways may be minutes apart. */
async function beginningOf(
  store: Pick<Store, "engine" | "read" | "clock">,
  { after, filter }: TailOptions,
): Promise<Beginning> {
  const now = await databaseTime(store);
  if (after === undefined) return { begin: now, seen: new Map(), isLost: false };
  const shownAt = await addedAtOf(store, filter.projectId, after);
  if (shownAt === undefined || shownAt < now - longestAwayMs) return { begin: now, seen: new Map(), isLost: true };
  return { begin: Math.min(now, shownAt - overlapMs), seen: new Map([[after, shownAt]]), isLost: false };
}

async function addedAtOf(store: Pick<Store, "read">, projectId: string, id: string): Promise<number | undefined> {
  const row = await store.read((db) => rowOfCall(db, id));
  return row?.projectId === projectId ? row.addedAt : undefined;
}

function addedSince(
  store: Pick<Store, "read">,
  filter: CallFilter,
  since: number,
): Promise<{ id: string; addedAt: number; record: string }[]> {
  return store.read((db) => {
    const added: RawBuilder<{ callSeq: bigint }> = sql`(
      select call_seq from calls where added_at >= ${since} and project_id = ${filter.projectId})`;
    let query = db
      .selectFrom("calls")
      .select(["id", "addedAt", "record"])
      .where("addedAt", ">=", since)
      .where("projectId", "=", filter.projectId)
      .where((where) => where.and([matches(where, filter), ...isSaidOf(filter, added)]));
    if (filter.traceId !== undefined) query = query.where("traceId", "=", filter.traceId);
    return query
      .orderBy("addedAt", "desc")
      .orderBy(sql`id`, "desc")
      .limit(mostAtOnce)
      .execute();
  });
}
