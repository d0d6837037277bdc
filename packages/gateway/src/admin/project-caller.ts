import { withoutBounds, type GatewayKey } from "../access/gateway-key.ts";
import type { CallerPrincipal, Principal } from "../access/principal.ts";

/**
 * Who a request of the project would come from, where nothing is sent: a gateway key stands for itself, and for anybody else a key of that
 * project without limits.
 */
export function projectCaller(principal: Principal, projectId: string): CallerPrincipal {
  if (principal.kind === "gateway_key") return principal;
  const key: GatewayKey = {
    id: "",
    projectId,
    ownerId: undefined,
    name: "",
    scopes: [],
    ...withoutBounds,
    lastUsedAt: undefined,
    createdAt: 0,
    updatedAt: 0,
  };
  return { kind: "gateway_key", key, signedRegion: undefined, isGatewayKey: () => false };
}
