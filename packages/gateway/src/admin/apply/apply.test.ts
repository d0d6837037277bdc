/** `adit apply`: the same file twice changes nothing, a fault anywhere leaves all as it was, no secret is told. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AditError } from "@adit/bedrock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSettings } from "../../settings.ts";
import { openChangeParts } from "../open-parts.ts";
import type { Store } from "../../store/store.ts";
import { onBothEngines, type House } from "../../store/testing/engines.ts";
import { partsWithin, type ChangeParts } from "../parts.ts";
import { apply } from "./apply.ts";
import { applyFileJsonSchema, readApplyFile } from "./apply-file.ts";
import type { ApplyStep } from "./apply-step.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-apply-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const secret = "CANARYapplyxQ7vR2mK9pL4wT8zB3nH6wJalrXUt";
const environment = { KEY_ID: "AKIAIOSFODNN7EXAMPLE", SECRET: secret, TEAM: "billing" };

const whole = `
version: 1
projects:
  - slug: default
    virtual_keys:
      - slug: assumed
        name: Assumed
        credential: { aws_role_arn: "arn:aws:iam::123456789012:role/Adit", source: main }
        attribution: { request_metadata: { team: metadata.team }, session_tags: { app: key } }
      - slug: main
        name: Main
        region: us-east-1
        allowed_models: [amazon.nova-*]
        credential:
          aws_access_key_id: \${env:KEY_ID}
          aws_secret_access_key: \${env:SECRET}
      - slug: server
        name: The server's own
        kind: server_chain
        expires_at: 2099-01-01T00:00:00Z
    configs:
      - slug: pc-main
        name: Main
        config: { strategy: { mode: fallback }, targets: [{ virtual_key: main }, { virtual_key: assumed }] }
        default: true
    connectors:
      - slug: summaries
        name: Summaries
        connection_spec: { virtual_key: main, model_id: amazon.nova-lite-v1:0, request_format: { messages: [] } }
        input_schema: [{ name: messages.0.content, value: doc, value_type: dynamic }]
        output_schema: [{ name: text, path: "$.output.text" }]
  - slug: billing
    name: Billing
    description: Invoices
    api_keys:
      - name: "Service of \${env:TEAM}"
        scopes: [completions.write]
        defaults: { metadata: { team: billing } }
        allowed_models: null
    budgets:
      - { name: Service, scope: gateway_key, scope_id: "Service of \${env:TEAM}", unit: cost, amount: 0.25, period: daily }
      - { name: Teams, scope: metadata, scope_id: team, unit: tokens, amount: 1000, period: total, unknown_price: allow }
    rate_limits:
      - { name: All, scope: project, unit: requests, amount: 600, period: minute }
`;

onBothEngines((house: House) => {
  async function open(): Promise<{ store: Store; parts: ChangeParts; run: (text: string) => Promise<ApplyStep[]> }> {
    const store = await house.open();
    const parts = await openChangeParts(
      store,
      readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: "https://vpce.example.com" }),
    );
    return {
      store,
      parts,
      run: (text) =>
        store.writeAlone((writing) =>
          apply(readApplyFile(text, environment), partsWithin(parts, writing), { kind: "command" }),
        ),
    };
  }
  const told = (steps: ApplyStep[]): string[] =>
    steps.map(
      ({ action, kind, name, fields }) =>
        `${action} ${kind} ${name}${fields.length > 0 ? `: ${fields.join(", ")}` : ""}`,
    );

  test("the first time makes all, the second changes nothing", async () => {
    const { store, run } = await open();
    const first = await run(whole);
    expect(told(first)).toEqual([
      "keep project default",
      "create virtual key default/main",
      "create virtual key default/server",
      "create virtual key default/assumed",
      "create config default/pc-main",
      "create connector default/summaries",
      "create project billing",
      "create API key billing/Service of billing",
      "create budget billing/Service",
      "create budget billing/Teams",
      "create rate limit billing/All",
    ]);
    expect(first.at(7)?.newKey?.reveal()).toMatch(/^adit_sk_/);
    const rows = () => store.read((db) => db.selectFrom("auditLog").selectAll().execute());
    const before = (await rows()).length;
    const second = await run(whole);
    expect(second.map(({ action }) => action)).toEqual(Array.from({ length: 11 }, () => "keep"));
    expect((await rows()).length).toBe(before);
    expect(JSON.stringify([first, second, await rows()])).not.toContain(secret);
  });

  test("a provider is made after what it follows, and says what is its own alone", async () => {
    const { run, parts } = await open();
    const team = "{ slug: team, name: Team, integration: main, disabled: true }";
    const off = whole.replace("virtual_keys:", `virtual_keys:\n      - ${team}`);
    const first = told(await run(off));
    expect(first.indexOf("create virtual key default/team")).toBeGreaterThan(
      first.indexOf("create virtual key default/main"),
    );
    expect(told(await run(off))).not.toContainEqual(expect.stringMatching(/^(create|update)/));
    const id = "prj_00000000-0000-7000-8000-000000000000";
    expect(await parts.virtualKeys.bySlug(id, "team")).toMatchObject({
      disabled: true,
      region: "us-east-1",
      allowedModels: ["amazon.nova-*"],
      follows: { slug: "main" },
    });
    // What it follows is off for a while: that is no difference of its own.
    const on = off.replace("disabled: true }", "disabled: false }").replace("name: Main\n", "name: Main\n        disabled: true\n"); // prettier-ignore
    expect(told(await run(on))).toContain("update virtual key default/team: disabled");
    expect(told(await run(on))).not.toContainEqual(expect.stringMatching(/^(create|update)/));
    for (const [wrong = "", param = ""] of [
      ["{ slug: team, name: Team, integration: main, region: us-west-2 }", "region"],
      ["{ slug: team, name: Team, integration: server }", "integration"],
      ["{ slug: team, name: Team, kind: server_chain }", "integration"],
      ["{ slug: fresh, name: Fresh, integration: nowhere }", "integration"],
      ["{ slug: fresh, name: Fresh, integration: team }", "integration_id"],
    ]) {
      const refused: unknown = await run(
        `version: 1\nprojects:\n  - slug: default\n    virtual_keys:\n      - ${wrong}\n`,
      ).catch((error: unknown) => error);
      expect(refused).toMatchObject({ param: `projects[0].virtual_keys[0].${param}` });
    }
  });

  test("what is different is named, and changed", async () => {
    const { run, parts } = await open();
    await run(whole);
    const changed = whole
      .replace("name: Main\n        region", "name: Main, renamed\n        region")
      .replace("amazon.nova-*", "amazon.nova-lite-*")
      .replace("role/Adit", "role/Other")
      .replace("default: true", "default: false")
      .replace("team: billing", "team: invoices")
      .replace("amount: 0.25", 'amount: "0.250000001"')
      .replace("amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0")
      .replace("$.output.text", "$.output.message")
      .replace("amount: 600", "amount: 60");
    expect(told(await run(changed)).filter((line) => !line.startsWith("keep"))).toEqual([
      "update virtual key default/main: name, allowedModels",
      "update virtual key default/assumed: credential",
      "update config default/pc-main: isDefault",
      "update connector default/summaries: model_id, output_schema",
      "update API key billing/Service of billing: defaultMetadata",
      "update budget billing/Service: amount",
      "update rate limit billing/All: amount",
    ]);
    const [main] = await parts.virtualKeys.list("prj_00000000-0000-7000-8000-000000000000", { limit: 1 });
    expect(main).toMatchObject({ name: "Main, renamed", allowedModels: ["amazon.nova-lite-*"] });
    const billing = await parts.projects.find("billing");
    const [service] = await parts.limitSettings.listBudgets(billing?.id ?? "", { limit: 1 });
    expect(service).toMatchObject({
      amount: 250_000_001n,
      scope: "gateway_key",
      scopeId: expect.stringMatching(/^gk_/) as string,
    });
  });

  test.each([
    ["amount: 0.25", "amount: -1", "projects[1].budgets[0].amount"],
    ["amount: 0.25", "amount: 0", "projects[1].budgets[0].amount"],
    ['scope_id: "Service of ${env:TEAM}"', "scope_id: nobody", "projects[1].budgets[0].scope_id"],
    ["scope: metadata, scope_id: team", "scope: metadata", "projects[1].budgets[1].scope_id"],
  ])("limits: %s as %s", async (from, to, param) => {
    const { run } = await open();
    await expect(run(whole.replace(from, to))).rejects.toMatchObject({ param });
  });

  test("blanks around names are none of them: the second run changes nothing", async () => {
    const { run } = await open();
    const blank = whole
      .replace("name: Main\n        region", 'name: " Main "\n        region')
      .replace("name: Summaries", 'name: "Summaries "')
      .replace('- name: "Service of ${env:TEAM}"', '- name: " Service of ${env:TEAM} "')
      .replace("name: Billing", 'name: " Billing"')
      .replace("name: Teams", 'name: "Teams "');
    await run(blank);
    expect(told(await run(blank)).filter((line) => !line.startsWith("keep"))).toEqual([]);
  });

  test.each([
    ["region: us-east-1", 'region: " us-east-1 "'],
    ["[amazon.nova-*]", '[" amazon.nova-* "]\n        allowed_regions: [" us-east-1"]'],
    ["region: us-east-1", 'region: us-east-1\n        note: ""'],
    ["region: us-east-1", "region: us-east-1\n        endpoint: https://VPCE.example.com/"],
    ["slug: main", 'slug: " @main"'],
    ["virtual_key: main, model_id", 'virtual_key: "@main", model_id'],
    ["description: Invoices", 'description: ""'],
    ["slug: billing", 'slug: " billing "'],
    ["{ name: All,", "{ name: \u00c4LLE \u0130\u1e9e,"],
    ["[completions.write]", "[completions.write, models.list, completions.write]"],
    ["allowed_models: null", 'allowed_models: [" amazon.*"]\n        allowed_addresses: [" 10.0.0.0/8 "]'],
  ])("%s as %s: the second run changes nothing", async (from, to) => {
    const { run } = await open();
    const written = whole.replace(from, to);
    expect(written).not.toBe(whole);
    await run(written);
    expect(told(await run(written)).filter((line) => !line.startsWith("keep"))).toEqual([]);
  });

  test("a key's own default may be written as requests name it", async () => {
    const { run } = await open();
    const key =
      "    api_keys:\n      - { name: K, scopes: [completions.write], defaults: { virtual_key: '@main' }, allowed_virtual_keys: ['@main'] }\n";
    const written = whole.replace("    configs:\n", `${key}    configs:\n`);
    expect(told(await run(written))).toContain("create API key default/K");
    expect(told(await run(written)).filter((line) => !line.startsWith("keep"))).toEqual([]);
  });

  test("null takes a bound, a note or an end away; of what is made there is none", async () => {
    const { parts, run } = await open();
    const fileOf = (terms: string, own: string): string => `
version: 1
projects:
  - slug: default
    virtual_keys:
      - { slug: main, name: Main, kind: server_chain, region: us-east-1, ${terms} }
      - { slug: after, name: After, integration: main, ${own} }
`;
    const end = 'expires_at: "2099-01-01T00:00:00Z"';
    const bounds = `note: A, allowed_models: [amazon.*], allowed_regions: [us-east-1], attribution: { request_metadata: { app: key } }`;
    await run(fileOf(`${bounds}, ${end}`, `note: B, ${end}`));
    const none =
      "note: null, allowed_models: null, allowed_regions: null, attribution: null, endpoint: null, expires_at: null";
    const lifted = fileOf(none, "note: null, expires_at: null");
    const changed = ["note", "allowedModels", "allowedRegions", "expiresAt", "attribution"];
    expect((await run(lifted)).map(({ action, fields }) => [action, fields])).toEqual([
      ["keep", []],
      ["update", changed],
      ["update", ["note", "expiresAt"]],
    ]);
    const { id: projectId } = (await parts.projects.find("default"))!;
    for (const slug of ["main", "after"]) {
      const { note, allowedModels, allowedRegions, attribution, expiresAt } = (await parts.virtualKeys.bySlug(
        projectId,
        slug,
      ))!;
      expect([slug, note, allowedModels, allowedRegions, attribution, expiresAt]).toEqual([
        slug,
        ...changed.map(() => undefined),
      ]);
    }
    expect((await run(lifted)).map(({ action }) => action)).toEqual(["keep", "keep", "keep"]);
    await run(
      lifted
        .replace("slug: main", "slug: fresh")
        .replace("slug: after", "slug: later")
        .replace("integration: main", "integration: fresh"),
    );
    expect((await parts.virtualKeys.bySlug(projectId, "fresh"))?.expiresAt).toBeUndefined();
  });

  test("what is merged into an object stands in it, and what stands beside the merge goes before it", async () => {
    const { parts, run } = await open();
    await run(`
version: 1
projects:
  - slug: default
    virtual_keys:
      - { slug: main, name: Main, kind: server_chain }
    configs:
      - { slug: pc-one, name: One, config: &base { override_params: &params { seed: 1, top_p: 1 }, virtual_key: main } }
      - { slug: pc-two, name: Two, config: { <<: *base, override_params: { seed: 2, <<: *params } } }
`);
    const { id: projectId } = (await parts.projects.find("default"))!;
    expect((await parts.configs.find(projectId, "pc-two"))?.config).toEqual({
      override_params: { seed: 2, top_p: 1 },
      virtual_key: "main",
    });
  });

  test("an expiry that has passed is no change, and one that is changed must lie ahead", async () => {
    const { run, store } = await open();
    await run(whole);
    await store.write(({ db }) =>
      db.updateTable("virtualKeys").set({ expiresAt: 5 }).where("slug", "=", "server").execute(),
    );
    const past = whole.replace("2099-01-01T00:00:00Z", "1970-01-01T00:00:00.005Z");
    expect(told(await run(past)).filter((line) => !line.startsWith("keep"))).toEqual([]);
    const renamed = past.replace("name: The server's own", "name: The server's former own");
    expect(told(await run(renamed)).filter((line) => !line.startsWith("keep"))).toEqual([
      "update virtual key default/server: name",
    ]);
    await expect(run(past.replace("00:00:00.005Z", "00:00:00.006Z"))).rejects.toMatchObject({
      param: "projects[0].virtual_keys[2].expires_at",
    });
  });

  test("an API key that has ended, and a provider that has, can be changed in what is no end", async () => {
    const { run, store } = await open();
    const end = 'expires_at: "2099-01-01T00:00:00Z"';
    const written = `
version: 1
projects:
  - slug: default
    virtual_keys:
      - { slug: main, name: Main, kind: server_chain }
      - { slug: team, name: Team, integration: main, ${end} }
    api_keys:
      - { name: K, scopes: [completions.write], ${end} }
`;
    await run(written);
    await store.write(async ({ db }) => {
      await db.updateTable("virtualKeys").set({ expiresAt: 5, ownExpiresAt: 5 }).where("slug", "=", "team").execute();
      await db.updateTable("gatewayKeys").set({ expiresAt: 5 }).execute();
    });
    const after = written
      .replaceAll("2099-01-01T00:00:00Z", "1970-01-01T00:00:00.005Z")
      .replace("name: Team", "name: Former team")
      .replace("scopes: [completions.write]", "scopes: [completions.write, models.list]");
    expect(told(await run(after)).filter((line) => !line.startsWith("keep"))).toEqual([
      "update virtual key default/team: name",
      "update API key default/K: scopes",
    ]);
  });

  test("a limit is of the file's own key, and not of a person's that has its name", async () => {
    const { run, parts } = await open();
    await run(whole.slice(0, whole.indexOf("    api_keys:")));
    const projectId = (await parts.projects.find("billing"))?.id ?? "";
    const actor = { kind: "command" } as const;
    const { id: ownerId } = await parts.people.create({ email: "a@example.com", name: "A", role: "admin" }, actor);
    const terms = { name: "Service of billing", scopes: ["completions.write"], ownerId };
    const { gatewayKey: theirs } = await parts.gatewayKeys.create(projectId, terms, actor);
    await run(whole);
    const keys = await parts.gatewayKeys.list(projectId, { limit: 10 });
    const own = keys.find(({ id }) => id !== theirs.id);
    const [budget] = await parts.limitSettings.listBudgets(projectId, { limit: 10, search: "Service" });
    expect([own?.ownerId, budget?.scopeId]).toEqual([undefined, own?.id]);
  });

  test("a limit of the same name for another period is not the same one", async () => {
    const { run } = await open();
    await run(whole);
    const other = whole.replace("period: daily", "period: weekly");
    await expect(run(other)).rejects.toMatchObject({ param: "projects[1].budgets[0].period" });
  });

  test("another secret is found, without the first being told", async () => {
    const { store, parts, run } = await open();
    await run(whole);
    const other = readApplyFile(whole, { ...environment, SECRET: `${secret.slice(0, -1)}x` });
    const steps = await store.writeAlone((writing) => apply(other, partsWithin(parts, writing), { kind: "command" }));
    expect(told(steps).filter((line) => !line.startsWith("keep"))).toEqual([
      "update virtual key default/main: credential",
    ]);
  });

  test("a fault at the end leaves nothing of the beginning", async () => {
    const { run, parts } = await open();
    const faulty = whole.replace("[completions.write]", "[everything]");
    await expect(run(faulty)).rejects.toMatchObject({ param: "projects[1].api_keys[0].scopes[0]" });
    expect(await parts.virtualKeys.list("prj_00000000-0000-7000-8000-000000000000", { limit: 10 })).toEqual([]);
    expect(await parts.projects.find("billing")).toBeUndefined();
  });

  test.each([
    ["virtual_key: main, model_id", "virtual_key: mian, model_id", "connection_spec.virtual_key"],
    ["virtual_key: main, model_id", "secret_access_key: x, model_id", "connection_spec.secret_access_key"],
    ["$.output.text", "$.[", "output_schema.0.path"],
  ])("connectors: %s as %s", async (from, to, field) => {
    const { run } = await open();
    const error = (await run(whole.replace(from, to)).catch((fault: unknown) => fault)) as AditError;
    expect([error.param?.startsWith("projects[0].connectors[0]"), error.param]).toEqual([
      true,
      expect.stringContaining(field.split(".").at(-1) ?? ""),
    ]);
  });

  test("a config that names no virtual key of the project says where", async () => {
    const { run } = await open();
    await expect(run(whole.replace("virtual_key: assumed", "virtual_key: asumed"))).rejects.toMatchObject({
      param: "projects[0].configs[0].config.targets[1].virtual_key",
      message: expect.stringContaining('Did you mean "assumed"?') as string,
    });
  });
});

/** Lists of nine aliases each, which stand for one another. */
const aliasBomb = Array.from({ length: 9 }, (_, index) => {
  const [from, to] = [index, index + 1].map((at) => String.fromCharCode(97 + at));
  return `${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]\n`;
}).join("");

/** A file with this field in a credential. */
function inFile(field: string): string {
  return `version: 1\nprojects:\n  - slug: default\n    virtual_keys:\n      - { slug: a, name: A, credential: { ${field} } }`;
}

describe("the file", () => {
  test("may have one base for hundreds of objects", () => {
    const key = (index: number): string => `      - { <<: *base, slug: key-${index} }\n`;
    const base = "      - &base { slug: key, name: Key, kind: server_chain, region: eu-west-1 }\n";
    const keys = Array.from({ length: 500 }, (_, index) => key(index));
    const { projects } = readApplyFile(
      `version: 1\nprojects:\n  - slug: default\n    virtual_keys:\n${base}${keys.join("")}`,
      {},
    );
    expect(projects[0]?.virtual_keys?.map(({ region }) => region)).toEqual(
      Array.from({ length: 501 }, () => "eu-west-1"),
    );
  });

  const fault = (text: string): AditError => {
    try {
      readApplyFile(text, environment);
    } catch (error) {
      return error as AditError;
    }
    throw new Error("It was read.");
  };

  test.each([
    ["version: 1\nprojects: [", "line 2"],
    ["version: 2\nprojects: []", "version"],
    ["projects: []", "version"],
    ["version: 1\nprojects:\n  - slug: a\n    virtual_key: []", "projects[0].virtual_key"],
    ["version: 1\nprojects:\n  - slug: ${env:NOWHERE}", "projects[0].slug"],
    ["version: 1\nprojects:\n  - slug: a\n    virtual_keys: [{ slug: b }]", "projects[0].virtual_keys[0].name"],
    ["a: &a [x]\nb: &b [*a, *a]\nversion: 1\nversion: 1", "line"],
    [`a: &a [x]\n${aliasBomb}version: 1\nprojects: []`, "aliases"],
    ["version: 1\nprojects: *nowhere", "aliases"],
    ["version: 1\nprojects: [{ <<: 1 }]", "merge"],
    ["version: 1\nprojects: &p\n  - configs: *p", "line 3, column 14"],
    ["version: 1\nprojects:\n  - slug: !Sub a", "line 3, column 11"],
    ["version: 1\nprojects:\n  - description: 12345678901234567890", "line 3, column 18"],
    ["version: 1\nprojects:\n  - description: -.inf", "line 3, column 18"],
    [inFile("aws_secret_access_key: a-literal-CANARY"), "virtual_keys[0].credential.aws_secret_access_key: a secret"],
    [inFile("awsSessionToken: a-literal-CANARY"), "credential.awsSessionToken: a secret"],
    [inFile("api_key: a-literal-CANARY"), "credential.api_key: a secret"],
  ])("%j names %s", (text, place) => {
    expect(fault(text).message).toContain(place);
    expect(fault(text).describe()).not.toContain("CANARY");
  });

  test.each([
    [
      "a virtual key",
      "slug: assumed",
      "slug: main",
      "projects[0].virtual_keys[1].slug is that of projects[0].virtual_keys[0].slug too",
    ],
    ["a project", "slug: billing", "slug: default", "projects[1].slug is that of projects[0].slug too"],
    [
      "a budget, but for blanks",
      "name: Teams",
      'name: " Service "',
      "projects[1].budgets[1].name is that of projects[1].budgets[0].name too",
    ],
    [
      "an API key, through the environment",
      "    api_keys:\n",
      "    api_keys:\n      - { name: Service of billing, scopes: [models.list] }\n",
      "projects[1].api_keys[1].name is that of projects[1].api_keys[0].name too",
    ],
    [
      "a project's default",
      "    configs:\n",
      "    configs:\n      - { slug: pc-other, name: Other, config: { retry: { attempts: 1 } }, default: true }\n",
      "projects[0].configs[1].default is that of projects[0].configs[0] too",
    ],
  ])("that names %s twice is refused: the same file twice would change something", (_what, once, twice, words) => {
    expect(fault(whole.replace(once, twice)).message).toContain(words);
  });

  test("no word of a secret is in a fault", () => {
    const text = whole.replace("slug: server", `slug: [\${env:SECRET}]`);
    expect(fault(text).describe()).not.toContain(secret);
  });

  test("its JSON schema names every part", () => {
    const text = JSON.stringify(applyFileJsonSchema());
    for (const name of [
      "virtual_keys",
      "configs",
      "api_keys",
      "credential",
      "allowed_addresses",
      "budgets",
      "rate_limits",
    ]) {
      expect(text).toContain(`"${name}"`);
    }
  });
});
