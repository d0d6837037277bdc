import type { Migration } from "./migration.ts";

/** Virtual keys that follow another, as Portkey's providers follow their integration; what they say themselves of their end is kept beside what comes of both. */
export const providers: Migration = {
  name: "providers that follow their integration",
  sql: `
    alter table virtual_keys add column integration_id text references virtual_keys (id) deferrable initially deferred;
    alter table virtual_keys add column own_expires_at bigint;
    alter table virtual_keys add column own_disabled bigint not null default 0;
    create index virtual_keys_by_integration on virtual_keys (integration_id)`,
};
