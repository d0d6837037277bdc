/** Where this gateway's store is. */
import { join, resolve } from "node:path";
import { makeFolder } from "../data-file.ts";
import type { Settings } from "../settings.ts";
import { Store, type StoreLocation } from "./store.ts";

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
  if ("file" in location) await makeFolder(resolve(settings.dataDir));
  return Store.open(location);
}
