/**
 * Where a call stands in time, and by what it is found. Both are numbers, for the ledger's trees are what a record costs: short keys, and
 * such that the newest calls lie side by side in every tree.
 *
 * A **seq** is made from a call's id alone: its 42 bits of milliseconds, then what orders ids of one millisecond. So rows in the order of
 * their seqs are in the order of time, and an id leads to its row. Two calls of one seq are possible (two gateways, one in a million
 * within a millisecond): the later takes the next one that is free.
 *
 * A **mark** is a stretch of time and 32 bits of a hash of the project and a value. One value's calls of one stretch lie together, in the
 * order of their seqs. Whoever searches goes from stretch to stretch, and looks at the value itself: hashes may agree by chance.
 */

/** Bits of a seq behind its milliseconds. */
const orderBits = 21n;
const lowBits = 2 ** 9 - 1;
/** A call that found its seq taken stands at most so far behind. */
export const mostSeqsBehind = 64n;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const hashes = 2 ** 32;

/** By what calls are found. */
export type MarkKind = "time" | "key" | "model" | "status" | "credential" | "trace" | "failure" | "pair";

/** Traces are often looked for without a time, so that their stretches are few. */
export function stretchMs(kind: MarkKind): number {
  return kind === "trace" ? dayMs : hourMs;
}

/** Beyond it there is no seq: in 2109. */
const lastMs = 2 ** 42 - 1;

/** The first seq at or behind a moment, in milliseconds since 1970. */
export function seqAt(ms: number): bigint {
  return BigInt(Math.min(Math.max(0, Math.ceil(ms)), lastMs)) << orderBits;
}

/** The millisecond of a seq, since 1970. */
export function timeOfSeq(seq: bigint): number {
  return Number(seq >> orderBits);
}

const idForm = /^req_([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-([0-9a-f]{4})-[0-9a-f]{12}$/;

/** Of `req_` and a UUIDv7; undefined for anything else. */
export function seqOfId(id: string): bigint | undefined {
  const parts = idForm.exec(id);
  if (parts === null) return undefined;
  const [, high = "", low = "", sequence = "", random = ""] = parts;
  const ms = Number.parseInt(high + low, 16);
  if (ms > lastMs) return undefined;
  const order = Number.parseInt(sequence, 16) * 2 ** 9 + ((Number.parseInt(random, 16) >> 5) & lowBits);
  return (BigInt(ms) << orderBits) | BigInt(order);
}

/** The mark of a value at a time. Below 2^53 until the year 2200. */
export function markOf(kind: MarkKind, ms: number, hash: number): number {
  return Math.floor(ms / stretchMs(kind)) * hashes + hash;
}

/** The same for the time of each call, in SQL: `seq` stands for the name of a column. */
export function markInSql(kind: MarkKind, seq: string, hash: number): string {
  const seqsOfStretch = BigInt(stretchMs(kind)) << orderBits;
  return `(${seq} / ${seqsOfStretch}) * ${hashes} + ${hash}`;
}

/** 32 bits of FNV-1a over the project and the parts of a value. They are stored: never to be changed. */
export function hashOf(projectId: string, ...parts: readonly string[]): number {
  let hash = hashText(0x811c9dc5, projectId);
  for (const part of parts) hash = hashText(Math.imul(hash, 0x01000193), part);
  // The low bits of FNV are good; the last step spreads them over all.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function hashText(begin: number, text: string): number {
  let hash = begin;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
