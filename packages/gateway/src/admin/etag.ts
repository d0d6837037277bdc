/** ETags: with one, a change says which state of the object it was made from. */
import { hash } from "node:crypto";
import { AditError } from "@adit/bedrock";

/** Fields that say how an object is used, and whose change is no change of the object: uses of a key, a person's signing in or failing to. */
const ofUse = { lastUsedAt: undefined, lastSignInAt: undefined, lockedUntil: undefined };

/** The same for the same object. */
export function etagOf(object: object): string {
  const text = JSON.stringify({ ...object, ...ofUse });
  return `"${hash("sha256", text, "base64url").slice(0, 27)}"`;
}

/** True where `If-Match` (RFC 9110, section 13.1.1) names the object, or where there is none. Weak tags never match. */
function isMatch(ifMatch: string | undefined, object: object): boolean {
  if (ifMatch === undefined || ifMatch.trim() === "*") return true;
  return ifMatch.split(",").some((tag) => tag.trim() === etagOf(object));
}

/** @throws AditError `precondition_failed` */
export function checkMatch(ifMatch: string | undefined, object: object): void {
  if (isMatch(ifMatch, object)) return;
  throw new AditError("precondition_failed", `The object is now ${etagOf(object)}, which If-Match does not name.`);
}

/**
 * What has no ETag is what no `If-Match` names: the change is not made.
 * @throws AditError `precondition_failed`
 */
export function refuseUnheld(ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === "*") return;
  throw new AditError("precondition_failed", "What is changed here has no ETag, so If-Match cannot name it.", {
    param: "If-Match",
    remedy: "Leave If-Match out.",
  });
}
