/** Compiles a request's config, model and credentials to a plan. */
import {
  AditError,
  checkRegion,
  parseModelArn,
  parseModelName,
  providerNamed,
  Secret,
  type JsonObject,
} from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import type { CallerHeaders } from "../http/caller-headers.ts";
import type { Settings } from "../settings.ts";
import {
  chooseCredentials,
  chooseOpenAiKey,
  fitsPattern,
  type ChosenCredentials,
  type CredentialPlaces,
} from "./choose-credentials.ts";
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
  /** Undefined where the body names none: then each target must. */
  model: string | undefined;
  fields: RequestFields;
  headers: CallerHeaders;
  principal: Principal;
}

interface Maker {
  parts: RequestParts;
  deps: RoutingDependencies;
  /** Targets made so far, of the whole plan. */
  count: { targets: number };
}

/** Each costs memory and time before anything is sent, and lists multiply one another: fallbacks, config, credentials. */
const mostTargets = 500;
/** AWS bounds model identifiers at 2,048 characters; a provider's prefix may stand before one. */
const longestModel = 2_100;

/** What a node hands down to the targets under it. */
type Inherited = {
  [Name in "override_params" | "retry" | "request_timeout" | "strict_open_ai_compliance" | "custom_host"]?:
    | ConfigNode[Name]
    | undefined;
};

/** @throws AditError of status 400 that names the path. */
export function makePlan(root: ConfigNode, parts: RequestParts, deps: RoutingDependencies): Plan {
  const maker: Maker = { parts, deps, count: { targets: 0 } };
  const own = planOfNode(root, { path: "config", inherited: legacyRetry(parts.headers) }, maker);
  const fallbacks = parts.fields.fallbackModels;
  if (fallbacks.length === 0) return own;
  const others = fallbacks.map((model, index) =>
    planOfNode(
      root,
      { path: `fallback_models[${index}]`, inherited: legacyRetry(parts.headers) },
      { ...maker, parts: { ...parts, model } },
    ),
  );
  return {
    kind: "fallback",
    path: "fallback_models",
    onStatusCodes: undefined,
    members: [own, ...others],
  };
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
      return {
        kind: "fallback",
        path: position.path,
        onStatusCodes: node.strategy.on_status_codes,
        members: members.map(plan),
      };
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
  return { kind: "loadbalance", path, members };
}

/** Parameters are merged, the child's winning; the rest counts only where the child has none. */
function inherit(parent: Inherited, child: ConfigNode): Inherited {
  const own = child.override_params;
  return {
    override_params: own === undefined ? parent.override_params : { ...parent.override_params, ...own },
    retry: child.retry ?? parent.retry,
    request_timeout: child.request_timeout ?? parent.request_timeout,
    strict_open_ai_compliance: child.strict_open_ai_compliance ?? parent.strict_open_ai_compliance,
    custom_host: child.custom_host ?? parent.custom_host,
  };
}

function planOfTarget(node: ConfigNode, position: Position, maker: Maker): Plan {
  const { parts } = maker;
  const own = inherit(position.inherited, node);
  refuseStoredNames(node, position.path);
  const overrideModel = own.override_params?.["model"];
  const asked = typeof overrideModel === "string" ? overrideModel : parts.model;
  if (asked === undefined) throw noModel();
  if (asked.length > longestModel) {
    throw new AditError("invalid_request", `model is longer than ${longestModel} characters.`, { param: "model" });
  }
  const name = parseModelName(asked);
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

export function noModel(): AditError {
  return new AditError("invalid_request", "model must be a non-empty string.", { param: "model" });
}

type CommonTarget = Omit<Target, "provider" | "region" | "credentials" | "isServerChain" | "apiKey" | "apiKeyLabel">;

function refuseStoredNames(node: ConfigNode, path: string): void {
  const name = node.virtual_key ?? (node.provider?.startsWith("@") === true ? node.provider : undefined);
  if (name === undefined) return;
  const param = node.virtual_key === undefined ? `${path}.provider` : `${path}.virtual_key`;
  throw new AditError("not_stored", `${param}: nothing is stored as "${name.slice(0, 64)}".`, { param });
}

function providerOf(name: string, path: string): "bedrock" | "openai" {
  const known = providerNamed(name);
  if (known === "bedrock" || known === "openai") return known;
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

/** Longer than any address of a host; what reads it further on need not be quick with more. */
const longestHost = 2_048;

/**
 * A host from the request counts only where the operator listed its origin. The scheme is looked at too: a `blob:` URL has
 * the origin of the address inside it, and as its path that whole address.
 */
function customHost(text: string | undefined, path: string, settings: Settings): string | undefined {
  if (text === undefined) return undefined;
  const url = text.length <= longestHost && URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (!isPlain || !settings.customHosts.has(url.origin)) {
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
  countTarget(maker, common.path);
  const { fields, headers, principal } = maker.parts;
  // A config's own key is sent as it is, whatever it looks like: hosts of one's own often take any.
  const own = node.api_key?.trim() ?? "";
  const elsewhere = chooseOpenAiKey({ headers, principal }, [
    { token: fields.openAiKey, label: "request body (customer_credentials.openai)" },
    { token: fields.apiKey, label: "request body (api_key)" },
  ]);
  const key = own === "" ? elsewhere : { token: own, label: `${common.path}.api_key` };
  if (key === undefined) throw lacksKey(common.path);
  return {
    ...common,
    provider: "openai",
    baseUrl: common.baseUrl ?? openAiHost(maker.deps.settings),
    region: "",
    credentials: undefined,
    isServerChain: false,
    apiKey: new Secret(key.token),
    apiKeyLabel: key.label,
  };
}

function lacksKey(path: string): AditError {
  if (path !== "config") {
    return new AditError("incomplete_credentials", `The target ${path} lacks an api_key.`, {
      param: `${path}.api_key`,
      remedy: "Give the target the api_key of its provider.",
    });
  }
  return new AditError(
    "incomplete_credentials",
    "The request goes to the provider openai and holds no API key of it.",
    {
      param: "api_key",
      remedy:
        "Send the provider's key as Authorization: Bearer and the gateway key in x-adit-api-key, or as api_key in the body or in a config.",
    },
  );
}

function openAiHost(settings: Settings): string {
  if (settings.customHosts.has(new URL(openAiBase).origin)) return openAiBase;
  throw new AditError(
    "custom_host_not_allowed",
    `The provider openai is at ${openAiBase}, which this gateway may not call.`,
    {
      param: "provider",
      remedy: `Have ${new URL(openAiBase).origin} added to ADIT_CUSTOM_HOSTS.`,
    },
  );
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
        bedrockPath: `${weightedPath(common.path, index)}.credentials.bedrock`,
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
    bedrockPath: parts.fields.bedrockPath,
    bodyKey: parts.fields.apiKey,
    config: { fields: node, path },
    headers: parts.headers,
    principal: parts.principal,
  };
}

function countTarget({ count }: Maker, path: string): void {
  count.targets += 1;
  if (count.targets <= mostTargets) return;
  throw new AditError("invalid_config", `The request comes to more than ${mostTargets} targets.`, {
    param: path,
    remedy: "Name fewer fallback models, targets or credentials.",
  });
}

function bedrockTarget(common: CommonTarget, maker: Maker, places: CredentialPlaces): Target {
  countTarget(maker, common.path);
  const chosen = chooseCredentials(common.model, places, maker.deps.sources);
  const baseUrl = common.baseUrl ?? customHost(chosen.endpoint, common.path, maker.deps.settings);
  // Member by member: a spread with members after it costs 2.6 KB of garbage a request on Node 20.
  return {
    kind: "target",
    path: common.path,
    provider: "bedrock",
    model: common.model,
    region: regionOf(common.model, chosen, places, maker),
    credentials: chosen.source,
    isServerChain: chosen.isServerChain,
    apiKey: undefined,
    apiKeyLabel: undefined,
    baseUrl,
    overrideParams: common.overrideParams,
    retry: common.retry,
    requestTimeoutMs: common.requestTimeoutMs,
    strict: common.strict,
    weight: common.weight,
  };
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
