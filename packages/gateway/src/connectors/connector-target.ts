/** Where a connector's calls go, and who signs them. */
import { AditError, parseModelArn, type CredentialSource } from "@adit/bedrock";
import type { Target } from "../routing/plan.ts";
import { isModelAllowed } from "../vault/model-patterns.ts";
import type { VirtualKeySources } from "../vault/virtual-key-sources.ts";
import type { VirtualKeys } from "../vault/virtual-keys.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import { modelOf, type Connector } from "./connector.ts";

export interface TargetTools {
  virtualKeys: VirtualKeys;
  virtualKeySources: VirtualKeySources;
  /** The server's own chain, and its region. */
  server: CredentialSource;
  serverRegion: string;
}

/** What of a connector decides where its calls go. */
export type CalledParts = Pick<Connector, "region" | "inferenceProfile" | "modelId" | "requestTimeoutMs">;

/** A credential with the region that it is for, if it is for one. */
export interface TargetCredential {
  source: CredentialSource;
  isServerChain: boolean;
  region: string | undefined;
  /** In place of AWS's host. */
  endpoint: string | undefined;
}

/** @throws AditError `virtual_key_inactive`, `forbidden` for a model or region that the virtual key does not allow. */
export async function targetOf(connector: Connector, tools: TargetTools): Promise<Target> {
  const { virtualKeyId } = connector;
  if (virtualKeyId === undefined) return targetFor(connector, serverCredential(tools), tools.serverRegion);
  const key = await tools.virtualKeys.byId(virtualKeyId);
  if (key === undefined) {
    throw new AditError("not_stored", `The virtual key of the connector ${connector.slug} is not stored any more.`, {
      remedy: "Give the connector another one.",
    });
  }
  const target = targetFor(connector, await keyCredential(key, tools), tools.serverRegion);
  checkAllowed(key, target);
  return target;
}

export function serverCredential({ server }: Pick<TargetTools, "server">): TargetCredential {
  return { source: server, isServerChain: true, region: undefined, endpoint: undefined };
}

export async function keyCredential(
  key: VirtualKey,
  { virtualKeySources }: Pick<TargetTools, "virtualKeySources">,
): Promise<TargetCredential> {
  return {
    source: await virtualKeySources.sourceOf(key),
    // What a virtual key names is the operator's choice: nothing stands in for it.
    isServerChain: false,
    region: key.region,
    endpoint: key.endpoint,
  };
}

/** The ARN's region goes before the credential's, that before the connector's, that before the server's. */
export function targetFor(parts: CalledParts, credential: TargetCredential, serverRegion: string): Target {
  const model = modelOf(parts);
  const arnRegion = parseModelArn(model)?.region;
  return {
    kind: "target",
    path: "connector",
    provider: "bedrock",
    model,
    region: arnRegion || credential.region || parts.region || serverRegion,
    credentials: credential.source,
    isServerChain: credential.isServerChain,
    apiKey: undefined,
    apiKeyLabel: undefined,
    baseUrl: credential.endpoint,
    overrideParams: {},
    droppedParams: [],
    paramRules: { defaults: undefined, overrides: undefined, drops: undefined },
    forwardHeaders: undefined,
    retry: undefined,
    requestTimeoutMs: parts.requestTimeoutMs,
    idleTimeoutMs: undefined,
    cache: undefined,
    strict: undefined,
    weight: 1,
  };
}

export function checkAllowed(key: VirtualKey, { model, region }: Pick<Target, "model" | "region">): void {
  if (!isModelAllowed(key.allowedModels, model)) {
    throw new AditError("forbidden", `The virtual key ${key.slug} does not allow the model ${model}.`, {
      remedy: "Name a virtual key that does, or change its allowed_models.",
    });
  }
  if (key.allowedRegions === undefined || key.allowedRegions.includes(region)) return;
  throw new AditError("forbidden", `The virtual key ${key.slug} does not allow the region ${region}.`, {
    remedy: "Name a virtual key that does, or change its allowed_regions.",
  });
}
