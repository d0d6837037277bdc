import { withoutBounds, type AdmittedKey } from "../access/gateway-key.ts";
import type { CallerPrincipal, Principal } from "../access/principal.ts";

/**
 * Who a request of the project would come from, where nothing is sent: a gateway key stands for itself, and for anybody else a key of that
 * project without limits.
 */
export function projectCaller(principal: Principal, projectId: string): CallerPrincipal {
  if (principal.kind === "gateway_key") return principal;
  const key: AdmittedKey = {
    id: "",
    projectId,
    ownerId: undefined,
    owner: undefined,
    name: "",
    scopes: [],
    ...withoutBounds,
    lastUsedAt: undefined,
    createdAt: 0,
    updatedAt: 0,
  };
  return { kind: "gateway_key", key, signedRegion: undefined, isGatewayKey: () => false };
}
