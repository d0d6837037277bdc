/** Budgets and rate limits by the control API: they count at once, only those who may lift them do, and Portkey's SDK sets them. */
import { Portkey } from "portkey-ai";
import { describe, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Shown {
  id: string;
  amount: string;
  usage_limits: { credit_limit: number } | null;
}
interface Usage {
  window_start: string | null;
  counts: { value: string | null; settled: string; remaining: string }[];
}
interface Refused {
  error: { code: string; type: string; message: string; param: string | null };
}

const model = "us.amazon.nova-lite-v1:0";
const call = { model, max_tokens: 20, messages: [{ role: "user", content: "Good morning" }] };
const password = "a long password for tests";

onBothEngines((control) => {
  async function newKey(terms: object = {}): Promise<{ id: string; key: string }> {
    const body = { name: "limited", scopes: ["completions.write"], ...terms };
    return (await control().ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", body)).body;
  }
  const chat = (key: string, headers: Record<string, string> = {}) =>
    control().ask<Refused>("POST", "/v1/chat/completions", call, { authorization: `Bearer ${key}`, ...headers });
  const withKey = (key: string) => ({ authorization: `Bearer ${key}` });

  describe("limits of their own", () => {
    test("a budget is made, counts at once, is raised, reset and taken away", async () => {
      const { ask } = control();
      const { id, key } = await newKey();
      const made = await ask<Shown>("POST", "/v1/budgets", {
        name: "small",
        scope: "gateway_key",
        scope_id: id,
        unit: "tokens",
        amount: 10,
        period: "daily",
      });
      expect([made.status, made.body]).toMatchObject([200, { object: "budget", amount: "10", scope_id: id }]);
      const one = `/v1/budgets/${made.body.id}`;
      await until(async () => (await chat(key)).status === 412);
      const before = await ask<Shown>("GET", one);
      expect(before.headers.get("etag")).toBe(made.headers.get("etag"));
      const raised = await ask<Shown>("PUT", one, { amount: 1_000_000 });
      expect(raised.body.amount).toBe("1000000");
      // Whoever has read the old one changes nothing.
      const stale = { "if-match": before.headers.get("etag") ?? "" };
      expect((await ask("PUT", one, { amount: 5 }, stale)).status).toBe(412);
      expect((await ask("DELETE", one, undefined, stale)).status).toBe(412);
      const answer = await chat(key);
      expect([answer.status, answer.headers.get("x-adit-budget-limit-tokens")]).toEqual([200, "1000000"]);
      const used = async () => (await ask<Usage>("GET", `${one}/usage`)).body;
      await until(async () => (await used()).counts[0]?.settled !== "0");
      const usage = await used();
      expect(usage.window_start).toBe(`${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`);
      expect(usage.counts).toMatchObject([{ value: null }]);
      expect((await ask("POST", `${one}/reset`)).status).toBe(200);
      expect((await used()).counts).toMatchObject([{ settled: "0" }]);
      expect((await ask("DELETE", one)).body).toMatchObject({ deleted: true });
      expect((await ask("GET", one)).status).toBe(404);
      await until(async () => (await chat(key)).headers.get("x-adit-budget-limit-tokens") === null);
    });

    test("those of a virtual key are listed by its slug, as they are set", async () => {
      const { ask } = control();
      const pair = { accessKeyId: "AKIAIOSFODNN7LISTED0", secretAccessKey: "a".repeat(40) };
      await ask("POST", "/v1/virtual-keys", { name: "listed", slug: "listed", region: "us-east-1", credential: pair });
      const place = { name: "by slug", scope: "virtual_key", scope_id: "listed" };
      const terms = { "/v1/budgets": ["tokens", "total"], "/v1/rate-limits": ["requests", "day"] };
      for (const [path, [unit, period]] of Object.entries(terms)) {
        const made = await ask<Shown>("POST", path, { ...place, unit, amount: 10, period });
        const found = await ask<{ data: Shown[] }>("GET", `${path}?scope=virtual_key&scope_id=listed`);
        expect(found.body).toMatchObject({ total: 1, data: [{ id: made.body.id }] });
      }
    });

    test("any value's count can be asked for, also where more than a hundred are shown", async () => {
      const { ask } = control();
      const { key } = await newKey();
      const terms = { unit: "requests", amount: 5, period: "week" };
      const byTeam = { ...terms, name: "by team", scope: "metadata", scope_id: "team" };
      const { id } = (await ask<Shown>("POST", "/v1/rate-limits", byTeam)).body;
      const one = `/v1/rate-limits/${id}`;
      const used = async (query = "") => (await ask<Usage & { has_more: boolean }>("GET", `${one}/usage${query}`)).body;
      const teams = Array.from({ length: 101 }, (_, index) => `team ${index}`);
      const counts = "x-ratelimit-remaining-requests";
      await until(
        async () => (await chat(key, { "x-adit-metadata": '{"team":"first"}' })).headers.get(counts) !== null,
      );
      await Promise.all(teams.map((team) => chat(key, { "x-adit-metadata": JSON.stringify({ team }) })));
      await until(async () => (await used()).has_more);
      const shown = new Set((await used()).counts.map(({ value }) => value));
      expect(shown.size).toBe(100);
      const hidden = teams.find((team) => !shown.has(team)) ?? "";
      const ofHidden = `?value=${encodeURIComponent(hidden)}`;
      await until(async () => (await used(ofHidden)).counts[0]?.settled === "1");
      expect(await used(ofHidden)).toMatchObject({ has_more: false, counts: [{ value: hidden }] });
      expect((await used("?value=nobody")).counts).toMatchObject([{ value: "nobody", settled: "0", remaining: "5" }]);
      // A value that no column holds is shown by its hash, and asked for by that as well as by itself.
      const long = "x".repeat(2_000);
      await chat(key, { "x-adit-metadata": JSON.stringify({ team: long }) });
      await until(async () => (await used(`?value=${long}`)).counts[0]?.settled === "1");
      const [{ value: hash } = {}] = (await used(`?value=${long}`)).counts;
      expect(hash).toMatch(/^sha256:/);
      expect((await used(`?value=${hash}`)).counts).toMatchObject([{ value: hash, settled: "1" }]);
      await ask("DELETE", one);
      const whole = { ...terms, name: "all", scope: "metadata", scope_id: "team", scope_value: "x" };
      const { id: other } = (await ask<Shown>("POST", "/v1/rate-limits", whole)).body;
      const refused = await ask<Refused>("GET", `/v1/rate-limits/${other}/usage?value=x`);
      expect([refused.status, refused.body.error.param]).toEqual([400, "value"]);
      await ask("DELETE", `/v1/rate-limits/${other}`);
    });

    test("lists are by project, scope and name; a virtual key is named by its slug; a value by itself has a count", async () => {
      const { ask } = control();
      const { id: projectId } = (await ask<Shown>("POST", "/v1/projects", { name: "Limited" })).body;
      const place = { workspace_id: projectId };
      await ask("POST", "/v1/virtual-keys", { name: "vk", slug: "vk-limited", kind: "server_chain", ...place });
      const terms = { unit: "requests", amount: 5, period: "hour", ...place };
      const slug = { name: "of vk", scope: "virtual_key", scope_id: "@vk-limited" };
      const ofKey = await ask<{ scope_id: string }>("POST", "/v1/rate-limits", { ...terms, ...slug });
      expect(ofKey.body.scope_id).toMatch(/^vk_/);
      await ask("POST", "/v1/rate-limits", { ...terms, name: "by team", scope: "metadata", scope_id: "team" });
      await ask("POST", "/v1/rate-limits", { ...terms, name: "all", scope: "project" });
      const names = async (query: string): Promise<string[]> =>
        (
          await ask<{ data: { name: string }[] }>("GET", `/v1/rate-limits?workspace_id=${projectId}&${query}`)
        ).body.data.map(({ name }) => name);
      expect(await names("")).toEqual(["of vk", "by team", "all"]);
      expect(await names("scope=metadata")).toEqual(["by team"]);
      expect(await names("search=ALL")).toEqual(["all"]);
      expect(await names(`scope_id=${ofKey.body.scope_id}`)).toEqual(["of vk"]);
      expect(await names("limit=1&current_page=1")).toEqual(["by team"]);
      expect((await ask<{ data: unknown[] }>("GET", "/v1/rate-limits?scope=metadata")).body.data).toEqual([]);
    });

    test("a virtual key's limit alone says when its window ends, as of now", async () => {
      const { ask, emulator } = control();
      const { accessKeyId, secretAccessKey } = emulator.credential;
      await ask("POST", "/v1/virtual-keys", {
        name: "by the day",
        slug: "by-the-day",
        credential: { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey },
        rate_limits: [{ type: "requests", unit: "rpd", value: 1_000 }],
      });
      const { key } = await newKey();
      const { status, headers } = await chat(key, { "x-adit-virtual-key": "by-the-day" });
      expect([status, headers.get("x-ratelimit-limit-requests")]).toEqual([200, "1000"]);
      const hours = /^(?:(\d+)h)?/.exec(headers.get("x-ratelimit-reset-requests") ?? "")?.[1] ?? "0";
      expect(Number(hours)).toBeLessThanOrEqual(24);
    });

    test("dollars that are none, or more than can be kept, are refused in dollars", async () => {
      for (const amount of [0, "0.0", "9223372037"]) {
        const terms = { name: "x", scope: "project", unit: "cost", amount, period: "total" };
        const { status, body } = await control().ask<Refused>("POST", "/v1/budgets", terms);
        const words = "amount must be more than 0 and at most 9223372036.854775807 dollars.";
        expect([status, body.error.message]).toEqual([400, expect.stringContaining(words)]);
      }
    });

    test("what cannot change is named", async () => {
      const { ask } = control();
      const terms = { name: "x", scope: "project", unit: "cost", amount: 1_000_000, period: "total" };
      const { id } = (await ask<Shown>("POST", "/v1/budgets", terms)).body;
      const { status, body } = await ask<Refused>("PUT", `/v1/budgets/${id}`, { unit: "tokens" });
      expect([status, body.error.param]).toEqual([400, "unit"]);
      await ask("DELETE", `/v1/budgets/${id}`);
    });
  });

  describe("nobody gets away from a limit", () => {
    async function member(): Promise<Record<string, string>> {
      const { ask, gateway } = control();
      const email = "member.of.limits@example.com";
      const projects = { [(await ask<Shown>("GET", "/v1/projects/default")).body.id]: "member" };
      await ask("POST", "/v1/people", { email, name: "member", password, projects, role: "member" });
      const response = await fetch(`${gateway.url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: gateway.url },
        body: JSON.stringify({ email, password }),
      });
      const { csrf_token: csrf } = (await response.json()) as { csrf_token: string };
      const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      return { cookie, "x-adit-csrf-token": csrf, origin: gateway.url };
    }

    test("a member gives a new key limits, and lifts none", async () => {
      const { ask } = control();
      const headers = await member();
      const body = { name: "m", scopes: ["completions.write"], usage_limits: { credit_limit: 1 } };
      const made = await ask<Shown>("POST", "/v1/api-keys/workspace/service", body, headers);
      expect([made.status, made.body.usage_limits?.credit_limit]).toEqual([200, 1]);
      const change = (limits: object) => ask("PUT", `/v1/api-keys/${made.body.id}`, limits, headers);
      for (const limits of [
        { usage_limits: null },
        { usage_limits: { credit_limit: 2 } },
        { rate_limits: [] },
        { reset_usage: 1 },
      ]) {
        expect((await change(limits)).status).toBe(403);
      }
      expect((await change({ name: "renamed" })).status).toBe(200);
      expect((await ask<Shown>("GET", `/v1/api-keys/${made.body.id}`)).body.usage_limits?.credit_limit).toBe(1);
    });

    test("a key with a limit makes, rotates and changes no keys; one without may give limits, and lift none", async () => {
      const { ask } = control();
      const scopes = ["api_keys.*", "completions.write"];
      const limited = await newKey({ scopes, rate_limits: [{ type: "requests", unit: "rpd", value: 1_000 }] });
      const free = await newKey({ scopes });
      const body = { name: "x", scopes: ["completions.write"], usage_limits: { credit_limit: 5, type: "tokens" } };
      const path = "/v1/api-keys/workspace/service";
      expect((await ask("POST", path, body, withKey(limited.key))).status).toBe(403);
      expect((await ask("POST", `/v1/api-keys/${limited.id}/rotate`, {}, withKey(limited.key))).status).toBe(403);
      expect((await ask("POST", `/v1/api-keys/${limited.id}/key-pairs`, {}, withKey(limited.key))).status).toBe(403);
      expect((await ask("PUT", `/v1/api-keys/${free.id}`, { name: "y" }, withKey(limited.key))).status).toBe(403);
      const made = await ask<Shown>("POST", path, body, withKey(free.key));
      expect(made.status).toBe(200);
      const lift = { usage_limits: null };
      expect((await ask("PUT", `/v1/api-keys/${made.body.id}`, lift, withKey(free.key))).status).toBe(403);
      expect((await ask("POST", "/v1/budgets", {}, withKey(free.key))).status).toBe(403);
    });

    test("a copy of a virtual key with a limit is for admins", async () => {
      const { ask } = control();
      const limits = { usage_limits: { credit_limit: 1 } };
      await ask("POST", "/v1/virtual-keys", { name: "L", slug: "vk-l", kind: "server_chain", ...limits });
      const copy = { name: "copy", slug: "vk-l-copy", integration_id: "vk-l" };
      const { key } = await newKey({ scopes: ["providers.*"] });
      expect((await ask("POST", "/v1/providers", copy, withKey(key))).status).toBe(403);
      expect((await ask("POST", "/v1/providers", copy)).status).toBe(200);
    });

    test("the limits of a key go with it", async () => {
      const { ask } = control();
      const { id } = await newKey({ usage_limits: { credit_limit: 3 }, rate_limits: [] });
      const left = async () =>
        (await ask<{ total: number }>("GET", `/v1/budgets?scope=gateway_key&scope_id=${id}`)).body.total;
      expect(await left()).toBe(1);
      await ask("DELETE", `/v1/api-keys/${id}`);
      expect(await left()).toBe(0);
    });
  });

  describe("Portkey's SDK", () => {
    const client = (apiKey = adminKey): Portkey => new Portkey({ apiKey, baseURL: control().baseUrl });

    test("sets the limits of API keys, reads and changes them", async () => {
      const portkey = client();
      const made = await portkey.apiKeys.create({
        type: "workspace",
        "sub-type": "service",
        name: "With limits",
        scopes: ["completions.write"],
        usage_limits: { credit_limit: 12.5, type: "cost", periodic_reset: "monthly" },
        rate_limits: [
          { type: "requests", unit: "rpm", value: 60 },
          { type: "tokens", unit: "rpd", value: 100_000 },
        ],
      });
      const id = made.id ?? "";
      const read = await portkey.apiKeys.retrieve({ id });
      expect(read.usage_limits).toMatchObject({ credit_limit: 12.5, type: "cost", periodic_reset: "monthly" });
      expect(read.rate_limits).toEqual([
        { type: "requests", unit: "rpm", value: 60 },
        { type: "tokens", unit: "rpd", value: 100_000 },
      ]);
      const budgetId = (read.usage_limits as { id: string }).id;
      await portkey.apiKeys.update({
        id,
        usage_limits: { credit_limit: 20, periodic_reset: "monthly" },
        rate_limits: [{ type: "requests", unit: "rpm", value: 30 }],
      });
      const changed = await portkey.apiKeys.retrieve({ id });
      // The same budget: what was counted stays counted.
      expect(changed.usage_limits).toMatchObject({ id: budgetId, credit_limit: 20 });
      expect(changed.rate_limits).toEqual([{ type: "requests", unit: "rpm", value: 30 }]);
      // An amount alone changes the amount alone.
      await portkey.apiKeys.update({ id, usage_limits: { credit_limit: 30 } });
      const raised = (await portkey.apiKeys.retrieve({ id })).usage_limits;
      expect(raised).toMatchObject({ id: budgetId, credit_limit: 30, type: "cost", periodic_reset: "monthly" });
      await portkey.apiKeys.update({ id, usage_limits: { credit_limit: 10, type: "tokens" } });
      const spent = new Portkey({ apiKey: made.key ?? "", baseURL: control().baseUrl });
      await until(() =>
        spent.chat.completions.create(call).then(
          () => false,
          (error: { status?: number }) => error.status === 412,
        ),
      );
      await portkey.apiKeys.update({ id, usage_limits: null as never });
      await until(() =>
        spent.chat.completions.create(call).then(
          () => true,
          () => false,
        ),
      );
    });

    test("sets those of virtual keys and providers; one that is used up says so", async () => {
      const portkey = client();
      const { accessKeyId, secretAccessKey } = control().emulator.credential;
      await portkey.virtualKeys.create({
        name: "With limits",
        slug: "with-limits",
        provider: "bedrock",
        awsAuthType: "accessKey",
        awsAccessKeyId: accessKeyId,
        awsSecretAccessKey: secretAccessKey,
        awsRegion: "us-east-1",
        usage_limits: { credit_limit: 400, type: "tokens" },
      });
      const { key } = await newKey();
      const through = new Portkey({ apiKey: key, baseURL: control().baseUrl, virtualKey: "with-limits" });
      let refused: { status?: number; error?: unknown; headers?: unknown } | undefined;
      await until(async () => {
        await through.chat.completions.create(call).catch((error: typeof refused) => (refused = error));
        return refused !== undefined;
      });
      expect(refused).toMatchObject({ status: 412 });
      expect(JSON.stringify(refused)).toContain("virtual_key_exhaust_error");
      const lowered = { usage_limits: { credit_limit: 1, type: "tokens" } };
      await portkey.virtualKeys.update({ slug: "with-limits", ...lowered });
      await until(async () => {
        const read = await portkey.virtualKeys.retrieve({ slug: "with-limits" });
        return read.status === "exhausted";
      });
      const listed = await portkey.providers.list();
      expect(listed.data).toContainEqual(
        expect.objectContaining({
          slug: "with-limits",
          usage_limits: expect.objectContaining({ credit_limit: 1 }) as object,
        }),
      );
      const made = await portkey.providers.create({
        name: "Copy with limits",
        integration_id: "with-limits",
        slug: "copy-with-limits",
        usage_limits: { credit_limit: 1_000_000, type: "tokens" },
        rate_limits: [{ type: "requests", unit: "rpd", value: 1 }],
      });
      expect(made).toMatchObject({ slug: "copy-with-limits" });
      const copied = new Portkey({ apiKey: key, baseURL: control().baseUrl, virtualKey: "copy-with-limits" });
      await until(() =>
        copied.chat.completions.create(call).then(
          () => false,
          (error: { status?: number }) => error.status === 429,
        ),
      );
      await portkey.providers.update({ slug: "copy-with-limits", rate_limits: [] });
      const after = await portkey.providers.retrieve({ slug: "copy-with-limits" });
      expect(after).toMatchObject({ rate_limits: [], usage_limits: { credit_limit: 1_000_000 } });
    });
  });
});
