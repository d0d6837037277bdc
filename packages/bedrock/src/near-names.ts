/** "Did you mean ...": the names that lie within a slip or two of the pen. */

/** Longer names are no slips; what is compared is bounded by it. */
const longestCompared = 64;

/** The nearest of the names, if one is near: at most one slip for each three letters, three in all. */
export function nearName(written: string, names: Iterable<string>): string | undefined {
  const wanted = plain(written.slice(0, longestCompared));
  let best: { name: string; slips: number } | undefined;
  for (const name of names) {
    const slips = slipsBetween(wanted, plain(name));
    if (slips <= Math.min(3, Math.floor(name.length / 3)) && slips < (best?.slips ?? Infinity)) best = { name, slips };
  }
  return best?.name;
}

/** The hint to put behind a sentence; empty where nothing is near. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const near = nearName(written, names);
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, "");
}

/** Letters put in, left out, exchanged, or swapped with their neighbour: the distance of Damerau and Levenshtein, adjacent swaps only. */
function slipsBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      now.push(
        Math.min(
          at(last, column) + 1,
          at(now, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = now;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
