/** True for a count: a whole number from 0 up, which AWS also writes as `28.0`. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The count that somebody told; undefined for anything else. */
export function countOf(value: unknown): number | undefined {
  return isCount(value) ? value : undefined;
}
