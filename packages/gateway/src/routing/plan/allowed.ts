/** Whether the caller's gateway key, and the virtual keys that it calls by, allow what a plan would do. Looked at before anything is sent. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { GatewayKey } from "../../access/gateway-key.ts";
import type { CallerPrincipal } from "../../access/principal.ts";
import { isModelAllowed } from "../../vault/model-patterns.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import type { Plan, Target } from "./plan.ts";

/** What the request asks of every target of its plan. */
export interface AskedOfAll {
  /** What is called where that is no model; the model that a config has for the target is not called then. */
  calledPath?: string | undefined;
  /** Without the gateway's own fields. */
  body?: JsonObject;
}

/**
 * @throws AditError `forbidden` that names what is not allowed, and where it is asked for.
 */
export function checkAllowed(plan: Plan, principal: CallerPrincipal, asked: AskedOfAll = {}): void {
  switch (plan.kind) {
    case "target":
      for (const model of [asked.calledPath ?? plan.model, ...modelsBeside(plan, asked)]) {
        checkByVirtualKey(plan, model);
        if (principal.kind === "gateway_key") checkByGatewayKey(plan, model, principal.key);
      }
      return;
    case "fallback":
      for (const member of plan.members) checkAllowed(member, principal, asked);
      return;
    case "loadbalance":
      for (const member of plan.members) checkAllowed(member.plan, principal, asked);
  }
}

/** Where hosts that are not AWS's, such as OpenRouter and LiteLLM's proxy, read which models answer in another's place. */
const listsOfModels = [
  "models",
  "fallbacks",
  "context_window_fallbacks",
  "content_policy_fallbacks",
  "context_window_fallback_dict",
];

/** Of so many that stand in for one no host knows; each is looked at for every target of a plan. */
const mostBeside = 20;

/** As the host gets them. */
function modelsBeside({ provider, overrideParams }: Target, { body = {} }: AskedOfAll): readonly string[] {
  const found: string[] = [];
  if (provider === "bedrock") return found;
  for (const field of listsOfModels) {
    const given = Object.hasOwn(overrideParams, field) ? overrideParams[field] : body[field];
    addModels(given, field, found);
  }
  return found;
}

/**
 * What is none that can be read, or stands behind too many others, is as good as one that nobody allows: the field's name, which a list of all
 * models has too.
 */
function addModels(given: JsonValue | undefined, field: string, found: string[]): void {
  if (given === undefined || given === null) return;
  for (const entry of Array.isArray(given) ? given : [given]) {
    if (found.length > mostBeside) return;
    const model = isJsonObject(entry) ? entry["model"] : entry;
    found.push(typeof model === "string" && found.length < mostBeside ? model : field);
    // LiteLLM lays the entry's members over the request.
    if (isJsonObject(entry)) for (const inner of listsOfModels) addModels(entry[inner], inner, found);
  }
}

/** As {@link checkAllowed}, for a call that is of no model. */
export function checkCredentialAllowed(target: Target, principal: CallerPrincipal): void {
  const { virtualKey, region, path } = target;
  if (!isRegionAllowed(virtualKey?.allowedRegions, region)) {
    throw notAllowed(`The virtual key ${virtualKey?.slug ?? ""}`, `the region ${region}`, path);
  }
  if (principal.kind !== "gateway_key") return;
  const { key } = principal;
  if (!isRegionAllowed(key.allowedRegions, region)) throw notAllowed("The gateway key", `the region ${region}`, path);
  checkCredential(target, key);
}

function checkByVirtualKey({ virtualKey, region, path }: Target, model: string): void {
  if (virtualKey === undefined) return;
  const { slug, allowedModels, allowedRegions } = virtualKey;
  if (!isModelAllowed(allowedModels, model)) {
    throw notAllowed(`The virtual key ${slug}`, `the model ${model}`, path, notInPortkeysList);
  }
  if (!isRegionAllowed(allowedRegions, region)) {
    throw notAllowed(`The virtual key ${slug}`, `the region ${region}`, path);
  }
}

/** What Portkey's clients get where a provider's list of models lacks one; regions it has no word for. */
const notInPortkeysList = { status: 412, type: "model_not_allowed_error" } as const;

function checkByGatewayKey(target: Target, model: string, key: GatewayKey): void {
  const { region, path } = target;
  if (!isModelAllowed(key.allowedModels, model)) throw notAllowed("The gateway key", `the model ${model}`, path);
  if (!isRegionAllowed(key.allowedRegions, region)) throw notAllowed("The gateway key", `the region ${region}`, path);
  checkCredential(target, key);
}

function checkCredential({ virtualKey, credentialFrom, path }: Target, key: GatewayKey): void {
  const slug = virtualKey?.slug;
  // The key's own default was given to it with the key.
  if (slug !== undefined && slug === key.defaultVirtualKey) return;
  if (slug !== undefined && key.allowedVirtualKeys?.includes(slug) === false) {
    throw notAllowed("The gateway key", `the virtual key ${slug}`, path);
  }
  if (slug === undefined && credentialFrom === "server" && key.allowedVirtualKeys !== undefined) {
    throw notAllowed("The gateway key", "the server's own credentials: it is for certain virtual keys", path);
  }
  if (key.mayOverrideCredential) return;
  if (credentialFrom === "server" && key.defaultVirtualKey === undefined) return;
  throw notAllowed("The gateway key", "another credential than its own", path);
}

/** True where somebody said which regions may serve: no profile stands in for a model then, for it may lead to others. */
export function hasRegionList(virtualKey: VirtualKey | undefined, principal: CallerPrincipal): boolean {
  const ofKey = principal.kind === "gateway_key" ? principal.key.allowedRegions : undefined;
  return (ofKey ?? virtualKey?.allowedRegions) !== undefined;
}

/** Hosts that are not AWS's have no region. */
function isRegionAllowed(regions: readonly string[] | undefined, region: string): boolean {
  return regions === undefined || region === "" || regions.includes(region);
}

function notAllowed(who: string, what: string, path: string, vendor?: AditError["vendor"]): AditError {
  const where = path === "config" ? "" : ` (${path})`;
  return new AditError("forbidden", `${who} does not allow ${what}${where}.`, {
    ...(path !== "config" && { param: path }),
    remedy: "Ask for what is allowed, or use a key that allows this.",
    ...(vendor !== undefined && { vendor }),
  });
}
