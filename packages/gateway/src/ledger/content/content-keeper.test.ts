/** Contents on their way into the database: many at once, none for another's fault, and no longer than a stop may wait. */
import { expect, test } from "vitest";
import { Projects } from "../../access/projects.ts";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { Incoming } from "../../http/routes/route.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import type { Store } from "../../store/store.ts";
import { within, type StoreAccess } from "../../store/within.ts";
import { recordWith } from "../testing/records.ts";
import { ContentKeeper } from "./content-keeper.ts";
import { usualLogSettings, writeLogSettings } from "./log-settings.ts";

const nothing = (): void => {};

onBothEngines((house) => {
  /** A keeper of all content, whose store does this before each change. */
  async function keeperOn(store: Store, before: () => Promise<void>, faults: unknown[] = []) {
    await writeLogSettings(store, defaultProjectId, { ...usualLogSettings, content: "all" });
    const onFault = (error: unknown): void => void faults.push(error);
    const keeper = new ContentKeeper({ now: Date.now, random: Math.random, onFault, closingMs: 50 });
    const watched: StoreAccess = {
      engine: store.engine,
      clock: store.clock,
      deafSince: undefined,
      isAway: false,
      read: store.read.bind(store),
      snapshot: store.snapshot.bind(store),
      onChange: store.onChange.bind(store),
      write: async (change) => {
        await before();
        return store.write((writing) => within(store, writing).write(change));
      },
    };
    keeper.attach(watched);
    await keeper.settings.follow(store, nothing);
    return keeper;
  }

  function end(keeper: ContentKeeper, count: number, asked = "Good morning"): string[] {
    return Array.from({ length: count }, () => {
      const record = recordWith();
      const incoming = { headers: new CallerHeaders({}), receivedAt: record.at } as Incoming;
      keeper.keepGiven(incoming, record, { asked, answered: undefined, pairs: [["_user", "ada"]] });
      return record.id;
    }).toSorted();
  }

  const keptIds = async (store: Store): Promise<string[]> =>
    (await store.read((db) => db.selectFrom("callContents").select("callId").orderBy("callId").execute())).map(
      ({ callId }) => callId,
    );

  test("many small ones are one change of the database; large ones go by themselves", async () => {
    const store = await house.open();
    let changes = 0;
    const keeper = await keeperOn(store, () => Promise.resolve(void (changes += 1)));
    const ids = end(keeper, 500);
    await keeper.drain();
    expect(await keptIds(store)).toEqual(ids);
    expect(changes).toBe(8);
    end(keeper, 4, "x".repeat(900_000));
    await keeper.drain();
    expect([changes, keeper.lost]).toEqual([12, 0]);
  });

  test("is kept as its own project wants in that moment, whatever others want", async () => {
    const store = await house.open();
    const keeper = await keeperOn(store, () => Promise.resolve());
    const { id: other } = await new Projects(store).create({ name: "Other" }, { kind: "admin_key" });
    await writeLogSettings(store, other, { ...usualLogSettings, content: "all" });
    const [first = ""] = end(keeper, 1);
    await keeper.drain();
    // As another gateway may have it in mind, which has not heard of the change yet.
    await store.write(({ db }) =>
      db.updateTable("logSettings").set({ content: "none" }).where("projectId", "=", defaultProjectId).execute(),
    );
    end(keeper, 1);
    await keeper.drain();
    const kept = await store.read((db) => db.selectFrom("callContents").select(["callId", "projectId"]).execute());
    expect(kept).toEqual([{ callId: first, projectId: defaultProjectId }]);
  });

  test("one that cannot be written takes no other along", async () => {
    const store = await house.open();
    const faults: unknown[] = [];
    // A transaction that is too long, and the third of those that are tried apart.
    const failing = new Set([1, 4]);
    let changes = 0;
    const refuse = async (): Promise<void> => {
      changes += 1;
      if (failing.has(changes)) throw new Error("refused");
      return Promise.resolve();
    };
    const keeper = await keeperOn(store, refuse, faults);
    const ids = end(keeper, 5);
    await keeper.drain();
    expect((await keptIds(store)).length).toBe(ids.length - 1);
    expect([keeper.lost, faults.map(String)]).toEqual([1, ["Error: refused"]]);
  });

  test("a stop waits for some of them alone, and says how many are lost", async () => {
    const store = await house.open();
    const faults: unknown[] = [];
    let go = nothing;
    const held = new Promise<void>((resolve) => (go = resolve));
    const keeper = await keeperOn(store, () => held, faults);
    end(keeper, 200);
    const closed = keeper.close();
    await until(() => faults.length > 0);
    go();
    await closed;
    expect(await keptIds(store)).toHaveLength(64);
    expect(keeper.lost).toBe(136);
    expect(faults.map(String)).toEqual([expect.stringContaining("The contents of 136 calls are lost")]);
  });
});
