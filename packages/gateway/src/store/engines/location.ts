/** Where this gateway's store is. */
import { join, resolve } from "node:path";
import { AditError } from "@adit/bedrock";
import { makeFolder } from "../../data-file.ts";
import type { Settings } from "../../settings.ts";
import { Store, type StoreLocation } from "../store.ts";

/** The SQLite file of a data folder. */
export function storeFile(dataDir: string): string {
  return join(dataDir, "adit.db");
}

/** PostgreSQL where `DATABASE_URL` is set, else the file in the data folder. */
export function storeLocation(settings: Settings): StoreLocation {
  const { databaseUrl, dataDir } = settings;
  return databaseUrl === undefined ? { file: storeFile(dataDir) } : { databaseUrl: databaseUrl.reveal() };
}

/** Opens the store that the settings name; the data folder is made if missing. */
export async function openStore(settings: Settings): Promise<Store> {
  const location = storeLocation(settings);
  if ("file" in location) await makeDataFolder(settings);
  return Store.open(location);
}

/** @throws AditError `invalid_request` for a folder that cannot be made. */
export async function makeDataFolder({ dataDir }: Pick<Settings, "dataDir">): Promise<void> {
  try {
    await makeFolder(resolve(dataDir));
  } catch (cause) {
    throw new AditError("invalid_request", `The data folder ${dataDir} cannot be made, or is no folder.`, {
      cause,
      remedy: "Set ADIT_DATA_DIR to a folder that may be written.",
    });
  }
}
