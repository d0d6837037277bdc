/** Longest piece of a text, in characters. */
const longestPiece = 24;

/** A text in pieces of a word each, the space before the word. No character is cut in two, and nothing is lost. */
export function textPieces(text: string): string[] {
  const words = text.match(/\s*\S+(?:\s+$)?|\s+/g) ?? [];
  return words.flatMap((word) => {
    const characters = Array.from(word);
    const pieces: string[] = [];
    for (let at = 0; at < characters.length; at += longestPiece)
      pieces.push(characters.slice(at, at + longestPiece).join(""));
    return pieces;
  });
}
