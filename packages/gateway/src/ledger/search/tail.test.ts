/** The live tail: what it shows of calls as they end. */
import { createQueryId } from "kysely";
import { expect, test } from "vitest";
import { onBothEngines, onEngine } from "../../store/testing/engines.ts";
import type { Database } from "../../store/store.ts";
import { HandClock } from "../../store/testing/hand-clock.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { addFeedback } from "../feedback/feedback.ts";
import { addCalls } from "../intake/call-rows.ts";
import { Followers, tailCalls, type TailOptions } from "./tail.ts";
import { recordWith } from "../testing/records.ts";

onBothEngines((house) => {
  test("keeps to the window, and finds a text as it was written", async () => {
    const store = await house.open();
    const now = Date.now();
    const seen = async (
      options: Omit<TailOptions, "signals" | "filter" | "followers">,
      window: object,
    ): Promise<string[]> => {
      const over = new AbortController();
      const filter = { projectId: recordWith().projectId, ...window };
      const ids: string[] = [];
      const calls = tailCalls(store, { ...options, filter, followers: new Followers(), signals: [over.signal] });
      await calls.next();
      const records = [recordWith({ at: now - 60_000 }), recordWith({ at: now, client: 'the "other"' })];
      await addCalls(
        store,
        records.map((record) => ({ record, text: JSON.stringify(record) })),
      );
      const { value } = await calls.next();
      for (const { id } of value?.records ?? []) ids.push(String(records.findIndex((record) => record.id === id)));
      over.abort();
      await calls.return(undefined);
      return ids.toSorted();
    };
    expect(await seen({}, {})).toEqual(["0", "1"]);
    expect(await seen({}, { from: now - 1_000 })).toEqual(["1"]);
    expect(await seen({}, { to: now - 1_000 })).toEqual(["0"]);
    expect(await seen({ text: 'The "OTHER"' }, {})).toEqual(["1"]);
  });

  test("goes on behind the last call that was shown, and tells of a gap where it cannot", async () => {
    const store = await house.open();
    const filter = { projectId: defaultProjectId };
    const add = async (secondsAgo: number): Promise<string> => {
      const record = recordWith({ projectId: defaultProjectId });
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
      const addedAt = Date.now() - secondsAgo * 1_000;
      await store.write(({ db }) => db.updateTable("calls").set({ addedAt }).where("id", "=", record.id).execute());
      return record.id;
    };
    const firstAfter = async (after: string) => {
      const over = new AbortController();
      const calls = tailCalls(store, { filter, after, followers: new Followers(), signals: [over.signal] });
      const shown = await calls.next();
      over.abort();
      await calls.return(undefined);
      const { records, hasGap } = shown.done === true ? { records: [], hasGap: undefined } : shown.value;
      return { ids: records.map(({ id }) => id), hasGap };
    };
    const [longAgo, before, last, late, latest] = [
      await add(90),
      await add(40),
      await add(30),
      await add(20),
      await add(10),
    ];
    expect(await firstAfter(last)).toEqual({ ids: [late, latest], hasGap: false });
    expect(await firstAfter(before)).toEqual({ ids: [last, late, latest], hasGap: false });
    expect(await firstAfter(latest)).toEqual({ ids: [], hasGap: false });
    for (const lost of [longAgo, "req_unknown"]) expect(await firstAfter(lost)).toEqual({ ids: [], hasGap: true });
  });

  test("does not read through all calls for the last one that was shown", async () => {
    const store = await house.open();
    const filter = { projectId: defaultProjectId };
    const records = Array.from({ length: 3 }, () => recordWith());
    await addCalls(
      store,
      records.map((record) => ({ record, text: JSON.stringify(record) })),
    );
    const asked: string[] = [];
    const heard = {
      engine: store.engine,
      clock: store.clock,
      read: <Result>(query: (db: Database) => Promise<Result>) =>
        store.read((db) =>
          query(
            db.withPlugin({
              transformQuery: ({ node }) => {
                asked.push(db.getExecutor().compileQuery(node, createQueryId()).sql);
                return node;
              },
              transformResult: ({ result }) => Promise.resolve(result),
            }),
          ),
        ),
    };
    const after = records[1]?.id ?? "";
    const calls = tailCalls(heard, { filter, after, followers: new Followers(), signals: [] });
    await calls.next();
    await calls.return(undefined);
    const byId = asked.filter((text) => /["\s]id" = /.test(text));
    expect(byId).toHaveLength(1);
    expect(byId[0]).toMatch(/call_?seq" >= /i);
  });

  test("keeps to what was said of the calls' traces", async () => {
    const store = await house.open();
    const over = new AbortController();
    const said = { weight: 1, metadata: {} };
    const feedback = [
      { ...said, traceId: "good", value: 5 },
      { ...said, traceId: "bad", value: -5 },
    ];
    await addFeedback(store, defaultProjectId, feedback, () => Promise.resolve());
    const filter = { projectId: defaultProjectId, weightedFeedback: { min: 0, max: undefined } };
    const calls = tailCalls(store, { filter, followers: new Followers(), signals: [over.signal] });
    await calls.next();
    const records = ["good", "bad", "untold"].map((traceId) => recordWith({ projectId: defaultProjectId, traceId }));
    await addCalls(
      store,
      records.map((record) => ({ record, text: JSON.stringify(record) })),
    );
    const shown = await calls.next();
    over.abort();
    await calls.return(undefined);
    const found = shown.done === true ? [] : shown.value.records;
    expect(found.map(({ traceId }) => traceId)).toEqual(["good"]);
  });

  test("what came while the database let it wait is shown then", async () => {
    const clock = new HandClock(Date.now());
    const store = await house.open(undefined, { clock });
    const over = new AbortController();
    const filter = { projectId: recordWith().projectId };
    const calls = tailCalls(store, { filter, followers: new Followers(), signals: [over.signal] });
    await calls.next();
    const record = recordWith({ at: clock.time });
    await addCalls(store, [{ record, text: JSON.stringify(record) }]);
    clock.time += 60_000;
    const shown = await calls.next();
    over.abort();
    await calls.return(undefined);
    const value = shown.done === true ? undefined : shown.value;
    expect(value?.records.map(({ id }) => id)).toEqual([record.id]);
  });

  test("what comes after a clock that was ahead is right again is shown at once", async () => {
    const clock = new HandClock(Date.now() + 3_600_000);
    const store = await house.open(undefined, { clock });
    const over = new AbortController();
    const filter = { projectId: recordWith().projectId };
    const calls = tailCalls(store, { filter, followers: new Followers(), signals: [over.signal] });
    await calls.next();
    clock.time -= 3_600_000;
    const records = [recordWith({ at: clock.time }), recordWith({ at: clock.time })];
    const shown = [];
    for (const record of records) {
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
      clock.time += 100;
      const next = await calls.next();
      shown.push(next.done === true ? [] : next.value.records.map(({ id }) => id));
    }
    over.abort();
    await calls.return(undefined);
    expect(shown).toEqual(records.map(({ id }) => [id]));
  });
});

// With PostgreSQL nobody but the server moves the clock.
onEngine("sqlite", (house) => {
  test("a gap is told, too, where what was passed over was written down before what was seen", async () => {
    const clock = new HandClock(Date.now());
    const store = await house.open(undefined, { clock });
    const over = new AbortController();
    const add = (count: number): Promise<unknown> => {
      const added = Array.from({ length: count }, () => recordWith({ at: clock.time }));
      return addCalls(
        store,
        added.map((record) => ({ record, text: JSON.stringify(record) })),
      );
    };
    const calls = tailCalls(store, {
      filter: { projectId: recordWith().projectId },
      followers: new Followers(),
      signals: [over.signal],
    });
    await calls.next();
    clock.time += 1_000;
    await add(1);
    const shown = [await calls.next()];
    // After the clock was set back.
    clock.time -= 500;
    await add(200);
    clock.time += 500;
    shown.push(await calls.next());
    over.abort();
    await calls.return(undefined);
    const seen = shown.map(({ value }) => [value?.records.length, value?.hasGap]);
    expect(seen).toEqual([
      [1, false],
      [199, true],
    ]);
  });

  test("of a crowd each looks less often, and whoever leaves is counted no more", async () => {
    const store = await house.open();
    const followers = new Followers();
    expect(followers.pauseMs).toBe(500);
    for (let others = 0; others < 400; others += 1) followers.join();
    const over = new AbortController();
    let reads = 0;
    const read: typeof store.read = (run) => {
      reads += 1;
      return store.read(run);
    };
    const filter = { projectId: recordWith().projectId };
    const calls = tailCalls(
      { read, clock: store.clock, engine: store.engine },
      { filter, followers, signals: [over.signal] },
    );
    await calls.next();
    expect(followers.pauseMs).toBe(401 * 5);
    const readsOfOneLook = reads;
    const next = calls.next();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(reads).toBe(readsOfOneLook);
    // Does not wait for its turn.
    over.abort();
    expect((await next).done).toBe(true);
    expect(reads).toBe(readsOfOneLook);
    expect(followers.pauseMs).toBe(400 * 5);
    for (let others = 0; others < 10_000; others += 1) followers.join();
    expect(followers.pauseMs).toBe(10_000);
  });
});

onEngine("postgres", (house) => {
  test("calls of a gateway whose clock is minutes behind are shown by one whose clock is ahead, and the other way round", async () => {
    const location = await house.newLocation();
    const ahead = await house.open(location, { clock: new HandClock(Date.now() + 420_000) });
    const behind = await house.open(location, { clock: new HandClock(Date.now() - 420_000) });
    for (const [follower, other] of [
      [ahead, behind],
      [behind, ahead],
    ] as const) {
      const over = new AbortController();
      const calls = tailCalls(follower, {
        filter: { projectId: recordWith().projectId },
        followers: new Followers(),
        signals: [over.signal],
      });
      await calls.next();
      const record = recordWith({ at: other.clock.now() });
      await addCalls(other, [{ record, text: JSON.stringify(record) }]);
      const shown = await calls.next();
      over.abort();
      await calls.return(undefined);
      expect(shown.done === true ? [] : shown.value.records.map(({ id }) => id)).toContain(record.id);
    }
  });
});
