/** C10: the built command, as an operator runs it: secrets in its environment and in its callers' requests, looked for in all that it writes. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chatPath, question, until } from "../support/asking.ts";
import { filesUnder } from "../support/files-under.ts";
import { canaries, wholeText } from "./canaries.ts";

const command = resolve(import.meta.dirname, "../../packages/gateway/dist/program/main.js");
const secrets = canaries();
const pair = {
  accessKeyId: "ASIACOMMANDCOMMAND00",
  secretAccessKey: secrets.of("AWS_SECRET_ACCESS_KEY"),
  sessionToken: secrets.of("AWS_SESSION_TOKEN"),
};
const apiKey = `ABSK${secrets.of("AWS_BEARER_TOKEN_BEDROCK")}`;

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ credentials: [pair], apiKeys: [apiKey] });
  folder = await mkdtemp(join(tmpdir(), "adit-canaries-"));
});
afterEach(() => emulator.clearRequests());
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true, force: true });
});

interface Running {
  child: ChildProcess;
  written: () => string;
  ended: Promise<number | null>;
}

function run(args: string[], variables: Record<string, string>): Running {
  const child = spawn(process.execPath, [command, ...args], {
    // Nothing of the environment of the tests: what is there is planted.
    env: {
      PATH: process.env["PATH"],
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: emulator.url,
      AWS_EC2_METADATA_DISABLED: "true",
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  child.stdout.on("data", (bytes: Buffer) => (written += bytes.toString("utf8")));
  child.stderr.on("data", (bytes: Buffer) => (written += bytes.toString("utf8")));
  return { child, written: () => written, ended: new Promise((done) => child.once("close", done)) };
}

const keys = {
  AWS_ACCESS_KEY_ID: pair.accessKeyId,
  AWS_SECRET_ACCESS_KEY: pair.secretAccessKey,
  AWS_SESSION_TOKEN: pair.sessionToken,
};

describe.skipIf(!existsSync(command))("the built command", () => {
  test("adit serve, at the level of trace, writes none of them, and its data folder holds none", async () => {
    const adminKey = secrets.of("ADIT_ADMIN_KEY");
    const serving = run(["serve", "--port", "0"], {
      ...keys,
      ADIT_ADMIN_KEY: adminKey,
      ADIT_DATA_DIR: folder,
      ADIT_LOG_LEVEL: "trace",
      NODE_DEBUG: "",
    });
    await until(() => /listens on http\S+/.test(serving.written()));
    const url = /listens on (http\S+)/.exec(serving.written())![1]!;
    const send = async (body: unknown, headers: Record<string, string> = {}): Promise<string> =>
      wholeText(
        await fetch(url + chatPath, {
          method: "POST",
          headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      );
    const own = { aws_access_key_id: "AKIAX", aws_secret_access_key: secrets.of("in the body") };
    emulator.faultNext({
      kind: "refuse",
      type: "InvalidSignatureException",
      message: `x-amz-security-token:${pair.sessionToken}`,
      operation: "ConverseStream",
    });
    const answers = [
      await send(question("hello")),
      await send(question("hello", { stream: true })),
      await send(question("hello", { stream: true })),
      await send(question("hello", own)),
      await send(question("hello"), { authorization: `Bearer ${secrets.of("a wrong key")}` }),
      await send(`{"aws_secret_access_key": "${secrets.of("broken JSON")}`),
      await send(question("hello"), { "x-portkey-config": `{"api_key":"${secrets.of("broken config")}` }),
      await send(question("hello"), {
        "x-portkey-api-key": adminKey,
        authorization: `Bearer ${secrets.of("a bearer that is none")}`,
      }),
    ];
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual([
      "200",
      "403",
      "200",
      "403",
      "401",
      "400",
      "400",
      "403",
    ]);
    for (const answer of answers) secrets.expectNoneIn(answer, "an answer");
    await until(() => serving.written().split('"msg":"request"').length > answers.length);
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);
    secrets.expectNoneIn(serving.written(), "what the process wrote");
    for (const [file, text] of await filesUnder(folder)) secrets.expectNoneIn(text, file);
  });

  test("a settings fault is told without the value of a secret", async () => {
    for (const variables of [
      { ADIT_ADMIN_KEY: "CANARYshort" },
      { ADIT_ADMIN_KEY: secrets.of("admin key beside a fault"), ADIT_PORT: "none" },
    ]) {
      const failing = run(["serve"], { ...keys, ADIT_DATA_DIR: folder, ...variables });
      expect(await failing.ended).toBe(1);
      expect(failing.written()).not.toContain("CANARY");
    }
  });

  test.each([
    ["a session", keys],
    ["a Bedrock API key", { AWS_BEARER_TOKEN_BEDROCK: apiKey }],
    ["a wrong secret", { ...keys, AWS_SECRET_ACCESS_KEY: secrets.of("a wrong secret") }],
    ["a wrong API key", { AWS_BEARER_TOKEN_BEDROCK: `ABSK${secrets.of("a wrong API key")}` }],
    ["half a pair", { AWS_SECRET_ACCESS_KEY: secrets.of("half a pair") }],
    ["an API key that no header can carry", { AWS_BEARER_TOKEN_BEDROCK: `${secrets.of("spaces")} x` }],
  ])("adit doctor with %s", async (name, variables) => {
    if (name === "a session") {
      emulator.faultNext({
        kind: "refuse",
        type: "SignatureDoesNotMatch",
        status: 403,
        message: `x-amz-security-token:${pair.sessionToken}`,
        operation: "GetCallerIdentity",
      });
    }
    const examined = run(["doctor", "--model", "us.amazon.nova-lite-v1:0"], variables);
    await examined.ended;
    expect(examined.written()).toMatch(/credentials/);
    secrets.expectNoneIn(examined.written(), "what doctor wrote");
  });
});
