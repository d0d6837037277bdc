/** Who signs the calls of a target. */
import type { CredentialSource } from "@adit/bedrock";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import type { Target } from "./plan.ts";

/** A stand-in for AWS where the server has no credentials of its own: the emulator. */
export interface StandIn {
  url: string;
  credentials: CredentialSource;
}

export interface SignerDependencies {
  /**
   * Where the server has no credentials of its own: what stands in for AWS, if anything does. Rejects with AditError `virtual_key_inactive` where
   * the call is by a virtual key that does not serve.
   */
  standIn: (virtualKey: VirtualKey | undefined) => Promise<StandIn | undefined> | undefined;
}

/** Who signs for a target, and what stands in for AWS there, if anything does. */
export interface Signer {
  standIn: StandIn | undefined;
  credentials: CredentialSource;
}

/** At once where nothing can stand in. Rejects as {@link SignerDependencies.standIn}, and with what the stand-in's start failed with. */
export function signerOf(target: Target, deps: SignerDependencies): Signer | Promise<Signer> {
  const standingIn = target.isServerChain ? deps.standIn(target.virtualKey) : undefined;
  return standingIn === undefined ? signer(target, undefined) : standingIn.then((standIn) => signer(target, standIn));
}

function signer(target: Target, standIn: StandIn | undefined): Signer {
  const credentials = standIn?.credentials ?? target.credentials;
  if (credentials === undefined) throw new TypeError("A target on Bedrock has a credential source.");
  return { standIn, credentials };
}
