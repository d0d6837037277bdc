import { termFault } from "./term-fault.ts";

const longest = 200;
const longestText = 2_000;

/**
 * The name of an object, as people read it in lists.
 * @throws AditError `invalid_request`
 */
export function checkLine(given: string, param: string): string {
  const text = given.trim();
  // oxlint-disable-next-line no-control-regex -- these are what a name may not hold
  if (text !== "" && text.length <= longest && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw termFault(param, `must be 1 to ${longest} characters on one line.`);
}

/**
 * What people write of an object; undefined where that is nothing.
 * @throws AditError `invalid_request`
 */
export function checkText(given: string | undefined, param: string): string | undefined {
  const text = given?.trim() ?? "";
  // PostgreSQL keeps no NUL.
  if (text.length <= longestText && !text.includes("\0")) return text === "" ? undefined : text;
  throw termFault(param, `must be at most ${longestText} characters.`);
}
