import type { ServiceTier } from "../converse/request.ts";
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
 * count or a price is missing there is no total, and `missing` names it.
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
  /** A guardrail took part: AWS bills its units, which the answer does not tell. */
  hasGuardrail?: boolean;
}

/** The cost of a call. */
export function callCost(usage: BillableUsage | undefined, served: ServedCall): CallCost {
  const cost = costOf(usage, placeOf(served), shippedPrices());
  const missing = [...(cost.known ? [] : cost.missing), ...(served.hasGuardrail === true ? ["guardrail"] : [])];
  const parts = Object.fromEntries(Object.entries(cost.parts).map(([name, amount]) => [name, dollarsOf(amount)]));
  const pricesVersion = cost.version;
  return cost.known && missing.length === 0
    ? { known: true, total: dollarsOf(cost.total), parts, pricesVersion }
    : { known: false, missing, parts, pricesVersion };
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
