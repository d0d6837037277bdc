/**
 * Names of documents. AWS takes letters, digits, `-()[]`, single whitespace, and `_` (recorded), up to 200 characters, and refuses
 * a name that stands twice in the whole conversation.
 */
import { drop, type TranslationDraft } from "../translation-draft.ts";

const fits = /^(?!.*\s\s)[A-Za-z0-9\-()[\]_ ]{1,200}$/;

/** The name as it is sent: the given one where AWS takes it, else the nearest that it takes. A mend is named by its path. */
export function sentDocumentName(draft: TranslationDraft, given: string | undefined, path: string): string {
  draft.documentNames ??= new Map();
  const clean = given === undefined ? "Document" : fits.test(given) && given.trim() !== "" ? given : cleanName(given);
  const name = draft.documentNames.has(clean) ? nextFreeName(draft.documentNames, clean) : clean;
  draft.documentNames.set(name, 2);
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

/** The number is remembered by name: many documents of one name must not cost the square of their number. */
function nextFreeName(taken: Map<string, number>, name: string): string {
  for (let count = taken.get(name) ?? 2; ; count += 1) {
    const ending = ` (${count})`;
    const next = name.slice(0, 200 - ending.length).trimEnd() + ending;
    if (!taken.has(next)) {
      taken.set(name, count + 1);
      return next;
    }
  }
}
