/** A project that is deleted leaves no secret behind: the addresses of its alerts are sealed apart from it. */
import { expect, test } from "vitest";
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
  },
  { ADIT_CUSTOM_HOSTS: "https://hooks.example.com" },
);
