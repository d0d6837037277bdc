/** Rows of `stored_responses`: what is kept of responses, compressed, with the pairs of metadata by which it is found when it is to go. */
import { hash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import type { JsonValue } from "@adit/bedrock";
import type { StoredResponsesTable } from "../store/tables/response-tables.ts";
import type { Database } from "../store/store.ts";

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** A pair of metadata: of the call, or of the response itself. */
export type Pair = readonly [name: string, value: string];

export function packed(value: JsonValue): Promise<Buffer> {
  return compress(JSON.stringify(value), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
  });
}

export async function unpacked(content: Uint8Array): Promise<JsonValue> {
  return JSON.parse((await decompress(content)).toString()) as JsonValue;
}

/** False where the project has a row of this id: that one stays as it is. */
export async function addRow(db: Database, row: StoredResponsesTable, pairs: readonly Pair[]): Promise<boolean> {
  const added = await db
    .insertInto("storedResponses")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows === 0n) return false;
  const hashes = new Set(pairs.map(([name, value]) => pairHash(name, value)));
  if (hashes.size === 0) return true;
  const { projectId, id: responseId } = row;
  const pairRows = [...hashes].map((pair) => ({ projectId, pair, responseId }));
  await db.insertInto("storedResponsePairs").values(pairRows).execute();
  return true;
}

/** Of a pair of metadata. As in records, NUL is U+FFFD. */
export function pairHash(name: string, value: string): string {
  return hash("sha256", JSON.stringify([name, value]).replaceAll("\\u0000", "\\ufffd"), "base64url");
}
