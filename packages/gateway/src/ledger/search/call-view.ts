/** A call as the control API shows it: Portkey's names where it has one. */
import { dollarsOf } from "@adit/bedrock";
import type { KeptContent, KeptText } from "../content/call-content.ts";
import type { AttemptOfCall, CallRecord, CallTimings, CallUnits, StreamFailure } from "../record/call-record.ts";
import { toldFrames } from "../content/told-answer.ts";

export interface LogView {
  id: string;
  [name: string]: unknown;
}

export function logView(record: CallRecord): LogView {
  const { units, timings, cost } = record;
  return {
    id: record.id,
    object: "log",
    created_at: new Date(record.at).toISOString(),
    workspace_id: record.projectId,
    api_key_id: record.keyId ?? null,
    ...traceView(record),
    request_method: record.method,
    request_url: record.path,
    dialect: record.dialect,
    stream: record.stream,
    client: record.client ?? null,
    response_status_code: record.status,
    is_success: record.isSuccess,
    error: record.error ?? null,
    stop_reason: record.stopReason ?? null,
    ...placeView(record),
    attempt_count: record.attempts.length,
    cache_status: record.cache ?? null,
    req_units: units.input === undefined ? null : units.input + (units.cacheRead ?? 0) + (units.cacheWrite ?? 0),
    res_units: units.output ?? null,
    total_units: units.total ?? null,
    cost: cost.totalNano === undefined ? null : dollarsOf(BigInt(cost.totalNano)),
    cost_is_estimate: cost.isEstimate,
    response_time: timings.total,
    first_byte_ms: timings.firstByte ?? null,
    first_token_ms: timings.firstToken ?? null,
  };
}

function traceView(record: CallRecord) {
  return {
    trace_id: record.traceId,
    span_id: record.spanId ?? null,
    span_name: record.spanName ?? null,
    parent_span_id: record.parentSpanId ?? null,
    metadata: record.metadata ?? {},
  };
}

function placeView(record: CallRecord) {
  return {
    ai_org: record.provider ?? null,
    ai_model: record.modelAsked ?? null,
    model: record.model ?? null,
    model_used: record.modelUsed ?? null,
    route: record.route ?? null,
    region: record.region ?? null,
    credential: record.credential ?? null,
    config: record.config ?? null,
    prompt: record.prompt ?? null,
    target: record.target ?? null,
    tier: record.tier,
    aws_request_id: record.awsRequestId ?? null,
  };
}

/** With all that is known of it. */
export function logDetailView(record: CallRecord, more: { content: object | null; feedback: object[] }): LogView {
  const { units, cost } = record;
  return {
    ...logView(record),
    aws_error: record.awsError ?? null,
    aws_reason: record.reason ?? null,
    param: record.param ?? null,
    circuits_open: record.circuitsOpen ?? [],
    dropped: record.dropped ?? [],
    attempts: record.attempts.map(attemptView),
    timings: timingsView(record),
    usage: record.usage ?? null,
    units: unitsView(units),
    cost_parts: Object.fromEntries(
      Object.entries(cost.partsNano).map(([name, nano]) => [name, dollarsOf(BigInt(nano))]),
    ),
    cost_missing: cost.missing,
    prices: cost.prices ?? null,
    limit_flags: record.limitFlags ?? [],
    guardrails: record.guardrails ?? [],
    guardrail_feedback: record.guardrailFeedback ?? [],
    ...more,
  };
}

/** Content as it is kept; null where none is. */
export function contentView(kept: KeptContent | undefined): Record<string, unknown> | null {
  if (kept === undefined) return null;
  return {
    request: partView(kept.asked),
    exchanges: kept.exchanges.map(({ sent, received }) => ({ sent: partView(sent), received: partView(received) })),
    response: partView(kept.answered),
    response_events: kept.answeredEvents?.map(([atMs, text]) => ({ at_ms: atMs, text })) ?? null,
  };
}

/** Bytes of AWS's event stream are told as its events too: nobody reads base64. */
function partView(part: KeptText | undefined): object | null {
  if (part === undefined) return null;
  const { text = null, base64 = null, isCut = false } = part;
  const frames = base64 === null ? undefined : toldFrames(Buffer.from(base64, "base64"));
  return { text, base64, is_cut: isCut, ...(frames !== undefined && { frames }) };
}

function attemptView(attempt: AttemptOfCall) {
  return {
    target: attempt.target,
    provider: attempt.provider ?? null,
    route: attempt.route ?? null,
    region: attempt.region ?? null,
    model: attempt.model ?? null,
    credential: attempt.credential ?? null,
    started_at: new Date(attempt.startedAt).toISOString(),
    duration_ms: attempt.durationMs,
    credentials_ms: attempt.credentialsMs,
    sign_ms: attempt.signMs,
    connect_ms: attempt.connectMs ?? null,
    status_line_ms: attempt.statusLineMs ?? null,
    status: attempt.status ?? null,
    aws_request_id: attempt.awsRequestId ?? null,
    error: attempt.error ?? null,
    stream_failure: attempt.broken === undefined ? null : brokenView(attempt.broken),
    thrown_away: attempt.unwanted === undefined ? null : unwantedView(attempt.unwanted),
  };
}

function brokenView({ error, awsError, reason }: StreamFailure) {
  return { error, aws_error: awsError ?? null, aws_reason: reason ?? null };
}

function unwantedView({ usage, units, cost }: NonNullable<AttemptOfCall["unwanted"]>) {
  const { totalNano } = cost;
  return {
    usage: usage ?? null,
    units: unitsView(units),
    cost: totalNano === undefined ? null : dollarsOf(BigInt(totalNano)),
  };
}

function timingsView({ timings, units }: CallRecord) {
  return {
    auth_ms: timings.auth,
    read_ms: timings.read ?? null,
    plan_ms: timings.plan ?? null,
    limits_ms: timings.limits ?? null,
    queue_ms: timings.queue ?? null,
    first_byte_ms: timings.firstByte ?? null,
    first_token_ms: timings.firstToken ?? null,
    total_ms: timings.total,
    upstream_ms: timings.upstream ?? null,
    settle_ms: timings.settle ?? null,
    between_tokens_ms: betweenTokens(timings, units.output) ?? null,
  };
}

/** Of a stream, on average: from its first token on each further one took so long. */
function betweenTokens({ firstToken, total }: CallTimings, tokens = 0): number | undefined {
  // A clock that was set back meanwhile tells nothing.
  if (firstToken === undefined || tokens < 2 || total < firstToken) return undefined;
  return Math.round(((total - firstToken) / (tokens - 1)) * 100) / 100;
}

function unitsView(units: CallUnits) {
  return {
    input: units.input ?? null,
    output: units.output ?? null,
    cache_read: units.cacheRead ?? null,
    cache_write: units.cacheWrite ?? null,
    total: units.total ?? null,
  };
}
