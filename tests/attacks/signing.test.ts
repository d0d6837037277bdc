/** C21: signatures as AWS's own verifier sees them, at the edges: clocks, paths, tokens, partitions, moments. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { refusalOf } from "../../packages/bedrock/src/auth/testing/refusal.ts";
import { readSettings } from "../../packages/gateway/src/settings.ts";
import { ask, chatPath, nova, question } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { modelCalls, onlyModelCall, signedAt, signedHeaders } from "../support/seen.ts";
import { openDecoy } from "./decoy.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const noRetry = { "x-portkey-config": '{"retry":{"attempts":0}}' };

describe("a clock that is off", () => {
  test.each([-600_000, 600_000, -86_400_000, 86_400_000])(
    "by %d ms costs one more try, and no more",
    async (offset) => {
      const own = await openHouse();
      own.emulator.setClock(() => Date.now() + offset);
      expect((await ask(own, "one", {}, noRetry)).status).toBe(200);
      expect(modelCalls(own.emulator).map(({ status }) => status)).toEqual([403, 200]);
      own.emulator.clearRequests();
      // What was learned holds for the next.
      expect((await ask(own, "two", { stream: true }, noRetry)).status).toBe(200);
      expect(Math.abs(signedAt(onlyModelCall(own.emulator)) - (Date.now() + offset))).toBeLessThan(60_000);
      await own.close();
    },
  );

  test("of an endpoint that lies at each call is not followed in circles", async () => {
    const own = await openHouse();
    for (const offsetMs of [900_000, -900_000, 1_800_000]) own.emulator.faultNext({ kind: "clock", offsetMs });
    const answer = await ask(own, "hello", {}, noRetry);
    expect(answer.status, await answer.text()).toBe(403);
    expect(modelCalls(own.emulator).length).toBe(2);
    await own.close();
  });
});

describe("what an endpoint's base URL has before the path is signed as it is sent", () => {
  // Each of these is only a path to the emulator's route if it is left as it is; what counts is that the signature holds.
  test.each(["/", "//", "/a", "/a/", "/a//b", "/a%20b", "/a%2Fb", "/~a", "/a+b", "/ä"])("%s", async (path) => {
    const own = await openHouse();
    const through = await openHouse({ variables: { AWS_ENDPOINT_URL: `${own.emulator.url}${path}` } });
    const answer = await ask(through, "hello", {}, noRetry);
    await answer.text();
    const [call] = own.emulator.requests;
    expect(call, `${answer.status}`).toBeDefined();
    expect(call!.verdict).not.toMatch(/signature/i);
    expect(call!.headers["host"]).toBe(`127.0.0.1:${own.emulator.port}`);
    await through.close();
    await own.close();
  });

  test.each([
    "http://u:p@127.0.0.1:1",
    "http://127.0.0.1:1/?x=1",
    "http://127.0.0.1:1/#x",
    "ftp://127.0.0.1",
    "127.0.0.1",
    "file:///etc/passwd",
  ])("%s stops the start, and is not said back", (url) => {
    const refusal = refusalOf(() => readSettings({ AWS_ENDPOINT_URL: url }));
    expect(refusal).toMatchObject({ code: "invalid_config", param: "AWS_ENDPOINT_URL" });
    expect(refusal.describe()).not.toContain("u:p");
  });
});

test.each([
  "us.amazon.nova-lite-v1:0",
  "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
  "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
  "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
  "a model with spaces",
  "%41%2F",
  "ünï/cödé:1",
  "!*'()~-._",
])("the path of %s is encoded once on the wire, twice in the signature", async (model) => {
  await (await ask(house, "hello", { model }, noRetry)).text();
  for (const call of modelCalls(house.emulator)) {
    expect(call.verdict, call.path).not.toMatch(/signature/i);
    expect(call.path).toBe(
      `/model/${encodeURIComponent(model).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}/converse`,
    );
  }
  expect(modelCalls(house.emulator).length).toBeGreaterThan(0);
});

test("a session token is signed, and stands in the one header that AWS reads", async () => {
  const session = { accessKeyId: "ASIASESSIONSESSION00", secretAccessKey: "s".repeat(40), sessionToken: "to/ken+==" };
  house.emulator.addCredential(session);
  const fields = { aws_access_key_id: session.accessKeyId, aws_secret_access_key: session.secretAccessKey };
  const answer = await ask(house, "hello", { ...fields, aws_session_token: session.sessionToken });
  expect(answer.status).toBe(200);
  const call = onlyModelCall(house.emulator);
  expect(signedHeaders(call)).toContain("x-amz-security-token");
  expect(
    Object.entries(call.headers)
      .filter(([, value]) => value.includes(session.sessionToken))
      .map(([name]) => name),
  ).toEqual(["x-amz-security-token"]);
  house.emulator.clearRequests();
  // Nor does one request's token stay for the next.
  expect((await ask(house, "hello")).status).toBe(200);
  expect(onlyModelCall(house.emulator).headers["x-amz-security-token"]).toBeUndefined();
});

describe("an ARN of another place", () => {
  test.each([
    ["arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0", "eu-west-1"],
    [
      "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.amazon.nova-lite-v1:0",
      "us-gov-west-1",
    ],
    ["arn:aws-cn:bedrock:cn-north-1::foundation-model/amazon.nova-lite-v1:0", "cn-north-1"],
  ])("%s is signed for its own region, whatever the request says", async (model, region) => {
    const answer = await ask(
      house,
      "hello",
      { model, aws_region_name: "ap-south-1" },
      { ...noRetry, "x-portkey-aws-region": "ap-south-1" },
    );
    await answer.text();
    expect(modelCalls(house.emulator)[0]?.region).toBe(region);
  });

  test("of another partition goes to that partition's hosts, and to no other", async () => {
    const proxy = await openDecoy();
    const outside = await openHouse({ variables: { AWS_ENDPOINT_URL: undefined, HTTPS_PROXY: proxy.url } });
    for (const [region, host] of [
      ["cn-north-1", "bedrock-runtime.cn-north-1.amazonaws.com.cn"],
      ["us-gov-west-1", "bedrock-runtime.us-gov-west-1.amazonaws.com"],
      ["eu-west-1", "bedrock-runtime.eu-west-1.amazonaws.com"],
    ] as const) {
      // The partition in the ARN is the caller's word; the region decides.
      for (const partition of ["aws", "aws-cn", "aws-us-gov"]) {
        proxy.heard.length = 0;
        const model = `arn:${partition}:bedrock:${region}:123456789012:inference-profile/x`;
        await (await ask(outside, "hello", { model }, noRetry)).text();
        expect(proxy.heard.map((head) => head.split(" ")[1])).toEqual([`${host}:443`]);
      }
    }
    await outside.close();
    await proxy.close();
  });
});

test("sixty calls at one moment with three credentials: each signs its own, and every signature holds", async () => {
  const pairs = ["A", "B", "C"].map((name) => ({
    accessKeyId: `AKIARACE${name.repeat(12)}`,
    secretAccessKey: `${name.toLowerCase().repeat(40)}`,
  }));
  for (const pair of pairs) house.emulator.addCredential(pair);
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => {
      const pair = pairs[index % 3]!;
      const fields = { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey };
      return house.post(
        chatPath,
        question(`from ${pair.accessKeyId}`, { model: nova, stream: index % 2 === 0, ...fields }),
      );
    }),
  );
  for (const answer of answers) expect(answer.status, await answer.text()).toBe(200);
  const calls = modelCalls(house.emulator);
  expect(calls).toHaveLength(60);
  for (const call of calls) {
    expect(call.verdict).toBe("sigv4 ok");
    expect(call.body.toString()).toContain(`from ${call.accessKeyId}`);
  }
});
