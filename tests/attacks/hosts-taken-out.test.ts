/** A host that was taken out of ADIT_CUSTOM_HOSTS gets no call by what is stored, whichever way, and what names it can still be changed. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openControl, type Control } from "../control/control.ts";

const canary = "CANARYBEDROCKKEY0123456789";
const model = "amazon.nova-lite-v1:0";
const answer = {
  output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
};

/** In the place of Bedrock's runtime: notes what it was shown. */
async function startHost() {
  const shown: string[] = [];
  const server = createServer((request, response) => {
    shown.push(request.headers.authorization ?? "");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { shown, origin, close: () => new Promise((resolve) => server.close(resolve)) };
}

const guarded = {
  input_guardrails: [
    { "bedrock.guard": { guardrailId: "abcdefgh1234", guardrailVersion: "1", virtualKey: "away" }, deny: true },
  ],
};

/** Every way by which a stored credential calls. */
const ways: readonly (readonly [path: string, body: object, headers?: Record<string, string>])[] = [
  ["/v1/chat/completions", { model: `@away/${model}`, messages: [{ role: "user", content: "Hi" }] }],
  ["/v1/connectors/leaving/read", {}],
  ["/v1/connectors/leaving/check_connection", {}],
  ["/v1/virtual-keys/away/test", { model }],
  [
    "/v1/chat/completions",
    { model, messages: [{ role: "user", content: "Hi" }] },
    { "x-adit-config": JSON.stringify(guarded) },
  ],
];

async function callEach({ ask }: Control): Promise<void> {
  for (const [path, body, headers] of ways) await ask("POST", path, body, headers);
}

test("no stored key is shown to it, and what names it is switched off, renamed and bounded all the same", async () => {
  const host = await startHost();
  const dataDir = await mkdtemp(join(tmpdir(), "adit-hosts-"));
  const hook = `${host.origin}/hook`;
  const listed = await openControl({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: host.origin });
  try {
    const { ask } = listed;
    const credential = { api_key: canary };
    const key = { name: "Away", slug: "away", kind: "bedrock_api_key", region: "us-east-1", endpoint: host.origin };
    expect((await ask("POST", "/v1/virtual-keys", { ...key, credential })).status).toBe(200);
    const spec = { virtual_key: "away", model_id: model };
    expect((await ask("POST", "/v1/connectors", { name: "L", slug: "leaving", connection_spec: spec })).status).toBe(
      201,
    );
    const checks = [{ id: "default.webhook", parameters: { webhookURL: hook } }];
    expect((await ask("POST", "/v1/guardrails", { name: "G", slug: "pg-away", checks })).status).toBe(200);
    const budget = {
      name: "B",
      scope: "project",
      unit: "cost",
      amount: "50",
      period: "monthly",
      unknown_price: "allow",
    };
    const alerts = { alert_percents: [50], alert_url: hook };
    expect((await ask("POST", "/v1/budgets", { ...budget, ...alerts })).status).toBe(200);
    await callEach(listed);
    expect(host.shown).toEqual(ways.map(() => `Bearer ${canary}`));
  } finally {
    await listed.close();
  }
  host.shown.length = 0;
  const unlisted = await openControl({ ADIT_DATA_DIR: dataDir });
  try {
    const { ask } = unlisted;
    await callEach(unlisted);
    expect(host.shown).toEqual([]);
    const tested = await ask<{ stages: object[] }>("POST", "/v1/virtual-keys/away/test", { model });
    expect(tested.body.stages[0]).toMatchObject({ status: "failed", code: "custom_host_not_allowed" });

    const off = await ask<{ endpoint: string; status: string }>("PUT", "/v1/virtual-keys/away", {
      disabled: true,
      endpoint: host.origin,
    });
    expect([off.status, off.body.endpoint, off.body.status]).toEqual([200, host.origin, "disabled"]);
    const renamed = await ask<{ endpoint: string }>("PUT", "/v1/virtual-keys/away", { name: "Gone" });
    expect(renamed.body).toMatchObject({ name: "Gone", endpoint: host.origin });
    const archived = await ask("PUT", "/v1/guardrails/pg-away", { status: "archived", name: "Gone" });
    expect(archived.body).toMatchObject({ status: "archived", name: "Gone" });
    const [budget] = (await ask<{ data: { id: string; alert_url: string }[] }>("GET", "/v1/budgets")).body.data;
    const lowered = await ask("PUT", `/v1/budgets/${budget?.id}`, { amount: "5" });
    expect(lowered.body).toMatchObject({ amount: "5", alert_url: budget?.alert_url });

    const other = [
      ["/v1/virtual-keys/away", { endpoint: `${host.origin}/other` }],
      ["/v1/virtual-keys/away", { credential: { api_key: canary } }],
      ["/v1/guardrails/pg-away", { checks: [{ id: "default.webhook", parameters: { webhookURL: `${hook}/2` } }] }],
      [`/v1/budgets/${budget?.id}`, { alert_url: `${hook}/2` }],
    ] as const;
    for (const [path, body] of other) {
      const { error } = (await ask<{ error: { code: string } }>("PUT", path, body)).body;
      expect([path, error.code]).toEqual([path, "custom_host_not_allowed"]);
    }
  } finally {
    await unlisted.close();
    await host.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});
