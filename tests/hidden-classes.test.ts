/**
 * No object that is made for each call has a hidden class of V8's of its own. Where one has, all that reads it afterwards is slow, at places
 * that no profile names. Node 20 does so to `{ ...one, more }`, an object that grows after a spread: V8's log of its maps tells.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../packages/gateway/src/store/testing/until.ts";
import { doors, type Door } from "./attacks/doors.ts";
import { built } from "./cli/command.ts";
import { gatewayKey } from "./support/house.ts";

/** V8 goes on with making classes until code has run a few times. */
const warmUps = 15;
const counted = 15;

let emulator: Emulator;
let folder: string;
let gateway: ChildProcess;
beforeEach(async () => {
  emulator = await startEmulator();
  folder = await mkdtemp(join(tmpdir(), "adit-classes-"));
});
afterEach(async () => {
  gateway.kill("SIGKILL");
  await emulator.close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(log: string): Promise<string> {
  const { accessKeyId, secretAccessKey } = emulator.credential;
  const flags = ["--log-maps", "--no-log-maps-details", `--logfile=${log}`, "--no-logfile-per-isolate"];
  gateway = spawn(process.execPath, [...flags, built, "serve"], {
    env: {
      PATH: process.env["PATH"],
      ADIT_PORT: "0",
      ADIT_ADMIN_KEY: gatewayKey,
      ADIT_DATA_DIR: join(folder, "data"),
      ADIT_LOG_LEVEL: "info",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  gateway.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  await until(() => /listens on \S+/.test(said));
  return /listens on (\S+)/.exec(said)?.[1] ?? "";
}

/** A call that goes by more than its body. */
const config = JSON.stringify({
  strategy: { mode: "fallback" },
  targets: [
    { provider: "bedrock", retry: { attempts: 1 } },
    { provider: "bedrock", aws_region: "us-west-2" },
  ],
});
const steered = { "x-adit-config": config, "x-adit-metadata": '{"_user":"ada"}' };

interface Sending {
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

async function askAll(url: string, times: number): Promise<void> {
  const sent = [
    ...doors.flatMap((door) => sendings(door, {})),
    ...doors.slice(0, 1).flatMap((door) => sendings(door, steered)),
  ];
  for (let round = 0; round < times; round += 1) {
    await Promise.all(
      sent.map(async ({ path, body, headers }) => {
        const response = await fetch(`${url}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}`, ...headers },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
      }),
    );
  }
}

function sendings({ path, body, stream }: Door, headers: Record<string, string>): Sending[] {
  const whole = { path, body: body("Where?"), headers };
  if (stream === undefined) return [whole];
  return [whole, { path: stream.path, body: { ...whole.body, ...stream.more }, headers }];
}

/** Where classes were made, in the lines of the built program, with how often; only places that made one for each call of a kind. */
async function madeSince(log: string, sinceMicros: number): Promise<string[]> {
  const places = new Map<string, number>();
  let isLog = false;
  for (const line of (await readFile(log, "latin1")).split("\n")) {
    // map,KIND,TIME,FROM,TO,PC,LINE,COLUMN,REASON,NAME
    const [event, kind, time, , , , row, column, reason = "", name = ""] = line.split(",");
    isLog ||= event === "map";
    // Node's own objects have members that are symbols, such as an AbortSignal's; Adit's have none.
    const isNodes = Number(row) === 0 || name.startsWith("symbol(");
    // Rows of Node's own SQLite have no prototype, which Node 24 notes of each.
    const isRow = kind === "ReplaceDescriptors" && reason === "TransitionToPrototype";
    // A class of many private members: V8 now and then gives its objects too little room, which no code of theirs decides.
    if (event !== "map" || Number(time) < sinceMicros || isNodes || isRow || reason === "TooManyFastProperties")
      continue;
    const place = `${kind} at ${row}:${column} ${reason} ${name}`;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  if (!isLog) throw new Error("V8 has written no log of its maps: nothing was looked at.");
  return [...places].filter(([, count]) => count >= counted).map(([place, count]) => `${count} x ${place}`);
}

test("calls make no hidden classes, through every door, whole and streamed", async () => {
  const log = join(folder, "maps.log");
  const startedAt = performance.now();
  const url = await serve(log);
  await askAll(url, warmUps);
  const sinceMicros = (performance.now() - startedAt) * 1_000;
  await askAll(url, counted);
  const ended = new Promise((resolve) => gateway.once("close", resolve));
  gateway.kill("SIGTERM");
  await ended;
  expect(await madeSince(log, sinceMicros)).toEqual([]);
}, 120_000);
