/** `GET /v1/models` and `GET /v1/models/{id}`: what can be named as `model`. */
import {
  AditError,
  catalogueModels,
  factsOfModel,
  nearestModelIds,
  openAiErrorBody,
  parseModelArn,
  parseModelName,
  type BedrockClient,
  type CatalogueModel,
  type FoundationModelSummary,
  type InferenceProfile,
  type PriceRow,
  type PriceTable,
} from "@adit/bedrock";
import { hasScope, type CallerPrincipal, type Principal } from "../../access/principal.ts";
import type { SignerDependencies } from "../../routing/plan/signer.ts";
import { flagIn } from "../../http/request/header-flag.ts";
import { isForAnthropic } from "../../http/reply/anthropic-errors.ts";
import type { Incoming, Reply, Route } from "../../http/routes/route.ts";
import { checkCredentialAllowed } from "../../routing/plan/allowed.ts";
import type { RoutingDependencies } from "../../routing/dependencies.ts";
import { makePlan } from "../../routing/plan/make-plan.ts";
import { namedVirtualKeys, type VirtualKeysBySlug } from "../../routing/request/named-keys.ts";
import type { Plan, Target } from "../../routing/plan/plan.ts";
import { configOfRequest } from "../../routing/request/request-config.ts";
import { takeRequestFields } from "../../routing/request/request-fields.ts";
import { partOfModels } from "./part-of-models.ts";
import { allowedKeys, boundKeys, usableBy, type IsUsable } from "./usable-models.ts";

export interface ModelsDependencies extends SignerDependencies {
  routing: RoutingDependencies;
  client: BedrockClient;
  /** What calls are priced by: the operator's own over the package's. */
  prices: () => PriceTable;
}

/** A model as OpenAI lists it, with what a caller may want to know of it. */
interface ListedModel {
  id: string;
  object: "model";
  /** Seconds since 1970; 0 where it is not known. */
  created: number;
  owned_by: string;
  [extra: string]: unknown;
}

/**
 * Without a word on where to look, the list is the catalogue that comes with Adit, and AWS is not asked. A provider, a config or credentials in the
 * request ask AWS: the region's foundation models, and its inference profiles. What the caller's key may not call is in neither.
 */
export function modelRoutes(deps: ModelsDependencies): Route[] {
  return [
    {
      method: "GET",
      path: "/v1/models",
      access: "control",
      errorBody: openAiErrorBody,
      handle: async (incoming, reply, principal) => {
        checkMayList(principal);
        const models = await list(incoming, principal, deps);
        // Anthropic's pages have other names: its clients get all in one.
        if (isForAnthropic(incoming.headers)) reply.send(200, anthropicList(models));
        else reply.send(200, { object: "list", data: partOfModels(models, incoming.query) });
      },
    },
    {
      method: "GET",
      path: "/v1/models/*",
      access: "control",
      errorBody: openAiErrorBody,
      handle: async (incoming, reply, principal) => {
        checkMayList(principal);
        const bound = await boundKeys(principal, deps.routing.storedKeys);
        sendOne(incoming, reply, { isUsable: usableBy(principal, bound), prices: deps.prices() });
      },
    },
  ];
}

/** Portkey's keys list models by either; the last is the older word. */
const listScopes = ["completions.write", "models.list", "virtual_keys.list"];

/** @throws AditError `forbidden` */
function checkMayList(principal: Principal): void {
  if (principal.kind !== "gateway_key" || listScopes.some((scope) => hasScope(principal.key, scope))) return;
  throw new AditError("forbidden", "The gateway key lacks the scope models.list.", {
    remedy: `Use a key with one of ${listScopes.join(", ")}.`,
  });
}

async function list(incoming: Incoming, principal: Principal, deps: ModelsDependencies): Promise<ListedModel[]> {
  // AWS is asked with a key's rights; a person has none to call with.
  const shown = (isUsable: IsUsable): ListedModel[] => fromCatalogue({ isUsable, prices: deps.prices() });
  if (principal.kind === "person") return shown(() => true);
  const asked = await askedOf(incoming, principal, deps.routing);
  // Portkey's switch: what is allowed by the virtual keys that the request names, and AWS is not asked.
  if (flagIn(incoming.headers, "fetch-integrated-models") === true && asked.virtualKeys.size > 0) {
    return shown(usableBy(principal, allowedKeys(principal, asked.virtualKeys.values())));
  }
  const target = asked.target();
  if (target === undefined) {
    return shown(usableBy(principal, await boundKeys(principal, deps.routing.storedKeys)));
  }
  const isUsable = usableBy(principal, target.virtualKey === undefined ? undefined : [target.virtualKey]);
  return (await live(target, incoming, deps)).filter(({ id }) => isUsable(id));
}

/** What of the catalogue is shown, and by which prices. */
interface Showing {
  isUsable: IsUsable;
  prices: PriceTable;
}

function sendOne(incoming: Incoming, reply: Reply, { isUsable, prices }: Showing): void {
  const asked = decoded(incoming.path.slice("/v1/models/".length));
  const { id } = parseModelName(asked);
  const found = catalogued(id, prices);
  if (found === undefined) {
    const nearest = nearestModelIds(id, 3).filter(isUsable);
    throw new AditError("model_not_found", `The model "${asked.slice(0, 200)}" is not in the catalogue.`, {
      param: "model",
      remedy: `${nearest.length === 0 ? "" : `The nearest ids are ${nearest.join(", ")}. `}A chat completion may name it all the same: AWS decides.`,
    });
  }
  if (!isUsable(id)) {
    throw new AditError("forbidden", `The gateway key, or the virtual key behind it, does not allow the model ${id}.`, {
      param: "model",
      remedy: "See GET /v1/models for what it allows.",
    });
  }
  const model = { ...listed(found, isUsable), ...named(id, prices) };
  reply.send(200, isForAnthropic(incoming.headers) ? anthropicModel(model) : model);
}

function anthropicList(models: readonly ListedModel[]): object {
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

/** A model as Anthropic lists it: by the types of its SDK a time that is not known is that of the epoch. */
function anthropicModel({ id, created, modelName, contextTokens, maxOutputTokens }: ListedModel) {
  return {
    type: "model",
    id,
    display_name: modelName ?? id,
    created_at: new Date(created * 1000).toISOString(),
    max_input_tokens: contextTokens ?? null,
    max_tokens: maxOutputTokens ?? null,
  };
}

/** A model by its id, by the id of one of its inference profiles, or by the ARN of either. */
function catalogued(named: string, prices: PriceTable): CatalogueModel | undefined {
  const { baseId } = factsOfModel(named);
  const id = parseModelArn(named)?.resourceId ?? named;
  const found = catalogueModels(prices).find((model) => model.id === baseId);
  return id === baseId || found?.geographies.some((geography) => id === `${geography}.${baseId}`) === true
    ? found
    : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new AditError("invalid_request", "The model's id is not percent-encoded as it should be.", {
      param: "model",
      cause: error,
    });
  }
}

interface Asked {
  /** Those that the request, its config and the caller's key name. */
  virtualKeys: VirtualKeysBySlug;
  /** The first target that the request's headers speak of; undefined where they speak of none. @throws AditError `forbidden` */
  target: () => Target | undefined;
}

async function askedOf(incoming: Incoming, principal: CallerPrincipal, deps: RoutingDependencies): Promise<Asked> {
  const { headers } = incoming;
  const config = await configOfRequest(headers, principal, deps.findConfig);
  const named = { model: "models", fields: takeRequestFields({}), headers, principal };
  const virtualKeys = await namedVirtualKeys(config.root, named, deps.storedKeys);
  const parts = { ...named, virtualKeys, pathname: incoming.path, configId: config.id };
  return {
    virtualKeys,
    target: () => {
      const target = firstTarget(makePlan(config.root, parts, deps));
      if (target === undefined || target.credentials === undefined) return undefined;
      const isNamed = config.id !== "" || headers.get("provider") !== undefined || bringsCredential(target, principal);
      if (!isNamed) return undefined;
      checkCredentialAllowed(target, principal);
      return target;
    },
  };
}

/** What the caller's key brings along is no word of the request's. */
function bringsCredential({ credentialFrom, virtualKey }: Target, principal: CallerPrincipal): boolean {
  const ownSlug = principal.kind === "gateway_key" ? principal.key.defaultVirtualKey : undefined;
  return credentialFrom === "request" || (virtualKey !== undefined && virtualKey.slug !== ownSlug);
}

function firstTarget(plan: Plan): Target | undefined {
  switch (plan.kind) {
    case "target":
      return plan.provider === "bedrock" ? plan : undefined;
    case "fallback":
      return plan.members.map(firstTarget).find((target) => target !== undefined);
    case "loadbalance":
      return plan.members.map((member) => firstTarget(member.plan)).find((target) => target !== undefined);
  }
}

async function live(target: Target, incoming: Incoming, deps: ModelsDependencies): Promise<ListedModel[]> {
  const standIn = target.isServerChain ? await deps.standIn(target.virtualKey) : undefined;
  const credentials = standIn?.credentials ?? target.credentials;
  if (credentials === undefined) return [];
  const call = {
    region: target.region,
    credentials,
    signal: incoming.signal,
    ...(standIn !== undefined && { baseUrl: standIn.url }),
  };
  const [models, profiles] = await Promise.all([
    deps.client.listFoundationModels(call),
    deps.client.listInferenceProfiles(call),
  ]);
  return [...models.map(fromFoundationModel), ...profiles.map(fromProfile)];
}

/** A model that may be called by a profile alone stands there by the profile's id. */
function fromCatalogue({ isUsable, prices }: Showing): ListedModel[] {
  return catalogueModels(prices).flatMap((model) => {
    const shown = listed(model, isUsable);
    return isUsable(model.id) ? [shown] : shown.inference_profiles.map((id) => ({ ...shown, ...named(id, prices) }));
  });
}

/** An operator may have given a profile's id, or an ARN, prices of its own. */
function named(id: string, prices: PriceTable): { id: string; prices?: readonly PriceRow[] } {
  const own = prices.models.get(id)?.rows;
  return own === undefined ? { id } : { id, prices: own };
}

function listed(model: CatalogueModel, isUsable: IsUsable): ListedModel & { inference_profiles: string[] } {
  const { id, provider, geographies, ...rest } = model;
  const profiles = geographies.map((geography) => `${geography}.${id}`).filter(isUsable);
  return { id, object: "model", created: 0, owned_by: provider, ...rest, inference_profiles: profiles };
}

function fromFoundationModel(model: FoundationModelSummary): ListedModel {
  const { modelId, modelArn, providerName, ...rest } = model;
  return {
    id: modelId,
    object: "model",
    created: secondsOf(isRecord(rest["modelLifecycle"]) ? rest["modelLifecycle"]["startOfLifeTime"] : undefined),
    owned_by: typeof providerName === "string" ? providerName : "",
    arn: modelArn,
    ...rest,
  };
}

function fromProfile(profile: InferenceProfile): ListedModel {
  const { inferenceProfileId, inferenceProfileArn, models, createdAt, ...rest } = profile;
  return {
    // An application profile can be called by its ARN alone.
    id: rest["type"] === "APPLICATION" ? inferenceProfileArn : inferenceProfileId,
    object: "model",
    created: secondsOf(createdAt),
    owned_by: "inference-profile",
    arn: inferenceProfileArn,
    models: models.map((model) => model.modelArn),
    ...rest,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function secondsOf(value: unknown): number {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}
