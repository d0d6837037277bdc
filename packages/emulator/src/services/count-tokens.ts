/** CountTokens: how many tokens a call of Converse or InvokeModel would have, for the models that AWS counts for. */
import { tokensOfPrompt } from "../generate/cache-memory.ts";
import { nativeBody, nativeCall } from "../invoke/read-call.ts";
import { catalogue } from "../model-list/catalogue.ts";
import { splitGeography } from "../model-list/geography.ts";
import { isModelId, type ResolvedModel } from "../model-list/resolve-model.ts";
import { traitsOf } from "../model-list/traits.ts";
import { withoutNulls } from "../validate/read-shape.ts";
import { invalid, withoutModelPrefix, type Refusal } from "../validate/refusal.ts";
import { countTokensShape } from "../validate/request-shapes.ts";
import { checkConversation, formRefusal } from "../validate/validate.ts";

/** Claude 3.5 to 4.5, by foundation id (AWS's page; 4.6 and later are offered by profile alone and not counted, pydantic-ai tried it). */
const counted = /^anthropic\.claude-(3-[57]-|(sonnet|opus)-4-2025|opus-4-1-|(sonnet|opus|haiku)-4-5-)/;

interface CountTokensBody {
  input: { converse?: object; invokeModel?: { body: string } };
}

/** The number of tokens, or AWS's refusal. */
export function countTokens(modelId: string, body: unknown): { inputTokens: number } | { refusal: Refusal } {
  const fault = formRefusal(body, countTokensShape);
  if (fault !== undefined) return { refusal: fault };
  const found = countedModel(modelId);
  if ("refusal" in found) return found;
  // The shape was checked just above.
  const { converse, invokeModel } = (withoutNulls(body, countTokensShape) as CountTokensBody).input;
  return converse === undefined
    ? countNative(invokeModel?.body ?? "", found.model)
    : countConversation(converse, found.model);
}

function countConversation(converse: object, model: ResolvedModel): { inputTokens: number } | { refusal: Refusal } {
  const verdict = checkConversation(converse, model, false);
  return "refusal" in verdict
    ? { refusal: withoutModelPrefix(verdict.refusal) }
    : { inputTokens: tokensOfPrompt(verdict.call) };
}

function countNative(base64: string, model: ResolvedModel): { inputTokens: number } | { refusal: Refusal } {
  const parsed = nativeBody(Buffer.from(base64, "base64"));
  if ("refusal" in parsed) return parsed;
  const read = nativeCall(parsed.body, model, false);
  return "refusal" in read ? read : { inputTokens: tokensOfPrompt(read.call) };
}

/** Recorded: an inference profile of a model that is counted is refused as a model that is not. */
function countedModel(modelId: string): { model: ResolvedModel } | { refusal: Refusal } {
  const baseId = modelId.replace(/^arn:aws[^:]*:bedrock:[^:]+::foundation-model\//, "");
  if (!baseId.startsWith("arn:") && !isModelId(splitGeography(baseId).baseId))
    return { refusal: invalid("The provided model identifier is invalid.") };
  if (!counted.test(baseId)) return { refusal: invalid("The provided model doesn't support counting tokens.") };
  const row = catalogue.get(baseId);
  return { model: { baseId, row, traits: traitsOf(baseId, row), isPrompt: false, isRouter: false } };
}
