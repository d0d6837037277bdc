/** What a call cost. Pure: the library, budgets and the ledger share it. */
import { billedUnits, type BillableUsage, type BilledUnits } from "./billed-units.ts";
import { guardrailPrices, rowFor, type PricePlace } from "./find-row.ts";
import { factsOfModel } from "../facts-of-model.ts";
import { pieceUnits, tokenUnits, type PriceRow, type PriceTable, type TokenUnit } from "./price-table.ts";

/** Costs by what they are for, in nano-dollars: a unit, or `guardrail.` and the name of a guardrail's unit. */
export type CostParts = Readonly<Record<string, bigint>>;

/** A cost in nano-dollars, with the version of the table that it was worked out from. */
export type Cost =
  | { readonly known: true; readonly parts: CostParts; readonly total: bigint; readonly version: string }
  | {
      readonly known: false;
      /** The parts that are known all the same. */
      readonly parts: CostParts;
      /**
       * What is missing: units without a price, `usage.NAME` for counts that AWS did not give, `price` for a model without any price. Never
       * empty.
       */
      readonly missing: readonly string[];
      readonly version: string;
    };

/**
 * The cost of a call by `table`. Each part is rounded once, half to even. Where a count or a price is missing the total is unknown.
 * `usage` undefined: the reply told none.
 */
export function costOf(usage: BillableUsage | undefined, place: PricePlace, table: PriceTable): Cost {
  if (usage === undefined) {
    return costFrom({}, ["usage"], table.version);
  }
  return costOfUnits(billedUnits(usage, place, table), place, table);
}

/** As {@link costOf}, for counts that are told apart already. */
export function costOfUnits(billed: BilledUnits, place: PricePlace, table: PriceTable): Cost {
  const row = rowFor(place, allInput(billed), table);
  const parts: Record<string, bigint> = {};
  const missing = billed.faults.map((name) => `usage.${name}`);
  if (place.model !== "") addOwed(row, billed, missing);
  const add = (name: string, cost: bigint | undefined): void => {
    if (cost === undefined) addOnce(missing, name);
    else parts[name] = cost;
  };
  for (const unit of tokenUnits) {
    const count = billed.units[unit];
    if (isUsed(count)) add(unit, costOfTokens(count, tokenPrice(unit, row, place)));
  }
  for (const unit of pieceUnits) {
    const count = billed.units[unit];
    if (isUsed(count)) add(unit, costOfPieces(count, row?.[unit]));
  }
  for (const [name, count] of billed.guardrail) {
    if (isUsed(count)) add(`guardrail.${name}`, costOfPieces(count, guardrailPrices(place.region, table).get(name)));
  }
  return costFrom(parts, missing, table.version);
}

/**
 * In OpenAI's format AWS's own servers tell what they had in their cache of models that have no price for that too: it is counted as input
 * (recorded of gpt-oss: 151 tokens by AWS's header, of which the answer tells 64 as cached).
 */
function tokenPrice(unit: TokenUnit, row: PriceRow | undefined, place: PricePlace): number | undefined {
  const price = row?.[unit];
  if (price !== undefined || unit !== "cacheRead" || place.route !== "openai") return price;
  const isOfBedrock = factsOfModel(place.model, place.foundationModel).family !== "unknown";
  return isOfBedrock ? row?.input : undefined;
}

function isUsed(count: bigint | undefined): count is bigint {
  return count !== undefined && count !== 0n;
}

/** The sum of `parts`, or unknown where anything is missing. */
export function costFrom(parts: CostParts, missing: readonly string[], version: string): Cost {
  return missing.length > 0
    ? { known: false, parts, missing, version }
    : { known: true, parts, total: Object.values(parts).reduce((total, part) => total + part, 0n), version };
}

/** `price` is in nano-dollars for a million. */
function costOfTokens(count: bigint, price: number | undefined): bigint | undefined {
  if (price === undefined) return undefined;
  const product = Number(count) * price;
  // Numbers are exact up to there, and a tenth of the work.
  return product <= Number.MAX_SAFE_INTEGER ? BigInt(millionthOf(product)) : bigMillionthOf(count * BigInt(price));
}

/** `price` is in nano-dollars apiece. */
function costOfPieces(count: bigint, price: number | undefined): bigint | undefined {
  return price === undefined ? undefined : count * BigInt(price);
}

const million = 1_000_000;

/** To the nearest whole; a half goes to the even neighbour. */
function millionthOf(product: number): number {
  const rest = product % million;
  const whole = (product - rest) / million;
  const isUp = rest * 2 > million || (rest * 2 === million && whole % 2 === 1);
  return isUp ? whole + 1 : whole;
}

function bigMillionthOf(product: bigint): bigint {
  const whole = product / 1_000_000n;
  const twice = 2n * (product % 1_000_000n);
  const isUp = twice > 1_000_000n || (twice === 1_000_000n && whole % 2n === 1n);
  return isUp ? whole + 1n : whole;
}

/** Input of all kinds: it decides on the prices for long contexts. */
function allInput({ units }: BilledUnits): number {
  const { input = 0n, cacheRead = 0n, cacheWrite5m = 0n, cacheWrite1h = 0n } = units;
  return Number(input) + Number(cacheRead) + Number(cacheWrite5m) + Number(cacheWrite1h);
}

/** Where the count of a unit that must be told stands in the usage. */
const memberOf = { input: "inputTokens", output: "outputTokens", image: "images", second: "seconds", query: "queries" };
const besideTokens = ["input", "output", "second"] as const;

/**
 * Adds the counts that the reply must tell, and did not: of input and output whichever the model has a price for, and seconds where these
 * have one beside, since no token stands for what is seen or heard; for a model that is paid by the piece, those pieces. A model without prices owes nothing here: what it used is missing a price; where it used nothing either, the
 * price is.
 */
function addOwed(row: PriceRow | undefined, { units }: BilledUnits, missing: string[]): void {
  const isByToken = row?.input !== undefined || row?.output !== undefined;
  let isPriced = false;
  for (const unit of isByToken ? besideTokens : pieceUnits) {
    if (row?.[unit] === undefined) continue;
    isPriced = true;
    if (units[unit] === undefined) addOnce(missing, `usage.${memberOf[unit]}`);
  }
  if (!isPriced && Object.values(units).every((count) => count === 0n)) missing.push("price");
}

function addOnce(names: string[], name: string): void {
  if (!names.includes(name)) names.push(name);
}
