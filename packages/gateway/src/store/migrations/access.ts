import type { Migration } from "./migration.ts";

/** What callers show at the door: gateway keys, and key pairs in AWS's style that stand for one. */
export const accessTables: Migration = {
  name: "access",
  sql: `
    create table gateway_keys (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      owner_id text references people (id) on delete cascade,
      name text not null,
      scopes text not null,
      allowed_models text,
      allowed_virtual_keys text,
      allowed_regions text,
      allowed_addresses text,
      default_metadata text,
      default_config text,
      may_override_config bigint not null default 1,
      default_virtual_key text,
      may_override_credential bigint not null default 1,
      expires_at bigint,
      disabled bigint not null default 0,
      last_used_at bigint,
      created_at bigint not null,
      updated_at bigint not null
    );
    create index gateway_keys_by_project on gateway_keys (project_id);

    create table gateway_key_hashes (
      key_hash text primary key,
      key_id text not null references gateway_keys (id) on delete cascade,
      prefix text not null,
      created_at bigint not null,
      valid_until bigint
    );
    create index gateway_key_hashes_by_key on gateway_key_hashes (key_id);

    create table access_key_pairs (
      id text primary key,
      gateway_key_id text not null references gateway_keys (id) on delete cascade,
      access_key_id text not null unique,
      disabled bigint not null default 0,
      last_used_at bigint,
      created_at bigint not null,
      updated_at bigint not null
    )`,
};
