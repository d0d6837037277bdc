/** Alerts to a real address. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { onEngine } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import { LimitSettings } from "../settings/limit-settings.ts";
import { actor, LimitRig, projectId, use, tickAnew } from "../testing/limit-rig.ts";

onEngine("sqlite", (house) => {
  let server: Server;
  let origin = "";
  let status = 204;
  let reply = "thank you";
  const heard: { path: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        heard.push({ path: request.url, headers: request.headers, body });
        response.writeHead(status, { location: "/elsewhere" }).end(reply);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const told: string[] = [];
  beforeEach(() => {
    heard.splice(0);
    told.splice(0);
  });

  /** Spends 60 of 100 tokens with an alert at 50 %; gives what is noted of it, at its last try where it is to be tried so often. */
  const alertAfterSpending = async (tries = 1, allowed = [origin]) => {
    const rig = await LimitRig.start(house);
    const settings = new LimitSettings({ store: rig.store, vault: rig.vault, customHosts: new Set([origin]) });
    const scope = { scope: "metadata", scopeId: "team" } as const;
    const alerts = { alertPercents: [50], alertUrl: `${origin}/hook` };
    await settings.createBudget(
      projectId,
      { name: "t", ...scope, unit: "tokens", amount: 100n, period: "total", ...alerts },
      actor,
    );
    const limits = await rig.gateway({
      customHosts: new Set(allowed),
      onFault: (error) => told.push((error as Error).message),
    });
    await use(limits, 60, { projectId, metadata: { team: "red" } });
    await tickAnew(limits);
    const noted = () => rig.store.read((db) => db.selectFrom("limitAlerts").selectAll().executeTakeFirst());
    await until(async () => (await noted())?.attempts === 1);
    if (tries > 1) {
      const due = { attempts: tries - 1, nextTryAt: 0 };
      await rig.store.write(({ db }) => db.updateTable("limitAlerts").set(due).execute());
      await tickAnew(limits);
      await until(async () => (await noted())?.attempts === tries);
    }
    await rig.close();
    return noted();
  };

  test("arrive as JSON with what is needed to act", async () => {
    status = 204;
    const alert = await alertAfterSpending();
    expect(alert).toMatchObject({ deliveredAt: expect.any(Number), nextTryAt: null, lastError: null });
    expect(heard).toHaveLength(1);
    const [{ path, headers, body }] = heard as [(typeof heard)[0]];
    expect(path).toBe("/hook");
    expect(headers).toMatchObject({ "content-type": "application/json", "idempotency-key": alert?.id });
    expect(JSON.parse(body)).toEqual({
      id: alert?.id,
      type: "budget.threshold",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      budget: {
        id: alert?.budgetId,
        name: "t",
        project_id: projectId,
        scope: "metadata",
        scope_id: "team",
        period: "total",
      },
      value: "red",
      threshold_percent: 50,
      unit: "tokens",
      spent: "60",
      limit: "100",
    });
  });

  test.each([500, 307])(
    "an answer of %d is noted, and tried again later; a redirect is not followed",
    async (answer) => {
      status = answer;
      const alert = await alertAfterSpending();
      expect(alert).toMatchObject({ deliveredAt: null, lastError: `The address answered ${answer}.` });
      expect(alert?.nextTryAt).toBeGreaterThan(Date.now() + 50_000);
      expect(heard.map(({ path }) => path)).toEqual(["/hook"]);
      const words = `The alert ${alert?.id} of the budget ${alert?.budgetId} did not arrive: The address answered ${answer}.`;
      expect(told).toEqual([`${words} It is tried again.`]);
    },
  );

  test("an answer of any size is taken by its status", async () => {
    status = 200;
    reply = "x".repeat(2 * 1024 * 1024);
    const alert = await alertAfterSpending();
    expect(alert).toMatchObject({ deliveredAt: expect.any(Number), lastError: null });
    reply = "thank you";
  });

  test("one to a host that is listed no more is not sent", async () => {
    const alert = await alertAfterSpending(1, []);
    expect(alert?.lastError).toBe(`ADIT_CUSTOM_HOSTS does not list ${origin}.`);
    expect(heard).toEqual([]);
  });

  test("one that is given up is told of", async () => {
    status = 404;
    const alert = await alertAfterSpending(8);
    expect(alert).toMatchObject({ deliveredAt: null, nextTryAt: null });
    expect(told.map((words) => words.split("404. ")[1])).toEqual([
      "It is tried again.",
      "It is given up after 8 tries.",
    ]);
  });
});
