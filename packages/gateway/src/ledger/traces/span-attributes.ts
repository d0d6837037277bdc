/**
 * What spans say of a call: OpenTelemetry's names where it has them (HTTP, GenAI and AWS conventions, semantic-conventions 1.37), else
 * names under `adit.`. Pure.
 */
import { embeddingFactsOf } from "@adit/bedrock";
import type { AttemptOfCall, CallRecord, CallUnits } from "../record/call-record.ts";
import { checkInCall } from "../../guardrails/hook-result.ts";
import { isSecretName } from "../../secret-forms.ts";
import { withoutSecretsIn } from "../content/hide-secrets.ts";
import { knownOf, type Attributes } from "./span.ts";

/** Texts that callers choose may hold a key that was put in the wrong place. */
export function callersText(text: string): string;
export function callersText(text: string | undefined): string | undefined;
export function callersText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : withoutSecretsIn(text);
}

/** Of the request's own span. Usage is not here: whoever sums spans would count it twice. */
export function requestAttributes(record: CallRecord): Attributes {
  return {
    ...knownOf({
      "http.request.method": record.method,
      "http.response.status_code": record.status,
      "url.path": callersText(record.path),
      "user_agent.original": callersText(record.client),
      "error.type": record.error,
    }),
    ...knownOf(ownAttributes(record)),
    ...metadataAttributes(record.metadata),
  };
}

function ownAttributes(record: CallRecord): Parameters<typeof knownOf>[0] {
  const { cost, prompt } = record;
  return {
    "adit.request_id": record.id,
    "adit.trace_id": callersText(record.traceId),
    "adit.span_id": callersText(record.spanId),
    "adit.project": record.projectId,
    "adit.key": record.keyId,
    "adit.dialect": record.dialect,
    "adit.stream": record.stream,
    "adit.model_asked": callersText(record.modelAsked),
    "adit.config": callersText(record.config),
    "adit.target": record.target,
    "adit.cache": record.cache,
    "adit.prompt.id": prompt?.id,
    "adit.prompt.version": prompt?.version,
    "adit.aws_error": record.awsError,
    "adit.dropped": record.dropped,
    "adit.circuits_open": record.circuitsOpen,
    "adit.limit_flags": record.limitFlags,
    "adit.cost.nano_dollars": cost.totalNano === undefined ? undefined : BigInt(cost.totalNano),
    "adit.cost.is_estimate": cost.isEstimate,
    "adit.upstream_ms": record.timings.upstream,
  };
}

function metadataAttributes(metadata: CallRecord["metadata"]): Attributes {
  const pairs = Object.entries(metadata ?? {});
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      `adit.metadata.${callersText(name)}`,
      isSecretName(name) ? "[secret]" : callersText(value),
    ]),
  );
}

/** Of one transmission: what makes it a call of a model for OpenTelemetry's readers. */
export function attemptAttributes(record: CallRecord, attempt: AttemptOfCall): Attributes {
  const provider = providerName(attempt.provider);
  return knownOf({
    "gen_ai.operation.name": operationName(record),
    "gen_ai.provider.name": provider,
    // The older name of the same: many readers know no other yet.
    "gen_ai.system": provider,
    "gen_ai.request.model": callersText(attempt.model ?? record.modelAsked),
    "http.response.status_code": attempt.status,
    "cloud.region": attempt.region,
    "aws.request_id": attempt.awsRequestId,
    "error.type": attempt.error,
    "adit.target": attempt.target,
    "adit.route": attempt.route,
    "adit.credential": attempt.credential,
  });
}

/** Of the transmission whose answer became the call's. */
export function answerAttributes(record: CallRecord): Attributes {
  const { stopReason } = record;
  return knownOf({
    "gen_ai.response.model": record.modelUsed,
    "gen_ai.response.finish_reasons": stopReason === undefined ? undefined : [stopReason],
    "aws.bedrock.guardrail.id": record.guardrails?.find(({ check }) => check === checkInCall)?.guardrail,
    "adit.tier": record.tier,
  });
}

/** What one transmission used: an answer that guardrails threw away has its own part of the call's. */
export function usageAttributes(record: CallRecord, attempt: AttemptOfCall, isAnswer: boolean): Attributes {
  const units = attempt.unwanted?.units ?? (isAnswer ? unitsOfAnswer(record) : undefined);
  if (units === undefined) return {};
  const { input, output, cacheRead, cacheWrite } = units;
  return knownOf({
    // By the conventions it holds what the cache read and took.
    "gen_ai.usage.input_tokens": input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    "gen_ai.usage.output_tokens": output,
    "gen_ai.usage.cache_read.input_tokens": cacheRead,
    "gen_ai.usage.cache_creation.input_tokens": cacheWrite,
  });
}

/** What the answer used that became the call's: the rest behind those that were thrown away. */
function unitsOfAnswer({ units, attempts }: CallRecord): Omit<CallUnits, "total"> {
  const rest = (name: keyof CallUnits): number | undefined => {
    const thrownAway = attempts.reduce((sum, { unwanted }) => sum + (unwanted?.units[name] ?? 0), 0);
    const all = units[name];
    return all === undefined ? undefined : all - thrownAway;
  };
  return { input: rest("input"), output: rest("output"), cacheRead: rest("cacheRead"), cacheWrite: rest("cacheWrite") };
}

/** The conventions' word for a provider. */
function providerName(provider: string | undefined): string | undefined {
  return provider === "bedrock" ? "aws.bedrock" : provider;
}

/** Also the first word of the span's name. */
export function operationName({ dialect, path, model }: Pick<CallRecord, "dialect" | "path" | "model">): string {
  if (/(?:count[-_]|\/input_)tokens$/.test(path)) return "count_tokens";
  if (path.startsWith("/guardrail")) return "apply_guardrail";
  if (model !== undefined && embeddingFactsOf(model) !== undefined) return "embeddings";
  switch (dialect) {
    case "openai-embeddings":
      return "embeddings";
    case "openai-completions":
      return "text_completion";
    case "openai-chat":
    case "openai-responses":
    case "anthropic-messages":
    case "bedrock":
    case "connector":
    case "external":
      return "chat";
  }
}
