/** What changed between two texts, line by line. */
type Line = { kind: "same" | "gone" | "new"; text: string };

export function TextDifference({ before, after, label }: { before: string | undefined; after: string; label: string }) {
  const lines = linesOf(before ?? after, after);
  return (
    <pre className="difference" tabIndex={0} role="region" aria-label={label}>
      {lines.map(({ kind, text }, index) => (
        <span key={index} className={`line-${kind}`}>
          {kind !== "same" && <span className="hidden">{kind === "gone" ? "taken away: " : "added: "}</span>}
          <span aria-hidden="true">{kind === "gone" ? "− " : kind === "new" ? "+ " : "  "}</span>
          {text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

/** Beyond this the middle is shown as taken away and added whole: the table below grows with the square. */
const mostLines = 2_000;

/** By the longest common lines. */
function linesOf(before: string, after: string): Line[] {
  const textLines = (text: string) => (text === "" ? [] : text.split("\n"));
  const [old, young] = [textLines(before), textLines(after)];
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < young.length - head && old.at(-1 - tail) === young.at(-1 - tail)) tail += 1;
  const same = (texts: readonly string[]) => texts.map((text): Line => ({ kind: "same", text }));
  return [
    ...same(old.slice(0, head)),
    ...middleOf(old.slice(head, old.length - tail), young.slice(head, young.length - tail)),
    ...same(old.slice(old.length - tail)),
  ];
}

function middleOf(old: readonly string[], young: readonly string[]): Line[] {
  const gone = (text: string): Line => ({ kind: "gone", text });
  const added = (text: string): Line => ({ kind: "new", text });
  if (old.length > mostLines || young.length > mostLines) return [...old.map(gone), ...young.map(added)];
  const lengths = commonLengths(old, young);
  const lines: Line[] = [];
  let [left, right] = [0, 0];
  while (left < old.length && right < young.length) {
    if (old[left] === young[right]) {
      lines.push({ kind: "same", text: old[left] ?? "" });
      left += 1;
      right += 1;
    } else if ((lengths[left + 1]?.[right] ?? 0) >= (lengths[left]?.[right + 1] ?? 0)) {
      lines.push(gone(old[left] ?? ""));
      left += 1;
    } else {
      lines.push(added(young[right] ?? ""));
      right += 1;
    }
  }
  return [...lines, ...old.slice(left).map(gone), ...young.slice(right).map(added)];
}

/** How many lines two ends have in common, by where they begin. */
function commonLengths(old: readonly string[], young: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(young.length + 1));
  for (let left = old.length - 1; left >= 0; left -= 1) {
    const [row, below] = [rows[left], rows[left + 1]];
    if (row === undefined || below === undefined) continue;
    for (let right = young.length - 1; right >= 0; right -= 1) {
      row[right] =
        old[left] === young[right] ? (below[right + 1] ?? 0) + 1 : Math.max(below[right] ?? 0, row[right + 1] ?? 0);
    }
  }
  return rows;
}
