/**
 * A text without what hides digits and letters from a reader's eye: characters without width are left out, digits of other scripts and
 * wide letters are written as ASCII, dashes and spaces of all kinds as `-` and ` `, letters with marks behind them as the one letter that they
 * are. Places lead back to the text as it was.
 */
export interface PlainText {
  text: string;
  /** The place in the text as it was, for a place in this one (its end too). */
  placeOf(at: number): number;
}

const ascii = /^[\x00-\x7f]*$/; // oxlint-disable-line no-control-regex -- all of ASCII
/** Default_Ignorable_Code_Point of Unicode: what has no shape of its own, such as joiners, marks of direction, variation selectors. */
const withoutWidth = /^\p{Default_Ignorable_Code_Point}$/u;
const dash = /^[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]$/;
const space = /^[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$/;
const digit = /^\p{Nd}$/u;
/** Letters in pieces, as some systems write what others write as one: a letter and its marks, a syllable of Hangul. */
const pieces = /\p{L}\p{M}{1,3}|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?/u;
/** What a letter in pieces has beside its first: to look for this alone takes a fraction of the time. */
const furtherPiece = /[\p{M}\u1161-\u1175]/u;
/** All that may be written otherwise, beyond ASCII: other letters, which are most of a text, are passed over at once. */
const odd =
  /(?![\x00-\x7f])[\p{Default_Ignorable_Code_Point}\p{Changes_When_NFKC_Casefolded}\p{Nd}\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu; // oxlint-disable-line no-control-regex -- all of ASCII
const oddOrInPieces = new RegExp(`${pieces.source}|${odd.source}`, "gu");

export function plainText(text: string): PlainText {
  if (ascii.test(text)) return { text, placeOf: (at) => at };
  const places = new Places();
  const known = new Map<string, string>();
  const plain = text.replaceAll(furtherPiece.test(text) ? oddOrInPieces : odd, (character: string, at: number) => {
    let written = known.get(character);
    if (written === undefined) known.set(character, (written = plainly(character)));
    places.add(at, character.length, written.length);
    return written;
  });
  return { text: plain, placeOf: (at) => places.of(at) };
}

/** How far places of the plain text are from those of the text: it changes where a character is written in another length. */
class Places {
  /** Places of the plain text from which on another distance holds, ascending. */
  readonly #from: number[] = [0];
  readonly #distances: number[] = [0];

  /** Of a character at this place of the text, and how long it is there and in the plain text. */
  add(at: number, length: number, plainLength: number): void {
    if (length === plainLength) return;
    const distance = this.#distances.at(-1) ?? 0;
    const end = at - distance + plainLength;
    if (this.#from.at(-1) === end) this.#distances[this.#distances.length - 1] = distance + length - plainLength;
    else {
      this.#from.push(end);
      this.#distances.push(distance + length - plainLength);
    }
  }

  of(place: number): number {
    let low = 0;
    let high = this.#from.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#from[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return place + (this.#distances[low] ?? 0);
  }
}

/** Of one character, or of a letter in pieces. */
function plainly(found: string): string {
  const [first = "", ...marks] = Array.from(found);
  if (marks.length === 0) return plainCharacter(first);
  const whole = Array.from(found.normalize("NFC"));
  return (whole.length === 1 ? whole : [first, ...marks]).map(plainCharacter).join("");
}

function plainCharacter(character: string): string {
  if (character <= "\x7f") return character;
  if (withoutWidth.test(character)) return "";
  if (dash.test(character)) return "-";
  if (space.test(character)) return " ";
  if (digit.test(character)) return digitOf(character);
  const wide = character.normalize("NFKC");
  return wide.length === 1 && wide <= "\x7f" ? wide : character;
}

/** Digits of a script stand in a row from its zero on. */
function digitOf(character: string): string {
  const plain = character.normalize("NFKC");
  if (plain <= "\x7f") return plain;
  const code = plain.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && digit.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}
