/** Secrets that are known by their form, or by the name that they stand under, in whatever texts of callers' and providers' are kept. Pure. */

/**
 * Forms by which a secret is known wherever it stands: keys of Adit, of Bedrock, of OpenAI's kind, of GitHub, GitLab, Google, Hugging Face,
 * npm, Slack and Stripe, bearer tokens, PEM, passwords in addresses; and AWS's own, and API keys, by the name before them, as in files, in
 * environments, in code and in headers. None reads more than 16,000 letters at once, the rest of a longer one is read behind it: a pattern for
 * a run of some megabytes would overflow the stack.
 */
const forms: readonly RegExp[] = [
  /\badit_sk_[\w-]{8,16000}/g,
  /\bABSK[A-Za-z0-9+/=]{20,16000}/g,
  /\bbedrock-api-key-[A-Za-z0-9+/=%_-]{20,16000}/g,
  /\bsk-[A-Za-z0-9_-]{20,16000}/g,
  /\bgh[pousr]_[A-Za-z0-9]{30,16000}/g,
  /\bgithub_pat_\w{22,16000}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,16000}/g,
  /\b(?:glpat-[\w-]{20,16000}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,16000}|npm_[A-Za-z0-9]{36}|[rs]k_live_[A-Za-z0-9]{16,16000})/g,
  // Of a database or a proxy; an image's digest stands behind a tag.
  /(?<=:\/\/[^\s:/@"'<>]{0,128}:)[^\s/@"'<>]{1,256}(?=@(?!sha256:))/g,
  /\bBearer [A-Za-z0-9._~+/=-]{16,16000}/g,
  // Begun at the beginning of a run of such letters alone: begun at each `eyJ` in it, a long run would be read once for each of them.
  /(?<![\w-])[\w-]{13,16000}\.eyJ(?:[\w-]{10,15999}\.[\w-]{10,16000}|[\w-]{16000})/g,
  // What follows the name, in files of settings, environments, code and XML, and percent-encoded in addresses that are signed beforehand.
  /(?<=(?:secret[-_]?access[-_]?key|se(?:ssion|curity)[-_]?token)["']?(?:\s{0,8}[=:>]|\s)\s{0,8}["']?)(?:[A-Za-z0-9/+=]|%[0-9A-F]{2}){40,16000}/gi,
  // A digit tells a key from the word or the name of a variable that stands in its place.
  /(?<=(?:api[-_]?key|authorization)["']?\s{0,8}[=:]\s{0,8}["']?(?:basic |bearer |token )?)(?=[A-Za-z/+=_~-]{0,64}\d)[A-Za-z0-9/+=_~-]{20,16000}/gi,
  // With headers of its own, in which single dashes stand, and up to the end that may be cut off.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----)){1,16000}/g,
];

/** What a pattern found that is so long may go on behind it, in the letters of a secret; in PEM with what its lines end with. */
const longestRead = 16_000;
const further = /[\w.~+/=%-]{1,16000}/y;
const furtherPem = /(?:[^-]|-(?!----)){1,16000}/y;

/** What a secret of a known form begins with: most texts are through with this one look. */
const mayHoldForm =
  /ABSK|adit_sk_|bedrock-api-key-|sk-|gh[pousr]_|github_pat_|glpat-|AIza|hf_|npm_|k_live_|xox[abprs]-|Bearer |eyJ|-----BEGIN|:\/\/[^\s/@"'<>]{1,400}@/;
const mayHoldNamed = /(?:access|api)[-_]?key|se(?:ssion|curity)[-_]?token|authorization/i;

export const hiddenSecret = "[secret]";

/** The text without secrets of known forms. */
export function withoutKnownForms(text: string): string {
  const mayHold = mayHoldForm.test(text) || mayHoldNamed.test(text);
  if (!mayHold) return text;
  return forms.reduce(
    (safe, form) => (safe.length < longestRead ? safe.replaceAll(form, hiddenSecret) : withoutLong(safe, form)),
    text,
  );
}

function withoutLong(text: string, form: RegExp): string {
  let safe = "";
  let at = 0;
  for (const { index, 0: found } of text.matchAll(form)) {
    // Within the rest of the one before; what begins there and goes on behind it is hidden too.
    if (index + found.length <= at) continue;
    safe += text.slice(at, index) + hiddenSecret;
    at = index + found.length;
    if (found.length >= longestRead) at = endOfRun(text, at, found.startsWith("-----") ? furtherPem : further);
  }
  return safe + text.slice(at);
}

function endOfRun(text: string, begin: number, run: RegExp): number {
  run.lastIndex = begin;
  let end = begin;
  while (run.test(text)) end = run.lastIndex;
  return end;
}

/**
 * How names end under which secrets stand, without `-` and `_` and in small letters: whose key or password it is stands before that. A text in
 * the place of a whole credential is refused, and is one all the same.
 */
const secretName =
  /(?:customercredentials|credentialoverride|awscredentials|secretaccesskey|(?:session|security|bearer|access|refresh|auth|authorization|api|webidentity)token|awsbearertokenbedrock|^idtoken|apikey|authorization|password|passwd|passphrase|secret|secretkey|privatekey)$/;

/** True for a name under which a secret stands, in any spelling. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.replaceAll(/[-_]/g, "").toLowerCase());
}
