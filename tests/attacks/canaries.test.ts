/** C10, U12: secrets in every place that takes one, through every way a call can go; looked for in all that comes out. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chatPath, nova, question } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { wholeText } from "./canaries.ts";
import {
  adminKey,
  apiKey,
  bad,
  config,
  expectNoneShown,
  expectSilence,
  expectSilentLog,
  foreignKey,
  good,
  openCanaryHouse,
  pair,
  secrets,
  session,
  withoutRetries,
  type Ask,
} from "./canary-places.ts";
import { openHostile, type Decoy } from "./decoy.ts";

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
  house = await openCanaryHouse({ ADIT_CUSTOM_HOSTS: foreign.url });
});
afterAll(async () => {
  expectSilentLog(house);
  await house.close();
  await foreign.close();
});
beforeEach(() => {
  house.emulator.clearRequests();
  foreign.heard.length = 0;
});

function send(
  { body, headers }: Ask,
  more: Record<string, unknown> = {},
  others: Record<string, string> = {},
): Promise<Response> {
  const key = headers?.["authorization"] === undefined ? { authorization: `Bearer ${adminKey}` } : {};
  return house.post(chatPath, question("hello", { ...body, ...more }), { ...key, ...headers, ...others });
}

describe.each(good)("%s", (name, place) => {
  test("on success, whole and streamed", async () => {
    const answers: string[] = [];
    for (const stream of [false, true]) {
      const answer = await send(place, { stream });
      answers.push(await wholeText(answer));
      expect(answer.status, answers.at(-1)).toBe(200);
    }
    expectSilence(house, answers);
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
        const answer = await wholeText(await send(place, { stream }, withoutRetries(place)));
        expect(answer).toMatch(/^[45]/);
        expect(answer).toContain("The Canonical String");
        expect(answer.includes(token), answer).toBe(!isSecret);
        expect(answer.includes("[secret]")).toBe(isSecret);
        answers.push(answer);
      }
    }
    expectSilence(house, answers);
  });
});

describe("what is wrong, half or unknown", () => {
  test.each(bad)("%s", async (_name, place) => {
    const answers: string[] = [];
    for (const stream of [false, true]) {
      const answer = await send(place, { stream }, withoutRetries(place));
      answers.push(await wholeText(answer));
      expect(answer.status, answers.at(-1)).toBeGreaterThanOrEqual(400);
      expect(answer.status, answers.at(-1)).toBeLessThan(500);
    }
    expectNoneShown(house, answers);
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
    expectSilence(house, answers);
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
    expectSilence(house, answers);
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
      retry: { attempts: 0 },
    };
    const ask = (asked: object): Promise<Response> =>
      other.post(chatPath, question("hello", body), { authorization: `Bearer ${adminKey}`, ...config(asked) });
    for (const params of ["override_params", "default_params"]) {
      const misplaced = await ask({ ...target, [params]: override_params });
      expect(misplaced.status).toBe(400);
      secrets.expectNoneIn(await wholeText(misplaced), "the refusal");
    }
    expect(heard).toEqual([]);
    secrets.expectNoneIn(await wholeText(await ask(target)), "the answer");
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
  expectSilence(house, answers);
});
