/** Backups of a SQLite store: whole and consistent while gateways write. PostgreSQL has tools of its own, `pg_dump` and `pg_restore`. */
import { link, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AditError } from "@adit/bedrock";
import { giveToFolderOwner } from "../data-file.ts";
import { migrations } from "./migrations/list.ts";
import { openSqliteFile, type SqliteFile } from "./engines/sqlite-file.ts";

/**
 * Writes the database of `file` as it stands at this moment to a new file, mode 0600. Readers and writers go on meanwhile.
 * @throws AditError `already_exists` where the target is there, `invalid_request` where it cannot be made, or `file` is no store of Adit's.
 */
export async function backUp(file: string, target: string): Promise<void> {
  await copyStore(file, target, "back up");
}

/**
 * Puts a backup in place as the database `file`, which must not be there: no gateway may be running on it.
 * @throws AditError as {@link backUp}; `newer_schema` where this version of Adit could not open it.
 */
export async function restore(backup: string, file: string): Promise<void> {
  const ends = ["", "-wal", "-shm"];
  for (const end of ends) {
    if (!(await isThere(`${file}${end}`))) continue;
    throw new AditError("already_exists", `There is a store already: ${file}${end}.`, {
      remedy: `Stop the gateways, and move ${ends.map((one) => `${basename(file)}${one}`).join(", ")} away first.`,
    });
  }
  await copyStore(backup, file, "restore");
}

/**
 * Under another name until it is whole and on the disk: what a killed run leaves is no backup, and no store either, which a gateway would
 * take for an empty one.
 */
async function copyStore(from: string, to: string, purpose: "back up" | "restore"): Promise<void> {
  if (!(await isThere(from))) {
    throw new AditError("invalid_request", `There is no file ${from} to ${purpose}.`, {
      remedy: purpose === "restore" ? "Check the path." : "Set ADIT_DATA_DIR to the folder that the gateway has.",
    });
  }
  const source = await openSqliteFile(from, { timeoutMs: 5_000, readOnly: true });
  try {
    checkStore(source, from);
    if (await isThere(to)) throw isTakenBy(to);
    const part = `${to}.part`;
    await makeFile(part);
    try {
      // Of a killed run: it would be played back into this file.
      await rm(`${part}-journal`, { force: true });
      source.exec(`vacuum into '${part.replaceAll("'", "''")}'`);
      if (purpose === "restore") await giveToFolderOwner(part);
      await sync(part);
      await moveToFree(part, to);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  } finally {
    source.close();
  }
}

/** A rename alone would take the place of what is there by now, as of the store of a gateway that has started meanwhile. */
async function moveToFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw isTakenBy(to);
    // A file system without links.
    return rename(from, to);
  }
  await rm(from);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** SQLite takes an empty file for a new one; made here, it is the owner's alone from the start. */
async function makeFile(path: string): Promise<void> {
  try {
    await (await open(path, "wx", 0o600)).close();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw isTakenBy(path);
    const remedy =
      code === "ENOENT"
        ? `Make the folder ${dirname(path)} first, or name a file in one that is there.`
        : "Name a file in a folder that may be written to.";
    throw new AditError("invalid_request", `The file ${path} cannot be made: ${message}.`, { cause: error, remedy });
  }
}

function checkStore(source: SqliteFile, path: string): void {
  let version: unknown;
  try {
    version = source.prepare("select max(version) as version from schema_steps").all()[0]?.["version"];
  } catch (cause) {
    throw new AditError("invalid_request", `${path} is no store of Adit's.`, { cause, remedy: "Check the path." });
  }
  const known = migrations.length;
  if (Number(version) > known) {
    throw new AditError(
      "newer_schema",
      `The schema of ${path} has version ${String(version)}; this version of Adit knows it up to ${known}.`,
    );
  }
  const verdict = source.prepare("pragma integrity_check").all()[0]?.["integrity_check"];
  if (verdict !== "ok") {
    throw new AditError("invalid_request", `${path} is damaged: ${String(verdict)}`, {
      remedy: "Take another backup.",
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function isTakenBy(path: string): AditError {
  return new AditError("already_exists", `The file ${path} is there already.`, {
    remedy: "Name another file, or move this one away.",
  });
}
