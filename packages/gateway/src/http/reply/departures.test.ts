import { describe, expect, it } from "vitest";
import { Departures, type Departing } from "./departures.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const quiet: Departing = { settle: () => {}, leave: () => {}, breakOff: (fault) => expect.unreachable(String(fault)) };

describe("answers of one turn", () => {
  it("leave together at its end, in their order, after all are settled and written down", async () => {
    const seen: string[] = [];
    const departures = new Departures(() => seen.push("records"));
    const add = (name: string): void =>
      departures.add({ ...quiet, settle: () => seen.push(`record of ${name}`), leave: () => seen.push(name) });
    add("first");
    add("second");
    await Promise.resolve();
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual(["record of first", "record of second", "records", "first", "second"]);
    add("third");
    await turn();
    expect(seen.slice(5)).toEqual(["record of third", "records", "third"]);
  });

  it("leave before its end where they are many, each once", async () => {
    const seen: number[] = [];
    let written = 0;
    const departures = new Departures(() => (written += 1));
    const all = Array.from({ length: 100 }, (_, index) => index);
    for (const index of all) departures.add({ ...quiet, leave: () => seen.push(index) });
    expect(seen.length).toBeGreaterThan(50);
    await turn();
    expect(seen).toEqual(all);
    expect(written).toBeLessThan(10);
  });

  it("leave at once with one that is heavy, in their order", () => {
    const seen: string[] = [];
    const departures = new Departures(() => seen.push("records"));
    departures.add({ ...quiet, leave: () => seen.push("light") });
    departures.add({ ...quiet, leave: () => seen.push("heavy") }, true);
    expect(seen).toEqual(["records", "light", "heavy"]);
  });

  it("do not go down with one that cannot be written", async () => {
    const seen: unknown[] = [];
    const departures = new Departures();
    const broken = (): never => {
      throw new RangeError("no such status");
    };
    departures.add({ ...quiet, leave: broken, breakOff: (fault) => seen.push(fault) });
    departures.add({ ...quiet, leave: () => seen.push("whole") });
    await turn();
    expect(seen).toEqual([new RangeError("no such status"), "whole"]);
  });

  it("may bring others with them, which leave in the next turn", async () => {
    const seen: string[] = [];
    const departures = new Departures();
    const brought = { ...quiet, leave: () => seen.push("brought") };
    departures.add({ ...quiet, leave: () => departures.add(brought) });
    await turn();
    await turn();
    expect(seen).toEqual(["brought"]);
  });
});
