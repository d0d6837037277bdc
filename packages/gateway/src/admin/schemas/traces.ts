/** Traces: calls that belong together, and what happened in them. */
import { z } from "zod";
import { exampleMoment, moment, named } from "./schema.ts";

const attribute = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const traceSpan = z.strictObject({
  span_id: z.string().describe("16 hexadecimal digits."),
  parent_span_id: z.string().nullable().describe("May be of a span that passed by the gateway: the caller's own."),
  depth: z.int().describe("0: its parent is not among the spans, or it has none."),
  name: z.string(),
  kind: z.enum(["server", "client", "internal"]),
  started_at: moment,
  duration_ms: z.number(),
  is_error: z.boolean(),
  attributes: z.record(z.string(), attribute).describe("OpenTelemetry's names, and Adit's own under `adit.`."),
  events: z.array(z.strictObject({ name: z.string(), at: moment })),
  log_id: z.string().describe("The call that it is a part of."),
});

export const traceView = named(
  "Trace",
  z.strictObject({
    object: z.literal("trace"),
    id: z.string().describe("As the caller named it."),
    trace_id: z.string().describe("32 hexadecimal digits, as collectors know it."),
    started_at: moment,
    duration_ms: z.number(),
    call_count: z.int(),
    is_partial: z.boolean().describe("True where there are older calls that are not shown."),
    spans: z.array(traceSpan).describe("In the order of the tree: each behind its parent."),
  }),
  {
    object: "trace",
    id: "4bf92f3577b34da6a3ce929d0e0e4736",
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
    started_at: exampleMoment,
    duration_ms: 812,
    call_count: 1,
    is_partial: false,
    spans: [
      {
        span_id: "9f86d081884c7d65",
        parent_span_id: "00f067aa0ba902b7",
        depth: 0,
        name: "POST /v1/chat/completions",
        kind: "server",
        started_at: exampleMoment,
        duration_ms: 812,
        is_error: false,
        attributes: { "http.request.method": "POST", "http.response.status_code": 200 },
        events: [],
        log_id: "req_01890a5d-ac96-774b-bcce-b302099a8057",
      },
    ],
  },
);
