/** Contents of calls into the database: compressed, and where their projects want them by then. */
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { Database } from "../../store/store.ts";
import type { CallRecord } from "../record/call-record.ts";
import { pairHashes, type Pair } from "./body-pairs.ts";
import type { KeptContent } from "./call-content.ts";

const compress = promisify(brotliCompress);

/** Of one call, as it is stored. */
export interface PackedContent {
  record: CallRecord;
  /** What the body says of the call, with its metadata. */
  pairs: readonly Pair[];
  content: Buffer;
}

export function packedContent(kept: KeptContent): Promise<Buffer> {
  return compress(JSON.stringify(kept), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
  });
}

/** In the order of their ids, as places are taken: two transactions that waited for each other would get nowhere. */
export async function addContents(db: Database, packed: readonly PackedContent[]): Promise<void> {
  for (const one of packed.toSorted(({ record: one }, { record: other }) => inOrder(one.id, other.id))) {
    await addContent(db, one);
  }
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** By what the project wants in that moment, which may not have been heard of. */
async function addContent(db: Database, { record, pairs, content }: PackedContent): Promise<void> {
  const { id, projectId, at, isSuccess } = record;
  const wanted = db
    .selectFrom("logSettings")
    .where("projectId", "=", projectId)
    .where("content", "in", isSuccess ? ["all", "sampled"] : ["all", "sampled", "errors"])
    .select((row) => [
      row.val(id).as("callId"),
      row.ref("projectId").as("projectId"),
      row.val(at).as("at"),
      row.val(content.length).as("storedBytes"),
      row.val(content).as("content"),
    ]);
  const { numInsertedOrUpdatedRows: added } = await db
    .insertInto("callContents")
    .columns(["callId", "projectId", "at", "storedBytes", "content"])
    .expression(wanted)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (added !== 1n || pairs.length === 0) return;
  const rows = pairHashes(pairs).map((pair) => ({ projectId, pair, callId: id }));
  await db.insertInto("callContentPairs").values(rows).execute();
}

/**
 * Content is written behind its record, by the gateway that had the call: that of a call which was deleted in between finds its place taken.
 * What another transaction is just writing there, and no deletion sees yet, is waited for and written over. The places go by their age, as
 * content does.
 */
export async function takePlaces(db: Database, calls: readonly CallRecord[]): Promise<void> {
  if (calls.length === 0) return;
  const nothing = { storedBytes: 0, content: new Uint8Array() };
  const places = calls
    .map(({ id: callId, projectId, at }) => ({ callId, projectId, at, ...nothing }))
    .toSorted((one, other) => inOrder(one.callId, other.callId));
  await db
    .insertInto("callContents")
    .values(places)
    .onConflict((conflict) => conflict.column("callId").doUpdateSet(nothing))
    .execute();
  const ids = calls.map(({ id }) => id);
  await db.deleteFrom("callContentPairs").where("callId", "in", ids).execute();
}
