import type { Migration } from "./migration.ts";

/** What gateway keys are for, in their makers' words. */
export const apiKeyDescriptions: Migration = {
  name: "descriptions of API keys",
  sql: `alter table gateway_keys add column description text`,
};
