import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type AssumeRoleCommandInput,
} from "@aws-sdk/client-sts";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startEmulator, type Emulator, type EmulatorCredential, type EmulatorRole } from "../../index.ts";
import { failureOf, question, runtimeClient } from "../../testing/clients.ts";
import { dateOf, handSigned, sendRaw } from "../../testing/hand-signer.ts";

const roleArn = "arn:aws:iam::123456789012:role/team/reader";
const strict: EmulatorRole = {
  roleArn,
  externalId: "ticket-4711",
  maxDurationSeconds: 7_200,
  trustedAccounts: ["123456789012", "210987654321"],
};

let emulator: Emulator;
let now: number;

beforeEach(async () => {
  now = Date.now();
  emulator = await startEmulator({ roles: [strict], clock: () => now });
});

afterEach(async () => {
  await emulator.close();
});

function client(credentials: EmulatorCredential = emulator.credential): STSClient {
  return new STSClient({ endpoint: emulator.url, region: "us-east-1", credentials, maxAttempts: 1 });
}

function assume(over: Partial<AssumeRoleCommandInput> = {}, credentials?: EmulatorCredential) {
  const input = { RoleArn: roleArn, RoleSessionName: "alice", ExternalId: "ticket-4711", ...over };
  return client(credentials).send(new AssumeRoleCommand(input));
}

async function sessionOf(over: Partial<AssumeRoleCommandInput> = {}, credentials?: EmulatorCredential) {
  const { Credentials: given } = await assume(over, credentials);
  return {
    accessKeyId: given!.AccessKeyId!,
    secretAccessKey: given!.SecretAccessKey!,
    sessionToken: given!.SessionToken!,
    expiration: given!.Expiration!,
  };
}

describe("AssumeRole", () => {
  it("gives a session that signs calls of Bedrock and of STS", async () => {
    const answer = await assume({ Tags: [{ Key: "team", Value: "red" }], SourceIdentity: "alice" });
    expect(answer.AssumedRoleUser).toEqual({
      Arn: "arn:aws:sts::123456789012:assumed-role/reader/alice",
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:alice$/),
    });
    expect(answer).toMatchObject({ PackedPolicySize: 6, SourceIdentity: "alice" });
    expect(answer.Credentials!.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(answer.Credentials!.Expiration).toEqual(new Date(Math.floor((now + 3_600_000) / 1_000) * 1_000));
    const session = await sessionOf();
    expect(await client(session).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:sts::123456789012:assumed-role/reader/alice",
    });
    await runtimeClient(emulator, "HTTP/2", { credentials: session }).send(new ConverseCommand(question));
    expect(emulator.requests.at(-1)).toMatchObject({ accessKeyId: session.accessKeyId, verdict: "sigv4 ok" });
  });

  it("ends its sessions", async () => {
    const session = await sessionOf({ DurationSeconds: 900 });
    now += 900_000;
    const clock = { systemClockOffset: now - Date.now() };
    const bedrock = runtimeClient(emulator, "HTTP/1.1", { credentials: session, ...clock });
    expect(await failureOf(bedrock.send(new ConverseCommand(question)))).toMatchObject({
      name: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
    const sts = new STSClient({ endpoint: emulator.url, region: "us-east-1", credentials: session, ...clock });
    expect(await failureOf(sts.send(new GetCallerIdentityCommand({})))).toMatchObject({
      name: "ExpiredToken",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it.each<[string, Partial<AssumeRoleCommandInput>]>([
    ["a wrong external id", { ExternalId: "ticket-0815" }],
    ["no external id", { ExternalId: undefined }],
    ["a role that there is not", { RoleArn: "arn:aws:iam::123456789012:role/nobody" }],
  ])("refuses %s with the same words", async (_what, over) => {
    expect(await failureOf(assume(over))).toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::123456789012:user/emulator is not authorized to perform: sts:AssumeRole on resource: ${over.RoleArn ?? roleArn}`,
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("lets in the accounts that the role trusts, and no others", async () => {
    const [trusted, stranger] = ["210987654321", "111122223333"].map((account) => ({
      accessKeyId: `AKIA${account}`,
      secretAccessKey: account,
      account,
    }));
    emulator.addCredential(trusted!);
    emulator.addCredential(stranger!);
    expect((await assume({}, trusted)).AssumedRoleUser?.Arn).toContain("::123456789012:assumed-role/reader/");
    expect(await failureOf(assume({}, stranger))).toMatchObject({ name: "AccessDenied" });
  });

  it("holds durations to the role, to chains and to the service", async () => {
    expect(await failureOf(assume({ DurationSeconds: 7_201 }))).toMatchObject({
      name: "ValidationError",
      message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    });
    const session = await sessionOf();
    expect(await failureOf(assume({ DurationSeconds: 3_601 }, session))).toMatchObject({
      name: "ValidationError",
      message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    });
    expect((await sessionOf({ DurationSeconds: 3_600 }, session)).sessionToken).not.toBe(session.sessionToken);
    expect(await failureOf(assume({ DurationSeconds: 899 }))).toMatchObject({
      message:
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("names every constraint that is broken", async () => {
    expect(await failureOf(assume({ RoleArn: "role/short", RoleSessionName: "a b" }))).toMatchObject({
      name: "ValidationError",
      message:
        "2 validation errors detected: Value 'role/short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20; " +
        "Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    });
    expect(await failureOf(assume({ RoleArn: "arn:aws:s3:::bucket/of/things" }))).toMatchObject({
      message: "arn:aws:s3:::bucket/of/things is invalid",
    });
    const tags = ["Team", "team"].map((Key) => ({ Key, Value: "x" }));
    expect(await failureOf(assume({ Tags: tags }))).toMatchObject({
      message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    });
    expect(await failureOf(assume({ Tags: [{ Key: "AWS:team", Value: "x" }] }))).toMatchObject({
      name: "ValidationError",
      message: "The tag key 'AWS:team' at 'tags.1.member.key' begins with aws:, a prefix that is reserved for AWS.",
    });
  });

  it("reads a session's policy, who stands behind it, and whole tags", async () => {
    expect(await failureOf(assume({ Policy: "allow all" }))).toMatchObject({
      name: "MalformedPolicyDocumentException",
      message: "This policy contains invalid Json",
      $metadata: { httpStatusCode: 400 },
    });
    expect((await assume({ Policy: '{"Version":"2012-10-17","Statement":[]}' })).PackedPolicySize).toBe(6);
    expect((await failureOf(assume({ SourceIdentity: "x" }))).message).toContain(
      "Value 'x' at 'sourceIdentity' failed to satisfy constraint: Member must have length greater than or equal to 2",
    );
    expect((await failureOf(assume({ Tags: [{ Key: "a", Value: undefined }] }))).message).toContain(
      "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
    );
  });

  it("asks for the session token of the caller", async () => {
    const { sessionToken, ...pair } = await sessionOf();
    expect(sessionToken).toBeDefined();
    expect(await failureOf(assume({}, pair))).toMatchObject({
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("takes every role of an account that it knows, where no roles are listed", async () => {
    await emulator.close();
    emulator = await startEmulator();
    expect((await assume({ RoleArn: "arn:aws:iam::123456789012:role/any" })).AssumedRoleUser?.Arn).toBe(
      "arn:aws:sts::123456789012:assumed-role/any/alice",
    );
    expect(await failureOf(assume({ RoleArn: "arn:aws:iam::999988887777:role/any" }))).toMatchObject({
      name: "AccessDenied",
    });
  });
});

describe("AssumeRoleWithWebIdentity", () => {
  const token = (claims: object) =>
    ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".");
  const assumeBy = (WebIdentityToken: string, RoleArn = roleArn) =>
    client().send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "pod", WebIdentityToken }));

  it("takes a token without a signature on the request", async () => {
    const claims = { iss: "https://issuer.test", sub: "system:pod", aud: ["sts.amazonaws.com"], exp: now / 1_000 + 60 };
    expect(await assumeBy(token(claims))).toMatchObject({
      AssumedRoleUser: { Arn: "arn:aws:sts::123456789012:assumed-role/reader/pod" },
      SubjectFromWebIdentityToken: "system:pod",
      Audience: "sts.amazonaws.com",
      Provider: "https://issuer.test",
    });
    expect(emulator.requests[0]!.headers["authorization"]).toBeUndefined();
    expect(emulator.requests[0]!.verdict).toBe("unsigned");
  });

  it("refuses an expired token, what is no token, and a role that there is not", async () => {
    expect(await failureOf(assumeBy(token({ exp: Math.floor(now / 1_000) })))).toMatchObject({
      name: "ExpiredTokenException",
      $metadata: { httpStatusCode: 400 },
    });
    expect(await failureOf(assumeBy("opaque-token"))).toMatchObject({ name: "InvalidIdentityTokenException" });
    expect(await failureOf(assumeBy(token({ sub: "x" }), "arn:aws:iam::123456789012:role/nobody"))).toMatchObject({
      name: "AccessDenied",
      message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    });
  });
});

describe("the query protocol", () => {
  const call = (body: string, service = "sts") => {
    const request = {
      method: "POST",
      path: "/",
      body,
      headers: { host: new URL(emulator.url).host, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    };
    const headers = handSigned({ ...request, date: dateOf(now), service, credential: emulator.credential });
    return sendRaw(emulator.url, { ...request, headers });
  };

  it("answers in AWS's XML", async () => {
    const answer = await call("Action=GetCallerIdentity&Version=2011-06-15");
    expect(answer.headers["content-type"]).toBe("text/xml");
    const id = answer.headers["x-amzn-requestid"];
    expect(answer.text.replace(/>\s+</g, "><").trim()).toMatch(
      new RegExp(
        `^<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/emulator</Arn><UserId>AIDA[A-Z2-7]{17}</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>$`,
      ),
    );
  });

  it("refuses in AWS's XML, with what was sent escaped", async () => {
    const answer = await call("Action=%3Cb%3E&Version=2011-06-15");
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("<Type>Sender</Type>");
    expect(answer.text).toContain("<Code>InvalidAction</Code>");
    expect(answer.text).toContain("Could not find operation &#60;b&#62; for version 2011-06-15");
  });

  it("asks for a signature of its own service", async () => {
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const other = await call(body, "bedrock");
    expect(other.status).toBe(403);
    expect(other.text).toContain("<Code>SignatureDoesNotMatch</Code>");
    expect(other.text).toContain("Credential should be scoped to correct service: &#39;sts&#39;.");
    const unsigned = await sendRaw(emulator.url, { path: "/", body });
    expect(unsigned.status).toBe(403);
    expect(unsigned.text).toContain("<Code>MissingAuthenticationToken</Code>");
    expect(unsigned.text).toContain("Request is missing Authentication Token");
  });
});
