/** W3C Trace Context's own examples, and what it says is invalid. */
import { expect, test } from "vitest";
import { CallerHeaders } from "./caller-headers.ts";
import { readTrace } from "./trace.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const read = (headers: Record<string, string>) => readTrace(new CallerHeaders(headers), () => "new");

test.each([
  `00-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-03`,
  `cc-${traceId}-${spanId}-01-what-later-versions-add`,
])("%s is gone on with", (traceparent) =>
  expect(read({ traceparent })).toEqual({ traceId, parentSpanId: spanId, isSampledByCaller: true }),
);

test("flags say that the trace is not recorded: in it, and in no other that is named", () => {
  const of = (flags: string, id?: string) =>
    read({ traceparent: `00-${traceId}-${spanId}-${flags}`, ...(id !== undefined && { "x-portkey-trace-id": id }) });
  expect(of("00")).toEqual({ traceId, parentSpanId: spanId, isSampledByCaller: false });
  expect(of("02", traceId)).toEqual({ traceId, parentSpanId: spanId, isSampledByCaller: false });
  expect(of("00", "mine")).toEqual({ traceId: "mine" });
});

test.each([
  ["zeros for a trace", `00-${"0".repeat(32)}-${spanId}-01`],
  ["zeros for a span", `00-${traceId}-${"0".repeat(16)}-01`],
  ["version ff", `ff-${traceId}-${spanId}-01`],
  ["capital letters", `00-${traceId.toUpperCase()}-${spanId}-01`],
  ["more than version 00 has", `00-${traceId}-${spanId}-01-more`],
  ["too short", `00-${traceId.slice(1)}-${spanId}-01`],
])("%s: a new trace begins", (_what, traceparent) => expect(read({ traceparent })).toEqual({ traceId: "new" }));

test("a span of another trace is no parent", () => {
  const traceparent = `00-${traceId}-${spanId}-01`;
  expect(read({ traceparent, "x-portkey-trace-id": "mine" })).toEqual({ traceId: "mine" });
  expect(read({ traceparent, "x-portkey-trace-id": traceId })).toEqual({
    traceId,
    parentSpanId: spanId,
    isSampledByCaller: true,
  });
  expect(read({ traceparent, "x-portkey-trace-id": "mine", "x-portkey-parent-span-id": "own" })).toEqual({
    traceId: "mine",
    parentSpanId: "own",
  });
});
