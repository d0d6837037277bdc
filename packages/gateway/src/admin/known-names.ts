/** What the terms of a gateway key name must be there: a key that names nothing would fail at each call. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { GatewayKeyPatch } from "../access/gateway-key.ts";
import { checkKnownScopes } from "./known-scopes.ts";
import type { ChangeParts } from "./parts.ts";

type Terms = Pick<GatewayKeyPatch, "scopes" | "defaultConfig" | "defaultVirtualKey" | "allowedVirtualKeys">;
type Parts = Pick<ChangeParts, "configs" | "virtualKeys">;

/** Names are looked for among these many, for "did you mean". */
const compared = 1_000;

/**
 * The terms, with the config by its slug where its id was given, as Portkey's clients do.
 * @throws AditError `invalid_request` that names the field, and a slug that is near.
 */
export async function withKnownNames<Given extends Terms>(
  projectId: string,
  terms: Given,
  { configs, virtualKeys }: Parts,
): Promise<Given> {
  const { scopes, defaultConfig, defaultVirtualKey, allowedVirtualKeys } = terms;
  if (scopes !== undefined) checkKnownScopes(scopes);
  const keys = [
    ...(typeof defaultVirtualKey === "string" ? [[defaultVirtualKey, "defaults.virtual_key"] as const] : []),
    ...(allowedVirtualKeys ?? []).map((slug, index) => [slug, `allowed_virtual_keys[${index}]`] as const),
  ];
  for (const [slug, param] of keys) {
    if ((await virtualKeys.bySlug(projectId, slug.trim().replace(/^@/, ""))) !== undefined) continue;
    throw unknown({ what: "virtual key", slug, param }, await virtualKeys.list(projectId, { limit: compared }));
  }
  if (typeof defaultConfig !== "string") return terms;
  const config = await configs.find(projectId, defaultConfig);
  if (config !== undefined) return { ...terms, defaultConfig: config.slug };
  const about = { what: "config", slug: defaultConfig, param: "defaults.config_id" };
  throw unknown(about, await configs.list(projectId, { limit: compared }));
}

function unknown(
  { what, slug, param }: { what: string; slug: string; param: string },
  others: readonly { slug: string }[],
): AditError {
  const near = didYouMean(
    slug,
    others.map((other) => other.slug),
  );
  return new AditError(
    "invalid_request",
    `${param}: the project has no ${what} ${JSON.stringify(slug.slice(0, 64))}.${near}`,
    {
      param,
      remedy: "Name the slug of one in the key's own project.",
    },
  );
}
