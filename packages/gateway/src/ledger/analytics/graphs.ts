/** The graphs of analytics, from sums to points. Money is in cents as Portkey has it, and exact in dollars beside. Pure. */
import { dollarsOf } from "@adit/bedrock";
import { latencyAt, type CallSum } from "./call-figures.ts";
import { addMeasures, sumMeasures, type Measures, type SumDimension, type SumMeasure } from "./call-sums.ts";

export type Figures = Record<string, number | string | null | object[]>;

export interface Graph {
  measures: readonly SumMeasure[];
  by: readonly SumDimension[];
  /** Apart by the values of this pair of metadata. */
  pairName?: string;
  /** Of the calls of one step, or of all of them. */
  figures: (rows: readonly CallSum[]) => Figures;
}

export const latencies = sumMeasures.filter((name) => name.startsWith("ms_"));

export function total(rows: readonly CallSum[], isMeant: (row: CallSum) => boolean = () => true): Measures {
  const sums: Measures = {};
  for (const row of rows) if (isMeant(row)) addMeasures(sums, row.measures);
  return sums;
}

export function count(measures: Measures, name: SumMeasure): number {
  return Number(measures[name] ?? 0n);
}

/** Rounded to six digits behind the point; 0 of 0 is 0. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1e6) / 1e6;
}

/** Nano-dollars as cents; figures of a page, not of a bill. */
export function centsOf(nano: bigint): number {
  return Number(nano) / 1e7;
}

/** What calls cost: those whose cost is not known are counted beside, and are no part of the sum. */
function costFigures(sums: Measures): Figures {
  const nano = sums.cost_nano ?? 0n;
  const known = count(sums, "requests") - count(sums, "unknown_costs");
  return {
    total: centsOf(nano),
    avg: known === 0 ? 0 : ratio(centsOf(nano), known),
    cost: dollarsOf(nano),
    unknown: count(sums, "unknown_costs"),
  };
}

const isHit = ({ dimensions }: CallSum): boolean => dimensions.cache === "HIT" || dimensions.cache === "SEMANTIC HIT";

const graph = (
  measures: readonly SumMeasure[],
  figures: (sums: Measures, rows: readonly CallSum[]) => Figures,
  by: readonly SumDimension[] = [],
): Graph => ({ measures, by, figures: (rows) => figures(total(rows), rows) });

const byValue = (figures: (values: number, sums: Measures) => Figures): Graph => ({
  measures: ["requests"],
  by: [],
  pairName: "_user",
  figures: (rows) => figures(new Set(rows.map(({ value }) => value)).size, total(rows)),
});

/** How often each value of a dimension failed, the most frequent first. */
function failuresBy(rows: readonly CallSum[], dimension: SumDimension, name: string): object[] {
  const counts = new Map<string, number>();
  for (const { dimensions, measures } of rows) {
    const failures = count(measures, "failures");
    const value = dimensions[dimension] ?? "";
    if (failures > 0) counts.set(value, (counts.get(value) ?? 0) + failures);
  }
  const sorted = [...counts].toSorted(([, one], [, other]) => other - one);
  return sorted.map(([value, times]) => ({ [name]: dimension === "status" ? Number(value) : value, count: times }));
}

const requests = graph(["requests"], (sums) => ({ total: count(sums, "requests") }));
const errors = graph(["requests", "failures"], (sums) => ({ total: count(sums, "failures") }));
const errorRate = graph(["requests", "failures"], (sums) => ({
  rate: ratio(100 * count(sums, "failures"), count(sums, "requests")),
  total: count(sums, "failures"),
}));
const errorStacks = graph(
  ["failures"],
  (sums, rows) => ({
    total: count(sums, "failures"),
    stacks: failuresBy(rows, "error", "error"),
    stats: failuresBy(rows, "status", "status_code"),
  }),
  ["error", "status"],
);
const statusCodes = graph(
  ["failures"],
  (sums, rows) => ({ total: count(sums, "failures"), stats: failuresBy(rows, "status", "status_code") }),
  ["status"],
);
const rescued = graph(["requests", "rescued"], (sums) => ({
  total: count(sums, "rescued"),
  rate: ratio(100 * count(sums, "rescued"), count(sums, "requests")),
}));
const hitRate = graph(
  ["requests"],
  (_sums, rows) => {
    const hits = count(total(rows, isHit), "requests");
    const asked = count(
      total(rows, ({ dimensions }) => !["", "DISABLED"].includes(dimensions.cache ?? "")),
      "requests",
    );
    return { total: hits, asked, rate: ratio(100 * hits, asked) };
  },
  ["cache"],
);
const cacheLatency = graph(
  ["requests", "total_ms"],
  (_sums, rows) => {
    const hits = total(rows, isHit);
    const others = total(rows, (row) => !isHit(row));
    const hitMs = ratio(count(hits, "total_ms"), count(hits, "requests"));
    const otherMs = ratio(count(others, "total_ms"), count(others, "requests"));
    return { avg: hitMs, without_cache: otherMs, saved: count(hits, "requests") * Math.max(0, otherMs - hitMs) };
  },
  ["cache"],
);
const users = byValue((values) => ({ total: values }));
const usersRequests = byValue((values, sums) => ({
  total: count(sums, "requests"),
  avg: ratio(count(sums, "requests"), values),
}));

const cost = graph(["requests", "cost_nano", "unknown_costs"], costFigures);
const latency = graph(["requests", "total_ms", "first_byte_ms", "first_byte_count", ...latencies], (sums) => ({
  avg: ratio(count(sums, "total_ms"), count(sums, "requests")),
  p50: latencyAt(0.5, sums) ?? null,
  p90: latencyAt(0.9, sums) ?? null,
  p95: latencyAt(0.95, sums) ?? null,
  p99: latencyAt(0.99, sums) ?? null,
  first_byte_avg: ratio(count(sums, "first_byte_ms"), count(sums, "first_byte_count")),
  total: count(sums, "requests"),
}));
const tokens = graph(
  ["requests", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "total_tokens"],
  (sums) => ({
    total: count(sums, "total_tokens"),
    avg: ratio(count(sums, "total_tokens"), count(sums, "requests")),
    input: count(sums, "input_tokens"),
    output: count(sums, "output_tokens"),
    cache_read: count(sums, "cache_read_tokens"),
    cache_write: count(sums, "cache_write_tokens"),
  }),
);

/** By Portkey's names, as its documents write them and as its SDK does. */
export const graphs: ReadonlyMap<string, Graph> = new Map([
  ["requests", requests],
  ["cost", cost],
  ["latency", latency],
  ["tokens", tokens],
  ["users", users],
  ["users/requests", usersRequests],
  ["users-requests", usersRequests],
  ["errors", errors],
  ["errors/rate", errorRate],
  ["errors-rate", errorRate],
  ["errors/stacks", errorStacks],
  ["errors-stack", errorStacks],
  ["errors/status-codes", statusCodes],
  ["errors-status-code", statusCodes],
  ["requests/rescued", rescued],
  ["requests-rescued", rescued],
  ["cache/hit-rate", hitRate],
  ["cache-hit-rate", hitRate],
  ["cache/latency", cacheLatency],
  ["cache-latency", cacheLatency],
]);

/** What a window is cut into, in milliseconds: some 60 points, none finer than the sums. */
export function pointMs(windowMs: number, stepMs: number): number {
  const minute = 60_000;
  const steps = [1, 5, 10, 30, 60, 180, 360, 720, 1_440, 10_080].map((minutes) => minutes * minute);
  return steps.find((step) => step >= stepMs && windowMs / step <= 60) ?? 43_200 * minute;
}
