/** What a call cost, as the ledger records it: priced once, when the call ends, by the prices of that moment. Pure. */
import {
  billedUnits,
  costOf,
  costOfUnits,
  embeddingFactsOf,
  factsOfModel,
  type BillableUsage,
  type PricePlace,
  type PriceTable,
  type BilledUnits,
  type PriceTier,
} from "@adit/bedrock";
import type { CallCost, CallUnits } from "./call-record.ts";
import type { RequestFacts } from "./request-facts.ts";
import { mediaInBody } from "../limits/media-in-body.ts";
import { noUnits, toldUsage, withoutOutput, type ToldUsage } from "./call-usage.ts";
import { tierAsked } from "./tier-asked.ts";

export interface PricedCall {
  cost: CallCost;
  /** Nano-dollars; undefined where a part is not known. */
  totalNano: bigint | undefined;
  units: CallUnits;
  told: ToldUsage | undefined;
}

/** English text has about four characters to a token, in all families. */
const charactersPerToken = 4;
/** An image of a million pixels, which is what most are scaled to. */
const tokensOfImage = 1_500;

const noneMissing: readonly string[] = [];
const nothing: CallCost = { totalNano: "0", partsNano: {}, missing: [], isEstimate: false, prices: undefined };

/** True for what no provider bills: what the cache or the emulator answered. */
export function isFreeOfCharge(facts: RequestFacts): boolean {
  return facts.route === "emulator" || isFromCache(facts);
}

export function isFromCache({ cacheStatus }: RequestFacts): boolean {
  return cacheStatus === "HIT" || cacheStatus === "SEMANTIC HIT";
}

/** True for a stream that broke, or was left, before its figures were final: it has told the beginning alone. */
export function isBrokenOff({ stream, streamError, stopReason }: RequestFacts): boolean {
  return stream === true && streamError !== undefined && stopReason === undefined;
}

/** What the answer told, as budgets and the ledger count it. */
export function usageOfCall(facts: RequestFacts): ToldUsage | undefined {
  const told = toldUsage(facts.usage, facts.route);
  if (told === undefined || told.usage.outputTokens !== undefined || !writesNothing(facts)) return told;
  return withoutOutput(told);
}

function writesNothing(facts: RequestFacts): boolean {
  if (facts.dialect === "openai-embeddings") return true;
  const model = baseModelOf(facts);
  // An operation that names no model is a guardrail's.
  return model === undefined || embeddingFactsOf(model) !== undefined;
}

/**
 * The cost by what the answer told. Where a stream broke, or was left, before it told, the tokens are estimated and the cost says so.
 * What no provider answered to costs nothing, and so does what the cache or the emulator answered.
 */
export function pricedCall(facts: RequestFacts, table: PriceTable): PricedCall {
  // A model that has begun to answer is billed for what it wrote, whole or not.
  const hasAnswered = facts.firstByteMs !== undefined;
  const told = usageOfCall(facts);
  if (isFreeOfCharge(facts) || (told === undefined && !hasAnswered)) {
    const free = told === undefined ? undefined : billedUnits(told.usage, placeOfCall(facts, told), table);
    return { cost: nothing, totalNano: 0n, units: unitsOf(free), told };
  }
  const isUntold = facts.stream === true && facts.stopReason === undefined && told?.usage.outputTokens === undefined;
  const isEstimate = isBrokenOff(facts) || isUntold;
  const used = isEstimate ? estimateOf(facts, told) : told;
  const place = placeOfCall(facts, used);
  const billed = used === undefined ? undefined : billedUnits(used.usage, place, table);
  const cost = billed === undefined ? costOf(undefined, place, table) : costOfUnits(billed, place, table);
  const partsNano: Record<string, string> = {};
  for (const name in cost.parts) partsNano[name] = String(cost.parts[name]);
  return {
    cost: {
      totalNano: cost.known ? String(cost.total) : undefined,
      partsNano,
      missing: cost.known ? noneMissing : cost.missing,
      isEstimate,
      prices: cost.version,
    },
    totalNano: cost.known ? cost.total : undefined,
    units: unitsOf(billed),
    told: used,
  };
}

/** What was told so far counts, where it is more than a guess. */
function estimateOf(facts: RequestFacts, told: ToldUsage | undefined): ToldUsage {
  const { requestBytes, requestBody } = facts;
  const written = Math.ceil((facts.outputCharacters ?? 0) / charactersPerToken);
  if (told?.usage.inputTokens !== undefined) {
    const outputTokens = Math.max(told.usage.outputTokens ?? 0, written);
    return { usage: { ...told.usage, outputTokens }, route: told.route };
  }
  const media = requestBody === undefined ? undefined : mediaInBody(requestBody);
  const text = Math.max(0, requestBytes - (media?.imageBytes ?? 0));
  const usage: BillableUsage = {
    inputTokens: Math.ceil(text / charactersPerToken) + (media?.images ?? 0) * tokensOfImage,
    outputTokens: written,
  };
  return { usage, route: facts.route === "invoke" ? "invoke" : "converse" };
}

/** Where the call is priced. */
export function placeOfCall(facts: RequestFacts, told: ToldUsage | undefined): PricePlace {
  return {
    model: facts.modelUsed ?? facts.modelAsked ?? "",
    region: facts.region ?? "",
    tier: tierOf(facts),
    route: told?.route ?? "converse",
    ...(facts.baseModel !== undefined && { foundationModel: facts.baseModel }),
  };
}

/** By what AWS says served the call, else by what was asked for. */
export function tierOf({ tier, requestBody }: RequestFacts): PriceTier {
  return tier ?? (requestBody === undefined ? "standard" : tierAsked(requestBody));
}

/** The key of Adit's model data: the model behind an id with a geography, or an ARN, as far as that is known. */
export function baseModelOf(facts: RequestFacts): string | undefined {
  const name = facts.modelUsed ?? facts.modelAsked;
  return name === undefined ? undefined : factsOfModel(name, facts.baseModel).baseId;
}

function unitsOf(billed: BilledUnits | undefined): CallUnits {
  if (billed === undefined) return noUnits;
  const { units } = billed;
  const input = numberOf(units.input);
  const output = numberOf(units.output);
  const cacheRead = numberOf(units.cacheRead);
  const cacheWrite = Number(units.cacheWrite5m ?? 0n) + Number(units.cacheWrite1h ?? 0n);
  const isKnown = input !== undefined || output !== undefined;
  const total = (input ?? 0) + (output ?? 0) + (cacheRead ?? 0) + cacheWrite;
  return { input, output, cacheRead, cacheWrite, total: isKnown ? total : undefined };
}

function numberOf(count: bigint | undefined): number | undefined {
  return count === undefined ? undefined : Number(count);
}
