import type { Migration } from "./migration.ts";

/** What is used of limits: windows, the leases that gateways hold of them, and the alerts that they raised. */
export const limitUseTables: Migration = {
  name: "what is used of limits",
  sql: `
    create table limit_windows (
      limit_id text not null,
      bucket text not null,
      window_start bigint not null,
      settled_amount bigint not null,
      over_amount bigint not null,
      unpriced_calls bigint not null,
      recall_round bigint not null,
      recalled_at bigint not null,
      keep_until bigint,
      primary key (limit_id, bucket, window_start)
    );
    create index limit_windows_by_end on limit_windows (keep_until);

    create table limit_leases (
      limit_id text not null,
      bucket text not null,
      window_start bigint not null,
      lease_id text not null,
      holder_id text not null,
      held_amount bigint not null,
      settled_amount bigint not null,
      over_amount bigint not null,
      unpriced_calls bigint not null,
      answered_round bigint not null,
      primary key (limit_id, bucket, window_start, lease_id),
      foreign key (limit_id, bucket, window_start)
        references limit_windows (limit_id, bucket, window_start) on delete cascade
    );
    create index limit_leases_by_holder on limit_leases (holder_id);

    create table limit_holders (
      id text primary key,
      seen_at bigint not null
    );

    create table limit_alerts (
      id text primary key,
      budget_id text not null references budgets (id) on delete cascade,
      bucket text not null,
      window_start bigint not null,
      percent bigint not null,
      settled_amount bigint not null,
      limit_amount bigint not null,
      created_at bigint not null,
      attempts bigint not null default 0,
      next_try_at bigint,
      delivered_at bigint,
      last_error text,
      unique (budget_id, bucket, window_start, percent)
    );
    create index limit_alerts_to_send on limit_alerts (next_try_at)`,
};
