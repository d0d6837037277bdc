/**
 * C1, C2, C3, C5, C11, C13, C18, C19, at every door where a model is called: no address, no header, no key and no body leads to where it may
 * not, or to a fault of the gateway's own; and who answers wrongly is no success.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { openDecoy, type Decoy } from "./decoy.ts";
import { doors, type Door } from "./doors.ts";
import { oddAtEachPlace, oddTexts } from "./odd-values.ts";

let house: House;
let decoy: Decoy;
beforeAll(async () => {
  decoy = await openDecoy();
  house = await openHouse({ variables: { ADIT_MAX_BODY_BYTES: "200000" } });
});
afterEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  await decoy.close();
});

/** The same request whole and, where the door streams, as a stream. */
function waysOf(door: Door): { path: string; body: Record<string, unknown> }[] {
  const body = door.body("hello");
  return [
    { path: door.path, body },
    ...(door.stream === undefined ? [] : [{ path: door.stream.path, body: { ...body, ...door.stream.more } }]),
  ];
}

/** All that arrived went to the emulator's own address, signed over no header of the caller's. */
function expectOwnCalls(): void {
  for (const { headers, verdict } of house.emulator.requests) {
    expect(headers["host"]).toBe(new URL(house.emulator.url).host);
    expect(verdict).toBe("sigv4 ok");
    expect(JSON.stringify(headers)).not.toContain(decoy.url);
  }
  expect(decoy.heard).toEqual([]);
}

const addressNames = [
  "api_base", "base_url", "baseURL", "endpoint", "endpoint_url", "custom_host", "host", "url", "aws_bedrock_runtime_endpoint",
  "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "ADIT_ENDPOINT_URL_MANTLE", "proxy", "callback_url", "webhook_url",
]; // prettier-ignore

const forbiddenHeaders = [
  "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x_amz_security_token", "x-forwarded-for", "x-forwarded-host", "forwarded",
  "via", "cookie", "proxy-authorization", "x-api-key", "api-key", "x-adit-hop", "x-adit-anything", "x-portkey-trace-id",
]; // prettier-ignore

const wrongKeys = [
  "",
  "Bearer",
  "Bearer wrong",
  "Bearer ' OR '1'='1' --",
  "Bearer __proto__",
  "Basic dTpw",
  "Bearer \u00ff",
];

describe.each(doors)("$name", (door) => {
  test("answers what is good (or none of these tests says anything)", async () => {
    for (const { path, body } of waysOf(door)) {
      const answer = await house.post(path, body);
      expect(answer.status, await answer.text()).toBe(200);
    }
  });

  test("C1 C11 no field names a host", async () => {
    const addresses = Object.fromEntries(addressNames.map((name) => [name, decoy.url]));
    for (const { path, body } of waysOf(door)) {
      const placed = [
        ...addressNames.map((name) => ({ ...body, [name]: decoy.url })),
        { ...body, metadata: { deep: [addresses] } },
        { ...body, extra_body: addresses, user_config: { model_list: [{ litellm_params: addresses }] } },
      ];
      for (const answer of await Promise.all(placed.map((each) => house.post(path, each)))) {
        expect(answer.status, await answer.text()).toBeLessThan(500);
      }
    }
    expectOwnCalls();
  });

  test("C2 no header names a host that the operator has not listed", async () => {
    const config = JSON.stringify({ custom_host: decoy.url });
    for (const { path, body } of waysOf(door)) {
      for (const headers of [{ "x-portkey-custom-host": decoy.url }, { "x-adit-config": config }] as const) {
        const answer = await house.post(path, body, headers);
        expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("ADIT_CUSTOM_HOSTS")]);
      }
    }
    expect(house.emulator.requests).toEqual([]);
    expect(decoy.heard).toEqual([]);
  });

  test("C5 no key but the gateway's opens it", async () => {
    for (const authorization of wrongKeys) {
      for (const { path, body } of waysOf(door)) {
        const answer = await house.post(path, body, { authorization });
        expect([authorization, answer.status]).toEqual([authorization, 401]);
        expect(await answer.text()).not.toContain(house.key);
      }
    }
    expect(house.emulator.requests).toEqual([]);
  });

  test("C11 C13 no header of the caller's that may not travel does, listed or not", async () => {
    const mark = "attackers-own-value";
    const own = Object.fromEntries(forbiddenHeaders.map((name) => [name, mark]));
    const listed = { "x-portkey-forward-headers": [...forbiddenHeaders, "authorization", "host"].join(",") };
    for (const { path, body } of waysOf(door)) {
      for (const headers of [own, { ...own, ...listed }]) {
        const answer = await house.post(path, body, headers);
        expect(answer.status, await answer.text()).toBe(200);
      }
    }
    expect(house.emulator.requests.length).toBeGreaterThan(0);
    for (const { headers } of house.emulator.requests) {
      expect(JSON.stringify(headers)).not.toContain(mark);
      expect(JSON.stringify(headers)).not.toContain(house.key);
      expect(headers["authorization"]).toMatch(/^AWS4-HMAC-SHA256 /);
    }
  });

  test("C18 no body, however odd, is a fault of the gateway's own", async () => {
    for (const [way, { path, body }] of waysOf(door).entries()) {
      const all = [...oddTexts(body), ...oddAtEachPlace(body)];
      // A stream's body is read as the whole answer's is, where each of them has been sent.
      const texts = way === 0 ? all : all.filter((_text, at) => at % 3 === 0);
      for (let at = 0; at < texts.length; at += 50) {
        const answers = texts.slice(at, at + 50).map(async (text) => [text, await house.post(path, text)] as const);
        for (const [text, answer] of await Promise.all(answers)) {
          const said = await answer.text();
          expect(answer.status, `${text.slice(0, 300)}\n${said.slice(0, 500)}`).toBeLessThan(500);
          expect(said, text.slice(0, 300)).not.toMatch(/"code":"internal"|InternalServerException/);
        }
      }
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(house.logLines().filter(({ msg }) => msg === "fault")).toEqual([]);
  });

  test("C18 a body beyond the limit is a 413", async () => {
    for (const { path, body } of waysOf(door)) {
      const answer = await house.post(path, { ...body, padding: "x".repeat(200_000) });
      expect(answer.status).toBe(413);
      await answer.text();
    }
    expect(house.emulator.requests).toEqual([]);
  });
});

const fetching = doors.filter((door): door is Door & Required<Pick<Door, "imageAt">> => door.imageAt !== undefined);

describe.each(fetching)("$name", ({ path, imageAt }) => {
  const inner = (): string[] => [
    decoy.url, `https://127.0.0.1:${decoy.port}/x`, "https://2130706433/x", "https://[::1]/x", "https://[::ffff:7f00:1]/x", "https://[64:ff9b::7f00:1]/x",
    "https://[2002:a9fe:a9fe::]/x", "https://[fd00:ec2::254]/latest/meta-data", "http://169.254.169.254/latest/meta-data", "https://169.254.169.254/x",
    "https://10.0.0.1/x", "https://100.64.0.1/x", "https://１２７.0.0.1/x", "https://user:pass@127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x",
    "javascript:alert(1)", "//127.0.0.1/x", "https://", "\u0000", "https://localhost/x",
  ]; // prettier-ignore

  test("C3 fetches nothing from the inner network", async () => {
    for (const url of inner()) {
      const answer = await house.post(path, imageAt(url));
      const said = await answer.text();
      expect([url, answer.status], said).toEqual([url, 400]);
      expect(said).not.toMatch(/user:pass/);
    }
    expect(house.emulator.requests).toEqual([]);
    expect(decoy.heard).toEqual([]);
  });
});

const streaming = doors.filter((door): door is Door & Required<Pick<Door, "stream">> => door.stream !== undefined);

describe.each(streaming)("the stream of $name", (door) => {
  const { path } = door.stream;
  const body = { ...door.body("hello"), ...door.stream.more };

  test.each([
    { kind: "crc", frame: 2 },
    { kind: "crc", frame: 2, part: "prelude" },
    { kind: "cut", frame: 2, bytes: 9 },
    { kind: "cut", frame: 2 },
    { kind: "cut", frame: 2, end: "close" },
    { kind: "reset", frame: 2 },
    { kind: "exception", frame: 2 },
    { kind: "error-frame", frame: 2 },
  ] as const)("C19 %j is an error, and no end that looks right", async (fault) => {
    house.emulator.faultNext(fault);
    // A native stream that breaks inside a frame ends by breaking the connection.
    const said = await house
      .post(path, body)
      .then(
        (answer) => answer.text(),
        () => "connection broken",
      )
      .catch(() => "connection broken");
    expect(said).toMatch(door.isNative ? /xception|:error-code|connection broken/ : /event: error/);
    expect(said).not.toMatch(/^data: \[DONE\]$|^event: (?:response\.completed|message_stop)$/m);
    expect(said).not.toMatch(/:event-type.{1,5}(?:messageStop|metadata)/s);
  });
});
