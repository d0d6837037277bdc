/** A fault of the process: SIGTERM while 500 streams are open. The program itself is started, as an operator starts it. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatPath, question, until } from "../support/asking.ts";
import { gatewayKey } from "../support/house.ts";
import { modelCalls } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

const program = fileURLToPath(new URL("../../packages/gateway/bin/adit.js", import.meta.url));

let emulator: Emulator;
let dataDir: string;
let gateway: ChildProcess | undefined;
beforeEach(async () => {
  emulator = await startEmulator();
  dataDir = await mkdtemp(join(tmpdir(), "adit-sigterm-"));
});
afterEach(async () => {
  gateway?.kill("SIGKILL");
  await emulator.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts `adit serve`; resolves with its address, which it prints. */
async function serve(): Promise<{ url: string; exited: Promise<number | null>; said: () => string }> {
  const { accessKeyId, secretAccessKey } = emulator.credential;
  gateway = spawn(process.execPath, [program, "serve"], {
    env: {
      PATH: process.env["PATH"],
      ADIT_PORT: "0",
      ADIT_ADMIN_KEY: gatewayKey,
      ADIT_DATA_DIR: dataDir,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const child = gateway;
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await until(() => /listens on \S+/.test(said));
  return { url: /listens on (\S+)/.exec(said)?.[1] ?? "", exited, said: () => said };
}

function ask(url: string, text: string): Promise<Response> {
  return fetch(`${url}${chatPath}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` },
    body: JSON.stringify(question(text, { stream: true })),
  });
}

describe("D SIGTERM under 500 live streams", () => {
  test("D every stream ends whole, new requests get a 503, and the exit is 0", async () => {
    const { url, exited, said } = await serve();
    const count = 500;
    // All of them fall silent after their first words, until well after the signal.
    emulator.faultNext({ kind: "silence", frame: 3, ms: 6_000 }, count);
    const streams = await Promise.all(Array.from({ length: count }, (_, index) => ask(url, `one two three ${index}.`)));
    expect(streams.filter(({ status }) => status === 200)).toHaveLength(count);
    const reading = Promise.all(streams.map((response) => readChat(response)));
    gateway?.kill("SIGTERM");
    await until(() => said().includes("Stopping"));
    const refused = await ask(url, "Too late");
    expect(refused.status).toBe(503);
    await refused.text();
    const chats = await reading;
    expect(chats.filter(({ endsWithDone }) => endsWithDone)).toHaveLength(count);
    for (const [index, chat] of chats.entries()) expect(chat.text).toContain(`one two three ${index}.`);
    expect(await exited).toBe(0);
    expect(modelCalls(emulator)).toHaveLength(count);
  });
});
