/**
 * What limits cost a call in the steady state: CPU time of one reservation and settlement of a gateway key with a budget, a rate limit and
 * its project's budget of tokens, with and without what is around them in a call (the bound, the cost, the headers).
 *
 *   npm run build
 *   node bench/limits.mjs [--calls 200000]
 *
 * Two builds are compared by running this in the checkout of each, in turns.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { shippedPrices } from "@adit/bedrock";
import { CallLimits } from "../packages/gateway/dist/calls/bounds/call-limits.js";
import { newFacts } from "../packages/gateway/dist/ledger/record/request-facts.js";
import { Limits } from "../packages/gateway/dist/limits/limits.js";
import { LimitSettings } from "../packages/gateway/dist/limits/settings/limit-settings.js";
import { defaultProjectId as projectId } from "../packages/gateway/dist/store/migrations/people-and-projects.js";
import { Store } from "../packages/gateway/dist/store/store.js";

const { values: options } = parseArgs({ options: { calls: { type: "string", default: "200000" } } });
const calls = Number(options.calls);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adit-bench-limits-"));
const store = await Store.open({ file: path.join(folder, "bench.db") });
const settings = new LimitSettings({ store, customHosts: new Set() });
const actor = { kind: "command" };
const terms = { scope: "project", scopeId: projectId };
const large = 10n ** 15n;
await settings.createBudget(
  projectId,
  { ...terms, name: "dollars", unit: "cost", amount: large, period: "monthly" },
  actor,
);
await settings.createBudget(
  projectId,
  { ...terms, name: "tokens", unit: "tokens", amount: large, period: "daily" },
  actor,
);
await settings.createRateLimit(
  projectId,
  { ...terms, name: "requests", unit: "requests", amount: 10n ** 12n, period: "minute" },
  actor,
);
const limits = await Limits.open({ store });

const bound = { tokens: 700, costNano: 160_000n };
const used = { tokens: 60, costNano: 9_000n };
const principal = { kind: "admin_key", isGatewayKey: () => false };

async function bare() {
  const reserving = limits.reserve({ projectId }, bound);
  const reservation = reserving instanceof Promise ? await reserving : reserving;
  const settling = reservation.settle(used).done;
  if (settling !== undefined) await settling;
}

const body = {
  model: "us.amazon.nova-lite-v1:0",
  max_tokens: 256,
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Tell me about level passages into mountains." },
  ],
};
const text = JSON.stringify(body);
const target = {
  kind: "target",
  path: "config",
  provider: "bedrock",
  model: body.model,
  region: "us-east-1",
  overrideParams: {},
};
const asked = { plan: target, metadata: {}, body };
const callLimits = new CallLimits({ limits: () => limits, prices: shippedPrices, defaultMaxTokens: undefined });
const headers = { raw: () => undefined, get: () => undefined };
const told = { inputTokens: 20, outputTokens: 40, totalTokens: 60 };
const reply = { headers: {}, header: (name, value) => (reply.headers[name] = value) };

async function whole() {
  const facts = newFacts("openai-chat");
  const incoming = { facts, path: "/v1/chat/completions", headers };
  const reserving = callLimits.begin(incoming, principal, asked, text);
  if (reserving !== undefined) await reserving;
  const { hold } = facts;
  const entering = hold.enter(target);
  if (entering !== undefined) await entering;
  hold.noteAttempt({ number: 1, errorCode: undefined });
  Object.assign(facts, {
    usage: told,
    modelUsed: body.model,
    region: "us-east-1",
    route: "converse",
    stopReason: "end_turn",
  });
  const settling = hold.settle();
  if (settling !== undefined) await settling;
  hold.tell(reply);
}

/** Microseconds of CPU, all threads, the best of some rounds: others share the machine. */
async function measured(run, rounds = 7) {
  for (let number = 0; number < calls / 4; number += 1) await run();
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    for (let number = 0; number < calls / rounds; number += 1) await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / (calls / rounds));
  }
  return best;
}

const results = { "reserve and settle": await measured(bare), "all of a call's part": await measured(whole) };
for (const [name, microseconds] of Object.entries(results)) {
  process.stdout.write(`${name.padEnd(24)} ${microseconds.toFixed(2)} us CPU\n`);
}
process.stdout.write(`load average ${os.loadavg()[0].toFixed(1)}\n`);
await limits.close();
await store.close?.();
fs.rmSync(folder, { recursive: true, force: true });
