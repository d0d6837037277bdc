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
  return {
    tokens: usage === undefined ? undefined : (plainTokens(usage) ?? tokensOf(usage, place, table)),
    costNano: cost.known ? cost.total : undefined,
    cost,
  };
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

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && (value ?? -1) >= 0;
}

function tokensOf(usage: BillableUsage, place: PricePlace, table: PriceTable): number | undefined {
  const { units, faults } = billedUnits(usage, place, table);
  if (units.input === undefined || units.output === undefined || faults.length > 0) return undefined;
  return tokenUnits.reduce((total, unit) => total + Number(units[unit] ?? 0n), 0);
}
