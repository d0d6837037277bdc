/** What others point to stays, and the answer says what points to it: nothing is left that fails at each call. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Made {
  id: string;
  slug: string;
  key: string;
}
interface Refused {
  error: { message: string; code: string; param: string | null };
}

const completions = ["completions.write"];

onBothEngines((control) => {
  const ask: ReturnType<typeof control>["ask"] = (...request) => control().ask(...request);
  const virtualKey = (slug: string) =>
    ask<Made>("POST", "/v1/virtual-keys", { name: slug, slug, kind: "server_chain", region: "us-east-1" });
  const gatewayKey = (name: string, terms: object) =>
    ask<Made>("POST", "/v1/api-keys/workspace/service", { name, scopes: completions, ...terms });
  const refusal = async (path: string) => {
    const { status, body } = await ask<Refused>("DELETE", path);
    // The remedy stands behind the message.
    return [status, body.error.code, `${body.error.message.split(". ")[0] ?? ""}.`];
  };

  test("a virtual key that is a gateway key's default, or among those that it may use", async () => {
    await virtualKey("by-default");
    const made = await gatewayKey("Holder", { defaults: { virtual_key: "by-default" } });
    const words = `The virtual key by-default is in use: gateway key "Holder" (${made.body.id}).`;
    expect(await refusal("/v1/virtual-keys/by-default")).toEqual([409, "in_use", words]);
    // The two other views of it are no way around.
    expect((await refusal("/v1/providers/by-default"))[0]).toBe(409);
    expect((await refusal("/v1/integrations/by-default"))[0]).toBe(409);
    const body = { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] };
    const call = await ask("POST", "/v1/chat/completions", body, { authorization: `Bearer ${made.body.key}` });
    expect(call.status).toBe(200);
    const allowing = { allowed_virtual_keys: ["by-default"], defaults: { virtual_key: null } };
    expect((await ask("PUT", `/v1/api-keys/${made.body.id}`, allowing)).status).toBe(200);
    expect((await refusal("/v1/virtual-keys/by-default"))[0]).toBe(409);
    await ask("PUT", `/v1/api-keys/${made.body.id}`, { allowed_virtual_keys: null });
    expect((await ask("DELETE", "/v1/virtual-keys/by-default")).status).toBe(200);
  });

  test("what has the same name in another project is neither kept by that one's users, nor does a refusal name them", async () => {
    const { body: other } = await ask<Made>("POST", "/v1/projects", { name: "Elsewhere" });
    const place = { workspace_id: other.id };
    for (const workspace of [{}, place]) {
      const made = { name: "Shared", slug: "shared", kind: "server_chain", region: "us-east-1", ...workspace };
      expect((await ask("POST", "/v1/virtual-keys", made)).status).toBe(200);
      const prompt = { name: "Shared", slug: "shared", string: "Hi", ...workspace };
      expect((await ask("POST", "/v1/prompts", prompt)).status).toBe(200);
    }
    await gatewayKey("Elsewhere", { ...place, defaults: { virtual_key: "shared" } });
    const config = { virtual_key: "shared", prompt_id: "shared" };
    expect((await ask("POST", "/v1/configs", { name: "Elsewhere", config, ...place })).status).toBe(200);
    for (const path of ["/v1/virtual-keys/shared", "/v1/prompts/shared"]) {
      expect((await ask("DELETE", `${path}?workspace_id=${other.id}`)).status, path).toBe(409);
      expect((await ask("DELETE", path)).status, path).toBe(200);
    }
  });

  test.each([
    ["virtual_key", { virtual_key: "in-config" }],
    ["provider", { provider: "@in-config" }],
    ["model", { override_params: { model: "@in-config/amazon.nova-lite-v1:0" } }],
    [
      "virtualKey, deep",
      {
        strategy: { mode: "fallback" },
        targets: [{ strategy: { mode: "single" }, targets: [{ virtualKey: "in-config" }] }],
      },
    ],
  ])("a virtual key that a config names: %s", async (_name, config) => {
    await virtualKey("in-config");
    const saved = await ask<Made>("POST", "/v1/configs", { name: "Names it", config });
    expect(saved.status).toBe(200);
    const [status, , message] = await refusal("/v1/virtual-keys/in-config");
    expect([status, message]).toEqual([409, `The virtual key in-config is in use: config ${saved.body.slug}.`]);
    // An old version is in nobody's way.
    await ask("PUT", `/v1/configs/${saved.body.slug}`, { config: {} });
    expect((await ask("DELETE", "/v1/virtual-keys/in-config")).status).toBe(200);
  });

  test("a virtual key that a guardrail's check calls by: of a saved guardrail, of one in a config", async () => {
    await virtualKey("of-check");
    const parameters = (slug: string) => ({ guardrailId: "abc123", guardrailVersion: "1", virtualKey: slug });
    const checks = (slug: string) => [{ id: "bedrock.guard", parameters: parameters(slug) }];
    const input = { name: "Guard", slug: "pg-by-key", checks: checks("of-check") };
    expect((await ask("POST", "/v1/guardrails", input)).status).toBe(200);
    expect((await refusal("/v1/virtual-keys/of-check"))[2]).toContain("guardrail pg-by-key");
    const astray = { ...input, slug: "pg-astray", checks: checks("of-chekc") };
    const inConfig = { name: "x", config: { input_guardrails: [{ "bedrock.guard": parameters("of-chekc") }] } };
    for (const [method, path, body, param] of [
      ["POST", "/v1/guardrails", astray, "checks"],
      ["PUT", "/v1/guardrails/pg-by-key", { checks: checks("of-chekc") }, "checks"],
      ["POST", "/v1/configs", inConfig, "config.input_guardrails[0]"],
    ] as const) {
      const { status, body: refused } = await ask<Refused>(method, path, body);
      expect([path, status, refused.error.param]).toEqual([path, 400, param]);
      expect(refused.error.message).toContain('Did you mean "of-check"?');
    }
    await ask("PUT", "/v1/guardrails/pg-by-key", { checks: [{ id: "default.notNull" }] });
    expect((await ask("DELETE", "/v1/virtual-keys/of-check")).status).toBe(200);
  });

  test("a virtual key that a connector calls with, and one of another project of the same slug", async () => {
    await virtualKey("of-connector");
    const spec = { virtual_key: "of-connector", model_id: "amazon.nova-lite-v1:0" };
    await ask("POST", "/v1/connectors", { name: "Uses", slug: "uses", connection_spec: spec });
    expect((await refusal("/v1/virtual-keys/of-connector"))[2]).toContain("connector uses");
    const { body: project } = await ask<Made>("POST", "/v1/projects", { name: "Apart" });
    const elsewhere = { name: "x", slug: "of-connector", kind: "server_chain", workspace_id: project.id };
    await ask("POST", "/v1/virtual-keys", elsewhere);
    expect((await ask("DELETE", `/v1/virtual-keys/of-connector?workspace_id=${project.id}`)).status).toBe(200);
  });

  test("a config that is a gateway key's default, named by its slug or its id", async () => {
    for (const by of ["slug", "id"] as const) {
      const { body: config } = await ask<Made>("POST", "/v1/configs", { name: "Default", config: {} });
      const { body: key } = await gatewayKey("Steered", { defaults: { config_id: config[by] } });
      expect(key).toMatchObject({ defaults: { config_id: config.slug } });
      expect((await refusal(`/v1/configs/${config.slug}`)).slice(0, 2)).toEqual([409, "in_use"]);
      await ask("DELETE", `/v1/api-keys/${key.id}`);
      expect((await ask("DELETE", `/v1/configs/${config.slug}`)).status).toBe(200);
    }
  });

  test("a project that holds something", async () => {
    const { body: project } = await ask<Made>("POST", "/v1/projects", { name: "Full" });
    await ask("POST", "/v1/configs", { name: "x", config: {}, workspace_id: project.id });
    expect((await refusal(`/v1/projects/${project.id}`)).slice(0, 2)).toEqual([409, "in_use"]);
  });

  test.each([
    [{ defaults: { virtual_key: "bedrok-there" } }, "defaults.virtual_key", "bedrock-there"],
    [{ allowed_virtual_keys: ["bedrock-there", "bedrock-theer"] }, "allowed_virtual_keys[1]", "bedrock-there"],
    [{ defaults: { config_id: "pc-thre" } }, "defaults.config_id", "pc-there"],
  ])("a gateway key that names what is not there is not made: %j", async (terms, param, near) => {
    await virtualKey("bedrock-there");
    await ask("POST", "/v1/configs", { name: "x", slug: "pc-there", config: {} });
    const { status, body } = await ask<Refused>("POST", "/v1/api-keys/workspace/service", {
      name: "Astray",
      scopes: completions,
      ...terms,
    });
    expect([status, body.error.param]).toEqual([400, param]);
    expect(body.error.message).toContain(`Did you mean "${near}"?`);
    expect((await ask<{ total: number }>("GET", "/v1/api-keys?search=Astray")).body.total).toBe(0);
  });

  test.each([
    [{ custom_host: "https://elsewhere.example.com/v1" }, "custom_host_not_allowed", "custom_host"],
    [{ custom_host: "elsewhere" }, "invalid_value", "custom_host"],
    [{ aws_region: "Oregon" }, "invalid_region", "aws_region"],
    [{ strategy: { mode: "loadbalance" }, targets: [{ weight: 0 }, { weight: 0 }] }, "no_target", ""],
    [
      { input_guardrails: [{ "default.webhook": { webhookURL: "http://169.254.169.254/" } }] },
      "custom_host_not_allowed",
      "input_guardrails[0]",
    ],
    [
      { after_request_hooks: [{ checks: [{ id: "default.log", parameters: { logURL: "elsewhere" } }] }] },
      "invalid_config",
      "after_request_hooks[0]",
    ],
    [
      { input_guardrails: [{ "bedrock.guard": { guardrailId: "a", guardrailVersion: "1", region: "Oregon" } }] },
      "invalid_region",
      "input_guardrails[0]",
    ],
  ])("a config whose every call would be refused is not saved: %j", async (target, code, name) => {
    const param = `config.targets[1]${name === "" ? "" : `.${name}`}`;
    const config = { strategy: { mode: "fallback" }, targets: [{}, target] };
    const made = await ask<Made>("POST", "/v1/configs", { name: "Sound", config: {} });
    const change = await ask<Refused>("PUT", `/v1/configs/${made.body.slug}`, { config });
    for (const { status, body } of [await ask<Refused>("POST", "/v1/configs", { name: "Faulty", config }), change]) {
      expect([status, body.error.code, body.error.param]).toEqual([400, code, param]);
    }
    expect((await ask<{ total: number }>("GET", "/v1/configs?search=Faulty")).body.total).toBe(0);
  });

  test("a saved config holds no credential: it is refused where it stands, and kept nowhere", async () => {
    const secret = "CANARYconfigxQ7vR2mK9pL4wT8zB3nH6wJalrXU";
    const places = [
      [{ aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: secret }, "config.aws_access_key_id"],
      [
        { targets: [{}, { "x-portkey-aws-secret-access-key": secret }] },
        "config.targets[1].x-portkey-aws-secret-access-key",
      ],
      [{ provider: "openai", apiKey: secret }, "config.apiKey"],
      [
        { override_params: { credential_override: { m: { awsSessionToken: secret } } } },
        "config.override_params.credential_override.m.awsSessionToken",
      ],
      [{ custom_headers: { Authorization: `Bearer ${secret}` } }, "config.custom_headers.Authorization"],
      [{ custom_host: `https://user:${secret}@example.com` }, "config.custom_host"],
    ] as const;
    for (const [config, param] of places) {
      const { status, body } = await ask<Refused>("POST", "/v1/configs", { name: "x", config });
      expect([status, body.error.code, body.error.param]).toEqual([400, "invalid_config", param]);
      expect(JSON.stringify(body)).not.toContain("CANARY");
    }
    const { body: fine } = await ask<Made>("POST", "/v1/configs", { name: "Fine", config: { retry: { attempts: 1 } } });
    const changed = await ask<Refused>("PUT", `/v1/configs/${fine.slug}`, { config: { api_key: secret } });
    expect(changed.body.error.param).toBe("config.api_key");
    // The shape of a tool's argument is no credential.
    const tool = { tools: [{ function: { parameters: { properties: { api_key: { type: "string" } } } } }] };
    expect((await ask("POST", "/v1/configs", { name: "x", config: { default_params: tool } })).status).toBe(200);
  });
});
