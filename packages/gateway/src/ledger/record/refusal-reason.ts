/** What AWS's words say beyond the error's name, as a word that a record keeps: the words themselves may quote the request. Pure. */
import type { AditError } from "@adit/bedrock";
import { inputTooLong, isUnknownModel } from "@adit/bedrock/gateway";

const refusalReasons = [
  "daily-quota",
  "input-too-long",
  "on-demand-throughput",
  "model-retired",
  "marketplace-subscription",
  "use-case-form",
  "unsupported-country",
  "account-not-allowed",
  "explicit-deny",
  "guardrail-permission",
  "api-key-permission",
  "role-permission",
  "no-count-of-tokens",
  "prompt-caching",
  "beta-flag",
  "thinking",
  "tool-use",
  "turns",
  "document-name",
  "output-schema",
  "output-limit",
  "sampling",
  "unsupported",
  "unknown-field",
  "clock-skew",
  "unknown-model",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** In AWS's words and its models', as recorded and as the issues of other projects quote them; the first that holds counts. */
const patterns: readonly [RefusalReason, RegExp][] = [
  ["daily-quota", /\bper day\b|\bdaily\b/i],
  ["input-too-long", inputTooLong],
  ["on-demand-throughput", /on-demand throughput isn.t supported/i],
  ["model-retired", /reached the end of its life|marked by provider as legacy/i],
  ["marketplace-subscription", /aws-marketplace|marketplace subscription|INVALID_PAYMENT_INSTRUMENT/i],
  ["use-case-form", /use case (?:details|form)/i],
  ["unsupported-country", /unsupported countries/i],
  ["account-not-allowed", /^operation not allowed|channel program accounts/i],
  ["explicit-deny", /explicit deny/i],
  ["guardrail-permission", /not authorized to perform: bedrock:ApplyGuardrail/i],
  ["api-key-permission", /not authorized to perform: bedrock(?:-mantle)?:CallWithBearerToken/i],
  ["role-permission", /not authorized to perform:? sts:/i],
  ["no-count-of-tokens", /doesn.t support counting tokens/i],
  ["unknown-field", /extra inputs are not permitted|extraneous key/i],
  ["prompt-caching", /prompt caching|cache_?(?:control|point)/i],
  ["beta-flag", /invalid beta flag/i],
  [
    "thinking",
    /expected .{0,3}thinking|thinking (?:may not|block|is enabled|is not supported)|thinking\.type|budget_tokens|.signature. in thinking|invalid .{0,3}signature/i,
  ],
  ["tool-use", /tool[_ ]?(?:use|config|result|choice)|tools?\.\d/i],
  [
    "turns",
    /alternate between|must start with a user message|must end with a user message|pre-fill|text content blocks must|text field in the ContentBlock|content field in the Message|text block must be included/i,
  ],
  ["document-name", /document (?:file )?names?/i],
  [
    "output-schema",
    /additionalProperties|output_?(?:config|format)|jsonSchema|\bproperty '\w{1,40}' is not supported|'minItems' values/i,
  ],
  ["output-limit", /maximum tokens you requested exceeds|max_tokens: \d+ >/i],
  ["sampling", /\b(?:temperature|top_?[pk])\b.{1,40}(?:cannot both be specified|is deprecated)/i],
  ["unsupported", /\b(?:model|action) (?:doesn.t|does not) support\b/i],
  ["clock-skew", /signature expired|signature not yet current/i],
];

/** Undefined where AWS said nothing that tells more than its error's name. */
export function refusalReasonOf(failure: Partial<AditError>): RefusalReason | undefined {
  const { aws, status = 0 } = failure;
  if (aws === undefined) return undefined;
  const { message } = aws;
  const found = patterns.find(([, pattern]) => pattern.test(message))?.[0];
  return found ?? (isUnknownModel({ status, message, aws }) ? "unknown-model" : undefined);
}
