import type { Migration } from "./migration.ts";

/** What gateways that run say of themselves: where they are, and the names of the master keys that they hold. */
export const gatewaysWords: Migration = {
  name: "what gateways say of themselves",
  sql: `
    alter table limit_holders add column name text;
    alter table limit_holders add column master_keys text`,
};
