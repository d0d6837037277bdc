/** The versions of prompts, and the labels on them, as the store has them. */
import type { Actor } from "../store/audit.ts";
import { newId } from "../store/new-id.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { PromptContent, PromptVersion } from "./prompt.ts";
import type { Selector } from "./reference.ts";

type VersionRow = Row<"promptVersions">;

/** The labels of a prompt's versions, by the version's number. */
export type LabelsByVersion = ReadonlyMap<number, { id: string; name: string }[]>;

export function versionBy(db: Database, promptId: string, selector: Selector): Promise<VersionRow | undefined> {
  const query = db
    .selectFrom("promptVersions")
    .selectAll("promptVersions")
    .where("promptVersions.promptId", "=", promptId);
  switch (selector.kind) {
    case "version":
      return query.where("version", "=", selector.version).executeTakeFirst();
    case "latest":
      return query.orderBy("version", "desc").limit(1).executeTakeFirst();
    case "published":
      return query
        .innerJoin("prompts", (join) =>
          join
            .onRef("prompts.id", "=", "promptVersions.promptId")
            .onRef("prompts.publishedVersion", "=", "promptVersions.version"),
        )
        .executeTakeFirst();
    case "label":
      return query
        .innerJoin("promptVersionLabels", (join) =>
          join
            .onRef("promptVersionLabels.promptId", "=", "promptVersions.promptId")
            .onRef("promptVersionLabels.version", "=", "promptVersions.version"),
        )
        .innerJoin("promptLabels", "promptLabels.id", "promptVersionLabels.labelId")
        .where("promptLabels.name", "=", selector.label)
        .executeTakeFirst();
  }
}

export function versionsOf(db: Database, promptId: string) {
  return db.selectFrom("promptVersions").where("promptId", "=", promptId);
}

export async function labelsOf(db: Database, promptId: string): Promise<LabelsByVersion> {
  const rows = await db
    .selectFrom("promptVersionLabels")
    .innerJoin("promptLabels", "promptLabels.id", "promptVersionLabels.labelId")
    .select(["promptLabels.id", "promptLabels.name", "promptVersionLabels.version"])
    .where("promptVersionLabels.promptId", "=", promptId)
    .orderBy("promptLabels.id")
    .execute();
  const found = new Map<number, { id: string; name: string }[]>();
  for (const { version, id, name } of rows) found.set(version, [...(found.get(version) ?? []), { id, name }]);
  return found;
}

export function versionFromRow(row: VersionRow, labels: LabelsByVersion): PromptVersion {
  const { id, promptId, version, content, description, authorId, createdAt } = row;
  return {
    id,
    promptId,
    version,
    content: JSON.parse(content) as PromptContent,
    description: description ?? undefined,
    authorId: authorId ?? undefined,
    labels: labels.get(version) ?? [],
    createdAt,
  };
}

interface NewVersion {
  promptId: string;
  version: number;
  content: PromptContent;
  description: string | undefined;
  actor: Actor;
  now: number;
}

export async function addVersion({ db }: Writing, given: NewVersion): Promise<void> {
  const { promptId, version, description = null, actor, now } = given;
  const content = JSON.stringify(given.content);
  const authorId = actor.id ?? null;
  await db
    .insertInto("promptVersions")
    .values({ id: newId("ppv", now), promptId, version, content, description, authorId, createdAt: now })
    .execute();
}

/** A label points to one version of a prompt; a version may have several. */
export async function pointLabel(
  db: Database,
  pointing: { promptId: string; version: number; labelId: string | null; now: number },
): Promise<void> {
  const { promptId, version, labelId, now } = pointing;
  if (labelId === null) {
    await db
      .deleteFrom("promptVersionLabels")
      .where("promptId", "=", promptId)
      .where("version", "=", version)
      .execute();
    return;
  }
  await db
    .insertInto("promptVersionLabels")
    .values({ promptId, labelId, version, createdAt: now })
    .onConflict((conflict) => conflict.columns(["promptId", "labelId"]).doUpdateSet({ version }))
    .execute();
}
