/** A key pair in AWS's style: another form of a gateway key, for callers that sign. What it may do is the gateway key's. */
import type { RecordPlace } from "../vault/vault.ts";

export interface KeyPair {
  id: string;
  gatewayKeyId: string;
  /** `ADIT` and 16 letters and digits, as long as AWS's. */
  accessKeyId: string;
  disabled: boolean;
  createdAt: number;
  updatedAt: number;
}

/** Where the vault keeps its secret: a signature cannot be checked by a hash of it. */
export function pairPlace(id: string): RecordPlace {
  return { kind: "access_key_pair", id };
}
