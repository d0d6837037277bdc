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
  type Cost,
  type CostParts,
  type JsonObject,
  type PriceTier,
} from "@adit/bedrock";
import { isPerhapsBilled, mayGround, outputOf } from "@adit/bedrock/gateway";
import type { AttemptOfCall, CallCost, CallUnits } from "../record/call-record.ts";
import type { RequestFacts, UnwantedAnswer } from "../record/request-facts.ts";
import { mediaInBody } from "../../limits/charge/media-in-body.ts";
import { readsMoreThanItsBody } from "../../limits/charge/unseen-input.ts";
import { withParams } from "../../routing/config/params.ts";
import { noUnits, toldUsage, withoutOutput, type ToldUsage } from "./call-usage.ts";
import type { GuardrailUse } from "../../guardrails/guardrail-use.ts";
import { guardrailCostOf, guardrailCostShown, withGuardrails } from "./guardrail-cost.ts";
import { tierAsked } from "./tier-asked.ts";

export interface PricedCall {
  cost: CallCost;
  /** Nano-dollars; undefined where a part is not known. */
  totalNano: bigint | undefined;
  units: CallUnits;
  told: ToldUsage | undefined;
}

/** English text has about four characters to a token, in all families; Cyrillic two, Chinese one to one and a half, of two and three bytes each. */
const bytesPerToken = 4;
/** An image of a million pixels, which is what most are scaled to. */
const tokensOfImage = 1_500;

const noneMissing: readonly string[] = [];
const untold = { parts: {}, missing: ["usage"], isEstimate: false };
const nothing: CallCost = { totalNano: "0", partsNano: {}, missing: [], isEstimate: false, prices: undefined };

/** True for what no provider bills: what the cache or the emulator answered, and counts of tokens. */
export function isFreeOfCharge(facts: RequestFacts): boolean {
  return facts.isUnbilled || facts.route === "emulator" || isFromCache(facts);
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
  const told = withoutOwnTools(toldUsage(facts.usage, facts.route), facts);
  if (told === undefined) return told;
  const counted = mayHaveSeconds(facts) ? told : withoutSeconds(told);
  return counted.usage.outputTokens !== undefined || !writesNothing(facts) ? counted : withoutOutput(counted);
}

/** In other forms than its own no model is given what is paid by the second, as calls are reckoned before they are made too. */
function mayHaveSeconds({ dialect, route }: RequestFacts): boolean {
  return (dialect === "bedrock" || dialect === "connector") && route !== "converse";
}

function withoutSeconds({ usage, route }: ToldUsage): ToldUsage {
  return { usage: { seconds: 0, ...usage }, route };
}

/** What Bedrock's own answers show as searches of the web is, at a model that makes none, a tool of the caller's under that name. */
function withoutOwnTools(told: ToldUsage | undefined, facts: RequestFacts): ToldUsage | undefined {
  const model = baseModelOf(facts);
  const isTokens = told?.usage.queries !== undefined && told.usage.outputTokens !== undefined;
  if (!isTokens || told.route === "openai" || told.route === "anthropic") return told;
  if (model === undefined || mayGround(factsOfModel(model))) return told;
  const { queries: _calls, ...usage } = told.usage;
  return { ...told, usage };
}

function writesNothing(facts: RequestFacts): boolean {
  if (facts.dialect === "openai-embeddings") return true;
  const model = baseModelOf(facts);
  // An operation that names no model is a guardrail's.
  return model === undefined || embeddingFactsOf(model) !== undefined || paidApiece.has(outputOf(model));
}

const paidApiece: ReadonlySet<string> = new Set(["image", "rerank"] satisfies ReturnType<typeof outputOf>[]);

/** As {@link costOfModel}, with what the call's guardrail checks cost. */
export function pricedCall(facts: RequestFacts, table: PriceTable): PricedCall {
  const priced = costOfModel(facts, table);
  const uses = guardrailUsesOf(facts);
  if (uses === undefined) return priced;
  const cost = withGuardrails(priced.cost, guardrailCostShown(guardrailCostOf(uses, table)));
  return { ...priced, cost, totalNano: cost.totalNano === undefined ? undefined : BigInt(cost.totalNano) };
}

/** With that of AWS's own guardrail in the call, where an answer came that does not tell it. */
function guardrailUsesOf(facts: RequestFacts): readonly GuardrailUse[] | undefined {
  const { guardrailInCall, guardrailUse, region = "", firstByteMs } = facts;
  if (guardrailInCall !== "untold" || firstByteMs === undefined || isFreeOfCharge(facts)) return guardrailUse;
  return [...(guardrailUse ?? []), { region, units: undefined }];
}

/**
 * The cost by what the answers told, those too that guardrails threw away. Where a stream broke, or was left, before it told, the tokens are
 * estimated and the cost says so. What no provider answered to costs nothing, and so does what the cache or the emulator answered; where a
 * transmission may have been billed and did not tell, the cost is not known.
 */
function costOfModel(facts: RequestFacts, table: PriceTable): PricedCall {
  const answer = pricedAnswer(facts, table);
  const { unwanted } = facts;
  if (unwanted === undefined) return answer;
  return unwanted.reduce((sum, each) => bothOf(sum, pricedUnwanted(facts, each, table)), answer);
}

/** An answer that guardrails threw away, by what was known of it then. */
export function pricedUnwanted(facts: RequestFacts, unwanted: UnwantedAnswer, table: PriceTable): PricedCall {
  const own = { stream: false, streamError: undefined, tries: undefined, cacheStatus: undefined };
  return pricedAnswer({ ...facts, ...unwanted, ...own }, table);
}

function pricedAnswer(facts: RequestFacts, table: PriceTable): PricedCall {
  const told = usageOfCall(facts);
  const isUnclear = facts.tries?.some(isUnclearTry) === true;
  if (isFreeOfCharge(facts)) return freeAnswer(facts, table, isUnclear);
  // A model that has begun to answer is billed for what it wrote, whole or not.
  const hasAnswered = facts.firstByteMs !== undefined;
  if (told === undefined && !hasAnswered && !isUnclear) {
    return { cost: nothing, totalNano: 0n, units: noUnits, told };
  }
  const estimate = estimatedUsage(facts, told);
  const isEstimate = estimate !== undefined;
  const used = estimate ?? told;
  const place = placeOfCall(facts, used);
  const billed = used === undefined ? undefined : billedUnits(used.usage, place, table);
  const cost = billed === undefined ? costOf(undefined, place, table) : costOfUnits(billed, place, table);
  const missing = isUnclear ? withUntold(cost) : missingOf(cost);
  return pricedBy({ parts: cost.parts, missing, isEstimate, prices: cost.version }, unitsOf(billed), used);
}

/** `isUnclear`: before the cache answered, a target had been asked that did not tell. */
function freeAnswer(facts: RequestFacts, table: PriceTable, isUnclear: boolean): PricedCall {
  const told = usageOfCall(facts);
  const billed = told === undefined ? undefined : billedUnits(told.usage, placeOfCall(facts, told), table);
  const units = unitsOf(billed);
  if (isUnclear && isFromCache(facts)) return pricedBy({ ...untold, prices: table.version }, units, told);
  return { cost: nothing, totalNano: 0n, units, told };
}

/** Its figures come last: after the reason of its stop. */
function endedEarly({ stream, streamError, stopReason }: RequestFacts): boolean {
  return stream === true && (streamError !== undefined || stopReason === undefined);
}

/** True where something was sent and nothing says that AWS refused it. Of several calls, the refusal of one ends the others. */
function isUnclearTry({ error, connectMs, status, route }: AttemptOfCall): boolean {
  if (route === "emulator") return false;
  return error !== undefined && connectMs !== undefined && (status === undefined || isPerhapsBilled(error));
}

function missingOf(cost: Cost): readonly string[] {
  return cost.known ? noneMissing : cost.missing;
}

function withUntold(cost: Cost): readonly string[] {
  return [...new Set([...missingOf(cost), "usage"])];
}

interface CostOfParts {
  parts: CostParts;
  missing: readonly string[];
  isEstimate: boolean;
  prices: string | undefined;
}

function pricedBy(
  { parts, missing, isEstimate, prices }: CostOfParts,
  units: CallUnits,
  told: ToldUsage | undefined,
): PricedCall {
  const partsNano: Record<string, string> = {};
  let total = 0n;
  for (const name in parts) {
    const part = parts[name] ?? 0n;
    total += part;
    partsNano[name] = String(part);
  }
  const isKnown = missing.length === 0;
  return {
    cost: { totalNano: isKnown ? String(total) : undefined, partsNano, missing, isEstimate, prices },
    totalNano: isKnown ? total : undefined,
    units,
    told,
  };
}

/** The sum of two answers of one call; told is what the first one told, if it did. */
function bothOf(one: PricedCall, other: PricedCall): PricedCall {
  const parts: Record<string, bigint> = {};
  for (const { partsNano } of [one.cost, other.cost]) {
    for (const [name, nano] of Object.entries(partsNano)) parts[name] = (parts[name] ?? 0n) + BigInt(nano);
  }
  const missing = [...new Set([...one.cost.missing, ...other.cost.missing])];
  const isEstimate = one.cost.isEstimate || other.cost.isEstimate;
  const units = {
    input: sumOf(one.units.input, other.units.input),
    output: sumOf(one.units.output, other.units.output),
    cacheRead: sumOf(one.units.cacheRead, other.units.cacheRead),
    cacheWrite: sumOf(one.units.cacheWrite, other.units.cacheWrite),
    total: sumOf(one.units.total, other.units.total),
  };
  const prices = one.cost.prices ?? other.cost.prices;
  return pricedBy({ parts, missing, isEstimate, prices }, units, one.told ?? other.told);
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0);
}

/**
 * Of a stream that ended before its figures were final; undefined for any other, and for one of which nothing had come: nobody knows that it was
 * read. What it `told` counts, where it is more than a guess.
 */
export function estimatedUsage(facts: RequestFacts, told: ToldUsage | undefined): ToldUsage | undefined {
  if (facts.firstByteMs === undefined) return undefined;
  const isFinal = told?.usage.outputTokens !== undefined || !endedEarly(facts);
  return isFinal && !isBrokenOff(facts) ? undefined : estimateOf(facts, told);
}

function estimateOf(facts: RequestFacts, told: ToldUsage | undefined): ToldUsage {
  const written = Math.ceil((facts.outputBytes ?? 0) / bytesPerToken);
  if (told?.usage.inputTokens !== undefined) {
    const outputTokens = Math.max(told.usage.outputTokens ?? 0, written);
    return { usage: { ...told.usage, outputTokens }, route: told.route };
  }
  const inputTokens = estimatedInput(facts);
  const usage: BillableUsage = { ...(inputTokens !== undefined && { inputTokens }), outputTokens: written };
  const estimate: ToldUsage = { usage, route: facts.route === "invoke" ? "invoke" : "converse" };
  return mayHaveSeconds(facts) ? estimate : withoutSeconds(estimate);
}

/** By what was sent. Undefined where nobody can see how much was read: a document, a video, what a host adds to it. */
function estimatedInput(facts: RequestFacts): number | undefined {
  const { requestBody, requestBytes, dialect, modelUsed: model = "", provider = "bedrock" } = facts;
  const body = bodyAtTarget(facts);
  if (body === undefined) return Math.ceil(requestBytes / bytesPerToken);
  const media = mediaInBody(body);
  if (media.isOpenEnded || readsMoreThanItsBody({ dialect, body }, { model, provider })) return undefined;
  const bytes = body === requestBody ? requestBytes : Buffer.byteLength(JSON.stringify(body));
  const text = Math.max(0, bytes - media.imageBytes);
  return Math.ceil(text / bytesPerToken) + media.images * tokensOfImage;
}

/** The request's body with what its target laid over it: a prompt's messages, a tier of the config's, what guardrails have changed. */
function bodyAtTarget({
  requestBody,
  overrideParams,
}: Pick<RequestFacts, "requestBody" | "overrideParams">): JsonObject | undefined {
  if (requestBody === undefined || overrideParams === undefined) return requestBody;
  const isChanged = Object.keys(overrideParams).some((name) => name !== "model");
  return isChanged ? withParams(requestBody, overrideParams) : requestBody;
}

/** Where the call is priced. */
export function placeOfCall(facts: RequestFacts, told: ToldUsage | undefined): PricePlace {
  return {
    model: facts.modelUsed ?? facts.modelAsked ?? "",
    region: facts.region ?? "",
    tier: tierOf(facts),
    route: told?.route ?? "converse",
    ...(facts.stream !== undefined && { isStream: facts.stream }),
    ...(facts.baseModel !== undefined && { foundationModel: facts.baseModel }),
  };
}

/** By what AWS says served the call, else by what was asked for. */
export function tierOf(facts: RequestFacts): PriceTier {
  if (facts.tier !== undefined) return facts.tier;
  const body = bodyAtTarget(facts);
  return body === undefined ? "standard" : tierAsked(body);
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
  const cacheWrite = sumOf(numberOf(units.cacheWrite5m), numberOf(units.cacheWrite1h));
  const isKnown = input !== undefined || output !== undefined;
  const total = (input ?? 0) + (output ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  return { input, output, cacheRead, cacheWrite, total: isKnown ? total : undefined };
}

function numberOf(count: bigint | undefined): number | undefined {
  return count === undefined ? undefined : Number(count);
}
