/** How many values a text of JSON becomes, before any of them is built. */

/**
 * More are built of no text. Each takes many times its characters in memory: 60 MB of them may be 30 million, and one text of that kind would
 * end a process in a small container.
 */
export const mostJsonValues = 1_000_000;

const quote = '"';
const [quoteCode, commaCode, listCode, objectCode, backslash] = [0x22, 0x2c, 0x5b, 0x7b, 0x5c] as const;

/** True for a text of more than {@link mostJsonValues}. */
export function holdsManyValues(text: string): boolean {
  return text.length > mostJsonValues && valuesIn(text, mostJsonValues) > mostJsonValues;
}

/**
 * The texts of one request that are to be built, such as the arguments of all its calls: together they may become as many values as one alone,
 * beside what short ones do.
 */
export class BuiltTexts {
  /** Characters that need no counting: no more values come of them. */
  #short = mostJsonValues;
  #left = mostJsonValues;

  /** True where the text may be built; it counts then. */
  take(text: string): boolean {
    if (text.length <= this.#short) {
      this.#short -= text.length;
      return true;
    }
    const values = valuesIn(text, this.#left);
    if (values > this.#left) {
      return false;
    }
    this.#left -= values;
    return true;
  }
}

/** How many values a text becomes, up to one more than `most`, by its commas and opening brackets; what stands in strings is jumped over. */
function valuesIn(text: string, most: number): number {
  let values = 1;
  for (let at = 0; at < text.length && values <= most; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quoteCode) {
      at = endOfString(text, at);
    } else if (code === commaCode || code === listCode || code === objectCode) {
      values += 1;
    }
  }
  return values;
}

/** The place of the closing quote, or of the end. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf(quote, start + 1);
  while (end !== -1 && isEscaped(text, end, start)) {
    end = text.indexOf(quote, end + 1);
  }
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number, start: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes > start && text.charCodeAt(at - 1 - slashes) === backslash) {
    slashes += 1;
  }
  return slashes % 2 === 1;
}
