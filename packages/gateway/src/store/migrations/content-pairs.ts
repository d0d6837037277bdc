import type { Migration } from "./migration.ts";

/** What bodies say of whom their calls are for, as hashes beside the content of the call: by them a person's data is deleted. They go with it. */
export const contentPairs: Migration = {
  name: "pairs of contents",
  sql: `
    create table call_content_pairs (
      project_id text not null,
      pair text not null,
      call_id text not null references call_contents (call_id) on delete cascade,
      primary key (project_id, pair, call_id)
    );
    create index call_content_pairs_by_call on call_content_pairs (call_id)`,
};
