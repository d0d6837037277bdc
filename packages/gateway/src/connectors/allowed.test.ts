/** A connector is called by a gateway key, and goes by a virtual key: the lists of both hold, before anything is sent. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { openHouse, operator, refusalIn, type House } from "../testing/house.ts";

const body = { messages: [{ role: "user", content: [{ text: "hello" }] }] };
const profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0";

const inBase64 = (params: object): string => Buffer.from(JSON.stringify(params)).toString("base64");

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.newVirtualKey("free");
  await house.newVirtualKey("nova-alone", { allowedModels: ["amazon.nova-lite-*"] });
  await house.newVirtualKey("west-alone", { allowedRegions: ["us-west-2"], region: "us-west-2" });
  const kept: Record<string, Record<string, string>> = {
    free: { virtual_key: "free", model_id: "amazon.nova-lite-v1:0" },
    lite: { virtual_key: "nova-alone", model_id: "amazon.nova-lite-v1:0" },
    pro: { virtual_key: "nova-alone", model_id: "amazon.nova-pro-v1:0" },
    // The profile is what is called, whatever model stands beside it.
    hidden: { virtual_key: "nova-alone", model_id: "amazon.nova-lite-v1:0", inference_profile: profile },
    east: { virtual_key: "west-alone", model_id: "amazon.nova-lite-v1:0", inference_profile: profile },
    server: { model_id: "amazon.nova-lite-v1:0" },
  };
  for (const [slug, connection_spec] of Object.entries(kept)) {
    await house.parts.connectors.create(defaultProjectId, { name: slug, slug, connection_spec }, operator);
  }
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const call = (key: string, slug: string, way: string, more: object = {}): Promise<Response> =>
  house.post(`/v1/connectors/${slug}/${way}`, { data: body, ...more }, { authorization: `Bearer ${key}` });

describe.each(["invoke", "read"])("%s", (way) => {
  test.each([
    ["pro", {}, "the model amazon.nova-pro-v1:0"],
    ["hidden", {}, `the model ${profile}`],
    ["east", {}, "the region us-east-1"],
    ["free", { allowedModels: ["anthropic.*"] }, "the model amazon.nova-lite-v1:0"],
    ["free", { allowedRegions: ["eu-west-1"] }, "the region us-east-1"],
    ["free", { allowedVirtualKeys: ["nova-alone"] }, "the virtual key free"],
    ["free", { defaultVirtualKey: "nova-alone", mayOverrideCredential: false }, "another credential than its own"],
    ["server", { allowedVirtualKeys: ["free"] }, "the server's own credentials"],
  ])("%s by a key with %j is refused for %s, and nothing is sent", async (slug, terms, words) => {
    const answer = await call(await house.newKey(terms), slug, way);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain(`does not allow ${words}`);
    expect(house.emulator.requests).toEqual([]);
  });

  test.each([
    ["free", {}],
    ["lite", { allowedModels: ["amazon.*"], allowedVirtualKeys: ["nova-alone"], allowedRegions: ["us-east-1"] }],
    ["free", { defaultVirtualKey: "free", mayOverrideCredential: false }],
    ["server", {}],
  ])("%s by a key with %j goes through", async (slug, terms) => {
    expect((await call(await house.newKey(terms), slug, way)).status).toBe(200);
    expect(house.emulator.requests).toHaveLength(1);
  });
});

test("no profile stands in for a model where the caller's key lists regions: it may lead to others", async () => {
  const messages = [{ role: "user", content: "hello" }];
  const request_format = JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 10, messages });
  const connection_spec = { virtual_key: "free", model_id: "anthropic.claude-sonnet-4-6", request_format };
  const claude = { name: "claude", slug: "claude", connection_spec };
  await house.parts.connectors.create(defaultProjectId, claude, operator);
  expect((await call(await house.newKey({ allowedRegions: ["us-east-1"] }), "claude", "invoke")).status).toBe(400);
  expect(house.emulator.requests.map(({ modelId }) => modelId)).toEqual(["anthropic.claude-sonnet-4-6"]);
  const free = await call(await house.newKey(), "claude", "invoke");
  expect([free.status, free.headers.get("x-adit-model")]).toEqual([200, "us.anthropic.claude-sonnet-4-6"]);
});

describe("guardrails, which do not read what a connector sends", () => {
  const input_guardrails = [{ "default.contains": { words: ["hello"], operator: "none" }, deny: true }];

  test.each(["invoke", "read"])("%s by a key whose config has some is refused, wherever they stand", async (way) => {
    const config = { strategy: { mode: "single" }, targets: [{ virtual_key: "free", input_guardrails }] };
    await house.parts.configs.create(defaultProjectId, { name: way, slug: `pc-guarded-${way}`, config }, operator);
    const key = await house.newKey({ defaultConfig: `pc-guarded-${way}`, mayOverrideConfig: false });
    const messages = [{ role: "user", content: "hello" }];
    expect((await house.chat(key, {}, { messages })).status).toBe(446);
    const answer = await call(key, "free", way);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("guardrails");
    expect(house.emulator.requests).toEqual([]);
  });

  test("so is a config of the request's own; one without guardrails is none of a connector's affair", async () => {
    const key = await house.newKey();
    const by = (config: object): Promise<Response> =>
      house.post(
        "/v1/connectors/free/invoke",
        { body },
        { authorization: `Bearer ${key}`, "x-adit-config": JSON.stringify(config) },
      );
    expect(await refusalIn(await by({ input_guardrails }))).toMatchObject({ status: 403, code: "forbidden" });
    expect((await by({ retry: { attempts: 1 }, input_guardrails: [] })).status).toBe(200);
  });
});

describe.each(["free", "server"])(
  "headers of a call of the connector %s, which has a credential of its own",
  (slug) => {
    const by = async (headers: Record<string, string>): Promise<Response> =>
      house.post(
        `/v1/connectors/${slug}/invoke`,
        { body },
        { authorization: `Bearer ${await house.newKey()}`, ...headers },
      );

    test.each([
      ["aws-access-key-id", { "x-adit-aws-access-key-id": "AKIACALLER", "x-adit-aws-secret-access-key": "s" }],
      ["aws-acces-key-id", { "x-portkey-aws-acces-key-id": "AKIACALLER" }],
      ["aws-auth-type", { "x-portkey-aws-auth-type": "serviceRole" }],
      ["virtual-key", { "x-adit-virtual-key": "nova-alone" }],
      ["provider", { "x-portkey-provider": "@nova-alone" }],
      ["x-data-respan-params", { "x-data-respan-params": inBase64({ api_key: "of-the-caller" }) }],
      ["x-data-keywordsai-params", { "x-data-keywordsai-params": inBase64({ aws_access_key_id: "AKIACALLER" }) }],
    ])("%s says who signs: refused, and nothing is sent", async (param, headers) => {
      const { status, message } = await refusalIn(await by(headers));
      expect([status, message]).toEqual([400, expect.stringContaining(`The header ${param} says who signs`)]);
      expect(house.emulator.requests).toEqual([]);
    });

    test("what is not followed is named", async () => {
      const headers = {
        "x-portkey-config": '{"retry":{"attempts":1}}',
        "x-portkey-provider": "bedrock",
        "x-portkey-aws-region": "us-west-2",
        "x-portkey-custom-host": "https://bedrock.example.com",
        "x-portkey-retry-count": "1",
        "x-portkey-aws-s3-bucket": "b",
        "x-data-respan-params": inBase64({ disable_log: true, fallback_models: ["amazon.nova-pro-v1:0"] }),
      };
      const answer = await by(headers);
      const dropped = answer.headers.get("x-adit-dropped")?.split(",");
      const named = ["config", "custom-host", "retry-count", "aws-region", "x-data-respan-params.fallback_models"];
      expect([answer.status, dropped]).toEqual([200, named]);
    });
  },
);

test("a stream is held to them too", async () => {
  const answer = await call(await house.newKey(), "pro", "invoke", { stream: true });
  expect(await refusalIn(answer)).toMatchObject({ status: 403, code: "forbidden" });
  expect(house.emulator.requests).toEqual([]);
});

test("what the request's headers say of time and of keeping holds as for other calls", async () => {
  const asked = (headers: Record<string, string>): Promise<Response> =>
    house.post("/v1/connectors/free/invoke", { data: body }, headers);
  const authorization = `Bearer ${await house.newKey()}`;
  house.emulator.faultNext({ kind: "silence" });
  expect((await asked({ authorization, "x-adit-request-timeout": "50" })).status).toBe(408);
  for (const [name, value] of [
    ["x-adit-request-timeout", "soon"],
    ["x-adit-debug", "no"],
  ] as const) {
    const answer = await asked({ authorization, [name]: value });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(name.slice("x-adit-".length))]);
  }
});

test("another project's connector is not there, and a key without the scope comes not in", async () => {
  const project = await house.parts.projects.create({ name: "Theirs" }, operator);
  const theirs = await house.newKey({}, project.id);
  expect((await call(theirs, "free", "invoke")).status).toBe(404);
  expect((await call(await house.newKey({ scopes: ["connectors.*"] }), "free", "invoke")).status).toBe(403);
});
