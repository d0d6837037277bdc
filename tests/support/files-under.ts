import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Every file in the folder and those below it, by its path, byte for byte as text. */
export async function filesUnder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (file) => [file, await readFile(file, "latin1")] as const)));
}
