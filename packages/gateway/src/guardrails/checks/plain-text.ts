/**
 * A text without what hides digits and letters from a reader's eye: characters without width are left out, digits of other scripts and
 * wide letters are written as ASCII, dashes and spaces of all kinds as `-` and ` `. Places lead back to the text as it was.
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

export function plainText(text: string): PlainText {
  if (ascii.test(text)) return { text, placeOf: (at) => at };
  let plain = "";
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    const written = plainCharacter(character);
    for (let index = 0; index < written.length; index += 1) places.push(at);
    plain += written;
    at += character.length;
  }
  return { text: plain, placeOf: (place) => places[place] ?? text.length };
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
