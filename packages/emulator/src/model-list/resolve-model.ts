/** From the id or ARN in a path to the model that answers, or to AWS's refusal. */
import { catalogue, providers, type ModelRow } from "./catalogue.ts";
import { mayCall, partitionOf, splitGeography } from "./geography.ts";
import { traitsOf, type Traits } from "./traits.ts";

export interface ResolvedModel {
  /** Base id of the model that answers. */
  baseId: string;
  row: ModelRow | undefined;
  traits: Traits;
  /** The path named a prompt of prompt management. */
  isPrompt: boolean;
  /** The path named a prompt router. */
  isRouter: boolean;
}

export type Resolution =
  | { kind: "model"; model: ResolvedModel }
  /** Not an id, of no known provider, or of another region's geography. */
  | { kind: "invalid" }
  /** Called by its bare id, offered only through a profile. */
  | { kind: "profile-only"; id: string }
  | { kind: "retired" }
  /** A model, but none for Converse. */
  | { kind: "no-chat"; baseId: string };

/**
 * What stands behind an ARN that does not tell: application profiles, routers, prompts, provisioned and imported models. Name the model by ending
 * the ARN in `/emu-` and a model id: `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-us.amazon.nova-lite-v1:0`.
 */
const opaqueArnModel = "anthropic.claude-haiku-4-5-20251001-v1:0";

const arnForm = /^arn:aws(?:-[^:]+)?:(bedrock|sagemaker):([a-z0-9-]{1,20}):([0-9]{12})?:([a-z-]+)\/(.+)$/;
const idForm = /^[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}([.:][a-z0-9-]{1,63})*$/;
const opaqueKinds = new Set([
  "imported-model",
  "provisioned-model",
  "custom-model-deployment",
  "prompt",
  "prompt-router",
  "default-prompt-router",
  "endpoint",
]);

/** Finds the model; `region` is the one that the call was signed for. */
export function resolveModel(modelId: string, region: string): Resolution {
  if (!modelId.startsWith("arn:")) return resolveId(modelId, region);
  const [, service, arnRegion, account, kind = "", name = ""] = arnForm.exec(modelId) ?? [];
  if (service === undefined || arnRegion !== region) return { kind: "invalid" };
  if (account === undefined) return kind === "foundation-model" ? resolveId(name, region) : { kind: "invalid" };
  return resolveOwned(kind, name, region);
}

/** ARNs that carry an account. */
function resolveOwned(kind: string, name: string, region: string): Resolution {
  if (kind === "inference-profile" && splitGeography(name).geography !== undefined) return resolveId(name, region);
  if (kind === "custom-model") return found(name.split("/")[0] ?? "");
  if (kind !== "application-inference-profile" && !opaqueKinds.has(kind)) return { kind: "invalid" };
  return found(modelNamedIn(name), { isPrompt: kind === "prompt", isRouter: kind.endsWith("prompt-router") });
}

/** The base id that an opaque name stands for. */
export function modelNamedIn(name: string): string {
  const named = name.startsWith("emu-") ? splitGeography(name.slice(4)).baseId : undefined;
  return named !== undefined && isModelId(named) ? named : opaqueArnModel;
}

/** True for an id of AWS's grammar whose provider is known. */
export function isModelId(baseId: string): boolean {
  return idForm.test(baseId) && providers.has(baseId.slice(0, baseId.indexOf(".")));
}

/** The ARN of a foundation model. */
export function foundationModelArn(baseId: string, region: string): string {
  return `arn:${partitionOf(region)}:bedrock:${region}::foundation-model/${baseId}`;
}

function resolveId(id: string, region: string): Resolution {
  const { geography, baseId } = splitGeography(id);
  if (!isModelId(baseId) || (geography !== undefined && !mayCall(geography, region))) return { kind: "invalid" };
  const row = catalogue.get(baseId);
  if (geography === undefined && row?.profileOnly === true && row.onDemandIn !== region)
    return { kind: "profile-only", id };
  return found(baseId);
}

function found(baseId: string, marks = { isPrompt: false, isRouter: false }): Resolution {
  const row = catalogue.get(baseId);
  if (row?.lifecycle === "retired") return { kind: "retired" };
  if (row?.chat === false) return { kind: "no-chat", baseId };
  return { kind: "model", model: { baseId, row, traits: traitsOf(baseId, row), ...marks } };
}
