import type { Migration } from "./migration.ts";

/** The labels that every project has, and that nobody takes away. */
const universalLabels = [
  { id: "lbl_00000000-0000-7000-8000-000000000001", name: "production" },
  { id: "lbl_00000000-0000-7000-8000-000000000002", name: "staging" },
  { id: "lbl_00000000-0000-7000-8000-000000000003", name: "development" },
] as const;

/** Prompts and their partials, each with all its versions; labels on versions; collections to keep them in. */
export const promptTables: Migration = {
  name: "prompts",
  sql: `
    create table prompt_collections (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      parent_id text references prompt_collections (id),
      slug text not null,
      name text not null,
      created_at bigint not null,
      updated_at bigint not null,
      unique (project_id, slug)
    );

    create table prompt_labels (
      id text primary key,
      project_id text references projects (id) on delete cascade,
      name text not null,
      description text,
      color_code text,
      created_at bigint not null,
      updated_at bigint not null,
      unique (project_id, name)
    );

    create table prompts (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      slug text not null unique,
      name text not null,
      collection_id text references prompt_collections (id),
      current_version bigint not null,
      published_version bigint not null,
      created_at bigint not null,
      updated_at bigint not null
    );

    create table prompt_versions (
      id text primary key,
      prompt_id text not null references prompts (id) on delete cascade,
      version bigint not null,
      content text not null,
      description text,
      author_id text,
      created_at bigint not null,
      unique (prompt_id, version)
    );

    create table prompt_version_labels (
      prompt_id text not null references prompts (id) on delete cascade,
      label_id text not null references prompt_labels (id) on delete cascade,
      version bigint not null,
      created_at bigint not null,
      primary key (prompt_id, label_id)
    );

    create table prompt_partials (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      slug text not null unique,
      name text not null,
      current_version bigint not null,
      published_version bigint not null,
      created_at bigint not null,
      updated_at bigint not null
    );

    create table prompt_partial_versions (
      id text primary key,
      partial_id text not null references prompt_partials (id) on delete cascade,
      version bigint not null,
      template text not null,
      description text,
      author_id text,
      created_at bigint not null,
      unique (partial_id, version)
    );

    insert into prompt_labels (id, project_id, name, description, color_code, created_at, updated_at) values
      ${universalLabels.map(({ id, name }) => `('${id}', null, '${name}', null, null, 0, 0)`).join(",\n      ")}`,
};
