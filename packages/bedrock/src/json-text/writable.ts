/** What JavaScript has and JSON has not. */
import { AditError } from "../errors/adit-error.ts";
import type { ValuePath } from "../json.ts";

/** What is at fault, and where: an object that holds itself is found in its own inside. */
interface Fault {
  path: ValuePath;
  words: string;
}

/**
 * Looks through what a program gives as a request; bytes are none of it. JSON.stringify makes null of a NaN or Infinity, without a word, and throws
 * an error of the engine's for the others.
 * @throws AditError `invalid_request` with the path of the first NaN, Infinity, BigInt, or object that holds itself.
 */
export function checkWritable(request: object): void {
  const found = faultIn(request, [], { above: new Set(), seen: new Set() });
  if (found === undefined) return;
  const path = found.path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const param = path.replace(/^\./, "");
  throw new AditError("invalid_request", `${param} ${found.words}, which JSON cannot carry`, { param });
}

/** Nothing that is meant nests deeper; what does is the writer's to refuse. */
const deepest = 500;

/** `above`: what the value is in. `seen`: what was looked into already. */
function faultIn(value: unknown, path: ValuePath, been: { above: Set<object>; seen: Set<object> }): Fault | undefined {
  if (typeof value === "bigint") return { path, words: "is a BigInt" };
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path, words: `is ${value}` };
  if (typeof value !== "object" || value === null || writesItself(value)) return undefined;
  if (been.above.has(value)) return { path, words: "holds itself" };
  if (been.seen.has(value) || path.length > deepest) return undefined;
  been.seen.add(value);
  been.above.add(value);
  const members: Iterable<[string | number, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, member] of members) {
    const found = faultIn(member, [...path, key], been);
    if (found !== undefined) return found;
  }
  been.above.delete(value);
  return undefined;
}

function writesItself(value: object): boolean {
  return ArrayBuffer.isView(value) || ("toJSON" in value && typeof value.toJSON === "function");
}
