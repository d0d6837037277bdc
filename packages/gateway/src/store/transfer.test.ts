import { describe, expect, test } from "vitest";
import { defaultProjectId } from "./migrations/people-and-projects.ts";
import type { Store } from "./store.ts";
import { onBothEngines } from "./testing/engines.ts";
import { addProject, slugsIn } from "./testing/projects.ts";
import { until } from "./testing/until.ts";
import { exportLines, importLines, staysBehind, travellingTables } from "./transfer.ts";
import { sql } from "kysely";

async function linesOf(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(store)) lines.push(line);
  return lines;
}

const dated = { createdAt: 5, updatedAt: 6 };

async function fill(store: Store): Promise<void> {
  await store.write(addProject("alpha"));
  await store.write(async ({ db }) => {
    await db
      .insertInto("people")
      .values({
        ...dated,
        id: "psn_1",
        email: "a@example.com",
        name: 'Zoë "Z"',
        role: "admin",
        passwordHash: "CANARYhash",
        lockedUntil: 9,
      })
      .execute();
    await db
      .insertInto("projectMembers")
      .values({ projectId: defaultProjectId, personId: "psn_1", role: "viewer", createdAt: 1 })
      .execute();
    const key = { ...dated, projectId: defaultProjectId, kind: "server_chain", name: "n", credential: "{}" } as const;
    // The first points to the second, which comes after it.
    await db
      .insertInto("virtualKeys")
      .values([
        { ...key, id: "vk_1", slug: "one", sourceId: "vk_2" },
        { ...key, id: "vk_2", slug: "two" },
      ])
      .execute();
    const collection = { ...dated, projectId: defaultProjectId, name: "c" };
    await db
      .insertInto("promptCollections")
      .values([
        { ...collection, id: "col_2", slug: "outer" },
        { ...collection, id: "col_1", slug: "inner", parentId: "col_2" },
        { ...collection, id: "col_3", slug: "innermost", parentId: "col_1" },
      ])
      .execute();
    await db
      .insertInto("virtualKeyTests")
      .values({ virtualKeyId: "vk_1", testedAt: 5, region: null, stages: "[]" })
      .execute();
    await db
      .insertInto("budgets")
      .values({
        ...dated,
        id: "bud_1",
        projectId: defaultProjectId,
        name: "b",
        scope: "project",
        scopeId: "x",
        period: "total",
        unknownPrice: "allow",
        costLimitNano: 9_007_199_254_740_993n,
      })
      .execute();
    await db
      .insertInto("sessions")
      .values({ tokenHash: "CANARYtoken", personId: "psn_1", createdAt: 0, expiresAt: 0, seenAt: 0 })
      .execute();
    await db
      .insertInto("gatewayKeys")
      .values({ ...dated, id: "gk_1", projectId: defaultProjectId, name: "k", scopes: "[]" })
      .execute();
    await db
      .insertInto("gatewayKeyHashes")
      .values({ keyHash: "CANARYkey", keyId: "gk_1", prefix: "adit_sk_ab", createdAt: 0 })
      .execute();
    const entries = Array.from({ length: 503 }, (_, number) => ({
      id: `aud_${String(number).padStart(5, "0")}`,
      at: number,
      actorKind: "admin",
      action: "made",
      objectKind: "project",
      objectId: "x",
    }));
    await db.insertInto("auditLog").values(entries).execute();
  });
}

const windowOf = (settledAmount: bigint, recallRound: number) => ({
  limitId: "bud_1",
  bucket: "",
  windowStart: 0,
  settledAmount,
  overAmount: 0n,
  unpricedCalls: 0,
  recallRound,
  recalledAt: 0,
  keepUntil: null,
});

const spoilt: readonly (readonly [what: string, spoil: (lines: string[]) => string[], words: string])[] = [
  ["nothing", () => [], "Line 1 of the export: the export is empty."],
  ["another file", () => ["hello"], "Line 1 of the export: it is no JSON object."],
  [
    "another version",
    () => ['{"aditExport":1,"schemaVersion":99}'],
    "Line 1 of the export: the export has schema version 99",
  ],
  ["what was cut off between two lines", (lines) => lines.slice(0, 3), "Line 3 of the export is not its last"],
  [
    "what lacks nothing but its last line, as exports once did",
    (lines) => lines.slice(0, -1),
    "the export was cut off behind it, or was made before exports had such a line",
  ],
  [
    "a table that stays behind",
    (lines) => [...lines, '{"table":"sealedRecords","row":{}}'],
    'there is no table "sealedRecords"',
  ],
  ["a table of no kind", (lines) => [...lines, '{"table":"__proto__","row":{}}'], 'there is no table "__proto__"'],
  [
    "a password",
    (lines) => [...lines, '{"table":"people","row":{"id":"psn_9","passwordHash":"x"}}'],
    "row.passwordHash does not travel",
  ],
  ["a row without its key", (lines) => [...lines, '{"table":"projects","row":{"slug":"x"}}'], "row.id is missing"],
  [
    "a column that is not there",
    (lines) => [...lines, '{"table":"projects","row":{"id":"prj_9","slug\\"); drop table projects; --":1}}'],
    "the database refused the row",
  ],
  [
    "another type",
    (lines) => [...lines, '{"table":"projects","row":{"id":{}}}'],
    "row.id must be a string, a number or null",
  ],
  [
    "a slug twice",
    (lines) => [
      ...lines,
      '{"table":"projects","row":{"id":"prj_9","slug":"alpha","name":"x","createdAt":1,"updatedAt":1}}',
    ],
    "the database refused the row",
  ],
];

onBothEngines((house) => {
  test("what limits have counted since the export was made stays counted", async () => {
    const store = await house.open();
    await fill(store);
    await store.write(({ db }) => db.insertInto("limitWindows").values(windowOf(100n, 7)).execute());
    const lines = await linesOf(store);
    const counted = async (of: Store) => {
      const { settledAmount, recallRound } = await of.read((db) =>
        db.selectFrom("limitWindows").selectAll().executeTakeFirstOrThrow(),
      );
      return [settledAmount, recallRound];
    };
    await store.write(({ db }) =>
      db.updateTable("limitWindows").set({ settledAmount: 150n, recallRound: 9 }).execute(),
    );
    await importLines(store, lines);
    expect(await counted(store)).toEqual([150n, 9]);
    // What another store has counted less of is brought to what the export says.
    await store.write(({ db }) => db.updateTable("limitWindows").set({ settledAmount: 50n, recallRound: 3 }).execute());
    await importLines(store, lines);
    expect(await counted(store)).toEqual([100n, 7]);
  });

  test("every row comes back in another store, and no secret travels", async () => {
    const store = await house.open();
    await fill(store);
    const lines = await linesOf(store);
    expect(lines.join("\n")).not.toContain("CANARY");
    expect(lines.filter((line) => line.includes('"auditLog"'))).toHaveLength(503);

    const other = await house.open();
    const rows = lines.length - 2;
    expect(await importLines(other, lines)).toBe(rows);
    const again = await linesOf(other);
    expect([...again.slice(1, -2), again.at(-1)]).toEqual(lines.slice(1));
    expect(JSON.parse(again.at(-2) ?? "")).toMatchObject({
      table: "auditLog",
      row: { actorKind: "command", action: "store.import", objectKind: "store", projectId: null },
    });
    expect(again.at(-2)).toContain(`\\"rows\\":${rows}`);
    const budget = await other.read((db) => db.selectFrom("budgets").selectAll().executeTakeFirstOrThrow());
    expect(budget.costLimitNano).toBe(9_007_199_254_740_993n);
    // Read in twice, it is the same; what is not in it stays.
    await other.write(addProject("beta"));
    await importLines(other, lines);
    expect(await slugsIn(other)).toEqual(["alpha", "beta", "default"]);
    // What did not travel stays as it was, too.
    await importLines(store, lines);
    const person = await store.read((db) => db.selectFrom("people").selectAll().executeTakeFirstOrThrow());
    expect(person).toMatchObject({ passwordHash: "CANARYhash", lockedUntil: 9 });
    // But for tests of credentials, which may be others by now.
    expect(await store.read((db) => db.selectFrom("virtualKeyTests").selectAll().execute())).toEqual([]);
  });

  test("caches hear of what was read in", async () => {
    const store = await house.open();
    await store.write(addProject("alpha"));
    const usual = { content: "none", samplePercent: 10, contentDays: 30, drainStreams: 0, updatedAt: 1 } as const;
    await store.write(({ db }) =>
      db
        .insertInto("logSettings")
        .values({ projectId: defaultProjectId, recordDays: null, mostContentBytes: null, ...usual })
        .execute(),
    );
    const lines = await linesOf(store);
    const other = await house.open();
    const heard: unknown[] = [];
    other.onChange("project", (id) => void heard.push(id));
    // What is kept of calls is held in memory too: an import that says "none" must count at once.
    other.onChange("log_settings", (id) => void heard.push(`log settings of ${id ?? ""}`));
    await importLines(other, lines);
    expect(heard).toEqual(expect.arrayContaining([defaultProjectId, `log settings of ${defaultProjectId}`]));
  });

  test("others hear of more than a statement can hold", async () => {
    const location = await house.newLocation();
    const [store, other] = [await house.open(location), await house.open(location)];
    const heard = new Set<string | undefined>();
    other.onChange("gateway_key", (id) => void heard.add(id));
    const ids = Array.from({ length: 10_000 }, (_, number) => `gk_${number}`);
    await store.write(async ({ changed }) => {
      for (const id of ids) changed("gateway_key", id);
    });
    await until(() => heard.has(undefined) || heard.size === ids.length);
    expect(heard.has(undefined) || heard.has("gk_0")).toBe(true);
  });

  test("an older export makes no second default of a project, and sends no secret to an address that it is not for", async () => {
    const store = await house.open();
    const config = { ...dated, projectId: defaultProjectId, name: "c", disabled: 0, currentVersion: 1 } as const;
    const key = { ...dated, projectId: defaultProjectId, kind: "openai_compatible", name: "n" } as const;
    const sealed = {
      kind: "virtual_key",
      masterKeyId: "mk_1",
      wrappedKey: Buffer.of(1),
      sealed: Buffer.of(2),
      updatedAt: 1,
    } as const;
    const at = (baseUrl: string): string => JSON.stringify({ baseUrl });
    await store.write(async ({ db }) => {
      await db
        .insertInto("configs")
        .values([
          { ...config, id: "cfg_1", slug: "pc-1", isDefault: 1 },
          { ...config, id: "cfg_2", slug: "pc-2", isDefault: 0 },
        ])
        .execute();
      await db
        .insertInto("virtualKeys")
        .values([
          { ...key, id: "vk_1", slug: "moved", credential: at("https://old.example.com") },
          { ...key, id: "vk_2", slug: "stays", credential: at("https://same.example.com") },
        ])
        .execute();
    });
    const lines = await linesOf(store);
    await store.write(async ({ db }) => {
      await db.insertInto("masterKeys").values({ id: "mk_1", state: "current", createdAt: 1 }).execute();
      await db
        .insertInto("sealedRecords")
        .values(["vk_1", "vk_2"].map((recordId) => ({ ...sealed, recordId })))
        .execute();
      await db
        .updateTable("virtualKeys")
        .set({ credential: at("https://new.example.com") })
        .where("id", "=", "vk_1")
        .execute();
      await db.updateTable("configs").set({ isDefault: 0 }).where("id", "=", "cfg_1").execute();
      await db.updateTable("configs").set({ isDefault: 1 }).where("id", "=", "cfg_2").execute();
    });
    await importLines(store, lines);
    const left = await store.read(async (db) => [
      await db.selectFrom("configs").select("id").where("isDefault", "=", 1).execute(),
      await db.selectFrom("sealedRecords").select("recordId").execute(),
    ]);
    expect(left).toEqual([[{ id: "cfg_1" }], [{ recordId: "vk_2" }]]);
  });

  test("collections that an edited export has led in a circle travel once each", async () => {
    const store = await house.open();
    const row = { projectId: defaultProjectId, name: "c", createdAt: 1, updatedAt: 1 };
    await store.write(async ({ db }) => {
      await db
        .insertInto("promptCollections")
        .values([
          { ...row, id: "col_1", slug: "outer" },
          { ...row, id: "col_2", slug: "inner", parentId: "col_1" },
        ])
        .execute();
      await db.updateTable("promptCollections").set({ parentId: "col_2" }).where("id", "=", "col_1").execute();
    });
    const lines = await linesOf(store);
    expect(lines.filter((line) => line.includes("promptCollections"))).toHaveLength(2);
  });

  test("what is out of form is refused with its line, and nothing is read in", async () => {
    const store = await house.open();
    await store.write(addProject("alpha"));
    const lines = await linesOf(store);
    const other = await house.open();
    for (const [what, spoil, words] of spoilt) {
      const faulty = spoil(lines);
      const refusal = await importLines(other, faulty).catch((error: unknown) => error);
      expect(refusal, what).toMatchObject({ code: "invalid_request", message: expect.stringContaining(words) });
      expect((refusal as Error).message, what).toMatch(`Line ${Math.max(faulty.length, 1)} of`);
      expect(await slugsIn(other), what).toEqual(["default"]);
    }
  });

  test("every table travels, or is said to stay behind", async () => {
    const store = await house.open();
    const { rows } = await store.read((db) =>
      (house.engine === "sqlite"
        ? sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
        : sql<{ name: string }>`select tablename as name from pg_catalog.pg_tables where schemaname = 'public'`
      ).execute(db),
    );
    const camel = rows.map(({ name }) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
    const known = [...travellingTables, ...Object.keys(staysBehind), "schemaSteps"];
    expect(camel.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe("staying behind", () => {
  test("has a reason for each table", () => {
    expect(Object.keys(staysBehind).filter((name) => (travellingTables as string[]).includes(name))).toEqual([]);
  });
});
