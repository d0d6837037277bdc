/** C9, C10, C18: configs that were made to do harm, and the secrets of those that were not. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { configJsonSchema } from "./config-schema.ts";
import { readConfig } from "./config.ts";
import { dryRun } from "../dry-run.ts";
import { interpretRequest, principal, refusal, routingDependencies } from "../testing/request.ts";

const canary = "canary-7f3a9c";

/** Every place of a config where a secret may stand. */
const secrets = {
  api_key: `${canary}-api-key`,
  aws_access_key_id: `${canary}-id`,
  aws_secret_access_key: `${canary}-secret`,
  aws_session_token: `${canary}-token`,
  custom_host: `https://host.example/${canary}-path`,
  override_params: { metadata: { key: `${canary}-override` }, additional_model_request_fields: [`${canary}-deep`] },
  default_params: { user: `${canary}-default` },
};

async function told(run: () => unknown): Promise<string> {
  try {
    return JSON.stringify(await run());
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    return `${error.describe()} ${error.param} ${JSON.stringify(error)} ${String(error.cause)}`;
  }
}

describe("C10 no secret of a config is told", () => {
  const deps = routingDependencies({ ADIT_CUSTOM_HOSTS: "https://host.example" });
  const { api_key: _key, ...pair } = secrets;
  const faults: [string, object][] = [
    ["a good config", {}],
    ["an unknown name", { aws_acces_key_id: `${canary}-slip`, retry: { attempts: 1, secret: `${canary}-retry` } }],
    ["a fault beside it", { retry: { attempts: `${canary}-x` } }],
    ["a fault of every type", { request_timeout: `${canary}`, weight: `${canary}`, strategy: `${canary}` }],
    ["a mode", { strategy: { mode: `${canary}` } }],
    ["a query", conditional({ "metadata.a": { [`$${"x"}`]: `${canary}` } })],
    ["an operand", conditional({ "metadata.a": { $in: `${canary}`, $gt: `${canary}` } })],
    ["a pattern", conditional({ "metadata.a": { $regex: `(${canary}` } })],
    ["a comparison that does not fit", conditional({ "metadata.a": `${canary}` })],
    ["a credential that is no text", { aws_secret_access_key: [`${canary}`] }],
    ["half a credential", { aws_secret_access_key: undefined }],
    ["a path", { drop_params: [`${canary} [`] }],
    ["hash fields", { strategy: { mode: "loadbalance", sticky: { hash_fields: [`${canary}`] } }, targets: [{}] }],
  ];

  function conditional(query: object): object {
    return { strategy: { mode: "conditional", conditions: [{ query, then: "a" }] }, targets: [{ name: "a" }] };
  }

  test.each(faults)("%s", async (_name, more) => {
    const config = { ...pair, ...more };
    const request = { body: { model: "amazon.nova-lite-v1:0" } };
    expect(await told(() => dryRun({ config, request }, principal, deps))).not.toContain(canary);
    const headers = { "x-adit-config": JSON.stringify(config) };
    expect(await told(() => interpretRequest({}, headers, deps).dropped)).not.toContain(canary);
  });

  test("the key of a foreign target", async () => {
    const config = { strategy: { mode: "fallback" }, targets: [{ provider: "openai", ...secrets }, { ...pair }] };
    const shown = await told(() => dryRun({ config, request: { body: { model: "m" } } }, principal, deps));
    expect(shown).toContain("config.targets[0].api_key");
    expect(shown).not.toContain(canary);
  });
});

describe("C18 names that objects inherit", () => {
  test.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"])(
    "%s is a name like any other, at every place",
    (name) => {
      const hostile = `{"${name}": {"mode": "fallback", "attempts": 9, "weight": 9, "polluted": true}}`;
      const places = [
        hostile,
        `{"retry": {"attempts": 1, "${name}": {"polluted": true}}}`,
        `{"strategy": {"mode": "single", "${name}": {}}, "targets": [${hostile}]}`,
        `{"override_params": ${hostile}, "default_params": ${hostile}, "drop_params": ["${name}", "${name}.polluted"]}`,
        `{"strategy": {"mode": "conditional", "default": "a", "conditions": [{"query": {"params.${name}.x": 1, "metadata.${name}": 1}, "then": "a"}]}, "targets": [{"name": "a"}]}`,
        `{"strategy": {"mode": "loadbalance", "sticky": {"hash_fields": ["params.${name}", "metadata.${name}"]}}, "targets": [{}]}`,
      ];
      for (const text of places) {
        const { plan } = interpretRequest({}, { "x-adit-config": text, "x-adit-metadata": hostile });
        expect(["target", "loadbalance"]).toContain(plan.kind);
      }
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      expect(interpretRequest({}, { "x-adit-config": hostile }).dropped).toEqual([`config.${name}`]);
    },
  );

  test("they name no target, no operator and no mode", () => {
    const conditional = (query: object, then: string): object => ({
      strategy: { mode: "conditional", conditions: [{ query, then }] },
      targets: [{ name: "a" }],
    });
    for (const config of [
      conditional({ "metadata.a": 1 }, "constructor"),
      conditional({ "metadata.a": { constructor: 1 } }, "a"),
      { strategy: { mode: "toString" }, targets: [{}] },
    ])
      expect(refusal(() => readConfig(config as never)).code).toBe("invalid_config");
  });
});

describe("C18 sizes", () => {
  const nest = (levels: number): string =>
    `${'{"strategy":{"mode":"single"},"targets":['.repeat(levels)}{}${"]}".repeat(levels)}`;

  test("targets nest as deeply as a header may, and no deeper", () => {
    expect(interpretRequest({}, { "x-adit-config": nest(90) }).plan.kind).toBe("target");
    expect(refusal(() => interpretRequest({}, { "x-adit-config": nest(5_000) })).code).toBe("invalid_config");
  });

  test("lists that multiply one another end at 500 targets", () => {
    const ten = (inner: string): string =>
      `{"strategy":{"mode":"fallback"},"targets":[${Array.from({ length: 10 }, () => inner).join()}]}`;
    const error = refusal(() => interpretRequest({}, { "x-adit-config": ten(ten(ten("{}"))) }));
    expect(error).toMatchObject({ code: "invalid_config" });
    expect(error.message).toContain("more than 500 targets");
  });

  const weighing = (weight: unknown): Record<string, string> => ({
    "x-adit-config": JSON.stringify({ strategy: { mode: "loadbalance" }, targets: [{ weight }, {}] }),
  });

  test.each([1e300, -1, 1e10, "1", true, [], {}])("the weight %j is refused", (weight) => {
    expect(refusal(() => interpretRequest({}, weighing(weight))).param).toBe("config.targets[0].weight");
  });

  test("a weight of null, as clients write what they do not set, is none", () => {
    expect(interpretRequest({}, weighing(null)).plan).toMatchObject({ members: [{ weight: 1 }, { weight: 1 }] });
  });

  test("a regular expression that would hold up all others is matched in its time, or told", () => {
    const bomb = (pattern: string): string =>
      JSON.stringify({
        strategy: {
          mode: "conditional",
          conditions: [{ query: { "params.user": { $regex: pattern } }, then: "a" }],
          default: "a",
        },
        targets: [{ name: "a" }],
      });
    const user = "a".repeat(4_000);
    const begun = process.cpuUsage().user;
    expect(interpretRequest({ user }, { "x-adit-config": bomb("^(a+)+$b") }).plan.kind).toBe("target");
    const error = refusal(() => interpretRequest({ user }, { "x-adit-config": bomb("(?:a?){500}b") }));
    expect(error).toMatchObject({ code: "invalid_config", param: "config.strategy.conditions[0].query" });
    // JavaScript's own engine does not end within years.
    expect(process.cpuUsage().user - begun).toBeLessThan(10_000_000);
  });
});

test("what is published of a config's shape is its shape alone", () => {
  expect(JSON.stringify(configJsonSchema())).not.toMatch(/AKIA|sk-/);
});

test("a config whose nested targets come to more than any request may is refused when it is read", () => {
  const nested = (depth: number): object =>
    depth === 0 ? {} : { strategy: { mode: "fallback" }, targets: Array.from({ length: 8 }, () => nested(depth - 1)) };
  expect(() => readConfig(nested(2) as JsonObject)).not.toThrow();
  expect(() => readConfig(nested(4) as JsonObject)).toThrow("config.targets come to more than 500 targets in all");
  // Of a conditional strategy's targets one is called: any number of them may be large.
  const strategy = { mode: "conditional", conditions: [{ query: { "params.user": "a" }, then: "a" }] };
  const targets = Array.from({ length: 20 }, (_, index) => ({ name: index === 0 ? "a" : `b${index}`, ...nested(2) }));
  expect(() => readConfig({ strategy, targets })).not.toThrow();
});
