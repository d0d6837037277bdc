/** What a file says as it is kept: blanks, a slash at an address's end or a scope said twice would else be a change at each run. */
import { checkRegion } from "@adit/bedrock";
import { checkGatewayKey } from "../../access/check-gateway-key.ts";
import type { GatewayKey, GatewayKeyPatch } from "../../access/gateway-key.ts";
import { checkTerms } from "../../vault/check-virtual-key.ts";
import { originOf } from "../../vault/shown-address.ts";
import type { VirtualKey, VirtualKeyPatch } from "../../vault/virtual-key.ts";

/** Of a virtual key, what is neither its credential nor its attribution. */
type VirtualKeyTerms = Pick<
  VirtualKeyPatch,
  "name" | "note" | "region" | "allowedModels" | "allowedRegions" | "expiresAt"
> & {
  endpoint?: string | null;
};

/** @throws AditError that names the field at fault, as the change itself. */
export function virtualKeyAsKept(terms: VirtualKeyTerms, found: VirtualKey): object {
  const given = filled(terms) as Partial<VirtualKey>;
  const origin = given.endpoint === undefined ? undefined : originOf(given.endpoint.trim());
  const region = given.region === undefined || given.region.trim() === "" ? undefined : checkRegion(given.region);
  const checked = checkTerms(
    { ...found, ...given, attribution: undefined },
    {
      kind: found.credential.kind,
      region: region ?? found.region,
      tags: undefined,
      // Whether the host may be called, and whether the expiry lies ahead, is asked of what is changed.
      customHosts: new Set(origin === undefined ? [] : [origin]),
      nowMs: -Infinity,
    },
  );
  return named(terms, { ...checked, region });
}

/** @throws AditError that names the field at fault, as the change itself. */
export function gatewayKeyAsKept(terms: GatewayKeyPatch, found: GatewayKey): object {
  const given = { ...found, ...(filled(terms) as Partial<GatewayKey>) };
  return named(terms, checkGatewayKey(given, { spokenExpiry: undefined, nowMs: 0 }));
}

/** Null takes a value away: it is the same as one that is not there. */
function filled(terms: object): object {
  return Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, (value as unknown) ?? undefined]));
}

function named(terms: object, kept: object): object {
  const values = new Map(Object.entries(kept));
  return Object.fromEntries(Object.keys(terms).map((name) => [name, values.get(name) as unknown]));
}
