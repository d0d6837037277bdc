import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, from its sources, from what is built of them and from the bundled program alike: the nearest with a description. */
export const packageFolder = nearestWithDescription(path.dirname(fileURLToPath(import.meta.url)));

function nearestWithDescription(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(path.join(folder, "package.json")) || above === folder ? folder : nearestWithDescription(above);
}

/** The version of this package. */
export function ownVersion(): string {
  const file = readFileSync(path.join(packageFolder, "package.json"), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
