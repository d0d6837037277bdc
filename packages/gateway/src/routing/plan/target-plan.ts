/** One target of a plan: provider, model, credential, region, host, and the rules that hold for it. */
import { AditError, checkRegion, parseModelArn, parseModelName, providerNamed, Secret } from "@adit/bedrock";
import { regionAmong } from "@adit/bedrock/gateway";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { targetHooks } from "../../guardrails/config-hooks.ts";
import type { RoleSession } from "../../vault/role-sessions.ts";
import { labelOf } from "../../vault/virtual-key-sources.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import {
  awsHeaders,
  chooseCredentials,
  chooseOpenAiKey,
  fitsPattern,
  type ChosenCredentials,
  type CredentialPlaces,
} from "./choose-credentials.ts";
import { hasRegionList } from "./allowed.ts";
import { requestMetadataFor, sessionFor } from "./attributed-call.ts";
import type { ConfigNode } from "../config/config-schema.ts";
import { customHost, openAiHost } from "./custom-host.ts";
import { forwardedHeaders } from "../request/forwarded-headers.ts";
import type { Inherited } from "../config/inherit.ts";
import { loadBalance } from "./load-balance.ts";
import { layParams } from "../config/params.ts";
import type { PlanMaker } from "./plan-maker.ts";
import type { Plan, RetryRule, Target } from "./plan.ts";
import type { RequestFields, WeightedCredential } from "../request/request-fields.ts";
import { keyOfTarget, refuseHostBeside, serverStaysHome, type TargetKey } from "./target-key.ts";

/** Where a node stands, and what reaches it. */
export interface Position {
  path: string;
  inherited: Inherited;
  /** The model that this part of the plan is made for; undefined where the targets must name one. */
  model: string | undefined;
  fields: RequestFields;
}

/** AWS bounds model identifiers at 2,048 characters; a provider's prefix may stand before one. */
const longestModel = 2_100;

/** @throws AditError of status 400 that names the path. */
export function planOfTarget(node: ConfigNode, position: Position, maker: PlanMaker): Plan {
  const { path, fields } = position;
  const { headers } = maker.parts;
  if (node.prompt_id !== undefined) throw notByPrompt(path);
  const own = maker.inherited(position.inherited, node, path);
  const written = modelOf(own, position.model);
  const name = parseModelName(written);
  const isTargets = typeof own.override_params?.["model"] === "string";
  const targetKey = keyOfTarget(node, { slug: name.slug, isTargets }, maker.parts);
  const provider = providerOfTarget(node, { headers, inModel: name.provider, path }, targetKey);
  const rules = {
    defaults: own.default_params,
    overrides: own.override_params,
    drops: own.drop_params,
  };
  const { overrideParams, droppedParams } = layParams(rules, fields.body, {
    path,
    pathname: maker.parts.pathname,
    spend: (steps) => maker.spend(steps, path),
  });
  const common: CommonTarget = {
    kind: "target",
    path,
    model: name.id,
    modelAsked: position.model ?? written,
    overrideParams,
    droppedParams,
    paramRules: rules,
    forwardHeaders: own.forward_headers === undefined ? undefined : forwardedHeaders(headers, own.forward_headers),
    retry: retryRule(own.retry),
    requestTimeoutMs: own.request_timeout,
    idleTimeoutMs: own.idle_timeout,
    cache: own.cache,
    hooks: own.hooks === undefined ? undefined : targetHooks(own.hooks),
    strict: own.strict_open_ai_compliance,
    baseUrl: customHost(own.custom_host ?? headers.get("custom-host"), path, maker.deps.settings),
    weight: node.weight ?? 1,
  };
  const making: Making = { common, node, fields, maker, targetKey };
  return provider === "openai" ? openAiTarget(making) : bedrockPlan(making);
}

/** What targets of every provider have. */
type CommonTarget = Omit<Target, "provider" | "region" | "autoProfile" | CredentialMember>;
type CredentialMember =
  | "credentials"
  | "virtualKey"
  | "requestMetadata"
  | "credentialFrom"
  | "isServerChain"
  | "apiKey"
  | "apiKeyLabel";

/** A target in the making. */
interface Making {
  common: CommonTarget;
  node: ConfigNode;
  fields: RequestFields;
  maker: PlanMaker;
  targetKey: TargetKey | undefined;
}

/** A call by a prompt has put another in its place before. */
function notByPrompt(path: string): AditError {
  return new AditError("invalid_config", `${path}.prompt_id is for calls by a prompt, and this call names none.`, {
    param: `${path}.prompt_id`,
    remedy: "Call /v1/prompts/ID/completions with this config, or take prompt_id out of it.",
  });
}

export function noModel(): AditError {
  return new AditError("invalid_request", "model must be a non-empty string.", { param: "model" });
}

function modelOf(own: Inherited, requested: string | undefined): string {
  const override = own.override_params?.["model"];
  const fallback = own.default_params?.["model"];
  const asked = typeof override === "string" ? override : (requested ?? fallback);
  if (typeof asked !== "string") throw noModel();
  if (asked.length > longestModel) {
    throw new AditError("invalid_request", `model is longer than ${longestModel} characters.`, { param: "model" });
  }
  return asked;
}

/** A virtual key that is named decides; the default of the caller's key where the request names no provider. */
function providerOfTarget(
  node: ConfigNode,
  { headers, inModel, path }: { headers: CallerHeaders; inModel: string | undefined; path: string },
  targetKey: TargetKey | undefined,
): "bedrock" | "openai" {
  const ofKey = targetKey?.key.credential.kind === "openai_compatible" ? "openai" : "bedrock";
  if (targetKey?.isDefault === false) return ofKey;
  const named = node.provider ?? headers.get("provider") ?? inModel;
  if (named !== undefined) return providerOf(named, path);
  return targetKey === undefined ? "bedrock" : ofKey;
}

function providerOf(name: string, path: string): "bedrock" | "openai" {
  const known = providerNamed(name);
  if (known === "bedrock" || known === "openai") return known;
  throw new AditError("unknown_provider", `The provider "${name.slice(0, 64)}" is not known here.`, {
    param: path === "config" ? "provider" : `${path}.provider`,
    remedy: "Use one of: bedrock, aws_bedrock, amazon_bedrock, openai.",
  });
}

function retryRule(retry: Inherited["retry"]): RetryRule | undefined {
  if (retry === undefined) return undefined;
  return {
    attempts: retry.attempts,
    onStatusCodes: retry.on_status_codes,
    useRetryAfterHeader: retry.use_retry_after_header ?? false,
    waitMs: retry.wait_ms,
  };
}

function openAiTarget({ common, node, fields, maker, targetKey }: Making): Target {
  maker.countTarget(common.path);
  const stored = targetKey?.key.credential.kind === "openai_compatible" ? targetKey : undefined;
  const given = openAiKeyOf({ node, fields, maker, common, targetKey: stored });
  if (given === undefined && stored === undefined) throw lacksKey(common, node, maker.parts.headers);
  const isStored = given === undefined;
  if (isStored) refuseHostBeside(stored?.key, common.baseUrl, common.path);
  return {
    ...common,
    provider: "openai",
    baseUrl: common.baseUrl ?? storedHost(stored) ?? openAiHost(maker.deps.settings),
    region: "",
    autoProfile: false,
    credentials: undefined,
    virtualKey: isStored ? stored?.key : undefined,
    requestMetadata: undefined,
    credentialFrom: isStored ? "virtual_key" : "request",
    isServerChain: false,
    apiKey: given === undefined ? storedApiKey(stored, maker) : new Secret(given.token),
    apiKeyLabel: given === undefined ? stored && labelOf(stored.key) : given.label,
  };
}

/** A key that the request brings. Behind a virtual key that it names, headers are not looked at. */
function openAiKeyOf({ common, node, fields, maker, targetKey }: Making): ReturnType<typeof chooseOpenAiKey> {
  const { headers, principal } = maker.parts;
  // A config's own key is sent as it is, whatever it looks like: self-hosted servers often take any key.
  const own = node.api_key?.trim() ?? "";
  if (own !== "") return { token: own, label: `${common.path}.api_key` };
  return chooseOpenAiKey({ headers: targetKey?.isDefault === false ? undefined : headers, principal }, [
    { token: fields.openAiKey, label: "request body (customer_credentials.openai)" },
    { token: fields.apiKey, label: "request body (api_key)" },
  ]);
}

function storedHost(stored: TargetKey | undefined): string | undefined {
  const credential = stored?.key.credential;
  return credential?.kind === "openai_compatible" ? credential.baseUrl : undefined;
}

function storedApiKey(stored: TargetKey | undefined, { deps }: PlanMaker): Target["apiKey"] {
  return stored === undefined ? undefined : () => deps.storedKeys.apiKey(stored.key);
}

function lacksKey({ path, model }: Making["common"], { provider }: ConfigNode, headers: CallerHeaders): AditError {
  if (path !== "config") {
    return new AditError("incomplete_credentials", `The target ${path} lacks an api_key.`, {
      param: `${path}.api_key`,
      remedy: "Give the target the api_key of its provider.",
    });
  }
  // Who means a model on Bedrock has to see which word leads elsewhere: with other gateways `openai/` names the format.
  if ((provider ?? headers.get("provider")) === undefined) {
    return new AditError(
      "incomplete_credentials",
      "The model's name has openai for its provider, and the request holds no API key of it.",
      {
        param: "model",
        remedy: `For a model on Bedrock write ${model} alone; for OpenAI's send its key as Authorization: Bearer and the gateway key in x-adit-api-key, or as api_key in the body or in a config.`,
      },
    );
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

/** A name for models, perhaps a pattern, that is held against a target's model takes as long as this many steps. */
const stepsOfName = 20;
/** The same for a field that may be a part of a credential. */
const stepsOfField = 50;

function bedrockPlan(making: Making): Plan {
  const { common, fields, maker } = making;
  const names = (fields.weighted ?? []).reduce((all, { models = [] }) => all + models.length, fields.overrides.size);
  maker.spend(names * stepsOfName, common.path);
  const places = placesOf(making);
  if (fields.weighted === undefined) return bedrockTarget(making, places);
  const list = `${common.path === "config" ? "" : `${common.path}.`}customer_credentials`;
  const able = fields.weighted.flatMap((entry, index) =>
    entry.fields !== undefined && serves(entry, common.model)
      ? [{ weight: entry.weight, body: entry.fields, path: `${list}[${index}]` }]
      : [],
  );
  // What stands elsewhere in the request may serve; the server's own credential is not what was asked for.
  if (able.length === 0) return bedrockTarget(making, { ...places, unservedList: list });
  const drawn = able.filter(({ weight }) => weight > 0);
  return loadBalance(
    list,
    drawn.map(({ weight, body, path }) => ({
      weight,
      plan: bedrockTarget(
        { ...making, common: { ...common, path, weight } },
        { ...places, body, bedrockPath: `${path}.credentials.bedrock` },
      ),
    })),
  );
}

function serves({ models }: WeightedCredential, model: string): boolean {
  return models === undefined || models.some((name) => fitsPattern(model, parseModelName(name).id));
}

function placesOf({ common, node, fields, maker, targetKey }: Making): CredentialPlaces {
  const { headers, principal } = maker.parts;
  const { storedKeys } = maker.deps;
  return {
    overrides: fields.overrides,
    body: fields.credentials,
    topLevel: fields.topLevel,
    bedrockPath: fields.bedrockPath,
    bodyKey: fields.apiKey,
    config: { fields: node, path: common.path },
    headers,
    // A key's default credential may be for another host, and is then not used for AWS.
    virtualKey:
      targetKey === undefined || targetKey.key.credential.kind === "openai_compatible"
        ? undefined
        : { ...targetKey, source: (token) => storedKeys.source(targetKey.key, token, sessionOf(targetKey.key, maker)) },
    principal,
    look: (count) => maker.spend(count * stepsOfField, common.path),
  };
}

function sessionOf({ attribution }: VirtualKey, maker: PlanMaker): RoleSession | undefined {
  return attribution === undefined ? undefined : sessionFor(attribution, maker.attributedCall());
}

function requestMetadataOf(key: VirtualKey | undefined, maker: PlanMaker): Record<string, string> | undefined {
  return key?.attribution === undefined ? undefined : requestMetadataFor(key.attribution, maker.attributedCall());
}

function bedrockTarget({ common, maker }: Making, places: CredentialPlaces): Target {
  maker.countTarget(common.path);
  const chosen = chooseCredentials(common.model, places, maker.deps.sources);
  const asked = common.baseUrl ?? chosen.endpoint;
  if (asked !== undefined && chosen.isServerChain && chosen.virtualKey === undefined)
    throw serverStaysHome(common.path);
  refuseHostBeside(chosen.virtualKey, asked, common.path);
  const host = chosen.virtualKey === undefined ? chosen.endpoint : chosen.virtualKey.endpoint;
  const baseUrl = common.baseUrl ?? customHost(host, common.path, maker.deps.settings);
  // Member by member: a spread with members after it costs 2.6 KB of garbage a request on Node 20.
  return {
    kind: "target",
    path: common.path,
    provider: "bedrock",
    model: common.model,
    modelAsked: common.modelAsked,
    region: regionOf(common.model, chosen, places, maker),
    credentials: chosen.source,
    virtualKey: chosen.virtualKey,
    requestMetadata: requestMetadataOf(chosen.virtualKey, maker),
    credentialFrom: chosen.from,
    isServerChain: chosen.isServerChain,
    apiKey: undefined,
    apiKeyLabel: undefined,
    autoProfile: maker.deps.settings.autoProfile && !hasRegionList(chosen.virtualKey, maker.parts.principal),
    baseUrl,
    overrideParams: common.overrideParams,
    droppedParams: common.droppedParams,
    paramRules: common.paramRules,
    forwardHeaders: common.forwardHeaders,
    retry: common.retry,
    requestTimeoutMs: common.requestTimeoutMs,
    idleTimeoutMs: common.idleTimeoutMs,
    cache: common.cache,
    hooks: common.hooks,
    strict: common.strict,
    weight: common.weight,
  };
}

/** The ARN's > the chosen credential's > the request's > the server's. */
function regionOf(model: string, chosen: ChosenCredentials, places: CredentialPlaces, maker: PlanMaker): string {
  const fromArn = maker.parts.calledRegion ?? parseModelArn(model)?.region;
  if (fromArn !== undefined && fromArn !== "") return checkRegion(fromArn);
  const named =
    chosen.region ??
    regionField(places.config?.fields) ??
    regionField(places.body) ??
    regionField(places.topLevel) ??
    regionField(awsHeaders(maker.parts.headers)) ??
    signedRegion(maker.parts.principal);
  return named === undefined ? maker.deps.serverRegion : checkRegion(named);
}

function signedRegion(principal: CallerPrincipal): string | undefined {
  return principal.kind === "gateway_key" ? principal.signedRegion : undefined;
}

function regionField(fields: Readonly<Record<string, unknown>> | undefined): string | undefined {
  return fields === undefined ? undefined : regionAmong(fields)?.region;
}
