/**
 * What a newcomer does: an empty npm cache, a fresh clone, `npm start`, the printed curl line. Fails unless an answer
 * comes within 60 seconds. `npm run newcomer`.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./set-up.mjs";

const limitSeconds = 60;
const folder = mkdtempSync(path.join(tmpdir(), "adit-newcomer-"));
const clone = path.join(folder, "adit");

/** The machine as a newcomer has it: nothing of AWS, nothing of Adit. */
function newcomersEnvironment(port) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|ADIT_|npm_|NODE_OPTIONS|VITEST|INIT_CWD)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    npm_config_cache: path.join(folder, "npm-cache"),
    ADIT_PORT: String(port),
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: folder,
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function main() {
  const registry = spawnSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).stdout.trim();
  const startedAt = Date.now();
  const cloned = spawnSync("git", ["clone", "--quiet", root, clone], { stdio: "inherit" });
  if (cloned.status !== 0) return "git clone failed";
  const environment = { ...newcomersEnvironment(await freePort()), npm_config_registry: registry };
  const server = spawn("npm", ["start"], {
    cwd: clone,
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const curl = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), limitSeconds * 1000);
    const read = (chunk) => {
      output += chunk;
      const found = /^\s*(curl [^\n]+)$/m.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.on("exit", () => resolve(undefined));
  });
  try {
    if (curl === undefined) return `no curl line within ${limitSeconds} s; npm start said:\n${output}`;
    const answer = spawnSync("sh", ["-c", curl], { cwd: clone, encoding: "utf8", timeout: 20_000 });
    const seconds = (Date.now() - startedAt) / 1000;
    const content = JSON.parse(answer.stdout).choices?.[0]?.message?.content;
    if (typeof content !== "string" || content === "")
      return `the curl line answered: ${answer.stdout}${answer.stderr}`;
    if (seconds > limitSeconds) return `the answer came after ${seconds.toFixed(1)} s`;
    console.log(`First answer after ${seconds.toFixed(1)} s: ${content}`);
    return undefined;
  } finally {
    if (server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
  }
}

const fault = await main();
rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
if (fault !== undefined) console.error(fault);
process.exit(fault === undefined ? 0 : 1);
