/** The limits of keys in Portkey's fields: what is shown may be sent again, and changes nothing. */
import { expect, test } from "vitest";
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

/** The fields that come of sending what is shown, as the control API reads it. */
async function sentAgain(shown: ShownKeyLimits): Promise<KeyLimitFields | undefined> {
  let taken: KeyLimitFields | undefined;
  const keyLimits = {
    set: (_key: LimitedKey, fields: KeyLimitFields) => Promise.resolve(void (taken = fields)),
    of: () => Promise.resolve(shown),
  };
  const usage_limits = keyLimitsIn.usage_limits.parse(shownLimits(shown).usage_limits);
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
    const fields = await sentAgain(budgetOf({ unit, amount, alertPercents: [percent] }));
    expect(fields?.budget).toMatchObject({ unit, amount, alertPercents: [percent] });
  }
});
