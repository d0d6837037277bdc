/** Numbers that JavaScript has and JSON has not: JSON.stringify makes null of them, without a word. */
import { AditError } from "../errors/adit-error.ts";

type Path = readonly (string | number)[];

/**
 * Looks through what a program gives as a request; bytes are none of it.
 * @throws AditError `invalid_request` with the path of the first NaN or Infinity.
 */
export function checkNumbers(request: object): void {
  const found = placeOf(request, [], new Set());
  if (found === undefined) return;
  const path = found.path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const param = path.replace(/^\./, "");
  throw new AditError("invalid_request", `${param} is ${found.value}, which JSON cannot carry`, { param });
}

/** Nothing that is meant nests deeper; what does is the writer's to refuse. */
const deepest = 500;

/** `seen`: an object may hold itself, and is looked into once. */
function placeOf(value: unknown, path: Path, seen: Set<object>): { path: Path; value: number } | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path, value };
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  if (seen.has(value) || path.length > deepest) return undefined;
  seen.add(value);
  const members: Iterable<[string | number, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, member] of members) {
    const found = placeOf(member, [...path, key], seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
