/** Short texts of callers', and of providers', as records and log lines keep them: without secrets of known forms, and cut. Pure. */
import { hash } from "node:crypto";
import { AditError } from "@adit/bedrock";
import { hiddenSecret, isSecretName, withoutKnownForms } from "./secret-forms.ts";

/** Longest text that a record takes. */
const longestText = 512;
/** More pairs of metadata no record takes. */
export const mostPairs = 256;

/** Nothing that is hidden is shorter. */
const shortestSecret = 8;
/** Digits of a hash that tell two values apart of which the same is kept. */
const markDigits = 8;
/** So far behind what is kept secrets are looked for: none that begins before is longer. */
const beyond = 20_000;

export function callerText(text: string, longest?: number): string;
export function callerText(text: string | undefined, longest?: number): string | undefined;
export function callerText(text: string | undefined, longest = longestText): string | undefined {
  if (text === undefined) return undefined;
  // Half of a surrogate pair, from a caller or from a cut, has no form in UTF-8: two such texts would be one and the same in metrics.
  if (text.length < shortestSecret) return text.toWellFormed();
  const isFar = text.length > longest + beyond;
  const near = isFar ? text.slice(0, longest + beyond) : text;
  const safe = withoutKnownForms(near);
  return (safe.length <= longest && !isFar ? safe : `${safe.slice(0, longest - 3)}...`).toWellFormed();
}

/** Metadata as a record keeps it, and as it is looked for; undefined where there is none. */
export function callerPairs(
  metadata: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  if (metadata === undefined) return undefined;
  const entries = Object.entries(metadata);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [callerText(name), pairValue(name, value)]));
}

/** Two people whose values are one where a secret is taken out, or the end, must not be one: what is deleted for one stays for the other. */
function pairValue(name: string, value: string): string {
  if (isSecretName(name)) return value === "" || markedSecret.test(value) ? value : marked(hiddenSecret, value);
  const kept = callerText(value);
  if (kept === value.toWellFormed()) return kept;
  return marked(callerText(value, longestText - markDigits - 2), value);
}

/** As it is kept, and looked for. */
const markedSecret = /^\[secret\] #[0-9a-f]{8}$/;

function marked(kept: string, value: string): string {
  return `${kept} #${hash("sha256", value).slice(0, markDigits)}`;
}

/**
 * All of it is kept, or none: a pair that is left out would not be found when its calls are to be deleted. @throws AditError
 * `invalid_request`
 */
export function checkPairs(count: number): void {
  if (count <= mostPairs) return;
  throw new AditError("invalid_request", `metadata: it has ${count} members, and ${mostPairs} are the most.`, {
    param: "metadata",
    remedy: "Leave some out, or put several into one as text.",
  });
}
