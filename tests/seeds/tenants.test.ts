/** Many tenants through one gateway: whose credential serves, and that nothing of one reaches another. */
import { request as httpRequest } from "node:http";
import { exampleApiKey, type EmulatorCredential } from "@adit/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, expectNoLeak, modelCalls, onlyModelCall, pairOf } from "../support/seen.ts";
import { refusalOf } from "./documents.ts";

const model = "us.amazon.nova-lite-v1:0";
const messages = [{ role: "user", content: "Hello!" }];
const pairs = {
  override: pairOf("U4OVERRIDE"),
  body: pairOf("U4BODY"),
  config: pairOf("U4CONFIG"),
  headers: pairOf("U4HEADERS"),
};
type Level = keyof typeof pairs | "bearer" | "server";

let house: House;
beforeAll(async () => {
  house = await openHouse();
  for (const pair of Object.values(pairs)) house.emulator.addCredential(pair);
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const fields = (pair: EmulatorCredential): Record<string, string> => ({
  aws_access_key_id: pair.accessKeyId,
  aws_secret_access_key: pair.secretAccessKey,
});

/** A request that brings a credential on each of the levels. */
function askWith(levels: readonly Level[]): Promise<Response> {
  const has = (level: Level): boolean => levels.includes(level);
  const headers: Record<string, string> = { "x-adit-api-key": gatewayKey };
  headers["authorization"] = `Bearer ${has("bearer") ? exampleApiKey : gatewayKey}`;
  if (has("headers")) {
    headers["x-portkey-aws-access-key-id"] = pairs.headers.accessKeyId;
    headers["x-portkey-aws-secret-access-key"] = pairs.headers.secretAccessKey;
  }
  if (has("config")) headers["x-adit-config"] = JSON.stringify({ provider: "bedrock", ...fields(pairs.config) });
  const body = {
    model,
    messages,
    ...(has("override") && { credential_override: { [model]: fields(pairs.override) } }),
    ...(has("body") && { customer_credentials: { bedrock: fields(pairs.body) } }),
  };
  return house.post("/v1/chat/completions", body, headers);
}

describe("precedence", () => {
  const order: Level[] = ["override", "body", "config", "headers", "bearer", "server"];
  const subsets = Array.from({ length: 32 }, (_, bits) =>
    order.filter((_level, index) => index === 5 || bits & (1 << index)),
  );

  test.each(subsets.map((levels) => ({ levels: levels.join(" > "), list: levels })))(
    "U4 of $levels the first decides, and levels are never mixed",
    async ({ list }) => {
      expect((await askWith(list)).status).toBe(200);
      const seen = onlyModelCall(house.emulator);
      const highest = list[0] ?? "server";
      const key =
        highest === "server"
          ? house.emulator.credential.accessKeyId
          : pairs[highest as keyof typeof pairs]?.accessKeyId;
      expect({ key: seen.accessKeyId, bearer: seen.bearer ?? false, token: seen.sessionToken }).toEqual({
        key,
        bearer: highest === "bearer",
        token: undefined,
      });
    },
  );

  test.each([
    [{ customer_credentials: { bedrock: { aws_access_key_id: "AKIAHALF" } } }, {}, "secret access key"],
    [{ customer_credentials: { bedrock: { aws_secret_access_key: "half" } } }, {}, "access key id"],
    [{}, { "x-adit-aws-access-key-id": "AKIAHALF" }, "secret access key"],
    [{}, { "x-adit-aws-session-token": "half" }, "access key id"],
  ])(
    "U4 half a credential (%j, %j) is a 400 that names the %s, and never falls to the next level",
    async (body, headers, missing) => {
      const response = await house.post("/v1/chat/completions", { model, messages, ...body }, headers);
      expect(response.status).toBe(400);
      expect((await refusalOf(response)).error).toMatchObject({
        code: "incomplete_credentials",
        message: expect.stringContaining(missing) as string,
      });
      expect(house.emulator.requests).toEqual([]);
    },
  );

  test("U4 within one level a Bedrock API key goes before a key pair", async () => {
    const both = { ...fields(pairs.body), api_key: exampleApiKey };
    await house.post("/v1/chat/completions", { model, messages, customer_credentials: { bedrock: both } });
    expect(onlyModelCall(house.emulator).verdict).toBe("bearer ok");
  });

  test("U4 the gateway key and what clients send for want of a key are never sent to AWS", async () => {
    for (const token of [gatewayKey, "dummy", "DUMMY-KEY", "N/A", "sk-1234567890abcdef"]) {
      house.emulator.clearRequests();
      const headers = { "x-portkey-api-key": gatewayKey, authorization: `Bearer ${token}` };
      expect((await house.post("/v1/chat/completions", { model, messages }, headers)).status).toBe(200);
      expect(onlyModelCall(house.emulator).accessKeyId).toBe(house.emulator.credential.accessKeyId);
    }
  });
});

describe("two tenants", () => {
  const tenants = [
    { name: "blue", pair: pairOf("BLUE", { account: "111111111111" }), region: "us-east-1" },
    { name: "red", pair: pairOf("RED", { account: "222222222222" }), region: "us-west-2" },
  ];

  test("U12 two hundred calls at once, whole and streamed, never cross", async () => {
    for (const { pair } of tenants) house.emulator.addCredential(pair);
    const calls = Array.from({ length: 200 }, (_, index) => ({ tenant: tenants[index % 2]!, index }));
    const answers = await Promise.all(
      calls.map(async ({ tenant, index }) => {
        const own = { ...fields(tenant.pair), aws_region: tenant.region };
        const body = {
          model,
          messages: [{ role: "user", content: `${tenant.name}-${index}` }],
          stream: index % 4 >= 2,
          ...(index % 8 < 4 && { customer_credentials: { bedrock: own } }),
        };
        const headers: Record<string, string> =
          index % 8 < 4
            ? {}
            : {
                "x-portkey-aws-access-key-id": tenant.pair.accessKeyId,
                "x-portkey-aws-secret-access-key": tenant.pair.secretAccessKey,
                "x-portkey-aws-region": tenant.region,
              };
        const response = await house.post("/v1/chat/completions", body, headers);
        return {
          tenant,
          index,
          status: response.status,
          region: response.headers.get("x-adit-region"),
          text: await response.text(),
        };
      }),
    );
    for (const { tenant, index, status, region, text } of answers) {
      expect({ status, region }).toEqual({ status: 200, region: tenant.region });
      // A stream's text may be cut anywhere; its tenant's name and number must come out whole once joined.
      const joined = text.startsWith("data:")
        ? text
            .split("\n")
            .filter((line) => line.startsWith("data: {"))
            .map((line) => contentOf(line.slice(6)))
            .join("")
        : text;
      expect(joined).toContain(`${tenant.name}-${index}`);
    }
    const seen = modelCalls(house.emulator);
    expect(seen).toHaveLength(200);
    for (const call of seen) {
      const words = JSON.stringify(bodyOf(call));
      const owner = tenants.find(({ name }) => words.includes(`${name}-`));
      expect({ verdict: call.verdict, key: call.accessKeyId, region: call.region }).toEqual({
        verdict: "sigv4 ok",
        key: owner?.pair.accessKeyId,
        region: owner?.region,
      });
    }
    expectNoLeak(
      house,
      tenants.map(({ pair }) => pair.secretAccessKey),
    );
  });

  test("U12 the sessions of one role, assumed by two tenants, are apart", async () => {
    const role = "arn:aws:iam::111111111111:role/of-blue-alone";
    const asTenant = (tenant: (typeof tenants)[number]) =>
      house.post("/v1/chat/completions", {
        model,
        messages,
        customer_credentials: { bedrock: { ...fields(tenant.pair), aws_role_arn: role } },
      });
    for (const { pair } of tenants) house.emulator.addCredential(pair);
    expect((await asTenant(tenants[0]!)).status).toBe(200);
    // The role trusts its own account alone: red must be told no, and not be served by blue's session.
    expect((await asTenant(tenants[1]!)).status).toBe(403);
    expect(callsOf(house.emulator, "AssumeRole").map(({ accessKeyId }) => accessKeyId)).toEqual(
      tenants.map(({ pair }) => pair.accessKeyId),
    );
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  // The answers are kept by the credential's label, which is "request body" for both: what one may not look up, the other cannot either.
  test("U12 what an inference profile stands for is asked with each tenant's own credential", async () => {
    const profile = "arn:aws:bedrock:us-east-1:111111111111:application-inference-profile/emu-us.amazon.nova-pro-v1:0";
    const [blue, red] = tenants;
    for (const { pair } of tenants) house.emulator.addCredential(pair);
    const ask = (pair: EmulatorCredential) =>
      house.post("/v1/chat/completions", { model: profile, messages, customer_credentials: { bedrock: fields(pair) } });
    await ask(blue!.pair);
    await ask(red!.pair);
    expect(callsOf(house.emulator, "GetInferenceProfile").map(({ accessKeyId }) => accessKeyId)).toEqual([
      blue!.pair.accessKeyId,
      red!.pair.accessKeyId,
    ]);
  });
});

function contentOf(json: string): string {
  const chunk = JSON.parse(json) as { choices: { delta: { content?: string } }[] };
  return chunk.choices.map(({ delta }) => delta.content ?? "").join("");
}

describe("what a request cannot do", () => {
  test("U12 headers of a caller never reach AWS, also when they are listed to be forwarded", async () => {
    const smuggled = {
      "x-amz-date": "20200101T000000Z",
      "x-amz-security-token": "smuggled-token",
      "x-amz-target": "Other.Operation",
      "x-amzn-bedrock-trace": "ENABLED",
      "x-forwarded-host": "evil.example",
      "x-mine": "may travel",
    };
    const headers = { ...smuggled, "x-adit-forward-headers": Object.keys(smuggled).join(",") + ",authorization,host" };
    const response = await house.post("/v1/chat/completions", { model, messages }, headers);
    expect(response.status).toBe(200);
    const seen = onlyModelCall(house.emulator);
    expect(seen.headers["x-mine"]).toBe("may travel");
    expect(seen.headers["x-amz-date"]).not.toBe("20200101T000000Z");
    for (const name of ["x-amz-security-token", "x-amz-target", "x-amzn-bedrock-trace", "x-forwarded-host"]) {
      expect(seen.headers[name]).toBeUndefined();
    }
    expectNoLeak(house, ["smuggled-token"]);
  });

  test.each([
    "../../guardrail/x/version/1/apply",
    "a/../../b",
    "us.amazon.nova-lite-v1:0/../../../",
    "%2e%2e%2fx",
    "x?y=z#f",
  ])("U12 the model id %j stays one segment of the signed path", async (id) => {
    const response = await house.post("/v1/chat/completions", { model: id, messages });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    for (const { path } of house.emulator.requests) expect(path).toMatch(/^\/model\/[^/?#]+\/converse$/);
  });

  test("U12 a custom host that is not listed is a 400 before anything is sent", async () => {
    const response = await house.post(
      "/v1/chat/completions",
      { model, messages },
      { "x-portkey-custom-host": "http://169.254.169.254" },
    );
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).error.code).toBe("custom_host_not_allowed");
    expect(house.emulator.requests).toEqual([]);
  });

  test("U12 an endpoint in the credential is not followed", async () => {
    const bedrock = { ...fields(pairs.body), aws_bedrock_runtime_endpoint: "http://169.254.169.254" };
    const response = await house.post("/v1/chat/completions", { model, messages, customer_credentials: { bedrock } });
    expect(response.status).toBe(400);
    expect(house.emulator.requests).toEqual([]);
  });

  test("U12 no error body holds a secret, whatever goes wrong", async () => {
    const secret = pairs.body.secretAccessKey;
    const bedrock = fields(pairs.body);
    const wrongs: object[] = [
      { customer_credentials: { bedrock: { ...bedrock, aws_access_key_id: "AKIAUNKNOWNUNKNOWN00" } } },
      { customer_credentials: { bedrock: { ...bedrock, aws_role_arn: secret } } },
      { customer_credentials: { bedrock }, model: "no-such-model" },
      { customer_credentials: { bedrock }, temperature: "hot" },
      { customer_credentials: { bedrock: { aws_secret_access_key: secret } } },
      { customer_credentials: [bedrock] },
      { customer_credentials: { bedrock: secret } },
    ];
    for (const wrong of wrongs) {
      const response = await house.post("/v1/chat/completions", { model, messages, ...wrong });
      const text = `${await response.text()} ${JSON.stringify([...response.headers])}`;
      expect(response.status, text).toBeGreaterThanOrEqual(400);
      expect(response.status, text).toBeLessThan(500);
      expect(text.includes(secret), text.replaceAll(secret, "<the secret>")).toBe(false);
    }
    expectNoLeak(house, [secret]);
  });

  test("U12 a secret that stands in the region's place is not repeated in the refusal", async () => {
    const bedrock = { ...fields(pairs.body), aws_region: pairs.body.secretAccessKey };
    const response = await house.post("/v1/chat/completions", { model, messages, customer_credentials: { bedrock } });
    expect((await response.text()).includes(pairs.body.secretAccessKey)).toBe(false);
  });

  test("U12 a second request in the body of the first is not heard", async () => {
    const inner = "POST /model/x/converse HTTP/1.1\r\nhost: x\r\n\r\n";
    const url = new URL("/v1/chat/completions", house.gateway.url);
    const headers = { authorization: `Bearer ${gatewayKey}`, "content-type": "application/json" };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest(url, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end(inner);
    });
    expect(status).toBe(400);
    expect(house.emulator.requests).toEqual([]);
  });
});
