import type { Migration } from "./migration.ts";

/** Checks on what goes in and out, with all their versions. */
export const guardrailTables: Migration = {
  name: "guardrails",
  sql: `
    create table guardrails (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      slug text not null unique,
      name text not null,
      disabled bigint not null default 0,
      current_version bigint not null,
      author_id text,
      editor_id text,
      created_at bigint not null,
      updated_at bigint not null
    );

    create table guardrail_versions (
      id text primary key,
      guardrail_id text not null references guardrails (id) on delete cascade,
      version bigint not null,
      guardrail text not null,
      author_id text,
      created_at bigint not null,
      unique (guardrail_id, version)
    )`,
};
