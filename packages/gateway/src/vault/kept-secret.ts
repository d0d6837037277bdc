/** A secret that stays sealed while the host beside it changes. */
import { AditError } from "@adit/bedrock";
import { originOf } from "./shown-address.ts";
import type { VirtualKey } from "./virtual-key.ts";

/** The kinds that seal a secret of their own and may name a host in place of AWS's. */
function sealsSecret({ credential }: VirtualKey): boolean {
  if (credential.kind === "assumed_role") return credential.source === "own_keys";
  return credential.kind === "access_key" || credential.kind === "bedrock_api_key";
}

/**
 * Whoever may change a virtual key need not know its secret: with an endpoint alone they could have it sent to a host of their choice.
 * Back to AWS's own hosts it may go without being given again, and to another path of the same scheme, host and port.
 * @throws AditError `invalid_request` where the secret that is kept would go to another origin than the one it was given for.
 */
export function checkKeptSecret(before: VirtualKey, endpoint: string | undefined): void {
  if (endpoint === undefined || !sealsSecret(before)) return;
  const origin = originOf(endpoint);
  if (before.endpoint !== undefined && originOf(before.endpoint) === origin) return;
  throw new AditError(
    "invalid_request",
    `endpoint leads to ${origin ?? "another host"}, for which the secret of this virtual key was not given.`,
    { param: "endpoint", remedy: "Give the whole credential again beside the endpoint, with its secret." },
  );
}
