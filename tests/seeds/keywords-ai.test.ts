/** Keywords AI: AWS credentials in the body of the request. */
import type { ChatCompletion } from "@adit/bedrock";
import { exampleApiKey, type EmulatorCredential } from "@adit/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, expectNoLeak, modelCalls, onlyModelCall, pairOf } from "../support/seen.ts";
import { refusalOf } from "./documents.ts";

const claude = "anthropic.claude-3-5-sonnet-20240620-v1:0";
const nova = "amazon.nova-lite-v1:0";
const customer = pairOf("CUSTOMER");
const override = pairOf("OVERRIDE");
const messages = [{ role: "user", content: "Good morning" }];

let house: House;
beforeAll(async () => {
  house = await openHouse();
  house.emulator.addCredential(customer);
  house.emulator.addCredential(override);
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

function fields(pair: EmulatorCredential, region = "us-west-2"): Record<string, string> {
  return {
    aws_access_key_id: pair.accessKeyId,
    aws_secret_access_key: pair.secretAccessKey,
    aws_region_name: region,
  };
}

async function chat(body: object): Promise<Response> {
  return house.post("/v1/chat/completions", { model: `bedrock/${claude}`, messages, ...body });
}

async function answered(response: Response): Promise<ChatCompletion> {
  const body = (await response.json()) as ChatCompletion;
  expect(response.status, JSON.stringify(body)).toBe(200);
  expect(body.choices[0]?.message.content).toContain("Good morning");
  return body;
}

test("K01 credentials in the body make a signed call and win over the server's own", async () => {
  await answered(await chat({}));
  await answered(await chat({ customer_credentials: { bedrock: fields(customer) } }));
  const [own, theirs] = modelCalls(house.emulator);
  expect(own).toMatchObject({ verdict: "sigv4 ok", accessKeyId: house.emulator.credential.accessKeyId });
  expect(theirs).toMatchObject({ verdict: "sigv4 ok", accessKeyId: customer.accessKeyId });
});

test("K03 customer_credentials in the body: that key and that region sign the call", async () => {
  const response = await chat({ customer_credentials: { bedrock: fields(customer, "us-west-2") } });
  await answered(response);
  expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: customer.accessKeyId, region: "us-west-2" });
  expect(response.headers.get("x-adit-region")).toBe("us-west-2");
});

const inBase64 = (params: object): string => Buffer.from(JSON.stringify(params)).toString("base64");

test.each(["respan_params", "keywordsai_params", "x-data-respan-params", "x-data-keywordsai-params"])(
  "K03 credentials in %s sign the call as those at the top of the body do, and go no further",
  async (place) => {
    const params = {
      customer_credentials: { bedrock: fields(customer) },
      fallback_models: [`bedrock/${nova}`],
      customer_identifier: "ann",
    };
    const isHeader = place.startsWith("x-");
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", model: claude });
    const response = await house.post(
      "/v1/chat/completions",
      { model: `bedrock/${claude}`, messages, ...(!isHeader && { [place]: params }) },
      isHeader ? { [place]: inBase64(params), "x-adit-forward-headers": place } : {},
    );
    await answered(response);
    expect(modelCalls(house.emulator)).toMatchObject([
      { modelId: claude, accessKeyId: customer.accessKeyId, status: 403 },
      { modelId: nova, accessKeyId: customer.accessKeyId, status: 200 },
    ]);
    expect(response.headers.get("x-adit-dropped")).toBe(`${place}.customer_identifier`);
    expectNoLeak(house, [customer.secretAccessKey, inBase64(params)]);
  },
);

test("K03 of several places the top of the body counts, then the object in it, then the header", async () => {
  const bedrock = (pair: EmulatorCredential) => ({ customer_credentials: { bedrock: fields(pair) } });
  const ask = async (body: object, header: object) =>
    answered(
      await house.post(
        "/v1/chat/completions",
        { model: claude, messages, ...body },
        { "x-data-respan-params": inBase64(header) },
      ),
    );
  await ask({ ...bedrock(customer), respan_params: bedrock(override) }, bedrock(override));
  await ask({ respan_params: bedrock(customer) }, bedrock(override));
  await ask({ respan_params: { disable_log: true } }, bedrock(customer));
  // Under other names too: by which name a credential is found first is no matter between two places.
  await ask({ aws_credentials: fields(customer) }, bedrock(override));
  await ask({ customerCredentials: { bedrock: fields(customer) } }, bedrock(override));
  await ask({ ...fields(customer) }, { ...fields(override), aws_session_token: "of-the-other" });
  // What is empty says nothing, and a region no credential.
  await ask({ customer_credentials: {}, aws_region_name: "us-west-2" }, { api_key: "", ...bedrock(customer) });
  expect(modelCalls(house.emulator).map(({ accessKeyId }) => accessKeyId)).toEqual(
    Array.from({ length: 7 }, () => customer.accessKeyId),
  );
});

describe.each(["x-data-respan-params", "x-data-keywordsai-params"])(
  "%s, where the body is not the gateway's",
  (header) => {
    const paths = [`/model/${nova}/converse`, `/model/${nova}/invoke-with-response-stream`];
    const body = { messages: [{ role: "user", content: [{ text: "Good morning" }] }] };

    test.each(paths)("K03 signs a call of %s as it does any other, and what is not followed is named", async (path) => {
      const params = {
        customer_credentials: { bedrock: fields(customer) },
        credential_override: { [`bedrock/${nova}`]: fields(override, "eu-west-1") },
        use_converse: false,
        customer_identifier: "ann",
      };
      const response = await house.post(path, body, { [header]: inBase64(params) });
      await response.arrayBuffer();
      expect(response.status).toBe(200);
      expect(house.emulator.requests).toMatchObject([
        { verdict: "sigv4 ok", accessKeyId: override.accessKeyId, region: "eu-west-1" },
      ]);
      expect(response.headers.get("x-adit-dropped")).toBe(`${header}.use_converse,${header}.customer_identifier`);
      expectNoLeak(house, [customer.secretAccessKey, override.secretAccessKey, inBase64(params)]);
    });

    test.each(paths)("K10 is refused at %s where it cannot be read", async (path) => {
      const response = await house.post(path, body, { [header]: "{}" });
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(header)]);
      expect(house.emulator.requests).toEqual([]);
    });
  },
);

describe("disable_log is the gateway's own: it is followed, and sent to nobody", () => {
  test.each([
    ["/v1/chat/completions", { model: claude, messages }],
    ["/v1/chat/completions", { model: "openai.gpt-5.4", messages }],
    ["/v1/messages", { model: claude, messages, max_tokens: 50 }],
    ["/v1/responses", { model: claude, input: "Good morning" }],
    ["/v1/responses", { model: "openai.gpt-oss-20b", input: "Good morning" }],
    ["/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", input: "Good morning" }],
  ])("at %s, %j", async (path, body) => {
    for (const wish of [{ disable_log: true }, { disableLog: true }, { respan_params: { disable_log: true } }]) {
      house.emulator.clearRequests();
      const response = await house.post(path, { ...body, ...wish });
      expect([response.status, response.headers.get("x-adit-dropped")]).toEqual([200, null]);
      expect(house.emulator.requests.map((request) => bodyOf(request))).toEqual([
        expect.not.toSatisfy((sent) => /disable_?log/i.test(JSON.stringify(sent))),
      ]);
    }
  });
});

test.each(["{}", inBase64([]), Buffer.from("{").toString("base64"), inBase64({}).repeat(2)])(
  "K10 a header of parameters that cannot be read, %s, is refused: a credential may be in it",
  async (text) => {
    const response = await house.post(
      "/v1/chat/completions",
      { model: claude, messages },
      { "x-data-respan-params": text },
    );
    expect(await refusalOf(response)).toMatchObject({ error: { param: "x-data-respan-params" } });
    expect(modelCalls(house.emulator)).toEqual([]);
  },
);

test("K03 as an array the credentials are drawn by weight, and only for the models that they list", async () => {
  const weighted = (models: string[]) => [
    { credentials: { bedrock: fields(override) }, weight: 0 },
    { credentials: { bedrock: fields(override) }, weight: 9, available_models: models },
    { credentials: { bedrock: fields(customer) }, weight: 1 },
  ];
  for (let turn = 0; turn < 5; turn += 1) {
    await answered(await chat({ customer_credentials: weighted(["bedrock/another.model-v1:0"]) }));
  }
  expect(new Set(modelCalls(house.emulator).map(({ accessKeyId }) => accessKeyId))).toEqual(
    new Set([customer.accessKeyId]),
  );
  house.emulator.clearRequests();
  for (let turn = 0; turn < 60; turn += 1) await answered(await chat({ customer_credentials: weighted([claude]) }));
  const drawn = modelCalls(house.emulator).filter(({ accessKeyId }) => accessKeyId === override.accessKeyId).length;
  // Nine in ten: fewer than half of sixty has a chance below one in ten million millions.
  expect(drawn).toBeGreaterThan(30);
});

test("K04 customer_credentials beside the rest of the body are stripped before anything is sent or logged", async () => {
  const response = await chat({ max_tokens: 20, customer_credentials: { bedrock: fields(customer) } });
  await answered(response);
  expect(bodyOf(onlyModelCall(house.emulator))).toEqual({
    messages: [{ role: "user", content: [{ text: "Good morning" }] }],
    inferenceConfig: { maxTokens: 20 },
  });
  expectNoLeak(house, [customer.secretAccessKey]);
  expect(response.headers.get("x-adit-credential")).not.toContain(customer.secretAccessKey);
});

test("K05 credential_override serves its model, customer_credentials every other", async () => {
  const credentials = {
    customer_credentials: { bedrock: fields(customer) },
    credential_override: { [`bedrock/${claude}`]: fields(override, "eu-central-1") },
  };
  await answered(await chat(credentials));
  await answered(await chat({ ...credentials, model: `bedrock/${nova}` }));
  expect(modelCalls(house.emulator)).toMatchObject([
    { accessKeyId: override.accessKeyId, region: "eu-central-1" },
    { accessKeyId: customer.accessKeyId, region: "us-west-2" },
  ]);
});

describe("K06 precedence", () => {
  const present = [true, false];
  const cases = present.flatMap((hasOverride) => present.map((hasCustomer) => ({ hasOverride, hasCustomer })));
  test.each(cases)(
    "K06 the highest source decides (override: $hasOverride, customer: $hasCustomer, the server's own beneath)",
    async ({ hasOverride, hasCustomer }) => {
      await answered(
        await chat({
          ...(hasCustomer && { customer_credentials: { bedrock: fields(customer) } }),
          ...(hasOverride && { credential_override: { [claude]: fields(override) } }),
        }),
      );
      const highest = hasOverride ? override : hasCustomer ? customer : house.emulator.credential;
      expect(onlyModelCall(house.emulator).accessKeyId).toBe(highest.accessKeyId);
    },
  );
});

test("K07 both fields in one request: the first model is overridden, its fallback is not", async () => {
  house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", model: claude });
  const response = await chat({
    fallback_models: [`bedrock/${nova}`],
    customer_credentials: { bedrock: fields(customer) },
    credential_override: { [`bedrock/${claude}`]: fields(override) },
  });
  await answered(response);
  expect(modelCalls(house.emulator)).toMatchObject([
    { modelId: claude, accessKeyId: override.accessKeyId, status: 403 },
    { modelId: nova, accessKeyId: customer.accessKeyId, status: 200 },
  ]);
  expectNoLeak(house, [customer.secretAccessKey, override.secretAccessKey]);
});

test("K08 bedrock/ before the id: the path is without it, the answer names the model as it was asked", async () => {
  const answer = await answered(await chat({ customer_credentials: { bedrock: fields(customer) } }));
  expect(onlyModelCall(house.emulator).path).toBe("/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse");
  expect(answer.model).toBe(`bedrock/${claude}`);
});

test.each([
  { asked: `bedrock/${claude}`, key: `bedrock/${claude}` },
  { asked: `bedrock/${claude}`, key: claude },
  { asked: claude, key: `bedrock/${claude}` },
  { asked: claude, key: claude },
])("K09 the override of $key serves a request for $asked", async ({ asked, key }) => {
  await answered(
    await chat({
      model: asked,
      customer_credentials: { bedrock: fields(customer) },
      credential_override: { [key]: fields(override) },
    }),
  );
  expect(onlyModelCall(house.emulator).accessKeyId).toBe(override.accessKeyId);
});

test("K10 an unknown model is AWS's 400, in AWS's words, and a header names the id", async () => {
  const response = await chat({ model: "bedrock/my-deployment" });
  const { error } = await refusalOf(response);
  expect(response.status).toBe(400);
  expect(error.message).toContain("The provided model identifier is invalid.");
  expect(response.headers.get("x-adit-model")).toBe("my-deployment");
  expect(modelCalls(house.emulator)).toMatchObject([{ modelId: "my-deployment", status: 400 }]);
});

test("K10 the words name the id, also where no id is near it", async () => {
  const response = await chat({ model: "bedrock/my-deployment" });
  expect((await refusalOf(response)).error.message).toContain("my-deployment");
});

test("K10 a misspelled id comes back with the nearest ids", async () => {
  const response = await chat({ model: "bedrock/claude-3-5-sonnet" });
  expect((await refusalOf(response)).error.message).toMatch(/nearest ids are .*anthropic\.claude-3-5-sonnet-/);
});

test("K11 aws_region_name is the region of the call, and AWS's refusal there reaches the caller", async () => {
  const eu = { customer_credentials: { bedrock: fields(customer, "eu-west-1") } };
  await answered(await chat({ ...eu, model: `bedrock/${nova}` }));
  expect(onlyModelCall(house.emulator)).toMatchObject({ region: "eu-west-1", accessKeyId: customer.accessKeyId });

  const elsewhere = await chat({ ...eu, model: "bedrock/us.amazon.nova-lite-v1:0" });
  const { error } = await refusalOf(elsewhere);
  expect(elsewhere.status).toBe(400);
  expect(error.message).toContain("The provided model identifier is invalid.");
  expect(error.message).toContain("eu-west-1");

  house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
  const denied = await chat(eu);
  expect(denied.status).toBe(403);
  expect((await refusalOf(denied)).error.message).toContain(
    "You don't have access to the model with the specified model ID.",
  );
});

test("K12 a wrong secret is AWS's 403 with AWS's reason and the credential's place, tried once", async () => {
  const wrong = { ...fields(customer), aws_secret_access_key: "not-the-secret-of-this-key-at-all-00000" };
  const response = await chat({ customer_credentials: { bedrock: wrong } });
  const { error } = await refusalOf(response);
  expect(response.status).toBe(403);
  expect(error.message).toContain("The request signature we calculated does not match the signature you provided");
  expect(error.message).toContain("request body");
  expect(error.message).not.toContain(wrong.aws_secret_access_key);
  expect(response.headers.get("x-adit-credential")).toContain("request body");
  expect(modelCalls(house.emulator)).toHaveLength(1);
});

test.each(["us-west-2a", "https://us-west-2.console.aws.amazon.com/", "US West (Oregon)", "us-west-2.evil.example"])(
  "K13 the region %j is refused with a hint, and nothing is sent",
  async (region) => {
    const response = await chat({ customer_credentials: { bedrock: fields(customer, region) } });
    const { error } = await refusalOf(response);
    expect(response.status).toBe(400);
    expect(error.code).toBe("invalid_region");
    expect(error.message).toMatch(/such as [a-z]{2}-[a-z]+-\d/);
    expect(house.emulator.requests).toEqual([]);
  },
);

test("K13 white space around a region is cut", async () => {
  await answered(await chat({ customer_credentials: { bedrock: fields(customer, "  us-west-2\n") } }));
  expect(onlyModelCall(house.emulator).region).toBe("us-west-2");
});

describe("K14 more than static keys", () => {
  test("K14 a session token beside the pair is sent and signed", async () => {
    const session = pairOf("K14SESSION", { sessionToken: "session/token+of==" });
    house.emulator.addCredential(session);
    const withToken = { ...fields(session), aws_session_token: "session/token+of==" };
    await answered(await chat({ customer_credentials: { bedrock: withToken } }));
    expect(onlyModelCall(house.emulator)).toMatchObject({
      accessKeyId: session.accessKeyId,
      sessionToken: "session/token+of==",
    });
  });

  test("K14 a role with an external id is assumed by the pair", async () => {
    const role = "arn:aws:iam::123456789012:role/K14";
    const withRole = { ...fields(customer), aws_role_arn: role, external_id: "k14-external" };
    await answered(await chat({ customer_credentials: { bedrock: withRole } }));
    const [assumed] = callsOf(house.emulator, "AssumeRole");
    const form = new URLSearchParams(assumed?.body.toString());
    expect(assumed).toMatchObject({ verdict: "sigv4 ok", accessKeyId: customer.accessKeyId });
    expect(form.get("RoleArn")).toBe(role);
    expect(form.get("ExternalId")).toBe("k14-external");
    expect(onlyModelCall(house.emulator).accessKeyId).toMatch(/^ASIA/);
  });

  test("K14 a Bedrock API key is sent as a bearer", async () => {
    await answered(await chat({ customer_credentials: { bedrock: { api_key: exampleApiKey } } }));
    expect(onlyModelCall(house.emulator)).toMatchObject({ verdict: "bearer ok", bearer: true });
  });
});

describe("K15 the document's JSON", () => {
  const asPrinted = `{
  // Rest of the request body
  "customer_credentials": {
    "bedrock": {
      "aws_access_key_id": "aws_access_key_id",
      "aws_secret_access_key": "aws_secret_access_key",
      "aws_region_name": "aws_region_name",
    }
  },
  "credential_override": {
    "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0":{ // override for a specific model.
      "aws_access_key_id": "aws_access_key_id",
      "aws_secret_access_key": "aws_secret_access_key",
      "aws_region_name": "aws_region_name",
    }
  }
}`;

  const firstAsPrinted = `${asPrinted.slice(0, asPrinted.indexOf(',\n  "credential_override"'))}\n}`;

  test.each([
    ["the first sample", firstAsPrinted],
    ["the second sample", asPrinted],
  ])("K15 %s with its comments is a 400 that says where, and nothing is sent", async (_sample, printed) => {
    const response = await house.post("/v1/chat/completions", printed);
    const { error } = await refusalOf(response);
    expect(response.status).toBe(400);
    expect(error.code).toBe("invalid_json");
    // The comment begins on the second line, after two spaces.
    expect(error.message).toMatch(/line 2\b.*column 3\b/);
    expect(house.emulator.requests).toEqual([]);
  });

  test("K15 with a trailing comma alone is a 400 that says where", async () => {
    const response = await house.post("/v1/chat/completions", '{"model": "x", "messages": [1,], }');
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).error.message).toMatch(/column \d+|position \d+/);
  });

  test("K15 without comments and commas too many, it is served", async () => {
    const mended = JSON.parse(asPrinted.replaceAll(/\/\/.*$/gm, "").replaceAll(/,(\s*})/g, "$1")) as object;
    const text = JSON.stringify({ model: `bedrock/${claude}`, messages, ...mended })
      .replaceAll('"aws_access_key_id":"aws_access_key_id"', `"aws_access_key_id":"${override.accessKeyId}"`)
      .replaceAll(
        '"aws_secret_access_key":"aws_secret_access_key"',
        `"aws_secret_access_key":"${override.secretAccessKey}"`,
      )
      .replaceAll('"aws_region_name":"aws_region_name"', '"aws_region_name":"us-west-2"');
    await answered(await house.post("/v1/chat/completions", text));
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: override.accessKeyId, region: "us-west-2" });
  });
});
