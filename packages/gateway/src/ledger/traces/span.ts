/** A piece of a trace, as OpenTelemetry means it; times are milliseconds since 1970. Names, counts and times: no content, no secret. */

/** A whole number is an int64 of OTLP, a BigInt too. */
export type AttributeValue = string | number | bigint | boolean | readonly string[];

export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface SpanEvent {
  name: string;
  at: number;
}

export interface Span {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /** May be of a span that Adit never saw: the caller's own. */
  parentSpanId: string | undefined;
  name: string;
  kind: "server" | "client" | "internal";
  startedAt: number;
  endedAt: number;
  isError: boolean;
  attributes: Attributes;
  events: readonly SpanEvent[];
  /** The call that it is a part of. */
  callId: string;
}

/** Without those that are not known. */
export function knownOf(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  const known: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) known[name] = value;
  return known;
}
