/** What one object may say: the audit log shows each change whole, before and after, and must stay readable whoever makes them. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

const much = "x".repeat(1_000_000);
const less = "x".repeat(900_000);
const model = "amazon.nova-lite-v1:0";

onBothEngines((control) => {
  test.each([
    ["configs", "config", (text: string) => ({ config: { override_params: { system: text } } })],
    [
      "guardrails",
      "checks",
      (text: string) => ({ checks: [{ id: "default.contains", parameters: { words: [text] } }] }),
    ],
    [
      "connectors",
      "connection_spec",
      (text: string) => ({ connection_spec: { model_id: model, request_format: { text } } }),
    ],
    ["prompts", "parameters", (text: string) => ({ string: "Hi", parameters: {}, template_metadata: { text }, model })],
  ])("%s: more than a million characters of JSON are refused, made and changed", async (kind, param, said) => {
    const { ask } = control();
    const refused = { status: 400, body: { error: { param, message: expect.stringContaining("1000000") as string } } };
    const make = (text: string) => ask<{ slug: string }>("POST", `/v1/${kind}`, { name: "Large", ...said(text) });
    expect(await make(much)).toMatchObject(refused);
    const { status, body } = await make(less);
    expect(status).toBeLessThan(300);
    expect(await ask("PUT", `/v1/${kind}/${body.slug}`, said(much))).toMatchObject(refused);
    expect((await ask("PUT", `/v1/${kind}/${body.slug}`, { name: "Renamed" })).status).toBe(200);
  });

  test("names of a key's own metadata too", async () => {
    const key = { name: "k", scopes: ["completions.write"], defaults: { metadata: { ["x".repeat(513)]: "1" } } };
    const made = await control().ask("POST", "/v1/api-keys/workspace/service", key);
    expect(made).toMatchObject({ status: 400, body: { error: { param: "defaults.metadata" } } });
  });
});
