/** The step that makes slugs unique in their project: what was there stays, with all that points to it. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { onBothEngines } from "../testing/engines.ts";
import { isTaken } from "../store-faults.ts";
import type { Store } from "../store.ts";
import { migrations } from "./list.ts";
import { slugsOfProjects } from "./slugs-of-projects.ts";

const before = migrations.slice(0, migrations.indexOf(slugsOfProjects));
const kinds = [
  { table: "guardrails", versions: "guardrail_versions", parent: "guardrail_id", text: "guardrail" },
  { table: "configs", versions: "config_versions", parent: "config_id", text: "config" },
  { table: "prompts", versions: "prompt_versions", parent: "prompt_id", text: "content" },
  { table: "prompt_partials", versions: "prompt_partial_versions", parent: "partial_id", text: "template" },
] as const;

const run = (store: Store, text: string) => store.write(({ db }) => sql.raw(text).execute(db));
const rowsOf = async (store: Store, table: string) => {
  const { rows } = await store.read((db) => sql.raw(`select * from ${table} order by 1, 2`).execute(db));
  return rows;
};
const published = (table: string) => (table.startsWith("prompt") ? ["published_version"] : []);

async function fill(store: Store): Promise<void> {
  for (const id of ["prj_a", "prj_b"]) {
    await run(
      store,
      `insert into projects (id, slug, name, created_at, updated_at) values ('${id}', '${id}', 'P', 1, 2)`,
    );
  }
  await run(
    store,
    "insert into prompt_collections (id, project_id, slug, name, created_at, updated_at) values ('col_1', 'prj_a', 'c', 'C', 3, 4)",
  );
  for (const { table, versions, parent, text } of kinds) {
    for (const [number, slug] of [
      [1, "one"],
      [2, "two"],
    ] as const) {
      const columns = ["id", "project_id", "slug", "name", "current_version", "created_at", "updated_at"];
      const names = [...columns, ...published(table)].join(", ");
      const more = published(table).length > 0 ? ", 1" : "";
      await run(
        store,
        `insert into ${table} (${names}) values ('${table}_${number}', 'prj_a', '${slug}', 'Name ${number}', 2, ${number}, 9${more})`,
      );
      for (const version of [1, 2]) {
        await run(
          store,
          `insert into ${versions} (id, ${parent}, version, ${text}, author_id, created_at)
           values ('${versions}_${number}_${version}', '${table}_${number}', ${version}, '{"n":${version}}', 'psn_1', 7)`,
        );
      }
    }
  }
  await run(store, "update prompts set collection_id = 'col_1'");
  await run(store, "update configs set is_default = 1, disabled = 1 where id = 'configs_1'");
  await run(store, "update guardrails set author_id = 'psn_1', disabled = 1 where id = 'guardrails_2'");
  await run(
    store,
    `insert into prompt_version_labels (prompt_id, label_id, version, created_at)
     select 'prompts_1', id, 2, 5 from prompt_labels where name = 'production'`,
  );
}

const tables = [...kinds.flatMap(({ table, versions }) => [table, versions]), "prompt_version_labels"];

onBothEngines((house) => {
  test("rows, versions and labels stay as they were, and still point to each other", async () => {
    const location = await house.newLocation();
    const old = await house.open(location, { migrations: before });
    await fill(old);
    const kept = new Map(await Promise.all(tables.map(async (table) => [table, await rowsOf(old, table)] as const)));
    const store = await house.open(location);
    for (const table of tables) expect(await rowsOf(store, table), table).toEqual(kept.get(table));

    for (const { table, versions, parent } of kinds) {
      const copy = (id: string, project: string) =>
        run(
          store,
          `insert into ${table} (id, project_id, slug, name, current_version, created_at, updated_at${published(table)
            .map((name) => `, ${name}`)
            .join("")})
           values ('${id}', '${project}', 'one', 'N', 1, 1, 1${published(table).length > 0 ? ", 1" : ""})`,
        );
      // The slug is free in another project, and taken in its own.
      await copy(`${table}_b`, "prj_b");
      const again = await copy(`${table}_c`, "prj_a").catch((error: unknown) => error);
      expect(isTaken(again), table).toBe(true);
      const orphan = run(store, `update ${versions} set ${parent} = 'none' where id = '${versions}_1_1'`);
      await expect(orphan, versions).rejects.toThrow(/foreign key/i);
      await run(store, `delete from ${table} where id = '${table}_1'`);
      expect((await rowsOf(store, versions)).length, versions).toBe(2);
    }
    expect(await rowsOf(store, "prompt_version_labels")).toEqual([]);
    await run(store, "delete from projects where id = 'prj_a'");
    for (const { table } of kinds) expect((await rowsOf(store, table)).length, table).toBe(1);
  });
});
