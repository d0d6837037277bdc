/** Somebody is taken away: what was theirs alone goes too. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

onBothEngines((control) => {
  test("with a person's keys go the limits of those, as with a key that is deleted", async () => {
    const { ask } = control();
    const limitsOf = async (keyId: string) => {
      const lists = await Promise.all(
        ["budgets", "rate-limits"].map((name) =>
          ask<{ data: object[] }>("GET", `/v1/${name}?scope=gateway_key&scope_id=${keyId}`),
        ),
      );
      return lists.map(({ body }) => body.data.length);
    };
    const ann = await ask<{ id: string }>("POST", "/v1/people", {
      email: "ann@example.com",
      name: "Ann",
      role: "admin",
    });
    const limited = {
      name: "ann's",
      scopes: ["completions.write"],
      usage_limits: { credit_limit: 10, periodic_reset: "monthly" },
      rate_limits: [{ type: "requests", unit: "rpm", value: 5 }],
    };
    const key = await ask<{ id: string }>("POST", "/v1/api-keys/workspace/user", { ...limited, user_id: ann.body.id });
    const other = await ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", limited);
    expect(await limitsOf(key.body.id)).toEqual([1, 1]);
    expect((await ask("DELETE", `/v1/people/${ann.body.id}`)).status).toBe(200);
    expect((await ask("GET", `/v1/api-keys/${key.body.id}`)).status).toBe(404);
    expect(await limitsOf(key.body.id)).toEqual([0, 0]);
    expect(await limitsOf(other.body.id)).toEqual([1, 1]);
  });
});
