/** A virtual key: a stored credential with a name, and what may be done with it. Its secrets are in the vault alone. */
import type { VirtualKeyKind } from "../store/tables/tables.ts";
import type { AttributionInput, KeptAttribution } from "./attribution.ts";

export type { VirtualKeyKind } from "../store/tables/tables.ts";

/** What of the credential may be seen. */
export type ShownCredential =
  | { kind: "access_key"; accessKeyHint: string; isTemporary: boolean }
  | {
      kind: "assumed_role";
      roleArn: string;
      /** Chosen by Adit, unless one was given. */
      externalId: string;
      sessionName?: string;
      tags?: Readonly<Record<string, string>>;
      durationSeconds?: number;
      /** Who assumes it: the server's own chain, a key pair of this virtual key's own, or another virtual key. */
      source: "server" | "own_keys" | "virtual_key";
      accessKeyHint?: string;
    }
  | { kind: "bedrock_api_key"; term: "long-term" | "short-term" | "unknown"; expiresAt?: number }
  | { kind: "server_chain" }
  | { kind: "openai_compatible"; baseUrl: string };

export interface VirtualKey {
  id: string;
  projectId: string;
  /** Unique in the project: `@slug/MODEL`, `x-adit-virtual-key: SLUG`. */
  slug: string;
  name: string;
  note: string | undefined;
  credential: ShownCredential;
  /** The virtual key that assumes the role. */
  sourceId: string | undefined;
  region: string | undefined;
  /** Patterns; undefined: every model. */
  allowedModels: readonly string[] | undefined;
  allowedRegions: readonly string[] | undefined;
  /** In place of AWS's host. */
  endpoint: string | undefined;
  /** What its calls tell AWS of whom they are for; undefined: nothing. */
  attribution: KeptAttribution | undefined;
  /** Milliseconds since 1970. */
  expiresAt: number | undefined;
  disabled: boolean;
  /** The virtual key whose credential and bounds it has, and what it says itself of its end: {@link endOf}. */
  follows: { id: string; slug: string; disabled: boolean; expiresAt: number | undefined } | undefined;
  createdAt: number;
  updatedAt: number;
}

/** A virtual key as a person or a program fills it in. */
export interface VirtualKeyInput {
  name: string;
  /** Made from the name where it is absent. */
  slug?: string;
  note?: string;
  /** Found from the credential where it is absent. */
  kind?: VirtualKeyKind;
  /**
   * The parts of the credential under any name that requests know (docs/credentials.md); for a role also `source`, the slug of the
   * virtual key that assumes it, and `duration_seconds`; for an OpenAI-compatible host `base_url` and `api_key`.
   */
  credential: Readonly<Record<string, unknown>>;
  region?: string;
  allowedModels?: readonly string[];
  allowedRegions?: readonly string[];
  endpoint?: string;
  attribution?: AttributionInput;
  expiresAt?: number;
}

/** What is to be different; null takes a value away. A credential that is given replaces the whole one. */
export interface VirtualKeyPatch {
  name?: string;
  note?: string | null;
  kind?: VirtualKeyKind;
  credential?: Readonly<Record<string, unknown>>;
  region?: string | null;
  allowedModels?: readonly string[] | null;
  allowedRegions?: readonly string[] | null;
  endpoint?: string | null;
  attribution?: AttributionInput | null;
  expiresAt?: number | null;
  disabled?: boolean;
}
