/** Virtual keys that follow another have its credential and bounds in columns of their own, so that every look at a key finds them there. */
import { sql } from "kysely";
import type { Database } from "./store.ts";

/** Writes to those that follow what they follow, as that is now; whichever end is the earlier counts. `only`: those with this value alone. */
export async function followIntegrations(
  db: Database,
  only?: { column: "id" | "integrationId"; value: string },
): Promise<void> {
  const own = sql.ref<number | null>("virtualKeys.ownExpiresAt");
  const followed = sql.ref<number | null>("followed.expiresAt");
  const all = db
    .updateTable("virtualKeys")
    .from("virtualKeys as followed")
    .set((column) => ({
      kind: column.ref("followed.kind"),
      credential: column.ref("followed.credential"),
      sourceId: column.ref("followed.sourceId"),
      region: column.ref("followed.region"),
      allowedModels: column.ref("followed.allowedModels"),
      allowedRegions: column.ref("followed.allowedRegions"),
      endpoint: column.ref("followed.endpoint"),
      attribution: column.ref("followed.attribution"),
      disabled: sql<number>`case when ${sql.ref("virtualKeys.ownDisabled")} = 1 then 1 else ${sql.ref("followed.disabled")} end`,
      expiresAt: sql<number | null>`case when ${own} < ${followed} then ${own} else coalesce(${followed}, ${own}) end`,
    }))
    .whereRef("followed.id", "=", "virtualKeys.integrationId");
  await (only === undefined ? all : all.where(`virtualKeys.${only.column}`, "=", only.value)).execute();
}
