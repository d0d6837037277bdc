import { describe, expect, test } from "vitest";
import { StoreCache, type StoreCacheOptions } from "./store-cache.ts";
import type { Store } from "./store.ts";
import { onBothEngines } from "./testing/engines.ts";
import { HandClock } from "./testing/hand-clock.ts";
import { addProject } from "./testing/projects.ts";
import { until } from "./testing/until.ts";

interface Project {
  id: string;
  name: string;
}

/** A cache of projects by slug that counts how often the store was asked. */
function projectsOf(store: Store, options: Partial<StoreCacheOptions<Project>> = {}) {
  const asked: string[] = [];
  const cache = new StoreCache<Project>({
    store,
    kind: "project",
    idOf: (project) => project.id,
    load: (slug) => {
      asked.push(slug);
      return store.read((db) =>
        db.selectFrom("projects").select(["id", "name"]).where("slug", "=", slug).executeTakeFirst(),
      );
    },
    ...options,
  });
  return { cache, asked };
}

const rename = (store: Store, slug: string, name: string): Promise<void> =>
  store.write(async ({ db, changed }) => {
    const { id } = await db
      .updateTable("projects")
      .set({ name })
      .where("slug", "=", slug)
      .returning("id")
      .executeTakeFirstOrThrow();
    changed("project", id);
  });

onBothEngines((house) => {
  test("the store is asked once for what does not change, also by many at a time", async () => {
    const { cache, asked } = projectsOf(await house.open());
    const found = await Promise.all([1, 2, 3].map(() => cache.get("default")));
    expect(found.map((project) => project?.name)).toEqual(["Default", "Default", "Default"]);
    await cache.get("default");
    expect(asked).toEqual(["default"]);
  });

  test("a change by any of three gateways is seen by all, and only what changed is asked anew", async () => {
    const location = await house.newLocation();
    const stores = await Promise.all([1, 2, 3].map(() => house.open(location)));
    const [first] = stores as [Store];
    await first.write(addProject("other"));
    const caches = stores.map((store) => projectsOf(store));
    // The new project's announcement may still be on its way; the caches settle once it has come.
    const heard = new Set<Store>();
    for (const store of stores) store.onChange("gateway_key", () => heard.add(store));
    await first.write(({ changed }) => Promise.resolve(changed("gateway_key", "gk_1")));
    await until(() => heard.size === 3);
    for (const { cache } of caches) await Promise.all([cache.get("default"), cache.get("other")]);
    for (const { asked } of caches) asked.length = 0;

    await rename(first, "default", "Renamed");
    expect((await caches[0]!.cache.get("default"))?.name).toBe("Renamed");
    for (const { cache } of caches) await until(async () => (await cache.get("default"))?.name === "Renamed");
    for (const { cache, asked } of caches) {
      await cache.get("other");
      expect(asked).not.toContain("other");
    }
  });

  test("what is not there is remembered shortly, and forgotten at the first change", async () => {
    const store = await house.open();
    const { cache, asked } = projectsOf(store);
    expect(await cache.get("late")).toBeUndefined();
    expect(await cache.get("late")).toBeUndefined();
    expect(asked).toEqual(["late"]);
    await store.write(addProject("late"));
    expect((await cache.get("late"))?.name).toBe("late");
  });

  test("what was read while it changed is not kept", async () => {
    const store = await house.open();
    let goOn: () => void = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let reads = 0;
    const { cache } = projectsOf(store, {
      load: async (slug) => {
        reads += 1;
        const mine = reads;
        const row = await store.read((db) =>
          db.selectFrom("projects").select(["id", "name"]).where("slug", "=", slug).executeTakeFirst(),
        );
        if (mine === 1) await held;
        return row;
      },
    });
    const early = cache.get("default");
    await until(() => reads === 1);
    await rename(store, "default", "Renamed");
    expect((await cache.get("default"))?.name).toBe("Renamed");
    goOn();
    await early;
    expect((await cache.get("default"))?.name).toBe("Renamed");
  });

  test("it never holds more than its size, however many strangers ask", async () => {
    const store = await house.open();
    for (let number = 0; number < 8; number += 1) await store.write(addProject(`p${number}`));
    const { cache, asked } = projectsOf(store, { size: 5 });
    for (let number = 0; number < 8; number += 1) await cache.get(`p${number}`);
    expect(cache.size).toBe(5);
    for (let number = 0; number < 1_200; number += 1) await cache.get(`stranger-${number}`);
    expect(cache.size).toBeLessThanOrEqual(1_005);
    asked.length = 0;
    await cache.get("p7");
    expect(asked).toEqual([]);
  });
});

describe("a store that does not hear of changes", () => {
  const clock = new HandClock();
  const store = {
    clock,
    deafSince: undefined as number | undefined,
    onChange: () => () => {},
  };
  const asked: string[] = [];
  const cache = new StoreCache<Project>({
    store: store as unknown as Store,
    kind: "project",
    idOf: (project) => project.id,
    load: (key) => {
      asked.push(key);
      return Promise.resolve({ id: key, name: key });
    },
    deafMs: 60_000,
  });

  test("serves what it holds for a time, then asks", async () => {
    await cache.get("a");
    store.deafSince = clock.now();
    clock.time += 59_999;
    await cache.get("a");
    expect(asked).toEqual(["a"]);
    clock.time += 1;
    await cache.get("a");
    expect(asked).toEqual(["a", "a"]);
  });
});
