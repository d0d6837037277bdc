import type { Roles } from "./roles.ts";

/** A gateway key: what a caller shows at the door, and what it may do. The key itself is shown once and not kept. */
export interface GatewayKey {
  id: string;
  projectId: string;
  /** The person it belongs to; undefined for a service. */
  ownerId: string | undefined;
  name: string;
  /** What it is for, in its maker's words. */
  description: string | undefined;
  /** Such as `completions.write`; `virtual_keys.*` for all of a kind. */
  scopes: readonly string[];
  /** Patterns; undefined: every model. */
  allowedModels: readonly string[] | undefined;
  /** Slugs; undefined: all of the project's. */
  allowedVirtualKeys: readonly string[] | undefined;
  allowedRegions: readonly string[] | undefined;
  /** Addresses or networks that callers come from, such as `10.0.0.0/8`; undefined: any. */
  allowedAddresses: readonly string[] | undefined;
  /** Added to each request's metadata, and goes before it. */
  defaultMetadata: Readonly<Record<string, string>> | undefined;
  /** Slug of the config where a request names none. */
  defaultConfig: string | undefined;
  mayOverrideConfig: boolean;
  /** Slug of the virtual key where a request brings no credential. */
  defaultVirtualKey: string | undefined;
  mayOverrideCredential: boolean;
  /** Milliseconds since 1970. */
  expiresAt: number | undefined;
  disabled: boolean;
  /** Some minutes behind. */
  lastUsedAt: number | undefined;
  createdAt: number;
  updatedAt: number;
}

/** A key that counts. */
export interface AdmittedKey extends GatewayKey {
  /** What its owner is: the key may do no more. Undefined for a service. */
  readonly owner: Roles | undefined;
}

/** What a key is that nobody has bounded, nor described. */
export const withoutBounds = {
  description: undefined,
  allowedModels: undefined,
  allowedVirtualKeys: undefined,
  allowedRegions: undefined,
  allowedAddresses: undefined,
  defaultMetadata: undefined,
  defaultConfig: undefined,
  mayOverrideConfig: true,
  defaultVirtualKey: undefined,
  mayOverrideCredential: true,
  expiresAt: undefined,
  disabled: false,
} satisfies Partial<GatewayKey>;

/** A key's own part: by its beginning a person knows which one it is. */
export interface GatewayKeyPrefix {
  prefix: string;
  createdAt: number;
  /** Set by a rotation: until then both keys count. */
  validUntil: number | undefined;
}

export interface GatewayKeyInput {
  name: string;
  description?: string;
  ownerId?: string;
  scopes: readonly string[];
  allowedModels?: readonly string[];
  allowedVirtualKeys?: readonly string[];
  allowedRegions?: readonly string[];
  allowedAddresses?: readonly string[];
  defaultMetadata?: Readonly<Record<string, string>>;
  defaultConfig?: string;
  mayOverrideConfig?: boolean;
  defaultVirtualKey?: string;
  mayOverrideCredential?: boolean;
  expiresAt?: number;
}

type Changeable = Omit<GatewayKeyInput, "ownerId"> & { disabled: boolean };

/** What is to be different; null takes a value away. */
export type GatewayKeyPatch = {
  [Field in keyof Changeable]?: Changeable[Field] | (undefined extends Changeable[Field] ? null : never);
};
