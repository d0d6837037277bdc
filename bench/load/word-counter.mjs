import { Buffer } from "node:buffer";

/** Counts a word in bytes that arrive in pieces; a word cut by a piece's end is counted too. */
export class WordCounter {
  #word;
  #tail = Buffer.alloc(0);
  count = 0;

  constructor(word) {
    this.#word = Buffer.from(word, "latin1");
  }

  reset() {
    this.#tail = Buffer.alloc(0);
    this.count = 0;
  }

  push(bytes) {
    const overlap = this.#word.length - 1;
    if (this.#tail.length > 0) {
      this.#countIn(Buffer.concat([this.#tail, bytes.subarray(0, overlap)]));
    }
    this.#countIn(bytes);
    const known = bytes.length >= overlap ? bytes : Buffer.concat([this.#tail, bytes]);
    const tail = known.subarray(Math.max(0, known.length - overlap));
    // A tail without the word's first letter cannot become a word.
    this.#tail = tail.includes(this.#word[0]) ? Buffer.from(tail) : emptyTail;
  }

  #countIn(bytes) {
    for (let at = bytes.indexOf(this.#word); at >= 0; at = bytes.indexOf(this.#word, at + this.#word.length)) {
      this.count += 1;
    }
  }
}

const emptyTail = Buffer.alloc(0);
