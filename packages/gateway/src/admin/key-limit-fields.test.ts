/** The limits of keys in Portkey's fields: what is shown may be sent again, and changes nothing. */
import { describe, expect, test } from "vitest";
import type { KeyLimitFields, LimitedKey, ShownKeyLimits } from "../limits/settings/key-limits.ts";
import { noKeyLimits } from "../limits/settings/key-limits.ts";
import type { Budget } from "../limits/limit.ts";
import { giveLimits, shownLimits } from "./key-limit-fields.ts";
import { keyLimitsIn } from "./schemas/limits.ts";

const key: LimitedKey = { scope: "gateway_key", id: "gk_1", projectId: "prj_1" };

function budgetOf(terms: Pick<Budget, "unit" | "amount" | "alertPercents">): ShownKeyLimits {
  const place = { projectId: "prj_1", scope: "gateway_key", scopeId: "gk_1", scopeValue: undefined } as const;
  const common = { id: "bud_1", name: "usage_limits", kind: "budget", period: "total", unknownPrice: "block" } as const;
  const rest = { cycle: undefined, alertUrl: "https://hooks.example.com/...", createdAt: 0, updatedAt: 0 };
  return { ...noKeyLimits, budget: { ...common, ...place, ...rest, ...terms } };
}

/** The fields that come of sending this to a key that shows that, as the control API reads it. */
async function sent(usage: unknown, shown: ShownKeyLimits): Promise<KeyLimitFields | undefined> {
  let taken: KeyLimitFields | undefined;
  const keyLimits = {
    set: (_key: LimitedKey, fields: KeyLimitFields) => Promise.resolve(void (taken = fields)),
    of: () => Promise.resolve(shown),
  };
  const usage_limits = keyLimitsIn.usage_limits.parse(usage);
  await giveLimits({ parts: { keyLimits }, actor: { kind: "admin_key" } } as never, key, { usage_limits });
  return taken;
}

test.each([
  ["tokens", 1_001n],
  ["tokens", 100n],
  ["cost", 333_333_333n],
  ["cost", 50_000_000_000n],
] as const)("a threshold of %s in %s keeps its share", async (unit, amount) => {
  for (let percent = 1; percent <= 100; percent += 1) {
    const shown = budgetOf({ unit, amount, alertPercents: [percent] });
    const fields = await sent(shownLimits(shown).usage_limits, shown);
    expect(fields?.budget).toMatchObject({ unit, amount, alertPercents: [percent] });
  }
});

describe("what a change leaves out stays", () => {
  const alerts = { alertPercents: [50, 90], alertUrl: "https://hooks.example.com/..." };
  const none = { alertPercents: [], alertUrl: undefined };
  const monthly = { period: "monthly", periodDays: undefined };
  const total = { period: "total", periodDays: undefined };
  const { budget } = budgetOf({ unit: "tokens", amount: 1_000n, alertPercents: [50, 90] });
  const present: ShownKeyLimits = { ...noKeyLimits, budget: { ...budget!, period: "monthly" } };

  test.each([
    [{}, { unit: "tokens", ...monthly, ...alerts }],
    [{ type: "tokens" }, { unit: "tokens", ...monthly, ...alerts }],
    [{ periodic_reset: null }, { unit: "tokens", ...total, ...alerts }],
    [{ periodic_reset: "daily" }, { unit: "tokens", period: "daily", periodDays: undefined, ...alerts }],
    [{ periodic_reset_days: 9 }, { unit: "tokens", period: "days", periodDays: 9, ...alerts }],
    [{ alert_threshold: 1_000 }, { unit: "tokens", ...monthly, ...alerts, alertPercents: [50] }],
    [{ alert_threshold: null }, { unit: "tokens", ...monthly, ...none }],
    [{ alert_url: null }, { unit: "tokens", ...monthly, ...none }],
    // Another unit makes another budget.
    [{ type: "cost" }, { unit: "cost", ...total, ...none }],
  ])("%j", async (given, expected) => {
    const fields = await sent({ credit_limit: 2_000, ...given }, present);
    const amount = expected.unit === "cost" ? 2_000_000_000_000n : 2_000n;
    expect(fields?.budget).toEqual({ amount, nextResetAt: undefined, ...expected });
  });

  test("days stay days, and a key without a budget has one of dollars for good", async () => {
    const cycle = { days: 10, from: 0 };
    const ofDays: ShownKeyLimits = { ...noKeyLimits, budget: { ...budget!, period: "days", cycle } };
    expect((await sent({ credit_limit: 5 }, ofDays))?.budget).toMatchObject({ period: "days", periodDays: 10 });
    expect((await sent({ credit_limit: 5 }, noKeyLimits))?.budget).toMatchObject({ unit: "cost", ...total, ...none });
  });
});
