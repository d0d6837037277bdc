/** A connection that is tried is a call of its own project: told of there, counted by its limits, whoever tries it. */
import { beforeAll, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { onBothEngines } from "./control.ts";

interface Status {
  connection_status: { status: string; message?: string };
}
interface Listed {
  data: { id: string }[];
}

onBothEngines((control) => {
  const ask: ReturnType<typeof control>["ask"] = (...request) => control().ask(...request);
  const connectionSpec = { model_id: "amazon.nova-lite-v1:0", region: "us-east-1" };
  let project: string;
  let session: Record<string, string>;

  beforeAll(async () => {
    project = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Trying" })).body.id;
    const given = {
      email: "member@example.com",
      name: "M",
      password: "correct horse battery",
      projects: { [project]: "member" },
    };
    await ask("POST", "/v1/people", given);
    const { email, password } = given;
    const signedIn = await ask<{ csrf_token: string }>(
      "POST",
      "/v1/session",
      { email, password },
      { authorization: "" },
    );
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const origin = control().gateway.url;
    session = { authorization: "", cookie, origin, "x-adit-csrf-token": signedIn.body.csrf_token };
    const connector = { name: "Tried", slug: "tried", workspace_id: project, connection_spec: connectionSpec };
    await ask("POST", "/v1/connectors", connector);
  });

  const tries = () => [
    () => ask<Status>("POST", `/v1/connectors/tried/check_connection?workspace_id=${project}`, undefined, session),
    () => ask<Status>("POST", `/v1/connectors/tried/check_connection?workspace_id=${project}`),
    () =>
      ask<Status>(
        "POST",
        `/v1/connectors/check_connection?workspace_id=${project}`,
        { connection_spec: connectionSpec },
        session,
      ),
  ];

  test("in the log of its project, and in no other's", async () => {
    for (const tryOnce of tries()) {
      const { status, body } = await tryOnce();
      expect([status, body.connection_status.status]).toEqual([200, "succeeded"]);
    }
    await until(async () => (await ask<Listed>("GET", `/v1/logs?workspace_id=${project}`)).body.data.length === 3);
    expect((await ask<Listed>("GET", "/v1/logs?workspace_id=default")).body.data).toEqual([]);
  });

  test("refused where the project's budget has no room for it", async () => {
    const budget = { name: "none left", scope: "project", unit: "tokens", amount: 1, period: "total" };
    expect((await ask("POST", "/v1/budgets", { ...budget, workspace_id: project })).status).toBe(200);
    for (const tryOnce of tries()) {
      const { body } = await tryOnce();
      expect(body.connection_status.status).toBe("failed");
      expect(JSON.stringify(body)).toContain("none left");
    }
  });
});
