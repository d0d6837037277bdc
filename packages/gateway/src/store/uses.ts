/** What points to an object: whoever takes it away is told, and nothing is left that fails at each call. */
import { AditError, isJsonObject, type JsonValue } from "@adit/bedrock";
import { newestConfigs, newestGuardrails } from "./newest-versions.ts";
import type { Database } from "./store.ts";

/** Uses that an error names at most. */
const mostTold = 10;

/** Words for an object that points to another, such as `gateway key "Billing" (gk_...)`. */
type Use = string;

interface Named {
  projectId: string;
  slug: string;
}

/** @throws AditError `in_use` that names what uses the virtual key: gateway keys, other virtual keys, providers, connectors, configs, guardrails, prompts. */
export async function checkVirtualKeyUnused(db: Database, key: Named & { id: string }): Promise<void> {
  const named = (text: string | null): boolean => text !== null && (JSON.parse(text) as string[]).includes(key.slug);
  const uses = [
    ...(await gatewayKeysOf(db, key))
      .filter((one) => one.defaultVirtualKey === key.slug || named(one.allowedVirtualKeys))
      .map(wordsOfKey),
    ...(await rolesBy(db, key.id)),
    ...(await followersOf(db, key.id)),
    ...(await connectorsBy(db, key.id)),
    ...(await configsInUse(db, key.projectId))
      .filter(({ config }) => namesKey(JSON.parse(config) as JsonValue, key.slug))
      .map(({ slug }) => `config ${slug}`),
    ...(await guardrailsBy(db, key)).map((slug) => `guardrail ${slug}`),
    ...(await promptsBy(db, key)).map((slug) => `prompt ${slug}`),
  ];
  refuseWhereUsed(`The virtual key ${key.slug}`, uses);
}

/**
 * For a virtual key that is to have another kind of credential. @throws AditError `in_use` that names what the new kind cannot serve:
 * virtual keys whose roles it assumes, connectors.
 */
export async function checkStillServes(
  db: Database,
  key: Named & { id: string },
  { canAssume, canSign }: { canAssume: boolean; canSign: boolean },
): Promise<void> {
  const uses = [...(canAssume ? [] : await rolesBy(db, key.id)), ...(canSign ? [] : await connectorsBy(db, key.id))];
  refuseWhereUsed(`The virtual key ${key.slug}, with a credential of its present kind,`, uses);
}

/** @throws AditError `in_use` that names the gateway keys whose default the config is. */
export async function checkConfigUnused(db: Database, config: Named): Promise<void> {
  const keys = await gatewayKeysOf(db, config);
  refuseWhereUsed(
    `The config ${config.slug}`,
    keys.filter(({ defaultConfig }) => defaultConfig === config.slug).map(wordsOfKey),
  );
}

export function refuseWhereUsed(what: string, uses: readonly Use[]): void {
  if (uses.length === 0) return;
  const more = uses.length > mostTold ? ` and ${uses.length - mostTold} more` : "";
  throw new AditError("in_use", `${what} is in use: ${uses.slice(0, mostTold).join(", ")}${more}.`, {
    remedy: "Change what uses it first, or delete that.",
  });
}

/** Virtual keys whose roles this one assumes. */
async function rolesBy(db: Database, id: string): Promise<Use[]> {
  const rows = await db.selectFrom("virtualKeys").select("slug").where("sourceId", "=", id).orderBy("id").execute();
  return rows.map(({ slug }) => `virtual key ${slug}`);
}

/** Virtual keys that have their credential of this one. */
async function followersOf(db: Database, id: string): Promise<Use[]> {
  const rows = await db
    .selectFrom("virtualKeys")
    .select("slug")
    .where("integrationId", "=", id)
    .orderBy("id")
    .execute();
  return rows.map(({ slug }) => `provider ${slug}`);
}

async function connectorsBy(db: Database, id: string): Promise<Use[]> {
  const rows = await db.selectFrom("connectors").select("slug").where("virtualKeyId", "=", id).orderBy("id").execute();
  return rows.map(({ slug }) => `connector ${slug}`);
}

function gatewayKeysOf(db: Database, { projectId }: Named) {
  return db
    .selectFrom("gatewayKeys")
    .select(["id", "name", "defaultVirtualKey", "allowedVirtualKeys", "defaultConfig"])
    .where("projectId", "=", projectId)
    .orderBy("id")
    .execute();
}

function wordsOfKey({ id, name }: { id: string; name: string }): Use {
  return `gateway key ${JSON.stringify(name)} (${id})`;
}

/** The configs of a project, each as its newest version has it. */
export function configsInUse(db: Database, projectId: string) {
  return newestConfigs(db)
    .select(["configs.slug", "configVersions.config"])
    .where("configs.projectId", "=", projectId)
    .orderBy("configs.id")
    .execute();
}

/** Guardrails whose checks call by the virtual key, each as its newest version has it. */
async function guardrailsBy(db: Database, { projectId, slug }: Named): Promise<string[]> {
  const rows = await newestGuardrails(db)
    .select(["guardrails.slug", "guardrailVersions.guardrail"])
    .where("guardrails.projectId", "=", projectId)
    .orderBy("guardrails.id")
    .execute();
  return rows.filter(({ guardrail }) => namesKey(JSON.parse(guardrail) as JsonValue, slug)).map((row) => row.slug);
}

/** Prompts that a call may have by the virtual key: in versions that are published, newest or labelled. */
async function promptsBy(db: Database, { projectId, slug }: Named): Promise<string[]> {
  const versions = await versionsInUse(db, projectId);
  const users = versions.filter(({ content }) => namesKey(JSON.parse(content) as JsonValue, slug));
  return [...new Set(users.map((prompt) => prompt.slug))];
}

/** Versions of prompts that are published, newest or labelled. */
export function versionsInUse(db: Database, projectId: string) {
  return db
    .selectFrom("prompts")
    .innerJoin("promptVersions", "promptVersions.promptId", "prompts.id")
    .leftJoin("promptVersionLabels", (join) =>
      join
        .onRef("promptVersionLabels.promptId", "=", "prompts.id")
        .onRef("promptVersionLabels.version", "=", "promptVersions.version"),
    )
    .select(["prompts.slug", "promptVersions.content"])
    .where("prompts.projectId", "=", projectId)
    .where((where) =>
      where.or([
        where("promptVersions.version", "=", where.ref("prompts.currentVersion")),
        where("promptVersions.version", "=", where.ref("prompts.publishedVersion")),
        where("promptVersionLabels.labelId", "is not", null),
      ]),
    )
    .distinct()
    .execute();
}

/** True where a config, a guardrail or a prompt names the virtual key somewhere: `virtual_key`, the provider `@slug`, a model `@slug/...`. */
function namesKey(value: JsonValue | undefined, slug: string): boolean {
  if (Array.isArray(value)) return value.some((entry) => namesKey(entry, slug));
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, entry]) => {
    if (typeof entry !== "string") return namesKey(entry, slug);
    const field = name.toLowerCase().replaceAll(/[-_]/g, "");
    if (field === "virtualkey") return entry === slug || entry === `@${slug}`;
    if (field === "provider") return entry === `@${slug}` || entry.startsWith(`@${slug}/`);
    return field === "model" && entry.startsWith(`@${slug}/`);
  });
}
