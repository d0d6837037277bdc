/** The master key as a file of the data folder, where the operator gives none by `ADIT_MASTER_KEY`. */
import { rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AditError, Secret } from "@adit/bedrock";
import { keepFirst, makeFolder, readIfThere, syncFolder } from "../data-file.ts";
import { MasterKey, newMasterKeyText } from "./master-key.ts";

/** `master-key`; `master-key.new` is the one that a rotation goes to, until it is done. */
export type KeyFileName = "master-key" | "master-key.new";

/**
 * The key in the file; undefined where there is none.
 * @throws AditError `invalid_request` where others may read the file, the gateway may not, or it holds no key.
 */
export async function readKeyFile(dataDir: string, name: KeyFileName): Promise<MasterKey | undefined> {
  const file = join(dataDir, name);
  const kept = await readIfThere(file).catch((cause: unknown) => Promise.reject(cannotRead(file, cause)));
  if (kept === undefined) return undefined;
  const { text, mode } = kept;
  // Windows has no such modes.
  if ((mode & 0o077) !== 0 && process.platform !== "win32") {
    throw new AditError("invalid_request", `Others may read the master key in ${file} (mode 0${mode.toString(8)}).`, {
      remedy: `Run: chmod 600 ${file}. If others have read it, rotate the master key.`,
    });
  }
  // A new one in its place would open nothing of what is sealed, and what is left of the old one would be gone.
  return MasterKey.fromText(new Secret(text), file, "Put back the file from your copy of it, or set ADIT_MASTER_KEY.");
}

function cannotRead(file: string, cause: unknown): AditError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AditError("invalid_request", `The master key in ${file} cannot be read: ${reason}.`, {
    cause,
    remedy: "Give the file to the user that the gateway runs as, or set ADIT_MASTER_KEY.",
  });
}

/** The key in the file, which is made with mode 0600 where it is missing. */
export async function readOrMakeKeyFile(dataDir: string, name: KeyFileName): Promise<MasterKey> {
  const kept = await readKeyFile(dataDir, name);
  if (kept !== undefined) return kept;
  await makeFolder(resolve(dataDir));
  await keepFirst(join(dataDir, name), `${newMasterKeyText()}\n`);
  const made = await readKeyFile(dataDir, name);
  if (made === undefined) throw new AditError("internal", `The file ${join(dataDir, name)} came and went.`);
  return made;
}

/** After a rotation: the new key takes the old one's place. Another rotation may have done it already. */
export async function promoteKeyFile(dataDir: string): Promise<void> {
  try {
    await rename(join(dataDir, "master-key.new"), join(dataDir, "master-key"));
    await syncFolder(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
