/** One request on its way through the targets of its plan. */
import {
  AditError,
  type AttemptRecord,
  type CancelSignal,
  type CredentialSource,
  type ExchangeTap,
} from "@adit/bedrock";
import type { HopMark } from "../http/request/hop-mark.ts";
import type { Incoming, Reply } from "../http/routes/route.ts";
import type { AttemptOfCall } from "../ledger/record/call-record.ts";
import { noteFailedUse, noteFailure, throwAway, type RequestFacts } from "../ledger/record/request-facts.ts";
import type { Interpretation } from "../routing/request/interpret.ts";
import type { Target } from "../routing/plan/plan.ts";
import { runPlan, targetOfError } from "../routing/run-plan.ts";
import { nameAnswer, retriesOf } from "./answers/answer-headers.ts";
import type { CallLimits } from "./bounds/call-limits.ts";
import { isWaitTooLong, type RetryPlace } from "../routing/retry-policy.ts";
import { triesInTime } from "./time-out.ts";

export interface JourneyDependencies {
  /** What marks the calls to hosts that the request named, so that a loop is seen. */
  hop: HopMark;
  limits: CallLimits;
  random: () => number;
  now: () => number;
  /** Rejects with AditError where who calls may not call models any more. */
  checkCaller: (incoming: Incoming) => Promise<void>;
  /** How long a caller of a stream waits for its status line. */
  firstByteMs: number;
}

export interface Journey {
  readonly incoming: Incoming;
  readonly reply: Reply;
  readonly asked: Interpretation;
  readonly facts: RequestFacts;
  /** True once the caller has been given a status line while the answer was awaited: then nothing is re-run. */
  isOpen: boolean;
  /** Of the target that is being called. */
  credentials: CredentialSource | undefined;
}

/** What of a call changes from target to target. */
export interface TargetWay extends RetryPlace {
  /** Statuses, of answers too, at which the plan goes on to another target. */
  goesOnAt: readonly number[];
  /** Ends with the caller's leaving and, until the target has answered, with its timeout. */
  signal: CancelSignal;
  forwardHeaders: Record<string, string>;
  /** Takes down what goes over the wire, where the project keeps content. */
  tap: ExchangeTap | undefined;
}

type Attempt<Answer> = (target: Target, way: TargetWay) => Promise<Answer>;

/**
 * Calls target after target as the plan says until one answers. For a stream `open` gives the caller its status line when the first frame
 * takes longer than the operator allows; what fails after that is no refusal any more. Rejects with AditError.
 */
export async function travel<Answer>(
  journey: Journey,
  deps: JourneyDependencies,
  attempt: Attempt<Answer>,
  open: (() => void) | undefined,
): Promise<Answer> {
  const { asked, facts, incoming } = journey;
  // Only a stream may get its status line before its answer is there.
  const mayGoOn = open === undefined ? undefined : (): boolean => !journey.isOpen;
  const beforeNext = (): Promise<void> => deps.checkCaller(incoming);
  const beforeRetry: RetryPlace["beforeRetry"] = async (failure) => {
    await beforeNext();
    return facts.hold?.beforeRetry(failure);
  };
  const onAttempt: RetryPlace["onAttempt"] = (made) => {
    facts.attempts = (facts.attempts ?? 0) + 1;
    if (made.number > 1) facts.retries += 1;
    facts.hold?.noteAttempt(made);
    noteAttempt(journey, made);
    if (made.usage !== undefined) noteFailedUse(facts, made.usage);
  };
  const running = runPlan(
    asked.plan,
    (target: Target, anotherRemains: boolean, goesOnAt: readonly number[]) =>
      tryTarget(journey, deps, attempt, { target, anotherRemains, goesOnAt, mayGoOn, beforeRetry, onAttempt }),
    {
      random: deps.random,
      mayGoOn,
      beforeNext,
      onPassed: (target, error) => {
        facts.passed ??= [];
        facts.passed.push({ target: target.path, error: error.code, status: error.status });
      },
      onSkipped: (path) => {
        facts.circuitsOpen ??= [];
        facts.circuitsOpen.push(path);
      },
    },
  );
  const { result } = open === undefined ? await running : await withPatience(running, journey, deps, open);
  facts.firstByteMs = deps.now() - incoming.receivedAt;
  return result;
}

/** One target. Its own timeout, where it has one, lasts for each try until the answer is there or the stream has begun. */
async function tryTarget<Answer>(
  { asked, facts, incoming }: Journey,
  deps: JourneyDependencies,
  attempt: Attempt<Answer>,
  place: RetryPlace & { target: Target; goesOnAt: readonly number[] },
): Promise<Answer> {
  const { target, anotherRemains, goesOnAt, mayGoOn, beforeRetry, onAttempt } = place;
  nameTarget(facts, target);
  facts.provider = target.provider;
  facts.attempts = 0;
  facts.retries = 0;
  // What was left out for a target that failed, this one may get.
  facts.dropped = [...asked.dropped, ...target.droppedParams];
  facts.structuredOutput = undefined;
  facts.baseModel = undefined;
  // What another target's answer told, which was thrown away, says nothing of this one's.
  facts.tier = undefined;
  facts.guardrailInCall = undefined;
  facts.upstreamMs = undefined;
  facts.upstreamRequestId = undefined;
  const timeoutMs = asked.requestTimeoutMs ?? target.requestTimeoutMs;
  const forwardHeaders = target.forwardHeaders ?? asked.forwardHeaders;
  try {
    const reserving = facts.hold?.enter(target);
    if (reserving !== undefined) await reserving;
    const way: TargetWay = {
      anotherRemains,
      goesOnAt,
      mayGoOn,
      beforeRetry,
      onAttempt,
      tap: incoming.tap,
      signal: incoming.signal,
      forwardHeaders:
        target.baseUrl === undefined
          ? forwardHeaders
          : { ...forwardHeaders, [deps.hop.header]: deps.hop.next(incoming.headers) },
    };
    if (timeoutMs === undefined) return await attempt(target, way);
    return await triesInTime(way, { ms: timeoutMs, rule: target.retry }, (timed) => attempt(target, timed));
  } catch (error) {
    facts.hold?.fail(error);
    throwAway(facts);
    throw error;
  }
}

/** For the ledger: where this transmission went, and how it ended. */
function noteAttempt({ facts, credentials }: Journey, made: AttemptRecord): void {
  const noted: AttemptOfCall = {
    target: facts.target ?? "",
    provider: facts.provider,
    route: facts.route,
    region: facts.region,
    model: facts.modelUsed,
    credential: credentials?.label ?? facts.credential,
    startedAt: made.startedAt,
    durationMs: made.durationMs,
    credentialsMs: made.credentialsMs,
    signMs: made.signMs,
    connectMs: made.connectMs,
    statusLineMs: made.statusLineMs,
    status: made.status,
    awsRequestId: made.awsRequestId,
    error: made.errorCode,
  };
  // Most calls have one: an array that grows has room for many.
  if (facts.tries === undefined) facts.tries = [noted];
  else facts.tries.push(noted);
}

async function withPatience<T>(
  running: Promise<T>,
  journey: Journey,
  deps: JourneyDependencies,
  open: () => void,
): Promise<T> {
  const timer = setTimeout(() => {
    nameCredential(journey.facts, journey.credentials);
    nameAnswer(journey.incoming, journey.reply, journey.facts);
    journey.isOpen = true;
    open();
  }, deps.firstByteMs);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A refusal is a real status while none has been sent: then it is thrown, with the headers that say where the call went. After that it
 * comes back, for the stream to end with it.
 */
export function refusalOf({ facts, incoming, reply, isOpen }: Journey, thrown: unknown): AditError {
  const target = AditError.isInstance(thrown) ? targetOfError(thrown) : undefined;
  if (target !== undefined) nameTarget(facts, target);
  // The emulator may have stood in for the target's own credential: the error says who signed.
  if (AditError.isInstance(thrown)) facts.credential = thrown.place?.credential ?? facts.credential;
  if (!isOpen) {
    const hasGivenUp = retriesOf(facts) > 0 || isWaitTooLong(target?.retry, thrown);
    nameAnswer(incoming, reply, facts, hasGivenUp);
    throw thrown;
  }
  const error = asAditError(thrown);
  noteFailure(facts, error);
  return error;
}

export function asAditError(error: unknown): AditError {
  return AditError.isInstance(error)
    ? error
    : new AditError("internal", "The gateway failed while it answered.", { cause: error });
}

/** Where a call goes, or went. */
function nameTarget(facts: RequestFacts, target: Target): void {
  facts.target = target.path;
  facts.region = target.region;
  nameCredential(facts, target.credentials);
  // A call without a model goes by a path in its place.
  facts.modelUsed = facts.modelAsked === undefined ? undefined : target.model;
}

/** A chain's label says which of its links serves only once one has: it is read as late as it can be. */
function nameCredential(facts: RequestFacts, source: CredentialSource | undefined): void {
  facts.credential = source?.label;
}
