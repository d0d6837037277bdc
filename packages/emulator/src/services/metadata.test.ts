import { fromContainerMetadata, fromHttp, fromInstanceMetadata } from "@aws-sdk/credential-providers";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startEmulator, type Emulator } from "../index.ts";
import { question, runtimeClient } from "../testing/clients.ts";
import { sendRaw } from "../testing/hand-signer.ts";

let emulator: Emulator;
let now: number;

beforeEach(async () => {
  now = Date.now();
  emulator = await startEmulator({ clock: () => now, containerToken: "pod-token" });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await emulator.close();
});

/** What the emulator says of a call that is signed with these. */
async function verdictOf(credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  await runtimeClient(emulator, "HTTP/1.1", { credentials }).send(new ConverseCommand(question));
  const { verdict, accessKeyId } = emulator.requests.at(-1)!;
  return accessKeyId === credentials.accessKeyId ? verdict : "another key";
}

describe("instance metadata", () => {
  it("gives AWS's own provider credentials that sign", async () => {
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", emulator.url);
    const credentials = await fromInstanceMetadata({ timeout: 2_000, maxRetries: 0 })();
    expect(credentials.accessKeyId).toMatch(/^ASIA/);
    expect(credentials.expiration!.getTime()).toBeGreaterThan(now + 5 * 3_600_000);
    expect(await verdictOf(credentials)).toBe("sigv4 ok");
  });

  it("asks for a token that is alive", async () => {
    const get = (token?: string) =>
      sendRaw(emulator.url, {
        method: "GET",
        path: "/latest/meta-data/placement/region",
        headers: token === undefined ? {} : { "x-aws-ec2-metadata-token": token },
      });
    expect((await get()).status).toBe(401);
    expect((await get("guessed")).status).toBe(401);
    const put = (seconds: string) =>
      sendRaw(emulator.url, {
        method: "PUT",
        path: "/latest/api/token",
        headers: { "x-aws-ec2-metadata-token-ttl-seconds": seconds },
      });
    expect((await put("0")).status).toBe(400);
    expect((await put("21601")).status).toBe(400);
    const token = (await put("60")).text;
    expect(await get(token)).toMatchObject({ status: 200, text: "us-east-1" });
    now += 60_000;
    expect((await get(token)).status).toBe(401);
  });
});

describe("container credentials", () => {
  it("are given to AWS's own providers for the right token", async () => {
    const url = `${emulator.url}/v1/credentials`;
    const given = await fromHttp({
      awsContainerCredentialsFullUri: url,
      awsContainerAuthorizationToken: "pod-token",
    })();
    expect(await verdictOf(given)).toBe("sigv4 ok");
    vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token");
    const byEnvironment = await fromContainerMetadata({ timeout: 2_000, maxRetries: 0 })();
    expect(await verdictOf(byEnvironment)).toBe("sigv4 ok");
  });

  it("are refused without it", async () => {
    const get = (path: string, headers = {}) => sendRaw(emulator.url, { method: "GET", path, headers });
    expect((await get("/v1/credentials")).status).toBe(401);
    expect((await get("/v2/credentials/task", { authorization: "wrong" })).status).toBe(401);
    await emulator.close();
    emulator = await startEmulator();
    expect((await get("/v1/credentials")).status).toBe(401);
    expect((await get("/v1/credentials", { authorization: "any" })).status).toBe(200);
    expect((await get("/v2/credentials/task")).json).toMatchObject({ RoleArn: expect.stringContaining(":role/") });
  });
});
