import type { Migration } from "./migration.ts";

/** Budgets and rate limits as they are set; what is spent of them is counted elsewhere. Money is nano-dollars (`_nano`). */
export const limitTables: Migration = {
  name: "limits",
  sql: `
    create table budgets (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      name text not null,
      scope text not null check (scope in ('gateway_key', 'virtual_key', 'project', 'metadata')),
      scope_id text not null,
      scope_value text,
      cost_limit_nano bigint,
      token_limit bigint,
      period text not null check (period in ('total', 'daily', 'weekly', 'monthly')),
      alert_percents text,
      alert_url text,
      unknown_price text not null check (unknown_price in ('block', 'allow')),
      created_at bigint not null,
      updated_at bigint not null,
      check ((cost_limit_nano is null) <> (token_limit is null))
    );
    create index budgets_by_scope on budgets (scope, scope_id);

    create table rate_limits (
      id text primary key,
      project_id text not null references projects (id) on delete cascade,
      name text not null,
      scope text not null check (scope in ('gateway_key', 'virtual_key', 'project', 'metadata')),
      scope_id text not null,
      scope_value text,
      unit text not null check (unit in ('requests', 'tokens')),
      period text not null check (period in ('second', 'minute', 'hour', 'day')),
      amount bigint not null,
      created_at bigint not null,
      updated_at bigint not null
    );
    create index rate_limits_by_scope on rate_limits (scope, scope_id)`,
};
