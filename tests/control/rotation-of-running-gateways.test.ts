/** The master key is rotated while gateways run: not before each of them holds the new one, and then without a refused call. */
import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Store, type StoreLocation } from "../../packages/gateway/src/store/store.ts";
import { postgresPrograms } from "../../packages/gateway/src/store/testing/postgres.ts";
import { SharedPostgres } from "../../packages/gateway/src/store/testing/shared-postgres.ts";
import { runHere } from "../cli/command.ts";
import { pairOf } from "../support/seen.ts";
import { openControl, type Control } from "./control.ts";

type Running = Control & { close: () => Promise<void> };
interface Refused {
  error: { code: string; message: string };
}
interface Rotated {
  from: string;
  to: string;
  rewrapped: number;
}

const newKey = (): string => randomBytes(32).toString("base64");
const pair = pairOf("ROTATED");

describe.each(["sqlite", "postgres"] as const)("on %s", (engine) => {
  let folder: string;
  let server: SharedPostgres | undefined;
  let shared: Record<string, string>;
  let running: Running[];
  /** The one that all gateways call. */
  let emulator: Control["emulator"] | undefined;
  beforeEach(async ({ skip }) => {
    skip(engine === "postgres" && postgresPrograms === undefined);
    running = [];
    emulator = undefined;
    folder = await mkdtemp(join(tmpdir(), "adit-rotating-"));
    shared = { ADIT_DATA_DIR: folder };
    if (engine === "postgres") {
      server = await SharedPostgres.open();
      shared = { ...shared, DATABASE_URL: await server.newDatabase("newest") };
    }
  });
  afterEach(async () => {
    for (const gateway of running) await gateway.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(variables: Record<string, string>): Promise<Running> {
    const asked = emulator === undefined ? {} : { AWS_ENDPOINT_URL: emulator.url };
    const gateway = await openControl({ ...shared, ...asked, ...variables });
    running.push(gateway);
    emulator ??= gateway.emulator;
    emulator.addCredential(pair);
    return gateway;
  }
  const stop = async (gateway: Running): Promise<void> => {
    running = running.filter((each) => each !== gateway);
    await gateway.gateway.stop();
  };
  const location = (): StoreLocation =>
    shared["DATABASE_URL"] === undefined ? { file: join(folder, "adit.db") } : { databaseUrl: shared["DATABASE_URL"] };
  const credential = { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey };
  const save = (gateway: Running, slug: string) =>
    gateway.ask("POST", "/v1/virtual-keys", { name: slug, slug, credential, region: "us-east-1" });
  const call = async (gateway: Running, slug: string): Promise<number> => {
    const body = { model: `@${slug}/us.amazon.nova-lite-v1:0`, messages: [{ role: "user", content: "Hi" }] };
    return (await gateway.ask("POST", "/v1/chat/completions", body)).status;
  };
  const keysOf = async (gateway: Running) => {
    const { body } = await gateway.ask<{ master_keys: { id: string; state: string }[] }>("GET", "/v1/vault");
    return body.master_keys.map(({ id, state }) => `${id} ${state}`);
  };

  test("variables: refused with the name of the gateway that lacks the new key, and done once all hold it", async () => {
    const [first, second] = [newKey(), newKey()];
    const both = { ADIT_MASTER_KEY: second, ADIT_MASTER_KEY_OLD: first };
    const behind = await start({ ADIT_MASTER_KEY: first });
    const ready = await start(both);
    await save(behind, "main");
    expect([await call(behind, "main"), await call(ready, "main")]).toEqual([200, 200]);
    const before = await keysOf(behind);

    const refused = await ready.ask<Refused>("POST", "/v1/vault/rotate");
    expect([refused.status, refused.body.error.code]).toEqual([409, "in_use"]);
    expect(refused.body.error.message).toMatch(/^A gateway runs that does not hold the master key mk_[0-9a-f]{16}: /);
    expect(refused.body.error.message).toContain(`(process ${process.pid})`);
    const command = await runHere(["vault", "rotate"], { ...shared, ...both });
    expect(command).toMatchObject({ code: 1, stderr: expect.stringContaining("A gateway runs that does not hold") });
    // Nothing has changed, and nobody was told a key.
    expect(await keysOf(behind)).toEqual(before);
    for (const key of [first, second]) {
      expect(JSON.stringify([refused.body, command, ready.log, behind.log])).not.toContain(key);
    }

    await stop(behind);
    const again = await start(both);
    const rotated = await ready.ask<Rotated>("POST", "/v1/vault/rotate");
    expect(rotated.status, JSON.stringify(rotated.body)).toBe(200);
    expect(await keysOf(again)).toEqual([`${rotated.body.to} current`]);
    await save(again, "after");
    for (const gateway of [ready, again]) {
      expect([await call(gateway, "main"), await call(gateway, "after")]).toEqual([200, 200]);
    }
    await behind.emulator.close();
  });

  test("key files: who shares the folder finds the new one in time; who has a copy of the old one is waited for", async () => {
    const one = await start({});
    await save(one, "main");
    const other = await start({});
    expect(await call(other, "main")).toBe(200);
    const once = { "idempotency-key": "rotate-1" };
    const rotated = await one.ask<Rotated>("POST", "/v1/vault/rotate", undefined, once);
    expect(rotated.status, JSON.stringify(rotated.body)).toBe(200);
    const again = await one.ask<Rotated>("POST", "/v1/vault/rotate", undefined, once);
    expect([again.body, again.headers.get("idempotent-replayed")]).toEqual([rotated.body, "true"]);
    const commanded = await runHere(["vault", "rotate"], shared);
    expect(commanded).toMatchObject({ code: 0, stderr: expect.stringContaining("Rotated from") });
    await save(other, "after");
    for (const gateway of [one, other]) {
      expect([await call(gateway, "main"), await call(gateway, "after")]).toEqual([200, 200]);
    }
    if (engine === "sqlite") return;

    // Another machine, with a copy of the key file.
    const copy = join(folder, "copy");
    const third = await start({ ADIT_DATA_DIR: await copyOfKey(folder, copy) });
    const refused = await one.ask<Refused>("POST", "/v1/vault/rotate");
    expect([refused.status, refused.body.error.code]).toEqual([409, "in_use"]);
    expect(await call(third, "after")).toBe(200);
    await copyFile(join(folder, "master-key.new"), join(copy, "master-key.new"));
    expect((await one.ask("POST", "/v1/vault/rotate")).status).toBe(200);
    await save(one, "last");
    expect(await call(third, "last")).toBe(200);
  });

  test("one that was killed counts for half a minute, one of an older version lacks the key, and --force asks nobody", async () => {
    const [first, second] = [newKey(), newKey()];
    const gateway = await start({ ADIT_MASTER_KEY: first });
    await save(gateway, "main");
    await stop(gateway);
    const both = { ...shared, ADIT_MASTER_KEY: second, ADIT_MASTER_KEY_OLD: first };
    const store = await Store.open(location());
    const seen = (id: string, agoMs: number) =>
      store.write(({ db }) =>
        db
          .insertInto("limitHolders")
          .values({ id, seenAt: Date.now() - agoMs, name: null, masterKeys: null })
          .execute(),
      );
    await seen("long-dead", 60_000);
    await seen("of-an-older-version", 10_000);
    const refused = await runHere(["vault", "rotate"], both);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("of-an-older-version (of an older") });
    expect(refused.stderr).not.toContain("long-dead");
    const forced = await runHere(["vault", "rotate", "--force"], both);
    expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining("Rotated from") });
    await store.close();
    await gateway.emulator.close();
  });
});

async function copyOfKey(from: string, to: string): Promise<string> {
  await mkdir(to);
  await copyFile(join(from, "master-key"), join(to, "master-key"));
  await chmod(join(to, "master-key"), 0o600);
  return to;
}
