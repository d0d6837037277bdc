/** The admin key: given by the operator, or made at the first start and kept in the data folder. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AditError, Secret } from "@adit/bedrock";

/** The key as it is kept while the gateway runs: a hash, compared in constant time. */
export class AdminKey {
  readonly #digest: Buffer;

  constructor(key: Secret) {
    this.#digest = digest(key.reveal());
  }

  /** True for the key itself. Takes the same time whatever differs. */
  matches(candidate: string): boolean {
    return timingSafeEqual(this.#digest, digest(candidate));
  }
}

function digest(text: string): Buffer {
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

/**
 * The folder, with those above it. Step by step: Node's own recursive mkdir never ends where the system says that a folder
 * cannot be made for want of its parent, and the parent is there (as under /proc).
 */
async function makeFolder(folder: string): Promise<void> {
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

/** False where the file is there already: of several gateways that start at once in one folder, the first one's key counts for all. */
async function keepFirst(file: string, text: string): Promise<boolean> {
  // A link appears with all of its content: nobody can read half a key.
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, text, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function readKept(file: string): Promise<Secret | undefined> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cannotKeep(file, error);
  }
  if (text.length < 16) {
    throw new AditError("internal", `The file ${file} holds no key of 16 characters or more.`, {
      remedy: "Delete the file to have a new key made, or set ADIT_ADMIN_KEY.",
    });
  }
  await chmod(file, 0o600);
  return new Secret(text);
}

function cannotKeep(file: string, cause: unknown): AditError {
  return new AditError("internal", `The admin key could not be kept in ${file}.`, {
    remedy: "Make the data folder writable, or set ADIT_ADMIN_KEY.",
    cause,
  });
}
