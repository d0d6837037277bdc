/** What a call has used, as limits count it. Pure. */
import {
  billedUnits,
  costOf,
  tokenUnits,
  type BillableUsage,
  type Cost,
  type PricePlace,
  type PriceTable,
} from "@adit/bedrock";
import { isCount } from "@adit/bedrock/gateway";
import type { LimitCharge } from "../limit.ts";

/**
 * The charge of a call by what its answer told; `usage` undefined: nothing. Each token counts once, cached or not. Whoever calls what
 * writes nothing (embeddings) says so with `outputTokens: 0`. The cost comes along for whoever records it.
 */
export function chargeOf(
  usage: BillableUsage | undefined,
  place: PricePlace,
  table: PriceTable,
): LimitCharge & { cost: Cost } {
  const cost = costOf(usage, place, table);
  const tokens = usage === undefined ? undefined : (plainTokens(usage) ?? tokensOf(usage, place, table));
  if (cost.known) return { tokens, costNano: cost.total, cost };
  return { tokens, costNano: knownBesideSearches(cost), cost, ...(isPartlyKnown(cost) && { isPartial: true }) };
}

/** True where searches of the web alone have no price. */
export function isPartlyKnown(cost: Cost): boolean {
  return !cost.known && cost.missing.every((name) => name === "query") && Object.keys(cost.parts).length > 0;
}

/** The cost, but for searches of the web without a price; undefined where anything else is not known. */
export function knownBesideSearches(cost: Cost): bigint | undefined {
  if (cost.known) return cost.total;
  return isPartlyKnown(cost) ? Object.values(cost.parts).reduce((total, part) => total + part, 0n) : undefined;
}

/** Without a cache there is nothing to be told apart. */
function plainTokens(usage: BillableUsage): number | undefined {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, cacheDetails, guardrailUnits } =
    usage;
  const isPlain =
    cacheReadInputTokens === undefined &&
    cacheWriteInputTokens === undefined &&
    cacheDetails === undefined &&
    guardrailUnits === undefined;
  return isPlain && isCount(inputTokens) && isCount(outputTokens) ? inputTokens + outputTokens : undefined;
}

function tokensOf(usage: BillableUsage, place: PricePlace, table: PriceTable): number | undefined {
  const { units, faults } = billedUnits(usage, place, table);
  if (units.input === undefined || units.output === undefined || faults.length > 0) return undefined;
  return tokenUnits.reduce((total, unit) => total + Number(units[unit] ?? 0n), 0);
}
