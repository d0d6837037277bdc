/** No format has more around its text. */
const longestForm = 400;
/** What is shorter holds no object of any format: a comment, or the mark of the end. */
const shortestEvent = 40;

/**
 * About how many characters a stream of server-sent events shows, which passes through unread: for the estimate of what one that broke
 * had cost. All events of a stream have the same form around their text, and the shortest has little else.
 */
export class WrittenInEvents {
  #bytes = 0;
  #events = 0;
  #form = longestForm;

  get characters(): number {
    return Math.max(0, this.#bytes - this.#events * this.#form);
  }

  /** Whole events, as they came in one read. */
  take(chunk: Buffer): void {
    let begin = 0;
    while (begin < chunk.length) {
      const end = chunk.indexOf("\n\n", begin);
      const after = end === -1 ? chunk.length : end + 2;
      this.#count(after - begin);
      begin = after;
    }
  }

  #count(bytes: number): void {
    if (bytes < shortestEvent) return;
    this.#bytes += bytes;
    this.#events += 1;
    if (bytes < this.#form) this.#form = bytes;
  }
}
