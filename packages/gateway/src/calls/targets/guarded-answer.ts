/** Guardrails around one target: its request as they leave it, and its answer once they have nothing against it. */
import { AditError, type JsonObject } from "@adit/bedrock";
import type { CallerPrincipal } from "../../access/principal.ts";
import { failedStatus, type CallGuard, type CheckedAnswer } from "../../guardrails/call-guard.ts";
import type { RequestType } from "../../guardrails/check.ts";
import type { TargetHooks } from "../../guardrails/hook.ts";
import { openGuard, type GuardDependencies } from "../../guardrails/open-guard.ts";
import { resultsEvent } from "../../guardrails/stream/results-event.ts";
import { withoutQuote } from "../../guardrails/without-quote.ts";
import { streamFormOf } from "../../guardrails/stream/stream-forms.ts";
import { StreamGuard } from "../../guardrails/stream/stream-guard.ts";
import type { EventWriter } from "../../http/routes/route.ts";
import { noteFailure, throwAway, type RequestFacts } from "../../ledger/record/request-facts.ts";
import { withParams } from "../../routing/config/params.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { usesVendorPrefix } from "../answers/answer-headers.ts";
import type { CallDialect } from "../call-dialect.ts";
import { asAditError, type Journey, type TargetWay } from "../journey.ts";

/** Portkey's names for what the dialects ask. */
const requestTypes: Readonly<Record<RequestFacts["dialect"], RequestType>> = {
  "openai-chat": "chatComplete",
  "openai-responses": "createModelResponse",
  "openai-completions": "complete",
  "openai-embeddings": "embed",
  "anthropic-messages": "messages",
  bedrock: "converse",
  connector: "converse",
};

/** One request on its way. */
export interface GuardedWay extends Journey {
  principal: CallerPrincipal;
  stream: boolean;
  /** The guardrails of the target that was called last, if it has any. */
  guard: CallGuard | undefined;
  /** Where the stream goes, once it is open. */
  events: EventWriter | undefined;
}

/** An answer that guardrails have seen. */
export interface Checked<Answer> extends CheckedAnswer {
  kind: "checked";
  answer: Answer;
  /** As the target gave it. */
  text: string;
}

export interface Guarded<Answer> {
  target: Target;
  hooks: TargetHooks;
  place: TargetWay;
  /** Calls the target, as the guardrails have left the request. */
  reach: (target: Target) => Promise<Answer>;
  /** A whole answer's text. */
  textOf: (answer: Answer) => string;
}

/** A target's answer through its guardrails; of a stream the request alone has been judged by then. Rejects with AditError. */
export async function throughGuardrails<Answer>(
  way: GuardedWay,
  { target, hooks, place, reach, textOf }: Guarded<Answer>,
  deps: GuardDependencies,
): Promise<Answer | Checked<Answer>> {
  const { asked, facts, incoming, principal } = way;
  const request = {
    type: requestTypes[facts.dialect],
    body: withParams(asked.body, target.overrideParams),
    isStreaming: way.stream,
    model: target.model,
    modelAsked: target.modelAsked,
    provider: target.provider,
    metadata: asked.metadata,
  };
  const guard = await openGuard({ target, hooks, request, principal, incoming, facts }, deps);
  way.guard = guard;
  const changed = await guardedTarget(guard, target, place);
  const widen = async (): Promise<void> => {
    if (changed !== target) await facts.hold?.widen(changed);
  };
  await widen();
  if (way.stream) return unquoted(guard, () => reach(changed));
  return guardedAnswer(guard, target, {
    place,
    facts,
    widen,
    ask: async () => {
      const answer = await reach(changed);
      return { answer, text: textOf(answer) };
    },
  });
}

/**
 * Judges the request. Gives the members of the body that are to be others; rejects with AditError of status 446, or 246 where the plan goes
 * on at it.
 */
export async function guardRequest(guard: CallGuard, place: TargetWay): Promise<JsonObject> {
  const changes = await besideTime(place, () => guard.before());
  if (asksOn(guard, place)) throw guard.failed();
  return changes;
}

async function guardedTarget(guard: CallGuard, target: Target, place: TargetWay): Promise<Target> {
  const changes = await guardRequest(guard, place);
  if (Object.keys(changes).length === 0) return target;
  return { ...target, overrideParams: { ...target.overrideParams, ...changes } };
}

export interface Asking<Answer> {
  place: TargetWay;
  facts: RequestFacts;
  /** Reserves for what checks have made of the request. */
  widen: () => Promise<void>;
  ask: () => Promise<{ answer: Answer; text: string }>;
}

/**
 * Asks and judges, again where the target's `retry` lists the status that the guardrails give. Rejects with AditError of status 446, or 246
 * where the plan goes on at it.
 */
export async function guardedAnswer<Answer>(
  guard: CallGuard,
  target: Target,
  { place, facts, widen, ask }: Asking<Answer>,
): Promise<Checked<Answer>> {
  const { retry } = target;
  let left = retry?.attempts ?? 0;
  const isRetried = (status: number): boolean => left > 0 && retry?.onStatusCodes?.includes(status) === true;
  for (;;) {
    const { answer, text } = await unquoted(guard, ask);
    const checked = await besideTime(place, () => judged(guard, text));
    const { status } = checked;
    if (!isRetried(status)) {
      if (checked instanceof AditError) throw checked;
      if (asksOn(guard, place)) throw guard.failed();
      return { kind: "checked", ...checked, answer, text };
    }
    left -= 1;
    // What is thrown away was billed: it counts, and the next answer is reserved for anew.
    facts.hold?.fail(guard.denied());
    throwAway(facts);
    await facts.hold?.enter(target);
    await widen();
  }
}

/** Checks have times of their own: a target's begins when it is asked, and anew where it is asked again. */
async function besideTime<Found>({ onWait }: TargetWay, checking: () => Promise<Found>): Promise<Found> {
  onWait?.(Infinity);
  const found = await checking();
  onWait?.(0);
  return found;
}

/** Asks, and rejects as that does, but for what an error quotes of an answer that could not be read: nothing has judged that. */
export async function unquoted<Found>(guard: CallGuard, ask: () => Promise<Found>): Promise<Found> {
  try {
    return await ask();
  } catch (error) {
    throw AditError.isInstance(error) && guard.hasAnswerHooks ? withoutQuote(error) : error;
  }
}

/** A refusal as a value. */
async function judged(guard: CallGuard, text: string): Promise<CheckedAnswer | AditError> {
  try {
    return await guard.after(text);
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
}

/** True where a guardrail failed that does not deny, and the plan goes on to another target at that. */
function asksOn({ hasFailed }: CallGuard, { goesOnAt, mayGoOn }: TargetWay): boolean {
  return hasFailed && goesOnAt.includes(failedStatus) && mayGoOn?.() !== false;
}

export interface GuardedStream {
  /** Where the stream goes. */
  events: EventWriter;
  dialect: Pick<CallDialect<never>, "errorEvent">;
  /** The target's own word on strictness, if it has one. */
  strict: boolean | undefined;
}

/** What a stream is to be written to; undefined where nothing judges it. Writes the event that opens it. */
export function guardedStream(
  { guard, asked, incoming }: GuardedWay,
  { events, dialect, strict }: GuardedStream,
): StreamGuard | undefined {
  if (guard === undefined) return undefined;
  // To a strict caller OpenAI's events alone: what was found is told in the log, and in the error that ends a stream.
  const isStrict = strict ?? asked.strict;
  const model = asked.modelAsWritten;
  if (!isStrict && guard.results.before_request_hooks.length > 0) {
    events.write(resultsEvent(guard.type, { before: guard.results }, model));
  }
  const form = guard.hasAnswerHooks ? streamFormOf(guard.type) : undefined;
  if (form === undefined) return undefined;
  return new StreamGuard({
    guard,
    form,
    events,
    errorEvent: (error, place) => dialect.errorEvent(error, usesVendorPrefix(incoming), incoming.id, place),
    tellsResults: !isStrict && guard.answerHooks.length > 0,
    model,
  });
}

/** Sends the text of a stream that was stored, judged anew: what the checks cost is settled with it. */
export async function sendGuarded(way: GuardedWay, text: string, stream: GuardedStream): Promise<void> {
  const guarded = guardedStream(way, stream);
  try {
    (guarded ?? stream.events).write(text);
    await guarded?.settle();
  } catch (error) {
    const failure = asAditError(error);
    noteFailure(way.facts, failure);
    guarded?.fail(failure);
  } finally {
    if (way.facts.hold !== undefined) await way.facts.hold.settle();
    stream.events.end();
  }
}
