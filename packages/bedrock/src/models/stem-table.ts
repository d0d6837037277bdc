/** Rows that hold for the models whose ids begin with one of their stems. */
export class StemTable<Row extends { readonly stems: readonly string[] }> {
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #longest: number;

  constructor(rows: readonly Row[]) {
    this.#rows = new Map(rows.flatMap((row) => row.stems.map((stem): [string, Row] => [stem, row])));
    this.#longest = Math.max(...[...this.#rows.keys()].map((stem) => stem.length));
  }

  /**
   * The row of the longest stem that `baseId` begins with; undefined where no stem fits. A stem ends where a part of the id does:
   * `anthropic.claude-opus-4-1` holds `anthropic.claude-opus-4-1-20250805-v1:0` and not `anthropic.claude-opus-4-10`.
   */
  find(baseId: string): Row | undefined {
    for (let end = Math.min(baseId.length, this.#longest); end > 0; end -= 1) {
      if (end === baseId.length || boundaries.test(baseId.charAt(end))) {
        const row = this.#rows.get(baseId.slice(0, end));
        if (row !== undefined) {
          return row;
        }
      }
    }
    return undefined;
  }
}

const boundaries = /[-.:]/;
