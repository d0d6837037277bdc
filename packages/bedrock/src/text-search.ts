/**
 * Looks for one text in another where a caller may have written both: the engine's own search takes as many steps as the product of their
 * lengths where they repeat themselves (minutes for a body of 1 MiB). This one takes the sum.
 */

/** A text that is no longer is looked for as the engine does. */
export const longestNative = 16;

/** True where the text stands in the words, as it does everywhere when it is empty. */
export function holdsText(words: string, text: string): boolean {
  if (text.length <= longestNative) return words.includes(text);
  return placesOfText(words, text).next().done !== true;
}

/** The places where the text, which is not empty, begins in the words; none within another. */
export function* placesOfText(words: string, text: string): Generator<number, void, void> {
  const { length } = text;
  const first = length > words.length ? -1 : words.indexOf(text.slice(0, longestNative));
  if (first === -1) return;
  const overlaps = overlapsIn(text);
  let matched = 0;
  for (let index = first; index < words.length; index += 1) {
    const code = words.charCodeAt(index);
    while (matched > 0 && text.charCodeAt(matched) !== code) matched = overlaps[matched - 1] ?? 0;
    if (text.charCodeAt(matched) === code) matched += 1;
    if (matched < length) continue;
    yield index + 1 - length;
    matched = 0;
  }
}

/** Knuth, Morris and Pratt's: for each beginning of the text, how long the longest other one is that it ends with. */
function overlapsIn(text: string): Int32Array {
  const overlaps = new Int32Array(text.length);
  let matched = 0;
  for (let index = 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    while (matched > 0 && text.charCodeAt(matched) !== code) matched = overlaps[matched - 1] ?? 0;
    if (text.charCodeAt(matched) === code) matched += 1;
    overlaps[index] = matched;
  }
  return overlaps;
}
