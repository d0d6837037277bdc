/** What prompts, partials and configs name of one another: looked at when one is saved or taken away. */
import { AditError, parseModelName } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { Database } from "../store/store.ts";
import { refuseWhereUsed, versionsInUse } from "../store/uses.ts";
import { isModelAllowed } from "../vault/model-patterns.ts";
import type { PromptContent } from "./prompt.ts";
import { readReference } from "./reference.ts";
import { readTemplate, type Template } from "./template/template.ts";

/** A template that names a partial which is not there would fail at each call. @throws AditError `invalid_request` */
export async function checkPartials(db: Database, projectId: string, { partials }: Template): Promise<void> {
  if (partials.length === 0) return;
  const found = await db
    .selectFrom("promptPartials")
    .select(["id", "slug"])
    .where("projectId", "=", projectId)
    .execute();
  const slugs = found.map(({ slug }) => slug);
  const known = new Set(found.flatMap(({ id, slug }) => [id, slug]));
  const unknown = partials.find((each) => !known.has(readReference(each).name));
  if (unknown !== undefined) {
    const { name } = readReference(unknown);
    throw new AditError(
      "invalid_request",
      `string: the project has no partial ${JSON.stringify(name.slice(0, 64))}.${didYouMean(name, slugs)}`,
      { param: "string", remedy: "Save the partial first, or name another." },
    );
  }
  for (const reference of partials) {
    if ((await templateOfPartial(db, projectId, reference)) !== undefined) continue;
    throw new AditError("invalid_request", `string: there is no version ${JSON.stringify(reference.slice(0, 128))}.`, {
      param: "string",
      remedy: "Name a version that the partial has, latest, or none for the published one; partials have no labels.",
    });
  }
}

/** What a reference to a partial stands for now; undefined where there is none. */
async function templateOfPartial(db: Database, projectId: string, reference: string): Promise<string | undefined> {
  const { name, selector } = readReference(reference);
  if (selector.kind === "label") return undefined;
  const row = await db
    .selectFrom("promptPartials")
    .innerJoin("promptPartialVersions", "promptPartialVersions.partialId", "promptPartials.id")
    .select("promptPartialVersions.template")
    .where("promptPartials.projectId", "=", projectId)
    .where((where) => where.or([where("promptPartials.slug", "=", name), where("promptPartials.id", "=", name)]))
    .where((where) => {
      if (selector.kind === "version") return where("promptPartialVersions.version", "=", selector.version);
      const column = selector.kind === "latest" ? "promptPartials.currentVersion" : "promptPartials.publishedVersion";
      return where("promptPartialVersions.version", "=", where.ref(column));
    })
    .executeTakeFirst();
  return row?.template;
}

/** A version of a partial that is about to stand for it. */
export interface StandingPartial {
  id: string;
  slug: string;
  projectId: string;
  template: Template;
}

/**
 * A partial that always leads back to itself fails at each call. One that does so within a section is well: it ends with its data.
 * @throws AditError `invalid_request`
 */
export async function checkNoLoop(db: Database, { id, slug, projectId, template }: StandingPartial): Promise<void> {
  const waiting = alwaysNamed(template);
  const seen = new Set<string>();
  for (const reference of waiting) {
    if (seen.has(reference)) continue;
    seen.add(reference);
    const { name, selector } = readReference(reference);
    if ((name === id || name === slug) && selector.kind !== "version") {
      throw new AditError("invalid_request", `string: the partial ${slug} leads to itself, without an end.`, {
        param: "string",
        remedy: "Take the partial out, or put it into a section that ends.",
      });
    }
    const text = await templateOfPartial(db, projectId, reference);
    // The loop goes on to what is added meanwhile.
    if (text !== undefined) waiting.push(...alwaysNamed(readTemplate(text, "string")));
  }
}

function alwaysNamed({ nodes }: Template): string[] {
  return nodes.flatMap((node) => (node.kind === "partial" ? [node.name] : []));
}

/** @throws AditError `invalid_request` for a virtual key that the project does not have, or that does not serve the model. */
export async function checkVirtualKey(db: Database, projectId: string, content: PromptContent): Promise<void> {
  const { virtualKey, parameters } = content;
  const model = content.model ?? parameters["model"];
  const named = typeof model === "string" ? parseModelName(model) : undefined;
  if (virtualKey !== undefined)
    await checkKey(db, { projectId, slug: virtualKey.replace(/^@/, ""), param: "virtual_key", model: named?.id });
  if (named?.slug !== undefined) await checkKey(db, { projectId, slug: named.slug, param: "model", model: named.id });
}

async function checkKey(
  db: Database,
  { projectId, slug, param, model }: { projectId: string; slug: string; param: string; model: string | undefined },
): Promise<void> {
  const keys = await db
    .selectFrom("virtualKeys")
    .select(["slug", "allowedModels"])
    .where("projectId", "=", projectId)
    .execute();
  const key = keys.find((each) => each.slug === slug);
  if (key === undefined) {
    const near = didYouMean(
      slug,
      keys.map((each) => each.slug),
    );
    throw new AditError(
      "invalid_request",
      `${param}: the project has no virtual key ${JSON.stringify(slug.slice(0, 64))}.${near}`,
      {
        param,
        remedy: "Save the virtual key first, or name another.",
      },
    );
  }
  const allowed = key.allowedModels === null ? undefined : (JSON.parse(key.allowedModels) as string[]);
  if (model === undefined || isModelAllowed(allowed, model)) return;
  throw new AditError("invalid_request", `model: the virtual key ${slug} does not allow ${model.slice(0, 128)}.`, {
    param: "model",
    remedy: "Name a model that it allows, or another virtual key.",
  });
}

/**
 * Looks at what is called today: versions that are published, newest or labelled.
 * @throws AditError `in_use` where one of them has the partial.
 */
export async function checkPartialUnused(
  db: Database,
  partial: { id: string; slug: string; projectId: string },
): Promise<void> {
  const users = [...(await promptsWith(db, partial)), ...(await partialsWith(db, partial))];
  refuseWhereUsed(`The partial ${partial.slug}`, users);
}

type Named = Parameters<typeof checkPartialUnused>[1];

async function promptsWith(db: Database, partial: Named): Promise<string[]> {
  const rows = await versionsInUse(db, partial.projectId);
  return namesOf(
    rows.filter(({ content }) => names((JSON.parse(content) as PromptContent).string, partial)),
    "prompt",
  );
}

async function partialsWith(db: Database, partial: Named): Promise<string[]> {
  const rows = await db
    .selectFrom("promptPartials")
    .innerJoin("promptPartialVersions", "promptPartialVersions.partialId", "promptPartials.id")
    .select(["promptPartials.slug", "promptPartialVersions.template"])
    .where("promptPartials.projectId", "=", partial.projectId)
    .where("promptPartials.id", "!=", partial.id)
    .where((where) =>
      where.or([
        where("promptPartialVersions.version", "=", where.ref("promptPartials.currentVersion")),
        where("promptPartialVersions.version", "=", where.ref("promptPartials.publishedVersion")),
      ]),
    )
    .execute();
  return namesOf(
    rows.filter(({ template }) => names(template, partial)),
    "partial",
  );
}

function names(text: string, partial: Named): boolean {
  return readTemplate(text, "string").partials.some((each) => {
    const { name } = readReference(each);
    return name === partial.id || name === partial.slug;
  });
}

function namesOf(rows: readonly { slug: string }[], kind: string): string[] {
  return [...new Set(rows.map(({ slug }) => `${kind} ${slug}`))];
}
