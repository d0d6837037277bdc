/** Repeatable chance: the same call always gives the same answer. */
import { createHash } from "node:crypto";

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  number(below: number): number;
  /** Letters and digits as AWS's ids have them. */
  id(length: number): string;
}

const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A row of chances that depends on `seed` alone. */
export function randomFrom(seed: string): Random {
  let step = 0;
  const next = () => {
    step += 1;
    return createHash("sha256").update(`${step}:${seed}`).digest();
  };
  return {
    number: (below) => next().readUInt32BE(0) % below,
    id: (length) =>
      Array.from(next().subarray(0, length), (byte) => idLetters[byte % idLetters.length] ?? "A").join(""),
  };
}

/** A short name of a value, for seeds and cache keys. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
