/** Lines of CSV (RFC 4180) that are safe to open in a spreadsheet: what a caller or a model wrote cannot become a formula there. */

/** What Excel, LibreOffice and Google Sheets take for the beginning of a formula, also behind spaces or in full width. */
const beginsFormula = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * A line with its end. Numbers stand as they are; a text that could be a formula gets an apostrophe before it. What an import may split
 * at, a semicolon or a tab, stands in quotes: what is behind it begins no cell of its own.
 */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = beginsFormula.test(text) ? `'${text}` : text;
  return /[",\r\n\t;]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}
