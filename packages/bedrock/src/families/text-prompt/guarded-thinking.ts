/** Thinking that begins without a tag, where a guardrail's own words may stand in its place. */
import type { ReasoningSplitter, TextPieces } from "../reasoning-tags.ts";

interface Piece {
  text: string;
  /** True where the part that brought it says that a guardrail stepped in. */
  isMarked: boolean;
}

/**
 * Text of a model whose prompt has opened the thinking. Until the thinking is closed nobody can tell it from a guardrail's words, which nobody
 * thought: in a call with a guardrail it is held back until then, or until the end.
 */
export class GuardedThinking {
  readonly #splitter: ReasoningSplitter;
  readonly #to: TextPieces;
  readonly #close: string;
  #held: Piece[] | undefined;
  /** The end of what is held, in which the tag may have begun. */
  #tail = "";
  #hasIntervened = false;

  /** `isGuarded`: the request names a guardrail. One that the account demands shows in the first part of the answer. */
  constructor(
    splitter: ReasoningSplitter,
    to: TextPieces,
    { close, isGuarded }: { close: string; isGuarded: boolean },
  ) {
    this.#splitter = splitter;
    this.#to = to;
    this.#close = close;
    this.#held = isGuarded ? [] : undefined;
  }

  push(text: string, isMarked: boolean): void {
    if (isMarked && !this.#hasIntervened) {
      this.#hasIntervened = true;
      this.#held ??= this.#splitter.isThinking ? [] : undefined;
    }
    if (this.#held === undefined) {
      this.#splitter.push(text);
      return;
    }
    this.#held.push({ text, isMarked });
    const end = this.#tail + text;
    this.#tail = end.slice(1 - this.#close.length);
    if (end.includes(this.#close)) {
      const whole = this.#held.map((piece) => piece.text).join("");
      this.#held = undefined;
      this.#splitter.push(whole);
    }
  }

  end(): void {
    const held = this.#held ?? [];
    // In some streams the last part alone is marked, and holds no text.
    const isOnlyMarked = held.some(({ text, isMarked }) => isMarked && text !== "");
    for (const { text, isMarked } of held) {
      if (!this.#hasIntervened || (isOnlyMarked && !isMarked)) this.#splitter.push(text);
      else if (text !== "") this.#to.text(text);
    }
    this.#splitter.end();
  }
}
