import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reach } from "./reach.ts";

const gone = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
let answers = true;
let checks = 0;
let reach: Reach;
const ask = (): Promise<void> => reach.asked(() => (answers ? Promise.resolve() : Promise.reject(gone)));

beforeEach(() => {
  vi.useFakeTimers();
  checks = 0;
  answers = true;
  reach = new Reach(() => {
    checks += 1;
    return ask();
  });
});
afterEach(() => {
  reach.close();
  vi.useRealTimers();
});

test("a database that does not answer is away until it does, and is asked once a second", async () => {
  await ask();
  expect(reach.isAway).toBe(false);
  answers = false;
  await expect(ask()).rejects.toBe(gone);
  await expect(ask()).rejects.toBe(gone);
  expect(reach.isAway).toBe(true);
  await vi.advanceTimersByTimeAsync(3_000);
  expect([checks, reach.isAway]).toEqual([3, true]);
  answers = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([checks, reach.isAway]).toEqual([4, false]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(checks).toBe(4);
});

test("what was asked before a sign of life, and fails after it, tells nothing", async () => {
  let fail = (): void => {};
  const late = reach.asked(() => new Promise((_, reject) => (fail = () => reject(gone))));
  reach.onSign();
  fail();
  await expect(late).rejects.toBe(gone);
  expect(reach.isAway).toBe(false);
});

test("a fault of the question alone is no sign of its being away", async () => {
  const fault = new Error("out of form");
  await expect(reach.asked(() => Promise.reject(fault))).rejects.toBe(fault);
  expect(reach.isAway).toBe(false);
});

test("nothing is asked of a store that was closed", async () => {
  answers = false;
  await expect(ask()).rejects.toBe(gone);
  reach.close();
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(ask()).rejects.toBe(gone);
  expect([checks, vi.getTimerCount()]).toEqual([0, 0]);
});
