import type { PriceTable } from "./price-table.ts";

/**
 * `table` with an operator's own prices over it: a model that `overrides` prices has those rows and no others, whether it is named by base id,
 * profile id or ARN; guardrails likewise, where `overrides` has any. Quirks of both hold.
 */
export function layOver(table: PriceTable, overrides: PriceTable): PriceTable {
  return Object.freeze({
    version: `${table.version}+${overrides.version}`,
    date: table.date,
    sources: { ...table.sources, ...overrides.sources },
    models: new Map([...table.models, ...overrides.models]),
    guardrails: overrides.guardrails.length > 0 ? overrides.guardrails : table.guardrails,
    quirks: [...table.quirks, ...overrides.quirks],
  });
}
