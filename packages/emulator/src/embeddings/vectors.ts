/** Vectors that look like embeddings: the same input has always the same, another input another. */
import { createHash } from "node:crypto";

const longestKey = 1000;

/** A vector of length 1 (unless `normalize` is false) that depends on `input` alone. */
export function vectorOf(input: string, dimensions: number, normalize = true): number[] {
  const values: number[] = [];
  // A long input is read once, and not for every eight numbers.
  const key = input.length > longestKey ? createHash("sha256").update(input).digest("hex") : input;
  for (let step = 0; values.length < dimensions; step += 1) {
    const digest = createHash("sha256").update(`${step}:${key}`).digest();
    for (let at = 0; at < digest.length && values.length < dimensions; at += 4)
      values.push(digest.readInt32BE(at) / 2 ** 31);
  }
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => Math.fround(normalize ? value / length : value));
}

/** Whole numbers of eight bits; `offset` 128 makes them unsigned. */
export function bytesOf(vector: readonly number[], offset = 0): number[] {
  const largest = Math.max(...vector.map(Math.abs));
  return vector.map((value) => Math.round((value / largest) * 127) + offset);
}

/** The signs, a bit each. */
export function signsOf(vector: readonly number[]): number[] {
  return vector.map((value) => (value > 0 ? 1 : 0));
}

/** The signs packed eight to a number, from the highest bit; `offset` -128 makes them signed. */
export function packedSigns(vector: readonly number[], offset = 0): number[] {
  const signs = signsOf(vector);
  return Array.from({ length: Math.ceil(signs.length / 8) }, (_, index) => {
    const bits = signs.slice(index * 8, index * 8 + 8);
    return bits.reduce((byte, bit) => byte * 2 + bit, 0) + offset;
  });
}
