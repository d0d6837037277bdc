/**
 * The ledger: what a record costs the request, how many a second reach the database, and how long searches take over many rows.
 *
 *   npm run build
 *   node bench/ledger.mjs [--engine sqlite|postgres] [--rows 1000000] [--folder DIR] [--database URL] [--only make|search]
 *
 * The rows stay in DIR (as `adit.db`, a gateway's data), or in the PostgreSQL database, where it is named: a second run over it makes what is missing, and searches.
 * Times depend on the machine; they are reported, not asserted.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { below, fillCalls, models, pick, projectId, recordAt, spanOf } from "./canned/calls.mjs";

import { Store } from "../packages/gateway/dist/store/store.js";
import { searchCalls } from "../packages/gateway/dist/ledger/search/call-search.js";
import { sumsOf } from "../packages/gateway/dist/ledger/analytics/call-figures.js";
import { Journal } from "../packages/gateway/dist/ledger/intake/journal.js";
import { Filler } from "../packages/gateway/dist/ledger/intake/filler.js";
import { TakerThread } from "../packages/gateway/dist/ledger/intake/taker-thread.js";
import { PostgresServer } from "../packages/gateway/dist/store/testing/postgres.js";

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    rows: { type: "string", default: "1000000" },
    folder: { type: "string" },
    database: { type: "string" },
    only: { type: "string" },
  },
});
const rows = Number(options.rows);
async function openStore(folder) {
  if (options.engine === "sqlite") return { store: await Store.open({ file: path.join(folder, "adit.db") }) };
  if (options.database !== undefined) return { store: await Store.open({ databaseUrl: options.database }) };
  const server = await PostgresServer.start();
  return { store: await Store.open({ databaseUrl: await server.newDatabase() }), server };
}

async function fill(store) {
  const begin = performance.now();
  const before = process.cpuUsage();
  const isAlone = options.only === "make";
  const made = await fillCalls(store, rows, (count) => isAlone && console.log(new Date().toISOString(), count));
  const used = process.cpuUsage(before);
  return { made, seconds: (performance.now() - begin) / 1_000, cpuMicros: (used.user + used.system) / made };
}

function percentile(times, share) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

async function searches(store) {
  const { oldest, newest } = await spanOf(store);
  const window = () => {
    const from = oldest + Math.random() * (newest - oldest) * 0.9;
    return { projectId, from: Math.floor(from), to: Math.floor(from + Math.random() * (newest - from)) };
  };
  const kinds = {
    time: () => ({}),
    key: () => ({ keyIds: [`gk_${below(1_000)}`] }),
    project: () => ({}),
    model: () => ({ models: [pick(models)] }),
    status: () => ({ statuses: [pick([200, 429, 503, 418])] }),
    failures: () => ({ statuses: ["error"] }),
    credential: () => ({ credentials: [`k${below(50)}`] }),
    trace: () => ({ traceId: `trace-${below(rows)}` }),
    metadata: () => ({ metadata: { _user: `user-${below(10_000)}` } }),
    "no such value": () => ({ metadata: { _user: "nobody" } }),
  };
  for (const [kind, filter] of Object.entries(kinds)) {
    const times = [];
    for (let round = 0; round < 200; round += 1) {
      const begin = performance.now();
      await searchCalls(store, { filter: { ...window(), ...filter() } }, { limit: 50 });
      times.push(performance.now() - begin);
    }
    tell(
      `search by ${kind}`,
      `p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms`,
    );
  }
  const begin = performance.now();
  const measures = ["requests", "cost_nano", "unknown_costs"];
  const query = {
    filter: { projectId },
    window: { from: oldest, to: newest },
    by: ["model"],
    measures,
    isByTime: true,
  };
  const sums = await sumsOf(store, query);
  tell(
    "cost of all of it by model and hour",
    `${(performance.now() - begin).toFixed(0)} ms, ${sums.rows.length} figures`,
  );
}

/** What the journal and the filler take: CPU a record of all threads, and how much of it calls feel; records a second. */
async function journalled(store, folder) {
  const journalFolder = path.join(folder, "journal");
  fs.mkdirSync(journalFolder, { recursive: true });
  const journal = new Journal({ folder: journalFolder, now: Date.now });
  const now = Date.now();
  for (const [kind, change] of Object.entries({ "calls alike": alike, "calls of 1,000 keys": (record) => record })) {
    const lines = Array.from({ length: 50_000 }, (_, index) =>
      JSON.stringify(change(recordAt(now - 50_000 + index, rows))),
    );
    let before = process.cpuUsage();
    for (const line of lines) {
      journal.append(line);
      journal.write();
    }
    let used = process.cpuUsage(before);
    tell(`a line of the journal, ${kind}`, `${((used.user + used.system) / lines.length).toFixed(1)} us of CPU`);
    const onFault = (error) => console.error(error);
    const thread = { location: store.location, folder: journalFolder, wantsAdded: false, onRefused: onFault };
    const filler = new Filler({ store, taker: new TakerThread(thread), journal, folder: journalFolder, onFault });
    before = process.cpuUsage();
    const loop = performance.eventLoopUtilization();
    const begin = performance.now();
    await filler.drain();
    used = process.cpuUsage(before);
    const seconds = (performance.now() - begin) / 1_000;
    const own = (performance.eventLoopUtilization(loop).active * 1_000) / lines.length;
    const cpu = (used.user + used.system) / lines.length;
    tell(
      `from the journal to the database, ${kind}`,
      `${Math.round(lines.length / seconds)} records/s, ${cpu.toFixed(0)} us of CPU each, ${own.toFixed(1)} us of it in the gateway's own thread`,
    );
    await filler.close();
  }
  await journal.close();
}

/** As of one application: one key, one model; a user's name is what differs. */
function alike(record) {
  return { ...record, keyId: "gk_1", model: models[0], credential: "virtual key k1", status: 200, isSuccess: true };
}

function tell(what, figures) {
  console.log(`| ${what.padEnd(56)} | ${figures} |`);
}

const folder = options.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), "adit-ledger-bench-"));
fs.mkdirSync(folder, { recursive: true });
const { store, server } = await openStore(folder);
try {
  tell(
    "machine",
    `${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}, ${options.engine}`,
  );
  if (options.only !== "search") {
    const { made, seconds, cpuMicros } = await fill(store);
    if (made > 0) {
      tell(`${made} rows made`, `${Math.round(made / seconds)} a second, ${cpuMicros.toFixed(1)} us of CPU each`);
    }
  }
  if (options.only !== "make") {
    await searches(store);
    await journalled(store, folder);
  }
} finally {
  await store.close();
  await server?.stop();
  if (options.folder === undefined) fs.rmSync(folder, { recursive: true, force: true });
}
