/** How much is taken away in one transaction. */

/** SQLite goes through each page of what it deletes, and nothing else of the process runs meanwhile. */
const bytesAtOnce = 8 * 1024 * 1024;

/** The first of the rows, so many that nobody waits for their deletion; one that is larger goes alone. */
export function fewAtOnce<Row extends { storedBytes: number }>(rows: readonly Row[]): Row[] {
  const few: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += row.storedBytes;
    if (few.length > 0 && bytes > bytesAtOnce) break;
    few.push(row);
  }
  return few;
}
