/**
 * 500 calls at once against a small budget, on four gateways over one PostgreSQL, each a process of its own as an operator starts it:
 * never exceeded, and no refusal false. The same with one of them killed by `kill -9` midway (pains B 19, C 15).
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LimitSettings } from "../../packages/gateway/src/limits/limit-settings.ts";
import { Spending, type Death, type SpendingEvent } from "../../packages/gateway/src/limits/testing/spending.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { postgresPrograms, PostgresServer } from "../../packages/gateway/src/store/testing/postgres.ts";
import { until as eventually } from "../../packages/gateway/src/store/testing/until.ts";
import { chatPath, question } from "../support/asking.ts";
import { modelCalls } from "../support/seen.ts";

const program = fileURLToPath(new URL("../../packages/gateway/bin/adit.js", import.meta.url));
const built = fileURLToPath(new URL("../../packages/gateway/dist/main.js", import.meta.url));
const adminKey = "the-admin-key-of-these-tests";
const masterKey = randomBytes(32).toString("base64");
/** All requests are of one length, so that each has the same bound: its bytes, what models put before it, and what it lets them write. */
const body = JSON.stringify(question("Tell me about level passages into mountains.", { max_tokens: 40 }));
const bound = Buffer.byteLength(body) + 256 + 40;

interface Running {
  who: string;
  url: string;
  child: ChildProcess;
}

describe.skipIf(postgresPrograms === undefined || !existsSync(built))("four gateways over one PostgreSQL", () => {
  let server: PostgresServer;
  let emulator: Emulator;
  let dataDir: string;
  let store: Store;
  let databaseUrl: string;
  let gateways: Running[] = [];
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    emulator = await startEmulator();
    dataDir = await mkdtemp(join(tmpdir(), "adit-four-"));
    databaseUrl = await server.newDatabase();
    store = await Store.open({ databaseUrl });
  });
  afterEach(async () => {
    for (const { child } of gateways.splice(0)) child.kill("SIGKILL");
    await store.close();
    await emulator.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function serve(who: string): Promise<Running> {
    const { accessKeyId, secretAccessKey } = emulator.credential;
    const child = spawn(process.execPath, [program, "serve"], {
      env: {
        PATH: process.env["PATH"],
        ADIT_PORT: "0",
        ADIT_ADMIN_KEY: adminKey,
        ADIT_MASTER_KEY: masterKey,
        ADIT_DATA_DIR: join(dataDir, who),
        DATABASE_URL: databaseUrl,
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL: emulator.url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    await eventually(() => /listens on \S+/.test(said));
    const url = /listens on (\S+)/.exec(said)?.[1] ?? "";
    await eventually(async () => (await fetch(`${url}/ready`)).ok);
    return { who, url, child };
  }

  async function newKey({ url }: Running): Promise<string> {
    const response = await fetch(`${url}/v1/api-keys/workspace/service`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ name: "shared", scopes: ["completions.write"] }),
    });
    return ((await response.json()) as { key: string }).key;
  }

  /** One call, and what its caller sees of it. A call whose gateway died may have been billed. */
  async function call({ who, url }: Running, number: number, key: string, events: SpendingEvent[]): Promise<void> {
    const note = (what: SpendingEvent["what"], amount: number): void =>
      void events.push({ at: Number(process.hrtime.bigint()), who, call: number, what, amount });
    note("asked", bound);
    try {
      const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
      const response = await fetch(`${url}${chatPath}`, { method: "POST", headers, body });
      const text = await response.text();
      if (response.status === 412) {
        expect(text).toContain(`this request may use ${bound} tokens`);
        note("refused", bound);
        return;
      }
      expect(response.status, text).toBe(200);
      const { usage } = JSON.parse(text) as { usage: { total_tokens: number } };
      note("granted", bound);
      note("used", usage.total_tokens);
      note("settled", usage.total_tokens);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      note("granted", bound);
    }
  }

  /** What the store has settled, and what gateways hold. */
  async function inStore(): Promise<{ settled: number; held: number }> {
    const window = await store.read((db) => db.selectFrom("limitWindows").selectAll().executeTakeFirstOrThrow());
    const leases = await store.read((db) => db.selectFrom("limitLeases").select("heldAmount").execute());
    return {
      settled: Number(window.settledAmount),
      held: leases.reduce((total, lease) => total + Number(lease.heldAmount), 0),
    };
  }

  test.each([
    { name: "all of them live", isKilled: false },
    { name: "one of them is killed by kill -9 midway", isKilled: true },
  ])(
    "500 calls at once: nothing beyond the budget, no refusal false; $name",
    async ({ isKilled }) => {
      const limit = bound * 24;
      const settings = new LimitSettings({ store, customHosts: new Set() });
      await settings.createBudget(
        defaultProjectId,
        {
          name: "b",
          scope: "project",
          scopeId: defaultProjectId,
          unit: "tokens",
          amount: BigInt(limit),
          period: "total",
        },
        { kind: "command" },
      );
      gateways = await Promise.all(["a", "b", "c", "d"].map((who) => serve(who)));
      const key = await newKey(gateways[0]!);
      // The first answers take a while, so that many are under way.
      emulator.faultNext({ kind: "delay", ms: 300 }, 24);
      const events: SpendingEvent[] = [];
      const deaths: Death[] = [];
      const wave = Promise.all(
        Array.from({ length: 500 }, (_, number) => call(gateways[number % 4]!, number, key, events)),
      );
      if (isKilled) {
        const busy = (): Running | undefined =>
          gateways.find(({ who }) => events.some((event) => event.what === "settled" && event.who === who));
        await eventually(() => busy() !== undefined);
        const victim = busy()!;
        victim.child.kill("SIGKILL");
        deaths.push({ who: victim.who, at: Number(process.hrtime.bigint()), counted: Infinity });
      }
      await wave;
      const left = gateways.filter(({ who }) => !deaths.some((death) => death.who === who));
      // One after the other, from gateway to gateway, until nothing is left.
      for (let number = 500; number < 800; number += 1) {
        await call(left[number % left.length]!, number, key, events);
        if (events.at(-1)?.what === "refused") break;
      }
      for (const { child } of left) child.kill("SIGTERM");
      await eventually(() => left.every(({ child }) => child.exitCode !== null));

      const { settled, held } = await inStore();
      for (const death of deaths) {
        // What it had told, and what it held: nobody knows how much of that AWS has billed. The others have settled all.
        const others = new Spending(events.filter(({ who }) => who !== death.who));
        death.counted = settled + held - others.used;
      }
      const spending = new Spending(events, deaths);
      expect(spending.count("refused")).toBeGreaterThan(0);
      expect(spending.count("settled")).toBeGreaterThan(0);
      expect(spending.used).toBeLessThanOrEqual(limit);
      expect(settled + held).toBeLessThanOrEqual(limit);
      expect(spending.used).toBeLessThanOrEqual(settled + held);
      expect(spending.falseRefusals(limit)).toEqual([]);
      // What was refused never reached AWS.
      expect(modelCalls(emulator).length).toBeLessThanOrEqual(spending.count("granted"));
      // Where all lived every token is settled, nothing is held, and less is left than a request may use.
      if (!isKilled) expect({ settled, held }).toEqual({ settled: spending.used, held: 0 });
      expect(limit - settled - held).toBeLessThan(bound);
    },
    60_000,
  );
});
