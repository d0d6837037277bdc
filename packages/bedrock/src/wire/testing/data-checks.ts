import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Folder of public data to check against, AWS's service models among it: `ADIT_DATA_CHECKS`, else `../shared/data` beside the repository. */
const folder = process.env["ADIT_DATA_CHECKS"] ?? resolve(import.meta.dirname, "../../../../../../shared/data");

/** The content of a JSON file of that folder; undefined where it is not there. The caller says what it takes it for. */
export function dataFile(name: string): unknown {
  const file = join(folder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
