import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LimitPeriod } from "./limit.ts";
import { windowOf } from "./window.ts";

const shown = (period: LimitPeriod, at: string): string[] => {
  const { start, end } = windowOf(period, Date.parse(at));
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
    ["monthly", "2024-02-29T23:59:59.999Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
    ["monthly", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
  ] as const)("%s of %s", (period, at, start, end) => {
    expect(shown(period, at)).toEqual([start, end]);
  });

  it("follow each other without a gap, and a moment is in one of them", () => {
    const period = fc.constantFrom<LimitPeriod>("second", "minute", "hour", "day", "daily", "weekly", "monthly");
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

  it("of a budget without an end is all time", () => {
    expect(windowOf("total", 5)).toEqual({ start: 0, end: Infinity });
  });
});
