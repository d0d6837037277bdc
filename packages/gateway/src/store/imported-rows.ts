/** What rows of an older export would leave in a store that its own changes never do. */
import { parsedObject } from "@adit/bedrock/gateway";
import type { Writing } from "./store.ts";

/** A row as it is read in. */
type Cells = Readonly<Record<string, unknown>>;

/**
 * Before the row of a virtual key is read in: the secret that is sealed for another address than the row's is taken away. It stayed behind
 * when the row was exported, and would be sent where it is not for.
 */
export async function dropMovedSecret({ db }: Writing, table: string, row: Cells): Promise<void> {
  const { id } = row;
  if (table !== "virtualKeys" || typeof id !== "string") return;
  const before = await db
    .selectFrom("virtualKeys")
    .select(["kind", "endpoint", "credential"])
    .where("id", "=", id)
    .executeTakeFirst();
  // What an edited row leaves out stays as it is.
  if (before === undefined || addressOf(before) === addressOf({ ...before, ...row })) return;
  await db.deleteFrom("sealedRecords").where("kind", "=", "virtual_key").where("recordId", "=", id).execute();
}

/** Where the secret goes. */
function addressOf({ kind, endpoint, credential }: Cells): string {
  const baseUrl = typeof credential === "string" ? parsedObject(credential)?.["baseUrl"] : undefined;
  return JSON.stringify([kind, endpoint, baseUrl ?? null]);
}

/** Of the row of a config, by its project. */
export function noteDefault(defaults: Map<string, string>, { id, projectId, isDefault }: Cells): void {
  if (isDefault === 1 && typeof id === "string" && typeof projectId === "string") defaults.set(projectId, id);
}

/** Behind the rows: of the configs that hold where a project's calls name none, the one that was read in stays, and no other. */
export async function keepOneDefault({ db, changed }: Writing, imported: ReadonlyMap<string, string>): Promise<void> {
  for (const [projectId, id] of imported) {
    const others = await db
      .updateTable("configs")
      .set({ isDefault: 0 })
      .where("projectId", "=", projectId)
      .where("isDefault", "=", 1)
      .where("id", "!=", id)
      .returning("id")
      .execute();
    for (const other of others) changed("config", other.id);
  }
}
