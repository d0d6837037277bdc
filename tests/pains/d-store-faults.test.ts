/** The faults of the store, at whole gateways: calls that need nothing new of it go on, all else is refused with a word on when, and nothing falls over. */
import {
  copyFileSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
  closeSync,
  existsSync,
  statSync,
  mkdirSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openSqliteFile } from "../../packages/gateway/src/store/engines/sqlite-file.ts";
import { lineTo } from "../../packages/gateway/src/store/testing/line.ts";
import { postgresPrograms, PostgresServer } from "../../packages/gateway/src/store/testing/postgres.ts";
import { openControl, type Control } from "../control/control.ts";

type Opened = Control & { close: () => Promise<void> };
const soon = { timeout: 60_000, interval: 50 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function opened(variables: Record<string, string> = {}): Promise<Opened> {
  const control = await openControl(variables);
  closing.push(control.close);
  return control;
}

/** A key that the gateway holds in memory, with all that its calls need. */
async function knownKey(control: Control): Promise<string> {
  await control.ask("POST", "/v1/virtual-keys", {
    name: "Chain",
    slug: "chain",
    kind: "server_chain",
    region: "us-east-1",
  });
  await control.ask("POST", "/v1/configs", { name: "C", slug: "pc-known", config: { provider: "@chain" } });
  const terms = {
    name: "known",
    scopes: ["completions.write"],
    defaults: { virtual_key: "chain", config_id: "pc-known" },
  };
  const { key } = (await control.ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", terms)).body;
  expect(await chat(control, key)).toBe(200);
  return key;
}

async function newKey(control: Control): Promise<string> {
  const terms = { name: "other", scopes: ["completions.write"] };
  return (await control.ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", terms)).body.key;
}

async function chat({ baseUrl }: Control, key: string): Promise<number> {
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] }),
  });
  await answer.text();
  return answer.status;
}

const ready = async ({ gateway }: Control): Promise<number> => (await fetch(`${gateway.url}/ready`)).status;

/** A change that the store cannot take: a 503 with a time to wait, in words that tell nothing of the database. */
async function expectRefused(control: Control): Promise<void> {
  const change = await control.ask<{ error: { code: string; message: string } }>("POST", "/v1/projects", {
    name: "Lost",
  });
  expect([change.status, change.body.error.code, change.headers.has("retry-after")]).toEqual([
    503,
    "store_unavailable",
    true,
  ]);
  expect(change.body.error.message).not.toMatch(/sqlite|postgres|SQL|ECONN|disk|\/tmp/i);
}

async function projects(control: Control): Promise<string[]> {
  const { body } = await control.ask<{ data: { name: string }[] }>("GET", "/v1/projects");
  return body.data.map(({ name }) => name);
}

describe("SQLite", () => {
  test("another process holds the lock: calls and lists go on, changes are refused, and all recovers", async () => {
    const control = await opened();
    const key = await knownKey(control);
    const other = await openSqliteFile(join(control.dataDir, "adit.db"), { timeoutMs: 1_000 });
    other.exec("begin immediate");
    const refused = expectRefused(control);
    expect(await Promise.all(Array.from({ length: 20 }, () => chat(control, key)))).toEqual(
      Array.from({ length: 20 }, () => 200),
    );
    expect(await projects(control)).toEqual(["Default"]);
    await refused;
    other.exec("rollback");
    other.close();
    expect((await control.ask("POST", "/v1/projects", { name: "After" })).status).toBe(200);
    expect(await projects(control)).toEqual(["Default", "After"]);
  });

  test("a file that is damaged while the gateway runs: known calls go on, what cannot be read is refused, nothing falls over", async () => {
    const control = await opened();
    const key = await knownKey(control);
    const unknown = await newKey(control);
    const other = await openSqliteFile(join(control.dataDir, "adit.db"), { timeoutMs: 1_000 });
    other.exec("pragma wal_checkpoint(truncate)");
    other.close();
    const file = join(control.dataDir, "adit.db");
    const { size } = statSync(file);
    const handle = openSync(file, "r+");
    // All pages after the first one, which says what the file is.
    writeSync(handle, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
    closeSync(handle);
    expect(await chat(control, key)).toBe(200);
    const answers = await Promise.all([chat(control, unknown), ready(control), chat(control, key)]);
    expect(answers).toEqual([503, 503, 200]);
    await expectRefused(control);
    expect(await chat(control, key)).toBe(200);
  });

  test.each([
    ["its second half is noise", (wal: Buffer) => wal.fill(0x5a, Math.floor(wal.length / 2))],
    ["its end is missing", (wal: Buffer) => wal.subarray(0, wal.length - 1_000)],
    ["it is empty", () => Buffer.alloc(0)],
    ["it is noise", (wal: Buffer) => wal.fill(0x5a)],
  ])(
    "a WAL of a machine that lost power, of which %s: the gateway starts with what is whole of it",
    async (_name, harm) => {
      const first = await opened();
      const key = await knownKey(first);
      const other = await openSqliteFile(join(first.dataDir, "adit.db"), { timeoutMs: 1_000 });
      other.exec("pragma wal_checkpoint(truncate)");
      other.close();
      for (let number = 0; number < 10; number += 1) await first.ask("POST", "/v1/projects", { name: `P${number}` });
      // As the disk had it in the moment of the fault.
      const place = join(first.dataDir, "after");
      mkdirSync(place);
      copyFileSync(join(first.dataDir, "adit.db"), join(place, "adit.db"));
      if (existsSync(join(first.dataDir, "master-key")))
        copyFileSync(join(first.dataDir, "master-key"), join(place, "master-key"));
      writeFileSync(join(place, "adit.db-wal"), harm(readFileSync(join(first.dataDir, "adit.db-wal"))));
      const control = await opened({ ADIT_DATA_DIR: place, AWS_ENDPOINT_URL: first.emulator.url });
      expect([await ready(control), await chat(control, key)]).toEqual([200, 200]);
      // A beginning of what was kept, in its order, and nothing half.
      const kept = (await projects(control)).slice(1);
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, number) => `P${number}`));
      expect((await control.ask("POST", "/v1/projects", { name: "After" })).status).toBe(200);
      const checked = await openSqliteFile(join(place, "adit.db"), { timeoutMs: 1_000 });
      expect(checked.prepare("pragma integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      checked.close();
    },
  );
});

describe.skipIf(postgresPrograms === undefined)("PostgreSQL", () => {
  async function served(): Promise<{ server: PostgresServer; url: string }> {
    const server = await PostgresServer.start();
    closing.push(() => server.stop());
    return { server, url: await server.newDatabase() };
  }

  test("it restarts under load: of the known calls none fails, changes are refused meanwhile, and all recovers", async () => {
    const { server, url } = await served();
    const control = await opened({ DATABASE_URL: url });
    const key = await knownKey(control);
    const statuses: number[] = [];
    let isOver = false;
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!isOver) statuses.push(await chat(control, key));
      }),
    );
    await server.kill();
    expect(await ready(control)).toBe(503);
    await expectRefused(control);
    const during = statuses.length;
    await expect.poll(() => statuses.length, soon).toBeGreaterThan(during + 20);
    await server.run();
    await expect.poll(() => ready(control), soon).toBe(200);
    expect((await control.ask("POST", "/v1/projects", { name: "After" })).status).toBe(200);
    isOver = true;
    await load;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await projects(control)).toEqual(["Default", "After"]);
  });

  test("it falls silent for longer than a query may take: known calls go on, all else is refused within that time, and all recovers", async () => {
    const { url } = await served();
    const address = new URL(url);
    const line = await lineTo(Number(address.port));
    closing.push(() => line.close());
    address.port = String(line.port);
    const control = await opened({ DATABASE_URL: address.href });
    const key = await knownKey(control);
    const unknown = await newKey(control);
    line.cut();
    const refused = expectRefused(control);
    const stranger = chat(control, unknown);
    expect(await Promise.all(Array.from({ length: 20 }, () => chat(control, key)))).toEqual(
      Array.from({ length: 20 }, () => 200),
    );
    await refused;
    expect(await stranger).toBe(503);
    expect(await chat(control, key)).toBe(200);
    line.mend();
    await expect.poll(() => ready(control), soon).toBe(200);
    await expect.poll(() => chat(control, unknown), soon).toBe(200);
    expect(await projects(control)).toEqual(["Default"]);
  });

  test("another server takes its place, with the data as they were copied: the gateway goes over to it", async () => {
    const { server, url } = await served();
    const address = new URL(url);
    const line = await lineTo(Number(address.port));
    closing.push(() => line.close());
    address.port = String(line.port);
    const control = await opened({ DATABASE_URL: address.href });
    const key = await knownKey(control);
    // Its end is the end of every connection; the other takes new ones a moment later.
    await server.kill();
    expect(await chat(control, key)).toBe(200);
    await server.run();
    await expect
      .poll(async () => (await control.ask("POST", "/v1/projects", { name: "After" })).status, soon)
      .toBe(200);
    expect(await chat(control, key)).toBe(200);
  });
});
