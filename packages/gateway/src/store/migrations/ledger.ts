import type { Migration } from "./migration.ts";

const latencyColumns = Array.from({ length: 32 }, (_, index) => `ms_${index} bigint not null default 0`);

/**
 * What happened: a row for each call of a model, its metadata pair by pair, feedback, and content where it is kept. A row's `at` is the
 * moment of the request's arrival, its `added_at` when it came here. Rows belong to a project by its id alone: they outlive it, as the bill does.
 */
export const ledgerTables: Migration = {
  name: "the ledger",
  sql: `
    create table calls (
      id text primary key,
      at bigint not null,
      project_id text not null,
      key_id text,
      trace_id text not null,
      span_id text,
      parent_span_id text,
      dialect text not null,
      stream bigint not null,
      status bigint not null,
      is_success bigint not null,
      error text,
      model text,
      provider text,
      route text,
      region text,
      credential text,
      config text,
      prompt text,
      tier text not null,
      aws_request_id text,
      attempt_count bigint not null,
      target text,
      cache text,
      input_tokens bigint,
      output_tokens bigint,
      cache_read_tokens bigint,
      cache_write_tokens bigint,
      total_tokens bigint,
      cost_nano bigint,
      is_estimate bigint not null,
      first_byte_ms bigint,
      first_token_ms bigint,
      total_ms bigint not null,
      added_at bigint not null,
      record text not null
    );
    create index calls_by_time on calls (project_id, at);
    create index calls_by_key on calls (project_id, key_id, at);
    create index calls_by_model on calls (project_id, model, at);
    create index calls_by_status on calls (project_id, status, at);
    create index calls_by_credential on calls (project_id, credential, at);
    create index calls_by_trace on calls (project_id, trace_id, at);
    create index calls_that_failed on calls (project_id, at) where is_success = 0;
    create index calls_by_addition on calls (added_at);

    create table call_metadata (
      project_id text not null,
      name text not null,
      value text not null,
      at bigint not null,
      call_id text not null,
      primary key (project_id, name, value, at, call_id)
    );
    create index call_metadata_by_call on call_metadata (call_id);

    create table call_sums (
      project_id text not null,
      step_ms bigint not null,
      at bigint not null,
      place text not null,
      key_id text not null,
      model text not null,
      provider text not null,
      region text not null,
      credential text not null,
      config text not null,
      prompt text not null,
      tier text not null,
      cache text not null,
      status text not null,
      error text not null,
      requests bigint not null default 0,
      failures bigint not null default 0,
      rescued bigint not null default 0,
      estimates bigint not null default 0,
      unknown_costs bigint not null default 0,
      input_tokens bigint not null default 0,
      output_tokens bigint not null default 0,
      cache_read_tokens bigint not null default 0,
      cache_write_tokens bigint not null default 0,
      total_tokens bigint not null default 0,
      cost_nano bigint not null default 0,
      total_ms bigint not null default 0,
      first_byte_ms bigint not null default 0,
      first_byte_count bigint not null default 0,
      ${latencyColumns.join(", ")},
      primary key (project_id, step_ms, at, place)
    );
    create index call_sums_by_age on call_sums (step_ms, at);

    create table metadata_sums (
      project_id text not null,
      name text not null,
      at bigint not null,
      value text not null,
      requests bigint not null,
      failures bigint not null,
      unknown_costs bigint not null,
      total_tokens bigint not null,
      cost_nano bigint not null,
      total_ms bigint not null,
      primary key (project_id, name, at, value)
    );
    create index metadata_sums_by_age on metadata_sums (at);

    create table call_contents (
      call_id text primary key,
      project_id text not null,
      at bigint not null,
      stored_bytes bigint not null,
      content bytea not null
    );
    create index call_contents_by_age on call_contents (project_id, at, stored_bytes);

    create table feedback (
      id text primary key,
      project_id text not null,
      trace_id text not null,
      value bigint not null,
      weight_millionths bigint not null,
      metadata text,
      created_at bigint not null,
      updated_at bigint not null
    );
    create index feedback_by_trace on feedback (project_id, trace_id);
    create index feedback_by_time on feedback (project_id, created_at);

    create table log_settings (
      project_id text primary key,
      content text not null,
      sample_percent bigint not null,
      content_days bigint not null,
      record_days bigint,
      most_content_bytes bigint,
      updated_at bigint not null
    );

    create table log_exports (
      id text primary key,
      project_id text not null,
      status text not null,
      description text,
      request text not null,
      total bigint,
      download_hash text,
      download_until bigint,
      created_at bigint not null,
      updated_at bigint not null
    );
    create index log_exports_by_project on log_exports (project_id, id);

    create table log_views (
      id text primary key,
      project_id text not null,
      name text not null,
      query text not null,
      created_at bigint not null,
      updated_at bigint not null,
      unique (project_id, name)
    )`,
};
