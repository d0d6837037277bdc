/** What is learned of a request on its way, for the log and the reply's headers. Names only: no content, no secret. */
import type { AditError, JsonObject, PriceTable, PriceTier, TokenUsage, TranslationNotes } from "@adit/bedrock";
import type { CacheStatus } from "../../cache/cached-call.ts";
import type { GuardrailUse } from "../../guardrails/guardrail-use.ts";
import type { GuardrailFact, GuardrailFeedbackFact } from "../../guardrails/hook-result.ts";
import type { UsedPrompts } from "../../prompts/used-prompts.ts";
import type { CallHold } from "../../calls/bounds/call-hold.ts";
import type { Principal } from "../../access/principal.ts";
import { readTrace, type Trace } from "../../http/request/trace.ts";
import type { Incoming } from "../../http/routes/route.ts";
import { readableMetadata } from "../../routing/request/metadata.ts";
import type { AttemptOfCall, CacheLookup } from "./call-record.ts";

export interface RequestFacts {
  /** Where the principal has no project of its own: the one of what was called. */
  projectId: string | undefined;
  dialect:
    | "openai-chat"
    | "openai-responses"
    | "openai-completions"
    | "openai-embeddings"
    | "anthropic-messages"
    | "bedrock"
    | "connector";
  /** The model as the caller wrote it. */
  modelAsked: string | undefined;
  /** As it went on the wire, or the profile that stood in for it. */
  modelUsed: string | undefined;
  provider: string | undefined;
  /** How the answer was fetched. */
  route: "converse" | "invoke" | "openai" | "anthropic" | "emulator" | undefined;
  region: string | undefined;
  /** Name and source of the credential. */
  credential: string | undefined;
  /** JSON path of the target that answered, or failed last. */
  target: string | undefined;
  /** Targets that failed before it, with what went wrong there. */
  passed: { target: string; error: string; status: number }[] | undefined;
  /** Targets, or strategies among them, that got no call because their circuit is open. */
  circuitsOpen: string[] | undefined;
  /** Transmissions to the last target. */
  attempts: number | undefined;
  /** How many of them sent again what had been sent: a request to embed may be many calls. */
  retries: number;
  /** Every transmission, to whichever target. */
  tries: AttemptOfCall[] | undefined;
  /** Key of the model data, where what was sent does not tell it: the model behind an application inference profile. */
  baseModel: string | undefined;
  /** What AWS says served the call; undefined: nothing special. */
  tier: PriceTier | undefined;
  upstreamRequestId: string | undefined;
  /** The stored prompts that the call is made of. */
  prompts: UsedPrompts | undefined;
  trace: Trace | undefined;
  metadata: Record<string, string> | undefined;
  stream: boolean | undefined;
  /** Paths of what was left out on purpose. */
  dropped: readonly string[] | undefined;
  /** By what means the answer was made to be JSON. */
  structuredOutput: TranslationNotes["structuredOutput"] | undefined;
  stopReason: string | undefined;
  /** Code of the error that ended a stream after its status line, or that stood in the place of an answer of status 200. */
  streamError: string | undefined;
  /** That error itself: AWS's name of it, and what AWS says. */
  streamFailure: AditError | undefined;
  /** The provider's stream, once it is passed on to the caller. */
  upstream: { resume(): void } | undefined;
  /** Names in a stream that this version does not know: they were kept or passed over, and are never fatal. */
  unfamiliar: string[] | undefined;
  /** The provider's own figures. */
  usage: TokenUsage | Record<string, unknown> | undefined;
  /** Answers that guardrails kept from the caller: they were billed. */
  unwanted: UnwantedAnswer[] | undefined;
  /** What the cache had; undefined where it was not asked. */
  cacheStatus: CacheStatus | undefined;
  /** One for each target that was looked for. */
  cacheLookups: CacheLookup[] | undefined;
  /** What guardrails found that were waited for; those of targets that failed are among it. */
  guardrails: GuardrailFact[] | undefined;
  /** AWS's own in the call that is made, where there is one: whether its answer has told what it used. */
  guardrailInCall: "untold" | "told" | undefined;
  /** What their calls to Bedrock used. */
  guardrailUse: GuardrailUse[] | undefined;
  /** What they say of the request. */
  guardrailFeedback: GuardrailFeedbackFact[] | undefined;
  /** From the request's arrival to the body's end, to the plan, and to what limits reserve, where one concerns the call. */
  readMs: number | undefined;
  planMs: number | undefined;
  limitsMs: number | undefined;
  /** How long the end of the call waited for its limits. */
  settleMs: number | undefined;
  /** From the request's arrival to the provider's first frame or whole answer. */
  firstByteMs: number | undefined;
  /** From the arrival to the first read of a stream in which the model wrote something. */
  firstTokenMs: number | undefined;
  /** What AWS says that the model took. */
  upstreamMs: number | undefined;
  /**
   * For the estimate of a call whose usage was never told: the body, with a prompt's messages or earlier turns where it has such, how long
   * that is, what the target laid over it, and (below) how many bytes the model wrote.
   */
  requestBytes: number;
  requestBody: JsonObject | undefined;
  overrideParams: JsonObject | undefined;
  /**
   * Paths of the body whose values are others than the caller wrote once it is written anew: numbers that a double cannot hold, and names that
   * came twice. Undefined where there are none.
   */
  altered: readonly string[] | undefined;
  outputBytes: number | undefined;
  /**
   * Those that held when the call began: what is reserved, charged and recorded of it goes by them. Undefined for what is never billed, and for a
   * call that began before the store was open.
   */
  prices: PriceTable | undefined;
  /** True for what AWS does for nothing, whatever it tells: CountTokens. */
  isUnbilled: boolean;
  /** True where the body wishes that nothing of what is said is kept (`disable_log`). */
  isUnkept?: boolean;
  /** True once the ledger has its record. */
  isSettled: boolean;
  /** What it holds of limits; undefined where none concerns it. */
  hold: CallHold | undefined;
  /** How limits took what it used, where that was not as foreseen. */
  limitFlags: readonly string[] | undefined;
}

/** What is to be known of an answer that is thrown away while the call goes on. */
export interface UnwantedAnswer extends Pick<
  RequestFacts,
  "usage" | "route" | "modelUsed" | "baseModel" | "region" | "tier" | "overrideParams" | "firstByteMs"
> {
  /** Its place in `tries`. */
  attempt: number;
}

/** The answer is thrown away: what it used stays with the call, told or not, and another may come in its place. */
export function throwAway(facts: RequestFacts): void {
  const { usage, route, modelUsed, baseModel, region, tier, overrideParams } = facts;
  const attempt = (facts.tries?.length ?? 0) - 1;
  if (usage === undefined && !isAnswerAt(facts, attempt)) return;
  // It has come, or there would be nothing to throw away.
  const firstByteMs = facts.firstByteMs ?? 0;
  const place = { route, modelUsed, baseModel, region, tier, overrideParams };
  (facts.unwanted ??= []).push({ usage, ...place, firstByteMs, attempt });
  if (facts.guardrailInCall === "untold") (facts.guardrailUse ??= []).push({ region: region ?? "", units: undefined });
  facts.guardrailInCall = undefined;
  facts.usage = undefined;
  facts.stopReason = undefined;
  facts.streamError = undefined;
  facts.streamFailure = undefined;
}

/** The last transmission failed by an answer that tells what it used: that stays with the call, whatever comes of it. */
export function noteFailedUse(facts: RequestFacts, usage: UnwantedAnswer["usage"]): void {
  const { route, modelUsed, baseModel, region, tier, overrideParams, firstByteMs = 0 } = facts;
  const attempt = (facts.tries?.length ?? 0) - 1;
  (facts.unwanted ??= []).push({
    usage,
    route,
    modelUsed,
    baseModel,
    region,
    tier,
    overrideParams,
    firstByteMs,
    attempt,
  });
}

/** True for a transmission that was answered, and whose answer has not been thrown away yet. */
function isAnswerAt({ tries, unwanted }: RequestFacts, attempt: number): boolean {
  const made = tries?.[attempt];
  if (made === undefined || made.error !== undefined) return false;
  return unwanted?.some((each) => each.attempt === attempt) !== true;
}

/** The answer has failed so all the same, after its status line. */
export function noteFailure(facts: RequestFacts, failure: AditError): void {
  facts.streamError = failure.code;
  facts.streamFailure = failure;
}

/** What the headers say of a call that was refused before they were read so far: it goes with its caller's data like any other. */
export function noteSaid(facts: RequestFacts, { headers, traceId }: Incoming, principal: Principal): void {
  facts.trace ??= readTrace(headers, () => traceId);
  if (principal.kind !== "person") facts.metadata ??= readableMetadata(headers, principal);
}

/** Nothing learned yet. All members are there from the start: an object that grows member by member is copied each time. */
export function newFacts(dialect: RequestFacts["dialect"]): RequestFacts {
  return {
    projectId: undefined,
    dialect,
    modelAsked: undefined,
    modelUsed: undefined,
    provider: undefined,
    route: undefined,
    region: undefined,
    credential: undefined,
    target: undefined,
    passed: undefined,
    circuitsOpen: undefined,
    attempts: undefined,
    retries: 0,
    tries: undefined,
    baseModel: undefined,
    tier: undefined,
    upstreamRequestId: undefined,
    prompts: undefined,
    trace: undefined,
    metadata: undefined,
    stream: undefined,
    dropped: undefined,
    structuredOutput: undefined,
    stopReason: undefined,
    streamError: undefined,
    streamFailure: undefined,
    upstream: undefined,
    unfamiliar: undefined,
    usage: undefined,
    unwanted: undefined,
    cacheStatus: undefined,
    cacheLookups: undefined,
    guardrails: undefined,
    guardrailInCall: undefined,
    guardrailUse: undefined,
    guardrailFeedback: undefined,
    readMs: undefined,
    planMs: undefined,
    limitsMs: undefined,
    settleMs: undefined,
    firstByteMs: undefined,
    firstTokenMs: undefined,
    upstreamMs: undefined,
    requestBytes: 0,
    requestBody: undefined,
    overrideParams: undefined,
    altered: undefined,
    outputBytes: undefined,
    prices: undefined,
    isUnbilled: false,
    isSettled: false,
    hold: undefined,
    limitFlags: undefined,
  };
}
