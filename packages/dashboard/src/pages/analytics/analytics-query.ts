/** The window and the filters of the figures, as they stand in the address. */
import { textIn } from "../../controls/search-text.ts";

export interface AnalyticsFilter {
  period?: string | undefined;
  group?: string | undefined;
  /** Name of a pair of metadata, where the group is `metadata`. */
  name?: string | undefined;
  model?: string | undefined;
  credential?: string | undefined;
  region?: string | undefined;
  status?: string | undefined;
}

export function analyticsFilterIn(search: Record<string, unknown>): AnalyticsFilter {
  const names = ["period", "group", "name", "model", "credential", "region", "status"] as const;
  return Object.fromEntries(names.map((name) => [name, textIn(search, name)]));
}

const hourMs = 3_600_000;

export const periods = [
  { id: "hour", words: "the last hour", ms: hourMs },
  { id: "day", words: "the last day", ms: 24 * hourMs },
  { id: "week", words: "the last week", ms: 7 * 24 * hourMs },
  { id: "month", words: "the last 30 days", ms: 30 * 24 * hourMs },
  { id: "year", words: "the last year", ms: 365 * 24 * hourMs },
] as const;

export type Period = (typeof periods)[number];

export function periodOf({ period }: AnalyticsFilter): Period {
  return periods.find(({ id }) => id === period) ?? periods[1];
}

export interface Span {
  from: string;
  to: string;
}

/** `now`: by the gateway's clock. `back`: how many periods before the present one. Ends are whole minutes, so that the same is asked within one. */
export function spanOf(filter: AnalyticsFilter, now: number, back = 0): Span {
  const { ms } = periodOf(filter);
  const end = Math.ceil(now / 60_000) * 60_000 - back * ms;
  return { from: new Date(end - ms).toISOString(), to: new Date(end).toISOString() };
}

export function queryOf(filter: AnalyticsFilter, projectId: string, { from, to }: Span) {
  const { model, credential, region, status } = filter;
  return {
    workspace_id: projectId,
    time_of_generation_min: from,
    time_of_generation_max: to,
    ...(model !== undefined && { model }),
    ...(credential !== undefined && { virtual_keys: credential }),
    ...(region !== undefined && { region }),
    ...(status !== undefined && { status_code: status }),
  };
}

export const groups = [
  { id: "ai-models", words: "model", field: "ai_model" },
  { id: "api_key", words: "gateway key", field: "api_key" },
  { id: "provider", words: "credential", field: "provider" },
  { id: "users", words: "user (metadata _user)", field: "user" },
  { id: "region", words: "region", field: "region" },
  { id: "tier", words: "tier", field: "tier" },
  { id: "config", words: "config", field: "config" },
  { id: "status_code", words: "status", field: "status_code" },
  { id: "error", words: "error", field: "error" },
  { id: "metadata", words: "any metadata", field: "metadata_value" },
] as const;

export function groupOf({ group }: AnalyticsFilter): (typeof groups)[number] {
  return groups.find(({ id }) => id === group) ?? groups[0];
}
