import type { Migration } from "./migration.ts";

/** Failed sign-ins of people who are not there, by a hash of the e-mail address: they wait like those that are, at every gateway. */
export const signInStrangers: Migration = {
  name: "failed sign-ins of strangers",
  sql: `
    create table sign_in_strangers (
      email_hash text primary key,
      failed_sign_ins bigint not null,
      locked_until bigint,
      last_at bigint not null
    );
    create index sign_in_strangers_by_time on sign_in_strangers (last_at)`,
};
