/** Gateway keys at the door of a running gateway: who comes in, what is refused, and in which words. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../store/testing/until.ts";
import { adminKey, messages, model, openHouse, operator, refusalIn, type House } from "../testing/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.newVirtualKey("prod");
  await house.newVirtualKey("other");
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

/** Nothing was sent for what was refused. */
async function refused(response: Promise<Response>): Promise<{ status: number; code: string; message: string }> {
  const refusal = await refusalIn(await response);
  expect(house.emulator.requests).toEqual([]);
  return refusal;
}

test("a gateway key calls models, in each place that a key may stand", async () => {
  const key = await house.newKey();
  for (const headers of [{ authorization: `Bearer ${key}` }, { "x-api-key": key }, { "x-portkey-api-key": key }]) {
    expect((await house.post("/v1/chat/completions", { model, messages }, headers)).status).toBe(200);
  }
});

test("the first key that is present decides: a wrong one never falls to a right one", async () => {
  const key = await house.newKey();
  const wrong = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
  expect(await refused(house.chat(key, { "x-adit-api-key": wrong }))).toMatchObject({
    status: 401,
    code: "invalid_api_key",
  });
  expect(await refused(house.chat(adminKey, { "x-adit-api-key": wrong }))).toMatchObject({ status: 401 });
});

test("C6 keys that begin alike are told apart, whichever was asked first", async () => {
  const key = await house.newKey();
  const alike = `${key.slice(0, 40)}${"x".repeat(11)}`;
  expect(await refused(house.chat(alike))).toMatchObject({ status: 401 });
  expect((await house.chat(key)).status).toBe(200);
  house.emulator.clearRequests();
  expect(await refused(house.chat(alike))).toMatchObject({ status: 401 });
});

test.each([
  "adit_sk_",
  `adit_sk_${"x".repeat(43)}`,
  `adit_sk_' or '1'='1' --${"x".repeat(24)}`,
  `adit_sk_${"%".repeat(43)}`,
  `adit_sk_${"_".repeat(43)}`,
  `adit_sk_"; drop table gateway_keys; --`,
  `adit_sk_${"x".repeat(50_000)}`,
])("C5 %s opens nothing and breaks nothing", async (text) => {
  const key = await house.newKey();
  for (const headers of [{ authorization: `Bearer ${text}` }, { "x-api-key": text }, { "x-adit-api-key": text }]) {
    const refusal = await refused(house.post("/v1/chat/completions", { model, messages }, headers));
    expect(refusal).toMatchObject({ status: 401, code: "invalid_api_key" });
    expect(refusal.message).not.toContain(text);
  }
  expect((await house.chat(key)).status).toBe(200);
});

test("C8 the hash that is kept opens nothing", async () => {
  const key = await house.newKey();
  const rows = await house.parts.store.read((db) => db.selectFrom("gatewayKeyHashes").selectAll().execute());
  expect(JSON.stringify(rows)).not.toContain(key.slice(12));
  for (const { keyHash } of rows) {
    expect(await refused(house.chat(keyHash))).toMatchObject({ status: 401 });
    expect(await refused(house.chat(`adit_sk_${keyHash}`))).toMatchObject({ status: 401 });
  }
});

describe("refusals say what it is", () => {
  test.each([
    [
      "expired",
      async (id: string) => house.parts.gatewayKeys.update(id, { expiresAt: Date.now() + 60 }, operator),
      401,
      "expired",
    ],
    [
      "switched off",
      async (id: string) => house.parts.gatewayKeys.update(id, { disabled: true }, operator),
      401,
      "switched off",
    ],
    [
      "for other addresses",
      async (id: string) => house.parts.gatewayKeys.update(id, { allowedAddresses: ["10.0.0.0/8"] }, operator),
      403,
      "address",
    ],
    [
      "without the scope",
      async (id: string) => house.parts.gatewayKeys.update(id, { scopes: ["configs.read"] }, operator),
      403,
      "completions.write",
    ],
    ["deleted", async (id: string) => house.parts.gatewayKeys.remove(id, operator), 401, "not known"],
  ] as const)("a key that is %s", async (_name, change, status, words) => {
    const key = await house.newKey();
    expect((await house.chat(key)).status).toBe(200);
    house.emulator.clearRequests();
    const { id } = await house.parts.gatewayKeys.authenticate(key, "127.0.0.1");
    await change(id);
    await until(async () => (await house.chat(key)).status === status);
    house.emulator.clearRequests();
    const refusal = await refused(house.chat(key));
    expect(refusal).toMatchObject({ status });
    expect(refusal.message).toContain(words);
  });

  test.each<[string, object, Record<string, string>, object, string]>([
    ["a model", { allowedModels: ["anthropic.*"] }, {}, {}, `the model ${model}`],
    [
      "a model in a fallback",
      { allowedModels: ["amazon.*"] },
      {},
      { fallback_models: ["anthropic.claude-3-haiku-20240307-v1:0"] },
      "fallback_models[0]",
    ],
    ["a virtual key", { allowedVirtualKeys: ["prod"] }, { "x-adit-virtual-key": "other" }, {}, "the virtual key other"],
    [
      "the server's own credentials, beside a list of virtual keys",
      { allowedVirtualKeys: ["prod"] },
      {},
      {},
      "the server's own credentials",
    ],
    [
      "the server's own by a config",
      { allowedVirtualKeys: ["prod"] },
      { "x-adit-config": '{"aws_auth_type":"serviceRole"}' },
      {},
      "the server's own credentials",
    ],
    ["a region", { allowedRegions: ["eu-west-1"] }, { "x-adit-aws-region": "us-west-2" }, {}, "the region us-west-2"],
    ["a config", { mayOverrideConfig: false }, { "x-adit-config": "{}" }, {}, "config"],
    [
      "a virtual key in the default's place",
      { defaultVirtualKey: "prod", mayOverrideCredential: false },
      { "x-adit-virtual-key": "other" },
      {},
      "another credential",
    ],
    [
      "a credential in the default's place",
      { defaultVirtualKey: "prod", mayOverrideCredential: false },
      {},
      {
        customer_credentials: {
          bedrock: { aws_access_key_id: "AKIAOTHER00000000000", aws_secret_access_key: "s".repeat(40) },
        },
      },
      "another credential",
    ],
    [
      "a role that the server would assume",
      {},
      { "x-adit-aws-role-arn": "arn:aws:iam::123456789012:role/x" },
      {},
      "role",
    ],
  ])("%s that is not allowed", async (_name, terms, headers, body, words) => {
    const refusal = await refused(house.chat(await house.newKey(terms), headers, body));
    expect(refusal).toMatchObject({ status: 403, code: "forbidden" });
    expect(refusal.message).toContain(words);
  });

  test.each([
    "/guardrail/abc123/version/1/apply",
    "/bedrock/guardrail/abc123/version/1/apply",
    "/guardrail-checks/invoke",
  ])("%s, by a config that names an allowed model, which is not called there", async (path) => {
    const key = await house.newKey({ allowedModels: ["amazon.*"] });
    const config = JSON.stringify({ override_params: { model: "amazon.nova-lite-v1:0" } });
    const body = { source: "INPUT", content: [{ text: { text: "Hi" } }] };
    const headers = { authorization: `Bearer ${key}`, "x-adit-config": config };
    const answer = await house.post(path, body, headers);
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([403, "AccessDeniedException"]);
    expect(house.emulator.requests).toEqual([]);
  });

  test("the region of a guardrail's ARN, where a config names a model of an allowed region", async () => {
    const key = await house.newKey({ allowedRegions: ["us-east-1"] });
    const arn = (region: string, rest: string): string => `arn:aws:bedrock:${region}:123456789012:${rest}`;
    const config = { override_params: { model: arn("us-east-1", "inference-profile/us.amazon.nova-lite-v1:0") } };
    const answer = await house.post(
      `/guardrail/${encodeURIComponent(arn("eu-west-1", "guardrail/abc123"))}/version/1/apply`,
      { source: "INPUT", content: [{ text: { text: "Hi" } }] },
      { authorization: `Bearer ${key}`, "x-adit-config": JSON.stringify(config) },
    );
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("the region eu-west-1")]);
    expect(house.emulator.requests).toEqual([]);
  });

  test("in the caller's dialect", async () => {
    const key = await house.newKey({ allowedModels: ["anthropic.*"] });
    const claude = await house.post("/v1/messages", { model, messages, max_tokens: 8 }, { "x-api-key": key });
    expect([claude.status, await claude.json()]).toMatchObject([
      403,
      { type: "error", error: { type: "permission_error" } },
    ]);
    const native = await house.post(`/model/${model}/converse`, {}, { authorization: `Bearer ${key}` });
    expect([native.status, native.headers.get("x-amzn-errortype")]).toEqual([403, "AccessDeniedException"]);
  });
});

describe("what a key brings along", () => {
  test("its metadata is merged in and wins, and shows in the log", async () => {
    const key = await house.newKey({ defaultMetadata: { team: "red", env: "prod" } });
    await house.chat(key, { "x-portkey-metadata": '{"env":"test","user":"ada"}' });
    const last = JSON.parse(house.logText().trim().split("\n").at(-1) ?? "{}") as { metadata: object };
    expect(last.metadata).toEqual({ team: "red", env: "prod", user: "ada" });
  });

  test("its virtual key signs where the request brings nothing; the request's own goes first", async () => {
    const key = await house.newKey({ defaultVirtualKey: "prod" });
    const answer = await house.chat(key);
    expect(answer.headers.get("x-adit-credential")).toBe("virtual key prod");
    expect((await house.chat(key, { "x-adit-virtual-key": "other" })).headers.get("x-adit-credential")).toBe(
      "virtual key other",
    );
  });

  test("a config that is not saved is told as the key's", async () => {
    const key = await house.newKey({ defaultConfig: "pc-gone" });
    expect(await refused(house.chat(key))).toMatchObject({ status: 400, code: "not_stored" });
  });
});

test("in the steady state no call asks the database", async () => {
  const own = await openHouse();
  try {
    await own.newVirtualKey("prod");
    const key = await own.newKey({ defaultVirtualKey: "prod" });
    // Until the gateway has heard of what was made, and of a change after it: that drops what it holds.
    const mark = await own.newKey();
    expect((await own.chat(mark)).status).toBe(200);
    const { id } = await own.parts.gatewayKeys.authenticate(mark, "127.0.0.1");
    await own.parts.gatewayKeys.remove(id, operator);
    await until(async () => (await own.chat(mark)).status === 401);
    expect((await own.chat(key)).status).toBe(200);
    // A change that is not announced: whoever asked the database again would be refused.
    await own.parts.store.write(({ db }) => db.deleteFrom("gatewayKeys").execute());
    await own.parts.store.write(({ db }) => db.deleteFrom("sealedRecords").where("kind", "=", "virtual_key").execute());
    expect((await own.chat(key)).status).toBe(200);
  } finally {
    await own.close();
  }
});
