import { expect, test } from "vitest";
import { plainText } from "./plain-text.ts";

/** The rules of the page on guardrails once more, of one character at a time. */
function plainly(character: string): string {
  if (/^[\0-\u007f]$/.test(character)) return character; // oxlint-disable-line no-control-regex -- all of ASCII
  if (/^\p{Default_Ignorable_Code_Point}$/u.test(character)) return "";
  if (/^[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]$/.test(character)) return "-";
  if (character !== "\u1680" && character.normalize("NFKC") === " ") return " ";
  if (character === "\u1680") return " ";
  const wide = character.normalize("NFKC");
  return /^[!-~]$/.test(wide) ? wide : character;
}

test("of every character of Unicode, what a reader sees", () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    const isDigitOfItsScript = /^\p{Nd}$/u.test(character);
    const { text } = plainText(`\u00e9${character}`);
    const isRight = isDigitOfItsScript ? /^\u00e9\d$/.test(text) : text === `\u00e9${plainly(character)}`;
    if (!isRight) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

test("places lead back to the text as it was", () => {
  const text = "\u200b\u2060a\u00adb\u{1d7d9}\u{1d7da}\u0663\u4e2d\u{1f600}\u{e0100}c\ufe0f";
  const plain = plainText(text);
  expect(plain.text).toBe("ab123\u4e2d\u{1f600}c");
  const places = Array.from({ length: plain.text.length + 1 }, (_, at) => plain.placeOf(at));
  for (const [at, place] of places.slice(0, -1).entries()) {
    expect(plainText(text.slice(place)).text.charCodeAt(0)).toBe(plain.text.charCodeAt(at));
  }
  expect(places.toSorted((one, other) => one - other)).toEqual(places);
  expect(places.at(-1)).toBe(text.length);
});

test("letters in pieces are the letters that they are, and lead back to all of their pieces", () => {
  for (const word of ["caf\u00e9", "\u1ec7", "\ud55c\uad6d\uc5b4", "na\u00efve \u00c5ngstr\u00f6m"]) {
    const text = `a ${word.normalize("NFD")} b`;
    const plain = plainText(text);
    expect(plain.text).toBe(`a ${word} b`);
    const [start, end] = [plain.placeOf(2), plain.placeOf(2 + word.length)];
    expect(text.slice(start, end)).toBe(word.normalize("NFD"));
  }
  // What makes no one letter stays as it was; what is odd among it is read plainly.
  expect(plainText("x\u0323\u0301\u0301").text).toBe("x\u0323\u0301\u0301");
  expect(plainText("\uff45\ufe0f").text).toBe("e");
});
