/** Whose credential signs: the places of docs/credentials.md (K03-K09, O17-O23, P13, P14, P21, U3, U4). */
import { type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { gatewayKey, interpretRequest, refusal, signerOf, theTarget } from "../testing/request.ts";

const model = "anthropic.claude-3-5-sonnet-20240620-v1:0";

function keys(id: string, more: JsonObject = {}): JsonObject {
  return { aws_access_key_id: id, aws_secret_access_key: `secret-of-${id}`, ...more };
}

/** The levels from the strongest to the weakest, each as a part of a request. */
const levels: { name: string; body: JsonObject; headers: Record<string, string> }[] = [
  { name: "override", body: { credential_override: { [`bedrock/${model}`]: keys("AKIAOVERRIDE") } }, headers: {} },
  { name: "body", body: { customer_credentials: { bedrock: keys("AKIABODY") } }, headers: {} },
  {
    name: "config",
    body: {},
    headers: { "x-portkey-config": JSON.stringify({ provider: "bedrock", ...keys("AKIACONFIG") }) },
  },
  {
    name: "headers",
    body: {},
    headers: { "x-portkey-aws-access-key-id": "AKIAHEADER", "x-portkey-aws-secret-access-key": "s" },
  },
  { name: "bearer", body: {}, headers: { "x-portkey-api-key": gatewayKey, authorization: "Bearer bedrock-bearer" } },
];

const signers = ["AKIAOVERRIDE", "AKIABODY", "AKIACONFIG", "AKIAHEADER", "bedrock-bearer"];

describe("of all levels that are present, the strongest signs (K06, U4)", () => {
  for (let set = 0; set < 1 << levels.length; set += 1) {
    const present = levels.filter((_level, index) => (set & (1 << index)) !== 0);
    const strongest = levels.findIndex((_level, index) => (set & (1 << index)) !== 0);
    test(`with ${present.map((level) => level.name).join(" + ") || "none"}`, async () => {
      const body = Object.assign({ model: `bedrock/${model}` }, ...present.map((level) => level.body)) as JsonObject;
      const headers = Object.assign({}, ...present.map((level) => level.headers)) as Record<string, string>;
      const target = theTarget(interpretRequest(body, headers).plan);
      expect(await signerOf(target)).toBe(signers[strongest] ?? "server");
      expect(target.model).toBe(model);
    });
  }
});

test("an override for another model leaves this one alone (K05)", async () => {
  const { plan } = interpretRequest({
    model: `bedrock/${model}`,
    credential_override: { "bedrock/amazon.nova-pro-v1:0": keys("AKIAOTHER") },
    customer_credentials: { bedrock: keys("AKIABODY") },
  });
  expect(await signerOf(theTarget(plan))).toBe("AKIABODY");
});

test.each([
  ["bedrock/X asked, plain key", `bedrock/${model}`, model],
  ["plain asked, bedrock/X key", model, `bedrock/${model}`],
  ["bedrock: asked, plain key", `bedrock:${model}`, model],
])("an override is found under either spelling (K09): %s", async (_name, asked, key) => {
  const { plan } = interpretRequest({ model: asked, credential_override: { [key]: keys("AKIAOVERRIDE") } });
  expect(await signerOf(theTarget(plan))).toBe("AKIAOVERRIDE");
});

test("of override patterns the longest that fits counts, an exact name before it", async () => {
  const patterns = { "*": keys("AKIAALL"), "bedrock/anthropic.*": keys("AKIAFAMILY"), "amazon.*": keys("AKIAAMAZON") };
  const family = interpretRequest({ model, credential_override: patterns });
  expect(await signerOf(theTarget(family.plan))).toBe("AKIAFAMILY");
  const exact = interpretRequest({ model, credential_override: { ...patterns, [model]: keys("AKIAEXACT") } });
  expect(await signerOf(theTarget(exact.plan))).toBe("AKIAEXACT");
});

test.each(["openai/*", "openai:*", `openai/${model}`, `${model}@openai`])(
  "an override of another provider's never goes to AWS: %s",
  async (key) => {
    const { plan } = interpretRequest({
      model,
      credential_override: { [key]: { api_key: "another-provider" } },
      customer_credentials: { bedrock: keys("AKIABODY") },
    });
    expect(await signerOf(theTarget(plan))).toBe("AKIABODY");
  },
);

describe("half a credential is an error that names the other half, at every level", () => {
  const halves: [string, JsonObject, Record<string, string>][] = [
    ["body", { customer_credentials: { bedrock: { aws_access_key_id: "AKIAHALF" } } }, {}],
    ["override", { model, credential_override: { [model]: { aws_access_key_id: "AKIAHALF" } } }, {}],
    ["headers", {}, { "x-obiguard-aws-access-key-id": "AKIAHALF" }],
    ["config", {}, { "x-portkey-config": JSON.stringify({ provider: "bedrock", aws_access_key_id: "AKIAHALF" }) }],
  ];
  test.each(halves)("%s", (_name, body, headers) => {
    const error = refusal(() => interpretRequest(body, headers));
    expect(error.code).toBe("incomplete_credentials");
    expect(error.status).toBe(400);
    expect(error.describe()).toMatch(/secret access key/i);
  });

  test("a session token alone", () => {
    expect(refusal(() => interpretRequest({}, { "x-portkey-aws-session-token": "t" })).code).toBe(
      "incomplete_credentials",
    );
  });
});

describe("every spelling of a credential's fields (U3)", () => {
  test.each<[string, JsonObject, Record<string, string>]>([
    ["Keywords AI", { customer_credentials: { bedrock: keys("AKIAX", { aws_region_name: "eu-west-1" }) } }, {}],
    ["aws_bedrock", { customer_credentials: { aws_bedrock: keys("AKIAX", { region: "eu-west-1" }) } }, {}],
    ["camelCase in the body", { awsAccessKeyId: "AKIAX", awsSecretAccessKey: "s", awsRegion: "eu-west-1" }, {}],
    ["LiteLLM's in the body", { ...keys("AKIAX"), aws_region_name: "eu-west-1" }, {}],
    [
      "Portkey's headers",
      {},
      {
        "x-portkey-aws-access-key-id": "AKIAX",
        "x-portkey-aws-secret-access-key": "s",
        "x-portkey-aws-region": "eu-west-1",
      },
    ],
    [
      "Node's snake_case headers",
      {},
      {
        "x-portkey-aws_access_key_id": "AKIAX",
        "x-portkey-aws_secret_access_key": "s",
        "x-portkey-aws_region": "eu-west-1",
      },
    ],
    [
      "Obiguard's headers",
      {},
      {
        "x-obiguard-aws-access-key-id": "AKIAX",
        "x-obiguard-aws-secret-access-key": "s",
        "x-obiguard-aws-region": "eu-west-1",
      },
    ],
  ])("%s", async (_name, body, headers) => {
    const { plan, body: left } = interpretRequest(body, headers);
    const target = theTarget(plan);
    expect(await signerOf(target)).toBe("AKIAX");
    expect(target.region).toBe("eu-west-1");
    expect(JSON.stringify(left)).not.toMatch(/AKIAX|secret/);
  });
});

describe("weighted credentials (K03 as an array)", () => {
  const weighted = [
    { credentials: { bedrock: keys("AKIAONE") }, weight: 3, available_models: [model] },
    { credentials: { openai: { api_key: "x" } }, weight: 9 },
    { credentials: { bedrock: keys("AKIATWO") }, weight: 1 },
  ];

  test("become a load balance over those that may serve the model", async () => {
    const { plan } = interpretRequest({ model, customer_credentials: weighted });
    if (plan.kind !== "loadbalance") throw new Error(plan.kind);
    expect(plan.members.map((member) => member.weight)).toEqual([3, 1]);
    expect(await Promise.all(plan.members.map((member) => signerOf(theTarget(member.plan))))).toEqual([
      "AKIAONE",
      "AKIATWO",
    ]);
  });

  test("for another model those that are limited fall out", () => {
    const { plan } = interpretRequest({ model: "amazon.nova-pro-v1:0", customer_credentials: weighted });
    if (plan.kind !== "loadbalance") throw new Error(plan.kind);
    expect(plan.members).toHaveLength(1);
  });
});

describe("a bearer key behind the gateway's (P13, P14, O17, O18)", () => {
  const behind = { "x-portkey-api-key": gatewayKey };

  test("Authorization, else x-api-key", async () => {
    const by = async (headers: Record<string, string>): Promise<string> =>
      signerOf(theTarget(interpretRequest({}, { ...behind, ...headers }).plan));
    expect(await by({ authorization: "Bearer bedrock-a" })).toBe("bedrock-a");
    expect(await by({ "x-api-key": "bedrock-b" })).toBe("bedrock-b");
    expect(await by({ authorization: "Bearer bedrock-a", "x-api-key": "bedrock-b" })).toBe("bedrock-a");
  });

  test.each(["dummy", "DUMMY-KEY", "N/A", "", "sk-something", gatewayKey])("%j is no key of AWS's", async (token) => {
    const headers = { ...behind, authorization: `Bearer ${token}`, "x-api-key": token };
    expect(await signerOf(theTarget(interpretRequest({}, headers).plan))).toBe("server");
  });

  test("without a vendor's key header, Authorization is the gateway's alone", async () => {
    const { plan } = interpretRequest({}, { authorization: "Bearer anything" });
    expect(await signerOf(theTarget(plan))).toBe("server");
  });
});

describe("the region", () => {
  const arn = "arn:aws:bedrock:ap-southeast-2:123456789012:inference-profile/apac.amazon.nova-lite-v1:0";

  test("the ARN's, then the credential's, the request's, the server's", () => {
    const credentials = { customer_credentials: { bedrock: keys("AKIAX", { aws_region_name: "eu-west-1" }) } };
    const header = { "x-portkey-aws-region": "us-west-2" };
    expect(theTarget(interpretRequest({ model: arn, ...credentials }, header).plan).region).toBe("ap-southeast-2");
    expect(theTarget(interpretRequest(credentials, header).plan).region).toBe("eu-west-1");
    expect(theTarget(interpretRequest({}, header).plan).region).toBe("us-west-2");
    expect(theTarget(interpretRequest({}).plan).region).toBe("us-east-1");
  });

  test("a region alone is no credential", () => {
    expect(theTarget(interpretRequest({}, { "x-portkey-aws-region": "us-west-2" }).plan).isServerChain).toBe(true);
  });

  test.each(["us-west-2a", "https://evil.example", "US West (Oregon)", "us-east-1.evil.example/"])(
    "%j is refused (K13)",
    (region) => {
      expect(refusal(() => interpretRequest({}, { "x-portkey-aws-region": region })).code).toBe("invalid_region");
    },
  );
});

describe("a host of the request's", () => {
  const asHeader = (host: string): Record<string, string> => ({ "x-portkey-custom-host": host });
  const allowed = { ADIT_CUSTOM_HOSTS: "https://vpce.example:8443" };

  test.each([
    "http://127.0.0.1:1",
    "https://vpce.example",
    "http://vpce.example:8443",
    "https://user@vpce.example:8443",
    "https://vpce.example:8443@evil.example",
    // Its origin is that of the address inside it, and its path is that whole address.
    "blob:https://vpce.example:8443/x",
    `https://vpce.example:8443/${"/".repeat(2_048)}`,
    "not a url",
  ])("%j is refused where its exact origin is not listed", (host) => {
    expect(refusal(() => interpretRequest({}, asHeader(host), allowed)).code).toBe("custom_host_not_allowed");
  });

  test("counts where its origin is listed, with any path", () => {
    const host = asHeader("https://vpce.example:8443/base/");
    const target = theTarget(interpretRequest(keys("AKIAX"), host, allowed).plan);
    expect(target.baseUrl).toBe("https://vpce.example:8443/base");
  });

  test("LiteLLM's endpoint field is held to the same list", () => {
    const body = {
      customer_credentials: { bedrock: keys("AKIAX", { aws_bedrock_runtime_endpoint: "https://evil.example" }) },
    };
    expect(refusal(() => interpretRequest(body)).code).toBe("custom_host_not_allowed");
  });

  test("is not passed over where no credential stands beside it", () => {
    const refused = { aws_bedrock_runtime_endpoint: "https://evil.example" };
    expect(refusal(() => interpretRequest(refused)).code).toBe("custom_host_not_allowed");
    const listed = { aws_bedrock_runtime_endpoint: "https://vpce.example:8443" };
    const own = { "x-portkey-aws-access-key-id": "AKIAX", "x-portkey-aws-secret-access-key": "s" };
    const target = theTarget(interpretRequest(listed, own, allowed).plan);
    expect(target).toMatchObject({ baseUrl: "https://vpce.example:8443", isServerChain: false });
  });

  test("gets none but a credential of the request's: not the server's, though its origin is listed", () => {
    const host = "https://vpce.example:8443";
    for (const [body, headers] of [
      [{}, asHeader(host)],
      [{ aws_bedrock_runtime_endpoint: host }, {}],
      [{ aws_auth_type: "serviceRole" }, asHeader(host)],
    ] as const) {
      const error = refusal(() => interpretRequest(body, headers, allowed));
      expect([error.code, error.param]).toEqual(["custom_host_not_allowed", "custom_host"]);
    }
  });
});

describe("what is looked at for each target is bounded", () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_value, index) => `m${index}`);
  const entry = { credentials: { bedrock: { api_key: "k" } } };

  test.each<[string, JsonObject, string]>([
    ["fallback models", { fallback_models: names(101) }, "fallback_models"],
    ["credentials", { customer_credentials: Array.from({ length: 101 }, () => entry) }, "customer_credentials"],
    [
      "models of a credential",
      { customer_credentials: [{ ...entry, available_models: names(101) }] },
      "customer_credentials[0].available_models",
    ],
    [
      "overrides",
      { credential_override: Object.fromEntries(names(1_001).map((name) => [name, {}])) },
      "credential_override",
    ],
    ["a pattern's stars", { credential_override: { "*a*b*c*d*e*f*g*h*": {} } }, "credential_override"],
    ["the length of a name", { credential_override: { ["m".repeat(2_101)]: {} } }, "credential_override"],
    ["the length of a model", { model: "m".repeat(2_101) }, "model"],
    [
      "targets in all",
      { fallback_models: names(100), customer_credentials: Array.from({ length: 6 }, () => entry) },
      "fallback_models[82]",
    ],
  ])("%s", (_name, body, param) => {
    const error = refusal(() => interpretRequest(body));
    expect(error.status).toBe(400);
    expect(error.param).toMatch(
      param.startsWith("fallback_models[")
        ? /^(fallback_models\[82\]\.)?customer_credentials\[|^fallback_models\[82\]/
        : new RegExp(`^${param.replace(/[[\]]/g, "\\$&")}$`),
    );
  });

  test("and what any caller needs fits", () => {
    const credential_override = Object.fromEntries(names(1_000).map((name) => [`*${name}*`, { api_key: "k" }]));
    const { plan } = interpretRequest({ fallback_models: names(100), credential_override });
    expect(plan.kind === "fallback" && plan.members.length).toBe(101);
  });
});
