/** `/v1/traces`: what happened within calls that belong together. */
import { AditError } from "@adit/bedrock";
import { searchCalls } from "../../ledger/search/call-search.ts";
import { spansOfCall } from "../../ledger/traces/call-spans.ts";
import type { AttributeValue, Span } from "../../ledger/traces/span.ts";
import { traceIdOf } from "../../ledger/traces/span-ids.ts";
import { treeOf, type TreeSpan } from "../../ledger/traces/trace-tree.ts";
import { operation, reading } from "../operation.ts";
import { inProject, momentOf } from "../schemas/schema.ts";
import { traceView } from "../schemas/traces.ts";

/** The newest of a trace: an agent's run over a night may have more. */
const mostCalls = 500;

export function traceOperations() {
  return [
    operation({
      id: "getTrace",
      method: "GET",
      path: "/v1/traces/{trace}",
      tag: "logs",
      summary: "A trace as a tree: its calls, and in each what took how long.",
      need: reading("logs"),
      query: inProject,
      answer: traceView,
      run: async ({ parameters, parts, project }) => {
        const traceId = parameters["trace"] ?? "";
        const filter = { projectId: await project(), traceId };
        const { records, hasMore } = await searchCalls(parts.store, { filter }, { limit: mostCalls });
        if (records.length === 0) throw notHere();
        const spans = records.flatMap(spansOfCall);
        const startedAt = Math.min(...records.map(({ at }) => at));
        const endedAt = Math.max(...records.map(({ at, timings }) => at + timings.total));
        return {
          body: {
            object: "trace",
            id: traceId,
            trace_id: traceIdOf(traceId),
            started_at: momentOf(startedAt),
            duration_ms: endedAt - startedAt,
            call_count: records.length,
            is_partial: hasMore,
            spans: treeOf(spans).map(spanView),
          },
        };
      },
    }),
  ];
}

function notHere(): AditError {
  return new AditError("not_found", "There is no call of this trace in the project.", {
    param: "trace",
    remedy: "Traces are those of the header x-adit-trace-id; a call is there a moment after its answer has ended.",
  });
}

function spanView({ span, depth }: TreeSpan): object {
  return {
    span_id: span.spanId,
    parent_span_id: span.parentSpanId ?? null,
    depth,
    name: span.name,
    kind: span.kind,
    started_at: momentOf(span.startedAt),
    duration_ms: span.endedAt - span.startedAt,
    is_error: span.isError,
    attributes: attributesView(span.attributes),
    events: span.events.map(({ name, at }) => ({ name, at: momentOf(at) })),
    log_id: span.callId,
  };
}

/** JSON has no whole numbers beyond 2^53: those of nano-dollars are decimal digits. */
function attributesView(attributes: Span["attributes"]): Record<string, AttributeValue> {
  const entries = Object.entries(attributes);
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]));
}
