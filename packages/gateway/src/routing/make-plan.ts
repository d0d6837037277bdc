/** Compiles a request's config, model and credentials to a frozen plan. */
import { AditError, checkRegion, parseModelArn, parseModelName, Secret, type JsonObject } from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import type { CallerHeaders } from "../http/caller-headers.ts";
import type { Settings } from "../settings.ts";
import { chooseCredentials, fitsPattern, type ChosenCredentials, type CredentialPlaces } from "./choose-credentials.ts";
import type { ConfigNode } from "./config.ts";
import type { CredentialSources } from "./credential-sources.ts";
import type { Plan, RetryRule, Target } from "./plan.ts";
import type { RequestFields } from "./request-fields.ts";

export interface RoutingDependencies {
  settings: Settings;
  sources: CredentialSources;
  /** The region of the server's own environment: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, us-east-1. */
  serverRegion: string;
}

/** What the request says, apart from the config. */
export interface RequestParts {
  model: string;
  fields: RequestFields;
  headers: CallerHeaders;
  principal: Principal;
}

interface Maker {
  parts: RequestParts;
  deps: RoutingDependencies;
}

/** What a node hands down to the targets under it. */
type Inherited = Pick<
  ConfigNode,
  "override_params" | "retry" | "request_timeout" | "strict_open_ai_compliance" | "custom_host"
>;

/** @throws AditError of status 400 that names the path. */
export function makePlan(root: ConfigNode, parts: RequestParts, deps: RoutingDependencies): Plan {
  const maker: Maker = { parts, deps };
  const own = planOfNode(root, { path: "config", inherited: legacyRetry(parts.headers) }, maker);
  const fallbacks = parts.fields.fallbackModels;
  if (fallbacks.length === 0) return own;
  const others = fallbacks.map((model, index) =>
    planOfNode(
      root,
      { path: `fallback_models[${index}]`, inherited: legacyRetry(parts.headers) },
      { deps, parts: { ...parts, model } },
    ),
  );
  return Object.freeze({
    kind: "fallback",
    path: "fallback_models",
    onStatusCodes: undefined,
    members: [own, ...others],
  });
}

/** `x-portkey-retry-count`: how clients of 2023 asked for retries. */
function legacyRetry(headers: CallerHeaders): Inherited {
  const count = Number(headers.get("retry-count") ?? Number.NaN);
  return Number.isInteger(count) && count >= 0 && count <= 20 ? { retry: { attempts: count } } : {};
}

interface Position {
  path: string;
  inherited: Inherited;
}

function planOfNode(node: ConfigNode, position: Position, maker: Maker): Plan {
  if (node.targets === undefined) {
    if (node.strategy !== undefined && node.strategy.mode !== "single") throw missingTargets(position.path);
    return planOfTarget(node, position, maker);
  }
  if (node.strategy === undefined) {
    throw new AditError("invalid_config", `${position.path}.targets needs a ${position.path}.strategy.`, {
      param: `${position.path}.strategy`,
    });
  }
  const inherited = inherit(position.inherited, node);
  const members = node.targets.map((target, index) => ({
    weight: target.weight ?? 1,
    node: target,
    position: { path: `${position.path}.targets[${index}]`, inherited },
  }));
  const plan = (member: (typeof members)[number]): Plan => planOfNode(member.node, member.position, maker);
  switch (node.strategy.mode) {
    case "single":
      return plan(members[0] ?? raise(missingTargets(position.path)));
    case "fallback":
      return Object.freeze({
        kind: "fallback",
        path: position.path,
        onStatusCodes: node.strategy.on_status_codes,
        members: members.map(plan),
      });
    case "loadbalance":
      return loadBalance(
        position.path,
        members.map((member) => ({ weight: member.weight, plan: plan(member) })),
      );
  }
}

function raise(error: AditError): never {
  throw error;
}

function missingTargets(path: string): AditError {
  return new AditError("invalid_config", `${path}.targets is missing.`, { param: `${path}.targets` });
}

function loadBalance(path: string, members: { weight: number; plan: Plan }[]): Plan {
  if (!members.some((member) => member.weight > 0)) {
    throw new AditError("no_target", `${path} has no target with a weight above 0.`, { param: path });
  }
  return Object.freeze({ kind: "loadbalance", path, members });
}

/** Parameters are merged, the child's winning; the rest counts only where the child has none. */
function inherit(parent: Inherited, child: ConfigNode): Inherited {
  const merged: Inherited = { override_params: { ...parent.override_params, ...child.override_params } };
  const retry = child.retry ?? parent.retry;
  if (retry !== undefined) merged.retry = retry;
  const requestTimeout = child.request_timeout ?? parent.request_timeout;
  if (requestTimeout !== undefined) merged.request_timeout = requestTimeout;
  const strict = child.strict_open_ai_compliance ?? parent.strict_open_ai_compliance;
  if (strict !== undefined) merged.strict_open_ai_compliance = strict;
  const customHost = child.custom_host ?? parent.custom_host;
  if (customHost !== undefined) merged.custom_host = customHost;
  return merged;
}

function planOfTarget(node: ConfigNode, position: Position, maker: Maker): Plan {
  const { parts } = maker;
  const own = inherit(position.inherited, node);
  refuseStoredNames(node, position.path);
  const overrideModel = own.override_params?.["model"];
  const name = parseModelName(typeof overrideModel === "string" ? overrideModel : parts.model);
  if (name.slug !== undefined) {
    throw new AditError("not_stored", `No provider is stored as "@${name.slug.slice(0, 64)}".`, { param: "model" });
  }
  const provider = providerOf(
    node.provider ?? parts.headers.get("provider") ?? name.provider ?? "bedrock",
    position.path,
  );
  const common = {
    kind: "target" as const,
    path: position.path,
    model: name.id,
    overrideParams: (own.override_params ?? {}) as JsonObject,
    retry: retryRule(own),
    requestTimeoutMs: own.request_timeout,
    strict: own.strict_open_ai_compliance,
    baseUrl: customHost(own.custom_host ?? parts.headers.get("custom-host"), position.path, maker.deps.settings),
    weight: node.weight ?? 1,
  };
  if (provider === "openai") return openAiTarget(common, node, maker);
  return bedrockPlan(common, node, maker);
}

type CommonTarget = Omit<Target, "provider" | "region" | "credentials" | "isServerChain" | "apiKey">;

function refuseStoredNames(node: ConfigNode, path: string): void {
  const name = node.virtual_key ?? (node.provider?.startsWith("@") === true ? node.provider : undefined);
  if (name === undefined) return;
  const param = node.virtual_key === undefined ? `${path}.provider` : `${path}.virtual_key`;
  throw new AditError("not_stored", `${param}: nothing is stored as "${name.slice(0, 64)}".`, { param });
}

const bedrockNames = new Set(["bedrock", "aws_bedrock", "amazon_bedrock", "amazon-bedrock", "aws-bedrock"]);

function providerOf(name: string, path: string): "bedrock" | "openai" {
  const lower = name.trim().toLowerCase();
  if (bedrockNames.has(lower)) return "bedrock";
  if (lower === "openai") return "openai";
  throw new AditError("unknown_provider", `The provider "${name.slice(0, 64)}" is not known here.`, {
    param: path === "config" ? "provider" : `${path}.provider`,
    remedy: "Use one of: bedrock, aws_bedrock, amazon_bedrock, openai.",
  });
}

function retryRule(own: Inherited): RetryRule | undefined {
  if (own.retry === undefined) return undefined;
  return {
    attempts: own.retry.attempts,
    onStatusCodes: own.retry.on_status_codes,
    useRetryAfterHeader: own.retry.use_retry_after_header ?? false,
  };
}

/** A host from the request counts only where the operator listed its origin. */
function customHost(text: string | undefined, path: string, settings: Settings): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "" || !settings.customHosts.has(url.origin)) {
    throw new AditError(
      "custom_host_not_allowed",
      "The custom host of the request is not one that this gateway may call.",
      {
        param: path === "config" ? "custom_host" : `${path}.custom_host`,
      },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

const openAiBase = "https://api.openai.com/v1";

function openAiTarget(common: CommonTarget, node: ConfigNode, maker: Maker): Target {
  const apiKey = node.api_key?.trim();
  if (apiKey === undefined || apiKey === "") {
    throw new AditError("incomplete_credentials", `The target ${common.path} lacks an api_key.`, {
      param: `${common.path}.api_key`,
      remedy: "Give the target the api_key of its provider.",
    });
  }
  return Object.freeze({
    ...common,
    provider: "openai",
    baseUrl: common.baseUrl ?? customHost(openAiBase, common.path, maker.deps.settings),
    region: "",
    credentials: undefined,
    isServerChain: false,
    apiKey: new Secret(apiKey),
  });
}

function bedrockPlan(common: CommonTarget, node: ConfigNode, maker: Maker): Plan {
  const weighted = maker.parts.fields.weighted;
  if (weighted === undefined) return bedrockTarget(common, maker, placesOf(node, common.path, maker.parts));
  const able = weighted.map((entry, index) => ({
    weight:
      entry.models === undefined || entry.models.some((name) => fitsPattern(common.model, parseModelName(name).id))
        ? entry.weight
        : 0,
    plan: (): Target =>
      bedrockTarget({ ...common, path: weightedPath(common.path, index), weight: entry.weight }, maker, {
        ...placesOf(node, common.path, maker.parts),
        body: entry.fields,
      }),
  }));
  return loadBalance(
    `${common.path === "config" ? "" : `${common.path}.`}customer_credentials`,
    able.filter((entry) => entry.weight > 0).map((entry) => ({ weight: entry.weight, plan: entry.plan() })),
  );
}

function weightedPath(path: string, index: number): string {
  return `${path === "config" ? "" : `${path}.`}customer_credentials[${index}]`;
}

function placesOf(node: ConfigNode, path: string, parts: RequestParts): CredentialPlaces {
  return {
    overrides: parts.fields.overrides,
    body: parts.fields.credentials,
    config: { fields: node, path },
    headers: parts.headers,
    principal: parts.principal,
  };
}

function bedrockTarget(common: CommonTarget, maker: Maker, places: CredentialPlaces): Target {
  const chosen = chooseCredentials(common.model, places, maker.deps.sources);
  const baseUrl = common.baseUrl ?? customHost(chosen.endpoint, common.path, maker.deps.settings);
  return Object.freeze({
    ...common,
    baseUrl,
    provider: "bedrock",
    region: regionOf(common.model, chosen, places, maker),
    credentials: chosen.source,
    isServerChain: chosen.isServerChain,
    apiKey: undefined,
  });
}

/** The ARN's > the chosen credential's > the request's > the server's. */
function regionOf(model: string, chosen: ChosenCredentials, places: CredentialPlaces, maker: Maker): string {
  const fromArn = parseModelArn(model)?.region;
  if (fromArn !== undefined && fromArn !== "") return checkRegion(fromArn);
  const named =
    chosen.region ??
    regionField(places.config?.fields) ??
    regionField(places.body) ??
    maker.parts.headers.get("aws-region");
  return named === undefined ? maker.deps.serverRegion : checkRegion(named);
}

const regionNames = ["aws_region", "aws_region_name", "awsRegion", "region", "region_name"];

function regionField(fields: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (fields === undefined) return undefined;
  for (const name of regionNames) {
    const value = fields[name];
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return undefined;
}
