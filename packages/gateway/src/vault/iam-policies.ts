/** The IAM policies to paste for a virtual key: who may assume the role, and the least that Adit needs. */
import { mantlePlace, stripGeography } from "@adit/bedrock";

export interface TrustPolicyParts {
  /** ARN of whoever assumes the role: the server's own role or user, or the source's. */
  principalArn: string;
  externalId: string;
  /** True where sessions carry tags. */
  hasTags: boolean;
}

export interface PermissionParts {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  /** Regions that are called; undefined: all. */
  regions: readonly string[] | undefined;
  /** Patterns of models; undefined: all. */
  models: readonly string[] | undefined;
  /** True for a Bedrock API key, which AWS allows by an action of its own. */
  isBearerKey: boolean;
}

interface Statement {
  Sid: string;
  Effect: "Allow";
  Principal?: { AWS: string };
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

function document(statements: Statement[]): string {
  return `${JSON.stringify({ Version: "2012-10-17", Statement: statements }, undefined, 2)}\n`;
}

/** The role's trust policy. The external id keeps another customer of whoever assumes it from naming this role (AWS: "confused deputy"). */
export function trustPolicy({ principalArn, externalId, hasTags }: TrustPolicyParts): string {
  const statement: Statement = {
    Sid: "AditAssumesThisRole",
    Effect: "Allow",
    Principal: { AWS: principalArn },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "sts:ExternalId": externalId } },
  };
  // STS checks tags by an action of its own, to which the external id is not known.
  const tagging: Statement = {
    Sid: "AditTagsItsSessions",
    Effect: "Allow",
    Principal: { AWS: principalArn },
    Action: "sts:TagSession",
  };
  return document(hasTags ? [statement, tagging] : [statement]);
}

/**
 * The permissions: calls of the models (Converse is allowed by the same two actions as InvokeModel) and of prompts, counts of tokens, and
 * reading what stands behind an inference profile.
 */
export function permissionPolicy(parts: PermissionParts): string {
  const statements: Statement[] = [
    {
      Sid: "CallModels",
      Effect: "Allow",
      Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:CountTokens"],
      Resource: modelResources(parts),
    },
    {
      Sid: "SeeInferenceProfiles",
      Effect: "Allow",
      Action: "bedrock:GetInferenceProfile",
      Resource: regionsOf(parts).flatMap((region) =>
        ["inference-profile", "application-inference-profile"].map((type) =>
          arn(parts.partition, region, `*:${type}/*`),
        ),
      ),
    },
    {
      Sid: "ListModels",
      Effect: "Allow",
      Action: ["bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"],
      // These actions know no resources.
      Resource: "*",
    },
  ];
  const prompts = promptResources(parts);
  if (prompts.length > 0) {
    // A prompt is called like a model, and allowed by an action of its own (AWS's reference of Converse).
    statements.push({ Sid: "RenderPrompts", Effect: "Allow", Action: "bedrock:RenderPrompt", Resource: prompts });
  }
  const mantle = hasMantleModels(parts.models);
  if (mantle) {
    statements.push({
      Sid: "CallModelsOfMantle",
      Effect: "Allow",
      Action: "bedrock-mantle:CreateInference",
      Resource: regionsOf(parts).map((region) => `arn:${parts.partition}:bedrock-mantle:${region}:*:project/*`),
    });
  }
  if (parts.isBearerKey) {
    const action = "bedrock:CallWithBearerToken";
    statements.push({
      Sid: "UseApiKeys",
      Effect: "Allow",
      Action: mantle ? [action, "bedrock-mantle:CallWithBearerToken"] : action,
      Resource: "*",
    });
  }
  return document(statements);
}

/** What the doors and the checks of Bedrock's own guardrails need. */
export function guardrailPolicy(parts: Pick<PermissionParts, "partition" | "regions">): string {
  return document([
    {
      Sid: "UseGuardrails",
      Effect: "Allow",
      Action: "bedrock:ApplyGuardrail",
      Resource: regionsOf(parts).map((region) => arn(parts.partition, region, "*:guardrail/*")),
    },
    // They need no guardrail, and know no resources.
    { Sid: "UseGuardrailChecks", Effect: "Allow", Action: "bedrock:InvokeGuardrailChecks", Resource: "*" },
  ]);
}

/** For whoever takes on a role: the role's own trust policy must allow it too. Sessions that carry tags need both actions. */
export function rolePolicy(roleArn: string): string {
  return document([
    { Sid: "AssumeTheRole", Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Resource: roleArn },
  ]);
}

/** For somebody who calls a model of AWS Marketplace for the first time: the account is subscribed by that. */
export function subscriptionPolicy(): string {
  const actions = ["aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"];
  // Subscriptions know no resources.
  return document([{ Sid: "SubscribeToModels", Effect: "Allow", Action: actions, Resource: "*" }]);
}

function regionsOf({ regions }: Pick<PermissionParts, "regions">): readonly string[] {
  return regions ?? ["*"];
}

function arn(partition: string, region: string, rest: string): string {
  return `arn:${partition}:bedrock:${region}:${rest}`;
}

/**
 * Models that AWS serves by bedrock-mantle are allowed by that service's action, which knows projects and no models: it is given where
 * all models are allowed, or what stands before a pattern's first star is such a model already.
 */
function hasMantleModels(patterns: PermissionParts["models"]): boolean {
  return (
    patterns?.some((pattern) => pattern === "*" || mantlePlace(pattern.replace(/\*.*$/, "")) !== undefined) ?? true
  );
}

const isPrompt = (pattern: string): boolean => /^arn:.*:prompt\//.test(pattern);

function promptResources(parts: PermissionParts): string[] {
  return (parts.models ?? ["*"]).flatMap((pattern) => {
    if (pattern === "*") return regionsOf(parts).map((region) => arn(parts.partition, region, "*:prompt/*"));
    return isPrompt(pattern) ? [pattern] : [];
  });
}

function modelResources(parts: PermissionParts): string[] {
  const resources = (parts.models ?? ["*"]).flatMap((pattern) => resourcesOf(pattern, parts));
  return [...new Set(resources)];
}

/**
 * A profile needs itself in the region that is called, and its model in every region that it leads to: those are AWS's to choose,
 * so the model is allowed in all.
 */
function resourcesOf(pattern: string, parts: PermissionParts): string[] {
  // Its ARN does not tell the model or profile that it asks.
  if (isPrompt(pattern)) {
    return [
      arn(parts.partition, "*", ":foundation-model/*"),
      ...regionsOf(parts).map((region) => arn(parts.partition, region, "*:inference-profile/*")),
    ];
  }
  if (pattern.startsWith("arn:")) {
    const isProfile = /:(application-)?inference-profile\//.test(pattern);
    return isProfile ? [pattern, arn(parts.partition, "*", ":foundation-model/*")] : [pattern];
  }
  const { geography, baseId } = stripGeography(pattern);
  const profiles = regionsOf(parts).map((region) =>
    arn(parts.partition, region, `*:inference-profile/${geography ?? "*"}.${baseId}`),
  );
  if (geography !== undefined) return [...profiles, arn(parts.partition, "*", `:foundation-model/${baseId}`)];
  const models = [arn(parts.partition, "*", `:foundation-model/${baseId}`), ...profiles];
  if (pattern !== "*") return models;
  // An application's profile does not name its model: only who may call all may call all of them.
  return [
    ...models,
    ...regionsOf(parts).map((region) => arn(parts.partition, region, "*:application-inference-profile/*")),
  ];
}
