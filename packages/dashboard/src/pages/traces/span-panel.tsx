import type { Span } from "../../api/objects.ts";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../controls/page.tsx";
import { Facts, Moment } from "../../controls/show.tsx";
import { secondsOf } from "../logs/log-columns.tsx";

/** All that is known of one span: its times, its events, its attributes by OpenTelemetry's names. */
export function SpanPanel({ span, beganAt }: { span: Span; beganAt: number }) {
  const { name, kind, started_at, duration_ms, events, attributes, span_id, log_id, is_error } = span;
  const after = (at: string) => secondsOf(Math.round(Date.parse(at) - beganAt));
  return (
    <Panel
      title={name}
      lead={is_error ? "It failed." : undefined}
      actions={
        <Link to="/logs/$id" params={{ id: log_id }} className="button button-plain">
          Its call
        </Link>
      }
    >
      <Facts
        facts={[
          ["Began", <Moment key="began" at={started_at} withSeconds />],
          ["After the trace began", after(started_at)],
          ["Took", secondsOf(Math.round(duration_ms))],
          ["Kind", kind],
          ["Span", <code key="span">{span_id}</code>],
          ...events.map((event) => [event.name, `after ${after(event.at)}`] as const),
          ...Object.entries(attributes).map(
            ([label, value]) => [label, <code key={label}>{String(value)}</code>] as const,
          ),
        ]}
      />
    </Panel>
  );
}
