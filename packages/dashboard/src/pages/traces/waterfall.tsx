/** Spans as lines under each other, each where it was in time. */
import type { Span, Trace } from "../../api/objects.ts";
import { Link } from "@tanstack/react-router";
import { Badge } from "../../controls/show.tsx";
import { secondsOf, statusKind } from "../logs/log-columns.tsx";

/** Deeper ones stand no further to the right: narrow screens have room for names too. */
const mostIndents = 4;

export function Waterfall({ trace, chosen }: { trace: Trace; chosen: Span | undefined }) {
  const beganAt = Date.parse(trace.started_at);
  const wholeMs = Math.max(1, trace.duration_ms);
  return (
    <ol className="waterfall">
      {trace.spans.map((span) => (
        <Line
          key={span.span_id}
          span={span}
          offset={(Date.parse(span.started_at) - beganAt) / wholeMs}
          width={span.duration_ms / wholeMs}
          isChosen={span === chosen}
        />
      ))}
    </ol>
  );
}

interface LineProps {
  span: Span;
  /** Of the whole, from 0 to 1. */
  offset: number;
  width: number;
  isChosen: boolean;
}

function Line({ span, offset, width, isChosen }: LineProps) {
  const { span_id, name, depth, duration_ms, events } = span;
  const status = statusOf(span);
  const kind = status === undefined ? (span.is_error ? "bad" : "info") : statusKind(status);
  return (
    <li className={`waterfall-line waterfall-depth-${Math.min(depth, mostIndents)}`}>
      <Link
        to="."
        search={(before) => ({ ...before, span: isChosen ? undefined : span_id })}
        replace
        resetScroll={false}
        className={isChosen ? "waterfall-name is-chosen" : "waterfall-name"}
        aria-current={isChosen ? "true" : undefined}
      >
        {name} <small className="soft">{detailOf(span)}</small>
      </Link>
      <span className="waterfall-field" aria-hidden="true">
        <span className={`waterfall-bar bar-${kind}`} style={barStyle(offset, width)} />
        {events.map((event) => (
          <span
            key={`${event.name} ${event.at}`}
            className="waterfall-event"
            style={eventStyle(span, event.at, { offset, width })}
          />
        ))}
      </span>
      <span className="number">
        {status !== undefined && <Badge kind={kind}>{status}</Badge>} {secondsOf(Math.round(duration_ms))}
      </span>
    </li>
  );
}

/** What an answer's status was, where the span has one. */
function statusOf({ attributes }: Span): number | undefined {
  const status = attributes["http.response.status_code"];
  return typeof status === "number" ? status : undefined;
}

function detailOf({ attributes }: Span): string {
  const words = ["adit.dialect", "cloud.region", "adit.guardrail.verdict"].map((name) => attributes[name]);
  return words.filter((word) => typeof word === "string").join(", ");
}

const percent = (share: number) => `${share * 100}%`;

function barStyle(offset: number, width: number) {
  return {
    left: percent(Math.min(0.995, Math.max(0, offset))),
    width: percent(Math.max(0.005, Math.min(1 - offset, width))),
  };
}

function eventStyle(span: Span, at: string, { offset, width }: { offset: number; width: number }) {
  const share = (Date.parse(at) - Date.parse(span.started_at)) / Math.max(1, span.duration_ms);
  return { left: percent(Math.min(0.998, offset + Math.min(1, Math.max(0, share)) * width)) };
}
