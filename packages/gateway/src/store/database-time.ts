import { sql } from "kysely";
import type { Lane, Store } from "./store.ts";

/** PostgreSQL's clock, in milliseconds since 1970; with SQLite there is one machine, and its clock is the database's. */
export async function databaseTime(store: Pick<Store, "engine" | "clock" | "read">, lane?: Lane): Promise<number> {
  if (store.engine === "sqlite") return store.clock.now();
  const { rows } = await store.read(
    (db) => sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db),
    lane,
  );
  return rows[0]?.now ?? store.clock.now();
}
