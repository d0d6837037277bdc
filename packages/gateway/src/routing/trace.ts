/** Where a request stands in its caller's trace. */
import type { CallerHeaders } from "../http/caller-headers.ts";

export interface Trace {
  traceId: string;
  spanId?: string;
  spanName?: string;
  parentSpanId?: string;
}

/** These come back in headers, in the log and in the reply's: what is longer is cut. */
export const longestTraceValue = 512;

function short(value: string | undefined): string | undefined {
  return value !== undefined && value.length > longestTraceValue ? value.slice(0, longestTraceValue) : value;
}

/** W3C Trace Context, version 00: version, trace id, parent id, flags. */
const traceparentForm = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;

/** The gateway's headers, else `traceparent`, else a new trace. */
export function readTrace(headers: CallerHeaders, newId: () => string): Trace {
  const traceparent = headers.raw("traceparent");
  const parent = traceparent === undefined ? undefined : traceparentForm.exec(traceparent.toLowerCase());
  const trace: Trace = { traceId: short(headers.get("trace-id")) ?? parent?.[1] ?? newId() };
  const spanId = short(headers.get("span-id"));
  if (spanId !== undefined) trace.spanId = spanId;
  const spanName = short(headers.get("span-name"));
  if (spanName !== undefined) trace.spanName = spanName;
  const parentSpanId = short(headers.get("parent-span-id")) ?? parent?.[2];
  if (parentSpanId !== undefined) trace.parentSpanId = parentSpanId;
  return trace;
}
