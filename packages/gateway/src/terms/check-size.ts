import { termFault } from "./term-fault.ts";

const longest = 1_000_000;

/**
 * What a stored object says: it stands whole in lists and versions, and twice in the audit log for each change, which nobody could read any
 * more if each were as large as a request may be.
 * @throws AditError `invalid_request`
 */
export function checkSize(said: unknown, param: string): void {
  if (JSON.stringify(said).length > longest) throw termFault(param, `must be at most ${longest} characters of JSON.`);
}
