import { chown, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keepFirst } from "../data-file.ts";
import { backUp, restore } from "./backup.ts";
import { migrations } from "./migrations/list.ts";
import { Store } from "./store.ts";
import { onEngine } from "./testing/engines.ts";
import { addProject, slugsIn } from "./testing/projects.ts";

onEngine("sqlite", (house) => {
  describe("a backup", () => {
    test("taken while gateways write is whole, and can be restored", async () => {
      const location = (await house.newLocation()) as { file: string };
      const store = await house.open(location);
      const names = Array.from({ length: 40 }, (_, number) => `p${String(number).padStart(2, "0")}`);
      const writing = (async () => {
        for (const name of names) await store.write(addProject(name));
      })();
      await store.write(addProject("p-before"));
      const target = join(house.folder(), "backup's.db");
      await backUp(location.file, target);
      await writing;
      expect((await stat(target)).mode & 0o777).toBe(0o600);

      const restored = join(house.folder(), "restored.db");
      await restore(target, restored);
      const slugs = await slugsIn(await house.open({ file: restored }));
      // What had been acknowledged is in it, and of what came after only what came in order.
      expect(slugs).toEqual(expect.arrayContaining(["default", "p-before"]));
      const numbered = slugs.filter((slug) => /^p\d/.test(slug));
      expect(numbered).toEqual(names.slice(0, numbered.length));
      expect(await slugsIn(store)).toEqual(expect.arrayContaining(names));
    });

    test("overwrites nothing", async () => {
      const location = (await house.newLocation()) as { file: string };
      await house.open(location);
      const target = join(house.folder(), "precious");
      await writeFile(target, "precious");
      await expect(backUp(location.file, target)).rejects.toMatchObject({ code: "already_exists" });
      await expect(restore(location.file, target)).rejects.toMatchObject({ code: "already_exists" });
      expect(await readFile(target, "utf8")).toBe("precious");
    });

    test.runIf(process.getuid?.() === 0)(
      "restored by root belongs to the folder's owner, as whom gateways run",
      async () => {
        const folder = join(house.folder(), "of-the-gateway");
        await mkdir(folder);
        await chown(folder, 65_534, 65_534);
        const [made, copy, restored, key] = ["made.db", "copy.db", "restored.db", "key"].map((name) =>
          join(folder, name),
        );
        await house.open({ file: made ?? "" });
        await backUp(made ?? "", copy ?? "");
        await restore(copy ?? "", restored ?? "");
        await keepFirst(key ?? "", "a key");
        const owners = await Promise.all([made, restored, key, copy].map(async (file = "") => (await stat(file)).uid));
        // A backup is for whoever makes it.
        expect(owners).toEqual([65_534, 65_534, 65_534, 0]);
      },
    );

    test("that was broken off leaves nothing under the name, and is told of by the next", async () => {
      const location = (await house.newLocation()) as { file: string };
      await house.open(location);
      const target = join(house.folder(), "broken.db");
      await writeFile(`${target}.part`, "a part of it");
      for (const copy of [backUp, restore]) {
        await expect(copy(location.file, target)).rejects.toMatchObject({
          code: "already_exists",
          message: expect.stringContaining("broken.db.part"),
        });
        await expect(stat(target)).rejects.toThrow("ENOENT");
      }
      await rm(`${target}.part`);
      await restore(location.file, target);
      await expect(stat(`${target}.part`)).rejects.toThrow("ENOENT");
    });

    test("takes the place of nothing, though it came to be there but now: not of a link that leads nowhere yet either", async () => {
      const location = (await house.newLocation()) as { file: string };
      await house.open(location);
      const target = join(house.folder(), "linked.db");
      await symlink(join(house.folder(), "volume", "adit.db"), target);
      for (const copy of [backUp, restore]) {
        await expect(copy(location.file, target)).rejects.toMatchObject({ code: "already_exists" });
      }
      expect((await lstat(target)).isSymbolicLink()).toBe(true);
      await expect(stat(`${target}.part`)).rejects.toThrow("ENOENT");
    });

    test("into a folder that is not there says to make it", async () => {
      const location = (await house.newLocation()) as { file: string };
      await house.open(location);
      const missing = join(house.folder(), "missing");
      await expect(backUp(location.file, join(missing, "backup.db"))).rejects.toMatchObject({
        code: "invalid_request",
        message: expect.stringContaining("ENOENT"),
        remedy: `Make the folder ${missing} first, or name a file in one that is there.`,
      });
    });

    test("of what is no store, or is damaged, or of a later version, is refused with the reason", async () => {
      const target = join(house.folder(), "none.db");
      await expect(backUp(join(house.folder(), "nowhere.db"), target)).rejects.toThrow("There is no file");
      const text = join(house.folder(), "text.db");
      await writeFile(text, "No database at all. ".repeat(100));
      await expect(restore(text, target)).rejects.toThrow("is no store of Adit's");

      const location = (await house.newLocation()) as { file: string };
      const later = { name: "of tomorrow", sql: "create table tomorrow (id text primary key)" };
      await (await Store.open(location, { migrations: [...migrations, later] })).close();
      await expect(restore(location.file, target)).rejects.toMatchObject({ code: "newer_schema" });
      await expect(stat(target)).rejects.toThrow("ENOENT");
    });
  });
});
