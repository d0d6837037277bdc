import { parsePriceTable } from "../parse-price-table.ts";
import type { PriceTable } from "../price-table.ts";

/** A table with these members over an empty one. */
export function tableOf(members: Readonly<Record<string, unknown>>): PriceTable {
  const parsed = parsePriceTable({
    version: "test",
    date: "2026-11-01",
    sources: {},
    models: {},
    guardrails: [],
    quirks: [],
    ...members,
  });
  if ("fault" in parsed) {
    throw new Error(`${parsed.fault.path}: ${parsed.fault.message}`);
  }
  return parsed.table;
}
