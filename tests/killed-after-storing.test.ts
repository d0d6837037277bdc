/** Promise 5: a response that its caller was told is stored is there after `kill -9`, on either engine, whole and streamed. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator, type Emulator } from "@adit/emulator";
import OpenAI from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { onBothEngines } from "../packages/gateway/src/store/testing/engines.ts";
import { until } from "../packages/gateway/src/store/testing/until.ts";
import { nova } from "./support/asking.ts";
import { gatewayKey } from "./support/house.ts";

const program = fileURLToPath(new URL("../packages/gateway/bin/adit.js", import.meta.url));
const built = fileURLToPath(new URL("../packages/gateway/dist/program/main.js", import.meta.url));

let emulator: Emulator;
let dataDir: string;
const running: ChildProcess[] = [];
beforeEach(async () => {
  emulator = await startEmulator();
  dataDir = await mkdtemp(join(tmpdir(), "adit-killed-"));
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  await emulator.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function serve(databaseUrl: string | undefined): Promise<{ openai: OpenAI; url: string; child: ChildProcess }> {
  const { accessKeyId, secretAccessKey } = emulator.credential;
  const child = spawn(process.execPath, [program, "serve"], {
    env: {
      PATH: process.env["PATH"],
      ADIT_PORT: "0",
      ADIT_ADMIN_KEY: gatewayKey,
      ADIT_DATA_DIR: dataDir,
      ADIT_LOG_LEVEL: "silent",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.push(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  await until(() => /listens on \S+/.test(said));
  const url = /listens on (\S+)/.exec(said)?.[1] ?? "";
  return { openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: gatewayKey, maxRetries: 0 }), url, child };
}

/** The id, at the moment that the caller is told of the end. */
async function streamed(openai: OpenAI, asked: { model: string; input: string; store: true }): Promise<string> {
  for await (const event of await openai.responses.create({ ...asked, stream: true })) {
    if (event.type === "response.completed") return event.response.id;
  }
  return "";
}

onBothEngines((house) => {
  test.skipIf(!existsSync(built))(
    "kill -9 at the moment that the caller knows: it is there, and is gone on from",
    async () => {
      const location = house.engine === "postgres" ? await house.newLocation() : { file: join(dataDir, "adit.db") };
      const databaseUrl = "databaseUrl" in location ? location.databaseUrl : undefined;
      const known: string[] = [];
      for (const stream of [false, true]) {
        const { openai, url, child } = await serve(databaseUrl);
        const headers = { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` };
        await fetch(`${url}/v1/logs/settings`, { method: "PUT", headers, body: '{"content":"all"}' });
        const asked = { model: nova, input: "My name is Ada.", store: true } as const;
        // A setting holds for calls that begin a moment after it.
        await until(async () => ((await openai.responses.create({ ...asked })) as unknown as { store: boolean }).store);
        known.push(stream ? await streamed(openai, asked) : (await openai.responses.create(asked)).id);
        child.kill("SIGKILL");
        await until(() => child.signalCode !== null);
      }
      const { openai } = await serve(databaseUrl);
      expect(known).toHaveLength(2);
      for (const id of known) {
        expect(await openai.responses.retrieve(id)).toMatchObject({ id, status: "completed", store: true });
        emulator.clearRequests();
        await openai.responses.create({ model: nova, input: "Who am I?", previous_response_id: id });
        expect(emulator.requests.at(-1)?.body.toString()).toContain("My name is Ada.");
      }
    },
    60_000,
  );
});
