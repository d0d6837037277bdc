/** Why a call failed, was slow or was dear: rules over its record, each with evidence, what to do, and what to paste. Pure. */
import { errorTable, factsOfModel, type ErrorCode } from "@adit/bedrock";
import { permissionPolicy } from "../vault/iam-policies.ts";
import type { AttemptOfCall, CallRecord } from "./call-record.ts";

export interface Cause {
  /** Stable, such as `throttled` or `error.ValidationException`. */
  id: string;
  about: "failure" | "slowness" | "cost" | "notice";
  /** What is behind it, in one sentence. */
  cause: string;
  /** What the record says for it. */
  evidence: string[];
  remedy: string;
  /** An IAM policy, or a config, ready to paste. */
  paste: object | undefined;
}

/** Undefined where the rule does not hold. */
type Rule = (record: CallRecord) => Cause | undefined;

/** Every cause that holds, the failure's first. */
export function explain(record: CallRecord): Cause[] {
  return rules.flatMap((rule) => rule(record) ?? []);
}

function failure(id: string, record: CallRecord, more: Partial<Cause> = {}): Cause {
  const { cause, remedy } = wordsOf(record.error);
  return { id, about: "failure", cause, evidence: evidenceOf(record), remedy, paste: undefined, ...more };
}

function wordsOf(code: string | undefined): { cause: string; remedy: string } {
  const known: Record<string, { cause: string; remedy: string }> = errorTable;
  return known[code ?? "internal"] ?? errorTable.aws_error;
}

/** What tells where it happened. */
function evidenceOf(record: CallRecord): string[] {
  const { status, error, awsError, awsRequestId, region, credential, modelUsed, param } = record;
  const said = [
    ["status", String(status)],
    ["error", error],
    ["AWS's name", awsError],
    ["AWS's request id", awsRequestId],
    ["region", region],
    ["credential", credential],
    ["model", modelUsed],
    ["field", param],
  ];
  return said.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
}

function failedAttempts({ attempts }: CallRecord): AttemptOfCall[] {
  return attempts.filter(({ error }) => error !== undefined);
}

/** Failures whose record says more than the table of errors does. */
interface FailureRule {
  id: string;
  codes: readonly ErrorCode[];
  more?: (record: CallRecord) => Partial<Cause>;
}

const failureRules: readonly FailureRule[] = [
  {
    id: "throttled",
    codes: ["ThrottlingException", "ModelNotReadyException"],
    more: (record) => ({
      cause: "AWS has more requests or tokens from this account, for this model in this region, than its quota allows.",
      evidence: [...evidenceOf(record), `transmissions that were refused: ${failedAttempts(record).length}`],
      remedy:
        "Spread the calls over regions or accounts, by a profile of the geography or a config with several targets; ask AWS for a higher quota.",
      paste: spreadOver(record),
    }),
  },
  { id: "access-denied", codes: ["AccessDeniedException"], more: (record) => ({ paste: policyFor(record) }) },
  {
    id: "credential-refused",
    codes: [
      "InvalidSignatureException",
      "IncompleteSignatureException",
      "UnrecognizedClientException",
      "MissingAuthenticationTokenException",
    ],
  },
  { id: "credential-expired", codes: ["ExpiredTokenException"] },
  {
    id: "answer-broken",
    codes: ["truncated_stream", "corrupt_stream", "upstream_reset", "ModelStreamErrorException"],
    more: () => ({
      remedy:
        "Ask again: what was sent is no whole answer. AWS may bill what the model wrote; the cost here is an estimate, and says so.",
    }),
  },
  { id: "too-long", codes: ["first_byte_timeout", "idle_timeout", "request_timeout", "ModelTimeoutException"] },
  { id: "caller-left", codes: ["client_closed"] },
  { id: "budget", codes: ["budget_exhausted", "unknown_price"] },
  { id: "rate-limit", codes: ["rate_limited"] },
];

const slownessMs = 1_000;

const slownessRules: readonly Rule[] = [
  (record) => {
    const lost = failedAttempts(record).reduce((sum, { durationMs }) => sum + durationMs, 0);
    const failed = failedAttempts(record);
    if (failed.length === 0 || !record.isSuccess) return undefined;
    return {
      id: "rescued",
      about: "slowness",
      cause: "Other transmissions had failed before the one that was answered.",
      evidence: [
        `failed: ${failed.map(({ target, error }) => `${target} (${error ?? "?"})`).join(", ")}`,
        `milliseconds in them: ${Math.round(lost)}`,
      ],
      remedy: "See to the target that failed, or put it behind the one that answered.",
      paste: undefined,
    };
  },
  (record) => {
    const { queue } = record.timings;
    if (queue === undefined || queue < slownessMs) return undefined;
    return {
      id: "slow-before-sending",
      about: "slowness",
      cause: "The request waited in the gateway: for its body, for credentials, or for limits.",
      evidence: [`milliseconds before the first transmission: ${queue}`],
      remedy: "See whether the caller sends its body slowly, whether STS is slow, and whether the database answers.",
      paste: undefined,
    };
  },
  (record) => {
    const { firstByte, queue, upstream } = record.timings;
    const waited = (firstByte ?? 0) - (queue ?? 0);
    if (!record.isSuccess || waited < slownessMs || failedAttempts(record).length > 0) return undefined;
    return {
      id: "slow-model",
      about: "slowness",
      cause: "The provider took long to begin its answer.",
      evidence: [
        `milliseconds from the transmission to the first byte: ${waited}`,
        ...(upstream === undefined ? [] : [`of which AWS says that the model took: ${upstream}`]),
        `tokens of input: ${record.units.input ?? "unknown"}`,
      ],
      remedy:
        "Stream, so that the caller sees the beginning; cache a long prompt's beginning; or take a smaller model, the priority tier or latency-optimized inference.",
      paste: undefined,
    };
  },
];

/** From so many tokens on a prompt's beginning is worth to be cached. */
const longInput = 4_096;

const costRules: readonly Rule[] = [
  (record) =>
    record.isSuccess && record.cost.totalNano === undefined
      ? {
          id: "cost-unknown",
          about: "cost",
          cause: "What the call cost is not known: a price or a count is missing.",
          evidence: [...record.cost.missing],
          remedy: "Give the model's prices with PUT /v1/prices.",
          paste: undefined,
        }
      : undefined,
  (record) =>
    record.cost.isEstimate
      ? {
          id: "cost-estimated",
          about: "cost",
          cause: "The answer ended before the provider told what was used: the cost is an estimate.",
          evidence: [`error: ${record.error ?? "none"}`],
          remedy: "Hold it against AWS's bill; it is flagged in all figures.",
          paste: undefined,
        }
      : undefined,
  (record) => {
    const { input = 0, cacheRead = 0, cacheWrite = 0 } = record.units;
    const canCache = record.model !== undefined && factsOfModel(record.model).can.cache.length > 0;
    if (!record.isSuccess || input < longInput || cacheRead + cacheWrite > 0 || !canCache) return undefined;
    return {
      id: "not-cached",
      about: "cost",
      cause: "A long prompt was read at the full price: nothing of it was cached.",
      evidence: [`tokens of input: ${input}`, "tokens read from the cache: 0"],
      remedy: "Mark the end of what stays the same by a cache point: a cache read costs about a tenth.",
      paste: undefined,
    };
  },
  (record) => {
    const { cacheRead = 0, cacheWrite = 0 } = record.units;
    if (cacheWrite < longInput || cacheRead >= cacheWrite) return undefined;
    return {
      id: "cache-written-not-read",
      about: "cost",
      cause: "More was written to the cache than was read from it, and writing costs more than reading does.",
      evidence: [`tokens written: ${cacheWrite}`, `tokens read: ${cacheRead}`],
      remedy:
        "Keep what stands before the cache point the same byte for byte, ask again within its life, and keep one conversation at one region and account.",
      paste: undefined,
    };
  },
  (record) =>
    record.tier === "priority" || record.tier === "latency-optimized"
      ? {
          id: "dear-tier",
          about: "cost",
          cause: `The call was served at the tier ${record.tier}, which costs more than the standard one.`,
          evidence: [`tier: ${record.tier}`],
          remedy: "Leave the tier out where time does not matter; flex costs less than standard.",
          paste: undefined,
        }
      : undefined,
];

const notices: Readonly<Record<string, [cause: string, remedy: string]>> = {
  max_tokens: ["The answer was cut at the most tokens that the request allowed.", "Allow more by max_tokens."],
  model_context_window_exceeded: [
    "The conversation and the answer do not fit into the model's context.",
    "Shorten the conversation, or take a model with a larger context.",
  ],
  guardrail_intervened: ["A guardrail has stepped in.", "See its trace, and the guardrail's policies."],
  content_filtered: ["AWS's filters have stepped in.", "Change what was asked."],
};

const noticeRules: readonly Rule[] = [
  (record) => {
    const words = record.stopReason === undefined ? undefined : notices[record.stopReason];
    if (words === undefined) return undefined;
    const [cause, remedy] = words;
    const id = `stopped.${record.stopReason ?? ""}`;
    return {
      id,
      about: "notice",
      cause,
      evidence: [`stop reason: ${record.stopReason ?? ""}`],
      remedy,
      paste: undefined,
    };
  },
  (record) =>
    record.dropped === undefined
      ? undefined
      : {
          id: "left-out",
          about: "notice",
          cause: "Parts of the request that Bedrock or the model does not know were left out.",
          evidence: record.dropped.map((path) => `left out: ${path}`),
          remedy: "Take them out of the request, or take a model that knows them.",
          paste: undefined,
        },
  (record) =>
    record.circuitsOpen === undefined
      ? undefined
      : {
          id: "circuit-open",
          about: "notice",
          cause: "Targets got no call, since they had failed too often just before.",
          evidence: record.circuitsOpen.map((path) => `open: ${path}`),
          remedy: "They are asked again when their pause is over: see why they had failed.",
          paste: undefined,
        },
];

/** By the rule of its code, else by the table of errors. */
const firstFailure: Rule = (record) => {
  if (record.isSuccess) return undefined;
  const { error = "internal" } = record;
  const rule = failureRules.find(({ codes }) => codes.some((code) => code === error));
  return rule === undefined ? failure(`error.${error}`, record) : failure(rule.id, record, rule.more?.(record));
};

const rules: readonly Rule[] = [firstFailure, ...slownessRules, ...costRules, ...noticeRules];

/** A config that goes on elsewhere. */
function spreadOver({ modelUsed, region }: CallRecord): object {
  const model = modelUsed ?? "MODEL";
  return {
    strategy: { mode: "fallback", on_status_codes: [429, 503] },
    targets: [
      { provider: "bedrock", ...(region !== undefined && { aws_region: region }), override_params: { model } },
      { provider: "bedrock", aws_region: "ANOTHER_REGION", override_params: { model } },
    ],
  };
}

function policyFor({ modelUsed, region }: CallRecord): object {
  const policy = permissionPolicy({
    partition: partitionOf(region),
    regions: region === undefined ? undefined : [region],
    models: modelUsed === undefined ? undefined : [modelUsed],
    isBearerKey: false,
  });
  return JSON.parse(policy) as object;
}

function partitionOf(region: string | undefined): string {
  if (region?.startsWith("cn-") === true) return "aws-cn";
  return region?.startsWith("us-gov-") === true ? "aws-us-gov" : "aws";
}
