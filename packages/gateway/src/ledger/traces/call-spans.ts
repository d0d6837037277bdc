/**
 * The spans of a call, from its record: the request, what came before the first transmission, the guardrails, and each transmission with
 * the parts of its stream. Derived behind the requests and the same each time: the hot path takes no further times for them. Pure.
 */
import type { GuardrailFact } from "../../guardrails/hook-result.ts";
import type { AttemptOfCall, CallRecord } from "../record/call-record.ts";
import { knownOf, type Attributes, type Span } from "./span.ts";
import {
  answerAttributes,
  attemptAttributes,
  callersText,
  operationName,
  requestAttributes,
  usageAttributes,
} from "./span-attributes.ts";
import { spanIdOf, traceIdOf } from "./span-ids.ts";

type Part = Pick<Span, "name" | "startedAt" | "endedAt"> & Partial<Pick<Span, "kind" | "isError" | "events">>;

/** Parts of one call under its own span. */
class CallSpans {
  readonly #record: CallRecord;
  readonly #traceId: string;
  readonly spans: Span[] = [];

  constructor(record: CallRecord) {
    this.#record = record;
    this.#traceId = traceIdOf(record.traceId);
  }

  addRequest(): Span {
    const { id, at, traceId, spanId, spanName, parentSpanId, dialect, timings } = this.#record;
    const span: Span = {
      traceId: this.#traceId,
      spanId: spanIdOf(traceId, spanId ?? id),
      parentSpanId: parentSpanId === undefined ? undefined : spanIdOf(traceId, parentSpanId),
      name: callersText(spanName) ?? requestName(this.#record),
      kind: dialect === "external" ? "internal" : "server",
      startedAt: at,
      endedAt: at + timings.total,
      isError: isServerError(this.#record),
      attributes: requestAttributes(this.#record),
      events: [],
      callId: id,
    };
    this.spans.push(span);
    return span;
  }

  /** `place` tells it from all other parts of the call. */
  add(parent: Span, place: string, part: Part, attributes: Attributes = {}): Span {
    const { id, traceId } = this.#record;
    const span: Span = {
      traceId: this.#traceId,
      spanId: spanIdOf(traceId, `${id}/${place}`),
      parentSpanId: parent.spanId,
      kind: "internal",
      isError: false,
      events: [],
      ...part,
      // Clocks are set back now and then.
      endedAt: Math.max(part.startedAt, part.endedAt),
      attributes,
      callId: id,
    };
    this.spans.push(span);
    return span;
  }
}

/** The request's own span first. */
export function spansOfCall(record: CallRecord): Span[] {
  const call = new CallSpans(record);
  const request = call.addRequest();
  const { attempts, cacheLookups = [], guardrails = [], timings } = record;
  addPreparation(call, request, record);
  for (const [index, { startedAt, durationMs, status }] of cacheLookups.entries()) {
    const part = { name: "cache", startedAt, endedAt: startedAt + durationMs };
    call.add(request, `cache/${index}`, part, { "adit.cache.status": status });
  }
  for (const [index, fact] of guardrails.entries()) {
    call.add(request, `guardrail/${index}`, ...guardrailPart(record, request, fact));
  }
  for (const [index, attempt] of attempts.entries()) addAttempt(call, request, { record, attempt, index });
  if (timings.settle !== undefined) {
    const { endedAt } = request;
    call.add(request, "settle", { name: "settle", startedAt: endedAt - timings.settle, endedAt });
  }
  return call.spans;
}

/** What came before the first transmission, step by step: each ends where the next begins. */
function addPreparation(call: CallSpans, request: Span, { at, dialect, timings }: CallRecord): void {
  if (dialect === "external") return;
  const { auth, read, plan, limits, queue } = timings;
  const steps = Object.entries({ auth, read, plan, limits });
  const last = Math.max(...steps.map(([, end]) => end ?? 0));
  const prepare = call.add(request, "prepare", { name: "prepare", startedAt: at, endedAt: at + (queue ?? last) });
  let startedAt = at;
  for (const [name, end] of steps) {
    if (end === undefined) continue;
    call.add(prepare, `prepare/${name}`, { name, startedAt, endedAt: at + end });
    startedAt = Math.max(startedAt, at + end);
  }
}

interface Transmission {
  record: CallRecord;
  attempt: AttemptOfCall;
  index: number;
}

function addAttempt(call: CallSpans, request: Span, { record, attempt, index }: Transmission): void {
  const isAnswer = index === record.attempts.length - 1 && attempt.error === undefined;
  const isStream = isAnswer && record.stream;
  // After its status line a stream can break only within the transmission.
  const broken = isStream && record.status < 400 ? record.error : undefined;
  const frameAt = attempt.startedAt + attempt.durationMs;
  const endedAt = isStream ? Math.max(frameAt, request.endedAt) : frameAt;
  const { firstToken } = record.timings;
  const part: Part = {
    name: `${operationName(record)} ${callersText(attempt.model ?? record.modelAsked) ?? ""}`.trim(),
    kind: "client",
    startedAt: attempt.startedAt,
    endedAt,
    isError: attempt.error !== undefined || (broken !== undefined && broken !== "client_closed"),
    events: isStream && firstToken !== undefined ? [{ name: "first token", at: record.at + firstToken }] : [],
  };
  const attributes = {
    ...attemptAttributes(record, attempt),
    ...(isAnswer && answerAttributes(record)),
    ...usageAttributes(record, attempt, isAnswer),
    ...(broken !== undefined && { "error.type": broken }),
  };
  const place = `attempt/${index}`;
  addCredentials(call, request, attempt, place);
  const span = call.add(request, place, part, attributes);
  addSending(call, span, attempt, place);
  if (!isStream) return;
  call.add(span, `${place}/first-frame`, { name: "first frame", startedAt: attempt.startedAt, endedAt: frameAt });
  call.add(span, `${place}/stream`, { name: "stream", startedAt: frameAt, endedAt });
}

/** The wait for a credential that had to be fetched: it comes before the transmission. */
function addCredentials(
  call: CallSpans,
  request: Span,
  { startedAt, credentialsMs }: AttemptOfCall,
  place: string,
): void {
  if (credentialsMs === 0) return;
  const part = { name: "credentials", startedAt: startedAt - credentialsMs, endedAt: startedAt };
  call.add(request, `${place}/credentials`, part);
}

function addSending(call: CallSpans, span: Span, attempt: AttemptOfCall, place: string): void {
  const { startedAt, signMs, connectMs } = attempt;
  const signedAt = startedAt + signMs;
  call.add(span, `${place}/sign`, { name: "sign", startedAt, endedAt: signedAt });
  if (connectMs === undefined) return;
  call.add(span, `${place}/connect`, { name: "connect", startedAt: signedAt, endedAt: signedAt + connectMs });
}

/**
 * Of a check that Bedrock made within the call it is known how long it took, not when it began: one before the request ended at the latest
 * when the first transmission began, one after it at the latest with the answer. It is placed there, and says so.
 */
function guardrailPart({ attempts, at }: CallRecord, request: Span, fact: GuardrailFact): [Part, Attributes] {
  const isBefore = fact.when === "before_request";
  const latest = isBefore ? (attempts[0]?.startedAt ?? request.endedAt) : request.endedAt;
  const startedAt = fact.startedAt ?? Math.max(at, latest - fact.durationMs);
  return [
    {
      name: `guardrail ${fact.check}`,
      startedAt,
      endedAt: startedAt + fact.durationMs,
      isError: fact.error !== undefined,
    },
    knownOf({
      "adit.guardrail.id": fact.guardrail,
      "adit.guardrail.check": fact.check,
      "adit.guardrail.when": fact.when,
      "adit.guardrail.verdict": fact.verdict,
      "adit.guardrail.transformed": fact.transformed,
      "adit.guardrail.duration_ms": fact.durationMs,
      ...(fact.startedAt === undefined && { "adit.time_is_estimate": true }),
      ...(fact.error !== undefined && { "error.type": "guardrail_error" }),
    }),
  ];
}

/** By the HTTP conventions a server's span is no error for what its caller did wrong. */
function isServerError({ isSuccess, status, error }: CallRecord): boolean {
  return !isSuccess && error !== "client_closed" && (status >= 500 || status < 400);
}

/** A route, not a path: models' names would make one name of each. */
function requestName({ method, path, dialect }: CallRecord): string {
  if (dialect === "external") return "external call";
  const route = path
    .replace(/^\/model\/[^/]+\//, "/model/{model}/")
    .replace(/^\/guardrail\/[^/]+\/version\/[^/]+\//, "/guardrail/{guardrail}/version/{version}/")
    .replace(/^\/v1\/(prompts|connectors)\/[^/]+\//, "/v1/$1/{name}/");
  return `${method} ${callersText(route)}`;
}
