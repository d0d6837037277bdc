/** Deletes the calls of those whom pairs of metadata name: a person's data goes where the person asks for it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { deleteResponsesByMetadata } from "../responses/delete-responses.ts";
import type { StoreAccess } from "../store/within.ts";
import { deleteCalls } from "./call-rows.ts";
import { searchCalls } from "./call-search.ts";

const rowsAtOnce = 200;

export interface Deletion {
  projectId: string;
  metadata: Readonly<Record<string, string>>;
  /** True: the records stay, for the bill; what was said goes. */
  contentOnly: boolean;
}

/**
 * Transaction by transaction: it may be many.
 * @returns how many calls matched
 */
export async function deleteByMetadata(store: StoreAccess, deletion: Deletion): Promise<number> {
  const { projectId, metadata, contentOnly } = deletion;
  let deleted = 0;
  for (let after: string | undefined; ;) {
    const page = await searchCalls(store, { filter: { projectId, metadata } }, { limit: rowsAtOnce, after });
    const ids = page.records.map(({ id }) => id);
    if (ids.length > 0) {
      await store.write(async (writing) => {
        if (contentOnly) await writing.db.deleteFrom("callContents").where("callId", "in", ids).execute();
        else await deleteCalls(writing, ids);
      });
    }
    deleted += ids.length;
    if (!page.hasMore) break;
    after = page.lastId;
    await nextTurn();
  }
  await deleteResponsesByMetadata(store, projectId, metadata);
  // The sums of a pair hold its value, which names the person.
  if (!contentOnly && Object.keys(metadata).length === 1) await deletePairSums(store, projectId, metadata);
  return deleted;
}

async function deletePairSums(store: StoreAccess, projectId: string, metadata: Deletion["metadata"]): Promise<void> {
  for (const [name, value] of Object.entries(metadata)) {
    await store.write(async ({ db }) => {
      await db
        .deleteFrom("metadataSums")
        .where("projectId", "=", projectId)
        .where("name", "=", name)
        .where("value", "=", value)
        .execute();
    });
  }
}
