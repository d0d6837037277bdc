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
  const parent = traceparentForm.exec(headers.raw("traceparent")?.trim().toLowerCase() ?? "");
  const parentSpanId = short(headers.get("parent-span-id")) ?? parent?.[2];
  const spanId = short(headers.get("span-id"));
  const spanName = short(headers.get("span-name"));
  return {
    traceId: short(headers.get("trace-id")) ?? parent?.[1] ?? newId(),
    ...(spanId === undefined ? {} : { spanId }),
    ...(spanName === undefined ? {} : { spanName }),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
  };
}
