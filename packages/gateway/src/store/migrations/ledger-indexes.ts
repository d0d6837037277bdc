import type { Migration } from "./migration.ts";

/** What finds calls, the newest first: each mark with the calls that bear it. Every call pays for each of these. */
export const ledgerIndexes: Migration = {
  name: "lighter pairs of the ledger",
  sql: `
    create index calls_by_time on calls (project_mark, call_seq);
    create index calls_by_key on calls (key_mark, call_seq) where key_mark is not null;
    create index calls_by_model on calls (model_mark, call_seq) where model_mark is not null;
    create index calls_by_status on calls (status_mark, call_seq);
    create index calls_by_credential on calls (credential_mark, call_seq) where credential_mark is not null;
    create index calls_by_trace on calls (trace_mark, call_seq);
    create index calls_that_failed on calls (failure_mark, call_seq) where failure_mark is not null;
    create index calls_by_addition on calls (added_at)`,
};
