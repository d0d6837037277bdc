/** Files of the gateway's own in the data folder: made once, whole, and for its owner alone. */
import { randomBytes } from "node:crypto";
import { chown, link, mkdir, open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * The folder, with those above it. Step by step: Node's own recursive mkdir never ends where the system says that a folder
 * cannot be made for want of its parent, and the parent is there (as under /proc).
 */
export async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  try {
    await mkdir(folder, { mode: 0o700 });
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    if (code !== "ENOENT" || parent === folder || (await isThere(parent))) throw error;
  }
  await makeFolder(parent);
  await makeOne(folder);
}

/** Another gateway that starts in the same folder may be the first. */
async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes the file with mode 0600, on the disk when it resolves. False where it is there already: of several gateways that start at
 * once in one folder, the first one's file counts for all.
 */
export async function keepFirst(file: string, text: string): Promise<boolean> {
  // A link appears with all of its content: nobody can read half a file.
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  // A full disk too leaves no draft: each start on it would add one, perhaps with a part of a key in it.
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await giveToFolderOwner(draft);
    await link(draft, file);
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/**
 * What a command makes that root runs, such as `adit vault rotate`, belongs to the folder's owner, as whom the gateway runs: with mode 0600 it
 * could not read it otherwise.
 */
export async function giveToFolderOwner(file: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(file));
  // A root that may not, as in some containers, shares no folder with a gateway of fewer rights.
  if (uid !== 0) await chown(file, uid, gid).catch(() => {});
}

/** What a folder lists is on the disk when it resolves: a file that is there must still be there after a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of the file and the bits of its mode; undefined where it is not there. */
export async function readIfThere(file: string): Promise<{ text: string; mode: number } | undefined> {
  let handle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return { text: await handle.readFile("utf8"), mode: (await handle.stat()).mode & 0o777 };
  } finally {
    await handle.close();
  }
}
