/** The two engines for tests that must hold on both: each gives empty databases, and stores on them that are closed at the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { Engine } from "../engines/engine.ts";
import { Store, type StoreLocation, type StoreOptions } from "../store.ts";
import { postgresPrograms, PostgresServer } from "./postgres.ts";
import { SharedPostgres } from "./shared-postgres.ts";

export interface House {
  engine: Engine;
  /** A new empty database. */
  newLocation(): Promise<StoreLocation>;
  /** A store on `location`, or on a new database. */
  open(location?: StoreLocation, options?: StoreOptions): Promise<Store>;
  /** The server; PostgreSQL only, and only where the tests have one of their own. */
  server(): PostgresServer;
  /** A folder for the test's files. */
  folder(): string;
}

/** Runs `tests` on each engine. */
export function onBothEngines(tests: (house: House) => void): void {
  onEngine("sqlite", tests);
  onEngine("postgres", tests);
}

/** For tests that look into the server's files: theirs is used by nobody else. */
export function onBothEnginesAlone(tests: (house: House) => void): void {
  onEngine("sqlite", tests);
  onPostgresAlone(tests);
}

/** For tests that stop the server, or look at what it does: theirs is used by nobody else. */
export function onPostgresAlone(tests: (house: House) => void): void {
  runOn("postgres", tests, () => PostgresServer.start());
}

/** Runs `tests` on one engine. PostgreSQL's are not run where its server is not installed; `npm test` says so. */
export function onEngine(engine: Engine, tests: (house: House) => void): void {
  runOn(engine, tests, () => SharedPostgres.open());
}

function runOn(
  engine: Engine,
  tests: (house: House) => void,
  start: () => Promise<PostgresServer | SharedPostgres>,
): void {
  const isHere = engine === "sqlite" || postgresPrograms !== undefined;
  describe.skipIf(!isHere)(`on ${engine}`, () => {
    let server: PostgresServer | SharedPostgres | undefined;
    let folder = "";
    let files = 0;
    const stores: Store[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "adit-store-"));
      if (engine === "postgres") server = await start();
    });
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
    });
    afterAll(async () => {
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const ownServer = (): PostgresServer => {
      if (server instanceof PostgresServer) return server;
      throw new Error("These tests have no server of their own.");
    };
    const newLocation = async (schema?: "newest"): Promise<StoreLocation> => {
      if (server !== undefined) return { databaseUrl: await server.newDatabase(schema) };
      files += 1;
      return { file: join(folder, `store-${files}.db`) };
    };
    tests({
      engine,
      newLocation: () => newLocation(),
      server: ownServer,
      folder: () => folder,
      open: async (location, options = {}) => {
        const store = await Store.open(location ?? (await newLocation(options.migrations ? undefined : "newest")), {
          pollMs: 10,
          heartbeatMs: 50,
          ...options,
        });
        stores.push(store);
        return store;
      },
    });
  });
}
