/** One PostgreSQL server for all tests of a run that only want databases: the first that asks starts it, vitest's global teardown stops it. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inject } from "vitest";
import { askPostgres, PostgresServer, urlOfDatabase } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the shared server lives, or will. */
    postgresFolder: string;
  }
}

interface Address {
  port: number;
  /** The database of which those with the newest schema are copies. */
  withSchema: string;
}

export class SharedPostgres {
  readonly #address: Address;
  readonly #databases: string[] = [];

  private constructor(address: Address) {
    this.#address = address;
  }

  /** Whoever comes first starts it; the others wait until it answers. */
  static async open(): Promise<SharedPostgres> {
    const folder = inject("postgresFolder");
    const addressFile = join(folder, "address.json");
    if (isFirst(folder)) await startAt(folder, addressFile);
    for (let tries = 0; !existsSync(addressFile); tries += 1) {
      if (tries > 1_000) throw new Error("The shared PostgreSQL server did not start.");
      await pause(50);
    }
    return new SharedPostgres(JSON.parse(readFileSync(addressFile, "utf8")) as Address);
  }

  /** A new database with the newest schema, or an empty one; gives its address. */
  async newDatabase(schema?: "newest"): Promise<string> {
    const name = `adit_${randomBytes(6).toString("hex")}`;
    await this.ask(
      `create database ${name} template ${schema === undefined ? "template1" : this.#address.withSchema} strategy file_copy`,
    );
    this.#databases.push(name);
    return this.urlOf(name);
  }

  urlOf(database: string): string {
    return urlOfDatabase(this.#address.port, database);
  }

  ask(query: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    return askPostgres(this.urlOf(database), query);
  }

  /** Takes away the databases that were asked for here. */
  async stop(): Promise<void> {
    for (const name of this.#databases.splice(0)) await this.ask(`drop database if exists ${name} with (force)`);
  }
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(join(folder, "starting"));
    return true;
  } catch {
    return false;
  }
}

async function startAt(folder: string, addressFile: string): Promise<void> {
  const own = join(folder, "server");
  mkdirSync(own);
  const server = await PostgresServer.start({ folder: own });
  const told = { port: server.port, withSchema: await server.withSchema() };
  writeFileSync(`${addressFile}.new`, JSON.stringify(told));
  renameSync(`${addressFile}.new`, addressFile);
}
