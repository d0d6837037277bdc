/** Takes secrets out of content before it is kept: those that stand under a secret's name, those of known forms, and known ones. Pure. */
import { formsInAddresses, withoutText } from "@adit/bedrock/gateway";
import { hiddenSecret, isSecretName, withoutKnownForms } from "../../secret-forms.ts";
import { isFileMember, textOfFile } from "./secrets-in-files.ts";

/** A name in JSON, up to its text or the first of a list of texts. Behind a backslash none begins: of a row of `\\"` each would be read up to 64 times. */
const memberStart = /(?<!\\)"((?:[^"\\]|\\.){1,64})"\s*:\s*(?:\[\s*)?"/g;
/** A part of such a text: a pattern for the whole of it would overflow the stack at some megabytes. */
const textPart = /(?:[^"\\]+|\\.){1,10000}/y;
/** JSON within a text of JSON, within one of that ... */
const deepestTexts = 4;
/** What may be a name of a secret's within such a text: without one, none is read. */
const mayBeInner =
  /(?:key|token|secrets?|passwd|password|passphrase|authorization|bedrock|credentials|override)\\+"\s*:/i;
/** What OpenAI's shells get for hosts that they call: a list of secrets, each as the value of its entry. */
const secretList = '"domain_secrets"';

/** A shorter text would be found in too many words that are no secrets. */
const shortestKnown = 8;
/** Each known one is looked for in all that is kept: a body with more would hold up everybody, and of it nothing is kept. */
export const mostKnown = 64;

/** Takes these secrets out of a text, the longest first. */
export function hiderOf(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets.flatMap((secret) => [secret, ...formsInAddresses(secret)]))]
    .filter(({ length }) => length >= shortestKnown)
    .toSorted((one, other) => other.length - one.length);
  return (text) => known.reduce(withoutText, text);
}

/** The secrets that stand in a body under a secret's name, as they are written there and as they are meant; in JSON within its texts and files too. */
export function secretsIn(text: string): string[] {
  const found = new Set<string>();
  addSecretsIn(found, text);
  return [...found];
}

function addSecretsIn(found: Set<string>, text: string, isFile = false): void {
  let inner = text;
  for (let depth = 0; depth < deepestTexts; depth += 1) {
    for (const { name, start, end, isSecret } of membersIn(inner)) {
      const value = inner.slice(start, end);
      if (isSecret) found.add(value).add(unescaped(value));
      // Files are read where they stand, and not once more for each depth.
      else if (depth === 0 && !isFile && isFileMember(name, value)) {
        addSecretsIn(found, textOfFile(unescaped(value))?.text ?? "", true);
      }
    }
    if (!mayBeInner.test(inner)) break;
    inner = inner.replaceAll(/\\(["\\])/g, "$1");
  }
}

/** The text without secrets under their names and of known forms, and without those that `hideKnown` takes out. */
export function withoutSecretsIn(text: string, hideKnown?: (text: string) => string): string {
  // Nothing that is hidden is shorter.
  if (text.length < shortestKnown) return text;
  const named = !text.includes('"') ? text : withoutNamed(text);
  return withoutKnownForms(hideKnown === undefined ? named : hideKnown(named));
}

function withoutNamed(text: string): string {
  let safe = "";
  let at = 0;
  for (const { start, end } of secretsUnderNames(text)) {
    safe += text.slice(at, start) + hiddenSecret;
    at = end;
  }
  return safe + text.slice(at);
}

/** Where texts under secrets' names stand. */
function* secretsUnderNames(text: string): Generator<{ start: number; end: number }> {
  for (const member of membersIn(text)) if (member.isSecret) yield member;
}

interface Member {
  name: string;
  start: number;
  end: number;
  isSecret: boolean;
}

/** Where texts under names stand, also one that is cut off; none that is empty. */
function* membersIn(text: string): Generator<Member> {
  const mayHoldList = text.includes(secretList);
  let isInList = false;
  let at = 0;
  for (;;) {
    memberStart.lastIndex = at;
    const written = memberStart.exec(text)?.[1];
    if (written === undefined) return;
    const start = memberStart.lastIndex;
    if (mayHoldList) isInList = isInListBehind(text.slice(at, start), isInList);
    at = endOfText(text, start);
    const name = unescaped(written);
    const isSecret = isSecretName(name) || (isInList && name === "value");
    if (at > start) yield { name, start, end: at, isSecret };
  }
}

/** `between`: what stands before a member, up to the text of the one before it. */
function isInListBehind(between: string, wasInList: boolean): boolean {
  const begin = between.lastIndexOf(secretList);
  return (wasInList || begin !== -1) && !between.includes("]", Math.max(0, begin));
}

function endOfText(text: string, start: number): number {
  let end = start;
  textPart.lastIndex = start;
  while (textPart.test(text)) end = textPart.lastIndex;
  return end;
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    // It is cut off within an escape.
    return text;
  }
}
