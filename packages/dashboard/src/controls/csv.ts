/** Comma-separated values that are safe to open in spreadsheets. */

/** As the gateway's exports have it: what a spreadsheet takes for the beginning of a formula, also behind spaces or in full width ... */
const beginsFormula = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
/** ... and where a cell begins for who splits at semicolons or tabs. */
const splitsAtFormula = /[;\t\r\n](?=(?:[^\S\t\r\n]|")*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/** What could be a formula gets an apostrophe before it. */
function cellOf(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  const inner = typeof value === "string" ? text.replace(splitsAtFormula, "$&'") : text;
  const safe = typeof value === "string" && beginsFormula.test(text) ? `'${inner}` : inner;
  return `"${safe.replaceAll('"', '""')}"`;
}

export function csvOf(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [names, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}
