/** Reads the sums of calls: what analytics and totals are made of. */
import type { CancelSignal } from "@adit/bedrock";
import { sql, type RawBuilder } from "kysely";
import type { Store } from "../../store/store.ts";
import { baseOf, type CallFilter } from "../search/call-filter.ts";
import { hashOf } from "../search/call-marks.ts";
import { everyCall } from "../search/call-search.ts";
import {
  addMeasures,
  camelCase,
  dimensionsOf,
  hourMs,
  latencyBounds,
  measuresOf,
  minuteMs,
  type Measures,
  type SumDimension,
  type SumMeasure,
} from "./call-sums.ts";
import { Turns, turnsOf } from "./turns.ts";
import { wholeMinutesFrom } from "./whole-minutes.ts";
import { partsOf, type Window, type WindowPart } from "./window-parts.ts";

/** What is wanted of the sums. */
export interface SumsQuery {
  filter: CallFilter;
  window: Window;
  /** Apart by these; and by time where `stepMs` is there. */
  by: readonly SumDimension[];
  measures: readonly SumMeasure[];
  isByTime: boolean;
  /** Apart by the values of this pair of the metadata too; only calls that have it, and only `pairMeasures` are known. */
  pairName?: string;
  /** Aborts once nobody waits for it any more: a window may be read through for seconds. */
  signal?: CancelSignal;
}

export interface CallSum {
  /** Begin of the minute or the hour; 0 where they are not apart by time. */
  at: number;
  dimensions: Partial<Record<SumDimension, string>>;
  /** Of the metadata's pair, where they are apart by it. */
  value: string | undefined;
  measures: Measures;
}

export interface CallSums {
  rows: CallSum[];
  /** What a row stands for. */
  stepMs: number;
  /** True where the filter needs each call to be read, and there are more than are read for one answer. */
  isPartial: boolean;
}

/** Windows of so long have a figure for each minute, as long as those are kept. */
const longestByMinuteMs = 6 * hourMs;
/** Calls come when they end: to sums of so long ago, and of later, many are still added. */
const openMs = hourMs;
/** A statement reads the sums of so many steps: in SQLite nobody else has his turn meanwhile. */
const stepsAtOnce = 8;
/** Where each call must be read: so many that match, and so many looks at the window, of some hundred calls each. */
const mostRead = 100_000;
const mostLooks = 1_000;

/** @returns one row for each combination that has calls, the oldest first. @throws the signal's reason once it has aborted */
export async function sumsOf(store: Readable, query: SumsQuery): Promise<CallSums> {
  const { from, to } = query.window;
  const now = store.clock.now();
  const minutesFrom = await wholeMinutesFrom(store);
  const isOfPair = query.pairName !== undefined;
  const isFine = to - from <= longestByMinuteMs && from > minutesFrom && !isOfPair;
  const stepMs = isFine ? minuteMs : hourMs;
  const kept = keptConditions(query.filter);
  // The sums of a pair know nothing else of their calls.
  const isKept = kept !== undefined && (!isOfPair || (kept.length === 0 && query.by.length === 0));
  const allowance = new ReadAllowance(query.signal);
  const summing: Summing = { store, query, stepMs, sums: new Sums(query), allowance, turns: turnsOf(store) };
  const steps = isFine ? [minuteMs] : isOfPair ? [hourMs] : [hourMs, minuteMs];
  // Of a pair there are no minutes: an hour's calls are too many to be read at the one moment that is wanted below.
  const cutUntil = isOfPair && to < now - minuteMs ? now - openMs : Infinity;
  const parts = partsOf(query.window, { steps: isKept ? steps : [], minutesFrom, cutUntil });
  await addParts(store, summing, { parts, kept: kept ?? [], edge: to - (to % (steps[0] ?? minuteMs)) });
  allowance.checkWanted();
  return { rows: summing.sums.rows, stepMs, isPartial: allowance.isSpent };
}

type Readable = Pick<Store, "engine" | "read" | "snapshot" | "clock">;

interface Adding {
  parts: readonly WindowPart[];
  kept: readonly Condition[];
  /** Where the sum begins that the window's end cuts. */
  edge: number;
}

/** What is taken away from a sum to which calls are still added is read at the same moment as the sum. */
async function addParts(store: Readable, summing: Summing, { parts, kept, edge }: Adding): Promise<void> {
  const openFrom = store.clock.now() - openMs;
  if (!parts.some(({ isTaken, to }) => isTaken && to > openFrom)) return addAll(summing, parts, kept);
  await addAll(summing, beforeOf(parts, edge), kept);
  await store.snapshot((db) => {
    const atOnce: Summing["store"] = { engine: store.engine, read: (query) => query(db) };
    // Whoever writes waits for it meanwhile: it waits for no other reader.
    return addAll({ ...summing, store: atOnce, turns: new Turns() }, behindOf(parts, edge), kept);
  });
}

/** Parts up to a moment, and from there on: whole steps lie on both sides of it. */
function beforeOf(parts: readonly WindowPart[], edge: number): WindowPart[] {
  return parts.map((part) => ({ ...part, to: Math.min(part.to, edge) })).filter(({ from, to }) => from < to);
}

function behindOf(parts: readonly WindowPart[], edge: number): WindowPart[] {
  return parts.map((part) => ({ ...part, from: Math.max(part.from, edge) })).filter(({ from, to }) => from < to);
}

async function addAll(summing: Summing, parts: readonly WindowPart[], kept: readonly Condition[]): Promise<void> {
  // Calls first: one that comes meanwhile is then never taken away from sums that do not have it.
  for (const part of parts) if (part.stepMs === undefined) await addCalls(summing, part);
  for (const part of parts) if (part.stepMs !== undefined) await addSums(summing, part, part.stepMs, kept);
}

interface Summing {
  store: Pick<Store, "engine" | "read">;
  query: SumsQuery;
  stepMs: number;
  sums: Sums;
  allowance: ReadAllowance;
  turns: Turns;
}

/** How much of the calls themselves may still be read for one answer. */
class ReadAllowance {
  isSpent = false;
  readonly #signal: CancelSignal | undefined;
  #read = 0;
  #looks = 0;

  constructor(signal: CancelSignal | undefined) {
    this.#signal = signal;
  }

  /** Nobody waits for the answer any more. */
  get isUnwanted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** What was read until then is no answer. @throws the signal's reason */
  checkWanted(): void {
    if (this.isUnwanted) throw this.#signal?.reason;
  }

  readonly isOver = (): boolean => {
    this.#looks += 1;
    return (this.isSpent ||= this.#read >= mostRead || this.#looks >= mostLooks || this.isUnwanted);
  };

  took(): void {
    this.#read += 1;
  }
}

async function addSums(
  { store, query, stepMs, sums, allowance, turns }: Summing,
  part: WindowPart,
  partMs: number,
  kept: readonly Condition[],
): Promise<void> {
  const sliceMs = partMs * stepsAtOnce;
  for (let begin = part.from; begin < part.to && !allowance.isUnwanted; begin += sliceMs) {
    await turns.next();
    const slice = { from: begin, to: Math.min(begin + sliceMs, part.to) };
    for (const row of await readSlice(store, { ...query, window: slice }, { stepMs: partMs, kept })) {
      const value = query.pairName === undefined ? undefined : textOf(row["value"]);
      const dimension = (name: SumDimension): string => textOf(row[camelCase(name)]);
      const at = Number(row["at"] ?? 0);
      const measures = measuresIn(row, query.measures);
      sums.add({ at: at - (at % stepMs), value }, dimension, part.isTaken ? negative(measures) : measures);
    }
  }
}

async function addCalls({ store, query, stepMs, sums, allowance }: Summing, part: WindowPart): Promise<void> {
  const filter = { ...query.filter, from: part.from, to: part.to };
  for await (const record of everyCall(store, { filter, isOver: allowance.isOver })) {
    allowance.took();
    const value = query.pairName === undefined ? undefined : record.metadata?.[query.pairName];
    if (query.pairName !== undefined && value === undefined) continue;
    const dimensions = dimensionsOf(record);
    const all = measuresOf(record);
    const measures: Measures = Object.fromEntries(query.measures.map((name) => [name, all[name] ?? 0n]));
    const place = { at: record.at - (record.at % stepMs), value };
    sums.add(place, (name) => dimensions[name], part.isTaken ? negative(measures) : measures);
  }
}

function negative(measures: Measures): Measures {
  return Object.fromEntries(Object.entries(measures).map(([name, count = 0n]) => [name, -count]));
}

class Sums {
  readonly #query: SumsQuery;
  readonly #rows = new Map<string, CallSum>();

  constructor(query: SumsQuery) {
    this.#query = query;
  }

  get rows(): CallSum[] {
    const rows = [...this.#rows.values()];
    // What has been taken away again to the last call is not there.
    const left = rows.filter(({ measures }) => Object.values(measures).some((count) => count !== 0n));
    return left.toSorted((one, other) => one.at - other.at);
  }

  add(place: Pick<CallSum, "at" | "value">, dimension: (name: SumDimension) => string, measures: Measures): void {
    const { by, isByTime } = this.#query;
    const at = isByTime ? place.at : 0;
    const { value } = place;
    const dimensions = Object.fromEntries(by.map((name) => [name, dimension(name)]));
    const key = JSON.stringify([at, value, ...Object.values(dimensions)]);
    const row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, { at, value, dimensions, measures: { ...measures } });
    else addMeasures(row.measures, measures);
  }
}

type Condition = RawBuilder<unknown>;

/** The conditions on sums that a filter is; undefined where it asks for what sums do not know. */
function keptConditions(filter: CallFilter): Condition[] | undefined {
  const { traceId, spanId, metadata, totalTokens, inputTokens, outputTokens, costNano, weightedFeedback } = filter;
  const unknown = [traceId, spanId, metadata, totalTokens, inputTokens, outputTokens, costNano, weightedFeedback];
  if (unknown.some((value) => value !== undefined)) return undefined;
  const conditions = [oneOf("key_id", filter.keyIds), oneOf("model", filter.models?.map(baseOf))];
  conditions.push(oneOf("config", filter.configs), oneOf("prompt", filter.prompts));
  conditions.push(oneOf("provider", filter.providers), oneOf("region", filter.regions));
  conditions.push(oneOf("cache", filter.cacheStatuses));
  conditions.push(
    oneOf(
      "credential",
      filter.credentials?.flatMap((name) => [name, `virtual key ${name}`]),
    ),
  );
  if (filter.statuses !== undefined) conditions.push(statusCondition(filter.statuses));
  return conditions.filter((condition) => condition !== undefined);
}

/** All calls of a row have one status and one error, so they failed together or not at all. */
function statusCondition(statuses: NonNullable<CallFilter["statuses"]>): Condition {
  const exact = oneOf("status", statuses.filter((status) => typeof status === "number").map(String));
  const kinds = [
    ...(exact === undefined ? [] : [exact]),
    ...(statuses.includes("success") ? [sql`failures = 0`] : []),
    ...(statuses.includes("error") ? [sql`failures > 0`] : []),
  ];
  return sql`(${sql.join(kinds, sql` or `)})`;
}

function oneOf(column: SumDimension, values: readonly string[] | undefined): Condition | undefined {
  if (values === undefined) return undefined;
  // The empty text stands in the sums of calls that have none, which an empty list does not mean.
  return values.length === 0 ? sql`1 = 0` : sql`${sql.ref(column)} in (${sql.join(values)})`;
}

async function readSlice(
  store: Pick<Store, "read">,
  { filter, window, by, measures, isByTime, pairName }: SumsQuery,
  { stepMs, kept }: { stepMs: number; kept: readonly Condition[] },
): Promise<Record<string, unknown>[]> {
  const isOfPair = pairName !== undefined;
  const names = [...(isOfPair ? ["value"] : []), ...by].map((name) => sql.ref(name));
  const groups = [...(isByTime ? [sql`at`] : []), ...names];
  // Under a name by which the store leaves whole numbers exact.
  const sums = measures.map((name) => sql`cast(sum(${sql.ref(name)}) as bigint) as ${sql.ref(`sum_${name}_amount`)}`);
  const { projectId } = filter;
  const place = isOfPair
    ? [sql`name = ${pairName}`]
    : [
        sql`call_places.place_seq = call_sums.place_seq`,
        sql`project_mark = ${hashOf(projectId)}`,
        sql`step_ms = ${sql.lit(stepMs)}`,
      ];
  const conditions = [
    sql`project_id = ${projectId}`,
    ...place,
    sql`at >= ${window.from}`,
    sql`at < ${window.to}`,
    ...kept,
  ];
  // Written so that SQLite begins with the sums of the window, not with all places.
  const from = isOfPair ? sql`metadata_sums` : sql`call_sums cross join call_places`;
  const statement = sql<Record<string, unknown>>`select ${sql.join([...groups, ...sums])} from ${from}
    where ${sql.join(conditions, sql` and `)}
    ${groups.length === 0 ? sql`` : sql`group by ${sql.join(groups)}`}`;
  const { rows } = await store.read((db) => statement.execute(db));
  return rows;
}

function measuresIn(row: Record<string, unknown>, measures: readonly SumMeasure[]): Measures {
  const read: Measures = {};
  for (const name of measures) {
    const sum = row[camelCase(`sum_${name}_amount`)];
    if (typeof sum === "bigint" || typeof sum === "number") read[name] = BigInt(sum);
  }
  return read;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The time within which this share of the calls ended, in milliseconds, as near as the sums tell; undefined without calls. */
export function latencyAt(share: number, measures: Measures): number | undefined {
  const counts = [...latencyBounds, Infinity].map((_, index) => Number(measures[`ms_${index}`] ?? 0n));
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let left = share * all;
  for (const [index, count] of counts.entries()) {
    if (left <= count && count > 0) {
      const low = index === 0 ? 0 : (latencyBounds[index - 1] ?? 0);
      const high = latencyBounds[index] ?? low * 2;
      return Math.round(low + ((high - low) * left) / count);
    }
    left -= count;
  }
  return undefined;
}
