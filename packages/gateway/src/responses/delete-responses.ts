/** Stored responses go with the ledger's content: by time, by size, and where a person asks for it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { pairHash } from "../ledger/content/body-pairs.ts";
import { fewAtOnce } from "../ledger/retention/few-at-once.ts";
import type { Database } from "../store/store.ts";
import type { StoreAccess } from "../store/within.ts";

const rowsAtOnce = 200;

/** Some of those that are older. Gives how many went. */
export async function deleteOldResponses(store: StoreAccess, projectId: string, before: number): Promise<number> {
  return store.write(async ({ db }) => {
    const rows = await db
      .selectFrom("storedResponses")
      .select(["id", "storedBytes"])
      .where("projectId", "=", projectId)
      .where("at", "<", before)
      .limit(rowsAtOnce)
      .execute();
    const ids = fewAtOnce(rows).map(({ id }) => id);
    await deleteResponses(db, projectId, ids);
    return ids.length;
  });
}

async function deleteResponses(db: Database, projectId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.deleteFrom("storedResponses").where("projectId", "=", projectId).where("id", "in", ids).execute();
}

/**
 * Those whose metadata, the call's or the response's own, has all the pairs, with what is kept of the content of their calls: it is the same
 * words, and the call's record does not know the response's own pairs. Transaction by transaction.
 */
export async function deleteResponsesByMetadata(
  store: StoreAccess,
  projectId: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const [first, ...others] = Object.entries(metadata).map(pairHash);
  if (first === undefined) return;
  for (;;) {
    const deleted = await store.write(async ({ db }) => {
      let found = db
        .selectFrom("storedResponsePairs as one")
        .innerJoin("storedResponses", (join) =>
          join
            .onRef("storedResponses.projectId", "=", "one.projectId")
            .onRef("storedResponses.id", "=", "one.responseId"),
        )
        .select(["one.responseId", "storedResponses.callId", "storedResponses.storedBytes"])
        .where("one.projectId", "=", projectId)
        .where("one.pair", "=", first);
      for (const other of others) {
        found = found.where("one.responseId", "in", (inner) =>
          inner
            .selectFrom("storedResponsePairs")
            .select("responseId")
            .where("projectId", "=", projectId)
            .where("pair", "=", other),
        );
      }
      const rows = fewAtOnce(await found.limit(rowsAtOnce).execute());
      const ids = rows.map(({ responseId }) => responseId);
      if (ids.length === 0) return 0;
      const callIds = rows.map(({ callId }) => callId);
      // A place that was taken stays: behind a call that was deleted its content may still be on its way.
      await db.deleteFrom("callContents").where("callId", "in", callIds).where("storedBytes", ">", 0).execute();
      await deleteResponses(db, projectId, ids);
      return ids.length;
    });
    if (deleted === 0) return;
    await nextTurn();
  }
}
