/** The record of a call from what was learned of it. Pure, but for the clock that is passed in. */
import { AditError, type AwsRefusal, type PriceTable } from "@adit/bedrock";
import { projectOf, type Principal } from "../access/principal.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Incoming, Reply } from "../http/route.ts";
import type { UsedPrompt } from "../prompts/used-prompts.ts";
import { isConfigName } from "../routing/config-name.ts";
import type { Trace } from "../routing/trace.ts";
import { baseModelOf, pricedCall, tierOf, type PricedCall } from "./call-cost.ts";
import type { AttemptOfCall, CallRecord, CallTimings } from "./call-record.ts";
import { figuresOf } from "./figures.ts";
import type { RequestFacts } from "./request-facts.ts";

/** Longest text of a caller's, or of a provider's, that a record takes. */
const longestText = 512;
const mostMetadata = 64;
const mostPaths = 100;
const mostAttempts = 100;
const none = {};
const noAttempts: readonly AttemptOfCall[] = [];

/** A call that has come to its end: the last bytes of its answer are about to leave, or its connection is gone. */
export interface EndedCall {
  incoming: Incoming;
  reply: Reply;
  facts: RequestFacts;
  principal: Principal;
  endedAt: number;
}

export function recordOfCall(call: EndedCall, table: PriceTable): { record: CallRecord; priced: PricedCall } {
  const { incoming, facts } = call;
  const priced = pricedCall(facts, table);
  const record: CallRecord = {
    form: 1,
    id: incoming.id,
    at: incoming.receivedAt,
    ...whoOf(call.principal, facts),
    ...traceOf(incoming, facts),
    ...pathOf(incoming, facts),
    ...endOf(call),
    stopReason: cut(facts.stopReason),
    ...placeOf(facts),
    config: configOf(incoming, call.principal),
    attempts: facts.tries?.slice(0, mostAttempts) ?? noAttempts,
    circuitsOpen: facts.circuitsOpen?.slice(0, mostPaths),
    timings: timingsOf(call),
    usage: figuresOf(facts.usage),
    usageRoute: priced.told?.route,
    units: priced.units,
    cost: priced.cost,
    cache: facts.cacheStatus,
    dropped: facts.dropped === undefined || facts.dropped.length === 0 ? undefined : facts.dropped.slice(0, mostPaths),
    structuredOutput: facts.structuredOutput,
    ...(facts.prompts !== undefined && { prompt: promptOf(facts.prompts.of(facts.target)) }),
    ...(facts.limitFlags !== undefined && { limitFlags: facts.limitFlags }),
    ...(facts.guardrails !== undefined && { guardrails: facts.guardrails.slice(0, mostPaths) }),
  };
  return { record, priced };
}

function timingsOf({ incoming, facts, endedAt }: EndedCall): CallTimings {
  const sentAt = facts.tries?.[0]?.startedAt;
  return {
    queue: sentAt === undefined ? undefined : Math.max(0, sentAt - incoming.receivedAt),
    firstByte: facts.firstByteMs,
    firstToken: facts.firstTokenMs,
    total: Math.max(0, endedAt - incoming.receivedAt),
    upstream: facts.upstreamMs,
  };
}

type EndOfRecord = Pick<CallRecord, "status" | "isSuccess" | "error" | "awsError" | "param">;

function endOf({ incoming, facts, reply }: EndedCall): EndOfRecord {
  const failure: Partial<AditError> = AditError.isInstance(incoming.error) ? incoming.error : none;
  const aws: Partial<AwsRefusal> = failure.aws ?? none;
  const thrown = incoming.error === undefined ? undefined : (failure.code ?? "internal");
  const error = facts.streamError ?? thrown ?? (incoming.hasLeft ? "client_closed" : undefined);
  return {
    status: reply.status,
    isSuccess: error === undefined && reply.status < 400,
    error,
    awsError: cut(aws.type),
    param: cut(failure.param),
  };
}

/** Whose call it is. */
export function projectIdOf(principal: Principal, { projectId }: RequestFacts): string {
  return projectId ?? (principal.kind === "person" ? defaultProjectId : projectOf(principal));
}

function whoOf(principal: Principal, facts: RequestFacts): Pick<CallRecord, "projectId" | "keyId" | "keyKind"> {
  return {
    projectId: projectIdOf(principal, facts),
    keyId: principal.kind === "gateway_key" ? principal.key.id : undefined,
    keyKind: principal.kind,
  };
}

type TraceOfRecord = Pick<CallRecord, "traceId" | "spanId" | "spanName" | "parentSpanId" | "metadata">;

function traceOf(incoming: Incoming, facts: RequestFacts): TraceOfRecord {
  const trace: Partial<Trace> = facts.trace ?? none;
  return {
    traceId: trace.traceId ?? incoming.traceId,
    spanId: trace.spanId,
    spanName: trace.spanName,
    parentSpanId: trace.parentSpanId,
    metadata: metadataOf(facts.metadata),
  };
}

type PathOfRecord = Pick<CallRecord, "method" | "path" | "dialect" | "stream" | "client">;

function pathOf(incoming: Incoming, facts: RequestFacts): PathOfRecord {
  return {
    method: incoming.method,
    path: cut(incoming.path),
    dialect: facts.dialect,
    stream: facts.stream === true,
    client: cut(incoming.headers.raw("user-agent")),
  };
}

type PlaceOfRecord = Pick<
  CallRecord,
  | "modelAsked"
  | "modelUsed"
  | "model"
  | "provider"
  | "route"
  | "region"
  | "credential"
  | "target"
  | "tier"
  | "awsRequestId"
>;

function placeOf(facts: RequestFacts): PlaceOfRecord {
  return {
    modelAsked: cut(facts.modelAsked),
    modelUsed: cut(facts.modelUsed),
    model: cut(baseModelOf(facts)),
    provider: facts.provider,
    route: facts.route,
    region: facts.region,
    credential: cut(facts.credential),
    target: cut(facts.target),
    tier: tierOf(facts),
    awsRequestId: cut(facts.upstreamRequestId),
  };
}

/** The name of a saved config; one that stands in the request itself has none, and what is neither may hold a secret. */
function configOf(incoming: Incoming, principal: Principal): string | undefined {
  const sent = incoming.headers.get("config");
  if (sent !== undefined) return isConfigName(sent) ? sent : undefined;
  return principal.kind === "gateway_key" ? principal.key.defaultConfig : undefined;
}

function promptOf({ slug, version }: UsedPrompt): NonNullable<CallRecord["prompt"]> {
  return { id: slug, version };
}

function metadataOf(metadata: Record<string, string> | undefined): Record<string, string> | undefined {
  if (metadata === undefined) return undefined;
  const entries = Object.entries(metadata);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.slice(0, mostMetadata).map(([name, value]) => [cut(name), cut(value)]));
}

function cut(text: string): string;
function cut(text: string | undefined): string | undefined;
function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= longestText ? text : `${text.slice(0, longestText - 3)}...`;
}
