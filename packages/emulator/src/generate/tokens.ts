/** Token counts by estimate: a token for every four characters, never fewer than one for some text. */

const charactersPerToken = 4;

export function tokensOf(text: string): number {
  return Math.ceil(lengthOf(text) / charactersPerToken);
}

/** Characters of a text, a pair of surrogates counted once. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** The beginning of a text that fits into `tokens`; no character is cut in two. */
export function headOf(text: string, tokens: number): string {
  return firstCharacters(text, tokens * charactersPerToken);
}

export function firstCharacters(text: string, count: number): string {
  let end = 0;
  let taken = 0;
  for (const character of text) {
    if (taken === count) break;
    end += character.length;
    taken += 1;
  }
  return text.slice(0, end);
}
