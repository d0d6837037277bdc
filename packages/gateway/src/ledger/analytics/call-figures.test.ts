/** Sums against the calls themselves, whatever has become of the minutes. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { onBothEngines } from "../../store/testing/engines.ts";
import type { CallFilter } from "../search/call-filter.ts";
import { addCalls, deleteCalls } from "../intake/call-rows.ts";
import { latencyAt, sumsOf } from "./call-figures.ts";
import { hourMs, measuresOf, minuteMs } from "./call-sums.ts";
import { countCalls } from "../search/log-exports.ts";
import { recordWith } from "../testing/records.ts";
import type { Window } from "./window-parts.ts";

const projectId = "prj_1";

onBothEngines((house) => {
  test("minutes and hours tell the same, and so they do of what comes late or comes twice", async () => {
    const store = await house.open();
    const now = Date.now();
    const begin = now - 5 * hourMs;
    const records = Array.from({ length: 300 }, (_, index) =>
      recordWith({
        projectId,
        at: begin + index * minuteMs,
        keyId: `gk_${index % 3}`,
        status: index % 10 === 0 ? 429 : 200,
        isSuccess: index % 10 !== 0,
        metadata: { _user: `user-${index % 7}` },
        cost: {
          totalNano: index % 4 === 0 ? undefined : String(index),
          partsNano: {},
          missing: [],
          isEstimate: false,
          prices: undefined,
        },
      }),
    );
    const written = records.map((record) => ({ record, text: JSON.stringify(record) }));
    await addCalls(store, written);
    const nano = (some: typeof records): bigint =>
      some.reduce((sum, { cost }) => sum + BigInt(cost.totalNano ?? 0), 0n);
    const measures = ["requests", "failures", "cost_nano", "unknown_costs"] as const;
    const check = async (): Promise<void> => {
      for (const window of [
        { from: begin, to: now },
        { from: now - 30 * hourMs, to: now },
      ]) {
        const wanted = { window, by: ["key_id"] as const, measures, isByTime: true };
        const { rows } = await sumsOf(store, { filter: { projectId }, ...wanted });
        for (const key of ["gk_0", "gk_1", "gk_2"]) {
          const own = rows.filter(({ dimensions }) => dimensions.key_id === key);
          const expected = records.filter(({ keyId }) => keyId === key);
          const total = (name: (typeof measures)[number]): bigint =>
            own.reduce((sum, row) => sum + (row.measures[name] ?? 0n), 0n);
          expect(total("requests")).toBe(BigInt(expected.length));
          expect(total("failures")).toBe(BigInt(expected.filter(({ isSuccess }) => !isSuccess).length));
          expect(total("cost_nano")).toBe(nano(expected));
          expect(total("unknown_costs")).toBe(
            BigInt(expected.filter(({ cost }) => cost.totalNano === undefined).length),
          );
        }
      }
    };
    await check();
    await addCalls(store, written.slice(0, 50));
    await check();
    const late = recordWith({ projectId, at: begin, keyId: "gk_0", cost: { ...records[1]!.cost } });
    records.push(late);
    await addCalls(store, [{ record: late, text: JSON.stringify(late) }]);
    await check();
    const users = { by: [], measures: ["requests"] as const, isByTime: false, pairName: "_user" };
    const { rows } = await sumsOf(store, { filter: { projectId }, window: { from: begin, to: now }, ...users });
    expect(rows.reduce((sum, row) => sum + (row.measures.requests ?? 0n), 0n)).toBe(300n);
    expect(rows).toHaveLength(7);
  });
});

onBothEngines((house) => {
  test("windows tell exactly what lies within them, and windows that meet add up", async () => {
    const store = await house.open();
    const now = Date.now();
    const begin = now - 60 * hourMs;
    let seed = 7;
    const random = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
    const records = Array.from({ length: 400 }, (_, index) =>
      recordWith({
        projectId,
        at: begin + random(60 * hourMs),
        status: index % 5 === 0 ? 500 : 200,
        isSuccess: index % 5 !== 0,
        ...(index % 2 === 0 && { metadata: { _user: `user-${index % 3}` } }),
      }),
    );
    const written = records.map((record) => ({ record, text: JSON.stringify(record) }));
    await addCalls(store, written);

    type Wanted = { filter?: Partial<CallFilter>; pairName?: string };
    const counted = async (window: Window, { filter, pairName }: Wanted = {}): Promise<bigint> => {
      const wanted = { by: [], measures: ["requests"] as const, isByTime: true };
      const query = {
        filter: { projectId, ...filter },
        window,
        ...wanted,
        ...(pairName !== undefined && { pairName }),
      };
      const { rows, isPartial } = await sumsOf(store, query);
      expect(isPartial).toBe(false);
      return rows.reduce((sum, row) => sum + (row.measures.requests ?? 0n), 0n);
    };
    const within = ({ from, to }: Window): typeof records => records.filter(({ at }) => at >= from && at < to);
    const ways: [Wanted, (some: typeof records) => typeof records][] = [
      [{}, (some) => some],
      [{ pairName: "_user" }, (some) => some.filter(({ metadata }) => metadata !== undefined)],
      [{ filter: { totalTokens: { min: 0, max: undefined } } }, (some) => some],
      [{ filter: { statuses: ["error"] } }, (some) => some.filter(({ isSuccess }) => !isSuccess)],
      [{ filter: { models: ["us.amazon.nova-lite-v1:0"] } }, (some) => some],
      // As in the lists of logs: calls without a config are not meant.
      [{ filter: { configs: [] } }, () => []],
    ];
    for (let round = 0; round < 12; round += 1) {
      const from = begin + random(58 * hourMs);
      // Some within a minute, some within an hour, some of days.
      const length = 1 + random([minuteMs, hourMs, 5 * hourMs, 40 * hourMs][round % 4] ?? hourMs);
      const window = { from, to: Math.min(from + length, now) };
      const middle = from + random(window.to - from);
      for (const [wanted, meant] of ways) {
        const whole = await counted(window, wanted);
        expect(whole).toBe(BigInt(meant(within(window)).length));
        const parts = [
          await counted({ from, to: middle }, wanted),
          await counted({ from: middle, to: window.to }, wanted),
        ];
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole);
      }
    }
    expect(await counted({ from: now + hourMs, to: now + 30 * hourMs })).toBe(0n);

    // Calls that are deleted stay in the sums: windows that meet still add up.
    const all = { from: begin - (begin % hourMs), to: now };
    const deleted = records.slice(0, 150).map(({ id }) => id);
    await store.write((writing) => deleteCalls(writing, deleted));
    expect(await counted(all)).toBe(BigInt(records.length));
    for (let round = 0; round < 6; round += 1) {
      const middle = begin + random(60 * hourMs);
      expect((await counted({ ...all, to: middle })) + (await counted({ ...all, from: middle }))).toBe(
        await counted(all),
      );
    }
  });
});

onBothEngines((house) => {
  test("calls that come while a window is read, and began behind its end, are not in it", async () => {
    const store = await house.open();
    const now = Date.now();
    const add = async (at: number, count: number): Promise<void> => {
      const records = Array.from({ length: count }, () =>
        recordWith({ projectId, at, metadata: { _user: `at ${at}` } }),
      );
      await addCalls(
        store,
        records.map((record) => ({ record, text: JSON.stringify(record) })),
      );
    };
    const hour = now - (now % hourMs);
    // The clock stands in the middle of an hour: what has begun a moment ago ends while analytics are read.
    const clock = { ...store.clock, now: () => hour + hourMs / 2 };
    const to = clock.now() - 10 * minuteMs - 30_000;
    await add(to - 5_000, 40);
    await add(to - 20 * hourMs, 10);
    await add(to + 5_000, 3);
    const busy = {
      engine: store.engine,
      clock,
      read: async <Result>(query: Parameters<typeof store.read<Result>>[0]): Promise<Result> => {
        const result = await store.read(query);
        await add(to + 1_000, 1);
        await add(to + 2 * minuteMs, 1);
        return result;
      },
      snapshot: store.snapshot.bind(store),
    };
    const measures = ["requests"] as const;
    const requests = async (window: Window, pairName?: string): Promise<[bigint, number]> => {
      const wanted = { by: [], measures, isByTime: false, ...(pairName !== undefined && { pairName }) };
      const { rows } = await sumsOf(busy, { filter: { projectId }, window, ...wanted });
      return [rows.reduce((sum, row) => sum + (row.measures.requests ?? 0n), 0n), rows.length];
    };
    expect(await requests({ from: to - 24 * hourMs, to })).toEqual([50n, 1]);
    expect(await requests({ from: to - hourMs, to })).toEqual([40n, 1]);
    expect(await requests({ from: to - 24 * hourMs, to }, "_user")).toEqual([50n, 2]);
  });
});

onBothEngines((house) => {
  test("nothing is read on for who has left, and what was read until then is no answer", async () => {
    const store = await house.open();
    const { clock, engine } = store;
    const to = clock.now() - 10 * minuteMs;
    const records = Array.from({ length: 1_200 }, (_, index) => recordWith({ projectId, at: to - index * 100 - 1 }));
    await addCalls(
      store,
      records.map((record) => ({ record, text: JSON.stringify(record) })),
    );
    const reason = new Error("The caller left.");
    const leaving = (most: number) => {
      const controller = new AbortController();
      let reads = 0;
      const read = <Result>(query: Parameters<typeof store.read<Result>>[0]): Promise<Result> => {
        reads += 1;
        if (reads === most) controller.abort(reason);
        return store.read(query);
      };
      return {
        engine,
        clock,
        snapshot: store.snapshot.bind(store),
        read,
        signal: controller.signal,
        reads: () => reads,
      };
    };
    const wanted = { by: [], measures: ["requests"] as const, isByTime: false };
    const window = { from: to - 300 * 24 * hourMs, to };
    // By the sums of many hours, and call by call.
    for (const filter of [{ projectId }, { projectId, costNano: { min: 0n, max: undefined } }]) {
      const caller = leaving(3);
      await expect(sumsOf(caller, { filter, window, ...wanted, signal: caller.signal })).rejects.toBe(reason);
      expect(caller.reads()).toBeLessThan(8);
    }
    const caller = leaving(2);
    const place = { passedOver: 0, most: 50_000, signal: caller.signal };
    await expect(countCalls(caller, { projectId }, place)).rejects.toBe(reason);
    expect(caller.reads()).toBeLessThan(5);
  });
});

test("those who read sums at once have a turn each, and others have theirs in between", async () => {
  const reads: number[] = [0];
  const store: Parameters<typeof sumsOf>[0] = {
    engine: "sqlite",
    clock: { now: () => 10_000 * hourMs, sleep: async () => {} },
    read: async () => {
      reads.push((reads.pop() ?? 0) + 1);
      return { rows: [] } as never;
    },
    snapshot: () => Promise.reject(new Error("The window is over long ago.")),
  };
  const window = { from: 1_000 * hourMs, to: 3_000 * hourMs };
  const wanted = { filter: { projectId }, window, by: [], measures: ["cost_nano"] as const, isByTime: true };
  let isOver = false;
  const all = Promise.all(Array.from({ length: 15 }, () => sumsOf(store, wanted))).then(() => (isOver = true));
  while (!isOver) {
    await nextTurn();
    reads.push(0);
  }
  await all;
  // At first each asks how far back minutes go.
  expect(Math.max(...reads.slice(2))).toBeLessThanOrEqual(2);
  expect(reads.reduce((sum, count) => sum + count)).toBeGreaterThan(15 * 200);
});

test("a share's time is near the true one", () => {
  const measures: Record<string, bigint> = {};
  for (let total = 1; total <= 1_000; total += 1) {
    const record = recordWith();
    const timings = { ...record.timings, firstByte: undefined, firstToken: undefined, total };
    for (const [name, count] of Object.entries(measuresOf({ ...record, timings }))) {
      measures[name] = (measures[name] ?? 0n) + (count ?? 0n);
    }
  }
  for (const share of [0.5, 0.9, 0.99]) {
    expect(Math.abs((latencyAt(share, measures) ?? 0) - share * 1_000)).toBeLessThan(60);
  }
});
