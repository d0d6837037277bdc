/** The published JSON schema and the validation are one thing. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readConfig } from "./config.ts";
import { configJsonSchema } from "./config-schema.ts";
import { refusal } from "../testing/request.ts";

/** A second validator, made of the published schema alone. */
const published = z.fromJSONSchema(configJsonSchema());

const valid: object[] = [
  {},
  { provider: "bedrock", aws_region: "eu-west-1" },
  { retry: { attempts: 3, on_status_codes: [429] }, request_timeout: 5 },
  {
    strategy: { mode: "loadbalance", sticky: { enabled: true, hash_fields: ["metadata.u"], ttl: 60 } },
    targets: [{ weight: 0.5 }, { strategy: { mode: "fallback" }, targets: [{}, { drop_params: ["a[*].b"] }] }],
  },
  {
    strategy: { mode: "conditional", conditions: [{ query: { "metadata.a": 1 }, then: "x" }], default: "x" },
    targets: [{ name: "x" }],
  },
  {
    strategy: { mode: "fallback", cb_config: { failure_threshold: 3, minimum_requests: 5, cooldown_interval: 30_000 } },
    targets: [{ passthrough: true, forward_headers: ["x-a"], default_params: { a: 1 } }],
  },
];
const invalid: object[] = [
  { retry: { attempts: 21 } },
  { retry: {} },
  { request_timeout: 0 },
  { weight: -1 },
  { weight: 1e300 },
  { strategy: { mode: "fastest" }, targets: [{}] },
  { strategy: { mode: "fallback" }, targets: [] },
  { strategy: { mode: "fallback" }, targets: [{ targets: 5 }] },
  { strategy: { mode: "fallback", on_status_codes: [42] }, targets: [{}] },
  { strategy: { mode: "loadbalance", sticky: { hash_fields: ["user"] } }, targets: [{}] },
  { strategy: { mode: "fallback", cb_config: { cooldown_interval: 1 } }, targets: [{}] },
  { cache: { mode: "quick" } },
  { strict_open_ai_compliance: "yes" },
];

describe("published schema and validation agree", () => {
  test.each(valid)("%j is a config", (config) => {
    expect(published.safeParse(config).success).toBe(true);
    expect(() => readConfig(config as never)).not.toThrow();
  });

  test.each(invalid)("%j is none", (config) => {
    expect(published.safeParse(config).success).toBe(false);
    expect(refusal(() => readConfig(config as never)).code).toBe("invalid_config");
  });
});

test("it is a schema of draft 2020-12, refers to itself for targets, and says what fields mean", () => {
  const schema = configJsonSchema();
  expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(schema).toMatchObject({ properties: { targets: { items: { $ref: "#" } } } });
  expect(JSON.stringify(schema)).toContain("Milliseconds until the answer is there");
});
