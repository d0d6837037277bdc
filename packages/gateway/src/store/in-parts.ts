/** No database takes more than some tens of thousands of values in one statement. */
const rowsAtOnce = 500;

/** Rows to be inserted, so many a statement. */
export function inParts<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, part) =>
    rows.slice(part * rowsAtOnce, (part + 1) * rowsAtOnce),
  );
}
