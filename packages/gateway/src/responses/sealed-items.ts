/**
 * Items of answers that nobody asked to store, and that a later request may refer to: each is sealed with a key that is made from its id
 * alone. The database has a hash of that id, so that only who was given the answer can have the item read again.
 */
import { hash, hkdfSync } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { readLogSettings } from "../ledger/content/log-settings.ts";
import type { StoreAccess } from "../store/within.ts";
import { seal, unseal } from "../vault/envelope.ts";
import type { Pair } from "../ledger/content/body-pairs.ts";
import { addRows, packed, unpacked } from "./response-rows.ts";

export interface AnsweredItems {
  projectId: string;
  keyId: string | undefined;
  callId: string;
  model: string;
  /** Arrival of the request, in milliseconds since 1970. */
  at: number;
  pairs: readonly Pair[];
  /** Without secrets. Their ids are nobody's to guess. */
  output: readonly JsonValue[];
}

/** Resolves when they are kept. */
export async function sealItems(store: StoreAccess, { output, pairs, ...given }: AnsweredItems): Promise<void> {
  const { projectId, keyId = null, callId, model, at } = given;
  const rows = await Promise.all(
    output.filter(hasId).map(async (item) => {
      const content = seal(keyOf(item.id), await packed(item), [projectId]);
      const stored = { previousId: null, turn: 1, conversationBytes: 0, storedBytes: content.length, content };
      return { projectId, id: rowIdOf(item.id), keyId, callId, model, at, ...stored };
    }),
  );
  if (rows.length === 0) return;
  await store.write(async ({ db }) => {
    // What the project wants in this moment may not have been heard of.
    const { content } = await readLogSettings({ read: (query) => query(db) }, projectId);
    // An answer of the cache has the items of its first time.
    if (content !== "none") await addRows(db, rows, pairs);
  });
}

/** Those of the ids that are kept for the project. */
export async function unsealItems(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  ids: Iterable<string>,
): Promise<Map<string, JsonObject>> {
  const byRow = new Map(Array.from(ids, (id) => [rowIdOf(id), id]));
  const found = new Map<string, JsonObject>();
  if (byRow.size === 0) return found;
  const rows = await store.read((db) =>
    db
      .selectFrom("storedResponses")
      .select(["id", "content"])
      .where("projectId", "=", projectId)
      .where("id", "in", [...byRow.keys()])
      .execute(),
  );
  for (const row of rows) {
    const id = byRow.get(row.id);
    const item = id === undefined ? undefined : await unpacked(unseal(keyOf(id), row.content, [projectId]));
    if (id !== undefined && item !== undefined && isJsonObject(item)) found.set(id, item);
  }
  return found;
}

function hasId(item: JsonValue): item is JsonObject & { id: string } {
  return isJsonObject(item) && typeof item["id"] === "string" && item["id"] !== "";
}

function keyOf(itemId: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", itemId, "", "adit sealed item", 32));
}

/** No id of a response has a slash: the row is not one's that could be asked for. */
function rowIdOf(itemId: string): string {
  return `sealed/${hash("sha256", `adit sealed item\0${itemId}`, "base64url")}`;
}
