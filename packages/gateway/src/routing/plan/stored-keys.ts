/** The virtual keys of the store, as routing needs them. */
import { AditError, type CredentialSource, type Secret } from "@adit/bedrock";
import type { Stored } from "../../stored.ts";
import { labelOf } from "../../vault/virtual-key-sources.ts";
import type { RoleSession } from "../../vault/role-sessions.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";

export interface StoredKeys {
  /** The project's virtual key of this slug, from memory where it was asked for before. Rejects with AditError `store_unavailable`. */
  find(projectId: string, slug: string): Promise<VirtualKey | undefined>;
  /** The slugs of the project, for "did you mean". */
  slugs(projectId: string): Promise<string[]>;
  /** Its credentials, opened when they are first asked for: a key that is switched off fails then, and another target may take its place. */
  source(key: VirtualKey, sessionToken: Secret | undefined, session: RoleSession | undefined): CredentialSource;
  /** The API key of an OpenAI-compatible host. */
  apiKey(key: VirtualKey): Promise<Secret>;
}

/** Names to compare with at most. */
const mostSlugs = 1_000;

export function storedKeysOf(stored: Stored): StoredKeys {
  return {
    find: async (projectId, slug) => (await stored.ready()).virtualKeys.bySlug(projectId, slug),
    slugs: async (projectId) => {
      const keys = await (await stored.ready()).virtualKeys.list(projectId, { limit: mostSlugs });
      return keys.map(({ slug }) => slug);
    },
    source: (key, sessionToken, session) => {
      let last: CredentialSource | undefined;
      return {
        label: `${labelOf(key)}${sessionToken === undefined ? "" : " with the request's session token"}`,
        get: async (signal) => {
          const { virtualKeySources } = await stored.ready();
          last = await virtualKeySources.sourceOf(key, sessionToken, session);
          return last.get(signal);
        },
        invalidate: () => last?.invalidate(),
      };
    },
    apiKey: async (key) => (await stored.ready()).virtualKeySources.apiKeyOf(key),
  };
}

/** @param param where the slug stands. */
export function noSuchKey(slug: string, param: string, hint = ""): AditError {
  return new AditError("not_stored", `No virtual key is stored as "${slug.slice(0, 64)}".${hint}`, {
    param,
    remedy: "Name a virtual key of the gateway key's own project, or send credentials with the request.",
  });
}
