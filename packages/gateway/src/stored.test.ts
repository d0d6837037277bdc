/** The store behind a running gateway: what goes on without it, what is refused, and what one gateway takes away from another. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AditError } from "@adit/bedrock";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startGateway } from "./gateway.ts";
import { RequestLog } from "./ledger/request-log/request-log.ts";
import { readSettings } from "./settings.ts";
import { onPostgresAlone } from "./store/testing/engines.ts";
import {
  adminKey,
  messages,
  model,
  openHouse,
  operator,
  refusalIn,
  type House,
  type HouseOptions,
} from "./testing/house.ts";
import { storedFor } from "./testing/stored.ts";

const masterKey = Buffer.alloc(32, 7).toString("base64");

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

async function ready(house: House): Promise<[number, unknown]> {
  const response = await fetch(`${house.gateway.url}/ready`);
  return [response.status, await response.json()];
}

/** Asks until it is answered so; fails after `ms`. */
async function untilStatus(ask: () => Promise<Response>, status: number, ms: number): Promise<number> {
  const start = Date.now();
  for (;;) {
    const response = await ask();
    await response.text();
    if (response.status === status) return Date.now() - start;
    expect(Date.now() - start, `still ${response.status}`).toBeLessThan(ms);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("/ready says that the store is reachable and its migrations are done", async () => {
  const house = await openHouse({ emulator });
  expect(await ready(house)).toEqual([200, { status: "ready", store: "reachable", migrations: "done" }]);
  await house.close();
});

describe("a store that cannot be opened", () => {
  test("is tried again and again; why is for the log alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "adit-stored-"));
    // A folder in the file's place: it cannot be opened, until somebody takes it away.
    await mkdir(join(folder, "adit.db"));
    const reasons: string[] = [];
    const stored = storedFor({ ADIT_DATA_DIR: folder }, { onFault: (error) => reasons.push(String(error)) });
    const opened = stored.open();
    await expect(Promise.resolve(stored.ready())).rejects.toMatchObject({
      code: "store_unavailable",
      message: "The gateway's store does not answer.",
    });
    expect(await stored.isReachable()).toBe(false);
    await rm(join(folder, "adit.db"), { recursive: true });
    await opened;
    expect((await stored.ready()).store.engine).toBe("sqlite");
    const check = vi.spyOn((await stored.ready()).store, "check");
    expect(await Promise.all([stored.isReachable(), stored.isReachable()])).toEqual([true, true]);
    expect(check).toHaveBeenCalledTimes(1);
    expect(reasons).toEqual([expect.stringContaining("adit.db is a folder") as string]);
    await stored.close();
    await rm(folder, { recursive: true });
  });

  test("is tried again where it goes away before the ledger has read what projects keep; the ledger is attached once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "adit-stored-"));
    const steps: string[] = [];
    const ledger = {
      follow: async () => {
        steps.push("follow");
        if (steps.length === 1) throw new AditError("store_unavailable", "Away.");
      },
      attach: () => void steps.push("attach"),
    };
    const stored = storedFor({ ADIT_DATA_DIR: folder }, { ledger });
    await stored.open();
    await (await stored.ready()).store.check();
    expect(steps).toEqual(["follow", "follow", "attach"]);
    await stored.close();
    await rm(folder, { recursive: true });
  });

  test("is given up where no waiting helps, and closing it then is quick", async () => {
    const folder = await mkdtemp(join(tmpdir(), "adit-stored-"));
    const first = storedFor({ ADIT_DATA_DIR: folder, ADIT_MASTER_KEY: masterKey });
    await first.open();
    await first.close();
    const other = storedFor({ ADIT_DATA_DIR: folder, ADIT_MASTER_KEY: Buffer.alloc(32, 8).toString("base64") });
    await expect(other.open()).rejects.toMatchObject({ code: "vault_key_missing" });
    await other.close();
    await rm(folder, { recursive: true });
  });

  test("keeps nobody waiting who needs nothing of it; whoever does gets a 503 until it is there", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "adit-stored-"));
    await mkdir(join(dataDir, "adit.db"));
    const lines: string[] = [];
    const settings = readSettings({
      ADIT_PORT: "0",
      ADIT_ADMIN_KEY: adminKey,
      ADIT_DATA_DIR: dataDir,
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: emulator.credential.accessKeyId,
      AWS_SECRET_ACCESS_KEY: emulator.credential.secretAccessKey,
    });
    const gateway = await startGateway({
      settings,
      log: new RequestLog("info", { write: (line) => void lines.push(line) }),
    });
    const ask = (key: string): Promise<Response> =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ model, messages }),
      });
    expect((await ask(adminKey)).status).toBe(200);
    const unknown = `adit_sk_${"x".repeat(43)}`;
    expect(await refusalIn(await ask(unknown))).toMatchObject({ status: 503, code: "store_unavailable" });
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
    const refused = lines.map((line) => JSON.parse(line) as { msg: string; status?: number; reason?: string });
    expect(refused.find(({ msg }) => msg === "store")?.reason).toContain("adit.db is a folder");
    // In the line of the request, too: a database that is short of connections refuses some requests and fails at nothing else.
    expect(refused.find(({ status }) => status === 503)?.reason).toContain("adit.db is a folder");
    await rm(join(dataDir, "adit.db"), { recursive: true });
    await untilStatus(() => ask(unknown), 401, 60_000);
    await gateway.stop();
    await rm(dataDir, { recursive: true });
  });
});

onPostgresAlone((database) => {
  async function place(): Promise<HouseOptions> {
    const location = await database.newLocation();
    const databaseUrl = "databaseUrl" in location ? location.databaseUrl : "";
    return { emulator, variables: { DATABASE_URL: databaseUrl, ADIT_MASTER_KEY: masterKey } };
  }

  test("a key that is taken away on one gateway is refused soon on another; so is a virtual key", async () => {
    const options = await place();
    const [one, other] = [await openHouse(options), await openHouse(options)];
    try {
      await one.newVirtualKey("prod");
      const key = await one.newKey({ defaultVirtualKey: "prod" });
      const { id, projectId } = await one.parts.gatewayKeys.authenticate(key, "127.0.0.1");
      for (const house of [one, other]) expect((await house.chat(key)).status).toBe(200);
      const virtualKey = await one.parts.virtualKeys.bySlug(projectId, "prod");
      await one.parts.virtualKeys.update(virtualKey?.id ?? "", { disabled: true }, operator);
      expect(await untilStatus(() => other.chat(key), 403, 5_000)).toBeLessThan(5_000);
      await one.parts.virtualKeys.update(virtualKey?.id ?? "", { disabled: false }, operator);
      await untilStatus(() => other.chat(key), 200, 30_000);
      await one.parts.gatewayKeys.remove(id, operator);
      expect(await untilStatus(() => other.chat(key), 401, 5_000)).toBeLessThan(5_000);
    } finally {
      await one.close();
      await other.close();
    }
  });

  test("D a database that goes away: known keys and the admin key go on, unknown ones are a 503, /ready says it", async () => {
    const options = await place();
    const before = await openHouse(options);
    await before.newVirtualKey("prod");
    const [known, unknown] = [await before.newKey({ defaultVirtualKey: "prod" }), await before.newKey()];
    await before.close();
    // No change of theirs is still on its way to this one, which would forget what it holds of them.
    const house = await openHouse(options);
    try {
      expect((await house.chat(known)).status).toBe(200);
      await database.server().kill();
      expect((await ready(house))[0]).toBe(503);
      expect((await house.chat(known)).status).toBe(200);
      expect((await house.chat(adminKey)).status).toBe(200);
      const refusal = await refusalIn(await house.chat(unknown));
      expect(refusal).toMatchObject({ status: 503, code: "store_unavailable" });
      expect(refusal.message).not.toMatch(/ECONN|127\.0\.0\.1|password/);
    } finally {
      await database.server().run();
      await untilStatus(() => fetch(`${house.gateway.url}/ready`), 200, 60_000);
      await house.close();
    }
  });
});
