/**
 * Names of documents. AWS takes letters, digits, `-()[]`, single whitespace, and `_` (recorded), up to 200 characters, and refuses
 * a name that stands twice in the whole conversation.
 */
import { drop, type TranslationDraft } from "./translation-draft.ts";

const fits = /^(?!.*\s\s)[A-Za-z0-9\-()[\]_ ]{1,200}$/;

/** The name as it is sent: the given one where AWS takes it, else the nearest that it takes. A mend is named by its path. */
export function sentDocumentName(draft: TranslationDraft, given: string | undefined, path: string): string {
  draft.documentNames ??= new Set();
  const clean = given === undefined ? "Document" : fits.test(given) ? given : cleanName(given);
  const name = draft.documentNames.has(clean) ? nextFreeName(draft.documentNames, clean) : clean;
  draft.documentNames.add(name);
  if (given !== undefined && name !== given) {
    drop(draft, path);
  }
  return name;
}

function cleanName(given: string): string {
  const clean = given
    .slice(0, 400)
    .replace(/[^A-Za-z0-9\-()[\]_ ]+/g, "-")
    .replace(/ {2,}/g, " ")
    .replace(/^[ -]+|[ -]+$/g, "")
    .slice(0, 200);
  return clean === "" ? "Document" : clean;
}

function nextFreeName(taken: ReadonlySet<string>, name: string): string {
  for (let count = 2; ; count += 1) {
    const ending = ` (${count})`;
    const next = name.slice(0, 200 - ending.length) + ending;
    if (!taken.has(next)) {
      return next;
    }
  }
}
