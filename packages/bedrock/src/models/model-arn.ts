import { needText } from "../known-options.ts";

/** What an ARN that stands for a model names. */
export type ModelResourceType =
  | "foundation-model"
  | "inference-profile"
  | "application-inference-profile"
  | "provisioned-model"
  | "custom-model"
  | "custom-model-deployment"
  | "imported-model"
  | "prompt"
  | "prompt-router"
  | "default-prompt-router"
  /** Of SageMaker: a model of Bedrock's Marketplace. */
  | "endpoint";

export interface ModelArn {
  /** `aws`, `aws-us-gov`, `aws-cn`, ... */
  partition: string;
  /** Empty where the ARN names none: GetInferenceProfile tells foundation models so. */
  region: string;
  /** Twelve digits; empty for foundation models. */
  account: string;
  resourceType: ModelResourceType;
  /** What follows the type: an id, `PROVIDER.NAME/ID` for custom models, `ID:VERSION` for versions of prompts. */
  resourceId: string;
}

const resourceTypes: ReadonlyMap<string, ModelResourceType> = new Map(
  (
    [
      "foundation-model",
      "inference-profile",
      "application-inference-profile",
      "provisioned-model",
      "custom-model",
      "custom-model-deployment",
      "imported-model",
      "prompt",
      "prompt-router",
      "default-prompt-router",
    ] as const
  ).map((type) => [type, type]),
);

/** AWS's grammar bounds identifiers of models at 2,048 characters. */
const longest = 2_048;
const partitionForm = /^aws(-[a-z]+)*$/;
const regionForm = /^[a-z0-9-]*$/;
const accountForm = /^(\d{12})?$/;
const idForm = /^[a-zA-Z0-9][a-zA-Z0-9._:/-]*$/;

/**
 * Reads an ARN of anything that Bedrock takes as a model, in any partition. Undefined for every other text, an ARN of
 * something else included (a role, a guardrail).
 */
export function parseModelArn(text: string): ModelArn | undefined {
  needText(text, "model");
  if (!text.startsWith("arn:") || text.length > longest) {
    return undefined;
  }
  const [, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  const resource = rest.join(":");
  const slash = resource.indexOf("/");
  const resourceType = resourceTypeOf(service, resource.slice(0, Math.max(slash, 0)));
  const resourceId = resource.slice(slash + 1);
  const wellFormed =
    partitionForm.test(partition) && regionForm.test(region) && accountForm.test(account) && idForm.test(resourceId);
  return resourceType !== undefined && wellFormed
    ? { partition, region, account, resourceType, resourceId }
    : undefined;
}

/**
 * True for the ARN of a prompt of AWS's own prompt management, or of a version of one. It says itself what is asked of which model: messages
 * may be none, and AWS takes no `system`, `inferenceConfig`, `toolConfig` and `additionalModelRequestFields` beside it.
 */
export function isPromptArn(model: string): boolean {
  return model.startsWith("arn:") && parseModelArn(model)?.resourceType === "prompt";
}

function resourceTypeOf(service: string, type: string): ModelResourceType | undefined {
  if (service === "sagemaker") {
    return type === "endpoint" ? "endpoint" : undefined;
  }
  return service === "bedrock" ? resourceTypes.get(type) : undefined;
}
