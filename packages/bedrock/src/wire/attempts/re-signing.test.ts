/**
 * Signatures in time: tests T1 to T6 of the claim that signed requests fail after five minutes, and what a refusal may teach.
 * AWS checks the date on arrival, so each transmission must be signed when it is sent.
 */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { AwsKeys, CredentialSource } from "../../auth/credentials.ts";
import { rejectionOf } from "../../auth/testing/refusal.ts";
import { BedrockClient, type ConverseCall } from "../../client.ts";
import { Secret } from "../../secret.ts";
import { answerBody, exampleKeys, model, requestBody, sourceOf } from "../testing/calls.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { TestUpstream, type Answer, type SeenRequest } from "../testing/upstream.ts";

const upstreams: TestUpstream[] = [];
const clients: BedrockClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
});

async function begin(answer: Answer): Promise<{
  clock: ManualClock;
  upstream: TestUpstream;
  converse: (more?: Partial<ConverseCall>) => ReturnType<BedrockClient["converse"]>;
}> {
  const clock = new ManualClock();
  const upstream = await TestUpstream.start(answer);
  const client = new BedrockClient({ clock, random: () => 0, environment: { AWS_ENDPOINT_URL: upstream.url } });
  upstreams.push(upstream);
  clients.push(client);
  return {
    clock,
    upstream,
    converse: (more = {}) =>
      client.converse({ model, region: "us-east-1", credentials: sourceOf(), body: requestBody, ...more }),
  };
}

function answer200(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "x-amzn-requestid": "request-1" }).end(answerBody);
}

function refuse(
  response: ServerResponse,
  status: number,
  type: string,
  more: { message: string; date?: number },
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/com.amazon.coral.service/`,
    ...(more.date === undefined ? {} : { date: new Date(more.date).toUTCString() }),
  });
  response.end(JSON.stringify({ message: more.message }));
}

/** Milliseconds since 1970 of `x-amz-date`. */
function dateOf(request: SeenRequest | undefined): number {
  const text = String(request?.headers["x-amz-date"]);
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

/** Computes the signature again with AWS's own signer from what was received. */
async function expectSigned(request: SeenRequest | undefined, keys: AwsKeys = exampleKeys): Promise<void> {
  const { headers = {}, method = "", path = "", body = "" } = request ?? {};
  const authorization = String(headers["authorization"]);
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const signer = new SignatureV4({
    service: "bedrock",
    region: "us-east-1",
    sha256: Sha256,
    applyChecksum: false,
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey.reveal(),
      ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken.reveal() }),
    },
  });
  const signed = await signer.sign(
    {
      method,
      path,
      protocol: "http:",
      hostname: "127.0.0.1",
      query: {},
      headers: Object.fromEntries(
        names
          .filter((name) => !/^x-amz-(date|security-token)$/.test(name))
          .map((name) => [name, String(headers[name])]),
      ),
      body,
    },
    { signingDate: new Date(dateOf(request)) },
  );
  expect(signed.headers["authorization"]).toBe(authorization);
}

describe("the five minutes", () => {
  it("T1: an answer that takes 310 s is an answer", async () => {
    let held: ServerResponse | undefined;
    const { clock, upstream, converse } = await begin((response) => (held = response));
    const reply = converse();
    await expect.poll(() => upstream.seen.length).toBe(1);
    for (let second = 0; second < 310; second += 1) {
      clock.advance(1_000);
      // Let whoever was woken look.
      await Promise.resolve();
    }
    answer200(held as unknown as ServerResponse);
    expect((await reply).response.stopReason).toBe("end_turn");
    expect(upstream.seen).toHaveLength(1);
  });

  it("T2: after a connection lost at 301 s the second transmission is signed anew", async () => {
    const { clock, upstream, converse } = await begin((response, _request, number) => {
      if (number > 1) {
        answer200(response);
        return;
      }
      clock.advance(301_000);
      response.destroy();
    });
    const reply = await converse();
    expect(reply.attempts).toMatchObject([
      { number: 1, errorCode: "upstream_reset" },
      { number: 2, status: 200 },
    ]);
    expect(dateOf(upstream.seen[1]) - dateOf(upstream.seen[0])).toBe(301_000);
    await expectSigned(upstream.seen[0]);
    await expectSigned(upstream.seen[1]);
  });

  it("T3: a request that waits six minutes is signed after the wait", async () => {
    const { clock, upstream, converse } = await begin(answer200);
    const slow: CredentialSource = {
      ...sourceOf(),
      get: async () => {
        await clock.sleep(360_000);
        return exampleKeys;
      },
    };
    const reply = converse({ credentials: slow });
    clock.advance(360_000);
    await reply;
    expect(Math.abs(clock.now() - dateOf(upstream.seen[0]))).toBeLessThanOrEqual(1_000);
    await expectSigned(upstream.seen[0]);
  });

  it("no time is learned that nobody can sign for: it would fail every later call to the host", async () => {
    // The last time that a date can hold: added to our clock some milliseconds later it is none.
    const date = 8_640_000_000_000_000;
    const { clock, upstream, converse } = await begin((response) =>
      refuse(response, 403, "InvalidSignatureException", { message: "Signature expired", date }),
    );
    for (const transmissions of [1, 2]) {
      clock.advance(1_000);
      expect((await rejectionOf(converse())).code).toBe("InvalidSignatureException");
      expect(upstream.seen).toHaveLength(transmissions);
    }
  });

  it("T4: a clock ten minutes behind AWS's costs one refusal, and none the next time", async () => {
    const ahead = 600_000;
    const { clock, upstream, converse } = await begin((response, request) => {
      const now = clock.now() + ahead;
      if (Math.abs(now - dateOf(request)) <= 300_000) {
        answer200(response);
        return;
      }
      const message =
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030905Z (20260102T031405Z - 5 min.)";
      refuse(response, 403, "InvalidSignatureException", { message, date: now });
    });
    const first = await converse();
    expect(first.attempts).toMatchObject([{ status: 403, errorCode: "InvalidSignatureException" }, { status: 200 }]);
    expect(dateOf(upstream.seen[1]) - clock.now()).toBe(ahead);
    await expectSigned(upstream.seen[1]);
    expect((await converse()).attempts).toMatchObject([{ status: 200 }]);
  });

  it("a clock ten minutes behind AWS's fails none of the calls that are sent together", async () => {
    const ahead = 600_000;
    const held: (() => void)[] = [];
    const { clock, converse } = await begin((response, request) => {
      const now = clock.now() + ahead;
      if (Math.abs(now - dateOf(request)) <= 300_000) return answer200(response);
      held.push(() =>
        refuse(response, 403, "InvalidSignatureException", { message: "Signature expired: ...", date: now }),
      );
      if (held.length === 3) for (const answer of held) answer();
    });
    const replies = await Promise.all([converse(), converse(), converse()]);
    expect(replies.map(({ attempts }) => attempts.map(({ status }) => status))).toEqual(
      Array.from({ length: 3 }, () => [403, 200]),
    );
  });

  it("T5: a throttled call's second try has a date of its own", async () => {
    const { clock, upstream, converse } = await begin((response, _request, number) => {
      if (number > 1) {
        answer200(response);
        return;
      }
      clock.advance(2_000);
      refuse(response, 429, "ThrottlingException", { message: "Too many requests, please wait before trying again." });
    });
    await converse();
    expect(dateOf(upstream.seen[1]) - dateOf(upstream.seen[0])).toBe(2_000);
    await expectSigned(upstream.seen[1]);
  });

  it("T6: credentials that expire between two tries are replaced", async () => {
    const { clock, upstream, converse } = await begin((response, _request, number) => {
      if (number > 1) {
        answer200(response);
        return;
      }
      clock.advance(60_000);
      refuse(response, 503, "ServiceUnavailableException", { message: "Bedrock is unable to process your request." });
    });
    const expiresAt = clock.now() + 30_000;
    const old = session("ASIAOLD", expiresAt);
    const fresh = session("ASIAFRESH", expiresAt + 3_600_000);
    const source: CredentialSource = {
      ...sourceOf(),
      get: () => Promise.resolve(clock.now() < expiresAt ? old : fresh),
    };
    expect((await converse({ credentials: source })).attempts).toHaveLength(2);
    await expectSigned(upstream.seen[0], old);
    await expectSigned(upstream.seen[1], fresh);
  });
});

function session(accessKeyId: string, expiresAt: number): AwsKeys {
  return { ...exampleKeys, accessKeyId, sessionToken: new Secret(`token of ${accessKeyId}`), expiresAt };
}

describe("what a refusal may teach", () => {
  const expired = "Signature expired: A is now earlier than B (C - 5 min.)";

  it("a clock's difference is learned once in a call", async () => {
    const { clock, upstream, converse } = await begin((response, _request, number) =>
      refuse(response, 403, "InvalidSignatureException", {
        message: expired,
        date: clock.now() + number * 1_000_000,
      }),
    );
    const error = await rejectionOf(converse());
    expect(error).toMatchObject({ code: "InvalidSignatureException", status: 403 });
    expect(upstream.seen).toHaveLength(2);
  });

  it("a date that agrees with ours teaches nothing", async () => {
    const { clock, upstream, converse } = await begin((response) =>
      refuse(response, 403, "InvalidSignatureException", { message: expired, date: clock.now() + 200_000 }),
    );
    await rejectionOf(converse());
    expect(upstream.seen).toHaveLength(1);
  });

  it("a wrong secret is not a clock's fault, however AWS's date differs", async () => {
    const { clock, upstream, converse } = await begin((response) =>
      refuse(response, 403, "InvalidSignatureException", {
        message: "The request signature we calculated does not match the signature you provided.",
        date: clock.now() + 600_000,
      }),
    );
    await rejectionOf(converse());
    expect(upstream.seen).toHaveLength(1);
  });

  it.each([
    ["ExpiredTokenException", "others: they are tried once", "ASIAFRESH", 2],
    ["ExpiredTokenException", "the same: the refusal stands", "ASIAOLD", 1],
    // A key of a profile's file that was rotated.
    ["UnrecognizedClientException", "others: they are tried once", "AKIAFRESH", 2],
    ["UnrecognizedClientException", "the same: the refusal stands", "AKIAOLD", 1],
  ])("%s, and the source gives %s", async (code, _name, freshId, transmissions) => {
    const message = "The security token included in the request is invalid";
    const { upstream, converse } = await begin((response) => refuse(response, 403, code, { message }));
    let invalidated = 0;
    const source: CredentialSource = {
      label: "assumed role",
      get: () => Promise.resolve(invalidated === 0 ? keysOf(`${freshId.slice(0, 4)}OLD`) : keysOf(freshId)),
      invalidate: () => (invalidated += 1),
    };
    const error = await rejectionOf(converse({ credentials: source, retry: { attempts: 0, maxTotalMs: 0 } }));
    expect(error).toMatchObject({ code, place: { credential: "assumed role" } });
    expect(upstream.seen).toHaveLength(transmissions);
    expect(invalidated).toBe(1);
  });

  it("a secret that was written wrong is read anew, and tried at once where it was corrected", async () => {
    const message = "The request signature we calculated does not match the signature you provided.";
    const { upstream, converse } = await begin((response, _request, number) =>
      number > 2 ? answer200(response) : refuse(response, 403, "InvalidSignatureException", { message }),
    );
    const secrets = ["wrong", "wrong", "right"];
    const source: CredentialSource = {
      label: "profile",
      get: () => Promise.resolve({ ...keysOf("AKIAHELD"), secretAccessKey: new Secret(secrets[0] ?? "right") }),
      invalidate: () => secrets.shift(),
    };
    expect((await rejectionOf(converse({ credentials: source }))).code).toBe("InvalidSignatureException");
    expect(upstream.seen).toHaveLength(1);
    expect((await converse({ credentials: source })).attempts).toMatchObject([{ status: 403 }, { status: 200 }]);
  });

  it("a session that a region does not know, which the account has not opted into, is not asked for anew", async () => {
    const { upstream, converse } = await begin((response) =>
      refuse(response, 403, "UnrecognizedClientException", { message: "invalid" }),
    );
    let invalidated = 0;
    const source: CredentialSource = {
      label: "assumed role",
      get: () => Promise.resolve(session("ASIAHELD", 1)),
      invalidate: () => (invalidated += 1),
    };
    await rejectionOf(converse({ credentials: source, retry: { attempts: 0, maxTotalMs: 0 } }));
    expect([upstream.seen.length, invalidated]).toEqual([1, 0]);
  });
});

/** A session by an id of a session's form, else a pair that lasts. */
function keysOf(accessKeyId: string): AwsKeys {
  return accessKeyId.startsWith("ASIA") ? session(accessKeyId, 1) : { ...exampleKeys, accessKeyId };
}
