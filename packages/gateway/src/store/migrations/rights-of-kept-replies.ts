import type { Migration } from "./migration.ts";

/** In which projects a caller had the right to an answer that is kept: without it they are not shown the answer again. */
export const rightsOfKeptReplies: Migration = {
  name: "rights of kept replies",
  sql: `alter table idempotency_keys add column project_ids text`,
};
