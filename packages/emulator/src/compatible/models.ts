/** Which model answers at a compatible endpoint, and the list of them. */
import { mantleModels, type MantleModel } from "../model-list/mantle-models.ts";
import { resolveModel, type ResolvedModel } from "../model-list/resolve-model.ts";
import { traitsOf } from "../model-list/traits.ts";
import type { CompatibleRefusal } from "./errors.ts";
import type { CompatibleRoute } from "./routes.ts";

/**
 * bedrock-mantle has ids of its own, Claude for Anthropic's dialect alone, and GPT-5 and Grok under `/openai` alone; bedrock-runtime's `/openai` takes the ids
 * of Converse.
 */
export function modelAt(
  { surface, operation }: CompatibleRoute,
  modelId: string,
  region: string,
): ResolvedModel | { refusal: CompatibleRefusal } {
  const isClaude = modelId.startsWith("anthropic.");
  const isMantle = mantleModels.has(modelId);
  if (surface === "anthropic") return isMantle && isClaude ? mantleModel(modelId) : notHere(modelId);
  if (isClaude) return notHere(modelId);
  // pydantic-ai: the safeguard models have chat completions alone.
  if (operation === "MantleResponses" && modelId.includes("safeguard")) return notHere(modelId);
  const isOpenAiOnly = /^(openai\.gpt-5|xai\.)/.test(modelId);
  if (isMantle && (surface === "openai" || !isOpenAiOnly)) return mantleModel(modelId);
  if (surface === "v1") return notHere(modelId);
  const resolution = resolveModel(modelId, region);
  return resolution.kind === "model" ? resolution.model : notHere(modelId);
}

function mantleModel(id: string): ResolvedModel {
  return { baseId: id, row: undefined, traits: traitsOf(id, undefined), isPrompt: false, isRouter: false };
}

/** AWS's words (pydantic-ai met them). */
function notHere(modelId: string): { refusal: CompatibleRefusal } {
  return {
    refusal: {
      status: 404,
      errorType: "ResourceNotFoundException",
      message: `model \`${modelId}\` isn't supported on this route`,
      code: "model_not_found",
    },
  };
}

/** The answer of `/v1/models`, as recorded. */
export function modelList(): object {
  return { data: [...mantleModels.values()].map(modelEntry), object: "list" };
}

/** The answer of `/v1/models/ID`. */
export function modelById(id: string): object | { refusal: CompatibleRefusal } {
  const model = mantleModels.get(id);
  return model === undefined ? notHere(id) : modelEntry(model);
}

function modelEntry({ id, created }: MantleModel): object {
  const allowedModes = ["default", "none", "provider_data_share"];
  return {
    created,
    data_retention: { allowed_modes: allowedModes, mode: "default", source: "model_default" },
    id,
    object: "model",
    owned_by: "system",
    status: "available",
  };
}
