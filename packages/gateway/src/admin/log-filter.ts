/** From what a query says to which calls are meant. */
import { AditError } from "@adit/bedrock";
import { baseOf, type CallFilter } from "../ledger/search/call-filter.ts";
import type { FilterQuery } from "./schemas/log-filter.ts";

/** @throws AditError `invalid_request` with the field */
export function filterOf(query: FilterQuery, projectId: string): CallFilter {
  return {
    projectId,
    from: query.from,
    to: query.to,
    keyIds: listOf(query.api_key_ids),
    models: listOf(query.model),
    statuses: statusesOf(query.status),
    credentials: listOf(query.credential),
    configs: listOf(query.config),
    prompts: listOf(query.prompt),
    providers: listOf(query.provider),
    regions: listOf(query.region),
    cacheStatuses: listOf(query.cache_status),
    traceId: query.trace_id,
    spanId: query.span_id,
    metadata: query.metadata,
    totalTokens: rangeOf(query.total_units_min, query.total_units_max),
    costNano: rangeOf(query.cost_min, query.cost_max),
  };
}

export function listOf(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const values = text.split(",").map((value) => value.trim());
  return values.filter((value) => value !== "");
}

/** Models by Portkey's names (`bedrock__MODEL`), by their own, or by both: then those that are in both lists. */
export function modelsOf(portkeyNames: string | undefined, names: string | undefined): string[] | undefined {
  const one = listOf(portkeyNames)?.map((name) => baseOf(name.replace(/^[a-z0-9-]+__/, "")));
  const other = listOf(names)?.map(baseOf);
  return one === undefined || other === undefined ? (one ?? other) : one.filter((model) => other.includes(model));
}

/** @throws AditError `invalid_request` */
export function statusesOf(text: string | undefined, param = "status"): CallFilter["statuses"] {
  return listOf(text)?.map((value) => {
    if (value === "success" || value === "error") return value;
    const status = Number(value);
    if (Number.isInteger(status) && status >= 100 && status <= 599) return status;
    throw new AditError("invalid_request", `${param}: ${JSON.stringify(value.slice(0, 64))} is no status.`, {
      param,
      remedy: "Name statuses such as 429, or success, or error.",
    });
  });
}

export function rangeOf<Amount>(min: Amount | undefined, max: Amount | undefined) {
  return min === undefined && max === undefined ? undefined : { min, max };
}
