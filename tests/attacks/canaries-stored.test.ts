/** C10, U12: secrets that are stored, by every door that takes one; looked for in the database's own files and in all that comes out. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresPrograms, PostgresServer } from "../../packages/gateway/src/store/testing/postgres.ts";
import { runToEnd } from "../cli/command.ts";
import { adminKey, openControl, type Control } from "../control/control.ts";
import { nova, question } from "../support/asking.ts";
import { canaries, upstreamBodies, wholeText } from "./canaries.ts";

// Servers, commands and files of a database: more than most tests do.

/** What must be nowhere. What is shown once is added where it is made. */
const shownOnce: string[] = [];

/** What is not written yet in a file that was made at its full size. */
function withoutEmptyEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

function filesBelow(folder: string): Buffer[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => withoutEmptyEnd(readFileSync(join(entry.parentPath, entry.name))));
}

describe.each(["sqlite", "postgres"] as const)("on %s", (engine) => {
  describe.skipIf(engine === "postgres" && postgresPrograms === undefined)("stored secrets", () => {
    const secrets = canaries();
    const masterKey = randomBytes(32).toString("base64");
    const told: string[] = [];
    let server: PostgresServer | undefined;
    let url: string | undefined;
    let control: Control & { close: () => Promise<void> };

    beforeAll(async () => {
      if (engine === "postgres") {
        server = await PostgresServer.start();
        url = await server.newDatabase();
      }
      control = await openControl({
        ...(url !== undefined && { DATABASE_URL: url }),
        ADIT_MASTER_KEY: masterKey,
        ADIT_LOG_LEVEL: "trace",
        ADIT_CUSTOM_HOSTS: "https://models.example.com",
      });
    }, 60_000);
    afterAll(async () => {
      await control.close();
      await server?.stop();
    });

    /** Sends, and keeps what is answered. */
    async function send(
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<string> {
      const answer = await fetch(`${control.gateway.url}${path}`, {
        method,
        headers: {
          ...(headers["cookie"] === undefined && { authorization: `Bearer ${adminKey}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await wholeText(answer);
      told.push(`${method} ${path.split("?")[0]}\n${text}`);
      return text;
    }

    /** As {@link send}, for what shows a secret this one time: that is taken out, and looked for everywhere else. */
    async function sendForSecret(
      path: string,
      field: string,
      body: unknown,
      headers: Record<string, string> = {},
    ): Promise<string> {
      const text = await send("POST", path, body, headers);
      const secret = (JSON.parse(text.slice(text.indexOf("\n\n"))) as Record<string, string>)[field] ?? "";
      expect(secret.length).toBeGreaterThan(20);
      told.pop();
      shownOnce.push(secret);
      return secret;
    }

    const pairOf = (place: string): Record<string, string> => ({
      aws_access_key_id: "AKIACANARYCANARY0000",
      aws_secret_access_key: secrets.of(place),
    });

    test("are taken in by every door, used, changed, refused, deleted", async () => {
      const { emulator } = control;
      const main = {
        accessKeyId: "ASIACANARYCANARY0001",
        secretAccessKey: secrets.of("main"),
        sessionToken: secrets.of("main token"),
      };
      emulator.addCredential(main);
      const keyed = { "idempotency-key": "canary-1" };
      const credential = {
        aws_access_key_id: main.accessKeyId,
        aws_secret_access_key: main.secretAccessKey,
        aws_session_token: main.sessionToken,
      };
      const virtualKeys: Record<string, unknown>[] = [
        { name: "main", slug: "main", credential, region: "us-east-1" },
        {
          name: "flat",
          awsAccessKeyId: "AKIACANARYCANARY0002",
          awsSecretAccessKey: secrets.of("flat"),
          awsSessionToken: secrets.of("flat token"),
        },
        {
          name: "role",
          slug: "role",
          credential: { ...pairOf("source of a role"), aws_role_arn: "arn:aws:iam::123456789012:role/canary" },
        },
        { name: "bearer", slug: "bearer", key: `ABSK${secrets.of("Bedrock API key")}` },
        {
          name: "foreign",
          provider: "openai",
          credential: { base_url: "https://models.example.com/v1", api_key: secrets.of("foreign key") },
        },
      ];
      for (const body of virtualKeys)
        await send("POST", "/v1/virtual-keys", body, body["slug"] === "main" ? keyed : {});
      await send("POST", "/v1/virtual-keys", virtualKeys[0], keyed);
      expect(told.at(-1)).toContain("idempotent-replayed");
      await send("PUT", "/v1/virtual-keys/role", {
        credential: { ...pairOf("changed source"), aws_role_arn: "arn:aws:iam::123456789012:role/canary" },
      });
      await send("POST", "/v1/integrations", {
        name: "int",
        slug: "int",
        ai_provider_id: "bedrock",
        configurations: { aws_auth_type: "accessKey", ...pairOf("integration"), aws_region: "us-east-1" },
      });
      await send("POST", "/v1/providers", { name: "prov", slug: "prov", integration_id: "int" });
      const spec = {
        access_key: "AKIACANARYCANARY0003",
        secret_access_key: secrets.of("connector"),
        region: "us-east-1",
        model_id: "amazon.nova-lite-v1:0",
      };
      await send("POST", "/v1/connectors", { name: "con", slug: "con", connection_spec: spec });
      await send("PUT", "/v1/connectors/con", {
        connection_spec: { access_key: "AKIACANARYCANARY0003", secret_access_key: secrets.of("changed connector") },
      });
      await send("POST", "/v1/connectors/check_connection", {
        connection_spec: { ...spec, secret_access_key: secrets.of("tried connector") },
      });
      const place = { name: "b", scope: "project", unit: "cost", amount: "1000", period: "daily" };
      const alertUrl = (what: string): string => `https://models.example.com/services/${secrets.of(what)}`;
      const budget = { ...place, alert_percents: [50], alert_url: alertUrl("address of alerts") };
      const made = await send("POST", "/v1/budgets", budget, { "idempotency-key": "canary-3" });
      const { id } = JSON.parse(made.slice(made.indexOf("\n\n"))) as { id: string };
      await send("PUT", `/v1/budgets/${id}`, { alert_url: alertUrl("changed address of alerts") });
      await send("PUT", "/v1/virtual-keys/flat", {
        usage_limits: { credit_limit: 10, alert_threshold: 5, alert_url: alertUrl("address of a key's alerts") },
      });
      const webhook = (what: string): object => ({
        id: "default.webhook",
        parameters: { webhookURL: `${alertUrl(what)}?token=${secrets.of(`${what}'s query`)}` },
      });
      const log = { id: "default.log", parameters: { logURL: alertUrl("address of a log") } };
      await send("POST", "/v1/guardrails", { name: "g", slug: "pg-g", checks: [webhook("webhook"), log] });
      await send("PUT", "/v1/guardrails/pg-g", { checks: [webhook("changed webhook"), log] });
      for (const slug of ["main", "flat", "role", "bearer", "prov"])
        await send("POST", `/v1/virtual-keys/${slug}/test`, { model: nova });
      const answers = told.filter((text) => /^(POST|PUT)[^\n]*\n[^2]/.test(text));
      expect(answers).toEqual([]);
    });

    test("wrong ones are refused, without a word of what they are", async () => {
      const wrong: [string, string, unknown][] = [
        ["POST", "/v1/virtual-keys", { name: "x", credential: { aws_secret_access_key: secrets.of("half a pair") } }],
        ["POST", "/v1/virtual-keys", { name: "x", credential: { ...pairOf("with a typo"), aws_sesion_token: secrets.of("mistyped field") } }],
        ["POST", "/v1/virtual-keys", { name: "x", region: secrets.of("in the region's place"), kind: "server_chain" }],
        ["POST", "/v1/virtual-keys", { name: "x", credential: { ...pairOf("with a role"), aws_role_arn: secrets.of("in the role's place") } }],
        ["POST", "/v1/virtual-keys", { name: "x", credential: { base_url: `https://user:${secrets.of("password of a URL")}@models.example.com`, api_key: "k" } }],
        ["POST", "/v1/virtual-keys", `{"name":"x","credential":{"aws_secret_access_key":"${secrets.of("broken JSON")}"`],
        ["POST", "/v1/configs", { name: "x", config: { provider: "bedrock", ...pairOf("in a config") } }],
        ["POST", "/v1/configs", { name: "x", config: { provider: "openai", api_key: secrets.of("API key in a config") } }],
        ["POST", "/v1/configs", { name: "x", config: { override_params: { mcp_servers: [{ authorization_token: secrets.of("of an MCP server") }] } } }],
        ["POST", "/v1/configs", { name: "x", config: { retry: { attempts: secrets.of("as a count") } } }],
        ["POST", "/v1/people", { email: "c@example.com", name: "C", role: "viewer", password: secrets.of("pw").slice(0, 8) }],
        ["POST", "/v1/connectors", { name: "x", connection_spec: { secret_access_key: secrets.of("connector by half") } }],
        ["POST", "/v1/api-keys/workspace/service", { name: "x", scopes: [secrets.of("as a scope")] }],
        ["POST", "/v1/budgets", { name: "x", scope: "project", unit: "cost", amount: "1", period: "daily", alert_percents: [1], alert_url: `https://user:${secrets.of("password of an address")}@models.example.com/` }],
        ["POST", "/v1/budgets", { name: "x", scope: "project", unit: "cost", amount: "1", period: "daily", alert_percents: [1], alert_url: `https://elsewhere.example.com/${secrets.of("address elsewhere")}` }],
        ["POST", "/v1/guardrails", { name: "x", checks: [{ id: "default.webhook", parameters: { webhookURL: `https://elsewhere.example.com/${secrets.of("webhook elsewhere")}` } }] }],
        ["PUT", "/v1/virtual-keys/main", { credential: { aws_secret_access_key: secrets.of("half a change") } }],
        ["POST", "/v1/configs/dry-run", { config: { provider: "bedrock", ...pairOf("dry run") }, request: { body: { model: nova, api_key: secrets.of("dry run's body") }, headers: { "x-adit-aws-session-token": secrets.of("dry run's header") } } }],
      ]; // prettier-ignore
      for (const [method, path, body] of wrong) {
        const text = await send(method, path, body);
        expect(text).toMatch(path.endsWith("dry-run") ? /^200/ : /^400/);
      }
    });

    test("calls by them, and calls that bring others", async () => {
      const key = await sendForSecret(
        "/v1/api-keys/workspace/service",
        "key",
        { name: "app", scopes: ["completions.write", "virtual_keys.*"], defaults: { virtual_key: "main" } },
        { "idempotency-key": "canary-2" },
      );
      await send(
        "POST",
        "/v1/api-keys/workspace/service",
        { name: "app", scopes: ["completions.write", "virtual_keys.*"], defaults: { virtual_key: "main" } },
        { "idempotency-key": "canary-2" },
      );
      const list = JSON.parse((await send("GET", "/v1/api-keys")).split("\n\n")[1] ?? "") as { data: { id: string }[] };
      const id = list.data[0]?.id ?? "";
      await sendForSecret(`/v1/api-keys/${id}/key-pairs`, "secret_access_key", undefined);
      const asApp = { "x-adit-api-key": key };
      for (const stream of [false, true]) {
        expect(await send("POST", "/v1/chat/completions", question("hello", { stream }), asApp)).toMatch(/^200/);
        const refuse = {
          kind: "refuse",
          type: "ExpiredTokenException",
          operation: "Converse*",
          message: `The token ${secrets.of("main token")} has expired`,
        } as const;
        control.emulator.faultNext(refuse);
        await send("POST", "/v1/chat/completions", question("hello", { stream }), {
          ...asApp,
          "x-adit-config": '{"retry":{"attempts":0}}',
        });
      }
      const strange: [Record<string, unknown>, Record<string, string>][] = [
        [{ customer_credentials: { bedrock: pairOf("body of a call") } }, {}],
        [{ user: "u" }, { "x-portkey-virtual-key": "flat" }],
        [{}, { "x-portkey-virtual-key": "bearer" }],
        [{}, { "x-portkey-virtual-key": "role" }],
        [{}, { "x-adit-api-key": "", authorization: `Bearer adit_sk_${secrets.of("unknown key")}` }],
        [{}, { "x-adit-api-key": "", authorization: `Basic ${secrets.of("basic")}` }],
        [{}, { cookie: `adit_session=${secrets.of("cookie")}`, "x-some-secret": secrets.of("unknown header") }],
        [{}, { "x-portkey-metadata": `{"a":${secrets.of("broken metadata")}` }],
        [{}, { "x-portkey-config": `{"api_key":"${secrets.of("broken config")}"` }],
        [{}, { "proxy-authorization": secrets.of("proxy"), "x-forwarded-for": "1.2.3.4" }],
      ]; // prettier-ignore
      for (const [body, headers] of strange)
        await send("POST", "/v1/chat/completions", question("hello", body), { ...asApp, ...headers });
      await send("GET", `/v1/models?api_key=${secrets.of("query of the models")}`, undefined, asApp);
      await send("GET", `/v1/virtual-keys?token=${secrets.of("query of a list")}`, undefined, asApp);
      await send("GET", `/nowhere?token=${secrets.of("query of nowhere")}`, undefined, asApp);
    });

    test("people: their passwords, cookies and tokens", async () => {
      const password = secrets.of("password of a person");
      await send("POST", "/v1/people", { email: "ada@example.com", name: "Ada", role: "admin", password });
      const url = control.gateway.url;
      const wrong = { email: "ada@example.com", password: secrets.of("wrong password") };
      const refused = await send("POST", "/v1/session", wrong, { origin: url, cookie: "none=1" });
      const answer = await fetch(`${url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: url },
        body: JSON.stringify({ email: "ada@example.com", password }),
      });
      const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      const { csrf_token: csrf } = (await answer.json()) as { csrf_token: string };
      shownOnce.push(cookie.slice(cookie.indexOf("=") + 1));
      expect(refused).toMatch(/^401/);
      const asAda = { cookie, "x-adit-csrf-token": csrf, origin: url };
      await send("POST", "/v1/projects", { name: "Ada's" }, asAda);
      for (const path of ["/v1/people", "/v1/projects", "/v1/virtual-keys", "/v1/audit-logs?limit=100"])
        await send("GET", path, undefined, asAda);
    });

    test("no answer, list, page or document shows one, nor the log, nor what AWS was sent", async () => {
      for (const path of [
        "/v1/virtual-keys?limit=100", "/v1/integrations", "/v1/providers", "/v1/connectors", "/v1/configs", "/v1/api-keys", "/v1/people",
        "/v1/projects", "/v1/audit-logs?limit=100", "/v1/virtual-keys/main", "/v1/virtual-keys/role/policies?principal_arn=arn:aws:iam::123456789012:role/server", "/v1/connectors/con",
        "/v1/connectors/con/discover", "/v1/budgets", "/v1/guardrails", "/v1/guardrails/pg-g", "/v1/guardrails/pg-g/versions", "/v1/integrations/int/models", "/openapi.json", "/docs/api", "/llms.txt", "/health", "/ready",
      ]) expect(await send("GET", path)).toMatch(/^200/); // prettier-ignore
      await send("DELETE", "/v1/connectors/con");
      await send("DELETE", "/v1/virtual-keys/flat");
      expect(told.length).toBeGreaterThan(70);
      for (const text of told) expectNone(text, text.slice(0, text.indexOf("\n")));
      expectNone(control.log.join("\n"), "the log");
      expectNone(upstreamBodies(control), "what AWS was sent");
    });

    test("the database's files, its dump, its backup and its export hold none", async () => {
      const place = {
        ADIT_MASTER_KEY: masterKey,
        ADIT_DATA_DIR: control.dataDir,
        ...(url !== undefined && { DATABASE_URL: url }),
      };
      const exported = await runToEnd(["export"], place);
      expect([exported.code, exported.stdout.includes("canary")]).toEqual([0, true]);
      expectNone(exported.stdout + exported.stderr, "the export");
      const kept = url === undefined ? await ofSqlite(place) : await ofPostgres(url);
      for (const [what, files] of Object.entries(kept)) {
        expect(files.length, what).toBeGreaterThan(0);
        for (const bytes of files) expectNone(bytes.toString("latin1"), what);
      }
    });

    async function ofPostgres(databaseUrl: string): Promise<Record<string, Buffer[]>> {
      const dump = execFileSync(join(postgresPrograms ?? "", "pg_dump"), [databaseUrl], { maxBuffer: 1 << 28 });
      await server?.ask("checkpoint");
      const oids = await server?.ask("select oid from pg_database where datname = 'adit_1'");
      const folder = server?.dataFolder ?? "";
      return {
        pg_dump: [dump],
        tables: filesBelow(join(folder, "base", String(oids?.[0]?.["oid"]))),
        WAL: filesBelow(join(folder, "pg_wal")),
      };
    }

    async function ofSqlite(place: Record<string, string>): Promise<Record<string, Buffer[]>> {
      const folder = control.dataDir;
      await runToEnd(["backup", join(folder, "backup.db")], place);
      const file = (name: string): Buffer[] => [readFileSync(join(folder, name))];
      return {
        database: file("adit.db"),
        WAL: file("adit.db-wal"),
        backup: file("backup.db"),
        "data folder": filesBelow(folder),
      };
    }

    function expectNone(text: string, what: string): void {
      secrets.expectNoneIn(text, what);
      for (const secret of [...shownOnce, adminKey, masterKey])
        expect(text.includes(secret), `what is shown once stands in ${what}`).toBe(false);
    }
  });
});
