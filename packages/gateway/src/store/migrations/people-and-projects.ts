import type { Migration } from "./migration.ts";

/** The project that is there from the start. Its id is the same in every store, so that an export can be read into another. */
export const defaultProjectId = "prj_00000000-0000-7000-8000-000000000000";

/** Who works here and on what; what the gateways tell each other. Flags are 0 or 1, times are milliseconds since 1970. */
export const peopleAndProjects: Migration = {
  name: "people and projects",
  sql: `
    create table projects (
      id text primary key,
      slug text not null unique,
      name text not null,
      description text,
      created_at bigint not null,
      updated_at bigint not null
    );
    insert into projects (id, slug, name, created_at, updated_at)
      values ('${defaultProjectId}', 'default', 'Default', 0, 0);

    create table people (
      id text primary key,
      email text not null unique,
      name text not null,
      role text not null check (role in ('admin', 'member', 'viewer')),
      password_hash text,
      disabled bigint not null default 0,
      failed_sign_ins bigint not null default 0,
      locked_until bigint,
      last_sign_in_at bigint,
      created_at bigint not null,
      updated_at bigint not null
    );

    create table project_members (
      project_id text not null references projects (id) on delete cascade,
      person_id text not null references people (id) on delete cascade,
      role text not null check (role in ('admin', 'member', 'viewer')),
      created_at bigint not null,
      primary key (project_id, person_id)
    );

    create table sessions (
      token_hash text primary key,
      person_id text not null references people (id) on delete cascade,
      created_at bigint not null,
      expires_at bigint not null,
      seen_at bigint not null,
      address text,
      user_agent text
    );
    create index sessions_by_person on sessions (person_id);

    create table settings (
      name text primary key,
      value text not null,
      updated_at bigint not null
    );

    create table audit_log (
      id text primary key,
      at bigint not null,
      project_id text,
      actor_kind text not null,
      actor_id text,
      action text not null,
      object_kind text not null,
      object_id text not null,
      before_json text,
      after_json text,
      request_id text,
      address text
    );
    create index audit_log_by_object on audit_log (object_kind, object_id);

    create table idempotency_keys (
      owner_id text not null,
      idempotency_key text not null,
      request_hash text not null,
      status bigint,
      reply text,
      created_at bigint not null,
      expires_at bigint not null,
      primary key (owner_id, idempotency_key)
    )`,
  // PostgreSQL tells of changes by LISTEN and NOTIFY; in SQLite they are read here by those who see that the file changed.
  sqliteSql: `
    create table changes (
      seq integer primary key autoincrement,
      kind text not null,
      object_id text not null,
      origin text not null,
      at integer not null
    ) strict`,
};
