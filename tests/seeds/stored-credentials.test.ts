/** Credentials and configs that are stored: virtual keys of each kind, by every client of the documents that names one. */
import type { EmulatorCredential } from "@adit/emulator";
import OpenAI from "openai";
import { createHeaders, Portkey } from "portkey-ai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { heldNow, holdDate, type MovedClock } from "../support/moved-clock.ts";
import { bodyOf, callsOf, expectNoLeak, modelCalls, onlyModelCall, pairOf, signedHeaders } from "../support/seen.ts";
import { obiguardPython, portkeyPython, refusalOf, sendChat } from "./documents.ts";
import { multiTurn, plainSample, singleTurn } from "./samples.ts";

const first = pairOf("STOREDFIRST");
const second = pairOf("STOREDSECOND");
/** Keys that STS gave: they count with their token alone. */
const session = pairOf("STOREDSESSION", { sessionToken: "stored/session+token==" });
const inBody = pairOf("STOREDBODY");
const inHeaders = pairOf("STOREDHEADERS");
const inOverride = pairOf("STOREDOVERRIDE");
const nova = "us.amazon.nova-lite-v1:0";
const hello = [{ role: "user" as const, content: "Hello!" }];

let house: House;
let clock: MovedClock | undefined;
/** A gateway key of the kind that applications hold. */
let key: string;

beforeAll(async () => {
  house = await openHouse({ emulator: { clock: heldNow } });
  await house.gateway.opened;
  for (const pair of [first, second, session, inBody, inHeaders, inOverride]) house.emulator.addCredential(pair);
  await store("first", first);
  await store("second", second, "eu-west-1");
  const { sessionToken: _token, ...withoutToken } = session;
  await store("session", withoutToken);
  key = await newKey({});
});
beforeEach(() => house.emulator.clearRequests());
afterEach(() => {
  clock?.restore();
  clock = undefined;
});
afterAll(() => house.close());

interface Shown {
  slug: string;
  masked_api_key: string | null;
  credential: Record<string, unknown>;
}

async function ask<Body>(method: string, path: string, body?: object): Promise<Body> {
  const answer = await fetch(`${house.gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${gatewayKey}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBeLessThan(300);
  return JSON.parse(text) as Body;
}

/** As Keywords AI's form has it: three fields and a name. */
function store(
  slug: string,
  { accessKeyId, secretAccessKey }: EmulatorCredential,
  region = "us-west-2",
): Promise<Shown> {
  const pair = { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_region_name: region };
  return ask("POST", "/v1/virtual-keys", { name: slug, slug, credential: pair });
}

async function newKey(terms: object): Promise<string> {
  const body = { name: "app", scopes: ["completions.write"], ...terms };
  return (await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", body)).key;
}

/** The documents' client; `apiKey` is a gateway key, as theirs is one of their service's. */
function portkey(options: Record<string, unknown>): Portkey {
  return new Portkey({ apiKey: key, baseURL: house.baseUrl, ...options });
}

describe("Keywords AI's form", () => {
  test("K01 K02 P01 O02 a pair that is stored once signs the calls that bring none, and is never shown again", async () => {
    const shown = await ask<Shown>("GET", "/v1/virtual-keys/first");
    expect(shown).toMatchObject({ slug: "first", region: "us-west-2", masked_api_key: "AKIA...0000" });
    const byDefault = await newKey({ defaults: { virtual_key: "first" } });
    const answer = await house.post(
      "/v1/chat/completions",
      { model: `bedrock/${nova}`, messages: hello },
      { authorization: `Bearer ${byDefault}` },
    );
    expect([answer.status, answer.headers.get("x-adit-credential")]).toEqual([200, "virtual key first"]);
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: first.accessKeyId, region: "us-west-2" });
    const everything = [shown, await ask("GET", "/v1/virtual-keys"), await ask("GET", "/v1/audit-logs")];
    expect(JSON.stringify(everything).includes(first.secretAccessKey)).toBe(false);
    expectNoLeak(house, [first.secretAccessKey]);
  });

  test("K02 it is replaced in place: the next call is signed with the new one", async () => {
    await store("replaced", first);
    const replaced = { aws_access_key_id: second.accessKeyId, aws_secret_access_key: second.secretAccessKey };
    await ask("PUT", "/v1/virtual-keys/replaced", { credential: replaced });
    await portkey({ virtualKey: "replaced" }).chat.completions.create({ model: nova, messages: hello });
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(second.accessKeyId);
  });

  const levels = ["override", "customer", "stored"] as const;
  const subsets = Array.from({ length: 8 }, (_, bits) => levels.filter((_level, index) => (bits & (1 << index)) !== 0));
  test.each(subsets.map((list) => ({ present: [...list, "server"].join(" > "), list })))(
    "K06 of $present the first signs",
    async ({ list }) => {
      const fields = (pair: EmulatorCredential) => ({
        aws_access_key_id: pair.accessKeyId,
        aws_secret_access_key: pair.secretAccessKey,
      });
      const body = {
        model: `bedrock/${nova}`,
        messages: hello,
        ...(list.includes("override") && { credential_override: { [`bedrock/${nova}`]: fields(inOverride) } }),
        ...(list.includes("customer") && { customer_credentials: { bedrock: fields(inBody) } }),
      };
      const caller = list.includes("stored") ? await newKey({ defaults: { virtual_key: "first" } }) : key;
      const answer = await house.post("/v1/chat/completions", body, { authorization: `Bearer ${caller}` });
      expect(answer.status).toBe(200);
      const ids = { override: inOverride, customer: inBody, stored: first };
      const highest = list[0] === undefined ? house.emulator.credential : ids[list[0]];
      expect(onlyModelCall(house.emulator).accessKeyId).toBe(highest.accessKeyId);
    },
  );

  test.each([
    ["us-west-2a", "us-west-2"],
    ["https://us-west-2.console.aws.amazon.com/bedrock", "us-west-2"],
    ["US West (Oregon)", "us-west-2"],
  ])("K13 the region %s is refused when it is saved, with a hint, and nothing is kept", async (region, meant) => {
    const answer = await house.post("/v1/virtual-keys", { name: "wrong", slug: "wrong", region, kind: "server_chain" });
    const { error } = await refusalOf(answer);
    expect([answer.status, error.code, error.param]).toEqual([400, "invalid_region", "region"]);
    expect(error.message).toContain(meant);
    const kept = await ask<{ total: number }>("GET", "/v1/virtual-keys?search=wrong");
    expect(kept.total).toBe(0);
  });

  test("K13 white space around a stored region is cut", async () => {
    const made = await store("spaced", first, "  us-west-2\n");
    expect(made).toMatchObject({ region: "us-west-2" });
  });
});

describe("virtual keys in the clients of the documents", () => {
  const samples = [
    ["the chat sample", plainSample],
    ["the sample on thinking", singleTurn],
    ["the sample of a second turn", multiTurn],
  ] as const;

  test.each(samples)(
    "P04 P06 %s by Portkey's Node client is signed with the stored pair, in its region",
    async (_name, body) => {
      const client = portkey({ virtualKey: "first", strictOpenAICompliance: false });
      const answer = (await client.chat.completions.create(body as unknown as typeof singleTurn)) as unknown;
      if ("stream" in body) for await (const _chunk of answer as AsyncIterable<object>);
      expect(onlyModelCall(house.emulator)).toMatchObject({
        verdict: "sigv4 ok",
        accessKeyId: first.accessKeyId,
        region: "us-west-2",
      });
      expectNoLeak(house, [first.secretAccessKey]);
    },
  );

  test.each(samples)("P04 P06 %s by the HTTP of its Python client", async (_name, body) => {
    const answer = await sendChat(house, portkeyPython(key, { "x-portkey-virtual-key": "first" }), body);
    await answer.text();
    expect(answer.status).toBe(200);
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(first.accessKeyId);
  });

  test.each(samples)("O04 O05 %s by the HTTP of Obiguard's client", async (_name, body) => {
    const answer = await sendChat(house, obiguardPython(key, { "x-obiguard-virtual-key": "first" }), body);
    await answer.text();
    expect(answer.status).toBe(200);
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: first.accessKeyId, region: "us-west-2" });
  });

  test.each([{ max_tokens: 250 }, {}])("P08 O09 the chat sample by virtual key, with %j", async (limit) => {
    const { max_tokens: _printed, ...sample } = plainSample;
    const answer = await portkey({ virtualKey: "first" }).chat.completions.create({ ...sample, ...limit });
    expect(answer.choices[0]?.message?.content).toContain("Say this is a test");
    expect(bodyOf(onlyModelCall(house.emulator)).inferenceConfig?.maxTokens).toBe(limit.max_tokens);
  });

  test("P04 by a slug before the model, with nothing but one Authorization header", async () => {
    const client = new OpenAI({ apiKey: key, baseURL: house.baseUrl, maxRetries: 0 });
    const answer = await client.chat.completions.create({ model: `@first/${nova}`, messages: hello });
    expect(answer.model).toBe(`@first/${nova}`);
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: first.accessKeyId, modelId: nova });
  });

  test("P04 by OpenAI's client behind createHeaders, with a stand-in for a key", async () => {
    const defaultHeaders = createHeaders({ apiKey: key, virtualKey: "first" });
    const client = new OpenAI({ apiKey: "dummy", baseURL: house.baseUrl, defaultHeaders, maxRetries: 0 });
    await client.chat.completions.create({ model: nova, messages: hello });
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(first.accessKeyId);
  });

  test("P06 O04 a virtual key that is not stored is a 400 that names it and what is near, and nothing is sent", async () => {
    await expect(
      portkey({ virtualKey: "frist" }).chat.completions.create({ model: nova, messages: hello }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/"frist".*Did you mean "first"/) as string });
    expect(house.emulator.requests).toEqual([]);
  });

  test("P09 a second argument of the call names another virtual key", async () => {
    const client = portkey({ virtualKey: "first" });
    await client.chat.completions.create({ model: nova, messages: hello });
    await client.chat.completions.create(
      { model: "eu.amazon.nova-lite-v1:0", messages: hello },
      { virtualKey: "second" },
    );
    expect(modelCalls(house.emulator).map(({ accessKeyId, region }) => [accessKeyId, region])).toEqual([
      [first.accessKeyId, "us-west-2"],
      [second.accessKeyId, "eu-west-1"],
    ]);
  });

  test("O10 a header of the call does", async () => {
    const client = new OpenAI({
      apiKey: "N/A",
      baseURL: house.baseUrl,
      defaultHeaders: { "x-obiguard-api-key": key, "x-obiguard-virtual-key": "first" },
      maxRetries: 0,
    });
    const body = { model: "eu.amazon.nova-lite-v1:0", messages: hello };
    await client.chat.completions.create(body, { headers: { "x-obiguard-virtual-key": "second" } });
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(second.accessKeyId);
  });

  test("R09 the record serves the library's calls through the gateway by name", async () => {
    const answer = await house.post(
      `/model/${nova}/converse`,
      { messages: [{ role: "user", content: [{ text: "Hello!" }] }] },
      { authorization: `Bearer ${key}`, "x-adit-virtual-key": "first" },
    );
    expect(answer.status).toBe(200);
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(first.accessKeyId);
  });
});

describe("a session token beside a virtual key", () => {
  test("P07 as Portkey's Node client sends it", async () => {
    const client = portkey({ virtualKey: "session", aws_session_token: session.sessionToken });
    await client.chat.completions.create({ model: nova, messages: hello });
    const seen = onlyModelCall(house.emulator);
    expect(seen).toMatchObject({ accessKeyId: session.accessKeyId, sessionToken: session.sessionToken });
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
    expect(JSON.stringify(house.logLines())).not.toContain(session.sessionToken);
  });

  test.each([
    ["P07", portkeyPython, "x-portkey-virtual-key", "x-portkey-aws-session-token"],
    ["P07", portkeyPython, "x-portkey-virtual-key", "x-portkey-aws_session_token"],
    ["O07", obiguardPython, "x-obiguard-virtual-key", "x-obiguard-aws-session-token"],
    ["O07", obiguardPython, "x-obiguard-virtual-key", "x-obiguard-aws_session_token"],
  ])("%s over the Python client's HTTP (%o) with %s and %s", async (_row, client, named, token) => {
    const headers = client(key, { [named]: "session", [token]: session.sessionToken ?? "" });
    const answer = await sendChat(house, headers, { model: nova, messages: hello });
    expect(answer.status).toBe(200);
    expect(onlyModelCall(house.emulator)).toMatchObject({
      accessKeyId: session.accessKeyId,
      sessionToken: session.sessionToken,
    });
  });

  test("P07 O07 without it AWS refuses the pair, and the credential is named", async () => {
    await expect(
      portkey({ virtualKey: "session" }).chat.completions.create({ model: nova, messages: hello }),
    ).rejects.toMatchObject({ status: 403, message: expect.stringContaining("virtual key session") as string });
  });
});

describe.each([
  ["P05", "portkey"],
  ["O06", "obiguard"],
])("%s a virtual key of an assumed role, named by x-%s-virtual-key", (row, vendor) => {
  const roleArn = `arn:aws:iam::123456789012:role/team/of-${vendor}`;
  const callAs = (slug: string): Promise<Response> =>
    house.post(
      "/v1/chat/completions",
      { model: nova, messages: hello },
      { [`x-${vendor}-api-key`]: key, [`x-${vendor}-virtual-key`]: slug },
    );

  test(`${row} the role is assumed with the external id that Adit chose, and its session signs`, async () => {
    const slug = `role-of-${vendor}`;
    const body = { name: slug, slug, awsAuthType: "assumedRole", awsRoleArn: roleArn, awsRegion: "us-east-1" };
    const made = await ask<Shown>("POST", "/v1/virtual-keys", body);
    const externalId = made.credential["external_id"] as string;
    expect(externalId).toMatch(/^adit-/);
    expect((await callAs(slug)).status).toBe(200);
    const [assumed] = callsOf(house.emulator, "AssumeRole");
    const form = new URLSearchParams(assumed?.body.toString());
    expect([form.get("RoleArn"), form.get("ExternalId")]).toEqual([roleArn, externalId]);
    const seen = onlyModelCall(house.emulator);
    expect(seen.accessKeyId).toMatch(/^ASIA/);
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
    const { trust_policy: trust } = await ask<{ trust_policy: string }>("GET", `/v1/virtual-keys/${slug}/policies`);
    expect(trust).toContain(externalId);
  });

  test(`${row} twenty at once are one call to STS; it is kept, and renewed before it expires`, async () => {
    clock = holdDate();
    const slug = `burst-of-${vendor}`;
    await ask("POST", "/v1/virtual-keys", {
      name: slug,
      slug,
      credential: { aws_role_arn: roleArn },
      region: "us-east-1",
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => callAs(slug)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(1);
    const keyAfter = async (minutes: number): Promise<string | undefined> => {
      clock?.jump(minutes * 60_000);
      expect((await callAs(slug)).status).toBe(200);
      return modelCalls(house.emulator).at(-1)?.accessKeyId;
    };
    const kept = await keyAfter(50);
    expect(kept).toBe(modelCalls(house.emulator)[0]?.accessKeyId);
    // A session lives for an hour: at its 58th minute it is still good, and already replaced.
    expect(await keyAfter(8)).not.toBe(kept);
    expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(2);
  });
});

describe("saved configs", () => {
  test("P26 a saved config steers the call by its slug, and its next version counts at once", async () => {
    const admin = new Portkey({ apiKey: gatewayKey, baseURL: house.baseUrl });
    const targets = [{ virtual_key: "first", override_params: { max_tokens: 17 } }];
    const { slug = "" } = await admin.configs.create({
      name: "Steers",
      config: { strategy: { mode: "single" }, targets },
    });
    expect(slug).toMatch(/^pc-/);
    const client = portkey({ config: slug });
    await client.chat.completions.create({ model: nova, messages: hello });
    const seen = onlyModelCall(house.emulator);
    expect([seen.accessKeyId, bodyOf(seen).inferenceConfig?.maxTokens]).toEqual([first.accessKeyId, 17]);
    await admin.configs.update({
      slug,
      config: {
        strategy: { mode: "single" },
        targets: [{ virtual_key: "second", override_params: { model: "eu.amazon.nova-lite-v1:0" } }],
      },
    });
    await client.chat.completions.create({ model: nova, messages: hello });
    expect(modelCalls(house.emulator).at(-1)).toMatchObject({ accessKeyId: second.accessKeyId, region: "eu-west-1" });
  });

  test("P28 K07 a saved fallback from one stored credential to another: each call has its own, and the path is told", async () => {
    const config = {
      strategy: { mode: "fallback" },
      targets: [
        { virtual_key: "first" },
        { provider: "@second", override_params: { model: "eu.amazon.nova-lite-v1:0" } },
      ],
    };
    const { slug } = await ask<{ slug: string }>("POST", "/v1/configs", { name: "Falls back", config });
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException", operation: "Converse" });
    const answer = await portkey({ config: slug }).chat.completions.create({ model: nova, messages: hello });
    expect(answer.getHeaders()?.["last-used-option-index"]).toBe("config.targets[1]");
    expect(modelCalls(house.emulator).map(({ accessKeyId, status }) => [accessKeyId, status])).toEqual([
      [first.accessKeyId, 429],
      [second.accessKeyId, 200],
    ]);
  });

  test("P26 one that is not saved is a clear 400", async () => {
    await expect(
      portkey({ config: "pc-steer" }).chat.completions.create({ model: nova, messages: hello }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining("pc-steer") as string });
  });
});

describe("one system", () => {
  let names = 0;
  test.each([
    {
      aws_access_key_id: first.accessKeyId,
      aws_secret_access_key: first.secretAccessKey,
      aws_region_name: "us-east-1",
    },
    { access_key_id: first.accessKeyId, secret_access_key: first.secretAccessKey, region: "us-east-1" },
    { access_key: first.accessKeyId, secret_access_key: first.secretAccessKey, aws_region: "us-east-1" },
    { awsAccessKeyId: first.accessKeyId, awsSecretAccessKey: first.secretAccessKey, awsRegion: "us-east-1" },
    { accessKeyId: first.accessKeyId, secretAccessKey: first.secretAccessKey, region: "us-east-1" },
  ])("U3 a credential is stored under any of its names: %j", async (credential) => {
    const slug = `named-${(names += 1)}`;
    await ask("POST", "/v1/virtual-keys", { name: slug, slug, credential });
    await portkey({ virtualKey: slug }).chat.completions.create({ model: nova, messages: hello });
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: first.accessKeyId, region: "us-east-1" });
  });

  test.each<[string, Record<string, string>, object, string]>([
    [
      "the body goes before the virtual key",
      {},
      {
        customer_credentials: {
          bedrock: { access_key_id: inBody.accessKeyId, secret_access_key: inBody.secretAccessKey },
        },
      },
      inBody.accessKeyId,
    ],
    [
      "headers go before the virtual key",
      { "x-adit-aws-access-key-id": inHeaders.accessKeyId, "x-adit-aws-secret-access-key": inHeaders.secretAccessKey },
      {},
      inHeaders.accessKeyId,
    ],
    ["the virtual key of the request goes before the key's default", {}, {}, first.accessKeyId],
    ["a region alone is no credential", { "x-adit-aws-region": "us-east-1" }, {}, first.accessKeyId],
  ])("U4 %s", async (_name, headers, body, signer) => {
    const caller = await newKey({ defaults: { virtual_key: "second" } });
    const answer = await house.post(
      "/v1/chat/completions",
      { model: nova, messages: hello, ...body },
      { "x-adit-api-key": caller, "x-adit-virtual-key": "first", ...headers },
    );
    expect(answer.status).toBe(200);
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(signer);
  });

  test("U4 half a pair beside a virtual key is a 400, and never the virtual key's call", async () => {
    const headers = { "x-adit-virtual-key": "first", "x-adit-aws-access-key-id": inHeaders.accessKeyId };
    const answer = await house.post("/v1/chat/completions", { model: nova, messages: hello }, headers);
    expect([answer.status, (await refusalOf(answer)).error.code]).toEqual([400, "incomplete_credentials"]);
    expect(house.emulator.requests).toEqual([]);
  });

  test("U12 two hundred calls at once by two tenants' stored credentials never cross", async () => {
    const tenants: { name: string; pair: EmulatorCredential; region: string; model: string; key: string }[] = [];
    for (const [name, pair, region] of [
      ["blue", first, "us-west-2"],
      ["red", second, "eu-west-1"],
    ] as const) {
      const { id } = await ask<{ id: string }>("POST", "/v1/projects", { name: `Tenant ${name}` });
      const { accessKeyId, secretAccessKey } = pair;
      // Both call theirs by the same name.
      const credential = { accessKeyId, secretAccessKey };
      await ask("POST", "/v1/virtual-keys", { name: "prod", slug: "prod", credential, region, workspace_id: id });
      const model = region === "eu-west-1" ? "eu.amazon.nova-lite-v1:0" : nova;
      tenants.push({
        name,
        pair,
        region,
        model,
        key: await newKey({ workspace_id: id, defaults: { virtual_key: "prod" } }),
      });
    }
    const ways = [
      () => ({}),
      () => ({ "x-portkey-virtual-key": "prod" }),
      () => ({ "x-portkey-provider": "@prod" }),
      () => ({
        "x-portkey-config": JSON.stringify({ strategy: { mode: "fallback" }, targets: [{ virtual_key: "prod" }] }),
      }),
    ];
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const tenant = tenants[index % 2]!;
        const body = {
          model: index % 3 === 0 ? `@prod/${tenant.model}` : tenant.model,
          messages: [{ role: "user", content: `${tenant.name}-${index}` }],
          stream: index % 5 === 0,
        };
        const headers = { authorization: `Bearer ${tenant.key}`, ...ways[(index >> 1) % 4]!() };
        const answer = await house.post("/v1/chat/completions", body, headers);
        expect([answer.status, answer.headers.get("x-adit-region")]).toEqual([200, tenant.region]);
        await answer.text();
      }),
    );
    const seen = modelCalls(house.emulator);
    expect(seen).toHaveLength(200);
    for (const call of seen) {
      const owner = tenants.find(({ name }) => JSON.stringify(bodyOf(call)).includes(`${name}-`));
      expect([call.verdict, call.accessKeyId, call.region]).toEqual([
        "sigv4 ok",
        owner?.pair.accessKeyId,
        owner?.region,
      ]);
    }
    expectNoLeak(
      house,
      tenants.flatMap(({ pair, key: text }) => [pair.secretAccessKey, text]),
    );
  });
});

test("where the emulator stands in for the server's chain, it does for one that is stored too: by a connector and a guardrail's check", async () => {
  const standIn = await openHouse({ isStandIn: true });
  try {
    await standIn.post("/v1/virtual-keys", { name: "Chain", slug: "chain", kind: "server_chain" });
    const spec = { virtual_key: "chain", model_id: "amazon.nova-lite-v1:0" };
    await standIn.post("/v1/connectors", { name: "Stored", slug: "stored", connection_spec: spec });
    const invoked = await standIn.post("/v1/connectors/stored/invoke", {});
    expect([invoked.status, invoked.headers.get("x-adit-route")]).toEqual([200, "emulator"]);
    const check = { guardrailId: "abcdefghij12", guardrailVersion: "1", virtualKey: "chain" };
    const headers = { "x-adit-config": JSON.stringify({ input_guardrails: [{ "bedrock.guard": check }] }) };
    const answer = await standIn.post("/v1/chat/completions", { model: nova, messages: hello }, headers);
    expect(answer.status).toBe(200);
    expect(standIn.emulator.requests.map(({ operation }) => operation)).toContain("ApplyGuardrail");
  } finally {
    await standIn.close();
  }
});
