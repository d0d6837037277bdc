/** The record of a call from what was learned of it. Pure, but for the clock that is passed in. */
import { AditError, type AwsRefusal, type ErrorCode, type PriceTable } from "@adit/bedrock";
import { projectOf, type Principal } from "../../access/principal.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import type { Incoming, Reply } from "../../http/routes/route.ts";
import { isConfigName } from "../../routing/config/config-name.ts";
import { baseModelOf, pricedCall, pricedUnwanted, tierOf, type PricedCall } from "../cost/call-cost.ts";
import type { AttemptOfCall, CallRecord, CallTimings } from "./call-record.ts";
import { callerPairs, callerText } from "../../caller-text.ts";
import { figuresOf } from "./figures.ts";
import { refusalReasonOf } from "./refusal-reason.ts";
import type { RequestFacts } from "./request-facts.ts";
import { unkeptHeadersOf } from "./unkept-headers.ts";

const mostPaths = 100;
const mostAttempts = 100;
const none = {};
/** Ends of a stream that are the provider's without its words; others, such as a guardrail's, are the gateway's or the caller's. */
const ownEnds: ReadonlySet<string> = new Set<ErrorCode>([
  "truncated_stream",
  "corrupt_stream",
  "upstream_reset",
  "idle_timeout",
  "provider_error",
  "malformed_model_output",
]);
const noAttempts: readonly AttemptOfCall[] = [];

/** A call that has come to its end: the last bytes of its answer are about to leave, or its connection is gone. */
export interface EndedCall {
  incoming: Incoming;
  reply: Reply;
  facts: RequestFacts;
  principal: Principal;
  endedAt: number;
}

/** Member by member: an object that is put together of others costs five times as much. */
export function recordOfCall(call: EndedCall, table: PriceTable): { record: CallRecord; priced: PricedCall } {
  const { incoming, facts, principal, reply } = call;
  const priced = pricedCall(facts, table);
  const failure = failureOf(call);
  const error = errorOf(call, failure);
  const record: CallRecord = {
    form: 1,
    id: incoming.id,
    at: incoming.receivedAt,
    projectId: projectIdOf(principal, facts),
    keyId: principal.kind === "gateway_key" ? principal.key.id : undefined,
    keyKind: principal.kind,

    traceId: callerText(facts.trace?.traceId ?? incoming.traceId),
    spanId: callerText(facts.trace?.spanId),
    spanName: callerText(facts.trace?.spanName),
    parentSpanId: callerText(facts.trace?.parentSpanId),
    isSampledByCaller: facts.trace?.isSampledByCaller,
    metadata: callerPairs(facts.metadata),

    method: incoming.method,
    path: callerText(incoming.path),
    dialect: facts.dialect,
    stream: facts.stream === true,
    client: callerText(incoming.headers.raw("user-agent")),

    status: reply.status,
    isSuccess: error === undefined && reply.status < 400,
    error,
    awsError: callerText(failure.aws?.type),
    reason: refusalReasonOf(failure),
    param: callerText(failure.param),
    stopReason: callerText(facts.stopReason),

    modelAsked: callerText(facts.modelAsked),
    modelUsed: callerText(facts.modelUsed),
    model: callerText(baseModelOf(facts)),
    provider: facts.provider,
    route: facts.route,
    region: facts.region,
    credential: callerText(facts.credential),
    config: configOf(incoming, principal),
    unkeptHeaders: unkeptHeadersOf(incoming.headers),
    target: callerText(facts.target),
    tier: tierOf(facts),
    awsRequestId: callerText(error === undefined ? facts.upstreamRequestId : requestIdOfFailure(facts, failure.aws)),
    attempts: keptAttempts(attemptsOf(facts, table)),
    circuitsOpen: atMost(facts.circuitsOpen, mostPaths),

    timings: timingsOf(call),
    usage: figuresOf(facts.usage ?? facts.unwanted?.at(-1)?.usage),
    usageRoute: priced.told?.route,
    units: priced.units,
    cost: priced.cost,

    cache: facts.cacheStatus,
    cacheLookups: atMost(facts.cacheLookups, mostAttempts),
    limitFlags: facts.limitFlags,
    dropped: pathsOf(facts.dropped),
    structuredOutput: facts.structuredOutput,
    prompt: promptOf(facts),
    guardrails: atMost(facts.guardrails, mostPaths),
    guardrailFeedback: atMost(facts.guardrailFeedback, mostPaths),
  };
  return { record, priced };
}

/** An answer of another target that was thrown away before had an id of its own. */
function requestIdOfFailure(
  { tries, upstreamRequestId }: RequestFacts,
  aws: AwsRefusal | undefined,
): string | undefined {
  const last = tries?.at(-1);
  return aws?.requestId ?? (last?.error === undefined ? upstreamRequestId : last.awsRequestId);
}

/** Whose call it is. */
export function projectIdOf(principal: Principal, { projectId }: RequestFacts): string {
  return projectId ?? (principal.kind === "person" ? defaultProjectId : projectOf(principal));
}

/** The last transmission is the one whose stream was passed on. */
function attemptsOf(facts: RequestFacts, table: PriceTable): readonly AttemptOfCall[] | undefined {
  const tries = pricedTries(facts, table);
  const { streamFailure } = facts;
  const last = tries?.at(-1);
  // One that had failed itself was no stream.
  if (streamFailure === undefined || tries === undefined || last === undefined || last.error !== undefined)
    return tries;
  const { code: error, aws } = streamFailure;
  if (aws === undefined && !ownEnds.has(error)) return tries;
  const broken = { error, awsError: callerText(aws?.type), reason: refusalReasonOf(streamFailure) };
  return [...tries.slice(0, -1), { ...last, broken }];
}

function pricedTries(facts: RequestFacts, table: PriceTable): readonly AttemptOfCall[] | undefined {
  const { tries, unwanted } = facts;
  if (tries === undefined || unwanted === undefined) return tries;
  return tries.map((attempt, index) => {
    const answer = unwanted.find((each) => each.attempt === index);
    if (answer === undefined) return attempt;
    const { units, cost } = pricedUnwanted(facts, answer, table);
    return { ...attempt, unwanted: { usage: figuresOf(answer.usage), units, cost } };
  });
}

function atMost<Item>(items: readonly Item[] | undefined, most: number): readonly Item[] | undefined {
  return items === undefined || items.length <= most ? items : items.slice(0, most);
}

/** They are kept as they are, but for a model's name that is a secret. */
function keptAttempts(tries: readonly AttemptOfCall[] | undefined): readonly AttemptOfCall[] {
  const attempts = atMost(tries, mostAttempts) ?? noAttempts;
  for (const { model } of attempts) {
    if (callerText(model) === model) continue;
    return attempts.map((attempt) => ({ ...attempt, model: callerText(attempt.model) }));
  }
  return attempts;
}

function pathsOf(paths: readonly string[] | undefined): readonly string[] | undefined {
  return paths === undefined || paths.length === 0
    ? undefined
    : paths.slice(0, mostPaths).map((path) => callerText(path));
}

function failureOf({ incoming, facts }: EndedCall): Partial<AditError> {
  return facts.streamFailure ?? (AditError.isInstance(incoming.error) ? incoming.error : none);
}

function errorOf({ incoming, facts }: EndedCall, failure: Partial<AditError>): string | undefined {
  const thrown = incoming.error === undefined ? undefined : (failure.code ?? "internal");
  return facts.streamError ?? thrown ?? (incoming.hasLeft ? "client_closed" : undefined);
}

/** Times of day, of which the later may be the smaller where the clock was set back meanwhile: a time below 0 would make sums of them less. */
function timingsOf({ incoming, facts, endedAt }: EndedCall): CallTimings {
  const sentAt = facts.tries?.[0]?.startedAt;
  return {
    auth: Math.max(0, (incoming.admittedAt ?? incoming.receivedAt) - incoming.receivedAt),
    read: notBelow0(facts.readMs),
    plan: notBelow0(facts.planMs),
    // What leases hold is reserved at once.
    limits: notBelow0(facts.limitsMs ?? (facts.hold === undefined ? undefined : facts.planMs)),
    queue: sentAt === undefined ? undefined : Math.max(0, sentAt - incoming.receivedAt),
    firstByte: notBelow0(facts.firstByteMs),
    firstToken: notBelow0(facts.firstTokenMs),
    total: Math.max(0, endedAt - incoming.receivedAt),
    upstream: facts.upstreamMs,
    settle: notBelow0(facts.settleMs),
  };
}

function notBelow0(ms: number | undefined): number | undefined {
  return ms === undefined || ms >= 0 ? ms : 0;
}

/** The name of a saved config; one that stands in the request itself has none, and what is neither may hold a secret. */
function configOf(incoming: Incoming, principal: Principal): string | undefined {
  const sent = incoming.headers.get("config");
  if (sent !== undefined) return isConfigName(sent) ? sent : undefined;
  return principal.kind === "gateway_key" ? principal.key.defaultConfig : undefined;
}

function promptOf({ prompts, target }: RequestFacts): CallRecord["prompt"] {
  if (prompts === undefined) return undefined;
  const { slug, version } = prompts.of(target);
  return { id: slug, version };
}
