/** Why a call failed, was slow or was dear: rules over its record, each with evidence, what to do, and what to paste. Pure. */
import { errorTable, type ErrorCode } from "@adit/bedrock";
import { partitionOf } from "@adit/bedrock/gateway";
import { guardrailPolicy, permissionPolicy, rolePolicy, subscriptionPolicy } from "../../vault/iam-policies.ts";
import type { CallRecord } from "../record/call-record.ts";
import { failedAttempts, type Cause, type Rule } from "./cause.ts";
import { costRules } from "./explain-cost.ts";
import { slownessRules } from "./explain-slowness.ts";
import type { RefusalReason } from "../record/refusal-reason.ts";

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
  const { status, error, awsError, reason, awsRequestId, region, credential, modelUsed, param } = record;
  const said = [
    ["status", String(status)],
    ["error", error],
    ["AWS's name", awsError],
    ["AWS's words are about", reason],
    ["AWS's request id", awsRequestId],
    ["region", region],
    ["credential", credential],
    ["model", modelUsed],
    ["field", param],
  ];
  return said.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
}

function billedWords({ isEstimate, totalNano }: CallRecord["cost"]): string {
  if (totalNano === undefined) return ", and what that costs is not known";
  return isEstimate ? "; the cost here is an estimate, and says so" : "";
}

/** Of a config's guardrails: AWS's own in the call is not timed, and tells by its stop reason. */
function failedChecks({ guardrails = [] }: CallRecord): string[] {
  return guardrails
    .filter(({ verdict, startedAt }) => !verdict && startedAt !== undefined)
    .map(({ guardrail, check, when, error }) => {
      const place = `${check} of ${guardrail}, ${when}`;
      return error === undefined ? `check that failed: ${place}` : `check that could not judge: ${place}: ${error}`;
    });
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
    codes: ["ThrottlingException"],
    more: (record) => ({
      cause: "AWS has more requests or tokens from this account, for this model in this region, than its quota allows.",
      evidence: [...evidenceOf(record), `transmissions that were refused: ${failedAttempts(record).length}`],
      remedy:
        "Spread the calls over regions or accounts, by a profile of the geography or a config with several targets (name the second in this one); ask AWS for a higher quota.",
      paste: spreadOver(record),
    }),
  },
  { id: "access-denied", codes: ["AccessDeniedException"], more: accessDenied },
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
    more: ({ cost }) => ({
      remedy: `Ask again: what was sent is no whole answer. AWS may bill what the model wrote${billedWords(cost)}.`,
    }),
  },
  {
    id: "error.guardrail_denied",
    codes: ["guardrail_denied"],
    more: (record) => ({
      evidence: [...evidenceOf(record), ...failedChecks(record)],
      remedy: "Change what was asked, or the check that failed: the answer's hook_results say what it found.",
    }),
  },
  { id: "too-long", codes: ["first_byte_timeout", "idle_timeout", "request_timeout", "ModelTimeoutException"] },
  { id: "caller-left", codes: ["client_closed"] },
  { id: "budget", codes: ["budget_exhausted", "unknown_price"] },
  { id: "rate-limit", codes: ["rate_limited"] },
];

/** Stop reasons of endpoints in OpenAI's format that mean what one of Converse's does. */
const meant: Readonly<Record<string, string>> = {
  length: "max_tokens",
  max_output_tokens: "max_tokens",
  content_filter: "content_filtered",
};

const notices: Readonly<Record<string, [cause: string, remedy: string]>> = {
  max_tokens: ["The answer was cut at the most tokens that the request allowed.", "Allow more by max_tokens."],
  model_context_window_exceeded: [
    "The conversation and the answer do not fit into the model's context.",
    "Shorten the conversation, or take a model with a larger context.",
  ],
  guardrail_intervened: ["A guardrail has stepped in.", "See its trace, and the guardrail's policies."],
  content_filtered: ["AWS's filters have stepped in.", "Change what was asked."],
  refusal: ["The model refused to answer.", "Change what was asked, or take another model."],
};

const noticeRules: readonly Rule[] = [
  (record) => {
    const { stopReason = "" } = record;
    const name = meant[stopReason] ?? stopReason;
    const words = notices[name];
    if (words === undefined) return undefined;
    const [cause, remedy] = words;
    return {
      id: `stopped.${name}`,
      about: "notice",
      cause,
      evidence: [`stop reason: ${stopReason}`],
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
          cause:
            "Parts of the request were left out or changed: Bedrock or the model does not take them, or the gateway sets them itself.",
          evidence: record.dropped.map((path) => `left out or changed: ${path}`),
          remedy:
            "Take them out of the request; what one model does not take another may: /docs/matrix.md says what each can do.",
          paste: undefined,
        },
  (record) =>
    record.isSuccess && failedChecks(record).length > 0
      ? {
          id: "guardrail-failed",
          about: "notice",
          cause: "A check of a guardrail failed, or could not judge, and its guardrail lets such calls pass.",
          evidence: failedChecks(record),
          remedy:
            "Set deny on the guardrail where such calls are to be refused, and failOnError on the check where what it cannot judge is not to pass.",
          paste: undefined,
        }
      : undefined,
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

/** What AWS's words tell beyond the error's name, and what to do about it. */
const reasons: Readonly<Record<RefusalReason, [cause: string, remedy: string]>> = {
  "daily-quota": [
    "The account's quota of tokens or requests by the day is used up for this model.",
    "Waiting for seconds does not help: use another region, profile or account, take another model, or have the quota raised.",
  ],
  "input-too-long": [
    "The request is longer than the model's context.",
    "Shorten the conversation or its documents, or take a model with a larger context.",
  ],
  "on-demand-throughput": [
    "AWS serves this model in this region by an inference profile alone.",
    "Name the profile, such as us. or eu. before the model's id, or its ARN; GET /v1/models lists them.",
  ],
  "model-retired": [
    "AWS has retired this version of the model, or serves it to those alone who used it lately.",
    "Move to a newer version: GET /v1/models lists those that Adit knows.",
  ],
  "marketplace-subscription": [
    "The account has no subscription to the model in AWS Marketplace, or may not make one.",
    "Have somebody with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions call the model once, and see that the account has a valid way to pay.",
  ],
  "use-case-form": [
    "Nobody has told Anthropic, by AWS's form, what this account uses the model for: without that none of its models answers.",
    "Have somebody fill in the form once, in Bedrock's console or by PutUseCaseForModelAccess, for the account or its organization; some minutes later it counts.",
  ],
  "unsupported-country": [
    "The model's maker does not serve the country that the call came from, or that the account belongs to.",
    "Run the gateway in a country that is served, see the account's address, or take another maker's model.",
  ],
  "account-not-allowed": [
    "AWS does not let this account call the model, whatever its policies and its request say: as of accounts that are new, held back, or of a reseller.",
    "Ask AWS's support, or the reseller, to open Bedrock's models to the account.",
  ],
  "explicit-deny": [
    "A policy of the organization or the account denies this call, whatever else allows it; a profile of a geography calls in several regions, and each must be allowed.",
    "Have the service control policy name the profile's regions, or use a profile or region that it allows.",
  ],
  "guardrail-permission": [
    "The credential may not use the guardrail that the call names.",
    "Allow bedrock:ApplyGuardrail on the guardrail.",
  ],
  "api-key-permission": [
    "The Bedrock API key's user may not call by an API key, or not at all.",
    "Allow bedrock:CallWithBearerToken to the user whom the key belongs to, beside the calls of the model.",
  ],
  "role-permission": [
    "STS does not let the credential take on the role.",
    "Allow sts:AssumeRole on the role's ARN, in the place of the policy's, to the credential that takes it on, and see that the role's trust policy names that credential, with the external id; for a web identity the trust policy alone counts.",
  ],
  "no-count-of-tokens": [
    "AWS counts no tokens for this model.",
    "Use POST /v1/messages/count_tokens, which estimates.",
  ],
  "prompt-caching": [
    "The model, or this place of the request, takes no cache point, or there are too many of them.",
    "Take the cache point out, or move it; GET /v1/models says which models cache (prompt-cache).",
  ],
  "beta-flag": ["The model does not know a flag of anthropic-beta.", "Leave the flag out for this model."],
  thinking: [
    "The model's thinking in the history is missing, changed, or does not go with other parameters.",
    "Send thinking blocks back as they came, with their signatures; with thinking, force no tool, set no temperature, and allow more tokens of output than its budget.",
  ],
  "tool-use": [
    "The tools, or the calls and results of tools in the conversation, are not as the model wants them.",
    "Send the tools with each request that has calls of them, a result for each call right behind it, and a model that uses tools.",
  ],
  turns: [
    "The turns of the conversation are not as the model wants them.",
    "Begin and end with the user, let the roles alternate, and send no empty text.",
  ],
  "document-name": [
    "A document's name has letters that AWS refuses, or two documents have one name.",
    "Name documents by letters, digits, single spaces, hyphens, parentheses and brackets, each differently.",
  ],
  "output-schema": [
    "The JSON schema has what the model does not take.",
    "Set additionalProperties to false on each object, and leave out what the error names.",
  ],
  "output-limit": [
    "The request allows more tokens of output than the model writes.",
    "Lower max_tokens to what the error names.",
  ],
  sampling: [
    "The model does not take a parameter of sampling, or not together with another.",
    "Leave out the one that the error names: newer models take temperature or top_p and not both, or neither.",
  ],
  unsupported: [
    "The model does not take a part of the request, such as a kind of content, a field or a system message.",
    "Leave out what the error names, or take a model that takes it: /docs/matrix.md says what each can do.",
  ],
  "unknown-field": ["The model does not know a field of the body.", "Leave the field out that the error names."],
  "clock-skew": [
    "The machine's clock is off by more than five minutes: AWS refuses what it signs.",
    "Set the clock by NTP.",
  ],
  "unknown-model": [
    "AWS has no model of this id in this region.",
    "Check the id and the region: GET /v1/models lists what Adit knows.",
  ],
};

/** What those policies must say that AWS's words ask for. */
const pastes: Partial<Record<RefusalReason, (record: CallRecord) => object>> = {
  "guardrail-permission": (record) => parsed(guardrailPolicy(placeOf(record))),
  "api-key-permission": (record) => parsed(callPolicy(record, { isBearerKey: true })),
  "role-permission": ({ region }) => parsed(rolePolicy(`arn:${partitionOf(region).id}:iam::ACCOUNT:role/ROLE`)),
  "marketplace-subscription": () => parsed(subscriptionPolicy()),
};

/** By AWS's words where they tell more, else by the rule of its code, else by the table of errors. */
const firstFailure: Rule = (record) => {
  if (record.isSuccess) return undefined;
  const { error, reason } = record;
  if (reason !== undefined) {
    const [cause, remedy] = reasons[reason];
    return failure(reason, record, { cause, remedy, paste: pastes[reason]?.(record) });
  }
  if (error === undefined) {
    return failure("not-told", record, {
      cause:
        "The record has a status and no reason: the call did not pass through Adit, and who logged it told no more.",
      remedy: "See the answer that was logged with it, or the provider's own logs.",
    });
  }
  const rule = failureRules.find(({ codes }) => codes.some((code) => code === error));
  return rule === undefined ? failure(`error.${error}`, record) : failure(rule.id, record, rule.more?.(record));
};

const rules: readonly Rule[] = [firstFailure, ...slownessRules, ...costRules, ...noticeRules];

/** A config that goes on elsewhere. The region of a virtual key holds over a config's: by one alone it would not go elsewhere. */
function spreadOver({ modelUsed, region, credential = "" }: CallRecord): object {
  const override_params = { model: modelUsed ?? "MODEL" };
  const slug = /^virtual key (\S+)$/.exec(credential)?.[1];
  const targets =
    slug === undefined
      ? [
          { provider: "bedrock", ...(region !== undefined && { aws_region: region }), override_params },
          { provider: "bedrock", aws_region: "ANOTHER_REGION", override_params },
        ]
      : [
          { virtual_key: slug, override_params },
          { virtual_key: "ANOTHER_VIRTUAL_KEY", override_params },
        ];
  return { strategy: { mode: "fallback", on_status_codes: [429, 503] }, targets };
}

/** Counts of tokens and guardrails are allowed by actions of their own. */
function accessDenied(record: CallRecord): Partial<Cause> {
  const { path } = record;
  if (path.startsWith("/guardrail")) {
    return {
      cause: "The credential may not use Bedrock's guardrails.",
      remedy: "Allow bedrock:ApplyGuardrail on the guardrail, or bedrock:InvokeGuardrailChecks.",
      paste: parsed(guardrailPolicy(placeOf(record))),
    };
  }
  const paste = parsed(callPolicy(record, { isBearerKey: false }));
  if (!/count[-_]tokens$/.test(path)) return { paste };
  return { remedy: "Allow bedrock:CountTokens on the model, and check model access in Bedrock's console.", paste };
}

function placeOf({ region }: CallRecord): { partition: string; regions: readonly string[] | undefined } {
  return { partition: partitionOf(region).id, regions: region === undefined ? undefined : [region] };
}

function callPolicy(record: CallRecord, { isBearerKey }: { isBearerKey: boolean }): string {
  const models = record.modelUsed === undefined ? undefined : [record.modelUsed];
  return permissionPolicy({ ...placeOf(record), models, isBearerKey });
}

function parsed(policy: string): object {
  return JSON.parse(policy) as object;
}
