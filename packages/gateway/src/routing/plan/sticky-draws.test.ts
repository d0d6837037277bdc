import { expect, test } from "vitest";
import { StickyDraws } from "./sticky-draws.ts";

test("a draw stays for its time from the first request on, and is another after it", () => {
  let now = 299_000;
  const draws = new StickyDraws(() => now);
  const first = draws.draw("user 1", 300);
  now += 299_999;
  expect(draws.draw("user 1", 300)).toBe(first);
  now += 1;
  expect(draws.draw("user 1", 300)).not.toBe(first);
});

test("several gateways, and one after a restart, draw alike", () => {
  const [one, other] = [new StickyDraws(() => 5_000), new StickyDraws(() => 290_000)];
  expect(one.draw("user 1", 300)).toBe(other.draw("user 1", 300));
});

test("a look keeps nothing", () => {
  let now = 299_000;
  const draws = new StickyDraws(() => now);
  const seen = draws.peek("user 1", 300);
  now += 2_000;
  expect(draws.draw("user 1", 300)).not.toBe(seen);
});

test("draws are spread evenly over 0 to 1", () => {
  const draws = new StickyDraws(() => 0);
  const all = Array.from({ length: 10_000 }, (_, index) => draws.draw(`user ${index}`, 300));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = all.filter((draw) => Math.floor(draw * 10) === tenth).length / all.length;
    // Five standard deviations of a share of a tenth.
    expect(Math.abs(share - 0.1)).toBeLessThan(0.015);
  }
});

test("a hundred thousand are kept, the oldest leaves first", () => {
  let now = 299_999;
  const draws = new StickyDraws(() => now);
  const first = draws.draw("first", 300);
  for (let index = 0; index < 100_000; index += 1) draws.draw(`user ${index}`, 300);
  now += 1;
  expect(draws.draw("first", 300)).not.toBe(first);
});
