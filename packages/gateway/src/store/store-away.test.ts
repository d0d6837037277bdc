/** Faults of the database (pains D): what goes on, what is refused, and that all comes back by itself. */
import { spawnSync } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import type { AditError } from "@adit/bedrock";
import { expect, test } from "vitest";
import { migrations } from "./migrations/list.ts";
import { openPool, postgresDefaults } from "./engines/postgres-pool.ts";
import { StoreCache } from "./changes/store-cache.ts";
import { openSqliteFile } from "./engines/sqlite-file.ts";
import { Store } from "./store.ts";
import { onEngine, onPostgresAlone } from "./testing/engines.ts";
import { lineTo } from "./testing/line.ts";
import { addProject, slugsIn } from "./testing/projects.ts";
import { until } from "./testing/until.ts";

const away = { code: "store_unavailable", status: 503, retryable: true };

function slugCache(store: Store): StoreCache<{ id: string }> {
  return new StoreCache<{ id: string }>({
    store,
    kind: "project",
    idOf: (project) => project.id,
    load: (slug) =>
      store.read((db) => db.selectFrom("projects").select("id").where("slug", "=", slug).executeTakeFirst()),
  });
}

test("a connection that is ended as soon as it is made fails its query, and nothing else", async () => {
  const message = (type: string, body: string): Buffer => {
    const head = Buffer.from(`${type}0000`);
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const welcome = Buffer.concat([message("R", "\0\0\0\0"), message("Z", "I")]);
  const farewell = message("E", "SFATAL\0C57P01\0Mterminating connection\0\0");
  const server = createServer((socket) => socket.once("data", () => socket.end(Buffer.concat([welcome, farewell]))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const pool = openPool(`postgres://u@127.0.0.1:${(server.address() as AddressInfo).port}/d`, postgresDefaults);
  const client = await pool.connect();
  await expect(client.query("select 1", [])).rejects.toThrow(/connection|terminated|socket/i);
  client.release();
  await pool.end();
  await new Promise((resolve) => server.close(resolve));
});

onPostgresAlone((house) => {
  test("that stops and starts again: what is held serves on, the rest is refused, and it recovers by itself", async () => {
    const location = await house.newLocation();
    const [store, other] = [await house.open(location), await house.open(location)];
    await store.write(addProject("before"));
    const cache = slugCache(store);
    const held = await cache.get("before");
    expect(held).toBeDefined();

    const cutShort = store.write(async (writing) => {
      await addProject("half")(writing);
      await house.server().kill();
      await addProject("other-half")(writing);
    });
    await expect(cutShort).rejects.toMatchObject(away);
    await until(() => store.deafSince !== undefined);
    expect(await cache.get("before")).toBe(held);
    await expect(cache.get("default")).rejects.toMatchObject(away);
    await expect(store.write(addProject("lost"))).rejects.toMatchObject(away);
    await expect(store.check()).rejects.toMatchObject(away);
    const told = await store.check().catch((error: unknown) => error as AditError);
    expect((told as AditError).describe()).not.toMatch(/127\.0\.0\.1|ECONN|postgres:/);

    await house.server().run();
    await until(() => store.deafSince === undefined && other.deafSince === undefined);
    // Gone again before anything was asked: what may have changed meanwhile serves on.
    await house.server().kill();
    expect(await cache.get("before")).toBe(held);
    await house.server().run();
    await until(async () => !store.isAway && store.deafSince === undefined && other.deafSince === undefined);
    await store.write(addProject("after"));
    expect(await slugsIn(store)).toEqual(["after", "before", "default"]);
    // What may have been missed meanwhile is asked anew.
    expect(await cache.get("before")).not.toBe(held);
    const heard: unknown[] = [];
    other.onChange("project", (id) => void heard.push(id));
    await store.write(addProject("later"));
    await until(() => heard.length > 0);
  });

  test("that has fewer connections left than a gateway would open: whoever finds none waits for one of the gateway's own", async () => {
    const { databaseUrl } = (await house.newLocation()) as { databaseUrl: string };
    await house.server().ask("create role shared_by_many login connection limit 3");
    const url = new URL(databaseUrl);
    url.username = "shared_by_many";
    const pool = openPool(url.href, { ...postgresDefaults, connectMs: 2_000 });
    const slept = async (): Promise<void> => {
      const client = await pool.connect();
      await client.query("select pg_sleep(0.01)", []).finally(() => client.release());
    };
    await Promise.all(Array.from({ length: 40 }, slept));

    const held = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    await expect(pool.connect()).rejects.toThrow(/too many connections/);
    const waiting = [slept(), slept()];
    // Its query goes on at the server for a while, which counts it as long.
    held[0].query("select pg_sleep(0.3)", []).catch(() => {});
    held[0].release(true);
    await Promise.all(waiting);
    for (const client of held.slice(1)) client.release();

    // Where others have them all there is nothing to wait for.
    const other = openPool(url.href, postgresDefaults);
    const askedAt = Date.now();
    const asked = Array.from({ length: 8 }, () => other.connect());
    for (const { status } of await Promise.allSettled(asked)) expect(status).toBe("rejected");
    expect(Date.now() - askedAt).toBeLessThan(postgresDefaults.connectMs);
    await Promise.all([pool.end(), other.end()]);
  });

  test("a line that falls silent: queries end by their limit, and good connections come back", async () => {
    const location = (await house.newLocation()) as { databaseUrl: string };
    // With the schema already: its making may take longer than these queries may.
    await house.open(location);
    const url = new URL(location.databaseUrl);
    const line = await lineTo(Number(url.port));
    url.port = String(line.port);
    const options = { postgres: { queryMs: 1_000, connectMs: 1_000, connections: 2 } };
    const store = await house.open({ databaseUrl: url.href }, options);
    await store.write(addProject("before"));
    const cache = slugCache(store);
    const held = await cache.get("before");

    const cutAt = Date.now();
    line.cut();
    await expect(store.check()).rejects.toMatchObject(away);
    await expect(store.write(addProject("lost"))).rejects.toMatchObject(away);
    await until(() => store.deafSince !== undefined);
    // Since the last word, not since the silence was noticed.
    expect(store.deafSince).toBeLessThanOrEqual(cutAt);
    const other = await house.open(location);
    await other.write(async ({ db, changed }) => {
      await db.deleteFrom("projects").where("slug", "=", "before").execute();
      changed("project", held?.id ?? "");
    });
    // It cannot know, and does not wait for the line.
    expect(cache.held("before")).toBe(held);

    line.mend();
    await until(() => store.deafSince === undefined);
    await Promise.all([1, 2, 3, 4].map(() => store.check()));
    expect(await cache.get("before")).toBeUndefined();
    await store.write(addProject("after"));
    expect(await slugsIn(store)).toEqual(["after", "default"]);
    await store.close();
    await line.close();
  });

  test("a change that was kept without a word of it is heard of all the same", async () => {
    const location = (await house.newLocation()) as { databaseUrl: string };
    await house.open(location);
    const url = new URL(location.databaseUrl);
    const line = await lineTo(Number(url.port));
    url.port = String(line.port);
    const store = await house.open({ databaseUrl: url.href }, { postgres: { queryMs: 1_000 } });
    await store.write(addProject("before"));
    const cache = slugCache(store);
    const held = await cache.get("before");
    line.muteAt("commit\0");
    const removal = store.write(async ({ db, changed }) => {
      await db.deleteFrom("projects").where("slug", "=", "before").execute();
      changed("project", held?.id ?? "");
    });
    await expect(removal).rejects.toMatchObject(away);
    await until(async () => (await cache.get("before")) === undefined);
    expect(await slugsIn(store)).toEqual(["default"]);
    await store.close();
    await line.close();
  });

  test("a way on which nothing is heard of others is refused", async () => {
    const location = (await house.newLocation()) as { databaseUrl: string };
    await house.open(location);
    const url = new URL(location.databaseUrl);
    const line = await lineTo(Number(url.port));
    url.port = String(line.port);
    const options = { postgres: { queryMs: 500 } };
    line.deafen(true);
    await expect(house.open({ databaseUrl: url.href }, options)).rejects.toThrow(/LISTEN/);
    line.deafen(false);
    const store = await house.open({ databaseUrl: url.href }, options);
    expect(store.deafSince).toBeUndefined();
    await store.close();
    await line.close();
  });

  test("a database of another encoding than UTF8 is refused", async () => {
    await house.server().ask("create database latin encoding 'LATIN1' template template0");
    await expect(house.open({ databaseUrl: house.server().urlOf("latin") })).rejects.toThrow(/LATIN1/);
  });

  test("a query that takes too long is ended by the server", async () => {
    const location = await house.newLocation();
    // With the schema already: its making may take longer than these queries may.
    const blocker = await house.open(location);
    const store = await house.open(location, { postgres: { queryMs: 500 } });
    let finish: () => void = () => {};
    const holding = blocker.write(async ({ db }) => {
      await db.updateTable("projects").set({ name: "held" }).execute();
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await until(async () => {
      const rows = await house.server().ask("select 1 from pg_locks where mode = 'RowExclusiveLock' and granted");
      return rows.length > 0;
    });
    const change = store.write(({ db }) => db.updateTable("projects").set({ name: "mine" }).execute());
    await expect(change).rejects.toMatchObject(away);
    finish();
    await holding;
    await store.write(({ db }) => db.updateTable("projects").set({ name: "mine" }).execute());
  });

  test("many changes that are made alone leave connections to read by, and hold up no reader", async () => {
    const store = await house.open(undefined, { postgres: { connections: 2 } });
    const slugs = ["one", "two", "three"];
    await Promise.all(
      slugs.map((slug) =>
        store.writeAlone(async (writing) => {
          await store.check();
          await addProject(slug)(writing);
        }),
      ),
    );
    expect(await slugsIn(store)).toEqual(["default", ...slugs.toSorted()]);
  });

  test("a server that only reads, as after a failover, is away for changes: what is in memory serves on", async () => {
    const store = await house.open();
    await store.write(addProject("before"));
    const name = new URL((store.location as { databaseUrl: string }).databaseUrl).pathname.slice(1);
    await house.server().ask(`alter database ${name} set default_transaction_read_only = on`);
    // What is set for a database counts for new connections.
    await house.server().ask(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await until(async () => (await slugsIn(store).catch(() => [])).length > 0);
    await expect(store.write(addProject("lost"))).rejects.toMatchObject(away);
    await house.server().ask(`alter database ${name} reset default_transaction_read_only`);
    // The connection that could not write was let go of.
    await store.write(addProject("after"));
    expect(await slugsIn(store)).toEqual(["after", "before", "default"]);
  });

  test("a step of the schema takes as long as it takes: no limit of other queries ends it", async () => {
    const slow = { name: "slow", sql: "select pg_sleep(1.5)" };
    const location = await house.newLocation();
    await house.open(location);
    const store = await house.open(location, { migrations: [...migrations, slow], postgres: { queryMs: 1_500 } });
    expect(await slugsIn(store)).toEqual(["default"]);
  });

  test("a server's own default of isolation changes nothing: who waits for a row or a lock sees what was done meanwhile", async () => {
    const location = (await house.newLocation()) as { databaseUrl: string };
    const name = new URL(location.databaseUrl).pathname.slice(1);
    await house.server().ask(`alter database ${name} set default_transaction_isolation = 'repeatable read'`);
    const stores = await Promise.all([house.open(location), house.open(location)]);
    const count = (store: Store) =>
      store.write(async ({ db }) => {
        const { description } = await db.selectFrom("projects").select("description").executeTakeFirstOrThrow();
        const { updatedAt } = await db
          .updateTable("projects")
          .set((set) => ({ updatedAt: set("updatedAt", "+", 1), description }))
          .returning("updatedAt")
          .executeTakeFirstOrThrow();
        return updatedAt;
      });
    const counts = await Promise.all([...stores, ...stores, ...stores].map((store) => count(store)));
    expect(new Set(counts).size).toBe(6);
  });

  test("no connection, whatever it fails over, is a database that is away", async () => {
    const { databaseUrl } = (await house.newLocation()) as { databaseUrl: string };
    const error = await Store.open({ databaseUrl: `${databaseUrl}?sslmode=verify-full` }).catch(
      (reason: unknown) => reason as AditError,
    );
    expect(error).toMatchObject({ code: "store_unavailable", message: expect.stringContaining("SSL") });
  });

  test("an address may name the folder of a socket", async () => {
    const { databaseUrl } = (await house.newLocation()) as { databaseUrl: string };
    const { pathname, port } = new URL(databaseUrl);
    const [{ folder } = {}] = await house
      .server()
      .ask("select setting as folder from pg_settings where name = 'unix_socket_directories'");
    for (const user of ["adit@", "adit:any-word@"]) {
      const store = await house.open({
        databaseUrl: `postgres://${user}${pathname}?host=${String(folder)}&port=${port}`,
      });
      expect(await slugsIn(store)).toEqual(["default"]);
    }
  });

  test("that is not there at the start is said with its reason, and without the password", async () => {
    const opening = Store.open({ databaseUrl: "postgres://adit:CANARYpassword@127.0.0.1:1/adit" });
    const error = await opening.catch((reason: unknown) => reason as AditError);
    expect(error).toMatchObject({ code: "store_unavailable", message: expect.stringContaining("ECONNREFUSED") });
    expect((error as AditError).describe()).toContain("Check DATABASE_URL");
    expect(JSON.stringify([(error as AditError).describe(), String((error as AditError).cause)])).not.toContain(
      "CANARY",
    );
    const missing = Store.open({ databaseUrl: house.server().urlOf("nowhere") });
    await expect(missing).rejects.toMatchObject({ message: expect.stringContaining('"nowhere" does not exist') });
    for (const databaseUrl of ["postgres://adit:CANARYpass@[bad/adit", "mysql://adit:CANARYpass@host/adit"]) {
      const malformed = await Store.open({ databaseUrl }).catch((reason: unknown) => reason as AditError);
      expect(malformed).toMatchObject({ code: "invalid_request", param: "DATABASE_URL" });
      expect((malformed as AditError).cause).toBeUndefined();
      expect((malformed as AditError).describe()).not.toContain("CANARY");
    }
  });
});

onEngine("sqlite", (house) => {
  test("who waits too long for the changes before is sent away, and the others go on", async () => {
    const store = await house.open(undefined, { postgres: { queryMs: 50 } });
    let finish = (): void => {};
    const first = store.writeAlone(async (writing) => {
      await new Promise<void>((resolve) => (finish = resolve));
      await addProject("first")(writing);
    });
    await expect(store.writeAlone(addProject("second"))).rejects.toMatchObject(away);
    finish();
    await first;
    await store.writeAlone(addProject("third"));
    expect(await slugsIn(store)).toEqual(["default", "first", "third"]);
  });

  test("a file that another process writes for too long: readers go on, writers are refused, and it recovers", async () => {
    const location = (await house.newLocation()) as { file: string };
    const store = await house.open(location, { lockWaitMs: 100 });
    const other = await openSqliteFile(location.file, { timeoutMs: 100 });
    other.exec("begin immediate");
    await expect(store.write(addProject("lost"))).rejects.toMatchObject(away);
    expect(await slugsIn(store)).toEqual(["default"]);
    const waiting = (await house.open(location)).write(addProject("patient"));
    other.exec("commit");
    await waiting;
    await store.write(addProject("after"));
    expect(await slugsIn(store)).toEqual(["after", "default", "patient"]);
    other.close();
  });

  test("whoever waits for the lock does not hold up the process", async () => {
    const location = (await house.newLocation()) as { file: string };
    const store = await house.open(location, { lockWaitMs: 300 });
    const other = await openSqliteFile(location.file, { timeoutMs: 100 });
    other.exec("begin immediate");
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    await store.write(addProject("lost")).catch(() => {});
    clearInterval(ticking);
    other.exec("rollback");
    other.close();
    expect(turns).toBeGreaterThan(5);
  });

  test("a folder that is not there, and a file that is no database, are said with what to do", async () => {
    const nowhere = Store.open({ file: join(house.folder(), "nowhere", "adit.db") });
    await expect(nowhere).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("ENOENT"),
    });
    const file = join(house.folder(), "text.db");
    await writeFile(file, "This is no database, but it is longer than the header of one would be. ".repeat(20));
    await expect(Store.open({ file })).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("not a database"),
      remedy: expect.stringContaining("ADIT_DATA_DIR"),
    });
  });

  test("a read writes nothing", async () => {
    const store = await house.open();
    const writing = store.read((db) => db.deleteFrom("projects").execute());
    await expect(writing).rejects.toMatchObject({ cause: { errcode: 8 } });
    expect(await slugsIn(store)).toEqual(["default"]);
  });

  test("its files are the owner's alone", async () => {
    const location = (await house.newLocation()) as { file: string };
    const store = await house.open(location);
    await store.write(addProject("mine"));
    for (const end of ["", "-wal", "-shm"]) expect((await stat(`${location.file}${end}`)).mode & 0o777).toBe(0o600);
  });

  test("a full disk: changes are refused, reading goes on, and what was acknowledged is there", async () => {
    const location = (await house.newLocation()) as { file: string };
    await (await Store.open(location)).close();
    const program = resolve(import.meta.dirname, "../../dist/store/testing/writer.js");
    // A limit on the size of files is to a process what a full disk is: writing fails, and nothing else does. The schema takes 600 KiB of it.
    const command = 'ulimit -f 900 && exec "$0" "$@"';
    const ended = spawnSync("bash", ["-c", command, process.execPath, program, JSON.stringify(location), "a"], {
      encoding: "utf8",
    });
    expect(ended).toMatchObject({ status: 1, stderr: "store_unavailable\n" });
    const acknowledged = ended.stdout.trim().split("\n");
    expect(acknowledged.length).toBeGreaterThan(10);
    const store = await house.open(location);
    const kept = await store.read((db) => db.selectFrom("settings").select("name").execute());
    expect(kept.map((row) => row.name).toSorted()).toEqual(acknowledged.toSorted());
    await store.write(addProject("after"));
  });
});
