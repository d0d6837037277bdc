/**
 * Calls added up by minute and by hour, by place and by result: what analytics read, so that no window costs more than its hours. Sums
 * are added to in the transaction that writes the calls themselves (`sum-rows.ts`): both tell the same. Minutes are kept for two days.
 */
import type { CallRecord } from "../record/call-record.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
/** Calls that are older when they come are added to no minute. */
export const minutesKeptMs = 48 * hourMs;

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
export const countMeasures = [
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
export const latencyMeasures = [...latencyBounds, Infinity].map((_, index) => `ms_${index}` as const);
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

/** What one call adds: whole numbers in the order of `countMeasures`, but for the cost, and which of the times it took. */
export interface Counts {
  counts: number[];
  costNano: bigint;
  /** Place of the bound, or behind the last one. */
  time: number;
}

export const costPlace = countMeasures.indexOf("cost_nano");

export function countsOf(record: CallRecord): Counts {
  const { units, timings, cost } = record;
  const { total, firstByte } = timings;
  const time = latencyBounds.findIndex((bound) => total <= bound);
  return {
    counts: [
      1,
      record.isSuccess ? 0 : 1,
      isRescued(record) ? 1 : 0,
      cost.isEstimate ? 1 : 0,
      cost.totalNano === undefined ? 1 : 0,
      Math.round(units.input ?? 0),
      Math.round(units.output ?? 0),
      Math.round(units.cacheRead ?? 0),
      Math.round(units.cacheWrite ?? 0),
      Math.round(units.total ?? 0),
      0,
      Math.round(total),
      Math.round(firstByte ?? 0),
      firstByte === undefined ? 0 : 1,
    ],
    costNano: BigInt(cost.totalNano ?? 0),
    time: time === -1 ? latencyBounds.length : time,
  };
}

export function measuresOf(record: CallRecord): Measures {
  const { counts, costNano, time } = countsOf(record);
  const measures: Measures = {};
  for (const [place, name] of countMeasures.entries()) measures[name] = BigInt(counts[place] ?? 0);
  measures.cost_nano = costNano;
  measures[`ms_${time}`] = 1n;
  return measures;
}

function isRescued({ isSuccess, attempts }: CallRecord): boolean {
  return isSuccess && attempts.some(({ error }) => error !== undefined);
}

export function addMeasures(sums: Measures, more: Measures): void {
  for (const name of Object.keys(more) as SumMeasure[]) {
    const count = more[name];
    if (count !== undefined && count !== 0n) sums[name] = (sums[name] ?? 0n) + count;
  }
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
