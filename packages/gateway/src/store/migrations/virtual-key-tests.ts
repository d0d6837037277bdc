import type { Migration } from "./migration.ts";

/** How the last test of a virtual key went: its stages by name and end, without their words. */
export const virtualKeyTests: Migration = {
  name: "tests of virtual keys",
  sql: `
    create table virtual_key_tests (
      virtual_key_id text primary key references virtual_keys (id) on delete cascade,
      tested_at bigint not null,
      region text,
      stages text not null
    )`,
};
