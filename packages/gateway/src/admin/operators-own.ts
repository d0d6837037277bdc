/** What of a virtual key only admins of the gateway say: it steers the server's own credentials, which are of no project. */
import { AditError } from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { SavedVirtualKey } from "../vault/virtual-keys.ts";
import { gatewayRole } from "./rights.ts";

/**
 * Looks at what was saved, within its transaction: nothing of it stays where this throws.
 * @throws AditError `forbidden` for an external id of the caller's own choice where another's credentials assume the role, since with it
 * one project could have the server assume the role of another; `forbidden` for a host that the server's own credential would be sent to.
 */
export function checkOperatorsOwn(principal: Principal, saved: SavedVirtualKey, before?: VirtualKey): void {
  if (gatewayRole(principal) === "admin") return;
  const { virtualKey: after } = saved;
  if (after.credential.kind === "server_chain" && after.endpoint !== undefined) {
    if (before?.credential.kind === "server_chain" && before.endpoint === after.endpoint) return;
    throw new AditError("forbidden", "Where the server's own credential is sent to, an admin of the gateway says.", {
      param: "endpoint",
      remedy: "Leave endpoint out, or ask an admin of the gateway.",
    });
  }
  if (after.credential.kind !== "assumed_role" || after.credential.source === "own_keys") return;
  const earlier = before?.credential.kind === "assumed_role" ? before.credential : undefined;
  // With a key pair of its own the id was free to choose: it is not to be carried over.
  const isCarriedOver = earlier?.source === "own_keys" && earlier.externalId === after.credential.externalId;
  if (!saved.isExternalIdGiven && !isCarriedOver) return;
  throw idNotOfAditsChoice({ isCarriedOver });
}

function idNotOfAditsChoice({ isCarriedOver }: { isCarriedOver: boolean }): AditError {
  return new AditError(
    "forbidden",
    "The external id of a role that the server or another virtual key assumes is chosen by Adit: whoever chose it could have the role of somebody else assumed.",
    {
      param: "aws_external_id",
      remedy: `${isCarriedOver ? "Store the role anew" : "Leave the external id out"} and put the one that Adit chooses into the role's trust policy; or give the key pair that assumes the role; or ask an admin of the gateway.`,
    },
  );
}
