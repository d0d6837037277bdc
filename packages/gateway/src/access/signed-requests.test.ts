/** Key pairs of the gateway's own at Bedrock's own paths: AWS's SDK signs for real, and whatever was tampered with is refused in AWS's words. */
import { request as httpRequest } from "node:http";
import { connect } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { createHash, createHmac } from "node:crypto";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { model, openHouse, operator, type House } from "../testing/house.ts";
import type { NewKeyPair } from "./key-pairs.ts";

let house: House;
let pair: NewKeyPair;
let keyId: string;
let prod: string;

beforeAll(async () => {
  house = await openHouse();
  prod = (await house.newVirtualKey("prod")).accessKeyId;
  const key = await house.newKey({ defaultVirtualKey: "prod" });
  keyId = (await house.parts.gatewayKeys.authenticate(key, "127.0.0.1")).id;
  pair = await house.parts.keyPairs.create(keyId, operator);
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const messages = [{ role: "user" as const, content: [{ text: "Good morning" }] }];
/** With what a URL must encode: AWS's SDKs sign such a path encoded twice. */
const arn = "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-lite-v1:0";

function clientOf({ keyPair, secretAccessKey }: NewKeyPair, http1: boolean): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: "us-west-2",
    endpoint: house.gateway.url,
    credentials: { accessKeyId: keyPair.accessKeyId, secretAccessKey: secretAccessKey.reveal() },
    maxAttempts: 1,
    ...(http1 && { requestHandler: new NodeHttpHandler() }),
  });
}

test("a pair is shown once, in AWS's form", () => {
  expect(pair.keyPair.accessKeyId).toMatch(/^ADIT[A-Z2-7]{16}$/);
  expect(pair.secretAccessKey.reveal()).toMatch(/^[A-Za-z0-9+/]{40}$/);
});

describe.each([
  ["HTTP/1.1", true],
  ["HTTP/2", false],
])("AWS's SDK over %s", (_name, http1) => {
  test.each([model, arn])("signs for %s, and AWS sees the virtual key's signature", async (modelId) => {
    const client = clientOf(pair, http1);
    const whole = await client.send(new ConverseCommand({ modelId, messages }));
    expect(whole.output?.message?.content?.[0]?.text).toContain("Good morning");
    const streamed = await client.send(new ConverseStreamCommand({ modelId, messages }));
    const events: string[] = [];
    for await (const event of streamed.stream ?? []) events.push(...Object.keys(event));
    expect(events).toContain("messageStop");
    client.destroy();
    expect(house.signers()).toEqual([prod, prod]);
    expect(house.emulator.requests.map(({ region }) => region)).toEqual(["us-west-2", "us-west-2"]);
  });

  test("a wrong secret and an unknown pair are thrown by AWS's names", async () => {
    const wrong = clientOf(
      { ...pair, secretAccessKey: (await house.parts.keyPairs.create(keyId, operator)).secretAccessKey },
      http1,
    );
    await expect(wrong.send(new ConverseCommand({ modelId: model, messages }))).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringContaining("The request signature we calculated does not match") as string,
    });
    const unknown = clientOf({ ...pair, keyPair: { ...pair.keyPair, accessKeyId: "ADITAAAAAAAAAAAAAAAA" } }, http1);
    await expect(unknown.send(new InvokeModelCommand({ modelId: model, body: "{}" }))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    });
    expect(house.signers()).toEqual([]);
    wrong.destroy();
    unknown.destroy();
  });
});

interface Sent {
  path: string;
  headers: Record<string, string>;
  body: string;
}

interface Signing extends Partial<Sent> {
  service?: string;
  region?: string;
  now?: number;
  sessionToken?: string;
}

/** The hash that AWS's signer asks for, by node's own. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Buffer);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

/** A request that AWS's own signer has signed. */
async function signed(changes: Signing = {}): Promise<Sent> {
  const path = changes.path ?? `/model/${encodeURIComponent(model)}/converse`;
  const body = changes.body ?? JSON.stringify({ messages });
  const host = `127.0.0.1:${house.gateway.port}`;
  const signer = new SignatureV4({
    service: changes.service ?? "bedrock",
    region: changes.region ?? "us-east-1",
    credentials: {
      accessKeyId: pair.keyPair.accessKeyId,
      secretAccessKey: pair.secretAccessKey.reveal(),
      ...(changes.sessionToken !== undefined && { sessionToken: changes.sessionToken }),
    },
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      path,
      query: { x: "1", a: "b c" },
      headers: { host, "content-type": "application/json", ...changes.headers },
      body,
    },
    { signingDate: new Date(changes.now ?? Date.now()) },
  );
  return { path: `${path}?x=1&a=b%20c`, headers, body };
}

/** The request with other headers than it was signed with. */
function withHeaders(request: Sent, headers: Record<string, string>): Sent {
  return { ...request, headers: { ...request.headers, ...headers } };
}

function withAuthorization(request: Sent, change: (text: string) => string): Sent {
  return withHeaders(request, { authorization: change(request.headers["authorization"] ?? "") });
}

async function send({ path, headers, body }: Sent): Promise<{ status: number; type: string; message: string }> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      { port: house.gateway.port, host: "127.0.0.1", method: "POST", path, headers },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => {
          const { message = "" } = JSON.parse(text) as { message?: string };
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers["x-amzn-errortype"] ?? ""),
            message,
          });
        });
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

const minute = 60_000;

describe("C21 what was changed on the way is refused, in AWS's words", () => {
  test("the request as it was signed passes, with a signed extra header and a body hash too", async () => {
    expect((await send(await signed())).status).toBe(200);
    const hash = createHash("sha256").update(JSON.stringify({ messages })).digest("hex");
    const more = { "x-amz-meta": "  two   spaces ", "x-amz-content-sha256": hash };
    expect((await send(await signed({ headers: more }))).status).toBe(200);
    // A proxy has made HTTP/1.1 of what was signed for HTTP/2.
    const forHttp2 = await signed({ headers: { ":authority": `127.0.0.1:${house.gateway.port}` } });
    delete forHttp2.headers[":authority"];
    expect((await send(forHttp2)).status).toBe(200);
  });

  test("what was signed for HTTP/1.1 passes, of which a proxy has made HTTP/2: the host is :authority there", async () => {
    const { path, headers, body } = await signed();
    const { host = "", ...others } = headers;
    const session = connect(house.gateway.url);
    const statusFor = (authority: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const call = session.request({ ":method": "POST", ":path": path, ":authority": authority, ...others });
        call.on("response", (answer) => resolve(answer[":status"]));
        call.on("error", reject);
        call.resume();
        call.end(body);
      });
    expect(await statusFor(host)).toBe(200);
    expect(await statusFor("other.example")).toBe(403);
    session.close();
  });

  const mismatch = "The request signature we calculated does not match the signature you provided.";
  const otherBody = JSON.stringify({ messages, inferenceConfig: { maxTokens: 9 } });
  test.each<[string, Signing, (request: Sent) => Sent, string]>([
    ["a body", {}, (request) => ({ ...request, body: otherBody }), mismatch],
    ["a path", {}, (request) => ({ ...request, path: request.path.replace("lite", "pro") }), mismatch],
    ["a query", {}, (request) => ({ ...request, path: request.path.replace("x=1", "x=2") }), mismatch],
    [
      "a method of the path",
      {},
      (request) => ({ ...request, path: request.path.replace("/converse", "/converse-stream") }),
      mismatch,
    ],
    ["a signed header", {}, (request) => withHeaders(request, { "content-type": "text/plain" }), mismatch],
    ["the host", {}, (request) => withHeaders(request, { host: "other.example" }), mismatch],
    [
      "the date",
      {},
      (request) =>
        withHeaders(request, {
          "x-amz-date": request.headers["x-amz-date"]?.replace(/.Z$/, (end) => (end === "0Z" ? "1Z" : "0Z")) ?? "",
        }),
      mismatch,
    ],
    ["the signature", {}, (request) => withAuthorization(request, (text) => `${text.slice(0, -4)}0000`), mismatch],
    [
      "the region of the scope",
      {},
      (request) => withAuthorization(request, (text) => text.replace("us-east-1", "us-west-2")),
      mismatch,
    ],
    [
      "a hash of another body, though it is signed",
      { headers: { "x-amz-content-sha256": "0".repeat(64) } },
      (request) => request,
      mismatch,
    ],
    [
      "a body that is signed as unsigned",
      { headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
      (request) => request,
      mismatch,
    ],
    [
      "an x-amz header more",
      {},
      (request) => withHeaders(request, { "x-amz-extra": "1" }),
      "headers present in the request which were not signed: x-amz-extra",
    ],
    [
      "a list without the host",
      {},
      (request) => withAuthorization(request, (text) => text.replace("host;", "")),
      "'Host' or ':authority' must be a 'SignedHeader'",
    ],
    [
      "another service's scope",
      { service: "s3" },
      (request) => request,
      "Credential should be scoped to correct service: 'bedrock'",
    ],
    [
      "a region that is none",
      { region: "nowhere" },
      (request) => request,
      "Credential should be scoped to a valid region",
    ],
    [
      "a day that is not the date's",
      {},
      (request) => withAuthorization(request, (text) => text.replace(/\/\d{8}\//, "/20200101/")),
      "Date in Credential scope does not match",
    ],
    [
      "a date that is none",
      {},
      (request) =>
        withHeaders(request, { "x-amz-date": request.headers["x-amz-date"]?.replace(/....Z$/, "9999Z") ?? "" }),
      "Date must be in ISO-8601",
    ],
    ["a date six minutes ago", { now: Date.now() - 6 * minute }, (request) => request, "Signature expired"],
    ["a date six minutes ahead", { now: Date.now() + 6 * minute }, (request) => request, "Signature not yet current"],
  ])("%s", async (_name, signing, change, words) => {
    const refusal = await send(change(await signed(signing)));
    expect([refusal.status, refusal.type]).toEqual([403, "InvalidSignatureException"]);
    expect(refusal.message).toContain(words);
    expect(house.emulator.requests).toEqual([]);
  });

  test("four minutes either way pass: clocks differ", async () => {
    for (const now of [Date.now() - 4 * minute, Date.now() + 4 * minute]) {
      expect((await send(await signed({ now }))).status).toBe(200);
    }
  });

  test("a session token that belongs to nothing, and a header that lacks its parts", async () => {
    expect(await send(await signed({ sessionToken: "of somebody" }))).toMatchObject({
      status: 403,
      type: "UnrecognizedClientException",
    });
    const bare = withAuthorization(await signed(), () => "AWS4-HMAC-SHA256 Credential=x");
    expect(await send(bare)).toMatchObject({ status: 403, type: "IncompleteSignatureException" });
  });
});

describe("the pair's rights are its gateway key's", () => {
  const until = async (outcome: number): Promise<void> => {
    for (let tries = 0; (await send(await signed())).status !== outcome; tries += 1) {
      expect(tries).toBeLessThan(200);
      await pause(10);
    }
  };

  test("what the key may not do, the pair may not", async () => {
    await house.parts.gatewayKeys.update(keyId, { allowedModels: ["anthropic.*"] }, operator);
    await until(403);
    expect((await send(await signed())).message).toContain(`the model ${model}`);
    await house.parts.gatewayKeys.update(keyId, { allowedModels: null }, operator);
    await until(200);
  });

  test("a pair that is switched off is unknown; so is one whose key is gone, and nothing of it stays sealed", async () => {
    await house.parts.keyPairs.setDisabled(pair.keyPair.id, true, operator);
    await until(403);
    expect(await send(await signed())).toMatchObject({ type: "UnrecognizedClientException" });
    await house.parts.keyPairs.setDisabled(pair.keyPair.id, false, operator);
    await until(200);
    await house.parts.gatewayKeys.remove(keyId, operator);
    await until(401);
    const sealed = await house.parts.store.read((db) =>
      db.selectFrom("sealedRecords").select("recordId").where("kind", "=", "access_key_pair").execute(),
    );
    expect(sealed).toEqual([]);
  });
});

test("other paths take no signature", async () => {
  const refusal = await send(await signed({ path: "/v1/chat/completions" }));
  expect(refusal.status).toBe(401);
});
