/** Lines of CSV (RFC 4180) that are safe to open in a spreadsheet: what a caller or a model wrote cannot become a formula there. */

/** What Excel, LibreOffice and Google Sheets take for the beginning of a formula, also behind spaces or in full width. */
const beginsFormula = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
/** The same where a cell begins for who splits at semicolons or tabs: our quotes, behind a comma, are letters to such an import. */
const splitsAtFormula = /[;\t\r\n](?=(?:[^\S\t\r\n]|")*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/** A line with its end. Numbers stand as they are; what could be a formula gets an apostrophe before it, within a text too. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const inner = text.replace(splitsAtFormula, "$&'");
  const safe = beginsFormula.test(text) ? `'${inner}` : inner;
  return /[",\r\n\t;]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}
