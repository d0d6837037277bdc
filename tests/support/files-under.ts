import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Every file in the folder and those below it, by its path, byte for byte as text. SQLite may take one away meanwhile: it is empty then. */
export async function filesUnder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (file) => [file, await textOf(file)] as const)));
}

async function textOf(file: string): Promise<string> {
  return readFile(file, "latin1").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return "";
  });
}
