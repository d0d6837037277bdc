/**
 * Spans in OTLP's JSON (opentelemetry-proto 1.x, "JSON Protobuf Encoding"): ids are hexadecimal, 64-bit numbers are decimal texts, kinds
 * and codes are numbers. Pure.
 */
import type { AttributeValue, Attributes, Span } from "./span.ts";

/** `SPAN_KIND_...` of trace.proto. */
const kinds: Readonly<Record<Span["kind"], number>> = { internal: 1, server: 2, client: 3 };
/** `STATUS_CODE_ERROR`; unset is left out. */
const errorCode = 2;

export interface Exporting {
  resource: Attributes;
  /** Adit's own. */
  version: string;
}

/** The body of one `POST .../v1/traces`. */
export function otlpTraces(spans: readonly Span[], { resource, version }: Exporting): object {
  const scope = { name: "adit", version };
  return {
    resourceSpans: [
      { resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope, spans: spans.map(spanOf) }] },
    ],
  };
}

function spanOf(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: attributesOf(span.attributes),
    ...(span.events.length > 0 && {
      events: span.events.map(({ name, at }) => ({ timeUnixNano: nanoseconds(at), name })),
    }),
    status: span.isError ? { code: errorCode } : {},
  };
}

/** Nanoseconds since 1970 are beyond what a number holds exactly. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}

function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "object") return { arrayValue: { values: value.map(valueOf) } };
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  return isWhole ? { intValue: String(value) } : { doubleValue: value };
}
