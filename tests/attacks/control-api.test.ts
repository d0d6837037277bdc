/** C4, C5, C7, C8, C9, C17 at the control API: who is not let in, what no text does there, and what nobody gets by asking for more. */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, RequestLog, startGateway } from "@adit/gateway";
import { beforeAll, describe, expect, test } from "vitest";
import { Store, type StoreLocation } from "../../packages/gateway/src/store/store.ts";
import { adminKey, onBothEngines, type Control } from "../control/control.ts";

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
}
interface Document {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string }[]; security?: object[] }>>;
  components: { schemas: Record<string, Schema> };
}

const methods = ["get", "post", "put", "delete"];

async function documentOf(url: string): Promise<Document> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document;
}

/** Every operation of the document that wants a key, its parameters filled in. */
function operationsOf(document: Document, filling: string): { method: string; path: string }[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => methods.includes(method) && path.startsWith("/v1/"))
      // Signing in is open to all: it is tried with wrong passwords elsewhere.
      .filter((method) => operations[method]?.security?.length !== 0)
      .map((method) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{[^}]+\}/g, encodeURIComponent(filling)),
      })),
  );
}

describe("C4 a gateway whose operator has set no key", () => {
  test("makes one that nobody knows, and opens nothing to anybody else", async () => {
    const folders = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), "adit-first-start-"))));
    const keys: string[] = [];
    for (const dataDir of folders) {
      const settings = readSettings({ ADIT_PORT: "0", ADIT_DATA_DIR: dataDir, AWS_EC2_METADATA_DISABLED: "true" });
      const gateway = await startGateway({ settings, log: new RequestLog("silent", { write: () => {} }) });
      await gateway.opened;
      const file = join(dataDir, "admin-key");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      keys.push((await readFile(file, "utf8")).trim());
      const operations = operationsOf(await documentOf(gateway.url), "x");
      expect(operations.length).toBeGreaterThan(60);
      const guesses = [
        "",
        "admin",
        "password",
        "adit",
        "sk-1234",
        "changeme",
        "default",
        "null",
        "undefined",
        "test-admin-key-0123456789",
      ];
      for (const { method, path } of operations) {
        const answer = await fetch(`${gateway.url}${path}`, { method });
        expect([answer.status, path]).toEqual([401, path]);
        await answer.arrayBuffer();
      }
      for (const guess of guesses) {
        for (const headers of [
          { authorization: `Bearer ${guess}` },
          { "x-api-key": guess },
          { "x-adit-api-key": guess },
          { cookie: `adit_session=${guess}` },
        ]) {
          expect(
            (await fetch(`${gateway.url}/v1/virtual-keys`, { headers: headers as Record<string, string> })).status,
          ).toBe(401);
        }
      }
      await gateway.stop();
    }
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key.length).toBeGreaterThan(40);
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });
});

onBothEngines((control) => {
  const ask: Control["ask"] = (...request) => control().ask(...request);
  const password = "a long password for tests";
  let ours = "";
  let theirs = "";
  let ourKey: { id: string; key: string };
  let theirKey: { id: string; key: string };
  /** By the lists that they stand in: the ids of what is theirs and has no slug. */
  const theirIds: Record<string, string> = {};
  const callers: Record<string, Record<string, string>> = {};
  let document: Document;

  async function signIn(email: string): Promise<Record<string, string>> {
    const { url } = control().gateway;
    const response = await fetch(`${url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ email, password }),
    });
    const { csrf_token: csrf } = (await response.json()) as { csrf_token: string };
    const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return { cookie, "x-adit-csrf-token": csrf, origin: url };
  }

  async function newKey(workspace: string, scopes: string[], terms: object = {}): Promise<{ id: string; key: string }> {
    const body = { name: "key", scopes, workspace_id: workspace, ...terms };
    return (await ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", body)).body;
  }

  /** One more of all that a project keeps, named `theirs`. */
  async function makeTheirs(): Promise<void> {
    const limit = { name: "theirs", scope: "project", amount: 1_000_000, period: "total", unit: "tokens" };
    const made: [string, object][] = [
      ["guardrails", { name: "theirs", slug: "pg-theirs", checks: [{ id: "default.notNull" }] }],
      ["prompts", { name: "theirs", slug: "pp-theirs", string: "Hi" }],
      ["prompts/partials", { name: "theirs", slug: "part-theirs", string: "Hi" }],
      ["labels", { name: "theirs" }],
      ["collections", { name: "theirs" }],
      ["budgets", limit],
      ["rate-limits", { ...limit, period: "day" }],
      ["logs/views", { name: "theirs", query: "status=429" }],
      ["logs/exports", { description: "theirs" }],
    ];
    for (const [list, body] of made) {
      const { id } = (await ask<{ id: string }>("POST", `/v1/${list}?workspace_id=${theirs}`, body)).body;
      theirIds[list] = id;
    }
    const model = { body: { model: "theirs" } };
    const call = { request: model, response: { status: 200 }, metadata: { trace_id: "of-theirs" } };
    theirIds["logs"] =
      (await ask<{ ids: string[] }>("POST", `/v1/logs?workspace_id=${theirs}`, call)).body.ids[0] ?? "";
    const said = await ask<{ feedback_ids: string[] }>("POST", `/v1/feedback?workspace_id=${theirs}`, {
      trace_id: "of-theirs",
      value: 1,
    });
    theirIds["feedback"] = said.body.feedback_ids[0] ?? "";
  }

  beforeAll(async () => {
    document = await documentOf(control().gateway.url);
    ours = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Ours", slug: "ours" })).body.id;
    theirs = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Theirs", slug: "theirs" })).body.id;
    for (const [workspace, slug] of [
      [ours, "ours"],
      [theirs, "theirs"],
    ] as const) {
      await ask("POST", "/v1/virtual-keys", {
        name: slug,
        slug: `vk-${slug}`,
        kind: "server_chain",
        region: "us-east-1",
        workspace_id: workspace,
      });
      await ask("POST", "/v1/configs", {
        name: slug,
        slug: `pc-${slug}`,
        config: { retry: { attempts: 1 } },
        workspace_id: workspace,
      });
      const spec = { virtual_key: `vk-${slug}`, model_id: "amazon.nova-lite-v1:0" };
      await ask("POST", "/v1/connectors", {
        name: slug,
        slug: `con-${slug}`,
        connection_spec: spec,
        workspace_id: workspace,
      });
    }
    await makeTheirs();
    const kinds =
      "virtual_keys integrations providers configs connectors api_keys workspaces guardrails prompts budgets";
    const all = [...kinds.split(" "), "rate_limits", "logs"].map((kind) => `${kind}.*`);
    ourKey = await newKey(ours, all);
    theirKey = await newKey(theirs, ["completions.write"]);
    await ask("POST", `/v1/api-keys/${theirKey.id}/key-pairs`);
    callers["a gateway key"] = { authorization: `Bearer ${ourKey.key}` };
    for (const role of ["member", "admin"]) {
      const email = `${role}@ours.example`;
      await ask("POST", "/v1/people", { email, name: role, role: "member", password, projects: { [ours]: role } });
      callers[`a project's ${role}`] = await signIn(email);
    }
    await ask("POST", "/v1/people", {
      email: "them@theirs.example",
      name: "Them",
      role: "viewer",
      projects: { [theirs]: "admin" },
    });
  });

  describe("C5 text that is SQL elsewhere", () => {
    const texts = [
      "' OR '1'='1", "'; DROP TABLE virtual_keys; --", "\" OR \"\"=\"", "1) UNION SELECT password_hash FROM people --", "%' OR 1=1 --",
      "\\'; SELECT pg_sleep(10); --", "$1", "?", "x'||(select 1)||'", "\u02bc OR 1=1", "admin'/*",
    ]; // prettier-ignore

    test("in paths and queries finds nothing and breaks nothing", async () => {
      const before = (await ask<{ total: number }>("GET", "/v1/virtual-keys?workspace_id=ours")).body.total;
      for (const text of texts) {
        for (const { method, path } of operationsOf(document, text)) {
          const query = `?workspace_id=${encodeURIComponent(text)}&search=${encodeURIComponent(text)}`;
          const answer = await fetch(`${control().gateway.url}${path}${query}`, {
            method,
            headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
            ...(method !== "GET" && {
              body: JSON.stringify({ name: text, slug: text, workspace_id: text, email: text }),
            }),
          });
          const told = await answer.text();
          expect(answer.status < 500, `${method} ${path} ${answer.status} ${told}`).toBe(true);
          expect(told).not.toMatch(/syntax error|SQLITE_|scrypt/i);
        }
      }
      expect((await ask<{ total: number }>("GET", "/v1/virtual-keys?workspace_id=ours")).body.total).toBe(before);
    }, 120_000);

    test("in what is kept comes back letter by letter", async () => {
      for (const text of texts) {
        const made = await ask<{ slug: string }>("POST", "/v1/virtual-keys", {
          name: text,
          note: text,
          kind: "server_chain",
          workspace_id: ours,
        });
        const read = await ask<{ name: string; note: string }>(
          "GET",
          `/v1/virtual-keys/${made.body.slug}?workspace_id=${ours}`,
        );
        expect([read.body.name, read.body.note]).toEqual([text, text]);
        const found = await ask<{ data: { name: string }[] }>(
          "GET",
          `/v1/virtual-keys?workspace_id=${ours}&search=${encodeURIComponent(text)}`,
        );
        expect(found.body.data.map(({ name }) => name)).toContain(text);
        await ask("DELETE", `/v1/virtual-keys/${made.body.slug}?workspace_id=${ours}`);
      }
    });
  });

  describe("C7 nobody makes more of themselves", () => {
    const attempts = (): [string, string, string, object][] => [
      ["a project's member", "PUT", `/v1/projects/${ours}/people/me`, { role: "admin" }],
      ["a project's member", "POST", "/v1/people", { email: "x@x.example", name: "x", role: "admin", password }],
      ["a project's admin", "POST", "/v1/people", { email: "x@x.example", name: "x", role: "admin", password }],
      ["a project's admin", "PUT", `/v1/projects/${theirs}`, { name: "Mine" }],
      ["a project's admin", "POST", "/v1/projects", { name: "Mine" }],
      ["a gateway key", "POST", "/v1/people", { email: "x@x.example", name: "x", role: "admin" }],
      ["a gateway key", "PUT", `/v1/projects/${ours}`, { name: "Mine" }],
      ["a gateway key", "GET", "/v1/audit-logs", {}],
      // More than it has itself.
      ["a gateway key", "POST", "/v1/api-keys/workspace/service", { name: "x", scopes: ["completions.write"] }],
      ["a gateway key", "POST", "/v1/api-keys/workspace/service", { name: "x", scopes: ["audit_logs.*"] }],
      ["a gateway key", "POST", "/v1/api-keys/workspace/service", { name: "x", scopes: ["people.*"] }],
    ]; // prettier-ignore

    test("by asking", async () => {
      for (const [caller, method, path, body] of attempts()) {
        const answer = await ask(method, path, method === "GET" ? undefined : body, callers[caller]);
        expect([caller, path, [403, 404].includes(answer.status)], JSON.stringify(answer.body)).toEqual([
          caller,
          path,
          true,
        ]);
      }
      expect((await ask<{ data: { email: string }[] }>("GET", "/v1/people?search=x.example")).body.data).toEqual([]);
    });

    test("a gateway key does not widen itself", async () => {
      const self = `/v1/api-keys/${ourKey.id}`;
      for (const body of [{ scopes: ["completions.write", "api_keys.*"] }, { scopes: ["people.*"] }]) {
        expect((await ask("PUT", self, body, callers["a gateway key"])).status).toBe(403);
      }
      const narrow = await newKey(ours, ["api_keys.*", "completions.write"], {
        allowed_models: ["amazon.*"],
        allowed_virtual_keys: ["vk-ours"],
      });
      const asNarrow = { authorization: `Bearer ${narrow.key}` };
      for (const body of [
        { allowed_models: null },
        { allowed_models: ["*"] },
        { allowed_virtual_keys: null },
        { defaults: { allow_config_override: true }, allowed_models: [] },
      ]) {
        expect((await ask("PUT", `/v1/api-keys/${narrow.id}`, body, asNarrow)).status, JSON.stringify(body)).toBe(403);
      }
      expect(
        (await ask("POST", "/v1/api-keys/workspace/service", { name: "x", scopes: ["completions.write"] }, asNarrow))
          .status,
      ).toBe(403);
    });

    test("by fields that no shape has", async () => {
      const more = {
        role: "admin",
        is_admin: true,
        organisation_role: "admin",
        id: "psn_x",
        project_id: theirs,
        projectId: theirs,
        owner_id: "x",
        created_at: 1,
      };
      for (const [name, value] of Object.entries(more)) {
        const body = { name: "x", kind: "server_chain", workspace_id: ours, [name]: value };
        expect([name, (await ask("POST", "/v1/virtual-keys", body)).status]).toEqual([name, 400]);
        const key = { name: "x", scopes: ["configs.read"], [name]: value };
        expect([
          name,
          (await ask("POST", "/v1/api-keys/workspace/service", key, callers["a gateway key"])).status,
        ]).toEqual([name, 400]);
      }
      for (const body of [
        '{"__proto__":{"role":"admin"},"name":"x"}',
        '{"constructor":{"prototype":{"role":"admin"}},"name":"x"}',
      ]) {
        expect((await ask("POST", "/v1/virtual-keys", body)).status).toBe(400);
      }
      expect(({} as Record<string, unknown>)["role"]).toBeUndefined();
    });
  });

  describe("C8 nothing that opens a door is told", () => {
    /** What an answer may hold under a name that sounds of a secret: whether there is one, and what is shown once. */
    const known = ["has_password", "secret_access_key", "key", "masked_api_key", "key_prefix"];

    test("no shape of an answer has a hash, a salt or a password", () => {
      const names = new Set<string>();
      const walk = (schema: Schema | undefined): void => {
        if (schema === undefined) return;
        for (const [name, member] of Object.entries(schema.properties ?? {})) {
          names.add(name);
          walk(member);
        }
        walk(schema.items);
        schema.anyOf?.forEach(walk);
      };
      const answers = Object.entries(document.components.schemas).filter(
        ([name]) => !/(Create|Update|Request|Check|Spec|SignIn|PasswordChange)$/.test(name),
      );
      expect(answers.length).toBeGreaterThan(20);
      for (const [, schema] of answers) walk(schema);
      expect(
        [...names].filter(
          (name) => /hash|salt|passw|secret|token$|sealed(?!_records$)|cipher/i.test(name) && !known.includes(name),
        ),
      ).toEqual(["csrf_token"].filter((name) => names.has(name)));
    });

    test("what the database keeps of keys, passwords and sessions opens nothing", async () => {
      const { location, gateway } = control();
      const hashes = await keptHashes(location);
      expect(hashes.filter((hash) => hash.startsWith("scrypt") || hash.startsWith("$scrypt")).length).toBeGreaterThan(
        1,
      );
      for (const hash of hashes) {
        const shown: Record<string, string>[] = [
          { authorization: `Bearer ${hash}` },
          { authorization: `Bearer adit_sk_${hash}` },
          { cookie: `adit_session=${hash}` },
        ];
        for (const headers of shown) {
          expect((await fetch(`${gateway.url}/v1/virtual-keys`, { headers })).status).toBe(401);
        }
      }
      const asPassword = await fetch(`${gateway.url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: gateway.url },
        body: JSON.stringify({ email: "admin@ours.example", password: hashes.find((hash) => hash.includes("scrypt")) }),
      });
      expect(asPassword.status).toBe(401);
    });
  });

  describe("C9 no text becomes a program", () => {
    const templates = [
      "{{constructor.constructor('return process')()}}",
      "${7*7}",
      "<%= 7*7 %>",
      "{{7*7}}",
      "#{7*7}",
      "{% raw %}",
      '{{#with "s" as |string|}}x{{/with}}',
      "{{__proto__.x}}",
    ];
    const paths = [
      "$[?(process.exit(1))]",
      "$..[?(@.constructor.constructor('return process')())]",
      "$[(@.length-1)]",
      "$..[?(require('fs'))]",
      "$.`eval(1)`",
      "$[?(@.x=~/(a+)+$/)]",
      "$.__proto__",
      "$.constructor.name",
    ];

    test("in a connector's values stays text, or is refused", async () => {
      const { gateway } = control();
      const caller = await newKey(ours, ["completions.write"]);
      for (const [index, template] of templates.entries()) {
        const slug = `t-${index}`;
        const connector = {
          name: "x",
          slug,
          workspace_id: ours,
          connection_spec: {
            virtual_key: "vk-ours",
            model_id: "amazon.nova-lite-v1:0",
            request_format: '{"messages":[{"role":"user","content":[{"text":"x"}]}]}',
          },
          input_schema: [{ name: "messages.0.content.0.text", value: template, value_type: "dynamic" }],
        };
        const made = await ask("POST", "/v1/connectors", connector);
        expect([201, 400]).toContain(made.status);
        if (made.status === 400) continue;
        const answer = await fetch(`${gateway.url}/v1/connectors/${slug}/invoke`, {
          method: "POST",
          headers: { authorization: `Bearer ${caller.key}`, "content-type": "application/json" },
          body: "{}",
        });
        const told = await answer.text();
        expect(answer.status).toBeLessThan(500);
        expect(told).not.toMatch(/\b49\b|\[object process\]/);
        const sent = control()
          .emulator.requests.map(({ body }) => body.toString())
          .join("");
        expect(sent).not.toMatch(/object process/);
      }
    });

    test("in a connector's paths is refused when it is saved, or finds nothing", async () => {
      for (const [index, path] of paths.entries()) {
        const connector = {
          name: "x",
          slug: `p-${index}`,
          workspace_id: ours,
          connection_spec: { virtual_key: "vk-ours", model_id: "amazon.nova-lite-v1:0" },
          output_schema: [{ name: "out", path }],
        };
        const { status } = await ask("POST", "/v1/connectors", connector);
        expect([201, 400]).toContain(status);
        if (status === 400) continue;
        const caller = await newKey(ours, ["completions.write"]);
        const answer = await fetch(`${control().gateway.url}/v1/connectors/${connector.slug}/invoke`, {
          method: "POST",
          headers: { authorization: `Bearer ${caller.key}`, "content-type": "application/json" },
          body: JSON.stringify({ data: { messages: [{ role: "user", content: [{ text: "x" }] }] } }),
        });
        const { output } = (await answer.json()) as { output: Record<string, unknown> };
        expect([path, output["out"] ?? null]).toEqual([path, null]);
      }
    });
  });

  describe("C17 what is another project's is not there", () => {
    const places = (): [string, string, object?][] => [
      ["GET", `/v1/virtual-keys?workspace_id=${theirs}`],
      ["GET", "/v1/virtual-keys/vk-theirs"],
      ["GET", `/v1/virtual-keys/vk-theirs?workspace_id=${theirs}`],
      ["GET", `/v1/virtual-keys/vk-theirs/policies?workspace_id=${theirs}`],
      ["PUT", `/v1/virtual-keys/vk-theirs?workspace_id=${theirs}`, { name: "mine" }],
      ["POST", `/v1/virtual-keys/vk-theirs/test?workspace_id=${theirs}`, {}],
      ["DELETE", `/v1/virtual-keys/vk-theirs?workspace_id=${theirs}`],
      ["GET", `/v1/integrations/vk-theirs?workspace_id=${theirs}`],
      ["GET", "/v1/providers/vk-theirs"],
      ["POST", "/v1/providers", { name: "mine", integration_id: "vk-theirs" }],
      ["GET", `/v1/configs/pc-theirs?workspace_id=${theirs}`],
      ["GET", "/v1/configs/pc-theirs"],
      ["GET", "/v1/configs/pc-theirs/versions"],
      ["PUT", "/v1/configs/pc-theirs", { name: "mine" }],
      ["DELETE", "/v1/configs/pc-theirs"],
      ["POST", "/v1/configs/dry-run", { config: "pc-theirs", request: { body: { model: "m" } } }],
      ["POST", "/v1/configs", { name: "mine", config: { virtual_key: "vk-theirs" } }],
      ["POST", "/v1/configs", { name: "mine", config: { provider: "@vk-theirs" } }],
      ["POST", "/v1/virtual-keys", { name: "mine", credential: { aws_role_arn: "arn:aws:iam::123456789012:role/x", source: "vk-theirs" } }],
      ["POST", "/v1/virtual-keys", { name: "mine", kind: "server_chain", workspace_id: theirs }],
      ["GET", `/v1/connectors/con-theirs?workspace_id=${theirs}`],
      ["GET", "/v1/connectors/con-theirs"],
      ["POST", "/v1/connectors/con-theirs/check_connection"],
      ["POST", "/v1/connectors", { name: "mine", connection_spec: { virtual_key: "vk-theirs", model_id: "m" } }],
      ["PUT", "/v1/connectors/con-ours", { connection_spec: { virtual_key: "vk-theirs" } }],
      ["GET", `/v1/api-keys?workspace_id=${theirs}`],
      ["GET", `/v1/api-keys/${theirKey.id}`],
      ["PUT", `/v1/api-keys/${theirKey.id}`, { name: "mine" }],
      ["POST", `/v1/api-keys/${theirKey.id}/rotate`, {}],
      ["DELETE", `/v1/api-keys/${theirKey.id}`],
      ["POST", `/v1/api-keys/${theirKey.id}/key-pairs`],
      ["GET", `/v1/api-keys/${theirKey.id}/key-pairs`],
      ["POST", "/v1/api-keys/workspace/service", { name: "mine", scopes: ["configs.read"], workspace_id: theirs }],
      ["POST", "/v1/api-keys/workspace/service", { name: "mine", scopes: ["configs.read"], defaults: { virtual_key: "vk-theirs" } }],
      ["POST", "/v1/api-keys/workspace/service", { name: "mine", scopes: ["configs.read"], defaults: { config_id: "pc-theirs" } }],
      ["GET", `/v1/projects/${theirs}`],
      ["GET", `/v1/admin/workspaces/${theirs}`],
      ["GET", `/v1/projects/${theirs}/people`],
      ["GET", `/v1/audit-logs?workspace_id=${theirs}`],
      ...["guardrails", "prompts", "prompts/partials", "labels", "collections", "budgets", "rate-limits", "logs", "logs/exports"].map(
        (list): [string, string] => ["GET", `/v1/${list}/${theirIds[list]}`],
      ),
      ...["guardrails/pg", "prompts/pp", "prompts/partials/part"].flatMap((slug): [string, string, object?][] => [
        ["GET", `/v1/${slug}-theirs`],
        ["GET", `/v1/${slug}-theirs/versions`],
        ["PUT", `/v1/${slug}-theirs`, { name: "mine" }],
        ["DELETE", `/v1/${slug}-theirs`],
      ]),
      ["POST", "/v1/prompts/pp-theirs/render", {}],
      ["DELETE", `/v1/labels/${theirIds["labels"]}`],
      ["DELETE", `/v1/collections/${theirIds["collections"]}`],
      ["POST", `/v1/budgets/${theirIds["budgets"]}/reset`],
      ["DELETE", `/v1/rate-limits/${theirIds["rate-limits"]}`],
      ["GET", `/v1/logs/${theirIds["logs"]}/explain`],
      ["POST", `/v1/logs/${theirIds["logs"]}/replay`, {}],
      ["GET", "/v1/traces/of-theirs"],
      ["DELETE", `/v1/logs/views/${theirIds["logs/views"]}`],
      ["PUT", `/v1/logs/exports/${theirIds["logs/exports"]}`, { description: "mine" }],
      ["GET", `/v1/logs/exports/${theirIds["logs/exports"]}/download`],
      ["PUT", `/v1/feedback/${theirIds["feedback"]}`, { value: 2 }],
      ["POST", "/v1/configs", { name: "mine", config: { input_guardrails: ["pg-theirs"] } }],
      ["POST", "/v1/configs", { name: "mine", config: { prompt_id: "pp-theirs" } }],
      ["POST", "/v1/prompts", { name: "mine", string: "{{>part-theirs}}" }],
      ["POST", "/v1/prompts", { name: "mine", string: "Hi", collection_id: theirIds["collections"] }],
      ["POST", "/v1/prompts", { name: "mine", string: "Hi", virtual_key: "vk-theirs" }],
      ["POST", "/v1/budgets", { name: "mine", scope: "gateway_key", scope_id: theirKey.id, unit: "tokens", amount: 1, period: "total" }],
    ]; // prettier-ignore

    test.each(["a gateway key", "a project's member", "a project's admin"])("to %s", async (caller) => {
      for (const [method, path, body] of places()) {
        const answer = await ask(method, path, body, callers[caller]);
        const told = JSON.stringify(answer.body);
        expect([path, [400, 403, 404].includes(answer.status)], told).toEqual([path, true]);
        expect(told).not.toMatch(/Did you mean "?(vk|pc|con|pg|pp|part)-theirs|"name":"theirs"/);
      }
    });

    test("their lists hold theirs alone", async () => {
      for (const kind of [
        "virtual-keys",
        "integrations",
        "providers",
        "configs",
        "connectors",
        "api-keys",
        "projects",
        "admin/workspaces",
        ...Object.keys(theirIds).filter((list) => list !== "feedback"),
      ]) {
        for (const [caller, headers] of Object.entries(callers)) {
          const { status, body } = await ask<{ data: object[] }>("GET", `/v1/${kind}`, undefined, headers);
          const told = JSON.stringify(body);
          expect([caller, kind, status, /theirs|Theirs/.test(told) || told.includes(theirs)]).toEqual([
            caller,
            kind,
            200,
            false,
          ]);
        }
      }
      const audit = await ask<{ data: { workspace_id: string | null }[] }>(
        "GET",
        "/v1/audit-logs?limit=100",
        undefined,
        callers["a project's admin"],
      );
      expect(new Set(audit.body.data.map(({ workspace_id: id }) => id))).toEqual(new Set([ours]));
    });

    test("what was said of their trace stands at no call of ours that names the same, nor in our figures", async () => {
      const asAdmin = callers["a project's admin"];
      const call = { response: { status: 200 }, metadata: { trace_id: "of-theirs" } };
      const { body: made } = await ask<{ ids: string[] }>("POST", `/v1/logs?workspace_id=${ours}`, call);
      const log = await ask<{ feedback: object[] }>("GET", `/v1/logs/${made.ids[0]}`, undefined, asAdmin);
      expect([log.status, log.body.feedback]).toEqual([200, []]);
      const trace = await ask("GET", "/v1/traces/of-theirs", undefined, asAdmin);
      expect([trace.status, JSON.stringify(trace.body).includes(theirIds["logs"] ?? "")]).toEqual([200, false]);
      const graph = await ask<{ summary: { total: number } }>(
        "GET",
        "/v1/analytics/graphs/feedbacks",
        undefined,
        asAdmin,
      );
      expect([graph.status, graph.body.summary.total]).toEqual([200, 0]);
      const own = `/v1/logs/${theirIds["logs"]}?workspace_id=${theirs}`;
      expect((await ask<{ feedback: object[] }>("GET", own)).body.feedback).toHaveLength(1);
    });

    test("and all of it is still there", async () => {
      const named = ["virtual-keys/vk-theirs", "configs/pc-theirs", "connectors/con-theirs", "guardrails/pg-theirs"];
      const ofIds = ["prompts", "prompts/partials", "labels", "collections"].map((list) => `${list}/${theirIds[list]}`);
      for (const path of [...named, ...ofIds]) {
        expect((await ask("GET", `/v1/${path}?workspace_id=${theirs}`)).status).toBe(200);
      }
      expect((await ask<{ name: string }>("GET", `/v1/api-keys/${theirKey.id}`)).body.name).toBe("key");
    });
  });
});

/** What the database keeps in the place of keys, passwords and sessions. */
async function keptHashes(location: StoreLocation): Promise<string[]> {
  const store = await Store.open(location);
  const hashes = await store.read(async (db) => [
    ...(await db.selectFrom("gatewayKeyHashes").select("keyHash as hash").execute()),
    ...(await db.selectFrom("people").select("passwordHash as hash").execute()),
    ...(await db.selectFrom("sessions").select("tokenHash as hash").execute()),
  ]);
  await store.close();
  return hashes.map(({ hash }) => hash).filter((hash) => hash !== null);
}
