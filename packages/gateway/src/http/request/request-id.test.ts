import { expect, it } from "vitest";
import { UuidV7Source } from "./request-id.ts";

it("makes UUIDs of version 7 that sort as they were made, also within a millisecond", () => {
  const source = new UuidV7Source();
  const times = [1_764_000_000_000, 1_764_000_000_001, 1_764_000_000_001, 1_764_000_005_000];
  const ids = times.flatMap((time) => Array.from({ length: 1_000 }, () => source.next(time)));
  for (const [index, id] of ids.entries()) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(times[Math.floor(index / 1_000)]);
  }
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

it("makes different ones in two sources at one time", () => {
  const [one, other] = [new UuidV7Source(), new UuidV7Source()];
  const ids = Array.from({ length: 5_000 }, () => [one.next(7), other.next(7)]).flat();
  expect(new Set(ids).size).toBe(ids.length);
});
