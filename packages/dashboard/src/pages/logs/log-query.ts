/** What is asked of the logs, as it stands in the address. */
import { textIn } from "../../controls/search-text.ts";

export interface LogFilter {
  model?: string | undefined;
  status?: string | undefined;
  key?: string | undefined;
  credential?: string | undefined;
  config?: string | undefined;
  region?: string | undefined;
  trace?: string | undefined;
  metadata?: string | undefined;
  search?: string | undefined;
  /** `true`: `search` looks into what is kept of requests and answers too. */
  content?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  costMin?: string | undefined;
  columns?: string | undefined;
}

export const filterNames = [
  "model",
  "status",
  "key",
  "credential",
  "config",
  "region",
  "trace",
  "metadata",
  "search",
  "content",
  "from",
  "to",
  "costMin",
  "columns",
] as const satisfies readonly (keyof LogFilter)[];

export function logFilterIn(search: Record<string, unknown>): LogFilter {
  return Object.fromEntries(filterNames.map((name) => [name, textIn(search, name)]));
}

/** `team=red,tier=gold`, or the pairs as JSON, as the API takes them. */
function pairsOf(text: string): string {
  const json = pairsInJson(text);
  if (json !== undefined) return JSON.stringify(json);
  const pairs = text.split(/[,\n]/).map((pair) => pair.split("="));
  return JSON.stringify(
    Object.fromEntries(pairs.map(([name = "", ...value]) => [name.trim(), value.join("=").trim()])),
  );
}

function pairsInJson(text: string): Record<string, string> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    // Not typed to its end yet, or the beginning of a name.
    return undefined;
  }
}

/** As {@link pairsOf} reads them again: in JSON where a comma, a line or a blank is part of one. */
export function textOfPairs(pairs: Readonly<Record<string, string>>): string {
  const text = Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  return pairsOf(text) === JSON.stringify(pairs) ? text : JSON.stringify(pairs);
}

/** The query of `/v1/logs`, of its tail and of its export. */
export function queryOf(filter: LogFilter, projectId: string) {
  const { model, status, key, credential, config, region, trace, metadata, from, to, costMin } = filter;
  return {
    workspace_id: projectId,
    ...(model !== undefined && { model }),
    ...(status !== undefined && { status }),
    ...(key !== undefined && { api_key_ids: key }),
    ...(credential !== undefined && { credential }),
    ...(config !== undefined && { config }),
    ...(region !== undefined && { region }),
    ...(trace !== undefined && { trace_id: trace }),
    ...(metadata !== undefined && { metadata: pairsOf(metadata) }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(costMin !== undefined && { cost_min: costMin }),
  };
}

/** The words that are searched for; the tail takes no `search_content`. */
export function searchOf({ search, content }: LogFilter) {
  return {
    ...(search !== undefined && { search }),
    ...(search !== undefined && content === "true" && { search_content: "true" as const }),
  };
}

/** Members of the API's query that a field of the page stands for. */
const fieldOf: Readonly<Record<string, Exclude<keyof LogFilter, "columns">>> = {
  model: "model",
  status: "status",
  api_key_ids: "key",
  credential: "credential",
  config: "config",
  region: "region",
  trace_id: "trace",
  metadata: "metadata",
  search: "search",
  search_content: "content",
  from: "from",
  to: "to",
  cost_min: "costMin",
};

/** What a saved view asks for, in the page's fields; `unknown` are members that the page has no field for. */
export function filterOf(query: string): { filter: LogFilter; unknown: string[] } {
  const filter: LogFilter = {};
  const unknown: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    const field = fieldOf[name];
    if (field === undefined) unknown.push(name);
    else filter[field] = field === "metadata" ? textOfPairs(JSON.parse(value) as Record<string, string>) : value;
  }
  return { filter, unknown };
}
