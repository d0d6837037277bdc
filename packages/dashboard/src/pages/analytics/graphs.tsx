/** The graphs, and what each is in all, beside the period before. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";
import { answerOf, useControl, type Control, type Schemas } from "../../api/control.ts";
import { Panel } from "../../controls/page.tsx";
import { countOf, dollarsOf } from "../../controls/show.tsx";
import type { Series } from "../../controls/line-chart.tsx";
import { Await, Callout, EmptyState, Loading } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { secondsOf } from "../logs/log-columns.tsx";
import { periodOf, queryOf, spanOf, type AnalyticsFilter } from "./analytics-query.ts";

const LineChart = lazy(() => import("../../controls/line-chart.tsx").then((file) => ({ default: file.LineChart })));

type Graph = Schemas["AnalyticsGraph"];

interface GraphKind {
  graph: string;
  title: string;
  /** Of the window: the figure that stands above the graph. */
  main: (summary: Graph["summary"]) => string;
  /** Compared with the period before; undefined where less is not clearly better or worse. */
  measure: (summary: Graph["summary"]) => number;
  series: readonly { field: string; label: string; colour: string }[];
  valueOf: (value: number) => string;
}

const figure = (of: Record<string, unknown>, name: string): number => {
  const value = of[name];
  return typeof value === "number" ? value : 0;
};
/** Portkey's cents are nano-dollars divided by 10^7: what they were is exact again. */
const centsAsDollars = (cents: number) => dollarsOf(Math.round(cents * 1e7));
const plain = (value: number) => countOf(Math.round(value));
const ms = (value: number) => secondsOf(Math.round(value));

const kinds: readonly GraphKind[] = [
  {
    graph: "requests",
    title: "Calls",
    main: (summary) => plain(figure(summary, "total")),
    measure: (summary) => figure(summary, "total"),
    series: [{ field: "total", label: "Calls", colour: "--accent" }],
    valueOf: plain,
  },
  {
    graph: "cost",
    title: "Cost",
    main: (summary) => {
      const unknown = figure(summary, "unknown");
      const { cost } = summary;
      return `$${typeof cost === "string" ? cost : "0"}${unknown > 0 ? `, ${plain(unknown)} unknown` : ""}`;
    },
    measure: (summary) => figure(summary, "total"),
    series: [{ field: "total", label: "Cost", colour: "--accent" }],
    valueOf: centsAsDollars,
  },
  {
    graph: "latency",
    title: "Time",
    main: (summary) => (figure(summary, "total") === 0 ? "—" : `${ms(figure(summary, "p50"))} median`),
    measure: (summary) => figure(summary, "p50"),
    series: [
      { field: "p50", label: "Median", colour: "--accent" },
      { field: "p95", label: "95 of 100", colour: "--warn" },
      { field: "p99", label: "99 of 100", colour: "--bad" },
    ],
    valueOf: ms,
  },
  {
    graph: "errors-rate",
    title: "Failed",
    main: (summary) => `${figure(summary, "rate").toFixed(2)} %`,
    measure: (summary) => figure(summary, "rate"),
    series: [{ field: "rate", label: "Failed", colour: "--bad" }],
    valueOf: (value) => `${value.toFixed(1)} %`,
  },
  {
    graph: "tokens",
    title: "Tokens",
    main: (summary) => plain(figure(summary, "total")),
    measure: (summary) => figure(summary, "total"),
    series: [
      { field: "input", label: "Input", colour: "--accent" },
      { field: "output", label: "Output", colour: "--info" },
      { field: "cache_read", label: "From AWS's cache", colour: "--good" },
    ],
    valueOf: plain,
  },
  {
    graph: "users",
    title: "Users",
    main: (summary) => plain(figure(summary, "total")),
    measure: (summary) => figure(summary, "total"),
    series: [{ field: "total", label: "Users", colour: "--accent" }],
    valueOf: plain,
  },
  {
    graph: "requests-rescued",
    title: "Saved by another try",
    main: (summary) => plain(figure(summary, "total")),
    measure: (summary) => figure(summary, "total"),
    series: [{ field: "total", label: "Saved", colour: "--good" }],
    valueOf: plain,
  },
  {
    graph: "cache-hit-rate",
    title: "From the gateway's cache",
    main: (summary) => `${figure(summary, "rate").toFixed(1)} %`,
    measure: (summary) => figure(summary, "rate"),
    series: [{ field: "rate", label: "From the cache", colour: "--good" }],
    valueOf: (value) => `${value.toFixed(0)} %`,
  },
];

function read(control: Control, graph: string, query: ReturnType<typeof queryOf>): Promise<Graph> {
  return answerOf(control.api.GET("/v1/analytics/graphs/{graph}", { params: { path: { graph }, query } }));
}

/** Where nothing was called there is nothing to draw. */
export function Graphs({ filter, children }: { filter: AnalyticsFilter; children: ReactNode }) {
  const calls = useGraph("requests", filter).data?.now.summary;
  if (calls !== undefined && figure(calls, "total") === 0) {
    return (
      <EmptyState
        icon="analytics"
        title={`No call in ${periodOf(filter).words}`}
        action={<Link to="/">To the first steps</Link>}
      >
        Choose a longer time above, or take a filter away. A call is counted a moment after its answer has ended.
      </EmptyState>
    );
  }
  return (
    <>
      <Drawn filter={filter} />
      {children}
    </>
  );
}

function Drawn({ filter }: { filter: AnalyticsFilter }) {
  return (
    <div className="graphs">
      {kinds.map((kind) => (
        <GraphPanel key={kind.graph} kind={kind} filter={filter} />
      ))}
    </div>
  );
}

function useGraph(graph: string, filter: AnalyticsFilter) {
  const control = useControl();
  const { project } = useProject();
  const { group: _group, name: _name, ...asked } = filter;
  return useQuery({
    queryKey: ["graph", project.id, graph, asked],
    queryFn: async () => {
      const [now, before] = await Promise.all([
        read(control, graph, queryOf(asked, project.id, spanOf(asked, control.now()))),
        read(control, graph, queryOf(asked, project.id, spanOf(asked, control.now(), 1))),
      ]);
      return { now, before };
    },
    refetchInterval: 60_000,
    refetchOnMount: "always",
  });
}

function valuesOf(graph: Graph, field: string): (number | null)[] {
  return graph.data_points.map((point) => {
    const value = (point as Record<string, unknown>)[field];
    return typeof value === "number" ? value : null;
  });
}

/** One line alone has the same of the time before beside it, hour under hour. */
function linesOf({ series }: GraphKind, now: Graph, before: Graph): Series[] {
  const lines = series.map(({ field, label, colour }) => ({ label, colour, values: valuesOf(now, field) }));
  const [only, ...others] = series;
  if (only === undefined || others.length > 0) return lines;
  const values = valuesOf(before, only.field);
  const earlier = now.data_points.map((_point, index) => values[index] ?? null);
  return [...lines, { label: "The time before", colour: "--text-soft", values: earlier }];
}

function GraphPanel({ kind, filter }: { kind: GraphKind; filter: AnalyticsFilter }) {
  const query = useGraph(kind.graph, filter);
  return (
    <Panel title={kind.title}>
      <Await query={query} what={kind.title.toLowerCase()}>
        {({ now, before }) => (
          <>
            <p className="graph-main">
              <strong>{kind.main(now.summary)}</strong>{" "}
              <span className="soft">{changeOf(kind.measure(now.summary), kind.measure(before.summary), filter)}</span>
            </p>
            <Suspense fallback={<Loading what="the chart" />}>
              <LineChart
                label={`${kind.title} over time`}
                times={now.data_points.map(({ timestamp }) => Date.parse(timestamp) / 1_000)}
                series={linesOf(kind, now, before)}
                valueOf={kind.valueOf}
              />
            </Suspense>
            {now.is_partial && <Callout kind="warning">Not all calls of this time could be read through.</Callout>}
          </>
        )}
      </Await>
    </Panel>
  );
}

function changeOf(now: number, before: number, filter: AnalyticsFilter): string {
  const than = `against ${periodOf(filter).words.replace("last ", "")} before`;
  if (before === 0) return now === 0 ? "" : "nothing in the time before";
  const percent = ((now - before) / before) * 100;
  return `${percent >= 0 ? "+" : "−"}${Math.abs(percent).toFixed(0)} % ${than}`;
}
