import type { Migration } from "./migration.ts";

/** What steers calls: configs with all their versions, and connectors. */
export const configsAndConnectors: Migration = {
  name: "configs and connectors",
  sql: `
    create table configs (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      slug text not null unique,
      name text not null,
      is_default bigint not null default 0,
      disabled bigint not null default 0,
      current_version bigint not null,
      created_at bigint not null,
      updated_at bigint not null
    );

    create table config_versions (
      id text primary key,
      config_id text not null references configs (id) on delete cascade,
      version bigint not null,
      config text not null,
      author_id text,
      created_at bigint not null,
      unique (config_id, version)
    );

    create table connectors (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      slug text not null,
      name text not null,
      virtual_key_id text references virtual_keys (id),
      region text,
      inference_profile text,
      model_id text not null,
      request_format text,
      response_format text,
      settings text not null,
      created_at bigint not null,
      updated_at bigint not null,
      unique (project_id, slug)
    )`,
};
