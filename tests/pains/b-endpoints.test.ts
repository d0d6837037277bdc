/** Hosts other than AWS's public ones are signed as they are called, and frames may come in any pieces. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, describe, expect, test } from "vitest";
import { readSettings } from "../../packages/gateway/src/settings.ts";
import { answerOf, ask, nova, refusalOf } from "../support/asking.ts";
import { openHouse, type House, type HouseOptions } from "../support/house.ts";
import {
  openKeepingEndpoint,
  openTunnelProxy,
  type KeptRequest,
  type TunnelProxy,
} from "../support/recording-server.ts";
import { modelCalls, onlyModelCall } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

const open: { close: () => Promise<void> }[] = [];
afterAll(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
function kept<T extends { close: () => Promise<void> }>(each: T): T {
  open.push(each);
  return each;
}
const openKept = async (options: HouseOptions): Promise<House> => kept(await openHouse(options));

/** A house that reaches `endpoint`, a host that does not exist, through a proxy that leads to the emulator. */
async function behind(endpoint: string): Promise<{ house: House; proxy: TunnelProxy }> {
  const proxy = kept(await openTunnelProxy());
  const house = await openKept({
    variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint, HTTP_PROXY: `http://127.0.0.1:${proxy.port}` },
  });
  proxy.target = house.emulator.port;
  return { house, proxy };
}

describe("B30 the Host header that is signed is the one that is sent", () => {
  test.each([
    [
      "http://vpce-0a1b2c3d-4e5f.bedrock-runtime.us-east-1.vpce.amazonaws.com",
      "vpce-0a1b2c3d-4e5f.bedrock-runtime.us-east-1.vpce.amazonaws.com",
    ],
    ["http://bedrock.internal.example:8080", "bedrock.internal.example:8080"],
    ["http://bedrock.internal.example:80", "bedrock.internal.example"],
    ["http://BEDROCK.Internal.Example", "bedrock.internal.example"],
  ])("B30 %s", async (endpoint, host) => {
    const { house, proxy } = await behind(endpoint);
    await answerOf(await ask(house, "Hello"));
    expect((await readChat(await ask(house, "Hello", { stream: true }))).endsWithDone).toBe(true);
    expect(modelCalls(house.emulator).map(({ headers, verdict }) => [headers["host"], verdict])).toEqual([
      [host, "sigv4 ok"],
      [host, "sigv4 ok"],
    ]);
    expect(new Set(proxy.asked)).toEqual(new Set([host.includes(":") ? host : `${host}:80`]));
  });

  test("B30 the region signs, whatever the host", async () => {
    const { house } = await behind("http://gateway.example:9000");
    await answerOf(
      await ask(house, "Hello", { model: "eu.amazon.nova-lite-v1:0" }, { "x-adit-aws-region": "eu-west-3" }),
    );
    expect(onlyModelCall(house.emulator).region).toBe("eu-west-3");
  });

  test("B30 a base path is sent and signed", async () => {
    const reply = {
      output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    };
    const endpoint = kept(await openKeepingEndpoint(200, reply));
    for (const base of ["/bedrock", "/a/b%20c/"]) {
      endpoint.requests.length = 0;
      const house = await openKept({
        variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${endpoint.port}${base}` },
      });
      const answer = await answerOf(await ask(house, "Hello"));
      expect(answer.choices[0]?.message.content).toBe("Hi");
      const request = endpoint.requests[0]!;
      expect(request.path).toBe(`${base.replace(/\/$/, "")}/model/${encodeURIComponent(nova)}/converse`);
      expect(request.headers.host).toBe(`127.0.0.1:${endpoint.port}`);
      expect(request.headers.authorization).toBe(await signedByAws(request, house));
    }
  });
});

/** What AWS's own signer writes for a request as it came. */
async function signedByAws(request: KeptRequest, house: House): Promise<string> {
  const { accessKeyId, secretAccessKey } = house.emulator.credential;
  const signer = new SignatureV4({
    service: "bedrock",
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  });
  const date = request.headers["x-amz-date"] as string;
  const listed = /SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? "")?.[1]?.split(";") ?? [];
  const headers = Object.fromEntries(listed.map((name) => [name, String(request.headers[name])]));
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path: request.path,
      headers,
      body: request.body,
    },
    {
      signingDate: new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z")),
      unsignableHeaders: new Set(),
    },
  );
  return signed.headers["authorization"] ?? "";
}

describe("B30 AWS's own hosts", () => {
  test.each([
    ["us-east-1", {}, "bedrock-runtime.us-east-1.amazonaws.com"],
    ["us-east-1", { AWS_USE_FIPS_ENDPOINT: "true" }, "bedrock-runtime-fips.us-east-1.amazonaws.com"],
    ["eu-west-1", { AWS_USE_DUALSTACK_ENDPOINT: "true" }, "bedrock-runtime.eu-west-1.api.aws"],
    ["us-gov-west-1", {}, "bedrock-runtime.us-gov-west-1.amazonaws.com"],
    ["cn-north-1", {}, "bedrock-runtime.cn-north-1.amazonaws.com.cn"],
    ["eusc-de-east-1", {}, "bedrock-runtime.eusc-de-east-1.amazonaws.eu"],
  ])("B30 %s with %j: the proxy is asked for the right one", async (region, more, host) => {
    const proxy = kept(await openTunnelProxy());
    const house = await openKept({
      variables: { AWS_ENDPOINT_URL: undefined, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, ...more },
    });
    const config = { "x-adit-config": JSON.stringify({ retry: { attempts: 0 } }), "x-adit-aws-region": region };
    const refusal = await refusalOf(await ask(house, "Hello", {}, config));
    expect(refusal).toMatchObject({ status: 503, code: "upstream_unreachable" });
    expect(refusal.message).toContain(`https://${host}`);
    expect(proxy.asked).toEqual([`${host}:443`]);
    expect(house.emulator.requests).toHaveLength(0);
  });

  test.each([
    ["AWS_USE_FIPS_ENDPOINT", "FIPS"],
    ["AWS_USE_DUALSTACK_ENDPOINT", "Dualstack"],
  ])("B30 %s beside a custom endpoint is AWS's own error, and stops the start", (name, words) => {
    expect(() => readSettings({ AWS_ENDPOINT_URL: "http://127.0.0.1:1", [name]: "true" })).toThrow(
      expect.objectContaining({
        code: "invalid_config",
        param: name,
        message: `Invalid Configuration: ${words} and custom endpoint are not supported`,
      }),
    );
  });
});

describe.concurrent("B30 frames in pieces", () => {
  test.each([1, 3, 7, 13])("B30 pieces of %i bytes, lengths and checksums cut too", async (bytes) => {
    const house = await openKept({});
    const plain = await readChat(await ask(house, "Grüße, 日本 😀", { stream: true }));
    house.emulator.faultNext({ kind: "drip", bytes, everyMs: 0 });
    const dripped = await readChat(await ask(house, "Grüße, 日本 😀", { stream: true }));
    expect(dripped.endsWithDone).toBe(true);
    expect(dripped.text).toBe(plain.text);
    expect(dripped.text).toContain("Grüße, 日本 😀");
  });
});
