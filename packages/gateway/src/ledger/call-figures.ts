/** Reads the sums of calls: what analytics and totals are made of. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql, type RawBuilder } from "kysely";
import type { Store } from "../store/store.ts";
import type { CallFilter } from "./call-filter.ts";
import { hashOf } from "./call-marks.ts";
import { everyCall } from "./call-search.ts";
import {
  addMeasures,
  camelCase,
  dimensionsOf,
  hourMs,
  latencyBounds,
  measuresOf,
  minuteMs,
  minutesKeptMs,
  type Measures,
  type SumDimension,
  type SumMeasure,
} from "./call-sums.ts";

export interface Window {
  from: number;
  to: number;
}

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
/** A statement reads the sums of so many steps: in SQLite nobody else has his turn meanwhile. */
const stepsAtOnce = 8;
/** Where each call must be read: so many that match, and so many looks at the window, of some hundred calls each. */
const mostRead = 100_000;
const mostLooks = 1_000;

/** @returns one row for each combination that has calls, the oldest first */
export async function sumsOf(store: Pick<Store, "engine" | "read" | "clock">, query: SumsQuery): Promise<CallSums> {
  const { from, to } = query.window;
  const isRecent = to - from <= longestByMinuteMs && from > store.clock.now() - minutesKeptMs;
  const isFine = isRecent && query.pairName === undefined;
  const stepMs = isFine ? minuteMs : hourMs;
  const window = { from: from - (from % stepMs), to };
  const kept = keptConditions(query.filter);
  // The sums of a pair know nothing else of their calls.
  const isKept = kept !== undefined && (query.pairName === undefined || (kept.length === 0 && query.by.length === 0));
  if (!isKept) return { ...(await sumsByReading(store, { ...query, window }, stepMs)), stepMs };
  const sums = new Sums(query);
  const sliceMs = stepMs * stepsAtOnce;
  for (let begin = window.from; begin < window.to; begin += sliceMs) {
    const slice = { from: begin, to: Math.min(begin + sliceMs, window.to) };
    for (const row of await readSlice(store, { ...query, window: slice }, { stepMs, kept })) {
      const value = query.pairName === undefined ? undefined : textOf(row["value"]);
      const dimension = (name: SumDimension): string => textOf(row[camelCase(name)]);
      sums.add({ at: Number(row["at"] ?? 0), value }, dimension, measuresIn(row, query.measures));
    }
    await nextTurn();
  }
  return { rows: sums.rows, stepMs, isPartial: false };
}

class Sums {
  readonly #query: SumsQuery;
  readonly #rows = new Map<string, CallSum>();

  constructor(query: SumsQuery) {
    this.#query = query;
  }

  get rows(): CallSum[] {
    return [...this.#rows.values()].toSorted((one, other) => one.at - other.at);
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
  const { traceId, spanId, metadata, totalTokens, inputTokens, outputTokens, costNano } = filter;
  const unknown = [traceId, spanId, metadata, totalTokens, inputTokens, outputTokens, costNano];
  if (unknown.some((value) => value !== undefined)) return undefined;
  const conditions = [oneOf("key_id", filter.keyIds), oneOf("model", filter.models)];
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
  return sql`${sql.ref(column)} in (${sql.join(values.length === 0 ? [""] : values)})`;
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

async function sumsByReading(
  store: Pick<Store, "engine" | "read">,
  query: SumsQuery,
  stepMs: number,
): Promise<Omit<CallSums, "stepMs">> {
  const sums = new Sums(query);
  let read = 0;
  let looks = 0;
  let isPartial = false;
  const isOver = (): boolean => {
    looks += 1;
    return (isPartial = read >= mostRead || looks >= mostLooks);
  };
  for await (const record of everyCall(store, { filter: { ...query.filter, ...query.window }, isOver })) {
    read += 1;
    const value = query.pairName === undefined ? undefined : record.metadata?.[query.pairName];
    if (query.pairName !== undefined && value === undefined) continue;
    const dimensions = dimensionsOf(record);
    const all = measuresOf(record);
    const measures: Measures = Object.fromEntries(query.measures.map((name) => [name, all[name] ?? 0n]));
    sums.add({ at: record.at - (record.at % stepMs), value }, (name) => dimensions[name], measures);
  }
  return { rows: sums.rows, isPartial };
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
