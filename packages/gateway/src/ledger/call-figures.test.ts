/** Sums against the calls themselves, whatever has become of the minutes. */
import { expect, test } from "vitest";
import { onBothEngines } from "../store/testing/engines.ts";
import { addCalls } from "./call-rows.ts";
import { latencyAt, sumsOf } from "./call-figures.ts";
import { hourMs, measuresOf, minuteMs } from "./call-sums.ts";
import { recordWith } from "./testing/records.ts";

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
