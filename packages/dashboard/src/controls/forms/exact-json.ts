/**
 * What a text of JSON means, so that it is written again with the numbers that it had: those of more digits than a number keeps stay as they were
 * spelt, and the gateway takes or refuses them. They are objects here, which JSON.stringify knows. Browsers from before 2025 may round them.
 *
 * @throws SyntaxError
 */
export function exactJson(text: string): unknown {
  return JSON.parse(text, exactly);
}

function exactly(_name: string, value: unknown, told?: { source?: string }): unknown {
  if (typeof value !== "number" || told?.source === undefined) return value;
  const isKept = Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value));
  return !isKept && "rawJSON" in JSON && typeof JSON.rawJSON === "function" ? JSON.rawJSON(told.source) : value;
}

/** True for a number that stands as it was spelt. */
export function isSpeltNumber(value: unknown): boolean {
  return "isRawJSON" in JSON && typeof JSON.isRawJSON === "function" && JSON.isRawJSON(value) === true;
}
