/** Every route of the control API, for every kind of caller. The rows are written out: a route without one fails. */
import { beforeAll, describe, expect, test } from "vitest";
import { controlRoutes, type ControlOptions } from "../../packages/gateway/src/admin/control-routes.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { nova } from "../support/asking.ts";
import { checkAnswer } from "./answer-shape.ts";
import { onBothEngines } from "./control.ts";

/** Who asks. `other`: an admin of another project; `scoped`: a gateway key with the route's scope, `other key` one of another project. */
const callers = ["admin", "member", "viewer", "other", "scoped", "other key", "unscoped", "stranger"] as const;
type Caller = (typeof callers)[number];

/** Refusals by 403, 404 and 401; "ok": let through, whatever becomes of what was asked. */
type Outcome = "ok" | 401 | 403 | 404;
type Row = readonly Outcome[];

//                         admin member viewer other scoped otherKey unscoped stranger
const forViewers: Row = ["ok", "ok", "ok", 404, "ok", 404, 403, 401];
const forMembers: Row = ["ok", "ok", 403, 404, "ok", 404, 403, 401];
const forProjectAdmins: Row = ["ok", 403, 403, 404, 403, 403, 403, 401];
/** `admin` is an admin of the project alone. */
const forGatewayAdmins: Row = [403, 403, 403, 403, 403, 403, 403, 401];
/** Everybody sees what is theirs, which may be nothing. */
const ownList: Row = ["ok", "ok", "ok", "ok", "ok", "ok", 403, 401];
/** Figures of all projects: for admins of the gateway, and for keys that they gave the scope. */
const forKeysThatWatch: Row = [403, 403, 403, 403, "ok", "ok", 403, 401];
/** Of what one is an admin of. */
const ownAudit: Row = ["ok", 403, 403, "ok", 403, 403, 403, 401];
/** `unscoped` has the scope of calls. */
const forCallers: Row = ["ok", "ok", 403, 404, "ok", 404, "ok", 401];
/** The same, and for those who may see what was said. */
const forCallersAndViewers: Row = ["ok", "ok", "ok", 404, "ok", 404, "ok", 401];
const forKeysThatRead: Row = [403, 403, 403, 404, "ok", 404, 403, 401];
const forAllKnown: Row = ["ok", "ok", "ok", "ok", "ok", "ok", "ok", 401];
const forAll: Row = ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok"];

/** Larger than all that is used here. */
const newLimit = { name: "x", scope: "project", amount: 1_000_000, period: "total" };

const rows: Readonly<
  Record<string, { row: Row; /** One, or two with a space between. */ scope?: string; body?: object; query?: string }>
> = {
  "POST /v1/virtual-keys": { row: forMembers, scope: "virtual_keys.create", body: { name: "x" } },
  "GET /v1/virtual-keys": { row: forViewers, scope: "virtual_keys.list" },
  "GET /v1/virtual-keys/{slug}": { row: forViewers, scope: "virtual_keys.read" },
  "PUT /v1/virtual-keys/{slug}": { row: forMembers, scope: "virtual_keys.update", body: {} },
  "DELETE /v1/virtual-keys/{slug}": { row: forMembers, scope: "virtual_keys.delete" },
  "POST /v1/virtual-keys/{slug}/test": { row: forMembers, scope: "virtual_keys.update", body: {} },
  "GET /v1/virtual-keys/{slug}/policies": { row: forViewers, scope: "virtual_keys.read" },
  "POST /v1/integrations": {
    row: forMembers,
    scope: "integrations.create",
    body: { name: "x", ai_provider_id: "bedrock" },
  },
  "GET /v1/integrations": { row: forViewers, scope: "integrations.list" },
  "GET /v1/integrations/{slug}": { row: forViewers, scope: "integrations.read" },
  "PUT /v1/integrations/{slug}": { row: forMembers, scope: "integrations.update", body: {} },
  "DELETE /v1/integrations/{slug}": { row: forMembers, scope: "integrations.delete" },
  "GET /v1/integrations/{slug}/models": { row: forViewers, scope: "integrations.read" },
  "PUT /v1/integrations/{slug}/models": { row: forMembers, scope: "integrations.update", body: {} },
  "DELETE /v1/integrations/{slug}/models": { row: forMembers, scope: "integrations.update", query: "&slugs=a" },
  "GET /v1/integrations/{slug}/workspaces": { row: forViewers, scope: "integrations.read" },
  "PUT /v1/integrations/{slug}/workspaces": {
    row: forMembers,
    scope: "integrations.update",
    body: { workspaces: [] },
  },
  "POST /v1/providers": { row: forMembers, scope: "providers.create", body: { name: "x", integration_id: "nobody" } },
  "GET /v1/providers": { row: forViewers, scope: "providers.list" },
  "GET /v1/providers/{slug}": { row: forViewers, scope: "providers.read" },
  "PUT /v1/providers/{slug}": { row: forMembers, scope: "providers.update", body: {} },
  "DELETE /v1/providers/{slug}": { row: forMembers, scope: "providers.delete" },
  "POST /v1/configs": { row: forMembers, scope: "configs.create", body: { name: "x", config: { retry: 1 } } },
  "GET /v1/configs": { row: forViewers, scope: "configs.list" },
  "GET /v1/configs/schema": { row: forViewers, scope: "configs.list" },
  "GET /v1/configs/{slug}": { row: forViewers, scope: "configs.read" },
  "PUT /v1/configs/{slug}": { row: forMembers, scope: "configs.update", body: {} },
  "GET /v1/configs/{slug}/versions": { row: forViewers, scope: "configs.read" },
  "DELETE /v1/configs/{slug}": { row: forMembers, scope: "configs.delete" },
  "POST /v1/guardrails": { row: forMembers, scope: "guardrails.create", body: { name: "x", checks: [{ id: "none" }] } },
  "GET /v1/guardrails": { row: forViewers, scope: "guardrails.list" },
  "GET /v1/guardrails/checks": { row: forViewers, scope: "guardrails.list" },
  "GET /v1/guardrails/{slug}": { row: forViewers, scope: "guardrails.read" },
  "PUT /v1/guardrails/{slug}": { row: forMembers, scope: "guardrails.update", body: {} },
  "GET /v1/guardrails/{slug}/versions": { row: forViewers, scope: "guardrails.read" },
  "DELETE /v1/guardrails/{slug}": { row: forMembers, scope: "guardrails.delete" },
  "POST /v1/prompts": { row: forMembers, scope: "prompts.create", body: { name: "", string: "x" } },
  "GET /v1/prompts": { row: forViewers, scope: "prompts.list" },
  "GET /v1/prompts/{prompt}": { row: forViewers, scope: "prompts.read" },
  "PUT /v1/prompts/{prompt}": { row: forMembers, scope: "prompts.update", body: {} },
  "DELETE /v1/prompts/{prompt}": { row: forMembers, scope: "prompts.delete" },
  "PUT /v1/prompts/{prompt}/makeDefault": { row: forMembers, scope: "prompts.publish", body: { version: 1 } },
  "POST /v1/prompts/{prompt}/render": { row: forViewers, scope: "prompts.render", body: {} },
  "GET /v1/prompts/{prompt}/versions": { row: forViewers, scope: "prompts.read" },
  "GET /v1/prompts/{prompt}/versions/{version}": { row: forViewers, scope: "prompts.read" },
  "PUT /v1/prompts/{prompt}/versions/{version}": {
    row: forMembers,
    scope: "prompts.publish",
    body: { label_id: "staging" },
  },
  "POST /v1/prompts/partials": { row: forMembers, scope: "prompts.create", body: { name: "", string: "x" } },
  "GET /v1/prompts/partials": { row: forViewers, scope: "prompts.list" },
  "GET /v1/prompts/partials/{partial}": { row: forViewers, scope: "prompts.read" },
  "PUT /v1/prompts/partials/{partial}": { row: forMembers, scope: "prompts.update", body: {} },
  "PUT /v1/prompts/partials/{partial}/makeDefault": { row: forMembers, scope: "prompts.publish", body: { version: 1 } },
  "GET /v1/prompts/partials/{partial}/versions": { row: forViewers, scope: "prompts.read" },
  "DELETE /v1/prompts/partials/{partial}": { row: forMembers, scope: "prompts.delete" },
  "POST /v1/labels": { row: forMembers, scope: "prompts.create", body: { name: "" } },
  "GET /v1/labels": { row: forViewers, scope: "prompts.list" },
  "GET /v1/labels/{label}": { row: forViewers, scope: "prompts.read" },
  "PUT /v1/labels/{label}": { row: forMembers, scope: "prompts.update", body: {} },
  "DELETE /v1/labels/{label}": { row: forMembers, scope: "prompts.delete" },
  "POST /v1/collections": { row: forMembers, scope: "prompts.create", body: { name: "" } },
  "GET /v1/collections": { row: forViewers, scope: "prompts.list" },
  "GET /v1/collections/{collection}": { row: forViewers, scope: "prompts.read" },
  "PUT /v1/collections/{collection}": { row: forMembers, scope: "prompts.update", body: {} },
  "DELETE /v1/collections/{collection}": { row: forMembers, scope: "prompts.delete" },
  "POST /v1/configs/dry-run": { row: forViewers, scope: "configs.read", body: { config: { retry: 1 } } },
  "GET /v1/connectors/spec": { row: forViewers, scope: "connectors.list" },
  "GET /v1/connectors/samples": { row: forViewers, scope: "connectors.list" },
  "POST /v1/connectors": { row: forMembers, scope: "connectors.create", body: { name: "x", connection_spec: {} } },
  "GET /v1/connectors": { row: forViewers, scope: "connectors.list" },
  "GET /v1/connectors/{slug}": { row: forViewers, scope: "connectors.read" },
  "PUT /v1/connectors/{slug}": { row: forMembers, scope: "connectors.update", body: {} },
  "DELETE /v1/connectors/{slug}": { row: forMembers, scope: "connectors.delete" },
  "GET /v1/connectors/{slug}/discover": { row: forViewers, scope: "connectors.read" },
  "POST /v1/connectors/check_connection": {
    row: forMembers,
    scope: "connectors.create completions.write",
    body: { connection_spec: {} },
  },
  "POST /v1/connectors/{slug}/check_connection": { row: forMembers, scope: "connectors.update completions.write" },
  "POST /v1/api-keys/{type}/{kind}": {
    row: forMembers,
    scope: "api_keys.create",
    body: { name: "x", scopes: ["api_keys.create"] },
  },
  "GET /v1/api-keys": { row: forViewers, scope: "api_keys.list" },
  "GET /v1/api-keys/{id}": { row: forViewers, scope: "api_keys.read" },
  "PUT /v1/api-keys/{id}": { row: forMembers, scope: "api_keys.update", body: {} },
  "POST /v1/api-keys/{id}/rotate": { row: forMembers, scope: "api_keys.update", body: {} },
  "DELETE /v1/api-keys/{id}": { row: forMembers, scope: "api_keys.delete" },
  "POST /v1/api-keys/{id}/key-pairs": { row: forMembers, scope: "api_keys.update" },
  "GET /v1/api-keys/{id}/key-pairs": { row: forViewers, scope: "api_keys.read" },
  "PUT /v1/api-keys/{id}/key-pairs/{pair}": { row: forMembers, scope: "api_keys.update", body: { status: "disabled" } },
  "DELETE /v1/api-keys/{id}/key-pairs/{pair}": { row: forMembers, scope: "api_keys.update" },
  "GET /v1/model-catalog": { row: forViewers, scope: "models.list" },
  "GET /v1/vault": { row: forGatewayAdmins, scope: "vault.*" },
  "POST /v1/vault/rotate": { row: forGatewayAdmins, scope: "vault.*" },
  "POST /v1/budgets": { row: forProjectAdmins, scope: "budgets.*", body: { ...newLimit, unit: "tokens" } },
  "GET /v1/budgets": { row: forViewers, scope: "budgets.list" },
  "GET /v1/budgets/{budget}": { row: forViewers, scope: "budgets.read" },
  "GET /v1/budgets/{budget}/usage": { row: forViewers, scope: "budgets.read" },
  "PUT /v1/budgets/{budget}": { row: forProjectAdmins, scope: "budgets.*", body: {} },
  "POST /v1/budgets/{budget}/reset": { row: forProjectAdmins, scope: "budgets.*" },
  "DELETE /v1/budgets/{budget}": { row: forProjectAdmins, scope: "budgets.*" },
  "POST /v1/rate-limits": {
    row: forProjectAdmins,
    scope: "rate_limits.*",
    body: { ...newLimit, unit: "requests", period: "day" },
  },
  "GET /v1/rate-limits": { row: forViewers, scope: "rate_limits.list" },
  "GET /v1/rate-limits/{rate_limit}": { row: forViewers, scope: "rate_limits.read" },
  "GET /v1/rate-limits/{rate_limit}/usage": { row: forViewers, scope: "rate_limits.read" },
  "PUT /v1/rate-limits/{rate_limit}": { row: forProjectAdmins, scope: "rate_limits.*", body: {} },
  "POST /v1/rate-limits/{rate_limit}/reset": { row: forProjectAdmins, scope: "rate_limits.*" },
  "DELETE /v1/rate-limits/{rate_limit}": { row: forProjectAdmins, scope: "rate_limits.*" },
  "GET /v1/projects": { row: ownList, scope: "workspaces.read" },
  "GET /v1/projects/{project}": { row: forViewers, scope: "workspaces.read" },
  "GET /v1/admin/workspaces": { row: ownList, scope: "workspaces.read" },
  "GET /v1/admin/workspaces/{project}": { row: forViewers, scope: "workspaces.read" },
  "POST /v1/projects": { row: forGatewayAdmins, scope: "workspaces.*", body: { name: "" } },
  "PUT /v1/projects/{project}": { row: forProjectAdmins, scope: "workspaces.*", body: {} },
  "DELETE /v1/projects/{project}": { row: forGatewayAdmins, scope: "workspaces.*" },
  "GET /v1/projects/{project}/people": { row: forProjectAdmins, scope: "workspaces.*" },
  "PUT /v1/projects/{project}/people/{person}": {
    row: forProjectAdmins,
    scope: "workspaces.*",
    body: { role: "viewer" },
  },
  "DELETE /v1/projects/{project}/people/{person}": { row: forProjectAdmins, scope: "workspaces.*" },
  "POST /v1/people": { row: forGatewayAdmins, scope: "people.*", body: { email: "x", name: "x" } },
  "GET /v1/people": { row: forGatewayAdmins, scope: "people.*" },
  "GET /v1/people/{id}": { row: forGatewayAdmins, scope: "people.*" },
  "PUT /v1/people/{id}": { row: forGatewayAdmins, scope: "people.*", body: {} },
  "DELETE /v1/people/{id}": { row: forGatewayAdmins, scope: "people.*" },
  "POST /v1/logs": { row: forMembers, scope: "logs.create", body: { response: { status: 200 } } },
  "GET /v1/logs": { row: forViewers, scope: "logs.list" },
  "DELETE /v1/logs": { row: forProjectAdmins, scope: "logs.*", query: "&metadata=%7B%22a%22%3A%22b%22%7D" },
  "GET /v1/logs/settings": { row: forViewers, scope: "logs.read" },
  "PUT /v1/logs/settings": { row: forProjectAdmins, scope: "logs.*", body: {} },
  "POST /v1/logs/exports": { row: forViewers, scope: "logs.export", body: {} },
  "GET /v1/logs/exports": { row: forViewers, scope: "logs.list" },
  "GET /v1/logs/exports/{export}": { row: forViewers, scope: "logs.export" },
  "PUT /v1/logs/exports/{export}": { row: forViewers, scope: "logs.export", body: {} },
  "POST /v1/logs/exports/{export}/start": { row: forViewers, scope: "logs.export" },
  "POST /v1/logs/exports/{export}/cancel": { row: forViewers, scope: "logs.export" },
  "GET /v1/logs/exports/{export}/download": { row: forViewers, scope: "logs.export" },
  // The address of a download is its own key; without one it is a bad request.
  "GET /v1/logs/exports/{export}/file": { row: forAll },
  "POST /v1/logs/views": { row: forMembers, scope: "logs.create", body: { name: "x", query: "status=429" } },
  "GET /v1/logs/views": { row: forViewers, scope: "logs.list" },
  "DELETE /v1/logs/views/{view}": { row: forMembers, scope: "logs.delete" },
  "POST /v1/feedback": { row: forCallers, scope: "completions.write", body: { trace_id: "t", value: 1 } },
  "PUT /v1/feedback/{feedback}": { row: forCallers, scope: "completions.write", body: { value: 2 } },
  "GET /v1/responses/{response}": { row: forCallersAndViewers, scope: "completions.write" },
  "DELETE /v1/responses/{response}": { row: forCallers, scope: "completions.write" },
  "GET /v1/responses/{response}/input_items": { row: forCallersAndViewers, scope: "completions.write" },
  // What was not made in the background is over: a bad request.
  "POST /v1/responses/{response}/cancel": { row: forCallers, scope: "completions.write" },
  "GET /v1/logs/tail": { row: forViewers, scope: "logs.list" },
  "GET /v1/logs/export": { row: forViewers, scope: "logs.export" },
  "GET /v1/logs/{log}/explain": { row: forViewers, scope: "logs.read" },
  // The admin key had made that call: of people, an admin of the gateway alone may have it made again.
  "POST /v1/logs/{log}/replay": { row: forKeysThatRead, scope: "completions.write logs.read", body: {} },
  "GET /v1/logs/{log}": { row: forViewers, scope: "logs.read" },
  "GET /v1/traces/{trace}": { row: forViewers, scope: "logs.read" },
  "GET /v1/analytics/graphs/{graph}": { row: forViewers, scope: "analytics.view" },
  "GET /v1/analytics/graphs/{graph}/{part}": { row: forViewers, scope: "analytics.view" },
  "GET /v1/analytics/groups/{group}": { row: forViewers, scope: "analytics.view" },
  "GET /v1/analytics/groups/metadata/{key}": { row: forViewers, scope: "analytics.view" },
  "GET /v1/analytics/summary/cache": { row: forViewers, scope: "analytics.view" },
  "GET /metrics": { row: forKeysThatWatch, scope: "metrics.read" },
  "GET /v1/prices": { row: forAllKnown, scope: "completions.write" },
  "PUT /v1/prices": { row: forGatewayAdmins, scope: "prices.*", body: {} },
  "DELETE /v1/prices": { row: forGatewayAdmins, scope: "prices.*" },
  "GET /v1/audit-logs": { row: ownAudit, scope: "audit_logs.*" },
  "GET /openapi.json": { row: forAll },
  "GET /docs/api": { row: forAll },
};

/** Only the table of routes is read: nothing behind it is called. */
const routes = controlRoutes({ version: "0", maxJsonDepth: 10 } as ControlOptions).map(
  ({ method, path }) => `${method} ${path}`,
);

test("each route has its row, and each row its route", () => {
  expect(Object.keys(rows).toSorted()).toEqual(routes.toSorted());
});

/** Slugs of configs and guardrails say what they are. */
function slugAt(path: string): string {
  if (path.startsWith("/v1/configs")) return "pc-ours";
  return path.startsWith("/v1/guardrails") ? "pg-ours" : "ours";
}

const password = "a long password for tests";

/** What stands in a path and is not made. */
const fixed = {
  type: "workspace",
  kind: "service",
  version: "1",
  graph: "requests",
  part: "rescued",
  group: "model",
  key: "team",
};

onBothEngines((control) => {
  let project = "";
  let place: Record<string, string> = {};
  let response = { id: "", store: false };
  const cookies = new Map<Caller, Record<string, string>>();
  const keys = new Map<string, string>();

  beforeAll(async () => {
    const { ask } = control();
    project = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Ours" })).body.id;
    const elsewhere = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Theirs" })).body.id;
    for (const caller of ["admin", "member", "viewer", "other"] as const) {
      const role = caller === "other" ? "admin" : caller;
      const projects = { [caller === "other" ? elsewhere : project]: role };
      const email = `${caller}@example.com`;
      await ask("POST", "/v1/people", { email, name: caller, password, projects, role: "member" });
      cookies.set(caller, await signIn(email));
    }
    const guest = { email: "guest@example.com", name: "guest", projects: { [project]: "viewer" } };
    await ask("POST", "/v1/people", guest);
    const scopes = new Set(Object.values(rows).flatMap(({ scope }) => scope ?? []));
    for (const scope of scopes) {
      keys.set(`scoped ${scope}`, await keyWith(scope, project));
      keys.set(`other key ${scope}`, await keyWith(scope, elsewhere));
    }
    keys.set("unscoped", await keyWith("completions.write", project));
    await ask("PUT", `/v1/logs/settings?workspace_id=${project}`, { content: "all" });
  });

  async function signIn(email: string): Promise<Record<string, string>> {
    const { gateway } = control();
    const response = await fetch(`${gateway.url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: gateway.url },
      body: JSON.stringify({ email, password }),
    });
    const { csrf_token: csrf } = (await response.json()) as { csrf_token: string };
    const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return { cookie, "x-adit-csrf-token": csrf, origin: gateway.url };
  }

  async function keyWith(scope: string, projectId: string): Promise<string> {
    const body = { name: scope, scopes: scope.split(" "), workspace_id: projectId };
    return (await control().ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", body)).body.key;
  }

  /** Makes the objects that the path names, anew where an earlier call has taken them away; gives what stands for each of its names. */
  async function makeObjects(path: string): Promise<Record<string, string>> {
    const place: Record<string, string> = { ...fixed, project };
    for (const [, name = ""] of path.matchAll(/\{(\w+)\}/g)) {
      const made = name === "slug" ? await makeNamed(path) : await makeOne[name]?.(place);
      if (made !== undefined) place[name] = made;
    }
    return place;
  }

  /** What has a name is there already, or is made: either is well. */
  async function makeOurs(path: string, body: object = {}): Promise<string> {
    await control().ask("POST", path, { name: "ours", workspace_id: project, ...body });
    return "ours";
  }

  /** What a slug stands for. */
  async function makeNamed(path: string): Promise<string> {
    const slug = slugAt(path);
    if (path.startsWith("/v1/configs")) await makeOurs("/v1/configs", { slug, config: {} });
    else if (path.startsWith("/v1/guardrails"))
      await makeOurs("/v1/guardrails", { slug, checks: [{ id: "default.notNull" }] });
    else await makeOurs("/v1/virtual-keys", { slug, kind: "server_chain", region: "us-east-1" });
    const spec = { virtual_key: "ours", model_id: "amazon.nova-lite-v1:0" };
    if (path.startsWith("/v1/connectors")) await makeOurs("/v1/connectors", { slug, connection_spec: spec });
    return slug;
  }

  const inOurs = (): string => `?workspace_id=${project}`;
  const idOf = async (path: string, body?: object): Promise<string> =>
    (await control().ask<{ id: string }>("POST", path, body)).body.id;

  /** By the name that stands in the path; `place` holds what stands before it there. */
  const makeOne: Readonly<Record<string, (place: Record<string, string>) => Promise<string>>> = {
    // Nobody rotates a key that may do more than they.
    id: () =>
      idOf("/v1/api-keys/workspace/service", { name: "Ours", scopes: ["api_keys.update"], workspace_id: project }),
    pair: ({ id = "" }) => idOf(`/v1/api-keys/${id}/key-pairs`),
    person: async () =>
      (await control().ask<{ data: { id: string }[] }>("GET", "/v1/people?search=guest")).body.data[0]?.id ?? "",
    prompt: () => makeOurs("/v1/prompts", { slug: "ours", string: "Hi" }),
    partial: () => makeOurs("/v1/prompts/partials", { slug: "ours", string: "Hi" }),
    label: () => makeOurs("/v1/labels"),
    collection: async () => {
      const { ask } = control();
      await makeOurs("/v1/collections");
      return (await ask<{ data: { id: string }[] }>("GET", `/v1/collections${inOurs()}`)).body.data[0]?.id ?? "";
    },
    log: async () => {
      const call = { response: { status: 200 }, metadata: { trace_id: "t" } };
      return (await control().ask<{ ids: string[] }>("POST", `/v1/logs${inOurs()}`, call)).body.ids[0] ?? "";
    },
    trace: async (place) => {
      await makeOne["log"]?.(place);
      return "t";
    },
    export: () => idOf(`/v1/logs/exports${inOurs()}`, {}),
    view: () => idOf(`/v1/logs/views${inOurs()}`, { name: "Ours", query: "status=429" }),
    feedback: async () => {
      const feedback = { trace_id: "t", value: 1 };
      const { body } = await control().ask<{ feedback_ids: string[] }>("POST", `/v1/feedback${inOurs()}`, feedback);
      return body.feedback_ids[0] ?? "";
    },
    response: () => storedResponse(),
    budget: () => newLimitAt("/v1/budgets", { ...newLimit, unit: "tokens" }),
    rate_limit: () => newLimitAt("/v1/rate-limits", { ...newLimit, unit: "requests", period: "day" }),
  };

  /** Of a key of the project, made anew where it has been deleted. */
  async function storedResponse(): Promise<string> {
    const { ask } = control();
    const asOwn = { authorization: `Bearer ${keys.get("unscoped") ?? ""}` };
    const body = { model: nova, input: "Good morning", store: true };
    const isThere =
      response.store && (await ask("GET", `/v1/responses/${response.id}`, undefined, asOwn)).status === 200;
    // A setting holds for calls that begin a moment after it.
    if (!isThere) {
      await until(
        async () => (response = (await ask<typeof response>("POST", "/v1/responses", body, asOwn)).body).store,
      );
    }
    return response.id;
  }

  async function newLimitAt(path: string, limit: object): Promise<string> {
    return (await control().ask<{ id: string }>("POST", path, { ...limit, workspace_id: project })).body.id;
  }

  function headersOf(caller: Caller, scope: string | undefined): Record<string, string> {
    const cookie = cookies.get(caller);
    if (cookie !== undefined) return cookie;
    if (caller === "stranger") return { cookie: "nothing=1" };
    const key = keys.get(caller === "unscoped" ? caller : `${caller} ${scope ?? ""}`) ?? "";
    return { authorization: `Bearer ${key}` };
  }

  /** Their answers are no JSON. */
  const isStreamed = (route: string): boolean => ["GET /v1/logs/tail", "GET /v1/logs/export"].includes(route);

  describe.each(Object.entries(rows))("%s", (route, { row, scope, body, query = "" }) => {
    test("lets in whom its row lets in", async () => {
      const [method = "", path = ""] = route.split(" ");
      const isWithoutProject =
        /\/(api-keys\/\{id\}|logs\/\{log\}|logs\/\w+\/\{|feedback\/\{|budgets\/\{|rate-limits\/\{|projects|admin|people|openapi|docs|metrics)/.test(
          path,
        );
      const outcomes: Outcome[] = [];
      // The smallest right first, so that nobody has taken the objects away before.
      for (const caller of callers.toReversed()) {
        place = caller === "stranger" || method === "DELETE" ? await makeObjects(path) : place;
        const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => place[name] ?? "");
        const search = isWithoutProject || path === "/v1/audit-logs" ? "" : `?workspace_id=${project}${query}`;
        const headers = headersOf(caller, scope);
        const response = await fetch(`${control().gateway.url}${filled}${search}`, {
          method,
          headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const isRefused = response.status === 401 || response.status === 403;
        const isHidden = response.status === 404;
        outcomes.unshift(isRefused || isHidden ? response.status : "ok");
        if (isStreamed(route)) await response.body?.cancel();
        else if (path.startsWith("/v1/"))
          checkAnswer(method, filled, { status: response.status, body: await response.json() });
        else await response.arrayBuffer();
      }
      // What is let through may still find nothing there.
      const isMade = route === "POST /v1/providers";
      const expected = row.map((outcome) => (isMade && outcome === "ok" ? 404 : outcome));
      expect(outcomes).toEqual(expected);
    });
  });
});
