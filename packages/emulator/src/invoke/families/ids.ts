/** Ids as the families write them, made from the call's own chance. */
import type { Random } from "../../generate/random.ts";

/** A UUID: eight, four, four, four and twelve hexadecimal digits. */
export function uuidFrom(random: Random): string {
  const hex = (length: number) => Array.from({ length }, () => random.number(16).toString(16)).join("");
  return [hex(8), hex(4), `4${hex(3)}`, `8${hex(3)}`, hex(12)].join("-");
}

/** Base32 as AWS's newest ids have it: `a` to `z` and `2` to `7`. */
export function base32From(random: Random, length: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  return Array.from({ length }, () => letters[random.number(letters.length)] ?? "a").join("");
}
