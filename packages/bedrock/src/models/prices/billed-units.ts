/** What of a reply's usage AWS bills, unit by unit. */
import type { TokenUsage } from "../../converse/response.ts";
import { isJsonObject } from "../../json.ts";
import { factsOfModel } from "../facts-of-model.ts";
import type { PricePlace } from "./find-row.ts";
import type { PricedUnit, PriceTable } from "./price-table.ts";
import { shippedPrices } from "./shipped-prices.ts";

/**
 * Usage as the reply told it, in AWS's terms. Tokens of input and output that were not told are absent, never 0;
 * of the rest, absent is none, but for seconds where the model has a price for them.
 */
export interface BillableUsage extends Partial<Omit<TokenUsage, "totalTokens">> {
  totalTokens?: number;
  images?: number;
  /** Whole seconds, as billed. */
  seconds?: number;
  queries?: number;
  /** By the names of AWS's `usage` of guardrails, such as `contentPolicyUnits`. */
  guardrailUnits?: Readonly<Record<string, number>>;
}

/** Counts to be priced. An absent count was not given (input and output tokens, seconds), or is zero (all others). */
export interface BilledUnits {
  units: Partial<Record<PricedUnit, bigint>>;
  guardrail: ReadonlyMap<string, bigint>;
  /** Members of the usage whose values cannot be counts, such as a negative number. */
  faults: readonly string[];
}

/** Counts of `usage`, each token once: what was read from or written to the cache stands outside `input`. */
export function billedUnits(usage: BillableUsage, place: PricePlace, table: PriceTable): BilledUnits {
  const faults: string[] = [];
  const units: BilledUnits["units"] = {};
  const take = (unit: PricedUnit, value: number | undefined, name: string): void => {
    const count = countOf(value, name, faults);
    if (count !== undefined) {
      units[unit] = count;
    }
  };
  take("input", usage.inputTokens, "inputTokens");
  take("output", usage.outputTokens, "outputTokens");
  take("cacheRead", usage.cacheReadInputTokens, "cacheReadInputTokens");
  takeCacheWrites(usage, units, faults);
  take("image", usage.images, "images");
  take("second", usage.seconds, "seconds");
  take("query", usage.queries, "queries");
  if (units.input !== undefined && includesCache(place, table)) {
    units.input = withoutCache(units.input, units);
  }
  const guardrail = new Map<string, bigint>();
  for (const [name, value] of Object.entries(usage.guardrailUnits ?? {})) {
    guardrail.set(name, countOf(value, `guardrailUnits.${name}`, faults) ?? 0n);
  }
  return { units, guardrail, faults };
}

/** The count, if one was given. A value that cannot be a count is added to `faults` by its name. */
function countOf(value: number | undefined, name: string, faults: string[]): bigint | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (!Number.isSafeInteger(value) || value < 0) {
    faults.push(name);
    return undefined;
  }
  return BigInt(value);
}

/** Cache writes by time to live: `cacheDetails` say which; what they leave open lives for AWS's default of five minutes. */
function takeCacheWrites(usage: BillableUsage, units: BilledUnits["units"], faults: string[]): void {
  if (usage.cacheWriteInputTokens === undefined && usage.cacheDetails === undefined) return;
  const all = countOf(usage.cacheWriteInputTokens, "cacheWriteInputTokens", faults) ?? 0n;
  const written = { "5m": 0n, "1h": 0n };
  const details = usage.cacheDetails ?? [];
  // Usage comes from the other side, and may have any shape.
  if (!Array.isArray(details)) faults.push("cacheDetails");
  for (const [index, detail] of Array.isArray(details) ? details.entries() : []) {
    const { ttl, inputTokens }: Partial<typeof detail> = isJsonObject(detail) ? detail : {};
    // AWS may add times to live, for which no price is known yet.
    if (typeof ttl === "string" && Object.hasOwn(written, ttl)) {
      written[ttl] += countOf(inputTokens, `cacheDetails[${index}].inputTokens`, faults) ?? 0n;
    } else {
      faults.push(`cacheDetails[${index}].ttl`);
    }
  }
  const open = all - written["5m"] - written["1h"];
  units.cacheWrite5m = written["5m"] + (open > 0n ? open : 0n);
  units.cacheWrite1h = written["1h"];
}

function includesCache(place: PricePlace, table: PriceTable): boolean {
  const { model, foundationModel, route = "converse", isStream } = place;
  const { baseId } = factsOfModel(model, foundationModel);
  return table.quirks.some(
    ({ stems, routes, streamsOnly }) =>
      routes.includes(route) &&
      (streamsOnly !== true || isStream !== false) &&
      stems.some((stem) => baseId.startsWith(stem)),
  );
}

/** True for a model whose streams by Converse count what is cached within the input, and beside it again. */
export function streamCountsCacheTwice(baseId: string): boolean {
  return shippedPrices().quirks.some(
    ({ stems, routes }) => routes.includes("converse") && stems.some((stem) => baseId.startsWith(stem)),
  );
}

/** Some replies of these models keep to AWS's documents: one that counts less input than cache cannot include it. */
function withoutCache(
  input: bigint,
  { cacheRead = 0n, cacheWrite5m = 0n, cacheWrite1h = 0n }: BilledUnits["units"],
): bigint {
  const cached = cacheRead + cacheWrite5m + cacheWrite1h;
  return input >= cached ? input - cached : input;
}
