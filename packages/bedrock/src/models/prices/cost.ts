/** What a call cost. Pure: the library, budgets and the ledger share it. */
import { billedUnits, type BillableUsage, type BilledUnits } from "./billed-units.ts";
import { guardrailPrices, rowFor, type PricePlace } from "./find-row.ts";
import { pieceUnits, tokenUnits, type PriceRow, type PriceTable } from "./price-table.ts";

/** Costs by what they are for, in nano-dollars: a unit, or `guardrail.` and the name of a guardrail's unit. */
export type CostParts = Readonly<Record<string, bigint>>;

/** A cost in nano-dollars, with the version of the table that it was worked out from. */
export type Cost =
  | { readonly known: true; readonly parts: CostParts; readonly total: bigint; readonly version: string }
  | {
      readonly known: false;
      /** The parts that are known all the same. */
      readonly parts: CostParts;
      /** What is not: units without a price, `usage.NAME` for counts that were not told, `price` for a model without any. Never empty. */
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
  const billed = billedUnits(usage, place, table);
  const row = rowFor(place, allInput(billed), table);
  const parts: Record<string, bigint> = {};
  const missing = new Set(billed.faults.map((name) => `usage.${name}`));
  for (const name of place.model === "" ? [] : owed(row, billed)) {
    missing.add(name);
  }
  const add = (name: string, count: bigint | undefined, price: number | undefined, per: bigint): void => {
    if (count === undefined || count === 0n) {
      return;
    }
    if (price === undefined) {
      missing.add(name);
    } else {
      parts[name] = roundHalfEven(count * BigInt(price), per);
    }
  };
  for (const unit of tokenUnits) {
    add(unit, billed.units[unit], row?.[unit], 1_000_000n);
  }
  for (const unit of pieceUnits) {
    add(unit, billed.units[unit], row?.[unit], 1n);
  }
  for (const [name, count] of billed.guardrail) {
    add(`guardrail.${name}`, count, guardrailPrices(place.region, table).get(name), 1n);
  }
  return costFrom(parts, [...missing], table.version);
}

/** The sum of `parts`, or unknown where anything is missing. */
export function costFrom(parts: CostParts, missing: readonly string[], version: string): Cost {
  return missing.length > 0
    ? { known: false, parts, missing, version }
    : { known: true, parts, total: Object.values(parts).reduce((total, part) => total + part, 0n), version };
}

/** Numerator over denominator, both at least 0, to the nearest whole; a half goes to the even neighbour. */
function roundHalfEven(numerator: bigint, denominator: bigint): bigint {
  const whole = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const up = twice > denominator || (twice === denominator && whole % 2n === 1n);
  return up ? whole + 1n : whole;
}

/** Input of all kinds: it decides on the prices for long contexts. */
function allInput({ units }: BilledUnits): bigint {
  return (units.input ?? 0n) + (units.cacheRead ?? 0n) + (units.cacheWrite5m ?? 0n) + (units.cacheWrite1h ?? 0n);
}

/** Where the count of a unit that must be told stands in the usage. */
const memberOf = { input: "inputTokens", output: "outputTokens", image: "images", second: "seconds", query: "queries" };

/**
 * Counts that the reply must tell: of input and output whichever the model has a price for; for a model that is paid by the piece, those
 * pieces. A model without prices owes nothing here: what it used is missing a price; where it used nothing either, the price is.
 */
function owed(row: PriceRow | undefined, { units }: BilledUnits): readonly string[] {
  const byToken = (["input", "output"] as const).filter((unit) => row?.[unit] !== undefined);
  const due = byToken.length > 0 ? byToken : pieceUnits.filter((unit) => row?.[unit] !== undefined);
  if (due.length === 0 && Object.values(units).every((count) => count === 0n)) {
    return ["price"];
  }
  return due.filter((unit) => units[unit] === undefined).map((unit) => `usage.${memberOf[unit]}`);
}
