/** Where a connector's calls go, and who signs them. */
import { AditError, parseModelArn, type CredentialSource } from "@adit/bedrock";
import { requestMetadataFor, sessionFor, type AttributedCall } from "../routing/plan/attributed-call.ts";
import type { Target } from "../routing/plan/plan.ts";
import type { VirtualKeySources } from "../vault/virtual-key-sources.ts";
import type { VirtualKeys } from "../vault/virtual-keys.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import { modelOf, type Connector } from "./connector.ts";

export interface TargetTools {
  virtualKeys: Pick<VirtualKeys, "byId">;
  virtualKeySources: Pick<VirtualKeySources, "sourceOf">;
  /** The server's own chain, and its region. */
  server: CredentialSource;
  serverRegion: string;
}

/** What of a connector decides where its calls go. */
export type CalledParts = Pick<Connector, "region" | "inferenceProfile" | "modelId" | "requestTimeoutMs">;

/** Who signs. */
export interface TargetCredential {
  source: CredentialSource;
  from: Target["credentialFrom"];
  virtualKey: VirtualKey | undefined;
  /** The region that the credential is for, if it is for one. */
  region: string | undefined;
  /** What the virtual key tells AWS of the call. */
  requestMetadata: Target["requestMetadata"];
}

/**
 * `caller`: told to AWS where the virtual key says so; undefined for a check of the connection.
 * @throws AditError `not_stored`, `virtual_key_inactive`.
 */
export async function targetOf(connector: Connector, tools: TargetTools, caller?: AttributedCall): Promise<Target> {
  const { virtualKeyId } = connector;
  if (virtualKeyId === undefined) return targetFor(connector, serverCredential(tools), tools.serverRegion);
  const key = await tools.virtualKeys.byId(virtualKeyId);
  if (key === undefined) {
    throw new AditError("not_stored", `The virtual key of the connector ${connector.slug} is not stored any more.`, {
      remedy: "Give the connector another one.",
    });
  }
  return targetFor(connector, await keyCredential(key, tools, caller), tools.serverRegion);
}

export function serverCredential({ server }: Pick<TargetTools, "server">): TargetCredential {
  return { source: server, from: "server", virtualKey: undefined, region: undefined, requestMetadata: undefined };
}

export async function keyCredential(
  key: VirtualKey,
  { virtualKeySources }: Pick<TargetTools, "virtualKeySources">,
  caller?: AttributedCall,
): Promise<TargetCredential> {
  const { attribution, region } = key;
  const told = caller === undefined || attribution === undefined ? undefined : { caller, attribution };
  const session = told && sessionFor(told.attribution, told.caller);
  const find = (): Promise<CredentialSource> => virtualKeySources.sourceOf(key, undefined, session);
  return {
    source: askedForAnew(await find(), find),
    from: "virtual_key",
    virtualKey: key,
    region,
    requestMetadata: told && requestMetadataFor(told.attribution, told.caller),
  };
}

/** The key may be switched off while a further try waits. */
function askedForAnew(found: CredentialSource, find: () => Promise<CredentialSource>): CredentialSource {
  let last = found;
  return {
    label: found.label,
    get: async (signal) => {
      last = await find();
      return last.get(signal);
    },
    invalidate: () => last.invalidate(),
  };
}

/** The ARN's region goes before the credential's, that before the connector's, that before the server's. */
export function targetFor(parts: CalledParts, credential: TargetCredential, serverRegion: string): Target {
  const { source, from, virtualKey, requestMetadata } = credential;
  const model = modelOf(parts);
  return {
    kind: "target",
    path: "connector",
    provider: "bedrock",
    model,
    modelAsked: model,
    region: (parseModelArn(model)?.region ?? "") || (credential.region ?? parts.region ?? serverRegion),
    credentials: source,
    virtualKey,
    requestMetadata,
    credentialFrom: from,
    isServerChain: from === "server" || virtualKey?.credential.kind === "server_chain",
    apiKey: undefined,
    apiKeyLabel: undefined,
    hooks: undefined,
    autoProfile: true,
    baseUrl: virtualKey?.endpoint,
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
