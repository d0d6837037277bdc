import type { Migration } from "./migration.ts";

/**
 * Responses that their callers had stored. A pair of metadata, by which a person's data is deleted, is kept as a hash. `turn` is how many
 * responses the conversation has with this one, `conversation_bytes` how long all their items are.
 */
export const storedResponses: Migration = {
  name: "stored responses",
  sql: `
    create table stored_responses (
      project_id text not null references projects (id) on delete cascade,
      id text not null,
      previous_id text,
      key_id text,
      call_id text not null,
      model text not null,
      at bigint not null,
      turn bigint not null,
      conversation_bytes bigint not null,
      stored_bytes bigint not null,
      content bytea not null,
      primary key (project_id, id)
    );
    create index stored_responses_by_age on stored_responses (project_id, at, stored_bytes);

    create table stored_response_pairs (
      project_id text not null,
      pair text not null,
      response_id text not null,
      primary key (project_id, pair, response_id),
      foreign key (project_id, response_id) references stored_responses (project_id, id) on delete cascade
    );
    create index stored_response_pairs_by_response on stored_response_pairs (project_id, response_id)`,
};
