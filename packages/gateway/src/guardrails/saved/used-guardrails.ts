/** Which saved configs name a saved guardrail, and the other way around. */
import { isJsonObject, type JsonValue } from "@adit/bedrock";
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

/** The saved guardrails that a config names, each with its place. */
export function guardrailsIn(node: ConfigNode, path = "config"): { slug: string; path: string }[] {
  return [
    ...savedIn(node).map(({ slug, place }) => ({ slug, path: `${path}.${place}` })),
    ...(node.targets ?? []).flatMap((target, index) => guardrailsIn(target, `${path}.targets[${index}]`)),
  ];
}
