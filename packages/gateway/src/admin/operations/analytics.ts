/** `/v1/analytics`: graphs, groups and summaries of calls, in Portkey's shapes. */
import { AditError, dollarsOf } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { CallFilter } from "../../ledger/search/call-filter.ts";
import { latencyAt, sumsOf, type CallSum, type CallSums } from "../../ledger/analytics/call-figures.ts";
import type { Window } from "../../ledger/analytics/window-parts.ts";
import { feedbackGraphs, type FeedbackGraph } from "../../ledger/feedback/feedback-graphs.ts";
import { findFeedbackIn } from "../../ledger/feedback/feedback.ts";
import {
  hourMs,
  pairMeasures,
  type Measures,
  type SumDimension,
  type SumMeasure,
} from "../../ledger/analytics/call-sums.ts";
import { centsOf, count, graphs, latencies, pointMs, ratio, total, type Graph } from "../../ledger/analytics/graphs.ts";
import { listOf, modelsOf, rangeOf, statusesOf } from "../log-filter.ts";
import { operation, type Call } from "../operation.ts";
import {
  analyticsGraph,
  analyticsGroups,
  cacheSummary,
  graphQuery,
  groupQuery,
  type AnalyticsFilters,
} from "../schemas/analytics.ts";
import { momentOf } from "../schemas/schema.ts";

const tag = "analytics";
const path = "/v1/analytics";
const need = { scope: "analytics.view", role: "viewer", over: "project" } as const;
const dayMs = 86_400_000;
const longestMs = 400 * dayMs;
const usualGroups = 50;
const graphNames = [...graphs.keys(), ...feedbackGraphs.keys()];

type AnalyticsCall = Pick<Call<AnalyticsFilters, unknown>, "query" | "parts" | "project" | "parameters" | "incoming">;

export function analyticsOperations() {
  return [
    ...["{graph}", "{graph}/{part}"].map((form, index) =>
      operation({
        id: index === 0 ? "getAnalyticsGraph" : "getAnalyticsGraphOfPart",
        method: "GET",
        path: `${path}/graphs/${form}`,
        tag,
        summary: `A graph over time: ${graphNames.filter((name) => name.includes("/") === (index === 1)).join(", ")}.`,
        need,
        reachesGone: true,
        query: graphQuery,
        answer: analyticsGraph,
        run: async (call) => ({ body: await graphAnswer(call) }),
      }),
    ),
    operation({
      id: "getAnalyticsGroup",
      method: "GET",
      path: `${path}/groups/{group}`,
      tag,
      summary: `Calls apart by ${[...groups.keys(), "users"].join(", ")}.`,
      need,
      reachesGone: true,
      query: groupQuery,
      answer: analyticsGroups,
      run: async (call) => {
        const name = call.parameters["group"] ?? "";
        if (name === "users") return { body: await groupAnswer(call, { field: "user", pairName: "_user" }) };
        const group = groups.get(name);
        if (group === undefined) throw unknown("group", name, [...groups.keys(), "users"]);
        return { body: await groupAnswer(call, group) };
      },
    }),
    operation({
      id: "getAnalyticsOfMetadata",
      method: "GET",
      path: `${path}/groups/metadata/{key}`,
      tag,
      summary: "Calls apart by the values that a name has in their metadata.",
      need,
      reachesGone: true,
      query: groupQuery,
      answer: analyticsGroups,
      run: async (call) => {
        const pairName = call.parameters["key"] ?? "";
        return { body: await groupAnswer(call, { field: "metadata_value", pairName }) };
      },
    }),
    operation({
      id: "getCacheSummary",
      method: "GET",
      path: `${path}/summary/cache`,
      tag,
      summary: "What the cache has saved.",
      need,
      reachesGone: true,
      query: graphQuery,
      answer: cacheSummary,
      run: async (call) => {
        const { filter, window } = await askedFor(call);
        const [hitRate, latency] = [graphNamed("cache/hit-rate"), graphNamed("cache/latency")];
        const wanted = { by: ["cache"] as const, measures: ["requests", "total_ms"] as const, isByTime: false };
        const asked = { filter, window, ...wanted, signal: call.incoming.signal };
        const { rows, isPartial } = await sumsOf(call.parts.store, asked);
        const { saved, ...times } = latency.figures(rows);
        const body = { ...hitRate.figures(rows), saved_ms: saved, latency: times, is_partial: isPartial };
        return { body: { object: "analytics-summary", success: true, ...body } };
      },
    }),
  ];
}

interface Group {
  /** What the value is called in the answer. */
  field: string;
  by?: SumDimension;
  pairName?: string;
}

/** By Portkey's names, and Adit's own beside. */
const groups: ReadonlyMap<string, Group> = new Map([
  ["ai-models", { field: "ai_model", by: "model" }],
  ["model", { field: "model", by: "model" }],
  ["ai_service", { field: "ai_service", by: "provider" }],
  ["provider", { field: "provider", by: "credential" }],
  ["status_code", { field: "status_code", by: "status" }],
  ["api_key", { field: "api_key", by: "key_id" }],
  ["config", { field: "config", by: "config" }],
  ["prompt", { field: "prompt", by: "prompt" }],
  ["workspace", { field: "workspace" }],
  ["workspaces", { field: "workspace" }],
  ["region", { field: "region", by: "region" }],
  ["tier", { field: "tier", by: "tier" }],
  ["error", { field: "error", by: "error" }],
] satisfies [string, Group][]);

function graphNamed(name: string): Graph {
  const graph = graphs.get(name);
  if (graph === undefined) throw unknown("graph", name, graphNames);
  return graph;
}

function unknown(what: string, name: string, names: readonly string[]): AditError {
  return new AditError(
    "not_found",
    `There is no ${what} ${JSON.stringify(name.slice(0, 64))}.${didYouMean(name, names)}`,
    { param: what, remedy: `There are ${names.join(", ")}.` },
  );
}

async function graphAnswer(call: AnalyticsCall): Promise<object> {
  const { graph: name = "", part } = call.parameters;
  const whole = part === undefined ? name : `${name}/${part}`;
  const ofFeedback = feedbackGraphs.get(whole);
  if (ofFeedback !== undefined) return feedbackAnswer(call, ofFeedback);
  const { figures, measures, by, pairName } = graphNamed(whole);
  const { filter, window } = await askedFor(call);
  const wanted = {
    filter,
    window,
    by,
    measures,
    signal: call.incoming.signal,
    ...(pairName !== undefined && { pairName }),
  };
  const sums = await sumsOf(call.parts.store, { ...wanted, isByTime: true });
  const stepMs = pointMs(window.to - window.from, sums.stepMs);
  const points = pointsOf(sums, window, stepMs);
  return {
    object: "analytics-graph",
    success: true,
    summary: figures(sums.rows),
    data_points: [...points].map(([at, rows]) => ({ timestamp: momentOf(at), ...figures(rows) })),
    step_seconds: stepMs / 1_000,
    is_partial: sums.isPartial,
  };
}

async function feedbackAnswer(call: AnalyticsCall, figures: FeedbackGraph): Promise<object> {
  const { store } = call.parts;
  const { filter, window } = await askedFor(call);
  const { feedback, models, isPartial } = await findFeedbackIn(store, filter, window);
  const modelsOf = (traceId: string): Iterable<string> => models.get(traceId) ?? [];
  const stepMs = pointMs(window.to - window.from, hourMs);
  const points = [];
  for (let at = window.from - (window.from % stepMs); at < window.to; at += stepMs) {
    const some = feedback.filter(({ createdAt }) => createdAt >= at && createdAt < at + stepMs);
    points.push({ timestamp: momentOf(at), ...figures(some, modelsOf) });
  }
  return {
    object: "analytics-graph",
    success: true,
    summary: figures(feedback, modelsOf),
    data_points: points,
    step_seconds: stepMs / 1_000,
    is_partial: isPartial,
  };
}

function pointsOf({ rows }: CallSums, { from, to }: Window, stepMs: number): Map<number, CallSum[]> {
  const points = new Map<number, CallSum[]>();
  for (let at = from - (from % stepMs); at < to; at += stepMs) points.set(at, []);
  for (const row of rows) points.get(row.at - (row.at % stepMs))?.push(row);
  return points;
}

interface GroupPage {
  page_size?: number | undefined;
  current_page?: number | undefined;
  order_by?: string | undefined;
  order_by_type?: string | undefined;
}

async function groupAnswer(
  call: AnalyticsCall & { query: AnalyticsFilters & GroupPage },
  { field, by, pairName }: Group,
): Promise<object> {
  const { filter, window } = await askedFor(call);
  const wanted =
    pairName === undefined
      ? { by: [...(by === undefined ? [] : [by]), "cache" as const], measures: callMeasures }
      : { by: [], measures: pairMeasures, pairName };
  const { rows, isPartial } = await sumsOf(call.parts.store, {
    filter,
    window,
    ...wanted,
    isByTime: false,
    signal: call.incoming.signal,
  });
  const rowsOf = new Map<string | undefined, CallSum[]>();
  for (const row of rows) {
    const value = pairName !== undefined ? row.value : by === undefined ? filter.projectId : row.dimensions[by];
    rowsOf.set(value, [...(rowsOf.get(value) ?? []), row]);
  }
  const all = [...rowsOf].map(([value, group]): Record<string, Figure> => {
    const ofCalls = pairName === undefined ? callFigures(group) : undefined;
    return { [field]: value === "" ? null : (value ?? null), ...groupFigures(total(group)), ...ofCalls };
  });
  const { page_size: size = usualGroups, current_page: page = 0, order_by: order = "requests" } = call.query;
  const sign = call.query.order_by_type === "asc" ? 1 : -1;
  const sorted = all.toSorted((one, other) => sign * (Number(one[order] ?? 0) - Number(other[order] ?? 0)));
  const data = sorted.slice(page * size, (page + 1) * size);
  return { object: "list", success: true, total: all.length, data, is_partial: isPartial };
}

type Figure = number | string | null;

/** What is known of calls, beside what is known of the values of metadata too. */
const callMeasures: readonly SumMeasure[] = [...pairMeasures, "input_tokens", "output_tokens", ...latencies];

function groupFigures(measures: Measures): Record<string, Figure> {
  const requests = count(measures, "requests");
  const nano = measures.cost_nano ?? 0n;
  return {
    object: "analytics-group",
    requests,
    cost: centsOf(nano),
    cost_usd: dollarsOf(nano),
    unknown_costs: count(measures, "unknown_costs"),
    total_tokens: count(measures, "total_tokens"),
    avg_tokens: ratio(count(measures, "total_tokens"), requests),
    error_count: count(measures, "failures"),
    success_rate: ratio(100 * (requests - count(measures, "failures")), requests),
    avg_latency: ratio(count(measures, "total_ms"), requests),
  };
}

/** Rows that are apart by the cache. */
function callFigures(rows: readonly CallSum[]): Record<string, Figure> {
  const measures = total(rows);
  const requests = count(measures, "requests");
  return {
    avg_input_tokens: ratio(count(measures, "input_tokens"), requests),
    avg_output_tokens: ratio(count(measures, "output_tokens"), requests),
    p95_latency: latencyAt(0.95, measures) ?? null,
    p99_latency: latencyAt(0.99, measures) ?? null,
    cache_hit_rate: Number(graphNamed("cache/hit-rate").figures(rows)["rate"]),
  };
}

async function askedFor(
  call: Pick<AnalyticsCall, "query" | "parts" | "project">,
): Promise<{ filter: CallFilter; window: Window }> {
  const { query, parts, project } = call;
  const to = query.time_of_generation_max ?? parts.store.clock.now();
  const from = query.time_of_generation_min ?? to - dayMs;
  if (from >= to || to - from > longestMs) {
    throw new AditError("invalid_request", "time_of_generation_min: the window must have a length of up to 400 days.", {
      param: "time_of_generation_min",
      remedy: "Name a moment before time_of_generation_max.",
    });
  }
  return { filter: filterOf(query, await project(query.workspace_slug)), window: { from, to } };
}

function filterOf(query: AnalyticsFilters, projectId: string): CallFilter {
  return {
    projectId,
    keyIds: listOf(query.api_key_ids),
    models: modelsOf(query.ai_org_model, query.model),
    statuses: statusesOf(query.status_code, "status_code"),
    credentials: listOf(query.virtual_keys),
    configs: listOf(query.configs),
    prompts: listOf(query.prompt_slug),
    regions: listOf(query.region),
    cacheStatuses: listOf(query.cache_status),
    metadata: query.metadata,
    traceId: query.trace_id,
    spanId: query.span_id,
    totalTokens: rangeOf(query.total_units_min, query.total_units_max),
    inputTokens: rangeOf(query.prompt_token_min, query.prompt_token_max),
    outputTokens: rangeOf(query.completion_token_min, query.completion_token_max),
    costNano: rangeOf(query.cost_min, query.cost_max),
    weightedFeedback: rangeOf(query.weighted_feedback_min, query.weighted_feedback_max),
  };
}
