/** Rows of `stored_responses`: what is kept of responses, compressed, with the pairs of metadata by which it is found when it is to go. */
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import type { JsonValue } from "@adit/bedrock";
import { pairHashes, type Pair } from "../ledger/content/body-pairs.ts";
import { inParts } from "../store/in-parts.ts";
import type { StoredResponsesTable } from "../store/tables/response-tables.ts";
import type { Database } from "../store/store.ts";

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

export function packed(value: JsonValue): Promise<Buffer> {
  return compress(JSON.stringify(value), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
  });
}

export async function unpacked(content: Uint8Array): Promise<JsonValue> {
  return JSON.parse((await decompress(content)).toString()) as JsonValue;
}

/** Gives how many were added: a row whose id the project has already stays as it is. All are of one project. */
export async function addRows(
  db: Database,
  rows: readonly StoredResponsesTable[],
  pairs: readonly Pair[],
): Promise<number> {
  let count = 0;
  for (const some of inParts(rows)) {
    const added = await db
      .insertInto("storedResponses")
      .values(some)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    count += Number(added.numInsertedOrUpdatedRows);
  }
  const hashes = pairHashes(pairs);
  const pairRows = rows.flatMap(({ projectId, id: responseId }) =>
    hashes.map((pair) => ({ projectId, pair, responseId })),
  );
  for (const some of inParts(pairRows)) {
    await db
      .insertInto("storedResponsePairs")
      .values(some)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return count;
}
