/** Prompts that configs name: looked at when either is saved or taken away. */
import { AditError, isJsonObject, type JsonValue } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { ConfigNode } from "../routing/config/config-schema.ts";
import type { Database } from "../store/store.ts";
import { configsInUse, refuseWhereUsed } from "../store/uses.ts";
import { readReference } from "./reference.ts";

/** A config that names a prompt which is not there would fail at each call. @throws AditError `invalid_config` with the path */
export async function checkPromptsOfConfig(db: Database, projectId: string, root: ConfigNode): Promise<void> {
  const named = promptsIn(root, "config");
  if (named.length === 0) return;
  const found = await db.selectFrom("prompts").select(["id", "slug"]).where("projectId", "=", projectId).execute();
  const known = new Set(found.flatMap(({ id, slug }) => [id, slug]));
  const unknown = named.find(({ name }) => !known.has(name));
  if (unknown === undefined) return;
  const { name, path } = unknown;
  const near = didYouMean(
    name,
    found.map(({ slug }) => slug),
  );
  throw new AditError(
    "invalid_config",
    `${path}: the project has no prompt ${JSON.stringify(name.slice(0, 64))}.${near}`,
    { param: path, remedy: "Save the prompt first, or name another." },
  );
}

function promptsIn(node: ConfigNode, path: string): { name: string; path: string }[] {
  const own =
    node.prompt_id === undefined ? [] : [{ name: readReference(node.prompt_id).name, path: `${path}.prompt_id` }];
  const below = (node.targets ?? []).flatMap((target, index) => promptsIn(target, `${path}.targets[${index}]`));
  return [...own, ...below];
}

/** @throws AditError `in_use` where a config, in its newest version, calls the prompt. */
export async function checkPromptUnused(
  db: Database,
  prompt: { id: string; slug: string; projectId: string },
): Promise<void> {
  const users = (await configsInUse(db, prompt.projectId)).filter(({ config }) =>
    promptIdsIn(JSON.parse(config) as JsonValue).some((name) => name === prompt.id || name === prompt.slug),
  );
  refuseWhereUsed(
    `The prompt ${prompt.slug}`,
    users.map(({ slug }) => `config ${slug}`),
  );
}

/** Names of prompts anywhere in a config, by every spelling of their field, without their selectors. */
function promptIdsIn(value: JsonValue | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(promptIdsIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, entry]) => {
    if (typeof entry !== "string") return promptIdsIn(entry);
    return name.toLowerCase().replaceAll(/[-_]/g, "") === "promptid" ? [readReference(entry).name] : [];
  });
}
