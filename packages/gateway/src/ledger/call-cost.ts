/** What a call cost, as the ledger records it: priced once, when the call ends, by the prices of that moment. Pure. */
import {
  billedUnits,
  costOf,
  costOfUnits,
  type BilledUnits,
  factsOfModel,
  type BillableUsage,
  type PricePlace,
  type PriceTable,
  type PriceTier,
} from "@adit/bedrock";
import type { CallCost, CallUnits } from "./call-record.ts";
import type { RequestFacts } from "./request-facts.ts";
import { mediaInBody } from "../limits/media-in-body.ts";
import { noUnits, toldUsage, type ToldUsage } from "./call-usage.ts";

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

/**
 * The cost by what the answer told. Where a stream broke, or was left, before it told, the tokens are estimated and the cost says so.
 * What no provider answered to costs nothing, and so does what the cache or the emulator answered.
 */
export function pricedCall(facts: RequestFacts, table: PriceTable): PricedCall {
  // A model that has begun to answer is billed for what it wrote, whole or not.
  const hasAnswered = facts.firstByteMs !== undefined;
  const isFree = facts.route === "emulator" || facts.cacheStatus === "HIT" || facts.cacheStatus === "SEMANTIC HIT";
  const told = toldUsage(facts.usage, facts.route, facts.dialect === "openai-embeddings");
  if (isFree || (told === undefined && !hasAnswered)) {
    const free = told === undefined ? undefined : billedUnits(told.usage, placeOf(facts, told), table);
    return { cost: nothing, totalNano: 0n, units: unitsOf(free), told };
  }
  // A stream without a stop reason broke before its figures were final.
  const isEstimate = facts.stream === true && facts.stopReason === undefined;
  const used = isEstimate ? estimateOf(facts, told) : told;
  const place = placeOf(facts, used);
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

function placeOf(facts: RequestFacts, told: ToldUsage | undefined): PricePlace {
  return {
    model: facts.modelUsed ?? facts.modelAsked ?? "",
    region: facts.region ?? "",
    tier: tierOf(facts),
    route: told?.route ?? "converse",
    ...(facts.baseModel !== undefined && { foundationModel: facts.baseModel }),
  };
}

export function tierOf({ tier }: RequestFacts): PriceTier {
  return tier ?? "standard";
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
