/**
 * A project that is deleted leaves no secret behind: the addresses of its alerts are sealed apart from it. What its calls were stays, for the
 * bill, within reach of who may do everything: a person's data goes when the person asks for it.
 */
import { expect, test } from "vitest";
import { recordWith } from "../../packages/gateway/src/ledger/testing/records.ts";
import { addCalls } from "../../packages/gateway/src/ledger/intake/call-rows.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { onBothEngines } from "./control.ts";

const address = "https://hooks.example.com/services/CANARY";

onBothEngines(
  (control) => {
    test("its limits go with it, each with its entry in the audit log, and their alerts' addresses", async () => {
      const { ask, location } = control();
      const { body: project } = await ask<{ id: string }>("POST", "/v1/projects", { name: "Passing" });
      const terms = { workspace_id: project.id, scope: "project", period: "daily", name: "all" };
      const alerts = { alert_percents: [50], alert_url: address };
      const budget = await ask<{ id: string }>("POST", "/v1/budgets", { ...terms, unit: "cost", amount: 1, ...alerts });
      expect(budget.status).toBe(200);
      const rate = { ...terms, period: "minute", unit: "requests", amount: 1 };
      expect((await ask("POST", "/v1/rate-limits", rate)).status).toBe(200);
      const store = await Store.open(location, { hears: false });
      const sealed = () =>
        store.read((db) => db.selectFrom("sealedRecords").select("recordId").where("kind", "=", "budget").execute());
      expect(await sealed()).toEqual([{ recordId: budget.body.id }]);
      expect((await ask("DELETE", `/v1/projects/${project.id}`)).status).toBe(200);
      expect(await sealed()).toEqual([]);
      const told = await store.read((db) =>
        db.selectFrom("auditLog").select("action").where("projectId", "=", project.id).orderBy("id").execute(),
      );
      const [last, ...limits] = told
        .map(({ action }) => action)
        .slice(-3)
        .reverse();
      expect([last, ...limits.toSorted()]).toEqual(["project.delete", "budget.delete", "rate_limit.delete"]);
      await store.close();
    });

    test("its calls are found, added up and deleted by its id, by admins of the gateway alone; its views and exports go", async () => {
      const { ask, location } = control();
      const { body: project } = await ask<{ id: string }>("POST", "/v1/projects", { name: "Passing" });
      const inIt = `workspace_id=${project.id}`;
      const store = await Store.open(location, { hears: false });
      const record = recordWith({ projectId: project.id, metadata: { _user: "ada" } });
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
      expect((await ask("POST", `/v1/logs/views?${inIt}`, { name: "Ada's", query: "search=ada" })).status).toBe(200);
      expect((await ask("POST", `/v1/logs/exports?${inIt}`, { filters: {}, requested_data: ["id"] })).status).toBe(200);
      const [email, password] = ["ada@example.com", "correct horse battery staple"];
      const ada = { email, name: "Ada", role: "member", password, projects: { [project.id]: "admin" } };
      expect((await ask("POST", "/v1/people", ada)).status).toBe(200);
      const signedIn = await ask("POST", "/v1/session", { email, password }, { authorization: "" });
      const asAda = { authorization: "", cookie: signedIn.headers.get("set-cookie")?.split(";")[0] ?? "" };
      expect((await ask("GET", `/v1/logs?${inIt}`, undefined, asAda)).status).toBe(200);
      expect((await ask("DELETE", `/v1/projects/${project.id}`)).status).toBe(200);
      const left = await store.read(async (db) => [
        ...(await db.selectFrom("logViews").select("id").where("projectId", "=", project.id).execute()),
        ...(await db.selectFrom("logExports").select("id").where("projectId", "=", project.id).execute()),
      ]);
      expect(left).toEqual([]);

      const key = { name: "k", scopes: ["logs.list", "analytics.view"] };
      const other = (await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
      const asOther = { authorization: `Bearer ${other.key}` };
      expect((await ask("GET", `/v1/logs?${inIt}`, undefined, asOther)).status).toBe(404);
      // Whoever was an admin of it alone is none any more, in a session that was open before too.
      expect((await ask("GET", `/v1/logs?${inIt}`, undefined, asAda)).status).toBe(404);
      const list = () => ask<{ data: { id: string }[] }>("GET", `/v1/logs?${inIt}`);
      expect((await list()).body.data.map(({ id }) => id)).toEqual([record.id]);
      const groups = await ask<{ total: number }>("GET", `/v1/analytics/groups/metadata/_user?${inIt}`);
      expect(groups).toMatchObject({ status: 200, body: { total: 1 } });
      expect((await ask("POST", `/v1/logs/views?${inIt}`, { name: "new", query: "" })).status).toBe(404);
      const ofAda = encodeURIComponent(JSON.stringify({ _user: "ada" }));
      expect((await ask("DELETE", `/v1/logs?${inIt}&metadata=${ofAda}`)).body).toMatchObject({ deleted: 1 });
      expect((await list()).body.data).toEqual([]);
      const sums = () => store.read((db) => db.selectFrom("metadataSums").select("value").execute());
      expect(await sums()).toEqual([]);
      await store.close();
    });
  },
  { ADIT_CUSTOM_HOSTS: "https://hooks.example.com" },
);
