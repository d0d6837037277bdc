/** Many records of calls for the ledger and the dashboard to search: of 1,000 keys, two models and a credential each. */

import { addCalls } from "../../packages/gateway/dist/ledger/intake/call-rows.js";
import { seqAt, timeOfSeq } from "../../packages/gateway/dist/ledger/search/call-marks.js";
import { recordWith } from "../../packages/gateway/dist/ledger/testing/records.js";
import { defaultProjectId } from "../../packages/gateway/dist/store/migrations/people-and-projects.js";

export const projectId = defaultProjectId;
export const monthMs = 30 * 86_400_000;
/** The rows are of the month before. */
export const end = Date.UTC(2026, 10, 1);
export const models = Array.from({ length: 20 }, (_, index) => `maker.model-${index}`);
export const regions = ["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"];
const statuses = [...Array(95).fill(200), 400, 429, 429, 503, 424];

export const below = (count) => Math.floor(Math.random() * count);
export const pick = (list) => list[below(list.length)];

/** One of `rows`; with two pairs of metadata, one of them of 10,000 values. */
export function recordAt(at, rows) {
  const status = pick(statuses);
  const key = below(1_000);
  return recordWith({
    at,
    projectId,
    keyId: `gk_${key}`,
    model: models[(key + below(2)) % models.length],
    region: regions[key % regions.length],
    credential: `virtual key k${key % 50}`,
    config: key % 10 === 0 ? `pc-${key}` : undefined,
    traceId: `trace-${below(rows)}`,
    status,
    isSuccess: status === 200,
    metadata: { team: `team-${below(50)}`, _user: `user-${below(10_000)}` },
  });
}

/** Times of the oldest and the newest row that was made; undefined where there is none. */
export async function spanOf(store) {
  const seqs = await store.read((db) =>
    db
      .selectFrom("calls")
      .select(({ fn }) => [fn.min("callSeq").as("oldestSeq"), fn.max("callSeq").as("newestSeq")])
      .where("callSeq", "<", seqAt(end))
      .executeTakeFirstOrThrow(),
  );
  if (seqs.oldestSeq === null) return { oldest: undefined, newest: undefined };
  return { oldest: timeOfSeq(seqs.oldestSeq), newest: timeOfSeq(seqs.newestSeq) };
}

/**
 * Makes what is missing of `rows`, in the order of time, an hour's at once: this is how they come to be there, not how fast a gateway
 * writes them.
 * @returns how many were made
 */
export async function fillCalls(store, rows, onBatch = () => {}) {
  const { newest } = await spanOf(store);
  const already = newest === undefined ? 0 : Math.ceil(((newest + 1 - (end - monthMs)) / monthMs) * rows);
  const atOnce = Math.min(15_000, Math.max(2_000, Math.ceil(rows / 720)));
  for (let made = already; made < rows; made += atOnce) {
    const length = Math.min(atOnce, rows - made);
    const timeOf = (index) => end - monthMs + Math.floor(((made + index) / rows) * monthMs);
    const batch = Array.from({ length }, (_, index) => recordAt(timeOf(index), rows));
    await addCalls(
      store,
      batch.map((record) => ({ record, text: JSON.stringify(record) })),
    );
    onBatch(made + length);
  }
  return Math.max(0, rows - already);
}
