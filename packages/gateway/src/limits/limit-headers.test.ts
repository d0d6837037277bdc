import { describe, expect, it } from "vitest";
import { limitHeaders, spanOf } from "./limit-headers.ts";
import type { Limit } from "./limit.ts";

const figures = (limit: Partial<Limit>, remaining: bigint, endsIn: number) => ({
  limit: { kind: "rate", unit: "requests", ...limit } as Limit,
  remaining,
  window: { start: 0, end: 1_000_000 + endsIn },
});

describe("headers of limits", () => {
  it("are OpenAI's for the limit with the smallest part left, and reset as OpenAI writes spans", () => {
    const counters = [
      figures({ amount: 10n }, 5n, 30_000),
      figures({ amount: 1_000n }, 100n, 3_600_000),
      figures({ amount: 50n, unit: "tokens" }, 50n, 20),
      figures({ amount: 2_000_000_000n, unit: "cost", kind: "budget" }, 1_250_000_000n, Infinity),
    ];
    expect(limitHeaders(counters, 1_000_000)).toEqual({
      "x-ratelimit-limit-requests": "1000",
      "x-ratelimit-remaining-requests": "100",
      "x-ratelimit-reset-requests": "1h0m0s",
      "x-ratelimit-limit-tokens": "50",
      "x-ratelimit-remaining-tokens": "50",
      "x-ratelimit-reset-tokens": "20ms",
      "x-adit-budget-limit": "2",
      "x-adit-budget-remaining": "1.25",
    });
    expect(limitHeaders([], 0)).toEqual({});
  });

  // Forms in OpenAI's guide to rate limits: `1s`, `6m0s`; in its answers also `20ms`, `1.5s`.
  it.each([
    [-5, "0ms"],
    [20, "20ms"],
    [999.2, "1s"],
    [1_000, "1s"],
    [1_500, "1.5s"],
    [59_999, "59.999s"],
    [360_000, "6m0s"],
    [86_399_001, "24h0m0s"],
  ])("%d ms is %s", (ms, span) => {
    expect(spanOf(ms)).toBe(span);
  });
});
