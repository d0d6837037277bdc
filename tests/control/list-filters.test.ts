/** Every list is filtered, ordered and paged by the same words, on both engines. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { onBothEngines } from "./control.ts";

interface Entry {
  id: string;
  slug?: string;
  name?: string;
  status?: string;
  created_at: string;
}
interface List {
  total: number;
  data: Entry[];
  has_more: boolean;
  last_id: string | null;
}
interface Refused {
  error: { param: string; message: string };
}
interface Document {
  paths: Record<string, { get?: { operationId: string; parameters: { name: string }[] } }>;
}

const name = (number: number): string => `Filtered-${number}`;
const template = { string: "Good {{time}}", parameters: {}, model: "us.amazon.nova-lite-v1:0" };
const check = { id: "default.wordCount", parameters: { minWords: 1 } };

/** How an entry of each list is made. Providers and integrations are views of virtual keys. */
const makers: Readonly<Record<string, { post?: string; body: (number: number) => object }>> = {
  "/v1/virtual-keys": { body: (number) => ({ name: name(number), kind: "server_chain", region: "us-east-1" }) },
  "/v1/api-keys": {
    post: "/v1/api-keys/workspace/service",
    body: (number) => ({ name: name(number), scopes: ["completions.write"] }),
  },
  "/v1/configs": { body: (number) => ({ name: name(number), config: { retry: { attempts: number } } }) },
  "/v1/guardrails": { body: (number) => ({ name: name(number), checks: [check] }) },
  "/v1/connectors": {
    body: (number) => ({
      name: name(number),
      connection_spec: { region: "us-east-1", model_id: "amazon.titan-text-express-v1" },
    }),
  },
  "/v1/budgets": {
    body: (number) => ({ name: name(number), scope: "project", unit: "cost", amount: 1_000_000, period: "total" }),
  },
  "/v1/rate-limits": {
    body: (number) => ({ name: name(number), scope: "project", unit: "requests", amount: 1_000_000, period: "day" }),
  },
  "/v1/people": {
    body: (number) => ({
      name: name(number),
      email: `filtered.${number}@example.com`,
      password: "a long password for tests",
      role: "viewer",
    }),
  },
  "/v1/projects": { body: (number) => ({ name: name(number) }) },
  "/v1/prompts": { body: (number) => ({ name: name(number), ...template }) },
  "/v1/prompts/partials": { body: (number) => ({ name: name(number), string: "part" }) },
  "/v1/labels": { body: (number) => ({ name: name(number) }) },
  "/v1/collections": { body: (number) => ({ name: name(number) }) },
};
const views = ["/v1/providers", "/v1/integrations"];

onBothEngines((control) => {
  const list = async (path: string, query: Record<string, string> = {}): Promise<List> => {
    const { status, body } = await control().ask<List>("GET", `${path}?${new URLSearchParams(query).toString()}`);
    expect([path, status, body]).toEqual([path, 200, body]);
    return body;
  };
  const idsOf = ({ data }: List): string[] => data.map(({ id }) => id);

  test("every list that is searched has them all in the document, and no other words for them", async () => {
    const { body } = await control().ask<Document>("GET", "/openapi.json");
    const words = ["limit", "after", "page_size", "current_page", "search", "from", "to", "order"];
    const lists = Object.entries(body.paths).flatMap(([path, { get }]) => {
      const names = get?.parameters.map((parameter) => parameter.name) ?? [];
      return names.includes("search") && !path.startsWith("/v1/logs") ? [{ path, names }] : [];
    });
    for (const { path, names } of lists) {
      expect([path, words.filter((word) => !names.includes(word))]).toEqual([path, []]);
    }
    const paths = lists.map(({ path }) => path).filter((path) => path !== "/v1/admin/workspaces");
    expect(paths.toSorted()).toEqual([...Object.keys(makers), ...views].toSorted());
  });

  test.each(Object.keys(makers))("%s: by age, by time of making, by name", async (path) => {
    const { ask } = control();
    const { post = path, body } = makers[path]!;
    for (const number of [1, 2, 3]) {
      const made = await ask("POST", post, body(number));
      expect([path, made.status, made.status < 300 ? {} : made.body]).toEqual([path, made.status, {}]);
      await sleep(3);
    }
    for (const view of path === "/v1/virtual-keys" ? [path, ...views] : [path]) {
      const all = await list(view, { search: "filtered" });
      expect([view, all.total, all.data.map((entry) => entry.name)]).toEqual([view, 3, [name(1), name(2), name(3)]]);
      const newest = await list(view, { search: "filtered", order: "desc" });
      expect(idsOf(newest)).toEqual(idsOf(all).toReversed());
      const first = await list(view, { search: "filtered", order: "desc", limit: "2" });
      expect([first.has_more, first.total]).toEqual([true, 3]);
      const rest = await list(view, { search: "filtered", order: "desc", limit: "2", after: first.last_id ?? "" });
      expect([...idsOf(first), ...idsOf(rest)]).toEqual(idsOf(newest));
      const [, second] = all.data;
      const between = await list(view, { search: "filtered", from: second?.created_at ?? "" });
      expect([between.total, idsOf(between)]).toEqual([2, idsOf(all).slice(1)]);
      const before = await list(view, { search: "filtered", to: second?.created_at ?? "" });
      expect([before.total, idsOf(before)]).toEqual([1, idsOf(all).slice(0, 1)]);
      const everything = await list(view, { search: "", limit: "100" });
      expect([view, everything]).toEqual([view, await list(view, { limit: "100" })]);
    }
  });

  test.each([...Object.keys(makers), ...views])("%s: what it does not know is named", async (path) => {
    const { ask } = control();
    for (const [query, param] of [
      ["sort=name", "sort"],
      ["order=newest", "order"],
      ["from=yesterday", "from"],
      ["status=asleep", "status"],
    ] as const) {
      const { status, body } = await ask<Refused>("GET", `${path}?${query}`);
      expect([path, status, body.error.param]).toEqual([path, 400, param]);
    }
  });

  describe("by status", () => {
    const byStatus = async (path: string, statuses: readonly string[]): Promise<Record<string, string[]>> => {
      const found: Record<string, string[]> = {};
      for (const status of statuses) {
        const { data, total } = await list(path, { status, search: "state" });
        expect([path, status, total]).toEqual([path, status, data.length]);
        for (const entry of data) expect([path, entry.name, entry.status]).toEqual([path, entry.name, status]);
        found[status] = data.map((entry) => entry.name ?? "");
      }
      return found;
    };

    test("keys that are on, off, over and used up", async () => {
      const { ask } = control();
      const makeKey = async (terms: object): Promise<{ id: string; key: string }> => {
        const body = { scopes: ["completions.write"], ...terms };
        return (await ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", body)).body;
      };
      await makeKey({ name: "state on" });
      const off = await makeKey({ name: "state off" });
      await ask("PUT", `/v1/api-keys/${off.id}`, { status: "disabled" });
      const expiresAt = Date.now() + 1_000;
      await makeKey({ name: "state over", expires_at: new Date(expiresAt).toISOString() });
      const spent = await makeKey({ name: "state spent", usage_limits: { type: "tokens", credit_limit: 1_000_000 } });
      const call = { model: "us.amazon.nova-lite-v1:0", max_tokens: 5, messages: [{ role: "user", content: "Hello" }] };
      await ask("POST", "/v1/chat/completions", call, { authorization: `Bearer ${spent.key}` });
      await ask("PUT", `/v1/api-keys/${spent.id}`, { usage_limits: { type: "tokens", credit_limit: 1 } });
      await until(async () => (await ask<Entry>("GET", `/v1/api-keys/${spent.id}`)).body.status === "exhausted");
      await until(() => Date.now() > expiresAt);
      expect(await byStatus("/v1/api-keys", ["active", "disabled", "expired", "exhausted"])).toEqual({
        active: ["state on"],
        disabled: ["state off"],
        expired: ["state over"],
        exhausted: ["state spent"],
      });
    });

    test.each([
      ["/v1/configs", { config: { retry: { attempts: 1 } } }, "inactive"],
      ["/v1/guardrails", { checks: [check] }, "archived"],
    ])("%s that are on and off", async (path, body, off) => {
      const { ask } = control();
      await ask("POST", path, { name: "state on", ...body });
      const made = await ask<Entry>("POST", path, { name: "state off", ...body });
      await ask("PUT", `${path}/${made.body.slug ?? ""}`, { status: off });
      expect(await byStatus(path, ["active", off])).toEqual({ active: ["state on"], [off]: ["state off"] });
    });

    test("people that may come in, and that may not", async () => {
      const { ask } = control();
      const newPerson = (word: string) => {
        const body = { email: `${word}@example.com`, password: "a long password for tests", role: "viewer" };
        return ask<Entry>("POST", "/v1/people", { name: `state ${word}`, ...body });
      };
      await newPerson("on");
      await ask("PUT", `/v1/people/${(await newPerson("off")).body.id}`, { disabled: true });
      const found = await byStatus("/v1/people", ["active", "disabled", "locked"]);
      expect(found).toEqual({ active: ["state on"], disabled: ["state off"], locked: [] });
    });

    test("virtual keys, and their views by Portkey's names", async () => {
      const { ask } = control();
      await ask("POST", "/v1/virtual-keys", { name: "state on", kind: "server_chain", region: "us-east-1" });
      const expiresAt = Date.now() + 1_000;
      const over = { expires_at: new Date(expiresAt).toISOString() };
      await ask("POST", "/v1/virtual-keys", { name: "state over", kind: "server_chain", region: "us-east-1", ...over });
      await until(() => Date.now() > expiresAt);
      for (const path of ["/v1/virtual-keys", ...views]) {
        const found = await byStatus(path, ["active", "expired", "disabled"]);
        expect([path, found]).toEqual([path, { active: ["state on"], expired: ["state over"], disabled: [] }]);
      }
    });
  });
});
