/** Tags around the thinking that a model writes into its text. */
export interface ReasoningTags {
  open: string;
  close: string;
  /** True where the prompt has opened the thinking already: DeepSeek R1's ends with `<think>`. */
  isOpenAtStart: boolean;
}

/** White space that is held back before a tag; nobody writes more. */
const mostSpace = 64;

/** Where the pieces go. */
export interface TextPieces {
  text(piece: string): void;
  reasoning(piece: { text: string }): void;
}

/**
 * Tells thinking from answer in text that comes in pieces, however they are cut: only the beginning of a tag is held back, and white space that
 * may stand before one; everything else goes on at once. Thinking stands before the answer, in one pair of tags or several that follow each other (gpt-oss opens and closes them in every
 * chunk); a tag inside the answer is the answer's own text.
 */
export class ReasoningSplitter {
  readonly #tags: ReasoningTags;
  readonly #to: TextPieces;
  /** `opened`: by the prompt, and the model may open it once more; `between`: before an opening tag or the answer. */
  #place: "opened" | "thinking" | "between" | "answer";
  #held = "";

  constructor(tags: ReasoningTags, to: TextPieces) {
    this.#tags = tags;
    this.#to = to;
    this.#place = tags.isOpenAtStart ? "opened" : "between";
  }

  /** True while what comes is thinking, as far as is known. */
  get isThinking(): boolean {
    return this.#place === "opened" || this.#place === "thinking";
  }

  push(piece: string): void {
    let rest = this.#held + piece;
    this.#held = "";
    while (rest !== "") {
      rest = this.#step(rest);
    }
  }

  /** No piece follows: what was held back is what it looks like. */
  end(): void {
    const held = this.#held;
    this.#held = "";
    this.#give(this.isThinking, held);
  }

  /** Reads up to the next tag and gives what is left after it. */
  #step(text: string): string {
    switch (this.#place) {
      case "answer":
        this.#give(false, text);
        return "";
      case "thinking":
        return this.#stepThinking(text);
      case "opened":
      case "between":
        return this.#stepOpening(text);
    }
  }

  /** Line breaks before a tag, as GLM and others write them, are no part of the answer. */
  #stepOpening(text: string): string {
    const { open } = this.#tags;
    const written = text.trimStart();
    if (written.startsWith(open)) {
      this.#place = "thinking";
      return written.slice(open.length);
    }
    if (open.startsWith(written) && text.length - written.length <= mostSpace) {
      this.#held = text;
      return "";
    }
    this.#place = this.#place === "opened" ? "thinking" : "answer";
    return text;
  }

  #stepThinking(text: string): string {
    const { close } = this.#tags;
    const at = text.indexOf(close);
    const kept = at < 0 ? text.length - lengthOfBeginning(close, text) : at;
    this.#give(true, text.slice(0, kept));
    if (at < 0) {
      this.#held = text.slice(kept);
      return "";
    }
    this.#place = "between";
    return text.slice(at + close.length);
  }

  #give(isReasoning: boolean, piece: string): void {
    if (piece === "") {
      return;
    }
    if (isReasoning) {
      this.#to.reasoning({ text: piece });
    } else {
      this.#to.text(piece);
    }
  }
}

/** How many characters at the end of the text may be the beginning of the tag. */
function lengthOfBeginning(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) {
      return length;
    }
  }
  return 0;
}
