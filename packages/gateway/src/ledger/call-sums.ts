/**
 * Calls added up by minute and by hour, by place and by result: what analytics read, so that no window costs more than its hours. A row
 * is added to in the transaction that writes the calls themselves: both tell the same.
 */
import { createHash } from "node:crypto";
import { CompiledQuery } from "kysely";
import type { Engine } from "../store/engine.ts";
import type { Writing } from "../store/store.ts";
import type { CallRecord } from "./call-record.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;

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
  for (const name of sumMeasures) {
    const count = more[name];
    if (count !== undefined) sums[name] = (sums[name] ?? 0n) + count;
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
): Promise<void> {
  const rows = new Map<string, SumRow>();
  for (const record of records) {
    const dimensions = dimensionsOf(record);
    const place = placeOf(dimensions);
    const measures = measuresOf(record);
    for (const stepMs of [minuteMs, hourMs]) {
      const at = record.at - (record.at % stepMs);
      const key = `${record.projectId} ${stepMs} ${at} ${place}`;
      const row = rows.get(key);
      if (row !== undefined) addMeasures(row.measures, measures);
      else rows.set(key, { projectId: record.projectId, stepMs, at, place, dimensions, measures: { ...measures } });
    }
  }
  // In one order for all gateways: two that add to the same rows wait for one another, and do not lock each other out.
  const sorted = [...rows.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const [, row] of sorted) await db.executeQuery(upsertOf(row, engine));
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

/** Adds calls that have just been written to the sums of their metadata's pairs. */
export async function addToPairSums(
  { db }: Pick<Writing, "db">,
  engine: Engine,
  records: readonly CallRecord[],
): Promise<void> {
  const rows = new Map<string, { key: (string | number)[]; measures: Measures }>();
  for (const record of records) {
    if (record.metadata === undefined) continue;
    const measures = measuresOf(record);
    for (const [name, value] of Object.entries(record.metadata)) {
      const key = [record.projectId, name, record.at - (record.at % hourMs), value];
      const place = JSON.stringify(key);
      const row = rows.get(place);
      if (row !== undefined) addMeasures(row.measures, measures);
      else rows.set(place, { key, measures: { ...measures } });
    }
  }
  const sorted = [...rows.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (let from = 0; from < sorted.length; from += 500) {
    await db.executeQuery(pairsUpsertOf(sorted.slice(from, from + 500), engine));
  }
}

const pairColumns = ["project_id", "name", "at", "value"] as const;

function pairsUpsertOf(
  rows: readonly (readonly [string, { key: (string | number)[]; measures: Measures }])[],
  engine: Engine,
): CompiledQuery {
  let number = 0;
  const place = engine === "postgres" ? (): string => `$${(number += 1)}` : (): string => "?";
  const columns = [...pairColumns, ...pairMeasures];
  const tuples = rows.map(() => `(${columns.map(place).join(",")})`).join(",");
  const added = pairMeasures.map((name) => `${name}=metadata_sums.${name}+excluded.${name}`).join(",");
  const text = `insert into metadata_sums (${columns.join(",")}) values ${tuples} on conflict (project_id,name,at,value) do update set ${added}`;
  const values = rows.flatMap(([, { key, measures }]) => [...key, ...pairMeasures.map((name) => measures[name] ?? 0n)]);
  return CompiledQuery.raw(text, values);
}

function placeOf(dimensions: Dimensions): string {
  const hash = createHash("sha256");
  for (const name of sumDimensions) hash.update(dimensions[name]).update("\0");
  return hash.digest("base64url").slice(0, 22);
}

const keyColumns = ["project_id", "step_ms", "at", "place"] as const;

/** Only what is not 0 is written: a row has many buckets, and a call stands in one. */
function upsertOf({ projectId, stepMs, at, place, dimensions, measures }: SumRow, engine: Engine): CompiledQuery {
  const counted = sumMeasures.filter((name) => (measures[name] ?? 0n) !== 0n);
  const columns = [...keyColumns, ...sumDimensions, ...counted];
  const places = columns.map((_, index) => (engine === "postgres" ? `$${index + 1}` : "?")).join(",");
  const added = counted.map((name) => `${name}=call_sums.${name}+excluded.${name}`).join(",");
  const text = `insert into call_sums (${columns.join(",")}) values (${places}) on conflict (${keyColumns.join(",")}) do update set ${added}`;
  const values = [
    projectId,
    stepMs,
    at,
    place,
    ...sumDimensions.map((name) => dimensions[name]),
    ...counted.map((name) => measures[name] ?? 0n),
  ];
  return CompiledQuery.raw(text, values);
}
