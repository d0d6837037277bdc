import type { CancelSignal } from "../cancel-signal.ts";
import type { Secret } from "../secret.ts";
import { identityHash } from "./identity-hash.ts";

/** An AWS key pair, with the session token when it is temporary. */
export interface AwsKeys {
  kind: "keys";
  accessKeyId: string;
  secretAccessKey: Secret;
  sessionToken?: Secret;
  /** Milliseconds since 1970. */
  expiresAt?: number;
}

/** A Bedrock API key, sent as a bearer token. */
export interface BearerKey {
  kind: "bearer";
  token: Secret;
  /** Milliseconds since 1970; read from short-term keys. */
  expiresAt?: number;
}

export type Credentials = AwsKeys | BearerKey;

/** Gives credentials when asked, fresh ones when the last are about to expire. Safe to call at once from many requests. */
export interface CredentialSource {
  /** Name for people, never a secret: `request headers`, `assumed role arn:...`, `server (environment)`. */
  readonly label: string;
  get(signal?: CancelSignal): Promise<Credentials>;
  /** Tells the source that AWS refused these credentials as expired or unknown: the next `get` fetches fresh ones. */
  invalidate(): void;
}

/** True for credentials that AWS would treat alike. Every new session has a new access key id; a secret may have been corrected. */
export function areSame(one: Credentials, other: Credentials): boolean {
  if (one.kind === "keys" && other.kind === "keys") {
    return one.expiresAt === other.expiresAt && identityHash(one) === identityHash(other);
  }
  return one === other;
}
