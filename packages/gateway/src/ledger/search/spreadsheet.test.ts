/** What an import makes of a line, whatever it splits at. */
import { expect, test } from "vitest";
import { csvLine } from "./spreadsheet.ts";

/** As an import splits at this letter. Quotes are quotes only in a cell that begins with one. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  let hasQuotes = false;
  for (const letter of line.replace(/\r\n$/, "")) {
    if (!isQuoted && [separator, "\r", "\n"].includes(letter)) {
      cells.push(cell);
      cell = "";
      hasQuotes = false;
    } else if (letter === '"' && (hasQuotes || cell === "")) {
      hasQuotes = true;
      isQuoted = !isQuoted;
    } else cell += letter;
  }
  return [...cells, cell];
}

test.each([",", ";", "\t"])("no cell begins a formula where an import splits at %j", (separator) => {
  for (const inner of [",", ";", "\t", "\n", "\r"]) {
    const texts = [`us.amazon.nova-lite-v1:0${inner}=1+1`, `=2+2`, `${inner}@SUM(A1)`, `b${inner} "=3+3${inner}c`];
    const line = csvLine(["a", ...texts, { team: `b${inner}=4+4${inner}` }]);
    for (const cell of cellsOf(line, separator)) expect(cell).not.toMatch(/^\s*[=+@-]/);
  }
});
