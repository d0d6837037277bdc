/** Starts the bench's processes and makes sure that all of them end: at the end, on an error, on Ctrl-C. */
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "adit-bench-"));
const wantedOpenFiles = 65_536;
const startMs = 20_000;
const stopMs = 5_000;

/** A new folder for one process; all are removed at the end. */
export function scratchFolder(name) {
  return fs.mkdtempSync(path.join(scratch, `${name}-`));
}

/** How many files (and sockets) a process may open here, with the limit raised as far as allowed. */
export function openFilesLimit() {
  const shown = spawnSync("sh", [
    "-c",
    `ulimit -n ${wantedOpenFiles} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; ulimit -n`,
  ]);
  const limit = shown.stdout.toString().trim();
  return limit === "unlimited" ? wantedOpenFiles : Number(limit);
}

/** Nothing of the caller's environment but the way to programs: no AWS settings, no proxies. */
function environmentOf(name, extra) {
  return { PATH: process.env.PATH, HOME: scratchFolder(name), NODE_ENV: "production", LANG: "C.UTF-8", ...extra };
}

/**
 * Starts a program. `core`: the processor to tie it to, or undefined. Its standard output goes nowhere unless `output` is
 * "pipe"; the end of its standard error is kept for messages.
 */
export function startProcess({ name, command, args, env = {}, core, output = "ignore" }) {
  const raise = `ulimit -n ${wantedOpenFiles} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$@"`;
  const pinned = core === undefined ? [command, ...args] : ["taskset", "-c", String(core), command, ...args];
  const child = spawn("sh", ["-c", raise, "sh", ...pinned], {
    stdio: ["pipe", output, "pipe"],
    env: environmentOf(name, env),
  });
  const started = { name, child, pid: child.pid, complaint: "" };
  running.add(started);
  child.stdin.on("error", () => {});
  child.stderr.on("data", (bytes) => {
    started.complaint = (started.complaint + bytes.toString()).slice(-2000);
  });
  started.ended = new Promise((resolve) => {
    child.once("error", resolve);
    child.once("close", (code, signal) => {
      running.delete(started);
      started.hasEnded = true;
      resolve(code ?? signal);
    });
  });
  return started;
}

function failure(started, what) {
  return new Error(
    `${started.name} ${what}.${started.complaint === "" ? "" : ` It said: ${started.complaint.trim()}`}`,
  );
}

/** The port that a program of the bench prints once it listens. Needs output: "pipe". */
export async function portOf(started) {
  const printed = (async () => {
    let text = "";
    for await (const bytes of started.child.stdout) {
      text += bytes.toString();
      const port = /^listening (\d+)$/m.exec(text)?.[1];
      if (port !== undefined) return Number(port);
    }
    throw failure(started, "ended before it listened");
  })();
  const late = sleep(startMs, undefined, { ref: false }).then(() => {
    throw failure(started, `did not listen within ${startMs / 1000} s`);
  });
  return await Promise.race([printed, late]);
}

function canConnect(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Waits until something listens at the port; the milliseconds since `since` (performance.now()). */
export async function waitForPort(started, port, since = performance.now()) {
  while (performance.now() - since < startMs) {
    if (started.hasEnded) throw failure(started, "ended before it listened");
    if (await canConnect(port)) return performance.now() - since;
    await sleep(5);
  }
  throw failure(started, `did not listen within ${startMs / 1000} s`);
}

/** A port that was free a moment ago, for programs that cannot pick one. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function stopProcess(started) {
  if (started.hasEnded) return;
  started.child.kill("SIGTERM");
  const late = sleep(stopMs, "late", { ref: false });
  if ((await Promise.race([started.ended, late])) === "late") {
    started.child.kill("SIGKILL");
    await started.ended;
  }
}

/** Ends everything that was started and removes what it wrote. */
export async function stopAll() {
  await Promise.all([...running].map(stopProcess));
  fs.rmSync(scratch, { recursive: true, force: true });
}

/** Runs the command's main function; whatever ends it, nothing that it started stays. */
export async function runCommand(main) {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  let interrupted = false;
  for (const [signal, code] of Object.entries(signals)) {
    process.once(signal, () => {
      interrupted = true;
      void stopAll().then(() => process.exit(code));
    });
  }
  let code;
  try {
    code = await main();
  } catch (error) {
    // What was stopped half-way complains; the signal's own end follows.
    if (interrupted) return;
    console.error(error instanceof UsageError ? error.message : error);
    code = 1;
  }
  await stopAll();
  process.exit(code ?? 0);
}

/** What the caller of the command did wrong: shown without a stack. */
export class UsageError extends Error {}
