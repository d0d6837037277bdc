import { expect, test } from "vitest";
import { LimitTime } from "./limit-time.ts";

test("the database's clock is followed where it jumps, and not where its answer was long on its way", async () => {
  let passed = 0;
  let database = 1_000_000;
  const pass = (ms: number): void => {
    passed += ms;
    database += ms;
  };
  let way = { there: 1, back: 1 };
  const time = await LimitTime.start({
    steady: () => passed,
    ask: () => {
      pass(way.there);
      const told = database;
      pass(way.back);
      return Promise.resolve(told);
    },
  });
  expect(time.now()).toBe(database);
  // As where all connections are in use: it waits before it is asked.
  way = { there: 8_000, back: 0 };
  await time.adjust();
  expect(time.now()).toBe(database);
  way = { there: 0, back: 8_000 };
  await time.adjust();
  expect(time.now()).toBe(database);
  way = { there: 1, back: 1 };
  database -= 5_000;
  await time.adjust();
  expect(time.now()).toBe(database);
});
