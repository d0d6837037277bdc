/** C10, U12: secrets in every place that takes one, through every way a call can go; looked for in all that comes out. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chatPath, nova, question } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { canaries, upstreamBodies, upstreamHeaders, wholeText } from "./canaries.ts";
import { openHostile, type Decoy } from "./decoy.ts";

const secrets = canaries();
const adminKey = secrets.of("admin key");
const server = {
  accessKeyId: "AKIASERVERSERVER0000",
  secretAccessKey: secrets.of("AWS_SECRET_ACCESS_KEY"),
  sessionToken: secrets.of("AWS_SESSION_TOKEN"),
};
const pair = { accessKeyId: "AKIAREQUESTREQUEST00", secretAccessKey: secrets.of("secret of the request") };
const session = {
  accessKeyId: "ASIAREQUESTREQUEST00",
  secretAccessKey: secrets.of("secret of the session"),
  sessionToken: secrets.of("session token"),
};
const apiKey = `ABSK${secrets.of("long-term Bedrock API key")}`;
const foreignKey = secrets.of("key of another provider");

let house: House;
let foreign: Decoy;
beforeAll(async () => {
  // A host that repeats what it was sent, in words and in a header.
  foreign = await openHostile((socket, head) => {
    const said = JSON.stringify({ error: { message: `${"x".repeat(1_980)} no: ${head.replace(/\r\n/g, " ")}` } });
    socket.end(
      `HTTP/1.1 401 No\r\ncontent-type: application/json\r\ncontent-length: ${said.length}\r\nconnection: close\r\n\r\n${said}`,
    );
  });
  house = await openHouse({
    emulator: { credentials: [server, pair, session], apiKeys: [apiKey] },
    variables: {
      ADIT_ADMIN_KEY: adminKey,
      ADIT_LOG_LEVEL: "trace",
      ADIT_CUSTOM_HOSTS: foreign.url,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_SESSION_TOKEN: server.sessionToken,
      AWS_WEB_IDENTITY_TOKEN: secrets.of("an environment's web identity token"),
    },
  });
});
afterAll(async () => {
  await house.close();
  await foreign.close();
});
beforeEach(() => {
  house.emulator.clearRequests();
  foreign.heard.length = 0;
});

interface Ask {
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
}

const config = (value: object): Record<string, string> => ({ "x-portkey-config": JSON.stringify(value) });
const roleArn = "arn:aws:iam::123456789012:role/reader";
/** Each form of U3, its secret being a canary that the emulator knows. */
const good: [string, Ask][] = [
  ["the server's own chain", {}],
  ["aws_* in the body", { body: { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey, aws_region_name: "us-east-1" } }],
  ["camelCase in the body", { body: { awsAccessKeyId: session.accessKeyId, awsSecretAccessKey: session.secretAccessKey, awsSessionToken: session.sessionToken } }],
  ["customer_credentials", { body: { customer_credentials: { bedrock: { access_key_id: pair.accessKeyId, secret_access_key: pair.secretAccessKey } } } }],
  ["weighted customer_credentials", { body: { customer_credentials: [{ weight: 1, credentials: { bedrock: { access_key: session.accessKeyId, secret_key: session.secretAccessKey, session_token: session.sessionToken } } }] } }],
  ["credential_override", { body: { credential_override: { [nova]: { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey } } } }],
  ["credential_override by pattern", { body: { credential_override: { "us.*": { api_key: apiKey } } } }],
  ["api_key in customer_credentials", { body: { customer_credentials: { bedrock: { api_key: apiKey } } } }],
  ["AWS_BEARER_TOKEN_BEDROCK", { body: { customer_credentials: { bedrock: { AWS_BEARER_TOKEN_BEDROCK: apiKey } } } }],
  ["Portkey's headers", { headers: { "x-portkey-aws-access-key-id": session.accessKeyId, "x-portkey-aws-secret-access-key": session.secretAccessKey, "x-portkey-aws-session-token": session.sessionToken } }],
  ["Obiguard's headers", { headers: { "x-obiguard-aws_access_key_id": pair.accessKeyId, "x-obiguard-aws_secret_access_key": pair.secretAccessKey } }],
  ["Authorization behind a vendor's key", { headers: { "x-portkey-api-key": adminKey, authorization: `Bearer ${apiKey}` } }],
  ["x-api-key behind a vendor's key", { headers: { "x-obiguard-api-key": adminKey, authorization: "", "x-api-key": apiKey } }],
  ["the config", { headers: config({ aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey }) }],
  ["a config's api_key", { headers: config({ provider: "bedrock", api_key: apiKey }) }],
  ["a target of the config", { headers: config({ strategy: { mode: "fallback" }, targets: [{ awsAccessKeyId: session.accessKeyId, awsSecretAccessKey: session.secretAccessKey, awsSessionToken: session.sessionToken }] }) }],
  ["a role by headers", { headers: { "x-portkey-aws-role-arn": roleArn, "x-portkey-aws-external-id": secrets.of("external id") } }],
  ["a role with its source", { body: { customer_credentials: { bedrock: { role_arn: roleArn, external_id: secrets.of("external id 2"), access_key_id: pair.accessKeyId, secret_access_key: pair.secretAccessKey } } } }],
]; // prettier-ignore

function send(
  { body, headers }: Ask,
  more: Record<string, unknown> = {},
  others: Record<string, string> = {},
): Promise<Response> {
  const key = headers?.["authorization"] === undefined ? { authorization: `Bearer ${adminKey}` } : {};
  return house.post(chatPath, question("hello", { ...body, ...more }), { ...key, ...headers, ...others });
}

/** Looks everywhere but at the two headers that carry a credential's proof to AWS. */
function expectSilence(answers: readonly string[]): void {
  for (const answer of answers) secrets.expectNoneIn(answer, "an answer");
  secrets.expectNoneIn(JSON.stringify(house.logLines()), "the log");
  // An external id is STS's to know, as a parameter of AssumeRole.
  const bodies = upstreamBodies(house).replace(/ExternalId=[^&\n]*/g, "");
  secrets.expectNoneIn(bodies, "a body or a path upstream");
  secrets.expectNoneIn(upstreamHeaders(house), "a header upstream");
  for (const { headers } of house.emulator.requests) {
    const { authorization = "" } = headers;
    // A bearer key stands there by its nature; no other secret, and no key that is not AWS's.
    if (authorization === `Bearer ${apiKey}`) continue;
    secrets.expectNoneIn(authorization, "a signature");
  }
}

describe.each(good)("%s", (name, place) => {
  test("on success, whole and streamed", async () => {
    const answers: string[] = [];
    for (const stream of [false, true]) {
      const answer = await send(place, { stream });
      answers.push(await wholeText(answer));
      expect(answer.status, answers.at(-1)).toBe(200);
    }
    expectSilence(answers);
    for (const call of house.emulator.requests) expect(call.verdict).toMatch(/ ok$/);
  });

  const refusals = [
    "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException", "SignatureDoesNotMatch",
    "ThrottlingException", "ValidationException", "ServiceUnavailableException", "InternalServerException", "ModelErrorException",
  ]; // prettier-ignore
  test("through every refusal, in whose words AWS repeats what it was sent", async () => {
    await (await send(place)).text();
    // Only what signed the call can stand in AWS's words.
    const { headers } = house.emulator.requests.find(({ operation }) => operation === "Converse")!;
    const token =
      headers["x-amz-security-token"] ?? headers["authorization"]!.replace(/^(Bearer|AWS4-HMAC-SHA256) /, "");
    const isSecret = !token.startsWith("Credential=");
    const message = `The Canonical String for this request should have been 'POST\n/model/m/converse\nx-amz-security-token:${token}'`;
    const answers: string[] = [];
    // Expired sessions of a role are mended by a new one, and the call goes on.
    const told = refusals.filter((type) => type !== "ExpiredTokenException" || !name.startsWith("a role"));
    for (const type of told) {
      for (const stream of [false, true]) {
        house.emulator.faultNext({ kind: "refuse", operation: "Converse*", type, message });
        const answer = await wholeText(await send(place, { stream }, config0(place)));
        expect(answer).toMatch(/^[45]/);
        expect(answer).toContain("The Canonical String");
        expect(answer.includes(token), answer).toBe(!isSecret);
        expect(answer.includes("[secret]")).toBe(isSecret);
        answers.push(answer);
      }
    }
    expectSilence(answers);
  });
});

/** The place's own config, if it has one, without retries: nobody waits for them here. */
function config0(place: Ask): Record<string, string> {
  const own = place.headers?.["x-portkey-config"];
  if (own?.endsWith("}") !== true) return own === undefined ? config({ retry: { attempts: 0 } }) : {};
  return config({ retry: { attempts: 0 }, ...(JSON.parse(own) as object) });
}

describe("what is wrong, half or unknown", () => {
  const bad: [string, Ask][] = [
    ["a secret without its id", { body: { aws_secret_access_key: secrets.of("half, body") } }],
    ["a secret without its id, in headers", { headers: { "x-portkey-aws-secret-access-key": secrets.of("half, headers") } }],
    ["a secret as a list", { body: { aws_access_key_id: "AKIA", aws_secret_access_key: [secrets.of("in a list")] } }],
    ["a secret as an object", { body: { customer_credentials: { bedrock: { aws_access_key_id: "AKIA", aws_secret_access_key: { v: secrets.of("in an object") } } } } }],
    ["a secret with a space", { body: { aws_access_key_id: "AKIA", aws_secret_access_key: `${secrets.of("with a space")} x` } }],
    ["a secret that AWS does not know", { body: { aws_access_key_id: "AKIAUNKNOWN", aws_secret_access_key: secrets.of("unknown") } }],
    ["a wrong secret", { body: { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: secrets.of("wrong") } }],
    ["a wrong token", { body: { aws_access_key_id: session.accessKeyId, aws_secret_access_key: session.secretAccessKey, aws_session_token: secrets.of("wrong token") } }],
    ["a token alone", { headers: { "x-portkey-aws-session-token": secrets.of("token alone") } }],
    ["a wrong API key", { body: { customer_credentials: { bedrock: { api_key: `ABSK${secrets.of("wrong API key")}` } } } }],
    ["a short-term key that is none", { body: { customer_credentials: { bedrock: { api_key: `bedrock-api-key-${secrets.of("short-term")}` } } } }],
    ["customer_credentials as text", { body: { customer_credentials: secrets.of("customer_credentials as text") } }],
    ["credential_override as text", { body: { credential_override: secrets.of("credential_override as text") } }],
    ["an override as text", { body: { credential_override: { m: secrets.of("override as text") } } }],
    ["a config that is no JSON", { headers: { "x-portkey-config": `{"aws_secret_access_key":"${secrets.of("broken config")}"` } }],
    ["a config with a wrong member", { headers: config({ retry: secrets.of("in retry"), api_key: secrets.of("beside it") }) }],
    ["a config with hooks", { headers: config({ api_key: secrets.of("with hooks"), before_request_hooks: [] }) }],
    ["a wrong strategy", { headers: config({ strategy: { mode: secrets.of("as a mode") }, targets: [{}] }) }],
    ["metadata that is no JSON", { headers: { "x-portkey-metadata": `{"a":"${secrets.of("broken metadata")}"` } }],
    ["a wrong gateway key", { headers: { authorization: `Bearer ${secrets.of("wrong gateway key")}` } }],
    ["a wrong x-api-key", { headers: { authorization: "", "x-api-key": secrets.of("wrong x-api-key") } }],
    ["Basic", { headers: { authorization: `Basic ${Buffer.from(`u:${secrets.of("basic")}`).toString("base64")}` } }],
    ["a role that may not be assumed", { body: { customer_credentials: { bedrock: { role_arn: "arn:aws:iam::999999999999:role/x", external_id: secrets.of("external id 3") } } } }],
    ["a host with a password", { headers: config({ custom_host: `https://u:${secrets.of("password of a host")}@example.com` }) }],
    ["an image with a password", { body: { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `https://u:${secrets.of("password of an image")}@example.com/a.png?sig=${secrets.of("signed address")}` } }] }] } }],
    ["an image that is a secret", { body: { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: secrets.of("in the wrong field") } }] }] } }],
  ]; // prettier-ignore
  test.each(bad)("%s", async (_name, place) => {
    const answers: string[] = [];
    for (const stream of [false, true]) {
      const answer = await send(place, { stream }, config0(place));
      answers.push(await wholeText(answer));
      expect(answer.status, answers.at(-1)).toBeGreaterThanOrEqual(400);
      expect(answer.status, answers.at(-1)).toBeLessThan(500);
    }
    for (const answer of answers) secrets.expectNoneIn(answer, "an answer");
    secrets.expectNoneIn(JSON.stringify(house.logLines()), "the log");
    secrets.expectNoneIn(upstreamBodies(house).replace(/ExternalId=[^&\n]*/g, ""), "a body upstream");
  });

  test.each([
    ["cut", `{"model":"m","aws_secret_access_key":"${secrets.of("broken body")}"`],
    ["a stray word", `{"model":"m","messages":[],"aws_secret_access_key":${secrets.of("bare word")}}`],
    ["a control character", `{"api_key":"${secrets.of("control")}\n"}`],
    ["no object", JSON.stringify([secrets.of("list")])],
    ["a wrong type", JSON.stringify({ model: { aws_secret_access_key: secrets.of("as a model") }, messages: [] })],
    ["a wrong role", JSON.stringify({ model: nova, messages: [{ role: secrets.of("as a role"), content: "x" }] })],
    [
      "a wrong part",
      JSON.stringify({ model: nova, messages: [{ role: "user", content: [{ type: secrets.of("as a type") }] }] }),
    ],
  ])("a body that is %s", async (_name, body) => {
    const answer = await house.post(chatPath, body, { authorization: `Bearer ${adminKey}` });
    const text = await wholeText(answer);
    expect(answer.status).toBe(400);
    secrets.expectNoneIn(JSON.stringify(house.logLines()), "the log");
    // The caller may see its own role and type again; a credential's field never.
    if (!text.includes("CANARY") || !/as a (role|type)|asarole|asatype/.test(text))
      secrets.expectNoneIn(text, "an answer");
  });
});

describe("a stream that fails", () => {
  test.each([
    [{ kind: "exception", frame: 2, type: "throttlingException" }],
    [{ kind: "error-frame", frame: 2 }],
    [{ kind: "crc", frame: 2 }],
    [{ kind: "cut", frame: 2, bytes: 9 }],
    [{ kind: "cut", frame: 2, end: "close" }],
    [{ kind: "reset", frame: 2 }],
  ] as const)("%j", async (fault) => {
    const answers: string[] = [];
    for (const [, place] of good.slice(0, 8)) {
      house.emulator.faultNext({ ...fault, operation: "ConverseStream" });
      answers.push(await wholeText(await send(place, { stream: true })));
    }
    for (const text of answers) expect(text).toMatch(/event: error/);
    expectSilence(answers);
  });
});

describe("a fallback from one provider to another", () => {
  const targets = [
    { provider: "openai", api_key: foreignKey, custom_host: "" },
    {
      provider: "bedrock",
      aws_access_key_id: pair.accessKeyId,
      aws_secret_access_key: pair.secretAccessKey,
      aws_session_token: undefined,
    },
  ];
  const withTargets = (order: readonly number[]): Record<string, string> =>
    config({
      strategy: { mode: "fallback" },
      retry: { attempts: 0 },
      targets: order.map((index) => ({ ...targets[index], ...(index === 0 && { custom_host: `${foreign.url}/v1` }) })),
    });

  test("gives neither what is the other's, and the words of who refused hold no key, not even a part of it", async () => {
    const answers: string[] = [];
    const body = { aws_session_token: undefined, customer_credentials: undefined };
    for (const stream of [false, true]) {
      answers.push(await wholeText(await send({ body, headers: withTargets([0, 1]) }, { stream })));
      answers.push(await wholeText(await send({ body, headers: withTargets([0]) }, { stream })));
      house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", operation: "Converse*" });
      answers.push(await wholeText(await send({ body, headers: withTargets([1, 0]) }, { stream })));
    }
    expectSilence(answers);
    expect(foreign.heard.length).toBe(6);
    for (const head of foreign.heard) {
      expect(head).toContain(`authorization: Bearer ${foreignKey}`);
      secrets.expectNoneIn(head.replace(`authorization: Bearer ${foreignKey}`, ""), "what the other provider heard");
      expect(head).not.toContain(pair.accessKeyId);
    }
  });

  test("takes the credentials of the request out of the body that the other provider gets", async () => {
    const body = {
      customer_credentials: { bedrock: { access_key_id: pair.accessKeyId, secret_access_key: pair.secretAccessKey } },
      credential_override: { "*": { api_key: apiKey } },
      aws_access_key_id: pair.accessKeyId,
      aws_secret_access_key: pair.secretAccessKey,
      awsSessionToken: session.sessionToken,
    };
    const override_params = { ...body, aws_bearer_token_bedrock: apiKey };
    const heard: string[] = [];
    const listener = await openHostile((socket, head) => {
      heard.push(head);
      socket.on("data", (bytes: Buffer) => void heard.push(bytes.toString("utf8")));
      setTimeout(() => socket.end("HTTP/1.1 400 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"), 50);
    });
    const other = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: listener.url, ADIT_ADMIN_KEY: adminKey } });
    const target = {
      provider: "openai",
      api_key: foreignKey,
      custom_host: listener.url,
      override_params,
      retry: { attempts: 0 },
    };
    const answer = await other.post(chatPath, question("hello", body), {
      authorization: `Bearer ${adminKey}`,
      ...config(target),
    });
    secrets.expectNoneIn(await wholeText(answer), "the answer");
    expect(heard.join("")).toContain("hello");
    secrets.expectNoneIn(heard.join("").replaceAll(foreignKey, ""), "what the other provider heard");
    secrets.expectNoneIn(JSON.stringify(other.logLines()), "the log");
    await other.close();
    await listener.close();
  });
});

test("the routes that ask AWS for models tell nothing either", async () => {
  const answers: string[] = [];
  for (const [, place] of good) {
    const key = place.headers?.["authorization"] === undefined ? { authorization: `Bearer ${adminKey}` } : {};
    const answer = await fetch(`${house.gateway.url}/v1/models?secret=${secrets.of("a query")}`, {
      headers: { ...key, ...place.headers },
    });
    answers.push(await wholeText(answer));
  }
  expect(answers.filter((answer) => answer.startsWith("5"))).toEqual([]);
  expectSilence(answers);
});
