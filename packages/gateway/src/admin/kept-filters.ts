/** Filters of the logs as views and exports keep them: without secrets. Calls are kept so too, and are found by them all the same. Pure. */
import { callerPairs } from "../caller-text.ts";
import { withoutKnownForms } from "../secret-forms.ts";
import type { ExportFilters } from "./schemas/log-exports.ts";
import { pairsIn } from "./schemas/log-filter.ts";

/** As it was written where nothing in it is hidden. */
export function keptQuery(query: string): string {
  const asked = new URLSearchParams(query);
  // Of a name that comes twice the last counts.
  const read = Object.entries(Object.fromEntries(asked));
  const kept = read.map(([name, value]): [string, string] => [
    name,
    name === "metadata" ? keptPairs(value) : withoutKnownForms(value),
  ]);
  const isSame = asked.size === read.length && read.every(([, value], index) => value === kept[index]?.[1]);
  return isSame ? query : new URLSearchParams(kept).toString();
}

export function keptFilters(filters: ExportFilters): ExportFilters {
  const { metadata, ...others } = filters;
  const entries = Object.entries(others).map(([name, value]) => [
    name,
    typeof value === "string" ? withoutKnownForms(value) : value,
  ]);
  return {
    ...(Object.fromEntries(entries) as typeof others),
    ...(metadata !== undefined && {
      metadata: typeof metadata === "string" ? keptPairs(metadata) : (callerPairs(metadata) ?? {}),
    }),
  };
}

function keptPairs(text: string): string {
  const pairs = pairsIn(text) ?? {};
  const kept = JSON.stringify(callerPairs(pairs) ?? {});
  return kept === JSON.stringify(pairs) ? text : kept;
}
