import type { Migration } from "./migration.ts";

const sumDimensions = [
  "key_id",
  "model",
  "provider",
  "region",
  "credential",
  "config",
  "prompt",
  "tier",
  "cache",
  "status",
  "error",
];
const countColumns = [
  "requests",
  "failures",
  "rescued",
  "estimates",
  "unknown_costs",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "total_tokens",
  "cost_nano",
  "total_ms",
  "first_byte_ms",
  "first_byte_count",
];
const latencyColumns = Array.from({ length: 32 }, (_, index) => `ms_${index}`);

/**
 * What happened: a row for each call of a model, its metadata pair by pair, sums of calls, feedback, and content where it is kept. Rows
 * belong to a project by its id alone: they outlive it, as the bill does.
 *
 * A call's `call_seq` is made from its id, so that rows lie in the order of time and no tree is needed to find an id. A mark is an hour
 * and a hash (`ledger/search/call-marks.ts`): an index of marks is written to where the newest calls are, and nowhere else.
 */
export const ledgerTables: Migration = {
  name: "the ledger",
  sql: `
    create table calls (
      call_seq bigint primary key,
      id text not null,
      project_id text not null,
      project_mark bigint not null,
      key_id text,
      key_mark bigint,
      model text,
      model_mark bigint,
      status bigint not null,
      status_mark bigint not null,
      credential text,
      credential_mark bigint,
      trace_id text not null,
      trace_mark bigint not null,
      is_success bigint not null,
      failure_mark bigint,
      span_id text,
      provider text,
      region text,
      config text,
      prompt text,
      cache text,
      input_tokens bigint,
      output_tokens bigint,
      total_tokens bigint,
      cost_nano bigint,
      added_at bigint not null,
      record text not null
    );

    create table call_metadata (
      mark bigint not null,
      call_seq bigint not null,
      primary key (mark, call_seq)
    ) without rowid;

    create table call_places (
      place_seq bigint primary key,
      project_id text not null,
      ${sumDimensions.map((name) => `${name} text not null`).join(", ")}
    );

    create table call_sums (
      project_mark bigint not null,
      step_ms bigint not null,
      at bigint not null,
      place_seq bigint not null,
      ${[...countColumns, ...latencyColumns].map((name) => `${name} bigint not null default 0`).join(", ")},
      primary key (project_mark, step_ms, at, place_seq)
    ) without rowid;

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
    ) without rowid;

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
