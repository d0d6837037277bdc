/** What an import makes of a line, whatever it splits at. */
import { expect, test } from "vitest";
import { csvLine } from "./spreadsheet.ts";

/** As an import splits at this letter: what stands in quotes is one cell. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (const letter of line.replace(/\r\n$/, "")) {
    if (letter === '"') isQuoted = !isQuoted;
    else if (letter === separator && !isQuoted) {
      cells.push(cell);
      cell = "";
    } else cell += letter;
  }
  return [...cells, cell];
}

test.each([",", ";", "\t"])("no cell begins a formula where an import splits at %j", (separator) => {
  for (const inner of [",", ";", "\t", "\n", "\r"]) {
    const line = csvLine(["a", `us.amazon.nova-lite-v1:0${inner}=1+1`, `=2+2`, `${inner}@SUM(A1)`]);
    for (const cell of cellsOf(line, separator)) expect(cell).not.toMatch(/^\s*[=+@-]/);
  }
});
