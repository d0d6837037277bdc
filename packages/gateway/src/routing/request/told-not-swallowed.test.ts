/** Slips of the pen in configs and headers are told. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../config/config.ts";
import { interpretRequest, refusal } from "../testing/request.ts";

describe("unknown names of a config", () => {
  test("are named as the caller wrote them, wherever they stand", () => {
    const config = {
      strategyy: {},
      override_parms: { temperature: 0 },
      retry: { attempts: 1, on_status: [503] },
      strategy: { mode: "loadbalance", weights: [1] },
      targets: [{ weigth: 3 }, { overrideParms: {} }],
    };
    expect(parseConfig(JSON.stringify(config)).dropped).toEqual([
      "config.strategyy",
      "config.override_parms",
      "config.retry.on_status",
      "config.strategy.weights",
      "config.targets[0].weigth",
      "config.targets[1].overrideParms",
    ]);
  });

  test("a long one is cut", () => {
    expect(parseConfig(`{"${"x".repeat(3_000)}":1}`).dropped).toEqual([`config.${"x".repeat(64)}`]);
  });

  test("a slip in a credential's name is one", () => {
    expect(parseConfig('{"aws_acces_key_id":"x"}').dropped).toEqual(["config.aws_acces_key_id"]);
  });

  // Every field of a node in Portkey's documents that is served, or of no meaning for the answer; spellings of docs/credentials.md.
  test("what is known here or at Portkey is not", () => {
    const config = {
      name: "main",
      provider: "bedrock",
      api_key: "k",
      awsAccessKeyId: "a",
      aws_secret_access_key: "s",
      "aws-session-token": "t",
      aws_region_name: "us-east-1",
      aws_default_region: "us-east-1",
      aws_s3_bucket: "b",
      aws_s3_object_key: "o",
      role_arn: "r",
      session_tags: {},
      bedrock_api_key: "k",
      azure_resource_name: "x",
      vertex_project_id: "y",
      strictOpenAiCompliance: true,
      requestTimeout: 5,
      customHost: "h",
      override_params: { anything: 1 },
      retry: { attempts: 1, onStatusCodes: [500], useRetryAfterHeaders: true },
      strategy: { mode: "fallback", onStatusCodes: [500] },
      targets: [
        { virtual_key: "v" },
        { strategy: { mode: "loadbalance" }, targets: [{ virtual_key: "v", weight: 1 }] },
      ],
    };
    expect(parseConfig(JSON.stringify(config)).dropped).toEqual([]);
  });
});

describe("names beside a credential of the body that are no part of one", () => {
  const pair = { aws_access_key_id: "AKIA", aws_secret_access_key: "s" };
  const slip = { ...pair, aws_session_tokn: "t", awsRegionName: "us-east-1", duration_seconds: 900, empty: "" };
  const model = "amazon.nova-lite-v1:0";

  test.each<[JsonObject, readonly string[]]>([
    [{ ...pair, aws_session_tokn: "t", awsRegion: "us-east-1" }, ["aws_session_tokn"]],
    [
      { customer_credentials: slip },
      ["customer_credentials.aws_session_tokn", "customer_credentials.duration_seconds"],
    ],
    [
      { customer_credentials: { aws_bedrock: slip } },
      ["customer_credentials.aws_bedrock.aws_session_tokn", "customer_credentials.aws_bedrock.duration_seconds"],
    ],
    [
      { customer_credentials: [{ credentials: { bedrock: { ...pair, foo: 1 } }, weight: 1 }] },
      ["customer_credentials[0].credentials.bedrock.foo"],
    ],
    [{ credential_override: { [model]: { ...pair, foo: 1 } } }, [`credential_override["${model}"].foo`]],
    [{ customer_credentials: { bedrock: pair, openai: { api_key: "k" } } }, []],
  ])("of %j are named", (fields, dropped) => {
    expect(interpretRequest({ model, ...fields }).dropped).toEqual(dropped);
  });
});

describe("headers that are not JSON say where", () => {
  test.each(["config", "metadata"])("%s", (name) => {
    const error = refusal(() => interpretRequest({}, { [`x-portkey-${name}`]: '{"a": 1,}' }));
    expect(error.param).toBe(name);
    // The comma is the eighth character.
    expect(error.describe()).toContain("column 8 (position 7)");
    expect(error.describe()).toContain("header");
    expect(error.describe()).not.toContain("body");
  });

  test.each(["[]", '["a"]', '"pc-1"'])("%s is no config", (text) => {
    const error = refusal(() => interpretRequest({}, { "x-portkey-config": text }));
    expect(error.code).toBe("invalid_config");
    expect(error.message).toContain("must be an object");
  });

  test("UTF-8 in a config is read as such", () => {
    const text = Buffer.from('{"override_params":{"user":"Zo\u00eb"}}', "utf8").toString("latin1");
    expect(parseConfig(text).root.override_params).toEqual({ user: "Zo\u00eb" });
  });
});

describe("Anthropic's headers, with and without a prefix", () => {
  test("their lists of beta flags are joined", () => {
    const headers = { "anthropic-beta": "one, two", "x-portkey-anthropic-beta": "two,three" };
    expect(interpretRequest({}, headers).anthropicBeta).toEqual(["one", "two", "three"]);
  });

  test("the version is read from either", () => {
    for (const name of ["anthropic-version", "x-portkey-anthropic-version"])
      expect(interpretRequest({}, { [name]: "bedrock-2023-05-31" }).anthropicVersion).toBe("bedrock-2023-05-31");
    expect(interpretRequest({}).anthropicVersion).toBeUndefined();
    const publicDate = interpretRequest({}, { "anthropic-version": "2023-06-01" });
    expect(publicDate).toMatchObject({ anthropicVersion: undefined, dropped: ["anthropic-version"] });
  });
});

test("use_converse is read from body and header, the body's first, and what it cannot be is refused", () => {
  expect(interpretRequest({}, { "x-adit-use-converse": "false" }).useConverse).toBe(false);
  expect(interpretRequest({}, { "x-portkey-use-converse": "TRUE" }).useConverse).toBe(true);
  expect(interpretRequest({}, {}).useConverse).toBeUndefined();
  const both = interpretRequest({ use_converse: true }, { "x-adit-use-converse": "false" });
  expect(both.useConverse).toBe(true);
  expect(both.body).not.toHaveProperty("use_converse");
  expect(() => interpretRequest({}, { "x-adit-use-converse": "maybe" })).toThrow(/use-converse must be true or false/);
  expect(() => interpretRequest({ use_converse: "no" }, {})).toThrow(/use_converse must be true or false/);
});

describe("a switch that is neither on nor off is refused by its name", () => {
  const headers = [
    "strict-open-ai-compliance",
    "strict-open-a-i-compliance",
    "strict-openai-compliance",
    "strict-openaicompliance",
    "use-converse",
    "debug",
    "do-not-track",
  ];

  test.each(headers)("the header %s", (name) => {
    for (const value of ["maybe", "no", "yes", "2", "false, false"]) {
      const error = refusal(() => interpretRequest({}, { [`x-portkey-${name}`]: value }));
      expect([error.code, error.status, error.param]).toEqual(["invalid_request", 400, name]);
    }
    // What Portkey's clients send, Python's spelling too.
    for (const value of ["true", "false", "True", "False", "TRUE", "1", "0", "", " "]) {
      expect(() => interpretRequest({}, { [`x-portkey-${name}`]: value })).not.toThrow();
    }
  });

  test("strictness", () => {
    for (const [value, strict] of [
      ["False", false],
      ["0", false],
      ["True", true],
      ["1", true],
    ] as const) {
      expect(interpretRequest({}, { "x-portkey-strict-open-ai-compliance": value }).strict).toBe(strict);
    }
  });

  test("disable_log in the body", () => {
    expect(refusal(() => interpretRequest({ disable_log: "yes" }, {})).param).toBe("disable_log");
    expect(() => interpretRequest({ disable_log: null }, {})).not.toThrow();
  });
});
