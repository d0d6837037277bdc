/** Which virtual key a target is called by, where the request or the caller's key names one. */
import { AditError } from "@adit/bedrock";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import type { ConfigNode } from "../config/config-schema.ts";
import { slugOfKey, slugOfProvider } from "../request/named-keys.ts";
import type { RequestParts } from "./plan-maker.ts";
import { noSuchKey } from "./stored-keys.ts";

export interface TargetKey {
  key: VirtualKey;
  /** True for the default of the caller's key: it counts where nothing in the request does. */
  isDefault: boolean;
}

/** Where a target's model stands, as far as a slug in it counts before or after those of headers. */
export interface NamedModel {
  slug: string | undefined;
  /** True where the target's own parameters name the model, and not the request. */
  isTargets: boolean;
}

/**
 * Within the target: `provider`, `virtual_key`, the model of its parameters. Then of the request: the headers `provider` and `virtual-key`,
 * the model. Then the default of the caller's key.
 * @throws AditError `not_stored` for a slug that was not found.
 */
export function keyOfTarget(
  node: ConfigNode,
  model: NamedModel,
  { headers, principal, virtualKeys }: RequestParts,
): TargetKey | undefined {
  const inTarget = slugOfProvider(node.provider) ?? slugOfKey(node.virtual_key);
  const inHeaders = slugOfProvider(headers.get("provider")) ?? slugOfKey(headers.get("virtual-key"));
  const ordered = model.isTargets ? [inTarget, model.slug, inHeaders] : [inTarget, inHeaders, model.slug];
  const named = ordered.find((slug) => slug !== undefined);
  const slug = named ?? (principal.kind === "gateway_key" ? principal.key.defaultVirtualKey : undefined);
  if (slug === undefined) return undefined;
  const key = virtualKeys.get(slug);
  if (key === undefined) throw noSuchKey(slug, "virtual-key");
  return { key, isDefault: named === undefined };
}

/** The server's own credential goes where the operator sends it: any other host that a request names would be given it. */
export function serverStaysHome(path: string): AditError {
  return new AditError(
    "custom_host_not_allowed",
    "The server's own credential is not sent to a host that the request names.",
    {
      param: path === "config" ? "custom_host" : `${path}.custom_host`,
      remedy:
        "Send a credential of your own beside the custom host, or have the operator set AWS_ENDPOINT_URL_BEDROCK_RUNTIME.",
    },
  );
}

/** Who holds a stored secret may not be named by the request: another host would be given it. */
export function refuseHostBeside(key: VirtualKey | undefined, host: string | undefined, path: string): void {
  if (key === undefined || host === undefined) return;
  throw new AditError(
    "custom_host_not_allowed",
    `The virtual key ${key.slug} may be sent to its own host alone, not to one that the request names.`,
    {
      param: path === "config" ? "custom_host" : `${path}.custom_host`,
      remedy: "Leave the custom host out, or store it with the virtual key.",
    },
  );
}
