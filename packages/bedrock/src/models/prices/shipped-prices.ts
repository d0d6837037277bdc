/** The price table that comes with the package, `data/prices.json`. `scripts/price-data.mjs` writes it. */
import prices from "../data/prices.json" with { type: "json" };
import { parsePriceTable } from "./parse-price-table.ts";
import type { PriceTable } from "./price-table.ts";

let shipped: PriceTable | undefined;

/** The same table each time. */
export function shippedPrices(): PriceTable {
  if (shipped === undefined) {
    const parsed = parsePriceTable(prices);
    if ("fault" in parsed) {
      throw new TypeError(`The price table of this package is broken at ${parsed.fault.path}: ${parsed.fault.message}`);
    }
    shipped = parsed.table;
  }
  return shipped;
}
