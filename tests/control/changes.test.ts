/** Idempotency keys, ETags, pages, errors that name the field, the audit log: as every route has them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { onBothEngines } from "./control.ts";
import { checkKnownScopes } from "../../packages/gateway/src/admin/known-scopes.ts";
import { allOperations, type OperationTools } from "../../packages/gateway/src/admin/operations/all.ts";

interface Listed {
  data: { id: string; slug: string; name: string }[];
  total: number;
  has_more: boolean;
  last_id: string;
}
interface Refused {
  error: { message: string; type: string; code: string; param: string | null };
}

const budget = (terms: object) => ({
  name: "x",
  scope: "project",
  unit: "cost",
  amount: 1,
  period: "total",
  ...terms,
});
const chain = (name: string) => ({ name, kind: "server_chain", region: "us-east-1" });

onBothEngines((control) => {
  const ask: ReturnType<typeof control>["ask"] = (...request) => control().ask(...request);

  test("If-Match on what has no ETag is not passed over: nothing is changed", async () => {
    const { body: key } = await ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", {
      name: "With a pair",
      scopes: ["completions.write"],
    });
    const pairs = `/v1/api-keys/${key.id}/key-pairs`;
    const { body: pair } = await ask<{ id: string }>("POST", pairs, {});
    const stale = { "if-match": '"stale"' };
    for (const [method, body] of [
      ["PUT", { status: "disabled" }],
      ["DELETE", undefined],
    ] as const) {
      const refused = await ask<Refused>(method, `${pairs}/${pair.id}`, body, stale);
      expect([method, refused.status, refused.body.error.code]).toEqual([method, 412, "precondition_failed"]);
    }
    expect((await ask<{ data: { status: string }[] }>("GET", pairs)).body.data).toEqual([
      expect.objectContaining({ status: "active" }),
    ]);
    expect((await ask("DELETE", `${pairs}/${pair.id}`, undefined, { "if-match": "*" })).status).toBe(200);
  });

  describe("Idempotency-Key", () => {
    test("the same key and body are done once; the answer is the first one", async () => {
      const headers = { "idempotency-key": "9f1c1a52-1" };
      const first = await ask("POST", "/v1/virtual-keys", chain("Once"), headers);
      const again = await ask("POST", "/v1/virtual-keys", chain("Once"), headers);
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(again.body).toEqual(first.body);
      expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([
        null,
        "true",
      ]);
      expect((await ask<Listed>("GET", "/v1/virtual-keys?search=once")).body.total).toBe(1);
    });

    test("of another caller it is another key: each is answered by what they have made", async () => {
      const callers = await Promise.all(
        ["One", "Two"].map(async (name) => {
          const { body: project } = await ask<{ id: string }>("POST", "/v1/projects", { name });
          const terms = { name, scopes: ["virtual_keys.create"], workspace_id: project.id };
          const { body } = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", terms);
          return { project: project.id, headers: { authorization: `Bearer ${body.key}` } };
        }),
      );
      for (const replayed of [null, "true"]) {
        for (const { project, headers } of callers) {
          const made = await ask<{ workspace_id: string }>("POST", "/v1/virtual-keys", chain("Same"), {
            ...headers,
            "idempotency-key": "9f1c1a52-of-two",
          });
          const told = [made.status, made.body.workspace_id, made.headers.get("idempotent-replayed")];
          expect(told).toEqual([200, project, replayed]);
        }
      }
    });

    test("who has lost the right since is shown nothing again", async () => {
      const { body: project } = await ask<{ id: string }>("POST", "/v1/projects", { name: "Left" });
      const given = { email: "left@example.com", password: "correct horse battery staple" };
      const projects = { [project.id]: "member" };
      const { body: person } = await ask<{ id: string }>("POST", "/v1/people", { ...given, name: "Left", projects });
      const signedIn = await ask<{ csrf_token: string }>("POST", "/v1/session", given, { authorization: "" });
      const session = {
        authorization: "",
        cookie: signedIn.headers.get("set-cookie")?.split(";")[0] ?? "",
        "x-adit-csrf-token": signedIn.body.csrf_token,
      };
      const made = { ...chain("Left"), workspace_id: project.id };
      const log = { request: { body: { model: "x" } }, response: { status: 200 } };
      const sent = async (name: string, path: string, body: object) =>
        (await ask("POST", path, body, { ...session, "idempotency-key": `9f1c1a52-left-${name}` })).status;
      const both = async () => [
        await sent("key", "/v1/virtual-keys", made),
        await sent("log", `/v1/logs?workspace_id=${project.id}`, log),
      ];
      expect(await both()).toEqual([200, 200]);
      expect(await both()).toEqual([200, 200]);
      const role = `/v1/projects/${project.id}/people/${person.id}`;
      expect((await ask("PUT", role, { role: "viewer" })).status).toBe(200);
      expect(await both()).toEqual([403, 403]);
      expect((await ask("DELETE", role)).status).toBe(200);
      expect(await both()).toEqual([404, 404]);
      expect((await ask("PUT", role, { role: "member" })).status).toBe(200);
      expect(await both()).toEqual([200, 200]);
    });

    test("another body, and another path, are conflicts", async () => {
      const headers = { "idempotency-key": "9f1c1a52-2" };
      await ask("POST", "/v1/virtual-keys", chain("Twice"), headers);
      const other = await ask<Refused>("POST", "/v1/virtual-keys", chain("Twice, other"), headers);
      expect([other.status, other.body.error.type, other.body.error.code]).toEqual([
        409,
        "invalid_request_error",
        "idempotency_conflict",
      ]);
      const elsewhere = await ask("PUT", "/v1/virtual-keys/twice", {}, headers);
      expect(elsewhere.status).toBe(409);
    });

    test("ten at a time are one", async () => {
      const headers = { "idempotency-key": "9f1c1a52-3" };
      const all = await Promise.all(
        Array.from({ length: 10 }, () => ask<{ id: string }>("POST", "/v1/virtual-keys", chain("Ten"), headers)),
      );
      expect(new Set(all.map(({ body }) => body.id)).size).toBe(1);
      expect(all.filter((one) => one.headers.get("idempotent-replayed") === "true")).toHaveLength(9);
    });

    test("logs and feedback that are brought again are not counted again", async () => {
      const log = {
        request: { body: { model: "x" } },
        response: { status: 200 },
        metadata: { batch: "brought twice" },
      };
      const feedback = { trace_id: "brought-twice", value: 1 };
      const wish = { filters: { metadata: log.metadata }, requested_data: ["id"] };
      for (const [path, body] of Object.entries({
        "/v1/logs": log,
        "/v1/feedback": feedback,
        "/v1/logs/exports": wish,
      })) {
        const headers = { "idempotency-key": `9f1c1a52-6${path}` };
        const atOnce = await Promise.all(Array.from({ length: 5 }, () => ask("POST", path, body, headers)));
        const [first] = atOnce.filter((one) => !one.headers.has("idempotent-replayed"));
        const again = await ask("POST", path, body, headers);
        expect([path, again.headers.get("idempotent-replayed"), again.body]).toEqual([path, "true", first?.body]);
        expect(atOnce.map((one) => one.body)).toEqual(atOnce.map(() => again.body));
      }
      const found = await ask<Listed>("GET", `/v1/logs?metadata=${encodeURIComponent(JSON.stringify(log.metadata))}`);
      expect(found.body.data).toHaveLength(1);
    });

    test("a refused request leaves the key free", async () => {
      const headers = { "idempotency-key": "9f1c1a52-4" };
      expect((await ask("POST", "/v1/virtual-keys", { ...chain("Free"), region: "us-west-2a" }, headers)).status).toBe(
        400,
      );
      expect((await ask("POST", "/v1/virtual-keys", chain("Free"), headers)).status).toBe(200);
    });

    test("what is shown once is not shown again, nor kept", async () => {
      const headers = { "idempotency-key": "9f1c1a52-5" };
      const body = { name: "Shown once", scopes: ["completions.write"] };
      const first = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", body, headers);
      const again = await ask<{ key: string | null }>("POST", "/v1/api-keys/workspace/service", body, headers);
      expect(first.body.key).toMatch(/^adit_sk_/);
      expect(again.body).toEqual({ ...first.body, key: null });
    });
  });

  describe("ETag and If-Match", () => {
    test("a change of what somebody else has changed is refused", async () => {
      await ask("POST", "/v1/virtual-keys", { ...chain("Tagged"), slug: "tagged" });
      const read = await ask("GET", "/v1/virtual-keys/tagged");
      const tag = read.headers.get("etag") ?? "";
      expect(tag).toMatch(/^"[\w-]{27}"$/);
      const first = await ask("PUT", "/v1/virtual-keys/tagged", { note: "mine" }, { "if-match": tag });
      expect(first.status).toBe(200);
      const second = await ask<Refused>("PUT", "/v1/virtual-keys/tagged", { note: "yours" }, { "if-match": tag });
      expect([second.status, second.body.error.code]).toEqual([412, "precondition_failed"]);
      expect((await ask("DELETE", "/v1/virtual-keys/tagged", undefined, { "if-match": tag })).status).toBe(412);
      expect((await ask<{ note: string }>("GET", "/v1/virtual-keys/tagged")).body.note).toBe("mine");
      const now = first.headers.get("etag") ?? "";
      expect(
        (await ask("DELETE", "/v1/virtual-keys/tagged", undefined, { "if-match": `"other", ${now}` })).status,
      ).toBe(200);
    });

    test("a key's limits are shown in it: where they are changed elsewhere, the key has changed", async () => {
      const usage_limits = { credit_limit: 5 };
      const { body: made } = await ask<{ id: string; usage_limits: { id: string } }>("POST", "/v1/virtual-keys", {
        ...chain("Limited"),
        slug: "limited",
        usage_limits,
      });
      const service = { name: "Limited", scopes: ["completions.write"], usage_limits };
      const { body: key } = await ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", service);
      for (const path of ["/v1/virtual-keys/limited", "/v1/providers/limited", `/v1/api-keys/${key.id}`]) {
        const read = await ask<{ usage_limits: { id: string } }>("GET", path);
        const headers = { "if-match": read.headers.get("etag") ?? "" };
        await ask("PUT", `/v1/budgets/${read.body.usage_limits.id}`, { amount: 900 + path.length });
        const refused = await ask("PUT", path, { usage_limits: { credit_limit: 7 } }, headers);
        expect([path, refused.status]).toEqual([path, 412]);
        const now = await ask<{ usage_limits: { credit_limit: number } }>("GET", path);
        expect(now.body.usage_limits.credit_limit).toBe(900 + path.length);
        const match = { "if-match": now.headers.get("etag") ?? "" };
        const changed = await ask("PUT", path, { usage_limits: { credit_limit: 7 } }, match);
        expect([path, changed.status]).toEqual([path, 200]);
        expect((await ask("GET", path)).headers.get("etag")).toBe(changed.headers.get("etag"));
      }
      const headers = { "if-match": (await ask("GET", "/v1/integrations/limited")).headers.get("etag") ?? "" };
      await ask("PUT", `/v1/budgets/${made.usage_limits.id}`, { amount: 3 });
      // Limits are not shown there.
      expect((await ask("PUT", "/v1/integrations/limited", { name: "Renamed" }, headers)).status).toBe(200);
    });

    test("a person's signing in, or failing to, is no change of the person", async () => {
      const password = "correct horse battery staple";
      const given = { email: "tagged@example.com", name: "Tagged", password };
      const { body: person } = await ask<{ id: string }>("POST", "/v1/people", given);
      const tag = (await ask("GET", `/v1/people/${person.id}`)).headers.get("etag") ?? "";
      const { email } = given;
      const guess = () => ask("POST", "/v1/session", { email, password: "a guess" }, { authorization: "" });
      expect((await ask("POST", "/v1/session", { email, password }, { authorization: "" })).status).toBe(200);
      for (let tries = 0; tries < 5; tries += 1) expect((await guess()).status).toBe(401);
      expect((await guess()).status).toBe(429);
      const named = await ask("PUT", `/v1/people/${person.id}`, { name: "Renamed" }, { "if-match": tag });
      expect(named.status).toBe(200);
      const again = await ask("PUT", `/v1/people/${person.id}`, { name: "Again" }, { "if-match": tag });
      expect(again.status).toBe(412);
    });

    test("of many that change the same state at once, one wins", async () => {
      const made = await ask<{ slug: string }>("POST", "/v1/configs", { name: "Raced", config: {} });
      const tag = made.headers.get("etag") ?? "";
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, attempts) =>
          ask("PUT", `/v1/configs/${made.body.slug}`, { config: { retry: { attempts } } }, { "if-match": tag }),
        ),
      );
      expect(all.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
        200, 412, 412, 412, 412, 412, 412, 412,
      ]);
    });
  });

  test("pages: every entry once, by cursor and by number", async () => {
    const { body: project } = await ask<{ id: string }>("POST", "/v1/projects", { name: "Paged" });
    for (let number = 0; number < 7; number += 1) {
      await ask("POST", "/v1/virtual-keys", { ...chain(`Key ${number}`), workspace_id: project.id });
    }
    const place = `/v1/virtual-keys?workspace_id=${project.id}`;
    const names: string[] = [];
    for (let after = ""; ;) {
      const { body } = await ask<Listed>("GET", `${place}&limit=3${after === "" ? "" : `&after=${after}`}`);
      expect(body.total).toBe(7);
      names.push(...body.data.map(({ name }) => name));
      if (!body.has_more) break;
      after = body.last_id;
    }
    const expected = Array.from({ length: 7 }, (_, number) => `Key ${number}`);
    expect(names).toEqual(expected);
    for (const after of ["nonsense", "vk_1", "' or 1=1", names[0] ?? ""]) {
      const refused = await ask<{ error: { param: string } }>("GET", `${place}&after=${encodeURIComponent(after)}`);
      expect([after, refused.status, refused.body.error.param]).toEqual([after, 400, "after"]);
    }
    // As a form sends what nobody filled in.
    expect((await ask<Listed>("GET", `${place}&after=&order=desc`)).body.data).toHaveLength(7);
    const numbered = await Promise.all(
      [0, 1, 2].map((page) => ask<Listed>("GET", `${place}&page_size=3&current_page=${page}`)),
    );
    expect(numbered.flatMap(({ body }) => body.data.map(({ name }) => name))).toEqual(expected);
    expect((await ask<Listed>("GET", `${place}&search=KEY%203`)).body.data.map(({ name }) => name)).toEqual(["Key 3"]);
    expect((await ask<Listed>("GET", `${place}&search=%25`)).body.data).toEqual([]);
    expect((await ask<Refused>("GET", `${place}&limit=0`)).body.error.param).toBe("limit");
  });

  describe("errors name the field", () => {
    test.each([
      ["POST", "/v1/virtual-keys", {}, "name"],
      ["POST", "/v1/virtual-keys", { name: 1 }, "name"],
      ["POST", "/v1/virtual-keys", { ...chain("x"), awsRegon: "us-east-1" }, "awsRegon"],
      ["POST", "/v1/virtual-keys", { ...chain("x"), region: "US West (Oregon)" }, "region"],
      ["POST", "/v1/virtual-keys", { ...chain("x"), provider: "cohere" }, "provider"],
      [
        "POST",
        "/v1/virtual-keys",
        { ...chain("x"), usage_limits: { credit_limit: 1, limit: 1 } },
        "usage_limits.limit",
      ],
      ["POST", "/v1/virtual-keys", { ...chain("x"), usage_limits: { credit_limit: 0 } }, "usage_limits.credit_limit"],
      ["POST", "/v1/virtual-keys", { ...chain("x"), usage_limits: { credit_limit: -1 } }, "usage_limits.credit_limit"],
      [
        "POST",
        "/v1/virtual-keys",
        { ...chain("x"), usage_limits: { credit_limit: 10, alert_threshold: 5 } },
        "usage_limits.alert_url",
      ],
      [
        "POST",
        "/v1/virtual-keys",
        { ...chain("x"), rate_limits: [{ type: "requests", unit: "rpy", value: 1 }] },
        "rate_limits[0].unit",
      ],
      ["POST", "/v1/budgets", budget({ amount: 0 }), "amount"],
      ["POST", "/v1/budgets", budget({ amount: 1e-10 }), "amount"],
      ["POST", "/v1/budgets", budget({ amount: "0.0000000001" }), "amount"],
      ["POST", "/v1/budgets", budget({ unit: "tokens", amount: 0.5 }), "amount"],
      ["POST", "/v1/budgets", budget({ amount: "9".repeat(30) }), "amount"],
      ["POST", "/v1/budgets", budget({ period: "hour" }), "period"],
      ["POST", "/v1/budgets", budget({ scope: "gateway_key", scope_id: "gk_none" }), "scope_id"],
      ["POST", "/v1/budgets", budget({ scope: "virtual_key", scope_id: "nobody" }), "scope_id"],
      ["POST", "/v1/budgets", budget({ scope: "metadata" }), "scope_id"],
      ["POST", "/v1/budgets", budget({ scope_value: "x" }), "scope_value"],
      ["POST", "/v1/budgets", budget({ alert_percents: [50] }), "alert_url"],
      [
        "POST",
        "/v1/budgets",
        budget({ alert_percents: [101], alert_url: "https://h.example.com" }),
        "alert_percents[0]",
      ],
      ["POST", "/v1/budgets", budget({ alert_percents: [50], alert_url: "https://h.example.com" }), "alert_url"],
      ["POST", "/v1/rate-limits", { ...budget({}), unit: "cost", period: "day" }, "unit"],
      ["POST", "/v1/virtual-keys", { ...chain("x"), expires_at: "tomorrow" }, "expires_at"],
      ["POST", "/v1/virtual-keys", { ...chain("x"), allowed_models: ["a b"] }, "allowed_models[0]"],
      ["POST", "/v1/configs", { name: "x", config: { retry: { attempts: -1 } } }, "config.retry.attempts"],
      [
        "POST",
        "/v1/configs",
        { name: "x", config: { strategy: { mode: "single" }, targets: [{ virtual_key: "nobody" }] } },
        "config.targets[0].virtual_key",
      ],
      ["POST", "/v1/configs", { name: "x", config: "{" }, "config"],
      ["POST", "/v1/configs", { name: "x", slug: "main", config: {} }, "slug"],
      ["POST", "/v1/api-keys/workspace/service", { name: "x", scopes: ["all"] }, "scopes[0]"],
      ["POST", "/v1/api-keys/workspace/service", { name: "x", scopes: [], descripton: "x" }, "descripton"],
      ["POST", "/v1/api-keys/organisation/service", { name: "x", scopes: ["completions.write"] }, "type"],
      ["POST", "/v1/api-keys/workspace/user", { name: "x", scopes: ["completions.write"] }, "user_id"],
      ["POST", "/v1/projects", { name: "" }, "name"],
      ["POST", "/v1/people", { email: "nobody", name: "x" }, "email"],
    ])("%s %s %j: %s", async (method, path, body, param) => {
      const { status, body: refused } = await ask<Refused>(method, path, body);
      expect(status).toBe(400);
      expect(refused.error.param).toBe(param);
      expect(refused.error.message.length).toBeGreaterThan(20);
    });

    test("an unknown slug lists a near one", async () => {
      await ask("POST", "/v1/virtual-keys", { ...chain("Near"), slug: "bedrock-near" });
      const { status, body } = await ask<Refused>("GET", "/v1/virtual-keys/bedrock-naer");
      expect(status).toBe(404);
      expect(body.error.message).toContain('Did you mean "bedrock-near"?');
      const config = { strategy: { mode: "single" }, targets: [{ virtual_key: "bedrok-near" }] };
      expect((await ask<Refused>("POST", "/v1/configs", { name: "x", config })).body.error.message).toContain(
        'Did you mean "bedrock-near"?',
      );
    });

    test.each([
      ["GET", "/v1/virtual-keys/a%00b", undefined],
      ["GET", "/v1/virtual-keys?search=%00", undefined],
      ["POST", "/v1/people", { email: "a\0@example.com", name: "x" }],
      ["POST", "/v1/configs", { name: "x", config: { metadata: { "a\0": 1 } } }],
      ["PUT", "/v1/virtual-keys/%F0%9F%98%80", { name: "\ud800" }],
      ["GET", `/v1/virtual-keys/${"x".repeat(5_000)}`, undefined],
      ["GET", "/v1/audit-logs?from=yesterday", undefined],
      ["GET", "/v1/virtual-keys?after='%20or%201=1", undefined],
      ["POST", "/v1/virtual-keys", []],
      ["POST", "/v1/virtual-keys", "{"],
      ["POST", "/v1/virtual-keys", { name: "x", credential: "none" }],
      ["POST", "/v1/virtual-keys", { name: "x", kind: "server_chain", expires_at: "9999999-01-01T00:00:00Z" }],
    ])("no fault of the gateway's own comes of %s %s %j", async (method, path, body) => {
      const { status } = await ask(method, path, body);
      expect(status).toBeLessThan(500);
    });

    test("a gateway key hands on no more than it has", async () => {
      const path = "/v1/api-keys/workspace/service";
      const make = async (terms: object) =>
        (await ask<{ key: string }>("POST", path, { name: "Maker", scopes: ["api_keys.*", "configs.read"], ...terms }))
          .body.key;
      const given = async (key: string, scopes: string[]) =>
        (await ask("POST", path, { name: "Made", scopes }, { authorization: `Bearer ${key}` })).status;
      const free = await make({});
      expect(await given(free, ["configs.read"])).toBe(200);
      expect(await given(free, ["api_keys.*"])).toBe(200);
      expect(await given(free, ["configs.*"])).toBe(403);
      expect(await given(free, ["completions.write"])).toBe(403);
      expect(await given(await make({ allowed_models: ["amazon.*"] }), ["configs.read"])).toBe(403);
      expect(await given(await make({ defaults: { allow_config_override: false } }), ["configs.read"])).toBe(403);
      // Budgets go by metadata: whoever is counted by it makes no key that is not, and takes it from none.
      const counted = { name: "Counted", scopes: ["api_keys.*"], defaults: { metadata: { team: "billing" } } };
      const { id, key } = (await ask<{ id: string; key: string }>("POST", path, counted)).body;
      expect(await given(key, ["api_keys.*"])).toBe(403);
      const headers = { authorization: `Bearer ${key}` };
      const bare = await ask("PUT", `/v1/api-keys/${id}`, { defaults: { metadata: null } }, headers);
      expect(bare.status).toBe(403);
    });

    test("nor by a change of another key, or of its pair: what it lacks it may take away, and not let anybody do", async () => {
      const path = "/v1/api-keys/workspace/service";
      const made = async (terms: object) => (await ask<{ id: string; key: string }>("POST", path, terms)).body;
      const { key } = await made({ name: "Changer", scopes: ["api_keys.update", "configs.read"] });
      const bound = {
        allowed_models: ["amazon.nova-micro-v1:0"],
        expires_at: "2099-01-01T00:00:00Z",
        defaults: { allow_credential_override: false },
      };
      const caller = await made({ name: "Caller", scopes: ["completions.write"], ...bound });
      const reader = await made({ name: "Reader", scopes: ["configs.read"], ...bound });
      const pairs = `/v1/api-keys/${caller.id}/key-pairs`;
      const pair = (await ask<{ id: string }>("POST", pairs)).body;
      const asChanger = async (target: string, body: object) =>
        (await ask("PUT", target, body, { authorization: `Bearer ${key}` })).status;
      for (const terms of [
        { allowed_models: null },
        { expires_at: null },
        { status: "active" },
        { defaults: { allow_credential_override: true } },
      ]) {
        const statuses = [await asChanger(`/v1/api-keys/${caller.id}`, terms)];
        statuses.push(await asChanger(`/v1/api-keys/${reader.id}`, terms));
        expect(statuses, JSON.stringify(terms)).toEqual([403, 200]);
      }
      const two = ["amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"];
      for (const [terms, status] of [
        [bound, 200],
        [{ expires_at: "2098-01-01T00:00:00Z", allowed_regions: ["us-east-1", "us-west-2"] }, 200],
        [{ defaults: { allow_config_override: false, metadata: null } }, 200],
        [{ allowed_regions: ["us-west-2"], allowed_models: [] }, 200],
        [{ allowed_regions: ["us-west-2"], allowed_models: two }, 403],
        [{ expires_at: bound.expires_at }, 403],
        [{ defaults: { allow_config_override: true } }, 403],
        [{ defaults: { metadata: { team: "a" } } }, 403],
      ] as const) {
        expect(await asChanger(`/v1/api-keys/${caller.id}`, terms), JSON.stringify(terms)).toBe(status);
      }
      expect(await asChanger(`/v1/api-keys/${caller.id}`, { name: "Renamed", status: "disabled" })).toBe(200);
      expect(await asChanger(`/v1/api-keys/${caller.id}`, { scopes: ["configs.read"] })).toBe(200);
      await ask("PUT", `/v1/api-keys/${caller.id}`, { scopes: ["completions.write"] });
      expect(await asChanger(`${pairs}/${pair.id}`, { status: "disabled" })).toBe(200);
      expect(await asChanger(`${pairs}/${pair.id}`, { status: "active" })).toBe(403);
    });

    test("a scope that is none is told, with one that is near; Portkey's own are taken", async () => {
      const path = "/v1/api-keys/workspace/service";
      const asked = async (...scopes: string[]) => ask<Refused & { id: string }>("POST", path, { name: "x", scopes });
      const misspelt = await asked("configs.read", "completion.write");
      expect([misspelt.status, misspelt.body.error.param]).toEqual([400, "scopes[1]"]);
      expect(misspelt.body.error.message).toContain('Did you mean "completions.write"?');
      expect((await asked("foo.bar")).status).toBe(400);
      const portkeys = [
        "logs.write",
        "policies.read",
        "workspace_users.*",
        "mcp.invoke",
        "organisation_guardrails.list",
      ];
      const taken = await asked(...portkeys);
      expect(taken.status).toBe(200);
      const changed = await ask<Refused>("PUT", `/v1/api-keys/${taken.body.id}`, { scopes: ["log.read"] });
      expect([changed.status, changed.body.error.param]).toEqual([400, "scopes[0]"]);
    });

    test("each scope that a route asks for is one that a key can be given", () => {
      const needed = new Set(allOperations({} as OperationTools).map(({ need }) => need.scope));
      expect(() => checkKnownScopes([...needed, "completions.write"])).not.toThrow();
    });

    test("Portkey's names of scopes count as Adit's", async () => {
      const path = "/v1/api-keys/workspace/service";
      const scopes = ["workspace_service_api_keys.create", "workspace_integrations.list"];
      const { key } = (await ask<{ key: string }>("POST", path, { name: "Portkey's", scopes })).body;
      const headers = { authorization: `Bearer ${key}` };
      expect((await ask("GET", "/v1/integrations", undefined, headers)).status).toBe(200);
      expect((await ask("GET", "/v1/virtual-keys", undefined, headers)).status).toBe(403);
      const made = async (wanted: string[]) => (await ask("POST", path, { name: "x", scopes: wanted }, headers)).status;
      expect(await made(["workspace_integrations.list"])).toBe(200);
      expect(await made(["integrations.list"])).toBe(200);
      expect([await made(["integrations.*"]), await made(["api_keys.*"])]).toEqual([403, 403]);
    });

    test("what is refused leaves nothing behind", async () => {
      const before = (await ask<Listed>("GET", "/v1/people")).body.total;
      const person = { email: "half@example.com", name: "Half", projects: { prj_nowhere: "member" } };
      expect((await ask("POST", "/v1/people", person)).status).toBe(404);
      expect((await ask<Listed>("GET", "/v1/people")).body.total).toBe(before);
    });
  });

  test("what would change nothing is refused, not passed over", async () => {
    await ask("POST", "/v1/virtual-keys", { ...chain("Stays"), slug: "stays" });
    await ask("POST", "/v1/configs", { name: "Stays", slug: "pc-stays", config: { retry: { attempts: 1 } } });
    const own = { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "x".repeat(40) };
    const integration = { name: "Elsewhere", slug: "elsewhere", ai_provider_id: "bedrock" };
    const shown = await ask<{ configurations: object }>("POST", "/v1/integrations", {
      ...integration,
      configurations: { ...own, region: "eu-west-1" },
    });
    expect(shown.body.configurations).toMatchObject({ aws_region: "eu-west-1" });
    for (const [method, path, body, param] of [
      ["PUT", "/v1/virtual-keys/stays", { slug: "other" }, "slug"],
      ["PUT", "/v1/virtual-keys/stays", { provider: "openai" }, "provider"],
      ["POST", "/v1/virtual-keys", { ...chain("Off"), disabled: true }, "disabled"],
      ["PUT", "/v1/configs/pc-stays", { slug: "pc-other" }, "slug"],
      ["PUT", "/v1/integrations/elsewhere", { configurations: { ...own, note: "n" } }, "note"],
    ] as const) {
      const refused = await ask<Refused>(method, path, body);
      expect([path, refused.status, refused.body.error.param]).toEqual([path, 400, param]);
    }
    // As Portkey's SDK sends it, and as the object is.
    expect((await ask("PUT", "/v1/configs/pc-stays", { slug: "pc-stays", name: "Still" })).status).toBe(200);
    const same = { slug: "stays", provider: "bedrock", workspace_id: "default", name: "Still" };
    expect((await ask("PUT", "/v1/virtual-keys/@stays", same)).status).toBe(200);
  });

  test("a region among a credential's parts, and the kind that there is, move it with the secret that is kept", async () => {
    const pair = { awsAccessKeyId: "AKIAIOSFODNN7EXAMPLE", awsSecretAccessKey: "x".repeat(40) };
    await ask("POST", "/v1/virtual-keys", { name: "Moves", slug: "moves", ...pair, awsRegion: "eu-west-1" });
    const kept = { credential: { access_key_hint: "AKIA...MPLE" } };
    for (const [path, body, region] of [
      ["/v1/virtual-keys/moves", { awsRegion: "us-east-1" }, "us-east-1"],
      ["/v1/virtual-keys/moves", { awsAuthType: "accessKey", awsRegion: "us-east-2" }, "us-east-2"],
      [
        "/v1/integrations/moves",
        { configurations: { aws_auth_type: "accessKey", aws_region: "us-west-2" } },
        "us-west-2",
      ],
    ] as const) {
      expect((await ask("PUT", path, body)).status).toBe(200);
      expect((await ask("GET", "/v1/virtual-keys/moves")).body).toMatchObject({ ...kept, region });
    }
    // Another kind lacks its parts, and two regions are a slip.
    for (const body of [
      { awsAuthType: "apiKey", awsRegion: "us-east-1" },
      { region: "us-east-1", awsRegion: "us-east-2" },
      { awsAuthType: "accessKey" },
    ]) {
      expect((await ask("PUT", "/v1/virtual-keys/moves", body)).status).toBe(400);
    }
  });

  test("an integration's own project is named by its id or its slug, and no other", async () => {
    await ask("POST", "/v1/virtual-keys", { ...chain("At home"), slug: "at-home" });
    const path = "/v1/integrations/at-home/workspaces";
    const { body: project } = await ask<{ id: string }>("GET", "/v1/projects/default");
    for (const [id, enabled] of [
      ["default", false],
      [project.id, true],
    ] as const) {
      const answer = await ask("PUT", path, { workspaces: [{ id, enabled }] });
      expect([answer.status, answer.body]).toMatchObject([200, { workspaces: [{ id: project.id, enabled }] }]);
    }
    const other = await ask<Refused>("PUT", path, { workspaces: [{ id: "elsewhere", enabled: true }] });
    expect([other.status, other.body.error.param]).toEqual([400, "workspaces[0].id"]);
  });

  test("a virtual key that another one uses stays", async () => {
    await ask("POST", "/v1/virtual-keys", {
      name: "Assumer",
      slug: "assumer",
      credential: { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "s".repeat(40) },
    });
    const role = { aws_role_arn: "arn:aws:iam::123456789012:role/Adit", source: "assumer" };
    expect((await ask("POST", "/v1/virtual-keys", { name: "Assumed", slug: "assumed", credential: role })).status).toBe(
      200,
    );
    const { status, body } = await ask<Refused>("DELETE", "/v1/virtual-keys/assumer");
    expect([status, body.error.code]).toEqual([409, "in_use"]);
    expect(body.error.message).toContain("virtual key assumed");
    expect((await ask("GET", "/v1/virtual-keys/assumer")).status).toBe(200);
    const policies = await ask<{ trust_policy: string; permission_policy: string }>(
      "GET",
      "/v1/virtual-keys/assumed/policies?principal_arn=arn:aws:iam::123456789012:role/Server",
    );
    expect(policies.body.trust_policy).toContain("arn:aws:iam::123456789012:role/Server");
    expect(policies.body.permission_policy).toContain("bedrock:InvokeModel");
  });

  test("the audit log says who takes calls out, and who names filters; not by which values", async () => {
    const { ask } = control();
    const wanted = { filters: { metadata: { patient: "Jane-Roe-of-audit" } }, requested_data: ["id", "request"] };
    const { id } = (await ask<{ id: string }>("POST", "/v1/logs/exports", wanted)).body;
    await ask("PUT", `/v1/logs/exports/${id}`, { ...wanted, requested_data: ["id"] });
    await ask("POST", `/v1/logs/exports/${id}/start`);
    await ask("GET", `/v1/logs/exports/${id}/download`);
    await ask("POST", `/v1/logs/exports/${id}/cancel`);
    const query = new URLSearchParams({ metadata: JSON.stringify({ patient: "Jane-Roe-of-audit" }) }).toString();
    const view = (await ask<{ id: string }>("POST", "/v1/logs/views", { name: "One patient", query })).body;
    await ask("DELETE", `/v1/logs/views/${view.id}`);
    const entriesOf = async (objectId: string): Promise<{ action: string; before: unknown; after: unknown }[]> => {
      const { body } = await ask<{ data: { action: string; before: unknown; after: unknown }[] }>(
        "GET",
        `/v1/audit-logs?object_id=${objectId}`,
      );
      return body.data.toReversed().map(({ action, before, after }) => ({ action, before, after }));
    };
    const kept = (fields: string[]) => ({ filters: ["metadata"], requested_data: fields, total_records: 0 });
    expect(await entriesOf(id)).toEqual([
      { action: "log_export.create", before: null, after: kept(["id", "request"]) },
      { action: "log_export.update", before: null, after: kept(["id"]) },
      { action: "log_export.start", before: null, after: kept(["id"]) },
      { action: "log_export.download", before: null, after: kept(["id"]) },
      { action: "log_export.cancel", before: null, after: kept(["id"]) },
    ]);
    expect(await entriesOf(view.id)).toEqual([
      { action: "log_view.save", before: null, after: { name: "One patient" } },
      { action: "log_view.delete", before: { name: "One patient" }, after: null },
    ]);
  });

  test("the audit log says who, what, before and after, without secrets", async () => {
    const secret = "CANARYauditxQ7vR2mK9pL4wT8zB3nH6wJalrXUa";
    await ask("POST", "/v1/virtual-keys", {
      name: "Audited",
      slug: "audited",
      awsAccessKeyId: "AKIAAUDITEDAUDITED00",
      awsSecretAccessKey: secret,
    });
    await ask("PUT", "/v1/virtual-keys/audited", { name: "Audited, renamed" });
    const { body } = await ask<{ data: Record<string, unknown>[] }>(
      "GET",
      "/v1/audit-logs?object_kind=virtual_key&action=virtual_key.update&limit=1",
    );
    expect(body.data[0]).toMatchObject({
      action: "virtual_key.update",
      actor: { kind: "admin_key", address: "127.0.0.1" },
      before: { name: "Audited" },
      after: { name: "Audited, renamed" },
      request_id: expect.stringMatching(/^req_/) as string,
    });
    const whole = JSON.stringify((await ask("GET", "/v1/audit-logs?limit=100")).body);
    expect(whole).not.toContain(secret);
    expect(whole).not.toContain("AKIAAUDITEDAUDITED00");
    expect(control().log.join("\n")).not.toContain(secret);
    // Nor in the database's file, with what SQLite has written beside it.
    for (const file of ["adit.db", "adit.db-wal"]) {
      let bytes = Buffer.alloc(0);
      try {
        bytes = readFileSync(join(control().dataDir, file));
      } catch {
        // PostgreSQL keeps its files elsewhere.
      }
      expect(bytes.includes(secret)).toBe(false);
    }
  });

  test("people and projects", async () => {
    const project = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Team" })).body;
    const made = await ask<{ id: string }>("POST", "/v1/people", {
      email: "Ada@Example.com",
      name: "Ada",
      projects: { [project.id]: "viewer" },
    });
    expect(made.body).toMatchObject({
      email: "ada@example.com",
      has_password: false,
      projects: { [project.id]: "viewer" },
    });
    const path = `/v1/projects/${project.id}/people`;
    await ask("PUT", `${path}/${made.body.id}`, { role: "admin" });
    expect((await ask<Listed>("GET", path)).body.data).toEqual([
      expect.objectContaining({ id: made.body.id, role: "admin" }),
    ]);
    await ask("DELETE", `${path}/${made.body.id}`);
    expect((await ask<Listed>("GET", path)).body.data).toEqual([]);
    expect((await ask("DELETE", `/v1/projects/${project.id}`)).status).toBe(200);
    expect((await ask("DELETE", "/v1/projects/default")).status).toBe(403);
    expect((await ask("DELETE", `/v1/people/${made.body.id}`)).status).toBe(200);
    expect((await ask("GET", `/v1/people/${made.body.id}`)).status).toBe(404);
  });

  test("key pairs of a gateway key: the secret is shown once", async () => {
    const key = (
      await ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", {
        name: "Pairs",
        scopes: ["completions.write"],
      })
    ).body;
    const made = await ask<{ id: string; secret_access_key: string }>("POST", `/v1/api-keys/${key.id}/key-pairs`);
    expect(made.body.secret_access_key.length).toBeGreaterThan(30);
    const list = await ask<Listed>("GET", `/v1/api-keys/${key.id}/key-pairs`);
    expect(JSON.stringify(list.body)).not.toContain(made.body.secret_access_key);
    const off = await ask("PUT", `/v1/api-keys/${key.id}/key-pairs/${made.body.id}`, { status: "disabled" });
    expect(off.body).toMatchObject({ status: "disabled" });
    expect((await ask("DELETE", `/v1/api-keys/${key.id}/key-pairs/${made.body.id}`)).status).toBe(200);
    const rotated = await ask<{ key: string }>("POST", `/v1/api-keys/${key.id}/rotate`, { overlap_seconds: 60 });
    expect(rotated.body.key).toMatch(/^adit_sk_/);
    expect((await ask<{ keys: object[] }>("GET", `/v1/api-keys/${key.id}`)).body.keys).toHaveLength(2);
  });
});
