import type { Migration } from "./migration.ts";

/**
 * Fewer trees for what every call writes: a call's pairs are found by its record, and SQLite keeps tables that are nothing but their key
 * and its counts in the tree of the key itself.
 */
export const ledgerIndexes: Migration = {
  name: "lighter pairs of the ledger",
  sql: `drop index call_metadata_by_call`,
  sqliteSql: `
    create table new_call_metadata (
      project_id text not null,
      name text not null,
      value text not null,
      at integer not null,
      call_id text not null,
      primary key (project_id, name, value, at, call_id)
    ) strict, without rowid;
    insert into new_call_metadata (project_id, name, value, at, call_id)
      select project_id, name, value, at, call_id from call_metadata order by 1, 2, 3, 4, 5;
    drop table call_metadata;
    alter table new_call_metadata rename to call_metadata;

    create table new_metadata_sums (
      project_id text not null,
      name text not null,
      at integer not null,
      value text not null,
      requests integer not null,
      failures integer not null,
      unknown_costs integer not null,
      total_tokens integer not null,
      cost_nano integer not null,
      total_ms integer not null,
      primary key (project_id, name, at, value)
    ) strict, without rowid;
    insert into new_metadata_sums
      select project_id, name, at, value, requests, failures, unknown_costs, total_tokens, cost_nano, total_ms from metadata_sums;
    drop table metadata_sums;
    alter table new_metadata_sums rename to metadata_sums;
    create index metadata_sums_by_age on metadata_sums (at)`,
};
