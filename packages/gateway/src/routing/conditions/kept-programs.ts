/** Programs of patterns that were used of late: a pattern is written anew where it has been dropped. */
import type { Program } from "./pattern.ts";

/** Instructions of all that are kept, some hundred bytes each: thousands of lists of words, or hundreds of the largest patterns. */
const mostKept = 600_000;
/** What a program takes beside its instructions, in these. */
const ownSize = 100;

interface Entry {
  program: Program;
  /** Again since it was kept, or was last about to be dropped. */
  isUsed: boolean;
}

export class KeptPrograms {
  /** The one that is dropped next comes first. */
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  get(key: string): Program | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.program;
  }

  /** `key`: of none that is kept. */
  keep(key: string, program: Program): void {
    this.#entries.set(key, { program, isUsed: false });
    this.#size += sizeOf(program);
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= mostKept) return;
      this.#entries.delete(oldest);
      if (entry.isUsed) this.#entries.set(oldest, { ...entry, isUsed: false });
      else this.#size -= sizeOf(entry.program);
    }
  }
}

function sizeOf(program: Program): number {
  return program.length + ownSize;
}
