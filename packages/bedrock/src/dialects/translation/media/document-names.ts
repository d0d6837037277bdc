/**
 * Names of documents. AWS takes letters, digits, `-()[]`, single whitespace, and `_` (recorded), up to 200 characters, and refuses
 * a name that stands twice in the whole conversation.
 */
import { drop, type TranslationDraft } from "../translation-draft.ts";

/** Of one request. */
export interface DocumentNames {
  taken: Set<string>;
  /** By how a name begins: the next number. */
  numbers: Map<string, number>;
}

/** `taken`: names that stand in the request already. */
export function newDocumentNames(taken: Iterable<string> = []): DocumentNames {
  return { taken: new Set(taken), numbers: new Map() };
}

const fits = /^(?!.*\s\s)[A-Za-z0-9\-()[\]_ ]{1,200}$/;

/** The name as it is sent: the given one where AWS takes it, else the nearest that it takes. A mend is named by its path. */
export function sentDocumentName(draft: TranslationDraft, given: string | undefined, path: string): string {
  draft.documentNames ??= newDocumentNames();
  const clean = given === undefined ? "Document" : fits.test(given) && given.trim() !== "" ? given : cleanName(given);
  const name = takeDocumentName(draft.documentNames, clean);
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

/** A name that AWS takes, or it with a number where another document has it; from then on it is taken. */
export function takeDocumentName(names: DocumentNames, wanted: string): string {
  const name = names.taken.has(wanted) ? nextFreeName(names, wanted) : wanted;
  names.taken.add(name);
  return name;
}

/** What every name keeps of itself before its number. */
const longestBeginning = 190;

/** The number is remembered by the beginning: many documents of one name, or of one beginning, must not cost the square of their number. */
function nextFreeName({ taken, numbers }: DocumentNames, name: string): string {
  const beginning = name.slice(0, longestBeginning).trimEnd();
  for (let number = numbers.get(beginning) ?? 2; ; number += 1) {
    const ending = ` (${number})`;
    const next = name.slice(0, 200 - ending.length).trimEnd() + ending;
    if (!taken.has(next)) {
      numbers.set(beginning, number + 1);
      return next;
    }
  }
}
