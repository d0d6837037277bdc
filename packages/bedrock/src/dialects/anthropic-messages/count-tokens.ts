import { Buffer } from "node:buffer";
import type { ConverseRequest } from "../../converse/request.ts";
import type { AditError } from "../../errors/adit-error.ts";
import { isJsonObject } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { MessagesRequest } from "./messages-request.ts";
import { additionalFieldIn } from "./native/additional.ts";
import { nativeFromMessages, type NativeMessagesContext } from "./native/request.ts";
import { leastBudget } from "./native/thinking.ts";

/** The body of CountTokens, as wire type. Source: AWS's service model of bedrock-runtime. */
export interface CountTokensBody {
  input:
    | {
        /** Base64 of the native JSON. */
        invokeModel: { body: string };
      }
    | { converse: Pick<ConverseRequest, "messages" | "system" | "toolConfig" | "additionalModelRequestFields"> };
}

/**
 * The id under which AWS counts a model's tokens: that of the foundation model, since ids of profiles are refused ("The provided model
 * doesn't support counting tokens.", recorded); a model that is called by profiles alone may be counted under it all the same (recorded with
 * Claude Sonnet 4). Undefined for an ARN that does not tell its model.
 */
export function countableModel({ baseId }: ModelFacts): string | undefined {
  return baseId.startsWith("arn:") || !baseId.includes(".") ? undefined : baseId;
}

/** AWS's words for a model that it does not count for (recorded), in the whole region. */
const neverCounted = /doesn't support counting tokens/i;
/** And where it does not know the id that is put in for the caller's: that may be of the account. */
const refusedModel = /model identifier is invalid|on-demand throughput/i;

/** True where AWS does not count for the model: an estimate is what remains. */
export function isCountRefused(error: AditError): boolean {
  return isNeverCounted(error) || (error.status === 400 && refusedModel.test(error.aws?.message ?? ""));
}

/** True where that is the model's own, so that it need not be asked again. */
export function isNeverCounted(error: AditError): boolean {
  return error.status === 400 && neverCounted.test(error.aws?.message ?? "");
}

/**
 * What is counted of a request to Claude: its native body. AWS wants a `max_tokens` there, which has no part in the count, but must be above a
 * budget of thinking, Adit's own in the place of `adaptive` too.
 */
export function countTokensOfNative(
  request: MessagesRequest,
  context: NativeMessagesContext,
): { body: CountTokensBody; native: string; dropped: string[] } {
  // Among the additional fields it counts, too.
  const thinking = additionalFieldIn(request, "thinking")?.value ?? request.thinking;
  const { type, budget_tokens: budget } = isJsonObject(thinking) ? thinking : {};
  const least = type === "adaptive" ? leastBudget : 0;
  const defaultMaxTokens = (typeof budget === "number" ? Math.max(budget, least) : least) + 1;
  const { body, dropped } = nativeFromMessages(request, { ...context, defaultMaxTokens });
  return { body: { input: { invokeModel: { body: Buffer.from(body).toString("base64") } } }, native: body, dropped };
}

/** What bedrock-mantle is asked under `/messages/count_tokens`. */
export interface MantleCount {
  /** As bedrock-mantle names it. */
  model: string;
  /** JSON. */
  body: string;
  betas: string[];
}

/** Of a body for InvokeModel; limits and sampling are refused there. Source: the types of @anthropic-ai/sdk. */
const countedFields = [
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "context_management",
];
/** bedrock-mantle lists `anthropic.claude-haiku-4-5` where bedrock-runtime has `anthropic.claude-haiku-4-5-20251001-v1:0` (recorded). */
const dateAndVersion = /(?:-\d{8})?(?:-v\d+(?::\d+)?)?$/;

/**
 * Claude's native body as bedrock-mantle counts it: AWS's only count for Claude that is called by profiles alone. Undefined for an ARN that does
 * not tell its model.
 */
export function mantleCountOf(native: string, { baseId }: Pick<ModelFacts, "baseId">): MantleCount | undefined {
  const body: unknown = JSON.parse(native);
  if (!baseId.startsWith("anthropic.") || !isJsonObject(body)) {
    return undefined;
  }
  const model = baseId.replace(dateAndVersion, "");
  const kept = countedFields.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]]));
  const { anthropic_beta: flags } = body;
  return {
    model,
    body: JSON.stringify({ model, ...(Object.fromEntries(kept) as object) }),
    betas: Array.isArray(flags) ? flags.filter((flag) => typeof flag === "string") : [],
  };
}

/** What is counted of a request to another family. */
export function countTokensOfConverse(request: ConverseRequest): CountTokensBody {
  const { messages, system, toolConfig, additionalModelRequestFields } = request;
  return {
    input: {
      converse: {
        ...(messages !== undefined && { messages }),
        ...(system !== undefined && { system }),
        ...(toolConfig !== undefined && { toolConfig }),
        ...(additionalModelRequestFields !== undefined && { additionalModelRequestFields }),
      },
    },
  };
}
