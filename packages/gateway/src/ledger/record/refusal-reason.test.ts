import { AditError } from "@adit/bedrock";
import { expect, test } from "vitest";
import { refusalReasonOf } from "./refusal-reason.ts";

/** AWS's words as they were recorded, or as the issues of other projects quote them. */
test.each([
  [
    "The model returned the following errors: Your API request included an `assistant` message in the final position, which would pre-fill the `assistant` response. When using tools, pre-filling the `assistant` response is not supported.",
    "turns",
  ],
  ["The model returned the following errors: messages: text content blocks must contain non-whitespace text", "turns"],
  ["A text block must be included when using documents.", "turns"],
  ["This model does not support assistant message prefill. The conversation must end with a user message.", "turns"],
  ["The model returned the following errors: adaptive thinking is not supported on this model", "thinking"],
  ["`temperature` may only be set to 1 when thinking is enabled.", "thinking"],
  ["The model returned the following errors: max_tokens must be greater than thinking.budget_tokens", "thinking"],
  ["messages.7.content: Conversation blocks and tool use blocks cannot be provided in the same turn.", "tool-use"],
  ["This model doesn't support tool use.", "tool-use"],
  [
    "tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'custom'",
    "tool-use",
  ],
  ["For 'array' type, property 'maxItems' is not supported", "output-schema"],
  ["too many total text bytes: 10000002 > 9000000", "input-too-long"],
  [
    "Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
    "input-too-long",
  ],
  ["input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", "input-too-long"],
  [
    "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
    "output-limit",
  ],
  ["`temperature` and `top_p` cannot both be specified for this model. Please use only one.", "sampling"],
  [
    "This model doesn't support the video content block that you provided. Update the content block and try again.",
    "unsupported",
  ],
  ["This model doesn't support the status field. Remove status and try again.", "unsupported"],
  [
    "User: arn:aws:iam::123456789012:user/u is not authorized to perform: bedrock:ApplyGuardrail on resource: arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1",
    "guardrail-permission",
  ],
  [
    "User: arn:aws:iam::123456789012:user/u is not authorized to perform: bedrock:CallWithBearerToken on resource: arn:aws:bedrock:us-east-1:123456789012:*",
    "api-key-permission",
  ],
  [
    "User: arn:aws:iam::123456789012:user/u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::999999999999:role/r",
    "role-permission",
  ],
  ["Not authorized to perform sts:AssumeRoleWithWebIdentity", "role-permission"],
  ["The provided model doesn't support counting tokens.", "no-count-of-tokens"],
  ["The provided model identifier is invalid.", "unknown-model"],
  ["Could not process image", undefined],
])("%s", (message, reason) => {
  const aws = { type: "ValidationException", message, requestId: "r-1" };
  expect(refusalReasonOf(new AditError("ValidationException", message, { status: 400, aws }))).toBe(reason);
});
