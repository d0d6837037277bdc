/** What the caller sends as a credential is used or refused: never passed over while the operator's account pays. */
import { AditError, Secret, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { gatewayKey, interpretRequest, signerOf, theTarget } from "../testing/request.ts";

const pair = { aws_access_key_id: "AKIACALLER", aws_secret_access_key: "caller's-secret" };
const half = { aws_access_key_id: "AKIACALLER" };

function refusal(
  body: JsonObject,
  headers: Record<string, string> = {},
  variables?: Record<string, string>,
): AditError {
  try {
    interpretRequest(body, headers, variables);
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("It was taken.");
}

function signer(body: JsonObject, headers: Record<string, string> = {}): Promise<string> {
  return signerOf(theTarget(interpretRequest(body, headers).plan));
}

describe("customer_credentials and its other names", () => {
  test.each(["customer_credentials", "aws_credentials", "credentials"])("%s, flat or by provider", async (name) => {
    for (const value of [pair, { bedrock: pair }, { openai: { api_key: "sk-x" }, bedrock: pair }]) {
      expect(await signer({ [name]: value })).toBe("AKIACALLER");
      expect(interpretRequest({ [name]: value }).body).not.toHaveProperty(name);
    }
  });

  test("a flat one's region counts, and half a pair is the usual error", () => {
    const { plan } = interpretRequest({ customer_credentials: { ...pair, aws_region_name: "eu-west-3" } });
    expect(theTarget(plan).region).toBe("eu-west-3");
    for (const value of [half, { bedrock: half }]) {
      const error = refusal({ customer_credentials: value });
      expect(error.code).toBe("incomplete_credentials");
      expect(error.message).toContain("secret access key");
    }
  });

  test.each<[JsonObject, string]>([
    [{ customer_credentials: { openai: { api_key: "sk-x" } } }, "customer_credentials.bedrock"],
    [{ customer_credentials: { openai: "sk-x" } }, "customer_credentials.bedrock"],
    [{ customer_credentials: { bedrock: { key: "AKIACALLER" } } }, "customer_credentials.bedrock"],
    [{ credentials: { anthropic: { api_key: "sk-ant-x" } } }, "credentials.bedrock"],
    [{ credentials: "AKIACALLER" }, "credentials"],
    [{ aws_credentials: [pair] }, "aws_credentials"],
  ])("%j without Bedrock's is refused by name", (body, param) => {
    const error = refusal(body);
    expect({ status: error.status, param: error.param }).toEqual({ status: 400, param });
    expect(error.message).toContain(param);
    expect(error.describe()).not.toMatch(/sk-|AKIA/);
  });

  test("another credential for Bedrock in the request is enough", async () => {
    const others = { customer_credentials: { openai: { api_key: "sk-x" } } };
    expect(await signer({ ...others, ...pair })).toBe("AKIACALLER");
    const headers = { "x-portkey-aws-access-key-id": "AKIAHEADER", "x-portkey-aws-secret-access-key": "s" };
    expect(await signer(others, headers)).toBe("AKIAHEADER");
  });

  test.each([{}, { bedrock: null }, { openai: { api_key: "" } }, null])("%j says nothing", async (value) => {
    expect(await signer({ customer_credentials: value })).toBe("server");
  });

  test("flat entries of a list are taken, empty ones never drawn", async () => {
    const list = [{ credentials: pair, weight: 1 }, { credentials: {}, weight: 5 }, { credentials: { bedrock: {} } }];
    const { plan } = interpretRequest({ customer_credentials: list });
    if (plan.kind !== "loadbalance") throw new Error(plan.kind);
    expect(plan.members).toHaveLength(1);
    expect(await signerOf(theTarget(plan.members[0]?.plan ?? plan))).toBe("AKIACALLER");
    expect(refusal({ customer_credentials: [{ credentials: half, weight: 1 }] }).code).toBe("incomplete_credentials");
  });
});

describe("credential_override", () => {
  const model = "amazon.nova-lite-v1:0";
  const path = `credential_override["${model}"]`;

  test.each<[string, JsonObject]>([
    ["flat", pair],
    ["by provider, as customer_credentials", { bedrock: pair }],
    ["by one of Bedrock's other names", { amazon_bedrock: pair, openai: { api_key: "sk-x" } }],
  ])("is used: %s", async (_name, fields) => {
    expect(await signer({ model, credential_override: { [model]: fields } })).toBe("AKIACALLER");
  });

  test.each<[string, JsonObject]>([
    ["nothing", {}],
    ["names that nobody reads", { aws_acces_key_id: "AKIACALLER", aws_secret_acess_key: "s" }],
    ["a virtual key", { virtual_key: "production" }],
    ["another provider's key alone", { openai: { api_key: "sk-x" } }],
    ["a region alone", { aws_region_name: "eu-west-1" }],
    ["empty values", { aws_access_key_id: "", aws_secret_access_key: " " }],
  ])("that holds %s is refused by its path, whatever else the request brings", (_name, fields) => {
    for (const more of [{}, { customer_credentials: { bedrock: pair } }]) {
      const error = refusal({ model, credential_override: { [model]: fields }, ...more });
      expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, path]);
      expect(error.describe()).not.toMatch(/sk-|AKIA/);
    }
    const pattern = refusal({ model, credential_override: { "amazon.*": fields } });
    expect(pattern.param).toBe('credential_override["amazon.*"]');
  });

  test("for another model it does not matter", async () => {
    expect(await signer({ model, credential_override: { "other.model": {} }, ...pair })).toBe("AKIACALLER");
  });
});

describe("a name that nobody reads, for a part of a credential", () => {
  test.each<[JsonObject, string]>([
    [{ aws_acces_key_id: "AKIACALLER", aws_secret_acess_key: "s" }, "aws_acces_key_id"],
    [{ awsAccessKey1: "AKIACALLER", aws_region: "eu-west-1" }, "awsAccessKey1"],
    [
      { customer_credentials: { bedrock: { acces_key: "AKIACALLER", region: "eu-west-1" } } },
      "customer_credentials.bedrock",
    ],
  ])("%j is refused", (body, param) => {
    const error = refusal(body);
    expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, param]);
    expect(error.describe()).not.toContain("AKIA");
  });

  test("beside a whole credential it is none of the caller's worries; a region alone is no credential", async () => {
    expect(await signer({ ...pair, aws_unknown_field: "x" })).toBe("AKIACALLER");
    expect(await signer({ aws_region: "eu-west-1" })).toBe("server");
    expect(await signer({ customer_credentials: { bedrock: { region: "eu-west-1" } } })).toBe("server");
  });
});

describe("fields at the top of the body, beside an object or a list of credentials", () => {
  const region = { aws_region_name: "eu-west-3" };

  test.each<[string, JsonObject]>([
    ["by provider", { bedrock: region }],
    ["flat", region],
    ["of another provider", { openai: { api_key: "sk-x" } }],
  ])("a pair signs where the object holds none: %s", async (_name, customer_credentials) => {
    expect(await signer({ ...pair, customer_credentials })).toBe("AKIACALLER");
    expect(refusal({ ...half, customer_credentials }).code).toBe("incomplete_credentials");
  });

  test("a pair signs where no entry of the list serves the model", async () => {
    const customer_credentials = [{ credentials: { bedrock: pair }, available_models: ["us.anthropic.*"] }];
    const own = { aws_access_key_id: "AKIATOP", aws_secret_access_key: "s" };
    expect(await signer({ model: "amazon.nova-lite-v1:0", customer_credentials, ...own })).toBe("AKIATOP");
  });

  test.each<[string, JsonObject]>([
    ["the object", { customer_credentials: { bedrock: pair } }],
    ["the object, flat", { customer_credentials: pair }],
    ["an override", { credential_override: { "a.model": pair }, customer_credentials: { bedrock: pair } }],
  ])("a region counts where %s says none", (_name, body) => {
    const regionOf = (more: JsonObject, headers = {}): string =>
      theTarget(interpretRequest({ model: "a.model", ...body, ...more }, headers).plan).region;
    expect(regionOf(region)).toBe("eu-west-3");
    expect(regionOf(region, { "x-adit-aws-region": "us-west-2" })).toBe("eu-west-3");
    expect(regionOf(region, { "x-adit-config": '{"aws_region":"us-west-2"}' })).toBe("us-west-2");
    const said = { customer_credentials: { bedrock: { ...pair, region: "ap-south-1" } } };
    expect(regionOf({ ...said, ...region })).toBe("ap-south-1");
  });

  test("a region counts for the entries of a list that say none", () => {
    const { plan } = interpretRequest({ ...region, customer_credentials: [{ credentials: { bedrock: pair } }] });
    expect(plan.kind === "loadbalance" && theTarget(plan.members[0]!.plan).region).toBe("eu-west-3");
  });

  test("a region alone is no credential: other providers' are refused all the same", () => {
    const error = refusal({ ...region, customer_credentials: { openai: { api_key: "sk-x" } } });
    expect([error.code, error.param]).toEqual(["incomplete_credentials", "customer_credentials.bedrock"]);
  });
});

describe("headers and configs are read under every name that bodies are", () => {
  test.each<[Record<string, string>, string]>([
    [{ "x-portkey-aws-access-key": "AKIAHEADER", "x-portkey-aws-secret-key": "s" }, "AKIAHEADER"],
    [{ "x-adit-awsAccessKeyId": "AKIAHEADER", "x-adit-awsSecretAccessKey": "s" }, "AKIAHEADER"],
    [{ "x-obiguard-aws-bearer-token-bedrock": "bedrock-key" }, "bedrock-key"],
  ])("%j", async (given, expected) => {
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
    expect(await signer({}, headers)).toBe(expected);
  });

  test.each(["aws-region", "aws-region-name", "aws-default-region", "aws_region"])("a region: %s", (name) => {
    expect(theTarget(interpretRequest({}, { [`x-portkey-${name}`]: "eu-west-1" }).plan).region).toBe("eu-west-1");
  });

  const regionNames = ["aws_region", "region", "region_name", "awsRegionName", "aws_default_region"];

  test.each([...regionNames, "aws-default-region"])("a region in a config: %s", (name) => {
    const headers = { "x-adit-config": JSON.stringify({ [name]: "eu-west-1" }) };
    expect(theTarget(interpretRequest({}, headers).plan).region).toBe("eu-west-1");
  });

  test.each(regionNames)("a region in the body: %s", (name) => {
    const body = name.startsWith("aws") ? { [name]: "eu-west-1" } : { customer_credentials: { [name]: "eu-west-1" } };
    expect(theTarget(interpretRequest(body).plan).region).toBe("eu-west-1");
  });

  test.each<[Record<string, string>, string]>([
    [{ "x-portkey-aws-acces-key-id": "AKIACALLER", "x-portkey-aws-secret-acces-key": "s" }, "aws-acces-key-id"],
    [{ "x-adit-config": '{"aws_acces_key_id":"AKIACALLER","aws_secret_acces_key":"s"}' }, "aws_acces_key_id"],
    [{ "x-adit-config": '{"customer_credentials":{"aws_access_key_id":"AKIACALLER"}}' }, "customer_credentials"],
    [
      { "x-adit-config": '{"aws_acces_key":"AKIACALLER","strategy":{"mode":"single"},"targets":[{}]}' },
      "aws_acces_key",
    ],
  ])("what nobody reads is refused where nothing else signs: %j", async (headers, param) => {
    const error = refusal({}, headers);
    expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, param]);
    expect(error.describe()).not.toContain("AKIA");
    expect(await signer(pair, headers)).toBe("AKIACALLER");
  });

  test("Portkey's fields for other calls are none", async () => {
    const headers = { "x-portkey-aws-s3-bucket": "b", "x-portkey-aws-bedrock-model": "m" };
    expect(await signer({}, headers)).toBe("server");
    expect(await signer({}, { "x-adit-config": '{"aws_s3_bucket":"b"}' })).toBe("server");
  });
});

describe("aws_auth_type apiKey", () => {
  const behindKey = { "x-portkey-api-key": gatewayKey };
  const byKey = { "x-portkey-aws-auth-type": "apiKey" };
  const role = { "x-portkey-aws-role-arn": "arn:aws:iam::123456789012:role/Caller" };

  test.each<[string, JsonObject, Record<string, string>]>([
    ["in headers", {}, byKey],
    ["in headers, with a role that it does not use", {}, { ...byKey, ...role }],
    ["in the body", { customer_credentials: { bedrock: { aws_auth_type: "apiKey" } } }, {}],
    ["in an override", { model: "m", credential_override: { m: { aws_auth_type: "apiKey" } } }, {}],
    ["in a config", {}, { "x-portkey-config": '{"provider":"bedrock","aws_auth_type":"apiKey"}' }],
    [
      "beside a pair",
      { customer_credentials: { bedrock: { aws_auth_type: "apiKey", access_key_id: "A", secret_access_key: "s" } } },
      {},
    ],
    ["beside what is no key", {}, { ...byKey, ...behindKey, authorization: "Bearer dummy" }],
    [
      "in the body, over a pair in the headers",
      { aws_auth_type: "apiKey" },
      { "x-portkey-aws-access-key-id": "AKIAHEADER", "x-portkey-aws-secret-access-key": "s" },
    ],
  ])("without a key is half a credential: %s", (_name, body, headers) => {
    const error = refusal(body, headers);
    expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, "api_key"]);
    expect(error.message).toMatch(/lacks a Bedrock API key/);
  });

  test("has its key beside it, or behind the gateway key", async () => {
    const bearer = { ...byKey, ...behindKey, authorization: "Bearer bedrock-key" };
    expect(await signer({}, bearer)).toBe("bedrock-key");
    expect(await signer({ aws_auth_type: "apiKey", api_key: "bedrock-key" })).toBe("bedrock-key");
    const given = { aws_auth_type: "apiKey", api_key: "bedrock-key" };
    expect(await signer({ customer_credentials: { bedrock: given } })).toBe("bedrock-key");
  });
});

test.each<[string, JsonObject, string]>([
  ["assumedRole", { access_key_id: "A", secret_access_key: "s" }, "aws_role_arn"],
  ["assumedRole", { api_key: "bedrock-key" }, "aws_role_arn"],
  ["accessKey", { api_key: "bedrock-key" }, "aws_access_key_id"],
])("aws_auth_type %s is not served by what else is there: %j", (aws_auth_type, given, param) => {
  const error = refusal({ customer_credentials: { bedrock: { aws_auth_type, ...given } } }, {});
  expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, param]);
});

describe("what is no key of Bedrock's never goes to AWS, wherever it stands", () => {
  const places: [string, (key: string) => [JsonObject, Record<string, string>]][] = [
    ["a config", (key) => [{}, { "x-portkey-config": JSON.stringify({ provider: "bedrock", api_key: key }) }]],
    ["customer_credentials", (key) => [{ customer_credentials: { bedrock: { api_key: key } } }, {}]],
    ["a list of them", (key) => [{ customer_credentials: [{ credentials: { bedrock: { api_key: key } } }] }, {}]],
    ["an override", (key) => [{ credential_override: { "*": { api_key: key } } }, {}]],
    ["the body's aws_ fields", (key) => [{ aws_bearer_token_bedrock: key }, {}]],
  ];
  const keys = [gatewayKey, "dummy", "DUMMY-KEY", "n/a", "sk-something"];

  test.each(places.flatMap(([name, make]) => keys.map((key) => [name, key, make] as const)))(
    "%s, %j: refused, and never passed over",
    (_name, key, make) => {
      const [body, headers] = make(key);
      const error = refusal(body, headers);
      expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, "api_key"]);
      expect(error.describe()).not.toContain(key);
    },
  );
});

describe("a list of credentials of which none serves the model", () => {
  const model = "amazon.nova-lite-v1:0";
  const others: [string, JsonObject[]][] = [
    ["for other models", [{ credentials: { bedrock: pair }, available_models: ["us.anthropic.*"] }]],
    ["for another provider", [{ credentials: { openai: { api_key: "sk-x" } }, weight: 1 }]],
    ["that hold nothing", [{ credentials: {} }]],
  ];

  test.each(others)("is passed over for a credential elsewhere in the request: entries %s", async (_name, list) => {
    const body = { model, customer_credentials: list };
    const own = { aws_access_key_id: "AKIAOVERRIDE", aws_secret_access_key: "s" };
    expect(await signer({ ...body, credential_override: { [model]: own } })).toBe("AKIAOVERRIDE");
    const headers = { "x-adit-aws-access-key-id": "AKIAHEADER", "x-adit-aws-secret-access-key": "s" };
    expect(await signer(body, headers)).toBe("AKIAHEADER");
  });

  test.each(others)("is refused in its own words where nothing else speaks: entries %s", (_name, list) => {
    const error = refusal({ model, customer_credentials: list });
    expect([error.code, error.status, error.param]).toEqual(["incomplete_credentials", 400, "customer_credentials"]);
    expect(error.describe()).toMatch(/No entry of customer_credentials has a credential of Bedrock's for this model/);
    expect(error.describe()).not.toMatch(/weight|sk-|AKIA/);
  });

  test("an override goes before entries that could serve", async () => {
    const own = { aws_access_key_id: "AKIAOVERRIDE", aws_secret_access_key: "s" };
    const body = { model, customer_credentials: [{ credentials: pair }], credential_override: { [model]: own } };
    const { plan } = interpretRequest(body);
    expect(plan.kind === "loadbalance" && (await signerOf(theTarget(plan.members[0]!.plan)))).toBe("AKIAOVERRIDE");
  });

  test("where all weights are 0 the weights are named", () => {
    const error = refusal({ model, customer_credentials: [{ credentials: pair, weight: 0 }] });
    expect([error.code, error.message]).toEqual(["no_target", expect.stringContaining("weight above 0")]);
  });
});

describe("the gateway's own fields in camel case", () => {
  test("are the same fields, and travel nowhere", async () => {
    const body = { customerCredentials: { bedrock: pair }, useConverse: false, fallbackModels: ["other.model"] };
    const interpretation = interpretRequest(body);
    expect(Object.keys(interpretation.body)).not.toEqual(expect.arrayContaining(Object.keys(body)));
    expect([interpretation.useConverse, interpretation.plan.kind]).toEqual([false, "fallback"]);
    expect(await signer({ customerCredentials: { bedrock: pair } })).toBe("AKIACALLER");
    expect(await signer({ credentialOverride: { "*": pair } })).toBe("AKIACALLER");
    expect(await signer({ apiKey: "bedrock-key" })).toBe("bedrock-key");
  });

  test("to a host that is not AWS's neither", () => {
    const listed = { ADIT_CUSTOM_HOSTS: "https://api.openai.com" };
    const headers = { "x-adit-api-key": gatewayKey, authorization: "Bearer sk-of-openai", "x-adit-provider": "openai" };
    const { body } = interpretRequest({ model: "gpt-4o", customerCredentials: { bedrock: pair } }, headers, listed);
    expect(JSON.stringify(body)).not.toMatch(/AKIA|secret/);
  });
});

describe("api_key at the top of the body", () => {
  test("is a Bedrock API key, and never stays in the body", async () => {
    expect(await signer({ api_key: "bedrock-key" })).toBe("bedrock-key");
    expect(interpretRequest({ api_key: "bedrock-key" }).body).not.toHaveProperty("api_key");
  });

  test.each(["", "dummy", "DUMMY-KEY", "n/a", "sk-something", gatewayKey])("%j is none", async (key) => {
    expect(await signer({ api_key: key })).toBe("server");
    expect(interpretRequest({ api_key: key }).body).not.toHaveProperty("api_key");
  });

  test("a pair beside it goes first; what is no text is refused", async () => {
    expect(await signer({ api_key: "bedrock-key", ...pair })).toBe("AKIACALLER");
    expect(refusal({ api_key: 5 }).param).toBe("api_key");
  });
});

describe("the key of a target of OpenAI's format", () => {
  const listed = { ADIT_CUSTOM_HOSTS: "https://api.openai.com" };
  const behindKey = { "x-adit-api-key": gatewayKey };
  const keyOf = (body: JsonObject, headers: Record<string, string>): string | undefined => {
    const { apiKey } = theTarget(interpretRequest(body, headers, listed).plan);
    return apiKey instanceof Secret ? apiKey.reveal() : undefined;
  };

  test.each<[string, JsonObject, Record<string, string>]>([
    ["the header provider", { model: "gpt-4o" }, { "x-portkey-provider": "openai" }],
    ["the model's prefix", { model: "openai/gpt-4o" }, {}],
  ])("by %s is the bearer behind the gateway key", (_name, body, headers) => {
    const authorization = { ...behindKey, ...headers, authorization: "Bearer sk-of-openai" };
    expect(keyOf(body, authorization)).toBe("sk-of-openai");
    const target = theTarget(interpretRequest(body, authorization, listed).plan);
    expect(target).toMatchObject({ model: "gpt-4o", baseUrl: "https://api.openai.com/v1" });
    expect(keyOf(body, { ...behindKey, ...headers, "x-api-key": "sk-of-openai" })).toBe("sk-of-openai");
  });

  test("stands in the body too", () => {
    expect(keyOf({ model: "openai/gpt-4o", api_key: "sk-1" }, behindKey)).toBe("sk-1");
    const customer_credentials = { openai: { api_key: "sk-2" } };
    expect(keyOf({ model: "openai/gpt-4o", customer_credentials }, behindKey)).toBe("sk-2");
  });

  test.each([gatewayKey, "dummy", "ABSKof-bedrock", "bedrock-api-key-x"])("is never %j", (token) => {
    const error = refusal({ model: "openai/gpt-4o" }, { ...behindKey, authorization: `Bearer ${token}` }, listed);
    expect(error.code).toBe("incomplete_credentials");
    expect(error.message).not.toMatch(/config|target/);
    expect(error.describe()).toContain("Authorization");
  });

  test("its host must be listed, and the error says which", () => {
    const error = refusal({ model: "openai/gpt-4o" }, { ...behindKey, authorization: "Bearer sk-x" });
    expect(error.code).toBe("custom_host_not_allowed");
    expect(error.describe()).toMatch(/https:\/\/api\.openai\.com added to ADIT_CUSTOM_HOSTS/);
  });
});

describe("parameters of a config", () => {
  const config = (node: object): Record<string, string> => ({ "x-portkey-config": JSON.stringify(node) });

  test.each<[name: string, value: JsonObject[string]]>([
    ["customer_credentials", { bedrock: pair }],
    ["customerCredentials", pair],
    ["aws_credentials", pair],
    ["credentials", pair],
    ["credential_override", { "*": pair }],
    ["credentialOverride", { "*": pair }],
    ["api_key", "bedrock-api-key-x"],
    ["apiKey", "bedrock-api-key-x"],
    ["aws_secret_access_key", "caller's-secret"],
    ["awsSessionToken", "caller's-token"],
    ["aws_region", "eu-west-3"],
  ])("%s among them is refused by its place", (name, value) => {
    for (const params of ["override_params", "default_params", "overrideParams"]) {
      const path = `config.targets[0].${params === "default_params" ? params : "override_params"}.${name}`;
      for (const provider of ["bedrock", "openai"]) {
        const target = { provider, [params]: { [name]: value } };
        const error = refusal({}, config({ strategy: { mode: "fallback" }, targets: [target, {}] }));
        expect([error.code, error.status, error.param]).toEqual(["invalid_config", 400, path]);
        expect(error.message).toContain(path);
        expect(error.describe()).not.toMatch(/caller's|AKIA|api-key-x/);
      }
    }
    expect(refusal({}, config({ override_params: { [name]: value } })).param).toBe(`config.override_params.${name}`);
  });

  test.each(["respan_params", "keywordsai_params"])("and so is one in %s among them", (name) => {
    const override_params = { [name]: { customer_credentials: { bedrock: pair } } };
    const error = refusal({}, config({ override_params }));
    expect([error.code, error.param]).toEqual([
      "invalid_config",
      `config.override_params.${name}.customer_credentials`,
    ]);
  });

  test("what says nothing is nothing", async () => {
    const blank = { api_key: "", customer_credentials: {}, aws_session_token: null };
    const { plan } = interpretRequest({}, config({ override_params: blank, ...pair }));
    expect(await signerOf(theTarget(plan))).toBe("AKIACALLER");
  });
});
