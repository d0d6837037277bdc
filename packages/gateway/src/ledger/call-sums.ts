/**
 * Calls added up by minute and by hour, by place and by result: what analytics read, so that no window costs more than its hours. The
 * minute's row is added to in the transaction that writes the calls themselves: both tell the same. Minutes are added to hours later.
 */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CompiledQuery } from "kysely";
import type { Engine } from "../store/engine.ts";
import type { Writing } from "../store/store.ts";
import type { CallRecord } from "./call-record.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
/** What a row of sums is of: a minute that no hour has yet, one that its hour has, or an hour. */
export const sumSteps = { freshMinute: minuteMs, addedMinute: minuteMs + 1, hour: hourMs } as const;

/** By what calls are added up apart, as columns; the empty text where there is none. */
export const sumDimensions = [
  "key_id",
  "model",
  "provider",
  "region",
  "credential",
  "config",
  "prompt",
  "tier",
  "cache",
  "status",
  "error",
] as const;
export type SumDimension = (typeof sumDimensions)[number];

/** What is added up. */
const countMeasures = [
  "requests",
  "failures",
  /** Answered well after another attempt or another target had failed. */
  "rescued",
  "estimates",
  "unknown_costs",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "total_tokens",
  "cost_nano",
  "total_ms",
  "first_byte_ms",
  "first_byte_count",
] as const;
type CountMeasure = (typeof countMeasures)[number];

/** Upper bounds of the times that are counted together, in milliseconds: each is the square root of two of the one before. */
export const latencyBounds: readonly number[] = Array.from({ length: 31 }, (_, index) => 16 * 2 ** (index / 2));
const latencyMeasures = [...latencyBounds, Infinity].map((_, index) => `ms_${index}` as const);
export const sumMeasures = [...countMeasures, ...latencyMeasures] as const;
export type SumMeasure = CountMeasure | `ms_${number}`;

export type Dimensions = Record<SumDimension, string>;
export type Measures = Partial<Record<SumMeasure, bigint>>;

export function dimensionsOf(record: CallRecord): Dimensions {
  return {
    key_id: record.keyId ?? "",
    model: record.model ?? "",
    provider: record.provider ?? "",
    region: record.region ?? "",
    credential: record.credential ?? "",
    config: record.config ?? "",
    prompt: record.prompt?.id ?? "",
    tier: record.tier,
    cache: record.cache ?? "",
    status: String(record.status),
    error: record.error ?? "",
  };
}

export function measuresOf(record: CallRecord): Measures {
  const { units, timings, cost } = record;
  const total = timings.total;
  const firstBad = latencyBounds.findIndex((bound) => total <= bound);
  const bucket: SumMeasure = `ms_${firstBad === -1 ? latencyBounds.length : firstBad}`;
  return {
    requests: 1n,
    failures: record.isSuccess ? 0n : 1n,
    rescued: isRescued(record) ? 1n : 0n,
    estimates: cost.isEstimate ? 1n : 0n,
    unknown_costs: cost.totalNano === undefined ? 1n : 0n,
    input_tokens: whole(units.input),
    output_tokens: whole(units.output),
    cache_read_tokens: whole(units.cacheRead),
    cache_write_tokens: whole(units.cacheWrite),
    total_tokens: whole(units.total),
    cost_nano: BigInt(cost.totalNano ?? 0),
    total_ms: whole(total),
    first_byte_ms: whole(timings.firstByte),
    first_byte_count: timings.firstByte === undefined ? 0n : 1n,
    [bucket]: 1n,
  };
}

function isRescued({ isSuccess, attempts }: CallRecord): boolean {
  return isSuccess && attempts.some(({ error }) => error !== undefined);
}

function whole(count: number | undefined): bigint {
  return BigInt(Math.round(count ?? 0));
}

export function addMeasures(sums: Measures, more: Measures): void {
  for (const name of Object.keys(more) as SumMeasure[]) {
    const count = more[name];
    if (count !== undefined && count !== 0n) sums[name] = (sums[name] ?? 0n) + count;
  }
}

interface SumRow {
  projectId: string;
  stepMs: number;
  at: number;
  /** Stands for all dimensions in the key. */
  place: string;
  dimensions: Dimensions;
  measures: Measures;
}

/** Adds calls that have just been written, of any projects. */
export async function addToSums(
  { db }: Pick<Writing, "db">,
  engine: Engine,
  records: readonly CallRecord[],
  measured: (record: CallRecord) => Measures = measuresOf,
): Promise<void> {
  const stepMs = sumSteps.freshMinute;
  const rows = new Map<string, SumRow>();
  for (const record of records) {
    const dimensions = dimensionsOf(record);
    const at = record.at - (record.at % minuteMs);
    const key = `${record.projectId}\0${at}\0${textOf(dimensions)}`;
    const measures = measured(record);
    const row = rows.get(key);
    if (row !== undefined) addMeasures(row.measures, measures);
    else rows.set(key, { projectId: record.projectId, stepMs, at, place: placeOf(dimensions), dimensions, measures });
  }
  await addRows({ db }, engine, [...rows.values()]);
}

/**
 * Rows of one statement. SQLite keeps statements prepared, so its texts must be few, and to ask it costs little; a server is asked
 * seldom.
 */
const rowsAtOnce: Readonly<Record<Engine, number>> = { sqlite: 1, postgres: 32 };
/** SQLite's statements run in this thread: others have their turn after so many. */
const statementsInTurn = 50;

async function addRows({ db }: Pick<Writing, "db">, engine: Engine, rows: readonly SumRow[]): Promise<void> {
  // In one order for all gateways: two that add to the same rows wait for one another, and do not lock each other out.
  const keyed = rows.map((row) => ({ key: `${row.projectId} ${row.stepMs} ${row.at} ${row.place}`, row }));
  const sorted = keyed.toSorted((one, other) => (one.key < other.key ? -1 : 1)).map(({ row }) => row);
  let statements = 0;
  for (let from = 0; from < sorted.length; from += rowsAtOnce[engine]) {
    if ((statements += 1) % statementsInTurn === 0) await nextTurn();
    await db.executeQuery(upsertOf(sorted.slice(from, from + rowsAtOnce[engine]), engine));
  }
}

/**
 * Adds minutes before this moment to their hours, some hundred at once; they stay, as minutes that their hour has.
 * @returns how many they were
 */
export async function addMinutesToHours({ db }: Pick<Writing, "db">, engine: Engine, before: number): Promise<number> {
  const mark = engine === "postgres" ? ["$1", "$2"] : ["?", "?"];
  const lock = engine === "postgres" ? " for update skip locked" : "";
  const text = `select * from call_sums where step_ms = ${mark[0]} and at < ${mark[1]} order by at limit 200${lock}`;
  const { rows } = await db.executeQuery<Record<string, unknown>>(
    CompiledQuery.raw(text, [sumSteps.freshMinute, before]),
  );
  const added = new Map<string, SumRow>();
  for (const row of rows) {
    const minute = sumRowOf(row);
    for (const stepMs of [sumSteps.addedMinute, sumSteps.hour]) {
      const at = stepMs === sumSteps.hour ? minute.at - (minute.at % hourMs) : minute.at;
      const key = `${minute.projectId} ${stepMs} ${at} ${minute.place}`;
      const known = added.get(key);
      if (known !== undefined) addMeasures(known.measures, minute.measures);
      else added.set(key, { ...minute, stepMs, at, measures: { ...minute.measures } });
    }
    await db
      .deleteFrom("callSums")
      .where("projectId", "=", minute.projectId)
      .where("stepMs", "=", sumSteps.freshMinute)
      .where("at", "=", minute.at)
      .where("place", "=", minute.place)
      .execute();
  }
  await addRows({ db }, engine, [...added.values()]);
  return rows.length;
}

/** A row as the store gives it: its names in camelCase. */
function sumRowOf(row: Record<string, unknown>): SumRow {
  const of = (name: string): unknown => row[camelCase(name)];
  const text = (name: string): string => {
    const value = of(name);
    return typeof value === "string" ? value : "";
  };
  const count = (name: string): bigint => {
    const value = of(name);
    return typeof value === "bigint" || typeof value === "number" ? BigInt(value) : 0n;
  };
  return {
    projectId: text("project_id"),
    stepMs: Number(count("step_ms")),
    at: Number(count("at")),
    place: text("place"),
    dimensions: Object.fromEntries(sumDimensions.map((name) => [name, text(name)])) as Dimensions,
    measures: Object.fromEntries(sumMeasures.map((name) => [name, count(name)])),
  };
}

/** As the store names columns. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

/** What is added up of each pair of metadata, by the hour. */
export const pairMeasures = [
  "requests",
  "failures",
  "unknown_costs",
  "total_tokens",
  "cost_nano",
  "total_ms",
] as const satisfies readonly SumMeasure[];

interface PairRow {
  /** In the order of the columns. */
  key: (string | number)[];
  measures: Measures;
}

/** Adds calls that have just been written to the sums of their metadata's pairs. */
export async function addToPairSums(
  { db }: Pick<Writing, "db">,
  engine: Engine,
  records: readonly CallRecord[],
  measured: (record: CallRecord) => Measures = measuresOf,
): Promise<void> {
  const rows = new Map<string, PairRow>();
  for (const record of records) {
    if (record.metadata === undefined) continue;
    const measures = measured(record);
    const { projectId } = record;
    const at = record.at - (record.at % hourMs);
    for (const [name, value] of Object.entries(record.metadata)) {
      const place = `${projectId}\0${name}\0${at}\0${value}`;
      const row = rows.get(place);
      if (row !== undefined) addMeasures(row.measures, measures);
      else rows.set(place, { key: [projectId, name, at, value], measures: { ...measures } });
    }
  }
  const sorted = [...rows.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (let from = 0; from < sorted.length; from += pairRowsAtOnce) {
    if (from > 0) await nextTurn();
    await db.executeQuery(pairsUpsertOf(sorted.slice(from, from + pairRowsAtOnce), engine));
  }
}

const pairRowsAtOnce = 200;
const pairColumns = ["project_id", "name", "at", "value"] as const;

function pairsUpsertOf(rows: readonly (readonly [string, PairRow])[], engine: Engine): CompiledQuery {
  const columns = [...pairColumns, ...pairMeasures];
  const tuples = tuplesOf({ columns: columns.length, rows: rows.length, engine });
  const added = pairMeasures.map((name) => `${name}=metadata_sums.${name}+excluded.${name}`).join(",");
  const text = `insert into metadata_sums (${columns.join(",")}) values ${tuples} on conflict (project_id,name,at,value) do update set ${added}`;
  const values = rows.flatMap(([, { key, measures }]) => [...key, ...pairMeasures.map((name) => measures[name] ?? 0n)]);
  return CompiledQuery.raw(text, values);
}

function textOf(dimensions: Dimensions): string {
  let text = "";
  for (const name of sumDimensions) text += `${dimensions[name]}\0`;
  return text;
}

function placeOf(dimensions: Dimensions): string {
  return createHash("sha256").update(textOf(dimensions)).digest("base64url").slice(0, 22);
}

const keyColumns = ["project_id", "step_ms", "at", "place"] as const;

/** Of the buckets only those with calls are written: a row has many, and a call stands in one. So there are few different texts. */
function upsertOf(rows: readonly SumRow[], engine: Engine): CompiledQuery {
  const buckets = latencyMeasures.filter((name) => rows.some(({ measures }) => (measures[name] ?? 0n) !== 0n));
  const counted: readonly SumMeasure[] = [...countMeasures, ...buckets];
  const added = counted.map((name) => `${name}=call_sums.${name}+excluded.${name}`).join(",");
  const columns = [...keyColumns, ...sumDimensions, ...counted];
  const values = rows.flatMap(({ projectId, stepMs, at, place, dimensions, measures }) => [
    projectId,
    stepMs,
    at,
    place,
    ...sumDimensions.map((name) => dimensions[name]),
    ...counted.map((name) => measures[name] ?? 0n),
  ]);
  const tuples = tuplesOf({ columns: columns.length, rows: rows.length, engine });
  const text = `insert into call_sums (${columns.join(",")}) values ${tuples} on conflict (${keyColumns.join(",")}) do update set ${added}`;
  return CompiledQuery.raw(text, values);
}

function tuplesOf({ columns, rows, engine }: { columns: number; rows: number; engine: Engine }): string {
  let number = 0;
  const place = engine === "postgres" ? (): string => `$${(number += 1)}` : (): string => "?";
  const tuple = (): string => `(${Array.from({ length: columns }, place).join(",")})`;
  return Array.from({ length: rows }, tuple).join(",");
}
