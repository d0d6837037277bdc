/** Headers of the vendors' namespace that say yes or no. */
import { AditError } from "@adit/bedrock";
import type { CallerHeaders } from "./caller-headers.ts";

const words: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** Undefined where the header is absent. What is neither yes nor no is taken for neither. @throws AditError `invalid_request` */
export function flagIn(headers: CallerHeaders, name: string): boolean | undefined {
  const text = headers.get(name);
  if (text === undefined) return undefined;
  const flag = words.get(text.toLowerCase());
  if (flag === undefined) {
    throw new AditError("invalid_request", `The header ${name} must be true or false.`, { param: name });
  }
  return flag;
}
