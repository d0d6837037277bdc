import type { Migration } from "./migration.ts";

/** The tables whose slugs were unique over all projects: who found one taken knew what another project has. */
const tables = ["guardrails", "configs", "prompts", "prompt_partials"] as const;

/**
 * Slugs of configs, guardrails, prompts and partials are unique in their project. SQLite can take no constraint away: there each table is
 * made anew, with those that point to it, since dropping it would empty them.
 */
export const slugsOfProjects: Migration = {
  name: "slugs of projects",
  sql: "",
  postgresSql: tables
    .map(
      (table) =>
        `alter table ${table} drop constraint ${table}_slug_key;
         alter table ${table} add constraint ${table}_project_id_slug_key unique (project_id, slug)`,
    )
    .join(";\n"),
  sqliteSql: [
    madeAnew(
      `guardrails (
        id text primary key,
        project_id text not null references projects (id) on delete cascade,
        slug text not null,
        name text not null,
        disabled integer not null default 0,
        current_version integer not null,
        author_id text,
        editor_id text,
        created_at integer not null,
        updated_at integer not null,
        unique (project_id, slug)
      )`,
      `guardrail_versions (
        id text primary key,
        guardrail_id text not null references new_guardrails (id) on delete cascade,
        version integer not null,
        guardrail text not null,
        author_id text,
        created_at integer not null,
        unique (guardrail_id, version)
      )`,
    ),
    madeAnew(
      `configs (
        id text primary key,
        project_id text not null references projects (id) on delete cascade,
        slug text not null,
        name text not null,
        is_default integer not null default 0,
        disabled integer not null default 0,
        current_version integer not null,
        created_at integer not null,
        updated_at integer not null,
        unique (project_id, slug)
      )`,
      `config_versions (
        id text primary key,
        config_id text not null references new_configs (id) on delete cascade,
        version integer not null,
        config text not null,
        author_id text,
        created_at integer not null,
        unique (config_id, version)
      )`,
    ),
    madeAnew(
      `prompts (
        id text primary key,
        project_id text not null references projects (id) on delete cascade,
        slug text not null,
        name text not null,
        collection_id text references prompt_collections (id),
        current_version integer not null,
        published_version integer not null,
        created_at integer not null,
        updated_at integer not null,
        unique (project_id, slug)
      )`,
      `prompt_versions (
        id text primary key,
        prompt_id text not null references new_prompts (id) on delete cascade,
        version integer not null,
        content text not null,
        description text,
        author_id text,
        created_at integer not null,
        unique (prompt_id, version)
      )`,
      `prompt_version_labels (
        prompt_id text not null references new_prompts (id) on delete cascade,
        label_id text not null references prompt_labels (id) on delete cascade,
        version integer not null,
        created_at integer not null,
        primary key (prompt_id, label_id)
      )`,
    ),
    madeAnew(
      `prompt_partials (
        id text primary key,
        project_id text not null references projects (id) on delete cascade,
        slug text not null,
        name text not null,
        current_version integer not null,
        published_version integer not null,
        created_at integer not null,
        updated_at integer not null,
        unique (project_id, slug)
      )`,
      `prompt_partial_versions (
        id text primary key,
        partial_id text not null references new_prompt_partials (id) on delete cascade,
        version integer not null,
        template text not null,
        description text,
        author_id text,
        created_at integer not null,
        unique (partial_id, version)
      )`,
    ),
  ].join(";\n"),
};

/** A table and those that point to it, with their rows: the pointing ones go first and come last. Renaming turns what they point to. */
function madeAnew(...definitions: readonly string[]): string {
  const made = definitions.map((definition) => {
    const name = /^\w+/.exec(definition)?.[0] ?? "";
    const columns = [...definition.matchAll(/^\s+(\w+) (?:text|integer)\b/gm)].map(([, column]) => column).join(", ");
    const copy = `insert into new_${name} (${columns}) select ${columns} from ${name}`;
    return { name, make: `create table new_${definition} strict;\n${copy}` };
  });
  return [
    ...made.map(({ make }) => make),
    ...made.toReversed().map(({ name }) => `drop table ${name}`),
    ...made.map(({ name }) => `alter table new_${name} rename to ${name}`),
  ].join(";\n");
}
