/** Gateways as processes of their own, as an operator starts them, on one database and in front of one emulator. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, type Emulator } from "@adit/emulator";
import { Store, type StoreLocation } from "../../packages/gateway/src/store/store.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { chatPath, question } from "../support/asking.ts";
import { startGatewayProcess } from "../support/gateway-process.ts";

const adminKey = "the-admin-key-of-these-tests";
export const masterKey = randomBytes(32).toString("base64");

/** All requests are of one length, so that each has the same bound: its bytes, what models put before it, and what it lets them write. */
const body = JSON.stringify(question("Tell me about level passages into mountains.", { max_tokens: 40 }));
export const bound = Buffer.byteLength(body) + 256 + 40;

export interface Served {
  who: string;
  url: string;
  child: ChildProcess;
}

export class ServedGateways {
  readonly emulator: Emulator;
  readonly store: Store;
  readonly #folder: string;
  readonly #databaseUrl: string | undefined;
  readonly #running: ChildProcess[] = [];

  private constructor(emulator: Emulator, store: Store, place: { folder: string; databaseUrl: string | undefined }) {
    this.emulator = emulator;
    this.store = store;
    this.#folder = place.folder;
    this.#databaseUrl = place.databaseUrl;
  }

  /** On PostgreSQL where there is an address, else on one SQLite file. */
  static async start(databaseUrl: string | undefined): Promise<ServedGateways> {
    const folder = await mkdtemp(join(tmpdir(), "adit-served-"));
    const location: StoreLocation = databaseUrl === undefined ? { file: join(folder, "adit.db") } : { databaseUrl };
    return new ServedGateways(await startEmulator(), await Store.open(location), { folder, databaseUrl });
  }

  async serve(who: string): Promise<Served> {
    const variables = {
      ADIT_ADMIN_KEY: adminKey,
      ADIT_MASTER_KEY: masterKey,
      // SQLite's file is in the data folder.
      ADIT_DATA_DIR: this.#databaseUrl === undefined ? this.#folder : join(this.#folder, who),
      ...(this.#databaseUrl !== undefined && { DATABASE_URL: this.#databaseUrl }),
    };
    const { url, child } = await startGatewayProcess(this.emulator, variables, this.#running);
    await until(async () => (await fetch(`${url}/ready`)).ok);
    return { who, url, child };
  }

  /** A gateway key. */
  async newKey({ url }: Served): Promise<string> {
    const response = await fetch(`${url}/v1/api-keys/workspace/service`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ name: "shared", scopes: ["completions.write"] }),
    });
    return ((await response.json()) as { key: string }).key;
  }

  /** What the store has settled, and what gateways hold. */
  async inStore(): Promise<{ settled: number; held: number }> {
    const window = await this.store.read((db) => db.selectFrom("limitWindows").selectAll().executeTakeFirstOrThrow());
    const leases = await this.store.read((db) => db.selectFrom("limitLeases").select("heldAmount").execute());
    return {
      settled: Number(window.settledAmount),
      held: leases.reduce((total, lease) => total + Number(lease.heldAmount), 0),
    };
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
    await this.store.close();
    await this.emulator.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export interface CallOutcome {
  status: number;
  text: string;
}

/** One chat; undefined where the gateway died meanwhile. */
export async function chatAt({ url }: Served, key: string): Promise<CallOutcome | undefined> {
  try {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const response = await fetch(`${url}${chatPath}`, { method: "POST", headers, body });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Stops gateways as an operator does; resolves when they have ended. */
export async function stopAll(served: readonly Served[]): Promise<void> {
  for (const { child } of served) child.kill("SIGTERM");
  await until(() => served.every(({ child }) => child.exitCode !== null));
}
