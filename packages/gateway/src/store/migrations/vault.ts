import type { Migration } from "./migration.ts";

/** Secrets under envelope encryption, and the virtual keys that they belong to. */
export const vaultTables: Migration = {
  name: "vault",
  sql: `
    create table master_keys (
      id text primary key,
      state text not null check (state in ('current', 'retiring')),
      created_at bigint not null
    );

    create unique index one_current_master_key on master_keys (state) where state = 'current';

    create table sealed_records (
      kind text not null,
      record_id text not null,
      master_key_id text not null references master_keys (id),
      wrapped_key bytea not null,
      sealed bytea not null,
      updated_at bigint not null,
      primary key (kind, record_id)
    );
    create index sealed_records_by_master_key on sealed_records (master_key_id);

    create table virtual_keys (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      slug text not null,
      name text not null,
      note text,
      kind text not null
        check (kind in ('access_key', 'assumed_role', 'bedrock_api_key', 'server_chain', 'openai_compatible')),
      region text,
      allowed_models text,
      allowed_regions text,
      endpoint text,
      credential text not null,
      source_id text references virtual_keys (id) deferrable initially deferred,
      expires_at bigint,
      disabled bigint not null default 0,
      created_at bigint not null,
      updated_at bigint not null,
      unique (project_id, slug)
    )`,
};
