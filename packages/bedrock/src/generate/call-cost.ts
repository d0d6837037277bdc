import type { AttemptRecord } from "../client.ts";
import type { ServiceTier } from "../converse/request.ts";
import { isUnclearAttempt } from "../errors/perhaps-billed.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import { stripGeography } from "../models/geography.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import type { BillableUsage } from "../models/prices/billed-units.ts";
import { costOf } from "../models/prices/cost.ts";
import { dollarsOf } from "../models/prices/dollars.ts";
import type { PricePlace } from "../models/prices/find-row.ts";
import { shippedPrices } from "../models/prices/shipped-prices.ts";
import { tierOfCall } from "../models/prices/tier-of-call.ts";
import type { Route } from "./route.ts";

/**
 * What a call cost by the prices of this version, in US dollars as exact decimal text, such as `0.000123`. Unknown is unknown, never 0: where a
 * count or a price is missing there is no total, and `missing` names it: `usage` also where a try before went out and was not answered, for
 * AWS may bill it; `parts` are the answer's.
 */
export type CallCost =
  | { known: true; total: string; parts: Record<string, string>; pricesVersion: string }
  | { known: false; missing: readonly string[]; parts: Record<string, string>; pricesVersion: string };

/** How a call was served. */
export interface ServedCall {
  /** The model that answered, as sent. */
  model: string;
  /** What is known of the model named. */
  facts: ModelFacts;
  region: string;
  serviceTier?: ServiceTier | undefined;
  latency?: "standard" | "optimized" | undefined;
  /** Whose usage it is: some models count what is cached otherwise in Converse's streams. */
  route?: Route;
  isStream?: boolean;
  /** Every transmission: one that was not answered may be billed, and has told nothing. */
  attempts?: readonly AttemptRecord[];
  /** A guardrail took part: AWS bills its units, which the answer does not tell. */
  hasGuardrail?: boolean;
}

/** The cost of a call. */
export function callCost(usage: BillableUsage | undefined, served: ServedCall): CallCost {
  const cost = costOf(usage, placeOf(served), shippedPrices());
  const missing = new Set(cost.known ? [] : cost.missing);
  if (served.attempts?.some(isUnclearAttempt) === true) missing.add("usage");
  if (served.hasGuardrail === true) missing.add("guardrail");
  const parts = Object.fromEntries(Object.entries(cost.parts).map(([name, amount]) => [name, dollarsOf(amount)]));
  const pricesVersion = cost.version;
  return cost.known && missing.size === 0
    ? { known: true, total: dollarsOf(cost.total), parts, pricesVersion }
    : { known: false, missing: [...missing], parts, pricesVersion };
}

/** A model that only the caller has identified is priced as the model that the caller named. */
function placeOf({ model, facts, region, serviceTier, latency, route, isStream }: ServedCall): PricePlace {
  const tier = tierOfCall({
    ...(serviceTier !== undefined && { serviceTier }),
    ...(latency !== undefined && { latency }),
  });
  const where = { region, tier, ...(route !== undefined && { route }), ...(isStream !== undefined && { isStream }) };
  const isTold = facts.known && !factsOfModel(model, facts.baseId).known;
  const { geography } = stripGeography(model);
  return isTold
    ? { model: facts.baseId, ...(geography !== undefined && { geography }), ...where }
    : { model, foundationModel: facts.behind ?? facts.baseId, ...where };
}
