/** A PostgreSQL server of the tests' own: a throw-away cluster in a temporary folder, on a free port. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { Store } from "../store.ts";

/** Where Debian's packages put the server's programs, and the PATH. */
function findPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).filter((name) => Number(name) >= 15) : [];
  const folders = [
    ...versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, "bin")),
    ...(process.env["PATH"] ?? "").split(":"),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** Folder of PostgreSQL's programs; undefined where the server is not installed. */
export const postgresPrograms = findPrograms();

/** What only matters when the machine itself stops, or databases live long; and room for many gateways. */
const cheap = [
  "fsync=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "autovacuum=off",
  "jit=off",
  "max_connections=300",
];

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes. */
function account(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string): number => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export class PostgresServer {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  readonly #account: { uid: number; gid: number } | undefined;
  readonly #isDetached: boolean;
  #process: ChildProcess | undefined;
  #withSchema: Promise<string> | undefined;
  #databases = 0;

  private constructor(start: {
    programs: string;
    folder: string;
    account: { uid: number; gid: number } | undefined;
    port: number;
    isDetached: boolean;
  }) {
    this.#programs = start.programs;
    this.#folder = start.folder;
    this.#account = start.account;
    this.port = start.port;
    this.#isDetached = start.isDetached;
  }

  /** In a temporary folder of its own; or in one that is there, and then it outlives the process that started it. */
  static async start(place?: { folder: string }): Promise<PostgresServer> {
    if (postgresPrograms === undefined) throw new Error("PostgreSQL's server is not installed.");
    const folder = place?.folder ?? mkdtempSync(join(tmpdir(), "adit-postgres-"));
    const runAs = account();
    if (runAs !== undefined) chownSync(folder, runAs.uid, runAs.gid);
    const server = new PostgresServer({
      programs: postgresPrograms,
      folder,
      account: runAs,
      port: await freePort(),
      isDetached: place !== undefined,
    });
    execFileSync(
      join(postgresPrograms, "initdb"),
      ["-D", join(folder, "data"), "-U", "adit", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
      { cwd: folder, stdio: "ignore", ...runAs },
    );
    await server.run();
    return server;
  }

  /** Starts the server on its data, again after a `kill`. */
  async run(): Promise<void> {
    const settings = [...cheap, "listen_addresses=127.0.0.1", `unix_socket_directories=${this.#folder}`];
    this.#process = spawn(
      join(this.#programs, "postgres"),
      ["-D", join(this.#folder, "data"), "-p", String(this.port), ...settings.flatMap((setting) => ["-c", setting])],
      { cwd: this.#folder, stdio: "ignore", detached: this.#isDetached, ...this.#account },
    );
    if (this.#isDetached) this.#process.unref();
    for (let tries = 0; ; tries += 1) {
      try {
        await this.ask("select 1");
        return;
      } catch (error) {
        if (tries > 400 || this.#process.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  /** Ends the server with all its connections. `SIGQUIT` is PostgreSQL's immediate shutdown, as after a loss of power. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGQUIT");
    await exited;
  }

  /** A new database, empty or with the newest schema; gives its address. */
  async newDatabase(schema?: "newest"): Promise<string> {
    const template = schema === undefined ? "template1" : await this.withSchema();
    this.#databases += 1;
    const name = `adit_${this.#databases}`;
    await this.ask(`create database ${name} template ${template} strategy file_copy`);
    return this.urlOf(name);
  }

  /** Makes the database of which those with the newest schema are copies; gives its name. */
  withSchema(): Promise<string> {
    return (this.#withSchema ??= this.#makeWithSchema());
  }

  async #makeWithSchema(): Promise<string> {
    const name = "adit_with_schema";
    await this.ask(`create database ${name}`);
    const store = await Store.open({ databaseUrl: this.urlOf(name) });
    await store.close();
    return name;
  }

  urlOf(database: string): string {
    return urlOfDatabase(this.port, database);
  }

  ask(query: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    return askPostgres(this.urlOf(database), query);
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where the server keeps its files. */
  get dataFolder(): string {
    return join(this.#folder, "data");
  }
}

export function urlOfDatabase(port: number, database: string): string {
  return `postgres://adit@127.0.0.1:${port}/${database}`;
}

/** Asks on a connection of its own. */
export async function askPostgres(url: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(query)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
