import { describe, expect, it } from "vitest";
import type { Limit } from "./limit.ts";
import { refusalOf } from "./refusal.ts";

const figures = (limit: Partial<Limit>, settled: bigint, endsIn = 90_500) => ({
  limit: {
    kind: "budget",
    unit: "tokens",
    period: "daily",
    scope: "project",
    name: "n",
    amount: 100n,
    ...limit,
  } as Limit,
  settled,
  remaining: 100n - settled,
  window: { start: 0, end: 1_000_000 + endsIn },
});

describe("a refusal", () => {
  it("says to come back when the window ends, where it is spent", () => {
    const error = refusalOf(figures({}, 95n), 10n, 1_000_000);
    expect(error).toMatchObject({ status: 412, retryable: false, retryAfterSeconds: 91 });
    expect(error.describe()).toBe(
      'The budget "n" of the project allows 100 tokens a day: 5 tokens of it are left, and this request may use 10 tokens. Lower max_tokens or shorten the request, or try again in 91 s.',
    );
  });

  it.each([
    ["0 requests of it are left", { unit: "requests" }, 100n],
    ["1 request of it is left", { unit: "requests" }, 99n],
    ["$0.00000005 of it is left", { unit: "cost" }, 50n],
  ] as const)("says %s", (words, limit, settled) => {
    expect(refusalOf(figures(limit, settled), 51n, 1_000_000).message).toContain(`: ${words}, and`);
  });

  it("says to come back in a moment, where calls under way hold what is missing", () => {
    const error = refusalOf(figures({}, 50n), 51n, 1_000_000);
    expect(error.retryAfterSeconds).toBe(91);
    const held = refusalOf(figures({}, 50n), 50n, 1_000_000);
    expect(held.retryAfterSeconds).toBe(1);
    expect(held.remedy).toContain("stays counted until the window ends");
  });

  it("tells of what a killed gateway held, which does not come back by waiting", () => {
    const { remedy } = refusalOf(figures({ period: "total" }, 50n), 50n, 1_000_000);
    expect(remedy).toContain("stays counted for good (`unconfirmed` in the budget's usage)");
    expect(remedy).toContain("have the budget raised or reset");
  });

  it("says nothing of coming back, where the request alone is larger than the limit", () => {
    const error = refusalOf(figures({ kind: "rate", period: "minute" }, 0n), 101n, 1_000_000);
    expect(error).toMatchObject({ status: 429, retryable: false, retryAfterSeconds: undefined });
    expect(error.remedy).toBe("Lower max_tokens or shorten the request, or have the limit raised.");
  });

  it("of requests says when the next may come", () => {
    const error = refusalOf(
      figures({ kind: "rate", unit: "requests", period: "second", amount: 1n }, 0n, 300),
      1n,
      1_000_000,
    );
    const later = { code: "rate_limited", retryable: true, retryAfterSeconds: 1, remedy: "Try again in 1 s." };
    expect(error).toMatchObject(later);
    expect(error.message).toContain("allows 1 request a second");
  });

  it.each([
    ["gateway_key", "budget", { code: "04" }],
    ["gateway_key", "rate", { code: "05" }],
    ["virtual_key", "budget", { type: "virtual_key_exhaust_error" }],
    ["virtual_key", "rate", { type: "virtual_key_rate_limit_error" }],
    ["project", "budget", { type: "workspace_exhaust_error" }],
    ["project", "rate", { type: "workspace_rate_limit_error" }],
    ["metadata", "budget", { type: "usage_limits_policy_exhaust_error" }],
    ["metadata", "rate", { type: "rate_limits_policy_exhaust_error" }],
  ] as const)("of a %s's %s has Portkey's words", (scope, kind, vendor) => {
    expect(refusalOf(figures({ scope, kind }, 100n), 1n, 0).vendor).toEqual(vendor);
  });
});
