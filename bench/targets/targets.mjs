/**
 * What is measured side by side. Each target: `speaks` (what it takes and gives: "openai", or "bedrock" for those that only
 * pass bytes), `headers` of a request, `start({upstreamPort, core, openFiles})` -> {port, pids, process, startedMs, headers},
 * `missing()` -> why it cannot run here, or undefined, and `isOnRequest` where it is measured only if it is named.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, portOf, scratchFolder, startProcess, waitForPort } from "../machine/processes.mjs";
import { withDescendants } from "../machine/process-stats.mjs";
import { adminKey, gatewayMain, startAdit, startAditWithKey, startAditWithLimits } from "./adit.mjs";
import { dummyCredentials } from "./dummy-credentials.mjs";
import { nginxConfig } from "./nginx-config.mjs";

const bench = path.join(import.meta.dirname, "..");
const portkeyMain = path.join(bench, "peers", "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
const { accessKeyId, secretAccessKey, region } = dummyCredentials;

function benchProgram(name) {
  return async ({ upstreamPort, core }) => {
    const args = [path.join(bench, "targets", `${name}.mjs`), "--upstream", `http://127.0.0.1:${upstreamPort}`];
    const started = startProcess({ name, command: process.execPath, args, core, output: "pipe" });
    return { process: started, port: await portOf(started), pids: [started.pid] };
  };
}

async function startNginx({ upstreamPort, core, openFiles }) {
  const folder = scratchFolder("nginx");
  const port = await freePort();
  const config = path.join(folder, "nginx.conf");
  fs.writeFileSync(config, nginxConfig({ folder, port, upstreamPort, openFiles }));
  const args = ["-c", config, "-p", folder, "-e", path.join(folder, "error.log")];
  const started = startProcess({ name: "nginx", command: "nginx", args, core });
  await waitForPort(started, port);
  // The master listens before its worker is there.
  let pids = withDescendants(started.pid);
  while (pids.length < 2 && !started.hasEnded) {
    await sleep(10);
    pids = withDescendants(started.pid);
  }
  return { process: started, port, pids };
}

async function startPortkey({ upstreamPort, core }) {
  const port = await freePort();
  const args = [portkeyMain, "--headless", `--port=${port}`];
  const started = startProcess({ name: "portkey", command: process.execPath, args, core });
  const startedMs = await waitForPort(started, port);
  const headers = { "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}` };
  return { process: started, port, pids: [started.pid], headers, startedMs };
}

function direct({ upstreamPort, upstreamPid }) {
  return { port: upstreamPort, pids: [upstreamPid] };
}

const missingGateway = () => (fs.existsSync(gatewayMain) ? undefined : "the gateway is not built (`npm run build`)");
const bedrockHeaders = { authorization: "none" };

export const targets = {
  direct: { speaks: "bedrock", headers: bedrockHeaders, start: direct, missing: () => undefined },
  nginx: {
    speaks: "bedrock",
    headers: bedrockHeaders,
    start: startNginx,
    missing: () =>
      spawnSync("nginx", ["-v"], { stdio: "ignore" }).status === 0
        ? undefined
        : "nginx is not installed (Debian: `apt-get install nginx-light`, or run with --install)",
  },
  "node-proxy": {
    speaks: "bedrock",
    headers: bedrockHeaders,
    start: benchProgram("node-proxy"),
    missing: () => undefined,
  },
  lean: { speaks: "openai", headers: {}, start: benchProgram("lean"), missing: () => undefined },
  adit: {
    speaks: "openai",
    headers: { authorization: `Bearer ${adminKey}` },
    start: startAdit,
    missing: missingGateway,
  },
  "adit-key": { speaks: "openai", headers: {}, start: startAditWithKey, missing: missingGateway, isOnRequest: true },
  "adit-limits": {
    speaks: "openai",
    headers: {},
    start: startAditWithLimits,
    missing: missingGateway,
    isOnRequest: true,
  },
  portkey: {
    speaks: "openai",
    headers: {
      "x-portkey-provider": "bedrock",
      "x-portkey-aws-access-key-id": accessKeyId,
      "x-portkey-aws-secret-access-key": secretAccessKey,
      "x-portkey-aws-region": region,
    },
    start: startPortkey,
    missing: () => (fs.existsSync(portkeyMain) ? undefined : "its npm package is not installed (bench/peers)"),
  },
};
