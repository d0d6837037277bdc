/** JSON of a caller's. What holds too many values is told by a walk over its bytes, before a parser makes seconds of work of it. */
import { Buffer } from "node:buffer";
import { mostValues } from "./read-shape.ts";

const [quote, backslash, comma, brace, bracket] = [0x22, 0x5c, 0x2c, 0x7b, 0x5b];

/** The value of a JSON text. @throws SyntaxError for what is none, or surely holds more values than are read */
export function parsedJson(json: Buffer | string): unknown {
  // A value takes a byte at least.
  if (json.length > mostValues && holdsTooMany(typeof json === "string" ? Buffer.from(json) : json)) {
    throw new SyntaxError("The request is nested too deeply, or holds too many values.");
  }
  return JSON.parse(json.toString()) as unknown;
}

/** Of lists and objects there are as many as they begin, of values more than commas, and of texts two for a value at most. */
function holdsTooMany(json: Buffer): boolean {
  const left = { commas: mostValues, begun: mostValues, texts: 2 * mostValues };
  for (let at = 0; at < json.length; at += 1) {
    const sign = json[at];
    if (sign === comma) left.commas -= 1;
    else if (sign === brace || sign === bracket) left.begun -= 1;
    else if (sign === quote) {
      left.texts -= 1;
      at = endOfText(json, at);
    } else continue;
    if (left.commas <= 0 || left.begun < 0 || left.texts < 0) return true;
  }
  return false;
}

/** Where the quote is that ends the text which begins at `start`; the end of all where none does. */
function endOfText(json: Buffer, start: number): number {
  let end = start;
  do {
    end = json.indexOf(quote, end + 1);
    if (end === -1) return json.length;
  } while (isEscaped(json, end));
  return end;
}

function isEscaped(json: Buffer, at: number): boolean {
  let before = at - 1;
  while (json[before] === backslash) before -= 1;
  return (at - before) % 2 === 0;
}
