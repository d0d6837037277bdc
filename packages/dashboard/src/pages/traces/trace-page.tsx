/** One trace as a waterfall: its calls, and in each what took how long, on one line of time. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import type { Trace } from "../../api/objects.ts";
import { CopyText } from "../../controls/copy.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { countOf } from "../../controls/show.tsx";
import { Await, Callout } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { secondsOf } from "../logs/log-columns.tsx";
import { SpanPanel } from "./span-panel.tsx";
import { Waterfall } from "./waterfall.tsx";

export function TracePage() {
  const { id } = useParams({ from: "/frame/traces/$id" });
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: ["trace", project.id, id],
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/traces/{trace}", {
          params: { path: { trace: id }, query: { workspace_id: project.id } },
        }),
      ),
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
      <Await query={query} what="trace">
        {(trace) => <Whole trace={trace} />}
      </Await>
    </Page>
  );
}

function Whole({ trace }: { trace: Trace }) {
  const { span: chosenId } = useSearch({ from: "/frame/traces/$id" });
  const { spans, call_count, duration_ms, is_partial } = trace;
  const chosen = spans.find(({ span_id }) => span_id === chosenId);
  return (
    <>
      {is_partial && (
        <Callout kind="warning">Only the newest {countOf(call_count)} calls are shown: there are older ones.</Callout>
      )}
      <Panel
        title={`${call_count === 1 ? "One call" : `${countOf(call_count)} calls`} in ${secondsOf(duration_ms)}`}
        lead="A press on a line tells what is known of it."
      >
        <Waterfall trace={trace} chosen={chosen} />
      </Panel>
      {chosen !== undefined && <SpanPanel span={chosen} beganAt={Date.parse(trace.started_at)} />}
    </>
  );
}
