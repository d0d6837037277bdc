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
