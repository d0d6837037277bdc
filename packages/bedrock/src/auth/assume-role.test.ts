import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { Secret } from "../secret.ts";
import { assumeRoleSource, type AssumeRoleOptions } from "./assume-role.ts";
import { bearerKey } from "./bearer-key.ts";
import { callerIdentity } from "./caller-identity.ts";
import type { AwsKeys, Credentials, CredentialSource } from "./credentials.ts";
import { RefreshingSource } from "./refreshing-source.ts";
import { staticSource } from "./static-source.ts";
import type { StsAnswer } from "./sts-call.ts";
import { HeldClock } from "./testing/held-clock.ts";
import { refusalOf, rejectionOf } from "./testing/refusal.ts";
import { dataFile } from "../wire/testing/data-checks.ts";

const roleArn = "arn:aws:iam::123456789012:role/team/App";
const keys: AwsKeys = {
  kind: "keys",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: new Secret("source secret"),
  sessionToken: new Secret("SOURCE//TOKEN=="),
};

function assumed(expiresAt: number, id = "ASIAEXAMPLE"): string {
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>
<AssumedRoleId>AROA:adit</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/App/adit</Arn></AssumedRoleUser><Credentials>
<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>a&amp;b&#47;c&#x2F;d</SecretAccessKey>
<SessionToken>session+token==</SessionToken><Expiration>${new Date(expiresAt).toISOString()}</Expiration></Credentials>
<PackedPolicySize>6</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}

function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): StsAnswer {
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-2</RequestId></ErrorResponse>`;
  return { status, body, headers };
}

interface Sent {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A role's source over a scripted STS; where the script ends, STS answers with credentials of one hour. */
function rig(script: (StsAnswer | Error)[] = [], changes: Partial<AssumeRoleOptions> = {}) {
  const clock = new HeldClock();
  const sent: Sent[] = [];
  const send = (request: Sent): Promise<StsAnswer> => {
    sent.push(request);
    const next = script.shift();
    if (next instanceof Error) {
      return Promise.reject(next);
    }
    return Promise.resolve(
      next ?? { status: 200, body: assumed(clock.now() + 3_600_000, `ASIA${sent.length}`), headers: {} },
    );
  };
  const options: AssumeRoleOptions = {
    roleArn,
    region: "eu-west-1",
    source: staticSource(keys, "server (environment)", clock),
    send,
    clock,
    environment: {},
    ...changes,
  };
  return { clock, sent, options, source: () => assumeRoleSource(options) };
}

describe("the call to STS", () => {
  it("goes to the regional endpoint, signed with the source's session token", async () => {
    const { sent, source, clock } = rig([], {
      externalId: "ext/1:a",
      sessionName: "me@here",
      durationSeconds: 900,
      tags: { team: "search & rescue".replace("&", "+"), "cost center": "7" },
    });
    const assumedRole = source();
    expect(assumedRole.label).toBe(`assumed role ${roleArn}`);
    const credentials = (await assumedRole.get()) as AwsKeys;
    expect(credentials).toMatchObject({ kind: "keys", accessKeyId: "ASIA1", expiresAt: clock.now() + 3_600_000 });
    expect(credentials.secretAccessKey.reveal()).toBe("a&b/c/d");
    expect(credentials.sessionToken?.reveal()).toBe("session+token==");
    const [request] = sent;
    expect(request?.url).toBe("https://sts.eu-west-1.amazonaws.com/");
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: roleArn,
      RoleSessionName: "me@here",
      DurationSeconds: "900",
      ExternalId: "ext/1:a",
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "search + rescue",
      "Tags.member.2.Key": "cost center",
      "Tags.member.2.Value": "7",
    });
    expect(request?.headers["x-amz-security-token"]).toBe("SOURCE//TOKEN==");
    expect(request?.headers["authorization"]).toContain(
      "Credential=AKIDEXAMPLE/20260102/eu-west-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,",
    );
  });

  it("is signed as AWS's own signer would", async () => {
    const { sent, source, clock } = rig([], { environment: { AWS_ENDPOINT_URL_STS: "http://localhost:9000/sts" } });
    await source().get();
    const request = sent[0];
    expect(request?.url).toBe("http://localhost:9000/sts/");
    const oracle = new SignatureV4({
      service: "sts",
      region: "eu-west-1",
      sha256: class {
        readonly #hash;
        constructor(secret?: unknown) {
          this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
        }
        update(data: Uint8Array): void {
          this.#hash.update(data);
        }
        digest(): Promise<Uint8Array> {
          return Promise.resolve(this.#hash.digest());
        }
        reset(): void {}
      },
      applyChecksum: false,
      credentials: {
        accessKeyId: keys.accessKeyId,
        secretAccessKey: "source secret",
        sessionToken: "SOURCE//TOKEN==",
      },
    });
    const expected = await oracle.sign(
      {
        method: "POST",
        protocol: "http:",
        hostname: "localhost",
        path: "/sts/",
        headers: { host: "localhost:9000", "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
        body: request?.body,
      },
      { signingDate: new Date(clock.now()) },
    );
    expect(request?.headers["authorization"]).toBe(expected.headers["authorization"]);
  });

  it("names the session adit and leaves the duration to STS by default", async () => {
    const { sent, source } = rig();
    await source().get();
    const body = new URLSearchParams(sent[0]?.body);
    expect(body.get("RoleSessionName")).toBe("adit");
    expect(body.has("DurationSeconds")).toBe(false);
    expect(body.has("ExternalId")).toBe(false);
  });
});

describe("caching", () => {
  it("asks STS once under a burst, and again five minutes before the end", async () => {
    const { clock, sent, source } = rig();
    const role = source();
    await Promise.all(Array.from({ length: 100 }, () => role.get()));
    clock.time += 3_300_000;
    // By a held clock the second that is waited for fresh ones is over at once.
    await role.get();
    expect(await role.get()).toMatchObject({ accessKeyId: "ASIA2" });
    expect(sent).toHaveLength(2);
    role.invalidate();
    expect(await role.get()).toMatchObject({ accessKeyId: "ASIA3" });
  });

  it("takes fresh source credentials for every call", async () => {
    let asked = 0;
    const rotating: CredentialSource = {
      label: "rotating",
      get: () => Promise.resolve({ ...keys, accessKeyId: `AKID${(asked += 1)}` }),
      invalidate: () => {},
    };
    const { sent, source } = rig([], { source: rotating });
    const role = source();
    await role.get();
    role.invalidate();
    await role.get();
    expect(sent.map((request) => /Credential=(\w+)/.exec(request.headers["authorization"] ?? "")?.[1])).toEqual([
      "AKID1",
      "AKID2",
    ]);
  });
});

describe("refusals", () => {
  it.each([
    [403, "AccessDenied", "AccessDeniedException", 403, false],
    [403, "InvalidClientTokenId", "UnrecognizedClientException", 403, false],
    [403, "SignatureDoesNotMatch", "InvalidSignatureException", 403, false],
    [400, "IncompleteSignature", "IncompleteSignatureException", 403, false],
    [403, "MissingAuthenticationToken", "MissingAuthenticationTokenException", 403, false],
    [400, "ExpiredToken", "ExpiredTokenException", 403, false],
    [400, "Throttling", "ThrottlingException", 429, true],
    [400, "ValidationError", "ValidationException", 400, false],
    [403, "RegionDisabledException", "credentials_unavailable", 502, false],
    [400, "PackedPolicyTooLarge", "credentials_unavailable", 502, false],
    [500, "InternalFailure", "credentials_unavailable", 502, true],
    [400, "constructor", "credentials_unavailable", 502, false],
  ])("%i %s becomes %s", async (status, code, expected, ours, retryable) => {
    const answers = Array.from({ length: 3 }, () => refusal(status, code, "STS&apos;s words"));
    const { source } = rig(answers);
    const error = await rejectionOf(source().get());
    expect(error).toMatchObject({
      code: expected,
      status: ours,
      retryable,
      message: `Assuming role ${roleArn} failed: STS's words`,
      aws: { type: code, message: "STS's words", requestId: "r-2" },
      place: { region: "eu-west-1", credential: "server (environment)" },
    });
    const shown = `${error.describe()} ${inspect(error)}`;
    expect(shown).not.toContain("source secret");
    expect(shown).not.toContain("SOURCE//TOKEN");
  });

  it("of permission say what to allow", async () => {
    const { source } = rig([refusal(403, "AccessDenied", "User: arn:x is not authorized")]);
    const { remedy } = await rejectionOf(source().get());
    expect(remedy).toContain(`Allow sts:AssumeRole on ${roleArn}`);
    expect(remedy).toContain("external id");
  });

  it("are not asked for again within a second", async () => {
    const { clock, sent, source } = rig([refusal(403, "AccessDenied", "no")]);
    const role = source();
    await rejectionOf(role.get());
    await rejectionOf(role.get());
    expect(sent).toHaveLength(1);
    clock.time += 1_000;
    expect(await role.get()).toMatchObject({ accessKeyId: "ASIA2" });
  });

  it("of the clock are mended once by STS's Date", async () => {
    const server = Date.UTC(2026, 0, 2, 3, 14, 5);
    const skewed = refusal(403, "SignatureDoesNotMatch", "Signature expired", { date: new Date(server).toUTCString() });
    const { sent, source } = rig([skewed]);
    await source().get();
    expect(sent.map((request) => request.headers["x-amz-date"])).toEqual(["20260102T030405Z", "20260102T031405Z"]);
    const stuck = rig([skewed, skewed, skewed]);
    expect((await rejectionOf(stuck.source().get())).code).toBe("InvalidSignatureException");
    expect(stuck.sent).toHaveLength(2);
  });

  it("of the clock do not make of each call a session of its own: the end is told by STS's clock", async () => {
    const hours = 3_600_000;
    const server = new HeldClock().now() - 2 * hours;
    const skewed = refusal(403, "SignatureDoesNotMatch", "not yet current", { date: new Date(server).toUTCString() });
    const given = { status: 200, body: assumed(server + hours), headers: {} };
    const { clock, sent, source } = rig([skewed, given]);
    const role = source();
    expect(await role.get()).toMatchObject({ expiresAt: clock.now() + hours });
    clock.time += hours / 2;
    await role.get();
    expect(sent).toHaveLength(2);
  });

  it("with a Date that nobody can sign for are not tried again", async () => {
    const date = new Date(8_640_000_000_000_000).toUTCString();
    const { sent, source } = rig([refusal(403, "SignatureDoesNotMatch", "Signature expired", { date })]);
    expect((await rejectionOf(source().get())).code).toBe("InvalidSignatureException");
    expect(sent).toHaveLength(1);
  });

  it("of a wrong secret are not tried again", async () => {
    const now = new HeldClock().now();
    const wrong = refusal(403, "SignatureDoesNotMatch", "no match", { date: new Date(now).toUTCString() });
    const { sent, source } = rig([wrong]);
    await rejectionOf(source().get());
    expect(sent).toHaveLength(1);
  });

  it.each([
    [400, "ExpiredTokenException"],
    [403, "InvalidClientTokenId"],
    [403, "SignatureDoesNotMatch"],
  ])("of an old source, %i %s, are mended once by fresh credentials, where it has some", async (status, code) => {
    let number = 1;
    const source: CredentialSource = {
      label: "rotating",
      get: () => Promise.resolve({ ...keys, accessKeyId: `AKID${number}` }),
      invalidate: () => (number += 1),
    };
    const { source: role } = rig([refusal(status, code, "old")], { source });
    expect(await role().get()).toMatchObject({ accessKeyId: "ASIA2" });
    expect(number).toBe(2);
    const unchanging = rig([refusal(status, code, "old")]);
    await rejectionOf(unchanging.source().get());
    expect(unchanging.sent).toHaveLength(1);
  });

  it("of an old source, that come when another role's call has brought fresh ones, are mended by those", async () => {
    let number = 0;
    const load = (): Promise<Credentials> => Promise.resolve({ ...keys, accessKeyId: `AKID${(number += 1)}` });
    const source = new RefreshingSource({ label: "rotating", clock: new HeldClock(), load });
    const old = refusal(400, "ExpiredTokenException", "old");
    let answerLate = (_answer: StsAnswer): void => {};
    const late = new Promise<StsAnswer>((resolve) => (answerLate = resolve));
    const answers = [late, Promise.resolve(old)];
    const fresh: StsAnswer = { status: 200, body: assumed(new HeldClock().now() + 3_600_000), headers: {} };
    const { source: role } = rig([], { source, send: () => answers.shift() ?? Promise.resolve(fresh) });
    const slow = role().get();
    await role().get();
    answerLate(old);
    expect(await slow).toMatchObject({ accessKeyId: "ASIAEXAMPLE" });
    expect(number).toBe(2);
  });

  it("that pass by are waited out once", async () => {
    const { clock, sent, source } = rig([refusal(503, "ServiceUnavailable", "later")]);
    await source().get();
    expect(sent).toHaveLength(2);
    expect(clock.slept).toEqual([250]);
    const dead = rig([new Error("ECONNREFUSED"), new Error("ECONNREFUSED")]);
    const error = await rejectionOf(dead.source().get());
    expect(error).toMatchObject({ code: "credentials_unavailable", retryable: true });
    expect(error.message).toBe(`Assuming role ${roleArn} failed: ECONNREFUSED`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each([
    [{ status: 200, body: "<html>hello</html>", headers: {} }, "STS's answer holds no credentials."],
    [
      { status: 200, body: assumed(0).replace(/<Expiration>.*<\/Expiration>/, ""), headers: {} },
      "holds no credentials",
    ],
    [{ status: 404, body: "<html>nginx</html>", headers: {} }, "STS answered with HTTP 404"],
    [{ status: 403, body: "", headers: {} }, "STS answered with HTTP 403"],
  ])("that are none of STS's are told apart", async (answer, words) => {
    const { source } = rig([answer]);
    const error = await rejectionOf(source().get());
    expect(error.code).toBe("credentials_unavailable");
    expect(error.message).toContain(words);
  });

  it("say that a Bedrock API key assumes no role", async () => {
    const clock = new HeldClock();
    const bearer: Credentials = bearerKey("ABSKkey");
    const { sent, source } = rig([], { source: staticSource(bearer, "request body", clock) });
    const error = await rejectionOf(source().get());
    expect(error.code).toBe("invalid_request");
    expect(error.describe()).toContain("STS takes no Bedrock API key");
    expect(sent).toHaveLength(0);
  });
});

describe("limits of the values", () => {
  it.each([
    [{ roleArn: "App" }, "role_arn"],
    [{ roleArn: "arn:aws:iam::12345:role/App" }, "role_arn"],
    [{ roleArn: "arn:aws:sts::123456789012:assumed-role/App/x" }, "role_arn"],
    [{ roleArn: `arn:aws:iam::123456789012:role/${"a".repeat(2_048)}` }, "role_arn"],
    [{ roleArn: "arn:aws:iam::123456789012:role/A&Action=B\r\n" }, "role_arn"],
    [{ roleArn: "arn:aws-us-gov:iam::123456789012:role/App" }, "role_arn"],
    [{ region: "us-gov-west-1" }, "role_arn"],
    [{ externalId: "a" }, "external_id"],
    [{ externalId: "a b" }, "external_id"],
    [{ externalId: "a".repeat(1_225) }, "external_id"],
    [{ sessionName: "a" }, "session_name"],
    [{ sessionName: "a/b" }, "session_name"],
    [{ sessionName: "a".repeat(65) }, "session_name"],
    [{ durationSeconds: 899 }, "duration_seconds"],
    [{ durationSeconds: 43_201 }, "duration_seconds"],
    [{ durationSeconds: 1_000.5 }, "duration_seconds"],
    [{ tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"])) }, "tags"],
    [{ tags: { "": "v" } }, "tags"],
    [{ tags: { ["k".repeat(129)]: "v" } }, "tags"],
    [{ tags: { team: "v".repeat(257) } }, "tags.team"],
    [{ tags: { team: "a\nb" } }, "tags.team"],
  ])("refuses %j before STS does", (changes, param) => {
    const { source } = rig([], changes);
    expect(refusalOf(source)).toMatchObject({ code: "invalid_request", param });
  });

  it("takes values at the limits", async () => {
    const { source } = rig([], {
      roleArn: "arn:aws-us-gov:iam::123456789012:role/App",
      region: "us-gov-west-1",
      externalId: `${"a".repeat(1_223)}/`,
      sessionName: "ab",
      durationSeconds: 43_200,
      tags: { ["k".repeat(128)]: "v".repeat(256), größe: "" },
    });
    expect(await source().get()).toMatchObject({ kind: "keys" });
  });

  it("refuses a region that is none", () => {
    expect(refusalOf(rig([], { region: "nowhere" }).source).code).toBe("invalid_region");
  });
});

const stsModel = dataFile("aws.sts.service-2.json") as { shapes: Record<string, unknown> } | undefined;

describe.skipIf(stsModel === undefined)("STS's service model (run where ADIT_DATA_CHECKS is found)", () => {
  it("has the limits that are checked here", () => {
    const shapes = stsModel?.shapes ?? {};
    expect(shapes["arnType"]).toMatchObject({ max: 2_048, min: 20 });
    expect(shapes["externalIdType"]).toMatchObject({ max: 1_224, min: 2, pattern: String.raw`[\w+=,.@:\/-]*` });
    expect(shapes["roleSessionNameType"]).toMatchObject({ max: 64, min: 2, pattern: String.raw`[\w+=,.@-]*` });
    expect(shapes["roleDurationSecondsType"]).toMatchObject({ max: 43_200, min: 900 });
    expect(shapes["tagListType"]).toMatchObject({ max: 50 });
    expect(shapes["tagKeyType"]).toMatchObject({ max: 128, min: 1, pattern: String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+` });
    expect(shapes["tagValueType"]).toMatchObject({ max: 256, min: 0 });
  });
});

describe("callerIdentity", () => {
  const answer = {
    status: 200,
    headers: {},
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
      <Arn>arn:aws:iam::123456789012:user/Alice</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
      </GetCallerIdentityResult></GetCallerIdentityResponse>`,
  };

  it("tells whose credentials they are", async () => {
    const { options, sent } = rig([answer]);
    expect(await callerIdentity(options)).toEqual({
      account: "123456789012",
      arn: "arn:aws:iam::123456789012:user/Alice",
      userId: "AIDAEXAMPLE",
    });
    expect(sent[0]?.body).toBe("Action=GetCallerIdentity&Version=2011-06-15");
  });

  it("says what STS said", async () => {
    const { options } = rig([refusal(403, "InvalidClientTokenId", "The security token is invalid.")]);
    const error = await rejectionOf(callerIdentity(options));
    expect(error.code).toBe("UnrecognizedClientException");
    expect(error.message).toContain("The security token is invalid.");
    const empty = rig([{ status: 200, body: "<ok/>", headers: {} }]);
    expect((await rejectionOf(callerIdentity(empty.options))).code).toBe("credentials_unavailable");
  });

  it("speaks of no role where STS does not answer, or not as it should", async () => {
    const unreachable = new AditError("upstream_unreachable", "connect ECONNREFUSED");
    const answers = [
      [unreachable, "Check the region, DNS, proxies and firewalls."],
      [new Error("ECONNRESET"), "check the region, DNS, proxies and firewalls."],
      [{ status: 500, headers: {}, body: "" }, "that STS is active in it for the account."],
      [{ status: 200, headers: {}, body: "<ok/>" }, "AWS_ENDPOINT_URL."],
    ] as const;
    for (const [given, remedy] of answers) {
      const { options, source } = rig([given, given, given, given]);
      const words = (await rejectionOf(callerIdentity(options))).describe();
      expect(words).toContain(remedy);
      expect(words).not.toContain("role");
      const ofRole = (await rejectionOf(source().get())).describe();
      expect(ofRole.includes("Check the role")).toBe(!(given instanceof Error));
    }
  });
});
