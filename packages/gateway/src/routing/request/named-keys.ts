/** Which virtual keys a request speaks of. They are found before the plan is made, so that making it waits for nothing. */
import { AditError, parseModelName } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { projectOf, type CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { isSlug } from "../../terms/slug.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import type { ConfigNode } from "../config/config-schema.ts";
import type { RequestFields } from "./request-fields.ts";
import { noSuchKey, type StoredKeys } from "../plan/stored-keys.ts";

export type VirtualKeysBySlug = ReadonlyMap<string, VirtualKey>;

export const noVirtualKeys: VirtualKeysBySlug = new Map();

export interface NamingParts {
  /** The body's. */
  model: string | undefined;
  fields: Pick<RequestFields, "fallbackModels" | "balancedModels">;
  headers: CallerHeaders;
  principal: CallerPrincipal;
}

/** Each is a look-up. */
const mostNames = 500;

/**
 * The virtual keys by the slugs that the request, its config and the caller's key name; at once where they name none.
 * Rejects with AditError `not_stored` that names the place and what is near, `store_unavailable`.
 */
export function namedVirtualKeys(
  root: ConfigNode,
  parts: NamingParts,
  stored: StoredKeys,
): VirtualKeysBySlug | Promise<VirtualKeysBySlug> {
  const names = namesIn(root, parts);
  return names.size === 0 ? noVirtualKeys : findKeys(names, parts, stored);
}

async function findKeys(
  names: ReadonlyMap<string, string>,
  parts: NamingParts,
  stored: StoredKeys,
): Promise<VirtualKeysBySlug> {
  if (names.size > mostNames) {
    throw new AditError("invalid_config", `The request names more than ${mostNames} virtual keys.`, {
      param: "config",
    });
  }
  const projectId = projectOf(parts.principal);
  const found = new Map<string, VirtualKey>();
  for (const [slug, param] of names) {
    const key = isSlug(slug) ? await stored.find(projectId, slug) : undefined;
    if (key === undefined) throw noSuchKey(slug, param, await hintFor(slug, parts.principal, stored));
    found.set(slug, key);
  }
  return found;
}

/** Near slugs of the caller's project: of those that it may use. */
async function hintFor(slug: string, principal: CallerPrincipal, stored: StoredKeys): Promise<string> {
  const slugs = await stored.slugs(projectOf(principal));
  const allowed = principal.kind === "gateway_key" ? principal.key.allowedVirtualKeys : undefined;
  return didYouMean(slug, allowed === undefined ? slugs : slugs.filter((one) => allowed.includes(one)));
}

/** Slugs, each with the first place that names it. */
function namesIn(root: ConfigNode, { model, fields, headers, principal }: NamingParts): Map<string, string> {
  const names = new Map<string, string>();
  const add = (slug: string | undefined, param: string): void => {
    if (slug !== undefined && !names.has(slug)) names.set(slug, param);
  };
  const ofProvider = slugOfProvider(headers.get("provider"));
  // Where the provider holds a slug, the other name is ignored, and need not be stored.
  if (ofProvider === undefined) add(slugOfKey(headers.get("virtual-key")), "virtual-key");
  else add(ofProvider, "provider");
  add(slugOfModel(model), "model");
  for (const [index, name] of fields.fallbackModels.entries()) add(slugOfModel(name), `fallback_models[${index}]`);
  for (const [index, entry] of (fields.balancedModels ?? []).entries()) {
    add(slugOfModel(entry.model), `load_balance_group.models[${index}].model`);
  }
  addNamesOfNode(root, "config", add);
  if (principal.kind === "gateway_key") add(principal.key.defaultVirtualKey, "virtual-key");
  return names;
}

/** The slugs that a config itself names, each with its place. */
export function slugsOfConfig(root: ConfigNode): { slug: string; path: string }[] {
  const named: { slug: string; path: string }[] = [];
  addNamesOfNode(root, "config", (slug, path) => {
    if (slug !== undefined) named.push({ slug, path });
  });
  return named;
}

function addNamesOfNode(node: ConfigNode, path: string, add: (slug: string | undefined, param: string) => void): void {
  const ofProvider = slugOfProvider(node.provider);
  if (ofProvider === undefined) add(slugOfKey(node.virtual_key), `${path}.virtual_key`);
  else add(ofProvider, `${path}.provider`);
  for (const params of ["override_params", "default_params"] as const) {
    const model = node[params]?.["model"];
    if (typeof model === "string") add(slugOfModel(model), `${path}.${params}.model`);
  }
  for (const [index, target] of (node.targets ?? []).entries())
    addNamesOfNode(target, `${path}.targets[${index}]`, add);
}

/** `@slug`. In a header a model may follow it, which is ignored. */
export function slugOfProvider(text: string | undefined): string | undefined {
  if (text?.startsWith("@") !== true) return undefined;
  const end = text.indexOf("/");
  return text.slice(1, end === -1 ? undefined : end);
}

/** The slug alone, or `@slug`, as providers and models have it. */
export function slugOfKey(text: string | undefined): string | undefined {
  return text?.startsWith("@") === true ? text.slice(1) : text;
}

function slugOfModel(text: string | undefined): string | undefined {
  return text?.startsWith("@") === true ? parseModelName(text).slug : undefined;
}
