/**
 * What the ledger keeps of a request that called a model: one record for the request, and in it one for each attempt. Names, counts
 * and times; no content and no secret. Content, where it is kept, is a row of its own. A member that is absent is not known.
 */
import type { UsageRoute } from "@adit/bedrock";
import type { CacheStatus } from "../../cache/cached-call.ts";
import type { GuardrailFact, GuardrailFeedbackFact } from "../../guardrails/hook-result.ts";
import type { RefusalReason } from "./refusal-reason.ts";
import type { RequestFacts } from "./request-facts.ts";

/** One transmission to a provider. */
export interface AttemptOfCall {
  /** JSON path of the target in the config. */
  target: string;
  provider: string | undefined;
  route: RequestFacts["route"];
  region: string | undefined;
  /** As it went on the wire. */
  model: string | undefined;
  /** Name and source of the credential. */
  credential: string | undefined;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** To the end of a whole answer, or to the first frame of a stream. */
  durationMs: number;
  /** How long the credential was waited for, before `startedAt`. */
  credentialsMs: number;
  signMs: number;
  /** From the signature to a connection, a new one or one that is open; absent where there was none. */
  connectMs: number | undefined;
  /** From `startedAt` to the status line; absent where none came. */
  statusLineMs: number | undefined;
  /** Absent where no status line came. */
  status: number | undefined;
  awsRequestId: string | undefined;
  /** Code of the error table; absent for a success. */
  error: string | undefined;
  /** How its stream failed after it had begun; absent where it did not. */
  broken?: StreamFailure;
  /** Of an answer that guardrails threw away: what it used, and its part of the call's cost. */
  unwanted?: { usage: object | undefined; units: CallUnits; cost: CallCost };
}

/** What ended a stream in its middle. */
export interface StreamFailure {
  /** Code of the error table. */
  error: string;
  /** AWS's own name of it; absent where AWS did not say it. */
  awsError: string | undefined;
  /** What AWS's words are about, where they tell more. */
  reason: RefusalReason | undefined;
}

/** Milliseconds from the request's arrival, but for `settle`. */
export interface CallTimings {
  /** Who calls is known. */
  auth: number;
  /** The body is there. */
  read: number | undefined;
  /** It is known where the call goes. */
  plan: number | undefined;
  /** What the call can use is reserved; absent where no limit concerns it. */
  limits: number | undefined;
  /** The first transmission begins. */
  queue: number | undefined;
  /** The provider's status line and first frame, or whole answer. */
  firstByte: number | undefined;
  /** The first read of a stream that held something to show. */
  firstToken: number | undefined;
  /** To the end of the answer. */
  total: number;
  /** What AWS says that the model took. */
  upstream: number | undefined;
  /** How long the end of the answer waited for its limits; absent where it did not. */
  settle: number | undefined;
}

/** A look into the cache. */
export interface CacheLookup {
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  status: CacheStatus;
}

/** Tokens and pieces in one meaning for all providers; each counts once: what the cache read or took is not in `input`. */
export interface CallUnits {
  input: number | undefined;
  output: number | undefined;
  cacheRead: number | undefined;
  cacheWrite: number | undefined;
  /** All of them. */
  total: number | undefined;
}

/** Nano-dollars as decimal digits: JSON has no BigInt. */
export type NanoText = string;

export interface CallCost {
  /** Absent where a part is not known: unknown is never 0. */
  totalNano: NanoText | undefined;
  /** By what they are for: `input`, `output`, `cacheRead`, `cacheWrite5m`, `cacheWrite1h`, `image`, `guardrail.NAME` ... */
  partsNano: Readonly<Record<string, NanoText>>;
  /** What has no price or was not told; empty where the total is known. */
  missing: readonly string[];
  /** True: the provider did not tell what was used, as after a stream that broke, and the figures are Adit's own. */
  isEstimate: boolean;
  /** Version of the price table. Absent where nothing was to be priced. */
  prices: string | undefined;
}

/** One request that called a model, or was refused on its way to one. */
export interface CallRecord {
  /** Form of this record: a journal is read by the version that wrote it and by later ones. */
  form: 1;
  /** The request's id, `req_` and a UUIDv7: a record is kept once, whoever brings it. */
  id: string;
  /** Arrival, in milliseconds since 1970. */
  at: number;
  projectId: string;
  /** Id of the gateway key; absent for the admin key and for a person. */
  keyId: string | undefined;
  keyKind: "gateway_key" | "admin_key" | "person";

  traceId: string;
  spanId: string | undefined;
  spanName: string | undefined;
  parentSpanId: string | undefined;
  /** Whether its caller records this trace, by the flags of `traceparent`. */
  isSampledByCaller?: boolean | undefined;
  metadata: Readonly<Record<string, string>> | undefined;

  method: string;
  path: string;
  /** `external`: brought by a caller, it did not pass through the gateway. */
  dialect: RequestFacts["dialect"] | "external";
  stream: boolean;
  client: string | undefined;

  /** Status of the answer; 499 where the caller left before there was one. */
  status: number;
  /** False where the answer was an error, broke, or was left by its caller. */
  isSuccess: boolean;
  /** Code of the error table, of a stream's end too. */
  error: string | undefined;
  /** AWS's own name of it. */
  awsError: string | undefined;
  /** What its words are about, where they tell more; the words are not kept. */
  reason: RefusalReason | undefined;
  /** Path of the field at fault. */
  param: string | undefined;
  stopReason: string | undefined;

  /** As the caller wrote it. */
  modelAsked: string | undefined;
  /** As it went on the wire. */
  modelUsed: string | undefined;
  /** Without geography and ARN, the key of Adit's model data: what analytics group by. */
  model: string | undefined;
  provider: string | undefined;
  route: RequestFacts["route"];
  region: string | undefined;
  credential: string | undefined;
  /** Slug of the saved config. */
  config: string | undefined;
  /** Names of the request's headers that steered the answer, a config of its own among them: they are not kept. */
  unkeptHeaders?: readonly string[] | undefined;
  /** JSON path of the target that answered, or failed last. */
  target: string | undefined;
  /** Price tier, such as `standard` or `flex`. */
  tier: string;
  awsRequestId: string | undefined;
  attempts: readonly AttemptOfCall[];
  /** Targets that got no call because their circuit is open. */
  circuitsOpen: readonly string[] | undefined;

  timings: CallTimings;
  /** In the provider's own words. */
  usage: object | undefined;
  /** Whose words the usage is in. */
  usageRoute: UsageRoute | undefined;
  units: CallUnits;
  cost: CallCost;

  cache: CacheStatus | undefined;
  cacheLookups: readonly CacheLookup[] | undefined;
  /** How limits took what it used, where that was not as foreseen. */
  limitFlags: readonly string[] | undefined;
  /** Paths of what was left out on purpose. */
  dropped: readonly string[] | undefined;
  structuredOutput: RequestFacts["structuredOutput"];

  /** Slug of the saved prompt and its version, where one was filled. */
  prompt: { id: string; version: number } | undefined;
  /** What each check of a guardrail said; of those that nobody waited for (`isAsync`), once it is known. */
  guardrails: readonly GuardrailFact[] | undefined;
  /** What guardrails say of the request, by their `on_success` and `on_fail`. */
  guardrailFeedback: readonly GuardrailFeedbackFact[] | undefined;
  /** Ids of what was added after the record had been written. */
  late?: readonly string[];
}
