import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LimitPeriod } from "../limit.ts";
import { windowOf, type Periodic } from "./window.ts";

const shown = (period: LimitPeriod, at: string): string[] => {
  const { start, end } = windowOf({ period }, Date.parse(at));
  return [new Date(start).toISOString(), new Date(end).toISOString()];
};

describe("windows", () => {
  it.each([
    ["second", "2026-03-01T12:34:56.789Z", "2026-03-01T12:34:56.000Z", "2026-03-01T12:34:57.000Z"],
    ["minute", "2026-03-01T12:34:56.789Z", "2026-03-01T12:34:00.000Z", "2026-03-01T12:35:00.000Z"],
    ["hour", "2026-03-01T12:34:56.789Z", "2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z"],
    ["day", "2026-02-28T23:59:59.999Z", "2026-02-28T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    ["daily", "2026-03-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"],
    // 1 March 2026 is a Sunday.
    ["weekly", "2026-02-28T23:59:59.999Z", "2026-02-22T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    ["weekly", "2026-03-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z", "2026-03-08T00:00:00.000Z"],
    ["week", "2026-02-28T23:59:59.999Z", "2026-02-22T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    ["monthly", "2024-02-29T23:59:59.999Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
    ["monthly", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
  ] as const)("%s of %s", (period, at, start, end) => {
    expect(shown(period, at)).toEqual([start, end]);
  });

  it("follow each other without a gap, and a moment is in one of them", () => {
    const named = fc
      .constantFrom<LimitPeriod>("second", "minute", "hour", "day", "week", "daily", "weekly", "monthly")
      .map((name): Periodic => ({ period: name }));
    const days = fc.integer({ min: 1, max: 365 });
    const cycle = fc.record({ days, from: fc.integer({ min: 0, max: Date.UTC(2100, 0) }) });
    const period = fc.oneof(
      named,
      cycle.map((each): Periodic => ({ period: "days", cycle: each })),
    );
    fc.assert(
      fc.property(period, fc.integer({ min: 0, max: Date.UTC(2100, 0) }), (each, at) => {
        const { start, end } = windowOf(each, at);
        expect(start).toBeLessThanOrEqual(at);
        expect(end).toBeGreaterThan(at);
        expect(windowOf(each, start)).toEqual({ start, end });
        expect(windowOf(each, end - 1)).toEqual({ start, end });
        expect(windowOf(each, end).start).toBe(end);
      }),
    );
  });

  it.each([
    ["2026-03-05T00:00:00.000Z", "2026-03-05T00:00:00.000Z", "2026-03-15T00:00:00.000Z"],
    ["2026-03-14T23:59:59.999Z", "2026-03-05T00:00:00.000Z", "2026-03-15T00:00:00.000Z"],
    ["2026-03-15T00:00:00.000Z", "2026-03-15T00:00:00.000Z", "2026-03-25T00:00:00.000Z"],
    ["2026-03-04T23:59:59.999Z", "2026-02-23T00:00:00.000Z", "2026-03-05T00:00:00.000Z"],
  ])("of ten days from 5 March: at %s from %s to %s", (at, start, end) => {
    const cycle = { days: 10, from: Date.UTC(2026, 2, 5) };
    const window = windowOf({ period: "days", cycle }, Date.parse(at));
    expect([window.start, window.end]).toEqual([Date.parse(start), Date.parse(end)]);
  });

  it("of a budget without an end is all time", () => {
    expect(windowOf({ period: "total" }, 5)).toEqual({ start: 0, end: Infinity });
  });
});
