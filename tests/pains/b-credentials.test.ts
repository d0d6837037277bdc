/** Credentials expire, rotate and come from many places; none of them leaks into another's call. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answerOf, ask, chatPath, question, refusalOf } from "../support/asking.ts";
import { openHouse, type House, type HouseOptions } from "../support/house.ts";
import { callsOf, modelCalls, onlyModelCall, pairOf } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

let folder: string;
let house: House | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-credentials-"));
});
afterEach(async () => {
  await house?.close();
  house = undefined;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: HouseOptions): Promise<House> {
  house = await openHouse(options);
  return house;
}

/** No pair in the environment: the chain looks on. */
const without = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const role = "arn:aws:iam::123456789012:role/reader";

/** A JWT as EKS writes it: who signed it is not the emulator's matter. */
function identityToken(subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://oidc.eks", sub: subject, aud: "sts.amazonaws.com", iat: now, exp: now + 3600 };
  return `${part({ alg: "RS256", kid: "1" })}.${part(claims)}.${Buffer.from("signature").toString("base64url")}`;
}

describe("B26 sources of the server's own credentials", () => {
  test("B26 a credential process", async () => {
    const pair = pairOf("PROCESS");
    const said = { Version: 1, AccessKeyId: pair.accessKeyId, SecretAccessKey: pair.secretAccessKey };
    await writeFile(join(folder, "said.json"), JSON.stringify(said));
    await writeFile(join(folder, "config"), `[profile dev]\ncredential_process = cat ${join(folder, "said.json")}\n`);
    const of = await open({
      emulator: { credentials: [pair] },
      variables: { ...without, AWS_PROFILE: "dev", AWS_CONFIG_FILE: join(folder, "config") },
    });
    const response = await ask(of, "Hello");
    await answerOf(response);
    expect(onlyModelCall(of.emulator).accessKeyId).toBe(pair.accessKeyId);
    expect(response.headers.get("x-adit-credential")).toBe("server (profile dev)");
  });

  test("B26 a credential process that fails: its name, no command line, no call", async () => {
    await writeFile(join(folder, "config"), "[profile dev]\ncredential_process = false --secret hunter2\n");
    const of = await open({ variables: { ...without, AWS_PROFILE: "dev", AWS_CONFIG_FILE: join(folder, "config") } });
    const refusal = await refusalOf(await ask(of, "Hello"));
    expect(refusal).toMatchObject({ status: 502, code: "aws_credentials_unavailable" });
    expect(refusal.message).toContain("profile dev");
    expect(refusal.message).not.toContain("hunter2");
    expect(of.emulator.requests).toHaveLength(0);
  });

  test("B26 a web identity, whose rotated token is read anew when the session has expired", async () => {
    const file = join(folder, "token");
    const [first, second] = [identityToken("one"), identityToken("two")];
    await writeFile(file, first);
    const of = await open({
      variables: { ...without, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role },
    });
    vi.stubEnv("AWS_ENDPOINT_URL_STS", of.emulator.url);
    const response = await ask(of, "Hello");
    await answerOf(response);
    expect(response.headers.get("x-adit-credential")).toBe("server (web identity)");
    await writeFile(file, second);
    of.emulator.faultNext({ kind: "refuse", type: "ExpiredTokenException", operation: "Converse" });
    await answerOf(await ask(of, "Hello"));
    const tokens = callsOf(of.emulator, "AssumeRoleWithWebIdentity").map(({ body }) =>
      new URLSearchParams(body.toString()).get("WebIdentityToken"),
    );
    expect(tokens).toEqual([first, second]);
    const keys = modelCalls(of.emulator).map(({ accessKeyId }) => accessKeyId);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
  });

  test("B26 a container's endpoint (ECS, and EKS with its token in a file)", async () => {
    const file = join(folder, "pod-token");
    await writeFile(file, "pod-token-1");
    for (const more of [
      (url: string) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v2/credentials/task` }),
      (url: string) => ({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      }),
    ]) {
      const of = await open({
        emulator: { containerToken: "pod-token-1" },
        variables: ({ url }) => ({
          ...without,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: "pod-token-1",
          ...more(url),
        }),
      });
      const response = await ask(of, "Hello");
      await answerOf(response);
      const seen = onlyModelCall(of.emulator);
      expect(seen.accessKeyId).toMatch(/^ASIA/);
      expect(seen.sessionToken).toBeDefined();
      expect(response.headers.get("x-adit-credential")).toBe("server (container)");
      await of.close();
      house = undefined;
    }
  });

  test("B26 instance metadata, version 2, one look for a burst", async () => {
    const of = await open({ variables: { ...without, AWS_EC2_METADATA_DISABLED: undefined } });
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", of.emulator.url);
    const responses = await Promise.all(Array.from({ length: 8 }, () => ask(of, "Hello")));
    for (const response of responses) await answerOf(response);
    expect(responses[0]?.headers.get("x-adit-credential")).toBe("server (instance metadata)");
    const metadata = of.emulator.requests.filter(({ path }) => path.startsWith("/latest/"));
    expect(metadata.filter(({ method }) => method === "PUT")).toHaveLength(1);
    expect(new Set(modelCalls(of.emulator).map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
  });

  test("B26 nothing at all is a 401 that says where was looked", async () => {
    const of = await open({
      variables: { ...without, AWS_CONFIG_FILE: join(folder, "none"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "no") },
    });
    const refusal = await refusalOf(await ask(of, "Hello"));
    expect(refusal).toMatchObject({ status: 401, code: "no_aws_credentials" });
    expect(refusal.message).toContain("AWS_ACCESS_KEY_ID");
    expect(of.emulator.requests).toHaveLength(0);
  });
});

describe("B26 expiry", () => {
  const roleHeaders = { "x-adit-aws-role-arn": role };

  test("B26 a session that expires between two tries is fetched anew for the second", async () => {
    const of = await open({});
    of.emulator.faultNext({ kind: "refuse", type: "ExpiredTokenException", operation: "ConverseStream" });
    const chat = await readChat(await of.post(chatPath, question("Hello", { stream: true }), roleHeaders));
    expect(chat.endsWithDone).toBe(true);
    expect(callsOf(of.emulator, "AssumeRole")).toHaveLength(2);
    const [first, second] = modelCalls(of.emulator);
    expect(first?.verdict).toBe("sigv4 ok");
    expect(second?.verdict).toBe("sigv4 ok");
    expect(second?.accessKeyId).not.toBe(first?.accessKeyId);
  });

  test("B26 a session that AWS ended for a whole burst is fetched once", async () => {
    const of = await open({});
    await answerOf(await of.post(chatPath, question("Hello"), roleHeaders));
    of.emulator.clearRequests();
    of.emulator.faultNext({ kind: "refuse", type: "ExpiredTokenException", operation: "Converse" }, 6);
    // All six are under way before the first refusal comes back.
    of.emulator.faultNext({ kind: "delay", ms: 1_500, operation: "Converse" }, 6);
    const burst = Array.from({ length: 6 }, () => of.post(chatPath, question("Hello"), roleHeaders));
    for (const response of await Promise.all(burst)) await answerOf(response);
    expect(callsOf(of.emulator, "AssumeRole")).toHaveLength(1);
  });

  test("B26 a session of the caller's own that is over is a 403 and is tried once", async () => {
    const pair = pairOf("OVER", { sessionToken: "token-of-over", expiresAt: Date.now() - 1000 });
    const of = await open({ emulator: { credentials: [pair] } });
    const refusal = await refusalOf(
      await of.post(chatPath, question("Hello"), {
        "x-adit-aws-access-key-id": pair.accessKeyId,
        "x-adit-aws-secret-access-key": pair.secretAccessKey,
        "x-adit-aws-session-token": "token-of-over",
      }),
    );
    expect(refusal).toMatchObject({ status: 403, code: "aws_credentials_expired" });
    expect(refusal.message).toContain("The security token included in the request is expired");
    expect(refusal.message).toContain("request headers");
    expect(modelCalls(of.emulator)).toHaveLength(1);
  });
});

describe("B26 no credential pollutes another's call", () => {
  test("B26 a pair in the request is signed without the server's session token, region and Bedrock API key", async () => {
    const caller = pairOf("CALLER");
    const server = pairOf("SERVER", { sessionToken: "token-of-the-server" });
    for (const more of [{}, { AWS_BEARER_TOKEN_BEDROCK: "ABSKserver" }]) {
      const of = await open({
        emulator: { credentials: [caller, server] },
        variables: {
          AWS_ACCESS_KEY_ID: server.accessKeyId,
          AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
          AWS_SESSION_TOKEN: "token-of-the-server",
          ...more,
        },
      });
      await answerOf(
        await of.post(chatPath, question("Hello"), {
          "x-adit-aws-access-key-id": caller.accessKeyId,
          "x-adit-aws-secret-access-key": caller.secretAccessKey,
        }),
      );
      const seen = onlyModelCall(of.emulator);
      expect(seen.accessKeyId).toBe(caller.accessKeyId);
      expect(seen.sessionToken).toBeUndefined();
      expect(seen.bearer).not.toBe(true);
      expect(JSON.stringify(seen.headers)).not.toContain("token-of-the-server");
      await of.close();
      house = undefined;
    }
  });

  test("B26 the process's own variables are not the gateway's: only what it was started with counts", async () => {
    vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", "ABSKprocess");
    vi.stubEnv("AWS_SESSION_TOKEN", "token-of-the-process");
    const of = await open({});
    await answerOf(await ask(of, "Hello"));
    const seen = onlyModelCall(of.emulator);
    expect(seen.accessKeyId).toBe(of.emulator.credential.accessKeyId);
    expect(JSON.stringify(seen.headers)).not.toMatch(/token-of-the-process|ABSKprocess/);
  });

  test("B26 callers at the same time keep to their own keys", async () => {
    const pairs = ["ONE", "TWO", "THREE"].map((name) => pairOf(name));
    const of = await open({ emulator: { credentials: pairs } });
    const calls = Array.from({ length: 30 }, (_, index) => {
      const pair = pairs[index % 3]!;
      return of.post(chatPath, question(`caller ${pair.accessKeyId}`, { stream: index % 2 === 0 }), {
        "x-adit-aws-access-key-id": pair.accessKeyId,
        "x-adit-aws-secret-access-key": pair.secretAccessKey,
      });
    });
    for (const response of await Promise.all(calls)) expect(response.status).toBe(200);
    const sent = modelCalls(of.emulator);
    expect(sent).toHaveLength(calls.length);
    for (const seen of sent) {
      expect(seen.verdict).toBe("sigv4 ok");
      expect(seen.body.toString()).toContain(`caller ${seen.accessKeyId}`);
    }
  });
});
