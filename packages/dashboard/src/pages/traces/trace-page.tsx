/** One trace as a waterfall: its calls, each with its attempts, on one line of time. */
import { useQueries } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { CopyText } from "../../controls/copy.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page, Panel } from "../../controls/page.tsx";
import { Badge } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { secondsOf, statusKind } from "../logs/log-columns.tsx";
import { spanOf } from "./traces-page.tsx";

type Log = Schemas["Log"];

interface Bar {
  key: string;
  name: string;
  detail: string;
  status: number | null;
  beganAt: number;
  tookMs: number;
  depth: number;
  logId: string | undefined;
}

export function TracePage() {
  const { id } = useParams({ from: "/frame/traces/$id" });
  const control = useControl();
  const { project } = useProject();
  const list = useLongList(["trace", project.id, id], (after) => {
    const query = { workspace_id: project.id, trace_id: id, limit: 100, ...(after !== undefined && { after }) };
    return answerOf(control.api.GET("/v1/logs", { params: { query } }));
  });
  return (
    <Page
      title="Trace"
      back={<Link to="/traces">← Traces</Link>}
      lead={<CopyText text={id} label="the trace's id" />}
      actions={
        <Link to="/logs" search={{ trace: id }} className="button button-plain">
          Its calls in the logs
        </Link>
      }
    >
      <Await query={list} what="trace">
        {({ entries }) =>
          entries.length === 0 ? (
            <EmptyState icon="traces" title="No call of this trace" action={<Link to="/traces">See the traces</Link>}>
              It may be of another project, or its records are gone.
            </EmptyState>
          ) : (
            <>
              <Waterfall calls={entries.toSorted((one, other) => one.created_at.localeCompare(other.created_at))} />
              <More shown={entries.length} hasMore={list.hasMore} isLoading={list.isLoading} onMore={list.more} />
            </>
          )
        }
      </Await>
    </Page>
  );
}

/** Of more calls the attempts are not asked for one by one. */
const mostDetails = 50;

function Waterfall({ calls }: { calls: readonly Log[] }) {
  const control = useControl();
  const details = useQueries({
    queries: calls.slice(0, mostDetails).map(({ id }) => ({
      queryKey: ["log", id],
      queryFn: () => answerOf(control.api.GET("/v1/logs/{log}", { params: { path: { log: id } } })),
      staleTime: 60_000,
    })),
  });
  const attempts = new Map(details.map(({ data }) => [data?.id, data?.attempts ?? []]));
  const bars = calls.flatMap((call) => [
    barOfCall(call),
    ...(attempts.get(call.id) ?? []).map((attempt, index): Bar => ({
      key: `${call.id} ${index}`,
      name: attempt.target,
      detail: [attempt.model, attempt.region].filter((word) => word !== null).join(", "),
      status: attempt.status,
      beganAt: Date.parse(attempt.started_at),
      tookMs: attempt.duration_ms,
      depth: 1,
      logId: undefined,
    })),
  ]);
  const { beganAt, endedAt } = spanOf(calls);
  const wholeMs = Math.max(1, endedAt - beganAt);
  return (
    <Panel title={`${calls.length === 1 ? "One call" : `${calls.length} calls`} in ${secondsOf(endedAt - beganAt)}`}>
      <ol className="waterfall">
        {bars.map((bar) => (
          <BarLine key={bar.key} bar={bar} offset={(bar.beganAt - beganAt) / wholeMs} width={bar.tookMs / wholeMs} />
        ))}
      </ol>
    </Panel>
  );
}

function barOfCall(call: Log): Bar {
  return {
    key: call.id,
    name: call.span_name ?? call.model ?? call.request_url,
    detail: call.dialect,
    status: call.response_status_code,
    beganAt: Date.parse(call.created_at),
    tookMs: call.response_time,
    depth: 0,
    logId: call.id,
  };
}

function BarLine({ bar, offset, width }: { bar: Bar; offset: number; width: number }) {
  const { name, detail, status, tookMs, depth, logId } = bar;
  const kind = status === null ? "info" : statusKind(status);
  return (
    <li className={`waterfall-line waterfall-depth-${depth}`}>
      <span className="waterfall-name">
        {logId === undefined ? (
          name
        ) : (
          <Link to="/logs/$id" params={{ id: logId }}>
            {name}
          </Link>
        )}{" "}
        <small className="soft">{detail}</small>
      </span>
      <span className="waterfall-field" aria-hidden="true">
        <span
          className={`waterfall-bar bar-${kind}`}
          style={{ left: `${Math.min(99.5, offset * 100)}%`, width: `${Math.max(0.5, Math.min(100, width * 100))}%` }}
        />
      </span>
      <span className="number">
        {status !== null && <Badge kind={kind}>{status}</Badge>} {secondsOf(Math.round(tookMs))}
      </span>
    </li>
  );
}
