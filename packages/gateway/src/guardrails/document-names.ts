/** Names of documents that a check has changed: AWS refuses two that are the same, wherever in a request they stand. */
import type { PlacedText } from "./placed-text.ts";

/** AWS's bound, in characters. */
const longestName = 200;

/** AWS takes letters, digits, blanks, hyphens and brackets alone in a document's name, and one at least. */
export function documentName(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} ()[\]-]/gu, "-") || "document";
}

export function isDocumentName({ path }: Pick<PlacedText, "path">): boolean {
  return path.at(-1) === "name" && path.at(-2) === "document";
}

/**
 * The changes, with a number behind a name that another document has: two masked ones would be the same. `textsBefore` are those of the whole
 * request before them; documents that shared a name then share the new one.
 */
export function withDistinctNames(
  changed: readonly PlacedText[],
  textsBefore: () => readonly PlacedText[],
): readonly PlacedText[] {
  if (!changed.some(isDocumentName)) return changed;
  const before = new Map(textsBefore().map(({ path, text }) => [path.join(), { path, text }]));
  const changing = new Set(changed.map(({ path }) => path.join()));
  const others = [...before].filter(([path, placed]) => isDocumentName(placed) && !changing.has(path));
  const taken = new Set(others.map(([, { text }]) => text));
  const names = new Map<string, string>();
  const lastNumbers = new Map<string, number>();
  return changed.map((placed) => {
    if (!isDocumentName(placed)) return placed;
    const old = before.get(placed.path.join())?.text ?? placed.path.join();
    const name = names.get(old) ?? freeName(documentName(placed.text), taken, lastNumbers);
    names.set(old, name);
    taken.add(name);
    return { ...placed, text: name };
  });
}

/** What every name keeps of itself before its number. */
const longestBeginning = 190;

/** The number is remembered by the beginning: many names that begin alike, and differ where the number goes, must not cost the square of their number. */
function freeName(wanted: string, taken: ReadonlySet<string>, lastNumbers: Map<string, number>): string {
  const beginning = wanted.slice(0, longestBeginning);
  let name = wanted;
  let number = lastNumbers.get(beginning) ?? 1;
  while (taken.has(name)) {
    number += 1;
    const ending = ` (${number})`;
    name = `${wanted.slice(0, longestName - ending.length)}${ending}`;
  }
  lastNumbers.set(beginning, number);
  return name;
}
