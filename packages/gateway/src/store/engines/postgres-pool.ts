/** Connections to PostgreSQL: limits of time on everything, and no connection used again whose state is not known. */
import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { isServersAnswer, NotConnected } from "../store-faults.ts";
import { addressWithPlainModes } from "./database-address.ts";
import { FreedConnections } from "./freed-connections.ts";

export interface PostgresOptions {
  /** Connections at most. */
  connections: number;
  /** For a new connection. */
  connectMs: number;
  /** For an answer to one query. The server is told to give up a little sooner, so that it, not the line, ends a slow one. */
  queryMs: number;
}

export const postgresDefaults: PostgresOptions = { connections: 10, connectMs: 5_000, queryMs: 10_000 };

/** Type number of `bigint` in PostgreSQL. */
const int8 = 20;

const types = {
  getTypeParser: (oid: number, format?: "text" | "binary"): ((value: string) => unknown) =>
    oid === int8 && format !== "binary" ? BigInt : (pg.types.getTypeParser(oid, "text") as (value: string) => unknown),
};

/** What every connection has in common. No type of `pg` is named: whoever uses the package with strict types has none of these. */
export function clientConfig(url: string, options: PostgresOptions) {
  return {
    connectionString: addressWithPlainModes(url),
    application_name: "adit",
    connectionTimeoutMillis: options.connectMs,
    query_timeout: options.queryMs,
    statement_timeout: Math.ceil(options.queryMs * 0.8),
    idle_in_transaction_session_timeout: options.queryMs * 2,
    keepAlive: true,
    types,
  };
}

/** A pool for kysely. A connection whose query ended without an answer of the server's is closed, not given back. */
export function openPool(url: string, options: PostgresOptions): PostgresPool {
  const pool = new pg.Pool({ ...clientConfig(url, options), max: options.connections, idleTimeoutMillis: 60_000 });
  // An idle connection that breaks is taken out of the pool by the pool itself; the next query gets a new one.
  pool.on("error", () => {});
  // Its end may arrive together with the word that it is made, before whoever waits for it runs: unheard it would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  const freed = new FreedConnections(options.connectMs);
  return {
    connect: async () => {
      const client = await freed
        .take(() => pool.connect())
        .catch((error: unknown) => {
          throw new NotConnected(error);
        });
      let broken = false;
      // A connection may also break while it is out; the query that runs then says so.
      const onError = (): void => {
        broken = true;
      };
      client.on("error", onError);
      const query = async (sql: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
        try {
          return await client.query(sql, [...values]);
        } catch (error) {
          broken ||= !isServersAnswer(error);
          throw error;
        }
      };
      return {
        // kysely's type also speaks of cursors, which are not used.
        query: query as unknown as PostgresPoolClient["query"],
        release: (discard) => {
          client.off("error", onError);
          client.release(broken || discard === true);
          freed.giveBack();
        },
      };
    },
    end: () => pool.end(),
  };
}
