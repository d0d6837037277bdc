/** Objects that change by versions, each beside its newest: of the others nobody makes use. */
import type { Database } from "./store.ts";

export function newestConfigs(db: Database) {
  return db
    .selectFrom("configs")
    .innerJoin("configVersions", (join) =>
      join
        .onRef("configVersions.configId", "=", "configs.id")
        .onRef("configVersions.version", "=", "configs.currentVersion"),
    );
}

export function newestGuardrails(db: Database) {
  return db
    .selectFrom("guardrails")
    .innerJoin("guardrailVersions", (join) =>
      join
        .onRef("guardrailVersions.guardrailId", "=", "guardrails.id")
        .onRef("guardrailVersions.version", "=", "guardrails.currentVersion"),
    );
}

/** Number of the next version: an import of an older export sets back which one is in use, and the newer ones stay. */
export async function nextConfigVersion(db: Database, configId: string): Promise<number> {
  const { newest } = await db
    .selectFrom("configVersions")
    .select(({ fn }) => fn.max("version").as("newest"))
    .where("configId", "=", configId)
    .executeTakeFirstOrThrow();
  return newest + 1;
}

/** As {@link nextConfigVersion}. */
export async function nextGuardrailVersion(db: Database, guardrailId: string): Promise<number> {
  const { newest } = await db
    .selectFrom("guardrailVersions")
    .select(({ fn }) => fn.max("version").as("newest"))
    .where("guardrailId", "=", guardrailId)
    .executeTakeFirstOrThrow();
  return newest + 1;
}
