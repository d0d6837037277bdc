/** The admin key: given by the operator, or made at the first start and kept in the data folder. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AditError, Secret } from "@adit/bedrock";
import { keepFirst, makeFolder, readIfThere } from "../data-file.ts";

/** The key as it is kept while the gateway runs: a hash, compared in constant time. */
export class AdminKey {
  readonly #digest: Buffer;

  constructor(key: Secret) {
    this.#digest = digest(key.reveal());
  }

  /**
   * True for the key itself, also as Node gives it of a header whose bytes are UTF-8: it reads them as Latin-1. Takes the same time whatever
   * differs.
   */
  matches(candidate: string): boolean {
    const isWritten = timingSafeEqual(this.#digest, digest(candidate));
    return (
      isWritten ||
      (beyondAscii.test(candidate) && timingSafeEqual(this.#digest, digest(Buffer.from(candidate, "latin1"))))
    );
  }
}

const beyondAscii = /[^\0-\x7f]/;

function digest(text: string | Buffer): Buffer {
  return hash("sha256", text, "buffer");
}

/** The file beside the data, mode 0600. */
export function adminKeyFile(dataDir: string): string {
  return join(dataDir, "admin-key");
}

/**
 * The key of `ADIT_ADMIN_KEY`, else the one in the data folder, else a new one, written there at once.
 * `made` is true only for a new one: the caller shows it on a terminal or names the file.
 */
export async function findOrMakeAdminKey(
  given: Secret | undefined,
  dataDir: string,
): Promise<{ key: Secret; made: boolean }> {
  if (given !== undefined) return { key: given, made: false };
  const file = adminKeyFile(dataDir);
  const kept = await readKept(file);
  if (kept !== undefined) return { key: kept, made: false };
  const key = `adit_admin_${randomBytes(24).toString("base64url")}`;
  try {
    await makeFolder(resolve(dataDir));
    if (await keepFirst(file, `${key}\n`)) return { key: new Secret(key), made: true };
  } catch (error) {
    throw cannotKeep(file, error);
  }
  const other = await readKept(file);
  if (other === undefined) throw cannotKeep(file, new Error("The file came and went."));
  return { key: other, made: false };
}

async function readKept(file: string): Promise<Secret | undefined> {
  let kept: { text: string; mode: number } | undefined;
  try {
    kept = await readIfThere(file);
  } catch (error) {
    // Where the folder is none, there is no file either.
    throw (error as NodeJS.ErrnoException).code === "ENOTDIR" ? cannotKeep(file, error) : cannotRead(file, error);
  }
  if (kept === undefined) return undefined;
  const text = kept.text.trim();
  if (text.length < 16) {
    throw new AditError("internal", `The file ${file} holds no key of 16 characters or more.`, {
      remedy: "Delete the file to have a new key made, or set ADIT_ADMIN_KEY.",
    });
  }
  // A folder that is only read, as a mounted secret is, lets no mode be set, not even the one that is there.
  if (kept.mode !== 0o600) await chmod(file, 0o600).catch((error: unknown) => mayStay(file, kept.mode, error));
  return new Secret(text);
}

/** @throws AditError `invalid_request` where others may read the file. Windows has no such modes. */
function mayStay(file: string, mode: number, cause: unknown): void {
  if ((mode & 0o077) === 0 || process.platform === "win32") return;
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new AditError(
    "invalid_request",
    `Others may read the admin key in ${file}, which cannot be changed: ${reason}.`,
    {
      remedy: `Run, as who owns it: chmod 600 ${file}. Or set ADIT_ADMIN_KEY.`,
      cause,
    },
  );
}

function cannotRead(file: string, cause: unknown): AditError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AditError("invalid_request", `The admin key in ${file} cannot be read: ${reason}.`, {
    remedy: "Give the file to the user that the gateway runs as, or set ADIT_ADMIN_KEY.",
    cause,
  });
}

function cannotKeep(file: string, cause: unknown): AditError {
  return new AditError("internal", `The admin key could not be kept in ${file}.`, {
    remedy: "Make the data folder writable, or set ADIT_ADMIN_KEY.",
    cause,
  });
}
