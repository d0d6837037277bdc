/** Filters of the logs that a project has given a name. */
import { AditError } from "@adit/bedrock";
import { newId } from "../../store/new-id.ts";
import type { Row } from "../../store/tables/tables.ts";
import type { StoreAccess } from "../../store/within.ts";

export type LogViewRow = Row<"logViews">;

/** A view of this name is replaced. */
export async function saveLogView(
  store: StoreAccess,
  projectId: string,
  { name, query }: { name: string; query: string },
): Promise<LogViewRow> {
  const now = store.clock.now();
  const row = { id: newId("lv", now), projectId, name, query, createdAt: now, updatedAt: now };
  return store.write(({ db }) =>
    db
      .insertInto("logViews")
      .values(row)
      .onConflict((conflict) => conflict.columns(["projectId", "name"]).doUpdateSet({ query, updatedAt: now }))
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

export function listLogViews(store: Pick<StoreAccess, "read">, projectId: string): Promise<LogViewRow[]> {
  return store.read((db) =>
    db.selectFrom("logViews").selectAll().where("projectId", "=", projectId).orderBy("name").limit(1_000).execute(),
  );
}

/** @throws AditError `not_found` */
export async function findLogView(store: Pick<StoreAccess, "read">, id: string): Promise<LogViewRow> {
  const row = await store.read((db) => db.selectFrom("logViews").selectAll().where("id", "=", id).executeTakeFirst());
  if (row !== undefined) return row;
  throw new AditError("not_found", "There is no saved view of this id.", {
    param: "view",
    remedy: "See GET /v1/logs/views.",
  });
}

export async function deleteLogView(store: StoreAccess, id: string): Promise<void> {
  await store.write(({ db }) => db.deleteFrom("logViews").where("id", "=", id).execute());
}
