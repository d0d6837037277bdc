/** `workspace_id` says which project is meant, wherever it stands: nothing lands in another one in silence. */
import { beforeAll, expect, test } from "vitest";
import { allOperations, type OperationTools } from "../../packages/gateway/src/admin/operations/all.ts";
import { schemas } from "../../packages/gateway/src/admin/schemas/schema.ts";
import { onBothEngines } from "./control.ts";

// Only the tables are read: nothing behind them is called.
const operations = allOperations({} as OperationTools)
  .filter(({ body }) => body !== undefined && "shape" in body && "workspace_id" in (body.shape as object))
  .map(({ id, method, path, body, query }) => {
    const example = (body === undefined ? undefined : schemas.get(body)?.examples?.[0]) as object | undefined;
    const takesQuery = query !== undefined && "shape" in query && "workspace_id" in (query.shape as object);
    return { id, method, path, example, takesQuery };
  });

onBothEngines((control) => {
  let ours = "";
  beforeAll(async () => {
    const { ask } = control();
    ours = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Ours" })).body.id;
    for (const workspace_id of [undefined, ours]) {
      const virtualKey = { name: "a", slug: "same", kind: "server_chain", workspace_id };
      await ask("POST", "/v1/virtual-keys", virtualKey);
      const spec = { virtual_key: "same", model_id: "amazon.nova-lite-v1:0" };
      await ask("POST", "/v1/connectors", { name: "a", slug: "same", connection_spec: spec, workspace_id });
      await ask("POST", "/v1/prompts", { name: "a", slug: "same", string: "Hi", workspace_id });
      await ask("POST", "/v1/prompts/partials", { name: "a", slug: "same", string: "Hi", workspace_id });
      await ask("POST", "/v1/labels", { name: "same", workspace_id });
    }
    for (const kind of ["configs", "guardrails"]) {
      const more = kind === "configs" ? { config: {} } : { checks: [{ id: "default.notNull" }] };
      await ask("POST", `/v1/${kind}`, { name: "a", slug: kind === "configs" ? "pc-same" : "pg-same", ...more });
    }
  });

  const pathOf = (path: string): string =>
    path
      .replace("{type}/{kind}", "workspace/service")
      .replace(/(configs|guardrails)\/\{slug\}/, (_whole, kind: string) => `${kind}/p${kind[0]}-same`)
      .replaceAll(/\{\w+\}/g, "same");

  test.each(operations)("$method $path: the body's project counts, and one that is not there is told", async (one) => {
    const { ask } = control();
    const body = { ...one.example, workspace_id: "prj_nowhere" };
    const nowhere = await ask<{ error: { message: string } }>(one.method, pathOf(one.path), body);
    expect(nowhere.status, JSON.stringify(nowhere.body)).toBe(404);
    expect(nowhere.body.error.message).toContain("There is no such object here");
    if (!one.takesQuery) return;
    const both = `${pathOf(one.path)}?workspace_id=default`;
    const torn = await ask<{ error: { param: string } }>(one.method, both, { ...body, workspace_id: ours });
    expect([torn.status, torn.body.error.param]).toEqual([400, "workspace_id"]);
  });

  test("a change that names a project in its body changes that one's object, and no other's", async () => {
    const { ask } = control();
    const changed = await ask("PUT", "/v1/virtual-keys/same", { name: "changed", workspace_id: ours });
    expect(changed.body).toMatchObject({ name: "changed", workspace_id: ours });
    expect((await ask("GET", "/v1/virtual-keys/same")).body).toMatchObject({ name: "a" });
    // By its slug in one place and its id in the other it is the same project.
    const twice = await ask("PUT", "/v1/virtual-keys/same?workspace_id=ours", { note: "n", workspace_id: ours });
    expect(twice.status).toBe(200);
  });
});
