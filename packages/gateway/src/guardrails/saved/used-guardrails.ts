/** Which saved configs name a saved guardrail, and the other way around. */
import { AditError, isJsonObject, type JsonValue } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { ConfigNode } from "../../routing/config/config-schema.ts";
import type { Database } from "../../store/store.ts";
import { configsInUse, refuseWhereUsed } from "../../store/uses.ts";
import { savedIn } from "../config-hooks.ts";

/** @throws AditError `in_use` where a config, in its newest version, names the guardrail. */
export async function checkGuardrailUnused(
  db: Database,
  { projectId, slug }: { projectId: string; slug: string },
): Promise<void> {
  const users = (await configsInUse(db, projectId)).filter(({ config }) =>
    holds(JSON.parse(config) as JsonValue, slug),
  );
  refuseWhereUsed(
    `The guardrail ${slug}`,
    users.map((config) => `config ${config.slug}`),
  );
}

function holds(value: JsonValue, text: string): boolean {
  if (typeof value === "string") return value === text;
  if (Array.isArray(value)) return value.some((entry) => holds(entry, text));
  return isJsonObject(value) && Object.values(value).some((entry) => entry !== undefined && holds(entry, text));
}

/** A config that names a guardrail which is not there would fail at each call. @throws AditError `invalid_config` */
export async function checkGuardrails(db: Database, projectId: string, root: ConfigNode): Promise<void> {
  const named = namedIn(root, "config");
  if (named.length === 0) return;
  const found = await db.selectFrom("guardrails").select("slug").where("projectId", "=", projectId).execute();
  const slugs = found.map(({ slug }) => slug);
  const unknown = named.find(({ slug }) => !slugs.includes(slug));
  if (unknown === undefined) return;
  const { slug, path } = unknown;
  throw new AditError("invalid_config", `${path}: the project has no guardrail ${slug}.${didYouMean(slug, slugs)}`, {
    param: path,
    remedy: "Save the guardrail first, or name another.",
  });
}

function namedIn(node: ConfigNode, path: string): { slug: string; path: string }[] {
  return [
    ...savedIn(node).map(({ slug, place }) => ({ slug, path: `${path}.${place}` })),
    ...(node.targets ?? []).flatMap((target, index) => namedIn(target, `${path}.targets[${index}]`)),
  ];
}
