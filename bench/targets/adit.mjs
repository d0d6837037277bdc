/** The gateway as an operator starts it, in a process of its own; with a gateway key and its limits, where those are measured. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, scratchFolder, startProcess, waitForPort } from "../machine/processes.mjs";
import { withDescendants } from "../machine/process-stats.mjs";
import { dummyCredentials } from "./dummy-credentials.mjs";

export const gatewayMain = path.join(
  import.meta.dirname,
  "..",
  "..",
  "packages",
  "gateway",
  "dist",
  "program",
  "main.js",
);
export const adminKey = "bench-admin-key-of-no-worth";
const { accessKeyId, secretAccessKey, region } = dummyCredentials;
/** Never reached: what is measured is the counting. */
const large = 1_000_000_000_000;

/** `env`: the operator's settings beside the usual ones. */
export async function startAdit({ upstreamPort, core, env: more = {} }) {
  const port = await freePort();
  const env = {
    ADIT_PORT: String(port),
    ADIT_ADMIN_KEY: adminKey,
    ADIT_DATA_DIR: scratchFolder("adit-data"),
    ADIT_LOG_LEVEL: "info",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${upstreamPort}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    ...more,
  };
  const since = performance.now();
  const started = startProcess({ name: "adit", command: process.execPath, args: [gatewayMain, "serve"], env, core });
  const startedMs = await waitForPort(started, port, since);
  return { process: started, port, pids: withDescendants(started.pid), startedMs };
}

/** It listens before its store is open. */
export async function untilReady({ port, process: started }) {
  while (!started.hasEnded) {
    const { ok } = await fetch(`http://127.0.0.1:${port}/ready`);
    if (ok) return;
    await sleep(20);
  }
  throw new Error(`The gateway ended. ${started.complaint.trim()}`);
}

/** One operation of the control API, by the operator's own key. */
export async function askControl(port, method, address, body) {
  const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${port}${address}`, { method, headers, ...sent });
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** The same with a gateway key, which the requests go by; `limits` of it. */
async function startWithKey(setting, limits) {
  const running = await startAdit(setting);
  await untilReady(running);
  const made = await askControl(running.port, "POST", "/v1/api-keys/workspace/service", {
    name: "bench",
    scopes: ["completions.write"],
  });
  for (const [address, limit] of limits) {
    await askControl(running.port, "POST", address, { scope: "gateway_key", scope_id: made.id, ...limit });
  }
  return { ...running, headers: { authorization: `Bearer ${made.key}` } };
}

export function startAditWithKey(setting) {
  return startWithKey(setting, []);
}

/** Requests, tokens and dollars. */
export function startAditWithLimits(setting) {
  return startWithKey(setting, [
    ["/v1/rate-limits", { name: "requests", unit: "requests", amount: large, period: "minute" }],
    ["/v1/rate-limits", { name: "tokens", unit: "tokens", amount: large, period: "minute" }],
    ["/v1/budgets", { name: "dollars", unit: "cost", amount: 1_000_000, period: "monthly" }],
  ]);
}
