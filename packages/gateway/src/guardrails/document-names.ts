/** Names of documents that a check has changed: AWS refuses two that are the same, wherever in a request they stand. */
import { newDocumentNames, takeDocumentName } from "@adit/bedrock/gateway";
import type { PlacedText } from "./placed-text.ts";

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
  const documentNames = newDocumentNames(others.map(([, { text }]) => text));
  const names = new Map<string, string>();
  return changed.map((placed) => {
    if (!isDocumentName(placed)) return placed;
    const old = before.get(placed.path.join())?.text ?? placed.path.join();
    const name = names.get(old) ?? takeDocumentName(documentNames, documentName(placed.text));
    names.set(old, name);
    return { ...placed, text: name };
  });
}
