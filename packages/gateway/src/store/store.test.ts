import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Change } from "./changes/change.ts";
import { checkPostgresVersion } from "./migrate.ts";
import { migrations } from "./migrations/list.ts";
import { defaultProjectId } from "./migrations/people-and-projects.ts";
import { newId } from "./new-id.ts";
import { SqliteChanges } from "./changes/sqlite-changes.ts";
import { isTaken } from "./store-faults.ts";
import { Store } from "./store.ts";
import { onBothEngines, onEngine } from "./testing/engines.ts";
import { addProject, slugsIn } from "./testing/projects.ts";
import { until } from "./testing/until.ts";

onBothEngines((house) => {
  describe("queries", () => {
    test("what was written is read back, by this store and by others", async () => {
      const location = await house.newLocation();
      const [one, two] = [await house.open(location), await house.open(location)];
      expect(one.engine).toBe(house.engine);
      await one.write(addProject("alpha"));
      expect(await slugsIn(one)).toEqual(["alpha", "default"]);
      expect(await slugsIn(two)).toEqual(["alpha", "default"]);
    });

    test("money keeps every digit; times and counts are numbers", async () => {
      const store = await house.open();
      const cost = 9_223_372_036_854_775_807n;
      await store.write(async ({ db }) => {
        const common = { projectId: defaultProjectId, scope: "project", scopeId: defaultProjectId } as const;
        await db
          .insertInto("budgets")
          .values({
            ...common,
            id: "bud_1",
            name: "b",
            period: "daily",
            unknownPrice: "block",
            costLimitNano: cost,
            createdAt: 1_764_106_000_123,
            updatedAt: 0,
          })
          .execute();
      });
      const row = await store.read((db) => db.selectFrom("budgets").selectAll().executeTakeFirstOrThrow());
      expect(row.costLimitNano).toBe(cost);
      expect(row.createdAt).toBe(1_764_106_000_123);
      const { count } = await store.read((db) =>
        db
          .selectFrom("budgets")
          .select(({ fn }) => fn.countAll().as("count"))
          .executeTakeFirstOrThrow(),
      );
      expect(count).toBe(1);
    });

    test("a value of another type, a second object of one slug, an object of nothing are refused", async () => {
      const store = await house.open();
      const insert = (values: Record<string, unknown>): Promise<unknown> =>
        store.write(({ db }) =>
          db
            .insertInto("projects")
            .values({ id: "prj_1", slug: "s", name: "n", createdAt: 0, updatedAt: 0, ...values } as never)
            .execute(),
        );
      await expect(insert({ createdAt: "yesterday" })).rejects.toThrow(/integer|bigint/i);
      await expect(insert({ name: null })).rejects.toThrow(/null/i);
      const taken = await insert({ slug: "default" }).catch((error: unknown) => error);
      expect(isTaken(taken)).toBe(true);
      const member = store.write(({ db }) =>
        db
          .insertInto("projectMembers")
          .values({ projectId: "prj_none", personId: "psn_none", role: "viewer", createdAt: 0 })
          .execute(),
      );
      const orphan = await member.catch((error: unknown) => error);
      expect(orphan).toBeInstanceOf(Error);
      expect(isTaken(orphan)).toBe(false);
      expect(await slugsIn(store)).toEqual(["default"]);
    });

    test("a change that fails half-way leaves nothing", async () => {
      const store = await house.open();
      const failing = store.write(async (writing) => {
        await addProject("half")(writing);
        throw new Error("Enough.");
      });
      await expect(failing).rejects.toThrow("Enough.");
      expect(await slugsIn(store)).toEqual(["default"]);
    });

    test("many writers at once lose nothing", async () => {
      const location = await house.newLocation();
      const stores = await Promise.all([1, 2, 3].map(() => house.open(location)));
      const names = Array.from({ length: 60 }, (_, number) => `p${String(number).padStart(2, "0")}`);
      await Promise.all(names.map((name, number) => stores[number % 3]!.write(addProject(name))));
      expect(await slugsIn(stores[0]!)).toEqual(["default", ...names].toSorted());
    });
  });

  describe("the schema", () => {
    test.each(migrations.slice(1).map((_, index) => index + 1))(
      "is brought to its newest from version %i, with its rows",
      async (version) => {
        const location = await house.newLocation();
        const old = await house.open(location, { migrations: migrations.slice(0, version) });
        await old.write(({ db }) =>
          db
            .insertInto("people")
            .values({ id: "psn_1", email: "a@example.com", name: "A", role: "admin", createdAt: 1, updatedAt: 1 })
            .execute(),
        );
        const store = await house.open(location);
        expect(await store.read((db) => db.selectFrom("people").select("email").execute())).toEqual([
          { email: "a@example.com" },
        ]);
        expect(await store.read((db) => db.selectFrom("rateLimits").selectAll().execute())).toEqual([]);
        const steps = await store.read((db) =>
          sql<{ name: string }>`select name from schema_steps order by version`.execute(db),
        );
        expect(steps.rows.map((row) => row.name)).toEqual(migrations.map((migration) => migration.name));
      },
    );

    test("is made once by gateways that start at once", async () => {
      const location = await house.newLocation();
      const stores = await Promise.all(Array.from({ length: 5 }, () => house.open(location)));
      const steps = await stores[4]!.read((db) => sql`select version from schema_steps`.execute(db));
      expect(steps.rows).toHaveLength(migrations.length);
      expect(await slugsIn(stores[0]!)).toEqual(["default"]);
    });

    test("that is newer than the program is refused, and untouched", async () => {
      const location = await house.newLocation();
      const later = { name: "of tomorrow", sql: "create table tomorrow (id text primary key)" };
      await house.open(location, { migrations: [...migrations, later] });
      await expect(house.open(location)).rejects.toMatchObject({
        code: "newer_schema",
        message: `The database's schema has version ${migrations.length + 1}; this version of Adit knows it up to ${migrations.length}.`,
      });
      const again = await house.open(location, { migrations: [...migrations, later] });
      expect(await slugsIn(again)).toEqual(["default"]);
    });

    test("is looked at without a change to it", async () => {
      const location = await house.newLocation();
      const nothing = await Store.look(location);
      expect(nothing).toEqual(
        "file" in location ? { state: "missing" } : { state: "found", steps: 0, of: migrations.length },
      );
      expect(await Store.look(location)).toEqual(nothing);
      await (await house.open(location, { migrations: migrations.slice(0, 3) })).close();
      const older = { state: "found", steps: 3, of: migrations.length };
      expect(await Store.look(location)).toEqual(older);
      expect(await Store.look(location)).toEqual(older);
      const later = { name: "of tomorrow", sql: "create table tomorrow (id text primary key)" };
      await house.open(location, { migrations: [...migrations, later] });
      await expect(Store.look(location)).rejects.toMatchObject({ code: "newer_schema" });
    });

    test("stays as it was where a step fails", async () => {
      const location = await house.newLocation();
      const faulty = { name: "faulty", sql: "create table half (id text primary key); insert into nowhere values (1)" };
      await expect(house.open(location, { migrations: [...migrations, faulty] })).rejects.toThrow("nowhere");
      const store = await house.open(location);
      const { rows } = await store.read((db) =>
        sql`select ${house.engine === "sqlite" ? sql`name from sqlite_master where name` : sql`relname from pg_class where relname`} = 'half'`.execute(
          db,
        ),
      );
      expect(rows).toEqual([]);
    });
  });

  describe("changes", () => {
    test("reach three stores on one database, by kind, after they are kept", async () => {
      const location = await house.newLocation();
      const stores = await Promise.all([1, 2, 3].map(() => house.open(location)));
      const heard: string[][] = [[], [], []];
      const others: string[] = [];
      for (const [index, store] of stores.entries()) {
        store.onChange("project", (id) => void heard[index]!.push(id ?? "all"));
        store.onChange("config", (id) => void others.push(id ?? "all"));
      }
      const id = await stores[0]!.write(addProject("alpha"));
      expect(heard[0]).toContain(id);
      await until(() => heard.every((list) => list.includes(id)));
      expect(others).toEqual([]);
    });

    test("that are undone are not told", async () => {
      const location = await house.newLocation();
      const [one, two] = [await house.open(location), await house.open(location)];
      const heard: (string | undefined)[] = [];
      for (const store of [one, two]) store.onChange("project", (id) => void heard.push(id));
      await one
        .write(async (writing) => {
          await addProject("undone")(writing);
          throw new Error("No.");
        })
        .catch(() => {});
      const kept = await one.write(addProject("kept"));
      await until(() => heard.length >= 2);
      expect(new Set(heard)).toEqual(new Set([kept]));
    });

    test("of one write may be many", async () => {
      const location = await house.newLocation();
      const [one, two] = [await house.open(location), await house.open(location)];
      const heard = new Set<string | undefined>();
      two.onChange("project", (id) => heard.add(id));
      const ids = Array.from({ length: 900 }, (_, number) => newId("prj", number));
      await one.write(({ changed }) => {
        for (const id of ids) changed("project", id);
        return Promise.resolve();
      });
      await until(() => heard.size >= 900);
      expect(heard).toEqual(new Set(ids));
    });

    test("are not heard after the listener has gone", async () => {
      const store = await house.open();
      const heard: unknown[] = [];
      store.onChange("project", (id) => void heard.push(id))();
      await store.write(addProject("alpha"));
      expect(heard).toEqual([]);
    });
  });

  test("a store answers that it is there, and that it is closed", async () => {
    const store = await Store.open(await house.newLocation());
    await store.check();
    await store.close();
    await expect(store.check()).rejects.toMatchObject({ code: "store_unavailable", status: 503 });
  });
});

test.each([90_624, 130_022, 140_012])(
  "a PostgreSQL server of version number %i is too old, and is told so",
  (version) => {
    expect(() => checkPostgresVersion(version)).toThrow(/needs 15 or later/);
  },
);

test.each([150_000, 170_004])("one of %i is not", (version) => {
  expect(() => checkPostgresVersion(version)).not.toThrow();
});

onEngine("sqlite", (house) => {
  test("more changes than are kept, while those before are being read, are not missed", async () => {
    const location = await house.newLocation();
    const [store, other] = [await house.open(location), await house.open(location)];
    const announce = (ids: readonly string[]): Promise<void> =>
      other.write(({ changed }) => {
        for (const id of ids) changed("gateway_key", id);
        return Promise.resolve();
      });
    const many = Array.from({ length: 1_001 }, (_, number) => `gk_${number}`);
    let comesBetween = false;
    const reader = await store.read((db) =>
      Promise.resolve(
        db.withPlugin({
          transformQuery: ({ node }) => node,
          transformResult: async ({ result }) => {
            if (comesBetween && result.rows.some((row) => "seq" in row || "oldest" in row)) {
              comesBetween = false;
              await announce(many);
            }
            return result;
          },
        }),
      ),
    );
    const heard = new Set<string | undefined>();
    const listener = (change: Change | undefined): void => void heard.add(change?.id);
    const feed = await SqliteChanges.start({ reader, listener, pollMs: 5, now: Date.now });
    comesBetween = true;
    await announce(["gk_first"]);
    await until(() => heard.has(undefined) || heard.has("gk_1000"));
    expect(heard.has(undefined) || ["gk_first", ...many].every((id) => heard.has(id))).toBe(true);
    await feed.close();
  });
});
