import { AditError } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { StoreCache, type StoreCacheOptions } from "./store-cache.ts";
import type { Store } from "../store.ts";
import { onBothEngines } from "../testing/engines.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { addProject } from "../testing/projects.ts";
import { until } from "../testing/until.ts";

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

describe("what may have changed unheard", () => {
  const day = 86_400_000;

  function setUp() {
    const clock = new HandClock();
    const listeners: ((id: string | undefined) => void)[] = [];
    const store = {
      clock,
      deafSince: undefined as number | undefined,
      isAway: false,
      onChange: (_kind: string, listener: (id: string | undefined) => void) => {
        listeners.push(listener);
        return () => {};
      },
    };
    const kept = new Map<string, Project>();
    const asked: string[] = [];
    const gate: { answers: boolean; wait: Promise<void> | undefined } = { answers: true, wait: undefined };
    const cache = new StoreCache<Project>({
      store,
      kind: "project",
      idOf: (project) => project.id,
      load: async (key) => {
        asked.push(key);
        await gate.wait;
        if (!gate.answers) throw new AditError("store_unavailable", "The gateway's store does not answer.");
        return kept.get(key);
      },
      unsureMs: 60_000,
      absentMs: 0,
    });
    const tell = (id: string | undefined): void => {
      for (const listener of listeners) listener(id);
    };
    /** The feed's own order: the listeners are told while it is known since when. */
    const hearAgain = (): void => {
      tell(undefined);
      store.deafSince = undefined;
    };
    const save = (name: string): void => void kept.set("a", { id: "a", name });
    const nameNow = async (): Promise<string | undefined> => (await cache.get("a"))?.name;
    save("first");
    return { clock, store, kept, asked, gate, cache, tell, hearAgain, save, nameNow };
  }
  const away = { code: "store_unavailable" };

  test("is asked for while nobody hears but the store answers, and what was taken away never serves again", async () => {
    const { clock, store, kept, asked, gate, save, nameNow, cache } = setUp();
    await nameNow();
    store.deafSince = clock.now();
    save("second");
    expect(await nameNow()).toBe("second");
    expect(asked).toEqual(["a", "a"]);
    kept.clear();
    expect(await nameNow()).toBeUndefined();
    gate.answers = false;
    await expect(nameNow()).rejects.toMatchObject(away);
    store.isAway = true;
    await expect(nameNow()).rejects.toMatchObject(away);
    expect(cache.lastKnown("a")).toBeUndefined();
  });

  test("serves unasked while the store is known to be away, until it was sure too long ago", async () => {
    const { clock, store, asked, gate, nameNow } = setUp();
    await nameNow();
    Object.assign(store, { deafSince: clock.now(), isAway: true });
    gate.answers = false;
    clock.time += 59_999;
    expect(await nameNow()).toBe("first");
    expect(asked).toEqual(["a"]);
    clock.time += 1;
    await expect(nameNow()).rejects.toMatchObject(away);
    expect(asked).toEqual(["a", "a"]);
  });

  test("serves where the store goes away again before it was asked; the time counts from when it was sure", async () => {
    const { clock, store, gate, hearAgain, save, nameNow } = setUp();
    await nameNow();
    clock.time += day;
    store.deafSince = clock.now();
    clock.time += 40_000;
    hearAgain();
    gate.answers = false;
    expect(await nameNow()).toBe("first");
    clock.time += 10_000;
    store.deafSince = clock.now();
    hearAgain();
    expect(await nameNow()).toBe("first");
    clock.time += 10_000;
    await expect(nameNow()).rejects.toMatchObject(away);
    gate.answers = true;
    save("second");
    expect(await nameNow()).toBe("second");
    // It is sure again: nothing was missed since.
    gate.answers = false;
    clock.time += day;
    expect(await nameNow()).toBe("second");
  });

  test("is sure until it was read, where that was while nobody heard", async () => {
    const { clock, store, gate, nameNow } = setUp();
    store.deafSince = clock.now();
    clock.time += day;
    expect(await nameNow()).toBe("first");
    gate.answers = false;
    clock.time += 59_999;
    expect(await nameNow()).toBe("first");
    clock.time += 1;
    await expect(nameNow()).rejects.toMatchObject(away);
  });

  test("is not served where word of its change comes while it is asked for", async () => {
    const { gate, hearAgain, nameNow, tell } = setUp();
    await nameNow();
    hearAgain();
    let fail = (): void => {};
    gate.wait = new Promise<void>((resolve) => (fail = resolve));
    gate.answers = false;
    const asking = nameNow();
    tell("a");
    fail();
    await expect(asking).rejects.toMatchObject(away);
    await expect(nameNow()).rejects.toMatchObject(away);
  });

  test("is let go of where the store had something else, though that cannot be kept", async () => {
    const { kept, gate, hearAgain, nameNow, tell } = setUp();
    await nameNow();
    hearAgain();
    kept.clear();
    let answer = (): void => {};
    gate.wait = new Promise<void>((resolve) => (answer = resolve));
    const asking = nameNow();
    tell("another");
    answer();
    expect(await asking).toBeUndefined();
    gate.answers = false;
    await expect(nameNow()).rejects.toMatchObject(away);
  });

  test("any other fault of asking is told", async () => {
    const { store, gate, hearAgain, cache, nameNow } = setUp();
    await nameNow();
    hearAgain();
    gate.wait = Promise.reject(new Error("out of form"));
    await expect(cache.get("a")).rejects.toThrow("out of form");
    expect(store.isAway).toBe(false);
  });
});
