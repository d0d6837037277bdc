/** C1, C2, C11: nothing that a request says changes the host, the path or the signature of a call to AWS. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, chatPath, nova, question } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { signedHeaders } from "../support/seen.ts";
import { openDecoy, type Decoy } from "./decoy.ts";

let house: House;
let decoy: Decoy;
beforeAll(async () => {
  decoy = await openDecoy();
  house = await openHouse();
});
afterEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  await decoy.close();
});

/** Names under which gateways and clients take an address of a host. */
const names = [
  "api_base", "apiBase", "base_url", "baseUrl", "baseURL", "base-url", "endpoint", "endpoint_url", "endpointUrl",
  "custom_host", "customHost", "custom-host", "custom_Host", "host", "Host", "url", "uri", "target", "target_url",
  "aws_bedrock_runtime_endpoint", "awsBedrockRuntimeEndpoint", "aws_sts_endpoint", "aws_endpoint_url", "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "aws_host", "region_host", "proxy", "http_proxy", "HTTPS_PROXY", "callback_url",
  "webhook_url", "success_callback", "openai_api_base", "azure_endpoint", "api_url", "server_url", "gateway_url",
]; // prettier-ignore

type Placement = [
  string,
  (name: string, url: string) => { body?: object; headers?: Record<string, string>; config?: object },
];

const bodyPlaces: Placement[] = [
  ["the body", (name, url) => ({ body: { [name]: url } })],
  ["extra_body", (name, url) => ({ body: { extra_body: { [name]: url } } })],
  ["extra_headers", (name, url) => ({ body: { extra_headers: { [name]: url }, headers: { [name]: url } } })],
  ["user_config, deep", (name, url) => ({ body: { user_config: { model_list: [{ litellm_params: { [name]: url } }] } } })],
  ["metadata", (name, url) => ({ body: { metadata: { [name]: url } } })],
  ["metadata, deep", (name, url) => ({ body: { metadata: { a: { b: [{ [name]: url }] } } } })],
  ["a message", (name, url) => ({ body: { messages: [{ role: "user", content: "hi", [name]: url }] } })],
  ["a part", (name, url) => ({ body: { messages: [{ role: "user", content: [{ type: "text", text: "hi", [name]: url }] }] } })],
  ["customer_credentials", (name, url) => ({ body: { customer_credentials: { [name]: url } } })],
  ["customer_credentials.bedrock", (name, url) => ({ body: { customer_credentials: { bedrock: { ...pair(), [name]: url } } } })],
  ["weighted customer_credentials", (name, url) => ({
    body: { customer_credentials: [{ weight: 1, [name]: url, credentials: { bedrock: { ...pair(), [name]: url } } }] },
  })],
  ["credential_override", (name, url) => ({ body: { credential_override: { "*": { ...pair(), [name]: url } } } })],
  ["additionalModelRequestFields", (name, url) => ({ body: { additionalModelRequestFields: { [name]: url } } })],
  ["response_format", (name, url) => ({ body: { response_format: { type: "text", [name]: url } } })],
  ["stream_options", (name, url) => ({ body: { stream: true, stream_options: { [name]: url } } })],
]; // prettier-ignore

const configPlaces: Placement[] = [
  ["the config", (name, url) => ({ config: { [name]: url } })],
  ["a target", (name, url) => ({ config: { strategy: { mode: "fallback" }, targets: [{ [name]: url }, { [name]: url }] } })],
  ["a target's target", (name, url) => ({
    config: { strategy: { mode: "single" }, targets: [{ strategy: { mode: "loadbalance" }, targets: [{ [name]: url }] }] },
  })],
  ["override_params", (name, url) => ({ config: { override_params: { [name]: url } } })],
  ["override_params, as credentials", (name, url) => ({
    config: { override_params: { customer_credentials: { bedrock: { ...pair(), [name]: url } }, credential_override: { "*": { [name]: url } } } },
  })],
  ["overrideParams, deep", (name, url) => ({ config: { overrideParams: { extra_body: { [name]: url } } } })],
  ["the strategy and the retry", (name, url) => ({
    config: { strategy: { mode: "single", [name]: url }, retry: { attempts: 0, [name]: url }, targets: [{}] },
  })],
]; // prettier-ignore

const headerPlaces: Placement[] = ["adit", "portkey", "obiguard"].flatMap((vendor): Placement[] => [
  [`x-${vendor}-`, (name, url) => ({ headers: { [`x-${vendor}-${name}`]: url } })],
  [`x-${vendor}- in hyphens`, (name, url) => ({ headers: { [`x-${vendor}-${hyphened(name)}`]: url } })],
  [`x-${vendor}-${vendor}-`, (name, url) => ({ headers: { [`x-${vendor}-${vendor}-${hyphened(name)}`]: url } })],
  [`x-${vendor}_`, (name, url) => ({ headers: { [`x-${vendor}_${name}`]: url, [`x_${vendor}_${name}`]: url } })],
]);

function hyphened(name: string): string {
  return name
    .replaceAll("_", "-")
    .replace(/[a-z](?=[A-Z])/g, "$&-")
    .toLowerCase();
}

function pair(): Record<string, string> {
  const { accessKeyId, secretAccessKey } = house.emulator.credential;
  return { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey };
}

function send(placed: ReturnType<Placement[1]>): Promise<Response> {
  const headers = {
    ...placed.headers,
    ...(placed.config === undefined ? {} : { "x-portkey-config": JSON.stringify(placed.config) }),
  };
  return house.post(chatPath, question("hello", placed.body as Record<string, unknown>), headers);
}

/** All that reached the emulator went to its own address, to the model's path, signed over no header of the caller's. */
function expectUntouchedCalls(): void {
  for (const call of house.emulator.requests) {
    expect(call.headers["host"]).toBe(new URL(house.emulator.url).host);
    expect(call.path).toMatch(/^\/model\/us\.amazon\.nova-lite-v1%3A0\/converse(-stream)?$/);
    expect(call.verdict).toBe("sigv4 ok");
    expect(call.region).toBe("us-east-1");
    for (const name of signedHeaders(call)) expect(["accept", "content-type", "host", "x-amz-date"]).toContain(name);
    expect(JSON.stringify(call.headers)).not.toContain(decoy.url);
  }
}

describe.each([...bodyPlaces, ...configPlaces, ...headerPlaces])("an address in %s", (_place, placed) => {
  test("reaches nobody", async () => {
    const answers = await Promise.all(names.map((name) => send(placed(name, decoy.url))));
    for (const [index, answer] of answers.entries()) {
      // Left out, or refused with its path; never a fault.
      expect([200, 400], `${names[index]}: ${await answer.text()}`).toContain(answer.status);
    }
    expect(decoy.heard).toEqual([]);
    expectUntouchedCalls();
  });
});

test("where a host is asked for by a name that is known, the request is refused, and nothing is sent at all", async () => {
  const places: ReturnType<Placement[1]>[] = [
    { config: { custom_host: decoy.url } },
    { config: { customHost: decoy.url } },
    { config: { provider: "openai", api_key: "k", custom_host: `${decoy.url}/v1` } },
    { config: { strategy: { mode: "fallback" }, targets: [{}, { custom_host: decoy.url }] } },
    { headers: { "x-portkey-custom-host": decoy.url } },
    { headers: { "x-obiguard-custom_host": decoy.url } },
    { headers: { "x-adit-custom-host": decoy.url } },
    { body: { customer_credentials: { bedrock: { ...pair(), aws_bedrock_runtime_endpoint: decoy.url } } } },
    { body: { aws_bedrock_runtime_endpoint: decoy.url } },
    { body: { ...pair(), aws_sts_endpoint: decoy.url } },
  ];
  for (const place of places) {
    const answer = await send(place);
    expect(answer.status, JSON.stringify(place)).toBe(400);
    expect(await answer.text()).not.toContain(decoy.url);
  }
  expect(house.emulator.requests).toEqual([]);
  expect(decoy.heard).toEqual([]);
});

describe("an operator who allows one origin", () => {
  let allowing: House;
  let allowed: Decoy;
  beforeAll(async () => {
    allowed = await openDecoy();
    allowing = await openHouse({
      variables: { ADIT_CUSTOM_HOSTS: `${allowed.url},https://api.example.com,http://127.0.0.1` },
    });
  });
  afterAll(async () => {
    await allowing.close();
    await allowed.close();
  });

  const neighbours = (): string[] => {
    const { port } = allowed;
    return [
      decoy.url, `http://localhost:${port}`, `http://127.0.0.1:${port}@127.0.0.1:${decoy.port}`,
      `http://u:p@127.0.0.1:${port}`, `http://u@127.0.0.1:${port}/`, `https://127.0.0.1:${port}`,
      `http://127.1.1.1:${port}`, `http://[::ffff:127.0.0.1]:${port}`, `blob:${allowed.url}/x`, "blob:https://api.example.com/x",
      "BLOB:https://api.example.com", "blob:http://127.0.0.1/x", `blob:${decoy.url}`, `ws://127.0.0.1:${port}`,
      `ftp://127.0.0.1:${port}`, `file://127.0.0.1:${port}/etc/passwd`, "https://api.example.com.evil.test",
      "https://api.example.com:8443", "https://api.example.com@evil.test", "https://api.example.com%2eevil.test",
      "https://xn--pi-7jc.example.com", "https://аpi.example.com", "http://api.example.com", "//api.example.com", "api.example.com",
      "javascript:alert(1)", "data:text/plain,x", "https://", "http://[::1", "\u0000", "https:api.example.com.evil.test",
    ]; // prettier-ignore
  };

  test("allows that and no neighbour of it", async () => {
    for (const text of neighbours()) {
      for (const config of [
        { provider: "openai", api_key: "k", custom_host: text, retry: { attempts: 0 } },
        { custom_host: text, retry: { attempts: 0 } },
      ]) {
        const answer = await ask(allowing, "hello", {}, { "x-portkey-config": asciiJson(config) });
        const { error } = (await answer.json()) as { error: { code: string } };
        expect([answer.status, error.code], text).toEqual([400, "custom_host_not_allowed"]);
      }
    }
    expect(decoy.heard).toEqual([]);
    expect(allowed.heard).toEqual([]);
    expect(allowing.emulator.requests).toEqual([]);
  });

  test.each([
    ["a path with two slashes", "//evil.test/v1", "//evil.test/v1/chat/completions"],
    ["a backslash before another host", "\\@evil.test", "/@evil.test/chat/completions"],
    ["steps upward", "/a/../../v1", "/v1/chat/completions"],
    ["a query", "/v1?x=http://evil.test", "/v1/chat/completions"],
    ["a fragment", "/v1#/evil", "/v1/chat/completions"],
    ["line breaks", "/v1\r\nhost: evil.test\r\n", "/v1host:%20evil.test/chat/completions"],
  ])("%s stays on it", async (_name, path, sent) => {
    allowed.heard.length = 0;
    const config = { provider: "openai", api_key: "k", custom_host: `${allowed.url}${path}`, retry: { attempts: 0 } };
    await ask(allowing, "hello", {}, { "x-portkey-config": asciiJson(config) });
    expect(allowed.heard).toHaveLength(1);
    expect(allowed.heard[0]).toMatch(new RegExp(`^POST ${sent.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")} HTTP/1\\.1\r\n`));
    expect(allowed.heard[0]!.toLowerCase().match(/\r\nhost:[^\r]*/g)).toEqual([`\r\nhost: 127.0.0.1:${allowed.port}`]);
  });
});

describe("the server's own credential", () => {
  const token = "ABSKCANARY-of-the-server";
  let bearing: House;
  let allowed: Decoy;
  beforeAll(async () => {
    allowed = await openDecoy();
    bearing = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: allowed.url, AWS_BEARER_TOKEN_BEDROCK: token } });
  });
  afterAll(async () => {
    await bearing.close();
    await allowed.close();
  });

  test("is not sent to a host that the request names, though the operator lists it", async () => {
    const host = `${allowed.url}/any/path`;
    const config = (node: object): Record<string, string> => ({ "x-portkey-config": JSON.stringify(node) });
    const asks: [Record<string, unknown>, Record<string, string>][] = [
      [{}, { "x-portkey-custom-host": host }],
      [{}, config({ custom_host: host })],
      [{}, config({ strategy: { mode: "fallback" }, targets: [{ custom_host: host }, {}] })],
      [{ aws_bedrock_runtime_endpoint: host }, {}],
      [{ customer_credentials: { bedrock: { aws_bedrock_runtime_endpoint: host, aws_auth_type: "serviceRole" } } }, {}],
      [{}, { "x-portkey-custom-host": host, "x-portkey-aws-auth-type": "serviceRole" }],
    ];
    for (const [body, headers] of asks) {
      const answer = await ask(bearing, "hello", body, headers);
      const { error } = (await answer.json()) as { error: { code: string } };
      expect([answer.status, error.code], JSON.stringify([body, headers])).toEqual([400, "custom_host_not_allowed"]);
    }
    const native = await bearing.post(
      `/model/${nova}/converse`,
      { messages: [{ role: "user", content: [{ text: "hi" }] }] },
      { "x-adit-custom-host": host },
    );
    expect(native.status, await native.text()).toBe(400);
    expect(allowed.heard).toEqual([]);
  });

  test("stays at home where the request brings its own, which goes there", async () => {
    allowed.heard.length = 0;
    await ask(bearing, "hello", pair(), {
      "x-portkey-custom-host": allowed.url,
      "x-portkey-config": '{"retry":{"attempts":0}}',
    });
    expect(allowed.heard.length).toBeGreaterThan(0);
    expect(allowed.heard.join("")).not.toContain(token);
  });
});

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

describe("a model's name", () => {
  const evil = [
    "..", ".", "../../admin", "..%2f..%2fadmin", "a/../../b", "%2e%2e", "%2f", "a%0d%0aHost:%20evil.test", "/", "//", "\\", "?x=1", "#x",
    "model\r\nHost: evil.test\r\n\r\n", "model\nx", "model\u0000x", "@evil.test", "@evil.test/x", "x@evil.test", "x@bedrock@evil.test",
    "http://evil.test/model", "https://evil.test", "//evil.test/x", "bedrock/../x", "bedrock:../x", "../converse", "x/converse?",
    "x/invoke#", ";id", "модель", "ｎｏｖａ", "\u202Enova", "\ud800", "a\ud800b", "🦊", "é", "a b", "a%", "%", "%zz", "x".repeat(2_049),
    "openai/../..", "arn:aws:iam::123456789012:role/x", "arn:aws:bedrock:us-east-1:123456789012:guardrail/x",
    "arn:aws:s3:::bucket", "arn:", "arn::::::", "arn:aws:bedrock:evil.test:123456789012:inference-profile/x",
    "arn:aws:bedrock:us-east-1/@evil.test:123456789012:inference-profile/x", "arn:evil:bedrock:us-east-1::foundation-model/x",
    "arn:aws-evil:bedrock:us-east-1::foundation-model/x", "arn:aws:bedrock:us-east-1::foundation-model/../../x",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x\r\ny", "arn:aws:bedrock:*::foundation-model/*",
    "arn:aws:bedrock:..:123456789012:inference-profile/x", "arn:aws:bedrock:us-east-1#:123456789012:inference-profile/x",
  ]; // prettier-ignore

  test.each(evil.map((model) => [JSON.stringify(model).slice(0, 80), model] as const))(
    "%s is one segment of the path, or refused",
    async (_shown, model) => {
      for (const stream of [false, true]) {
        const answer = await house.post(chatPath, question("hello", { model, stream }), {
          "x-portkey-config": '{"retry":{"attempts":0}}',
        });
        const text = await answer.text();
        expect(answer.status, text).toBeLessThan(500);
      }
      for (const call of house.emulator.requests) {
        expect(call.path).toMatch(/^\/model\/[A-Za-z0-9\-._~%]+\/converse(-stream)?$/);
        expect(decodeURIComponent(call.path.split("/")[2]!)).toBe(call.modelId);
        expect(["..", "."]).not.toContain(call.modelId);
        expect(call.headers["host"]).toBe(new URL(house.emulator.url).host);
        // Signed as sent: AWS's own verifier came to the same signature.
        expect(call.verdict).not.toMatch(/signature/i);
      }
      expect(decoy.heard).toEqual([]);
    },
  );
});

describe("without an endpoint of the operator's, the host that would be called", () => {
  let outside: House;
  let proxy: Decoy;
  beforeAll(async () => {
    proxy = await openDecoy();
    outside = await openHouse({
      variables: { AWS_ENDPOINT_URL: undefined, HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url },
    });
  });
  afterAll(async () => {
    await outside.close();
    await proxy.close();
  });

  const regions = [
    "us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "xx-evil-1", "evil.test/#-1", "us-east-1.evil.test", "us-east-1/",
    "us-east-1@evil.test", "us-east-1:443@evil.test", "us-east-1#", "us-east-1?", "us-east-1%2f", "us-east-1\\", "US-EAST-1",
    "us-east-1\r\nHost: evil", "us-east-1\u0000", "us-east-1\t", " us-east-1 ", "us--east-1", "us-east-1-", "-us-east-1", "..", ".",
    "us-east-111", "ｕｓ-east-1", "us-еast-1", "localhost", "127.0.0.1", "[::1]", `${"a-".repeat(500)}1`, "us-east-1a", "*", "",
  ]; // prettier-ignore
  const suffixes =
    /^CONNECT bedrock-runtime\.[a-z]{2,4}(-[a-z]+)+-\d{1,2}\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu):443 HTTP/;

  test.each(regions.map((region) => [JSON.stringify(region).slice(0, 80), region] as const))(
    "is AWS's for the region %s, wherever it stands",
    async (_shown, region) => {
      proxy.heard.length = 0;
      const retry = { retry: { attempts: 0 } };
      const inHeader = /^[\t\x20-\x7e]*$/.test(region);
      const asks: [object, Record<string, string>][] = [
      [{ ...pair(), aws_region_name: region }, { "x-portkey-config": JSON.stringify(retry) }],
      [{ customer_credentials: { bedrock: { ...pair(), aws_region: region } } }, { "x-portkey-config": JSON.stringify(retry) }],
      [{ credential_override: { "*": { ...pair(), region } } }, { "x-portkey-config": JSON.stringify(retry) }],
      [{}, { "x-portkey-config": asciiJson({ ...retry, aws_region: region }) }],
      [{}, { "x-portkey-config": asciiJson({ ...retry, ...pair(), awsRegion: region }) }],
      [{ model: `arn:aws:bedrock:${region}:123456789012:inference-profile/x` }, { "x-portkey-config": JSON.stringify(retry) }],
      ...(inHeader ? [[{}, { "x-portkey-config": JSON.stringify(retry), "x-portkey-aws-region": region }] as [object, Record<string, string>]] : []),
    ]; // prettier-ignore
      for (const [body, headers] of asks) {
        const answer = await ask(outside, "hello", body as Record<string, unknown>, headers);
        const { error } = (await answer.json()) as { error: { code: string } };
        expect(
          ["invalid_region", "upstream_unreachable", "connection_failed", "upstream_connection_lost"],
          JSON.stringify(error),
        ).toContain(error.code);
      }
      for (const head of proxy.heard) expect(head).toMatch(suffixes);
    },
  );

  test("is AWS's for every model name that tries to be another", async () => {
    proxy.heard.length = 0;
    for (const model of [
      "@evil.test",
      "x@evil.test",
      "https://evil.test/",
      "a/../../b",
      nova,
      "evil.test",
      "x\r\nhost: evil.test",
    ]) {
      const answer = await ask(outside, "hello", { model }, { "x-portkey-config": '{"retry":{"attempts":0}}' });
      await answer.text();
    }
    expect(proxy.heard.length).toBeGreaterThan(3);
    for (const head of proxy.heard)
      expect(head).toMatch(/^CONNECT bedrock-runtime\.us-east-1\.amazonaws\.com:443 HTTP/);
  });
});
