/** Where a request stands in its caller's trace. */
import type { CallerHeaders } from "./caller-headers.ts";

export interface Trace {
  traceId: string;
  spanId?: string;
  spanName?: string;
  parentSpanId?: string;
  /** Whether its caller records the trace, by the flags of `traceparent`. */
  isSampledByCaller?: boolean;
}

/** These come back in headers, in the log and in the reply's: what is longer is cut. */
export const longestTraceValue = 512;

function short(value: string | undefined): string | undefined {
  return value !== undefined && value.length > longestTraceValue ? value.slice(0, longestTraceValue) : value;
}

/**
 * W3C Trace Context, section 3.2: version, trace id, parent id, flags, all in small letters. Version ff and ids of zeros alone are
 * invalid, and only later versions than 00 have more behind the flags; what is invalid is as if it were not there.
 */
const traceparentForm =
  /^(?!ff)(?!00-.{52}-)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
/** Section 3.2.2.5.1: the lowest bit of the flags. */
const sampledFlag = 1;

/** The gateway's headers, else `traceparent`, else a new trace. A span is a parent within its own trace alone. */
export function readTrace(headers: CallerHeaders, newId: () => string): Trace {
  const parent = traceparentIn(headers);
  const named = short(headers.get("trace-id"));
  const trace: Trace = { traceId: named ?? parent?.traceId ?? newId() };
  const spanId = short(headers.get("span-id"));
  if (spanId !== undefined) trace.spanId = spanId;
  const spanName = short(headers.get("span-name"));
  if (spanName !== undefined) trace.spanName = spanName;
  const above = named === undefined || named === parent?.traceId ? parent : undefined;
  const parentSpanId = short(headers.get("parent-span-id")) ?? above?.spanId;
  if (parentSpanId !== undefined) trace.parentSpanId = parentSpanId;
  if (above !== undefined) trace.isSampledByCaller = above.isSampled;
  return trace;
}

function traceparentIn(headers: CallerHeaders): { traceId: string; spanId: string; isSampled: boolean } | undefined {
  const traceparent = headers.raw("traceparent");
  if (traceparent === undefined) return undefined;
  const [, traceId, spanId, flags] = traceparentForm.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & sampledFlag) !== 0 };
}
