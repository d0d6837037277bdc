/** The layers of AWS's refusals, in AWS's order: form, constraints, model id, conversation, the model's own layer. */
import type { ConverseRequest } from "@adit/bedrock";
import { resolveModel, type ResolvedModel } from "../model-list/resolve-model.ts";
import { unusableModel } from "./unusable-model.ts";
import { cacheRules } from "./cache-rules.ts";
import { callOf, firstRefusal, type Call, type Rule } from "./call.ts";
import { claudeHistoryRules } from "./claude-history-rules.ts";
import { claudeRules } from "./claude-rules.ts";
import { constraintFault } from "./constraints.ts";
import { documentRules } from "./document-rules.ts";
import { fieldRules } from "./field-rules.ts";
import { latencyRefusal } from "./latency.ts";
import { imageBytesRefusal, mediaRules } from "./media-rules.ts";
import { messageRules } from "./message-rules.ts";
import { gptRules, llamaRules, mistralRules, novaRules } from "./native-rules.ts";
import { isRecord, isUnreadable, typeFault, withoutNulls } from "./read-shape.ts";
import { invalid, unreadable, type Refusal } from "./refusal.ts";
import { converseShape, converseStreamShape } from "./request-shapes.ts";
import { schemaRules } from "./schema-rules.ts";
import type { Shape } from "./shape.ts";
import { toolRules } from "./tool-rules.ts";
import { toolTurnRules } from "./tool-turn-rules.ts";

export interface CallToCheck {
  /** Decoded id or ARN. */
  modelId: string;
  region: string;
  /** Parsed JSON. */
  body: unknown;
  stream: boolean;
}

export type Verdict = { call: Call } | { refusal: Refusal };

/** Bedrock's rules of a conversation, before the model sees it. */
const serviceRules: readonly Rule[] = [
  ...messageRules,
  ...fieldRules,
  ...toolRules,
  ...mediaRules,
  ...documentRules,
  ...toolTurnRules,
  ...cacheRules,
];

/** Checks one call; a call that comes back is one that AWS accepts, as far as the rules see. */
export function validate({ modelId, region, body, stream }: CallToCheck): Verdict {
  const formFault = formRefusal(body, stream ? converseStreamShape : converseShape);
  if (formFault !== undefined) return { refusal: formFault };
  const found = modelOf(modelId, region);
  if ("refusal" in found) return found;
  // The form was checked just above.
  const { performanceConfig } = body as ConverseRequest;
  const refusal = latencyRefusal(performanceConfig?.latency, { modelId, baseId: found.model.baseId, region });
  return refusal === undefined ? checkConversation(body as object, found.model, stream) : { refusal };
}

/** The layers after form and model. The body's form was checked. */
export function checkConversation(body: object, model: ResolvedModel, stream: boolean): Verdict {
  const shape = stream ? converseStreamShape : converseShape;
  // The shape of the service model was checked just above.
  const call = callOf(withoutNulls(body, shape) as ConverseRequest, model, stream);
  const refusal = firstRefusal(call, [...serviceRules, ...modelRules(call), imageBytesRefusal]);
  return refusal === undefined ? { call } : { refusal };
}

/** What is wrong with the form of a body, by its shape in the service model. */
export function formRefusal(body: unknown, shape: Shape): Refusal | undefined {
  if (!isRecord(body)) return unreadable("Start of structure expected.");
  if (isUnreadable(body)) return unreadable("The request is nested too deeply, or holds too many values.");
  return typeFault(body, shape) ?? constraintFault(body, shape);
}

/** Families whose own layer refuses more than Bedrock does. */
function modelRules({ traits }: Call): readonly Rule[] {
  if (traits.family === "claude") return [...claudeRules, ...claudeHistoryRules, ...schemaRules];
  if (traits.family === "nova") return novaRules;
  if (traits.family === "mistral") return mistralRules;
  if (traits.family === "gpt") return gptRules;
  return traits.family === "llama" ? llamaRules : [];
}

function modelOf(modelId: string, region: string): { model: ResolvedModel } | { refusal: Refusal } {
  const resolution = resolveModel(modelId, region);
  if (resolution.kind === "model") return { model: resolution.model };
  if (resolution.kind !== "no-chat") return { refusal: unusableModel(resolution) };
  return {
    refusal: invalid(
      "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    ),
  };
}
