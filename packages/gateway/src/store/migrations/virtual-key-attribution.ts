import type { Migration } from "./migration.ts";

/** What calls by a virtual key tell AWS of whom they are for. */
export const virtualKeyAttribution: Migration = {
  name: "attribution of virtual keys",
  sql: `alter table virtual_keys add column attribution text`,
};
