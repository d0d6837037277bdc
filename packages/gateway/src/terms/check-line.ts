import { termFault } from "./term-fault.ts";

const longest = 200;
const longestText = 2_000;

/**
 * The name of an object, as people read it in lists.
 * @throws AditError `invalid_request`
 */
export function checkLine(given: string, param: string): string {
  const text = given.trim();
  if (text !== "" && text.length <= longest && !hasControls(text)) return text;
  throw termFault(param, `must be 1 to ${longest} characters on one line.`);
}

/** True for a text of more than one line, and for one with other control characters. */
export function hasControls(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what a name may not hold
  return /[\u0000-\u001f\u007f]/.test(text);
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
