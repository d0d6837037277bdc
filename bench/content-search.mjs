/**
 * The search in what was said: how many calls a second are looked through for a text that nobody has said, and what the gateway's own
 * thread, which serves all calls, takes meanwhile.
 *
 *   npm run build
 *   node bench/content-search.mjs [--engine sqlite|postgres] [--rows 100000] [--folder DIR] [--database URL]
 *
 * The gateway is a process of its own, as an operator starts it. A search is asked on and on over HTTP until the window is read through, as
 * the dashboard does. CPU is of the whole process and of its first thread (`/proc`, in hundredths of a second). Meanwhile, and before it, a
 * caller asks for /health every 20 ms: that is how long anybody waits for the gateway's thread. Rows are made where there are fewer than
 * asked for, and stay where DIR (SQLite) or URL (PostgreSQL) is named. Times depend on the machine; they are reported, not asserted.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { fillCalls } from "./canned/calls.mjs";
import { fillContents } from "./canned/contents.mjs";
import { runCommand, scratchFolder, stopProcess } from "./machine/processes.mjs";
import { cpuMicrosOf, mainThreadMicrosOf, residentBytesOf } from "./machine/process-stats.mjs";
import { figure } from "./report/markdown.mjs";
import { askControl, startAdit, untilReady } from "./targets/adit.mjs";

import { Store } from "../packages/gateway/dist/store/store.js";
import { PostgresServer } from "../packages/gateway/dist/store/testing/postgres.js";

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    rows: { type: "string", default: "100000" },
    folder: { type: "string" },
    database: { type: "string" },
  },
});
const rows = Number(options.rows);
const pingMs = 20;
const quietMs = 5_000;

function percentile(times, share) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Asks for /health until `work` has ended; the milliseconds of each answer, and what the process took. */
async function watched({ port, process: started }, work) {
  const { pid } = started;
  const begin = { cpu: cpuMicrosOf([pid]), own: mainThreadMicrosOf(pid), at: performance.now() };
  let isOver = false;
  const pings = [];
  const pinging = (async () => {
    while (!isOver) {
      const since = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/health`)).arrayBuffer();
      pings.push(performance.now() - since);
      await sleep(pingMs);
    }
  })();
  const result = await work();
  isOver = true;
  await pinging;
  return {
    result,
    pings,
    seconds: (performance.now() - begin.at) / 1_000,
    cpuMicros: cpuMicrosOf([pid]) - begin.cpu,
    ownMicros: mainThreadMicrosOf(pid) - begin.own,
    megabytes: residentBytesOf([pid]) / 2 ** 20,
  };
}

/** The whole window, answer by answer. */
async function searchAll(port, text) {
  const found = { scanned: 0, hits: 0, without: 0, answers: [] };
  for (let after = ""; ;) {
    const since = performance.now();
    const query = `search=${encodeURIComponent(text)}&search_content=true&limit=50${after}`;
    const page = await askControl(port, "GET", `/v1/logs?${query}`);
    found.answers.push(performance.now() - since);
    found.scanned += page.scanned;
    found.without += page.scanned_without_content + page.scanned_unreadable;
    found.hits += page.data.length;
    if (!page.has_more) return found;
    after = `&after=${page.last_id}`;
  }
}

function tell(what, value) {
  console.log(`| ${what} | ${value} |`);
}

function tellPings(when, { pings, seconds, ownMicros }) {
  tell(
    `/health ${when}, p50 / p99 / most`,
    `${[percentile(pings, 0.5), percentile(pings, 0.99), Math.max(...pings)].map(figure).join(" / ")} ms`,
  );
  tell(`the gateway's own thread ${when}`, `${figure(ownMicros / seconds / 10_000)} % of a core`);
}

async function placeOf(folder) {
  if (options.database !== undefined) return { databaseUrl: options.database };
  if (options.engine === "sqlite") return { file: path.join(folder, "adit.db") };
  const server = await PostgresServer.start();
  return { databaseUrl: await server.newDatabase(), server };
}

/** Fills what is missing, and lets go of the store before the gateway opens it. */
async function filled(place) {
  const store = await Store.open(place);
  await fillCalls(store, rows);
  const contents = await fillContents(store);
  await store.close();
  return contents;
}

async function measure(running, { bytesEach, storedEach }) {
  await untilReady(running);
  await askControl(running.port, "PUT", "/v1/logs/settings", { content_days: 3_650 });
  // The first search begins the thread.
  await askControl(running.port, "GET", "/v1/logs?search=begin&search_content=true&limit=1&from=2026-10-31T23:00:00Z");
  const quiet = await watched(running, () => sleep(quietMs));
  const busy = await watched(running, () => searchAll(running.port, "what nobody has ever said"));
  const { scanned, hits, without, answers } = busy.result;
  if (hits > 0 || without > 0 || scanned < rows)
    throw new Error(`Not what was filled in: ${JSON.stringify(busy.result)}`);
  const perSecond = scanned / busy.seconds;
  tell("calls looked through", `${scanned} in ${figure(busy.seconds)} s: ${Math.round(perSecond)} a second`);
  const size = `${figure(bytesEach / 1_024)} KB each, ${figure(storedEach / 1_024)} KB compressed`;
  tell("their contents", `${size}: ${figure((perSecond * bytesEach) / 2 ** 20)} MB a second`);
  tell(
    "answers, p50 / p95",
    `${answers.length}: ${figure(percentile(answers, 0.5))} / ${figure(percentile(answers, 0.95))} ms`,
  );
  tell("CPU of a call, all threads", `${figure(busy.cpuMicros / scanned)} us`);
  tell("of it in the gateway's own thread", `${figure(busy.ownMicros / scanned)} us`);
  tellPings("before", quiet);
  tellPings("during the search", busy);
  tell("memory after it", `${figure(busy.megabytes)} MB`);
}

async function main() {
  const folder = options.folder ?? scratchFolder("content-search");
  fs.mkdirSync(folder, { recursive: true });
  const { server, ...place } = await placeOf(folder);
  try {
    const contents = await filled(place);
    const engine = place.databaseUrl === undefined ? "SQLite" : "PostgreSQL";
    const [load] = os.loadavg();
    console.log(
      `${rows} calls, ${engine}; ${os.availableParallelism()} cores, load ${load.toFixed(1)}, Node ${process.version}\n`,
    );
    const env = {
      ADIT_DATA_DIR: folder,
      ...(place.databaseUrl !== undefined && { DATABASE_URL: place.databaseUrl }),
    };
    const running = await startAdit({ upstreamPort: 9, env });
    await measure(running, contents);
    await stopProcess(running.process);
  } finally {
    await server?.stop();
  }
}

await runCommand(main);
