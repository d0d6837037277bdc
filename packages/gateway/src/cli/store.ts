/** `adit backup`, `restore`, `export`, `import` and `vault rotate`. */
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { AditError, type Environment } from "@adit/bedrock";
import { readSettings, type Settings } from "../settings.ts";
import { backUp, restore } from "../store/backup.ts";
import { makeDataFolder, openStore, storeFile } from "../store/engines/location.ts";
import { reasonOf } from "../store/store-faults.ts";
import type { Store } from "../store/store.ts";
import { exportLines, importLines } from "../store/transfer.ts";
import { Keyring } from "../vault/keyring.ts";
import { recordRotation, rotateMasterKey } from "../vault/rotation.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** PostgreSQL's own tools do this better than any that does not know the server. */
function onSqlite(settings: Settings, tool: string): void {
  if (settings.databaseUrl === undefined) return;
  throw new AditError("invalid_request", "The store is in PostgreSQL (DATABASE_URL).", { remedy: `Use ${tool}.` });
}

export async function runBackup(file: string, variables: Environment): Promise<number> {
  const settings = readSettings(variables);
  onSqlite(settings, "pg_dump");
  await backUp(storeFile(settings.dataDir), file);
  say(`The store was backed up to ${file}. Its secrets open with the master key alone: keep that elsewhere.`);
  return 0;
}

export async function runRestore(file: string, variables: Environment): Promise<number> {
  const settings = readSettings(variables);
  onSqlite(settings, "pg_restore");
  await makeDataFolder(settings);
  await restore(file, storeFile(settings.dataDir));
  say(
    `The store was restored to ${storeFile(settings.dataDir)}. Its secrets open with the master key of its time alone.`,
  );
  return 0;
}

/** Opens the store for one command. */
export async function withStore<Result>(
  variables: Environment,
  use: (store: Store, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const settings = readSettings(variables);
  const isNew = settings.databaseUrl === undefined && !existsSync(storeFile(settings.dataDir));
  const store = await openStore(settings);
  // In another folder than the gateway's there is another store: who expected one is to know.
  if (isNew) say(`A new store was made: ${storeFile(settings.dataDir)} (ADIT_DATA_DIR).`);
  try {
    return await use(store, settings);
  } catch (error) {
    throw withReason(error);
  } finally {
    await store.close();
  }
}

/** Who runs a command has no log to find the reason in. */
function withReason(error: unknown): unknown {
  if (!AditError.isInstance(error) || error.code !== "store_unavailable" || error.cause === undefined) return error;
  return new AditError("store_unavailable", `The store does not answer: ${reasonOf(error)}.`, {
    cause: error.cause,
    remedy: "Check the database, or the disk of ADIT_DATA_DIR, and run the command again.",
  });
}

export async function runExport(variables: Environment): Promise<number> {
  return withStore(variables, async (store) => {
    for await (const line of exportLines(store)) {
      if (!(await isTaken(`${line}\n`))) break;
    }
    return 0;
  });
}

/** False where whoever read what is printed has left. */
async function isTaken(text: string): Promise<boolean> {
  if (process.stdout.write(text)) return true;
  try {
    await once(process.stdout, "drain");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return false;
    throw error;
  }
}

export async function runImport(file: string, variables: Environment): Promise<number> {
  const lines = await readable(file);
  return withStore(variables, async (store) => {
    const rows = await importLines(store, lines);
    say(`${rows} rows were read in. Secrets do not travel: enter those of virtual keys, and rotate gateway keys.`);
    return 0;
  });
}

/**
 * The lines of a file as they are asked for. Those of a pipe are read before: while it was waited for, nobody else could write to the store.
 */
async function readable(file: string): Promise<AsyncIterable<string> | Iterable<string>> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== false) return linesIn(file);
  const lines: string[] = [];
  for await (const line of linesIn(file)) lines.push(line);
  return lines;
}

/** Opens the file when the first line is asked for: Node's `readline` reads at once, and what it reads before somebody listens is lost. */
async function* linesIn(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of textOf(file)) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function* textOf(file: string): AsyncGenerator<string> {
  try {
    for await (const chunk of createReadStream(file, "utf8")) yield String(chunk);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const words = `The file ${file} cannot be read: ${reason}.`;
    throw new AditError("invalid_request", words, { cause, remedy: "Name a file that adit export has written." });
  }
}

export async function runVaultRotate({ isForced }: { isForced: boolean }, variables: Environment): Promise<number> {
  return withStore(variables, async (store, settings) => {
    const { masterKey, oldMasterKey, dataDir } = settings;
    const keyring = await Keyring.load({ masterKey, oldMasterKey, dataDir });
    const onProgress = (rewrapped: number): void => say(`Data keys wrapped anew: ${rewrapped}`);
    const report = await rotateMasterKey({ store, keyring, onProgress, isForced });
    await recordRotation(store, report, { kind: "command" });
    const { from, to, rewrapped } = report;
    say(
      from === to
        ? `The rotation to ${to} is complete.`
        : `Rotated from ${from} to ${to}. Data keys wrapped anew: ${rewrapped}.`,
    );
    return 0;
  });
}
