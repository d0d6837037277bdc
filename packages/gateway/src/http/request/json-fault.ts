/** Finds what is wrong with a text that is not JSON. Only for the way of errors: good bodies never come here. */

export interface JsonFault {
  /** Characters from the start, from 0; a surrogate pair counts as two, as in the messages of JavaScript's engines. */
  position: number;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  /** What would have been right there, and what often lies behind the fault. */
  words: string;
}

interface Problem {
  at: number;
  words: string;
}

const whitespace = /[ \t\n\r]*/y;
const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Control characters, the quote and the backslash end it; the class names what is left of the code units. */
const stringPart = /[ !#-[\]-\uffff]*/y;
const escapeForm = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const lineBreak = 0x0a;
const wordForm = /[A-Za-z_$][\w$]*/y;

/** The first fault of the text; undefined where it is JSON. Iterative: nesting costs no stack. `what` is the text's name in the words. */
export function findJsonFault(text: string, what: "body" | "header" | "file" = "body"): JsonFault | undefined {
  const problem = new Scanner(text, what).run();
  if (problem === undefined) return undefined;
  const before = text.slice(0, problem.at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    position: problem.at,
    line: linesIn(before),
    column: problem.at - lineStart + 1,
    words: problem.words,
  };
}

/** Counted by their breaks: a body may have millions of lines, which a list of them would hold all at once. */
function linesIn(text: string): number {
  let lines = 1;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) === lineBreak) lines += 1;
  return lines;
}

class Scanner {
  readonly #text: string;
  readonly #what: string;
  #at = 0;
  /** The brackets that are open: the one that closes each. */
  readonly #closers: ("}" | "]")[] = [];

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  run(): Problem | undefined {
    this.#skip(whitespace);
    if (this.#at === this.#text.length) return this.#problem(`The ${this.#what} is empty`);
    for (;;) {
      const problem = this.#value() ?? this.#afterValue();
      if (problem === "end") return undefined;
      if (problem !== undefined) return problem;
    }
  }

  /** One value, or the opening of one up to the place of its first member's value. */
  #value(): Problem | undefined {
    for (;;) {
      const start = this.#peek();
      if (start === "{") {
        this.#open("}");
        if (this.#peek() === "}") return undefined;
        const problem = this.#name("a name in double quotes or }");
        if (problem !== undefined) return problem;
      } else if (start === "[") {
        this.#open("]");
        if (this.#peek() === "]") return undefined;
      } else {
        return this.#scalar(start);
      }
    }
  }

  /** What follows a value: closings, then a comma with the next name, or the end. */
  #afterValue(): Problem | "end" | undefined {
    for (;;) {
      this.#skip(whitespace);
      const closer = this.#closers.at(-1);
      const found = this.#peek();
      if (closer === undefined) {
        return found === "" ? "end" : this.#expected("nothing after the end of the value");
      }
      if (found === closer) {
        this.#closers.pop();
        this.#at += 1;
      } else if (found === ",") {
        return this.#afterComma(closer);
      } else {
        return this.#expected(`a comma or ${closer}`);
      }
    }
  }

  #afterComma(closer: "}" | "]"): Problem | undefined {
    const comma = this.#at;
    this.#at += 1;
    this.#skip(whitespace);
    if (this.#peek() === closer) return { at: comma, words: `A comma before ${closer} is not allowed` };
    return closer === "}" ? this.#name("a name in double quotes") : undefined;
  }

  #name(expected: string): Problem | undefined {
    if (this.#peek() !== '"') return this.#expected(expected);
    const problem = this.#string();
    if (problem !== undefined) return problem;
    this.#skip(whitespace);
    if (this.#peek() !== ":") return this.#expected("a colon");
    this.#at += 1;
    this.#skip(whitespace);
    return undefined;
  }

  #scalar(start: string): Problem | undefined {
    if (start === '"') return this.#string();
    if (/[-\d]/.test(start)) return this.#number();
    for (const word of ["true", "false", "null"]) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return undefined;
      }
    }
    return this.#expected("a value");
  }

  #number(): Problem | undefined {
    const start = this.#at;
    if (this.#skip(numberForm) === 0) return this.#expected("a digit", start + 1);
    if (/[\w.+-]/.test(this.#peek()))
      return this.#expected("the end of the number (no leading zeros, digits on both sides of the point)");
    return undefined;
  }

  #string(): Problem | undefined {
    this.#at += 1;
    for (;;) {
      this.#skip(stringPart);
      const found = this.#peek();
      if (found === '"') {
        this.#at += 1;
        return undefined;
      }
      if (found === "") return this.#problem(`The ${this.#what} ends inside a string`);
      if (found !== "\\")
        return this.#problem(String.raw`A control character inside a string must be written as \n, \t or \uXXXX`);
      if (this.#skip(escapeForm) === 0)
        return this.#problem(String.raw`A backslash must be followed by one of " \ / b f n r t or uXXXX`);
    }
  }

  #open(closer: "}" | "]"): void {
    this.#closers.push(closer);
    this.#at += 1;
    this.#skip(whitespace);
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** Moves past a match of the sticky pattern; says how far that was. */
  #skip(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length;
  }

  #problem(words: string): Problem {
    return { at: this.#at, words };
  }

  #expected(what: string, at = this.#at): Problem {
    this.#at = at;
    const found = this.#peek();
    if (found === "") return this.#problem(`The ${this.#what} ends where ${what} was expected`);
    return this.#problem(`Expected ${what}${this.#hint(found)}`);
  }

  /** Habits of other languages. Nothing of the body is quoted: it may hold a secret. */
  #hint(found: string): string {
    if (found === "/" || found === "#") return "; comments are not allowed";
    if (found === "'" || found === "`") return "; strings have double quotes";
    wordForm.lastIndex = this.#at;
    const word = wordForm.exec(this.#text)?.[0];
    if (word !== undefined && /^(?:NaN|Infinity|undefined|True|False|None)$/.test(word)) {
      return `; ${word} is not JSON (true, false and null are)`;
    }
    return "";
  }
}
