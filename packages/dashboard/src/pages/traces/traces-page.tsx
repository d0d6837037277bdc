/** Traces: calls that belong together, such as those of one run of an agent. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import type { Log } from "../../api/objects.ts";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Badge, countOf, Moment } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More, Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { secondsOf } from "../logs/log-columns.tsx";

interface Trace {
  id: string;
  calls: readonly Log[];
}

/** By the calls that were read: of a trace that goes on beyond them, the later part. */
function tracesOf(logs: readonly Log[]): Trace[] {
  const traces = new Map<string, Log[]>();
  for (const log of logs) traces.set(log.trace_id, [...(traces.get(log.trace_id) ?? []), log]);
  return [...traces].map(([id, calls]) => ({ id, calls }));
}

function spanOf(calls: readonly Log[]): { beganAt: number; endedAt: number } {
  const begins = calls.map(({ created_at }) => Date.parse(created_at));
  const ends = calls.map(({ created_at, response_time }) => Date.parse(created_at) + response_time);
  return { beganAt: Math.min(...begins), endedAt: Math.max(...ends) };
}

const columns: readonly Column<Trace>[] = [
  {
    title: "Trace",
    cell: ({ id }) => (
      <span className="name-cell">
        <Link to="/traces/$id" params={{ id }}>
          {id}
        </Link>
      </span>
    ),
  },
  { title: "Began", cell: ({ calls }) => <Moment at={new Date(spanOf(calls).beganAt).toISOString()} withSeconds /> },
  { title: "Calls", isNumber: true, cell: ({ calls }) => countOf(calls.length) },
  {
    title: "Took",
    isNumber: true,
    cell: ({ calls }) => {
      const { beganAt, endedAt } = spanOf(calls);
      return secondsOf(endedAt - beganAt);
    },
  },
  {
    title: "Failed",
    cell: ({ calls }) => {
      const failed = calls.filter(({ is_success }) => !is_success).length;
      return failed === 0 ? <Badge kind="good">none</Badge> : <Badge kind="bad">{failed}</Badge>;
    },
  },
];

export function TracesPage() {
  const control = useControl();
  const { project } = useProject();
  const list = useLongList(["traces", project.id], (after) => {
    const query = { workspace_id: project.id, limit: 100, ...(after !== undefined && { after }) };
    return answerOf(control.api.GET("/v1/logs", { params: { query } }));
  });
  return (
    <Page
      title="Traces"
      lead="Calls that belong together, by the trace that the caller names in x-adit-trace-id; a call that names none is one of its own."
    >
      <Await query={list} what="traces">
        {({ entries }) =>
          entries.length === 0 ? (
            <EmptyState icon="traces" title="No call yet" action={<Link to="/">To the first steps</Link>}>
              Send the header x-adit-trace-id with the calls of one run, and they stand here as one.
            </EmptyState>
          ) : (
            <>
              <Table caption="Traces" columns={columns} rows={tracesOf(entries)} keyOf={({ id }) => id} />
              {list.hasMore && (
                <p className="soft">Of a trace that began before the calls that are read, the later part is counted.</p>
              )}
              <More
                what={entries.length === 1 ? "call" : "calls"}
                shown={entries.length}
                hasMore={list.hasMore}
                isLoading={list.isLoading}
                onMore={list.more}
              />
            </>
          )
        }
      </Await>
    </Page>
  );
}
