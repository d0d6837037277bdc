/** Somebody is taken away, or gets a smaller role: so does what was theirs alone. */
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

  test("a person's key changes no more than the person may, and calls as before", async () => {
    const { ask } = control();
    const eve = await ask<{ id: string }>("POST", "/v1/people", {
      email: "eve@example.com",
      name: "Eve",
      role: "admin",
    });
    const { body: made } = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/user", {
      name: "eve's",
      scopes: ["configs.*", "api_keys.*", "completions.write", "metrics.read"],
      user_id: eve.body.id,
    });
    const { id: projectId } = (await ask<{ id: string }>("GET", "/v1/projects/default")).body;
    const roleHere = (role: string) => ask("PUT", `/v1/projects/${projectId}/people/${eve.body.id}`, { role });
    const withKey = async () => {
      const as = { authorization: `Bearer ${made.key}` };
      const config = { name: "eve's", config: { retry: { attempts: 1 } } };
      const metrics = await fetch(`${control().gateway.url}/metrics`, { headers: as });
      return {
        changes: (await ask("POST", "/v1/configs", config, as)).status,
        reads: (await ask("GET", "/v1/configs", undefined, as)).status,
        rates: (await ask("POST", "/v1/feedback", { trace_id: "eve's", value: 1 }, as)).status,
        seesAllProjects: metrics.status,
        handsThatOn: (await ask("POST", "/v1/api-keys/workspace/service", { name: "s", scopes: ["metrics.read"] }, as))
          .status,
      };
    };
    expect(await withKey()).toEqual({ changes: 200, reads: 200, rates: 200, seesAllProjects: 200, handsThatOn: 200 });
    await ask("PUT", `/v1/people/${eve.body.id}`, { role: "viewer" });
    await roleHere("viewer");
    expect(await withKey()).toEqual({ changes: 403, reads: 200, rates: 200, seesAllProjects: 403, handsThatOn: 403 });
    await roleHere("member");
    expect(await withKey()).toEqual({ changes: 200, reads: 200, rates: 200, seesAllProjects: 403, handsThatOn: 403 });
  });
});
