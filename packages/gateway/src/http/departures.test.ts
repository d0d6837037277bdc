import { describe, expect, it } from "vitest";
import { Departures } from "./departures.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("answers of one turn", () => {
  it("leave together at its end, in their order, after what is to be done before", async () => {
    const seen: string[] = [];
    const departures = new Departures(() => seen.push("records"));
    const add = (name: string): void => departures.add({ leave: () => seen.push(name) });
    add("first");
    add("second");
    await Promise.resolve();
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual(["records", "first", "second"]);
    add("third");
    await turn();
    expect(seen.slice(3)).toEqual(["records", "third"]);
  });

  it("leave before its end where they are many, each once", async () => {
    const seen: number[] = [];
    let written = 0;
    const departures = new Departures(() => (written += 1));
    const all = Array.from({ length: 100 }, (_, index) => index);
    for (const index of all) departures.add({ leave: () => seen.push(index) });
    expect(seen.length).toBeGreaterThan(50);
    await turn();
    expect(seen).toEqual(all);
    expect(written).toBeLessThan(10);
  });

  it("may bring others with them, which leave in the next turn", async () => {
    const seen: string[] = [];
    const departures = new Departures();
    departures.add({ leave: () => departures.add({ leave: () => seen.push("brought") }) });
    await turn();
    await turn();
    expect(seen).toEqual(["brought"]);
  });
});
