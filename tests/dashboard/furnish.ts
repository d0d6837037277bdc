/** What stands on the pages of a gateway that is in use. */
import { expect } from "vitest";
import type { Control } from "../control/control.ts";
import { patienceMs } from "./pages.ts";

export interface Furnished {
  /** A gateway key's text, and its id. */
  key: string;
  keyId: string;
  /** Of a call that was made with it, where there was one. */
  callId?: string;
}

async function make(control: Control, path: string, body: object): Promise<Record<string, string>> {
  const answer = await control.ask<Record<string, string>>("POST", path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

/** Makes two of most things: credentials, keys, a config, a connector. */
export async function furnish(control: Control): Promise<Furnished> {
  const { accessKeyId, secretAccessKey } = control.emulator.credential;
  await make(control, "/v1/virtual-keys", {
    name: "Bedrock production",
    slug: "bedrock-production",
    kind: "access_key",
    credential: { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey },
    region: "us-east-1",
    note: "Platform team; rotated in March",
  });
  await make(control, "/v1/virtual-keys", {
    name: "Research account",
    slug: "research",
    kind: "assumed_role",
    credential: { aws_role_arn: "arn:aws:iam::123456789012:role/AditResearch" },
    region: "eu-central-1",
    expires_at: "2027-09-01T00:00:00.000Z",
  });
  await make(control, "/v1/virtual-keys/bedrock-production/test", {});
  control.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", operation: "ListFoundationModels" });
  await make(control, "/v1/virtual-keys/research/test", {});
  await make(control, "/v1/configs", {
    name: "Two regions",
    slug: "pc-two-regions",
    config: {
      strategy: { mode: "fallback", on_status_codes: [429, 500, 503] },
      targets: [
        { virtual_key: "bedrock-production", override_params: { model: "us.amazon.nova-lite-v1:0" } },
        {
          strategy: { mode: "loadbalance" },
          targets: [
            { virtual_key: "research", weight: 3 },
            { aws_region: "us-west-2", weight: 1, retry: { attempts: 2 } },
          ],
        },
      ],
    },
  });
  await make(control, "/v1/connectors", {
    name: "Summaries",
    slug: "summaries",
    connection_spec: {
      virtual_key: "bedrock-production",
      region: "us-east-1",
      model_id: "amazon.nova-lite-v1:0",
      request_format: { messages: [{ role: "user", content: [{ text: "hello" }] }] },
    },
    input_schema: [{ name: "messages.0.content.0.text", value: "Summarise: {{doc}}", value_type: "dynamic" }],
    output_schema: [{ name: "summary", type: "string", path: "$.output.message.content[*].text" }],
  });
  await make(control, "/v1/budgets", {
    name: "The team, a month",
    scope: "project",
    unit: "cost",
    amount: "250",
    period: "monthly",
    unknown_price: "allow",
  });
  await make(control, "/v1/prompts/partials", { name: "Tone", slug: "pp-tone", string: "Be {{mood}}." });
  await make(control, "/v1/labels", { name: "canary", description: "For a tenth of the calls" });
  const { id: collectionId } = await make(control, "/v1/collections", { name: "Support" });
  await make(control, "/v1/collections", { name: "Second line", parent_collection_id: collectionId });
  await make(control, "/v1/prompts", {
    name: "Welcome",
    slug: "pp-welcome",
    string: [
      { role: "system", content: "You greet in {{language}}. {{>pp-tone}}" },
      { role: "user", content: "Greet {{name}}." },
    ],
    model: "us.amazon.nova-lite-v1:0",
    virtual_key: "bedrock-production",
    parameters: { max_tokens: 200 },
  });
  await make(control, "/v1/guardrails", {
    name: "No cards",
    slug: "pg-no-cards",
    checks: [{ id: "default.pii", parameters: { categories: ["CREDIT_CARD"] } }],
    actions: { deny: true },
  });
  await make(control, "/v1/api-keys/workspace/service", {
    name: "Support bot",
    scopes: ["completions.write", "configs.read"],
    allowed_models: ["amazon.nova-*"],
    expires_at: "2027-06-01T00:00:00.000Z",
  });
  const made = await make(control, "/v1/api-keys/workspace/service", {
    name: "Billing service",
    scopes: ["completions.write"],
    defaults: { virtual_key: "bedrock-production", metadata: { team: "billing" } },
  });
  return { key: made["key"] ?? "", keyId: made["id"] ?? "" };
}

/** A call, as an application makes it. Its id, once the logs have it. */
export async function callModel(control: Control, key: string, content: string): Promise<string> {
  const answer = await control.ask(
    "POST",
    "/v1/chat/completions",
    { model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content }] },
    { authorization: `Bearer ${key}`, "x-adit-trace-id": "furnished" },
  );
  expect(answer.status).toBe(200);
  const id = answer.headers.get("x-adit-request-id") ?? "";
  // It is in the logs a moment after its answer has ended.
  await expect.poll(async () => (await control.ask("GET", `/v1/logs/${id}`)).status, { timeout: patienceMs }).toBe(200);
  return id;
}
