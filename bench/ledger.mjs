/**
 * The ledger: what a record costs the request, how many a second reach the database, and how long searches take over many rows.
 *
 *   npm run build
 *   node bench/ledger.mjs [--engine sqlite|postgres] [--rows 1000000] [--folder DIR] [--database URL] [--only make|search]
 *
 * The rows stay in DIR, or in the PostgreSQL database, where it is named: a second run over it makes what is missing, and searches.
 * Times depend on the machine; they are reported, not asserted.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

const dist = path.join(import.meta.dirname, "..", "packages", "gateway", "dist");
const { Store } = await import(path.join(dist, "store", "store.js"));
const { addCalls } = await import(path.join(dist, "ledger", "call-rows.js"));
const { searchCalls } = await import(path.join(dist, "ledger", "call-search.js"));
const { seqAt, timeOfSeq } = await import(path.join(dist, "ledger", "call-marks.js"));
const { sumsOf } = await import(path.join(dist, "ledger", "call-figures.js"));
const { Journal } = await import(path.join(dist, "ledger", "journal.js"));
const { Filler } = await import(path.join(dist, "ledger", "filler.js"));
const { TakerThread } = await import(path.join(dist, "ledger", "taker-thread.js"));
const { recordWith } = await import(path.join(dist, "ledger", "testing", "records.js"));
const { PostgresServer } = await import(path.join(dist, "store", "testing", "postgres.js"));

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
const projectId = "prj_bench";
const monthMs = 30 * 86_400_000;
const end = Date.UTC(2026, 10, 1);

const models = Array.from({ length: 20 }, (_, index) => `maker.model-${index}`);
const statuses = [...Array(95).fill(200), 400, 429, 429, 503, 424];
const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** A record at a time, of 1,000 keys with two models and a credential each, and two pairs of metadata, one of them of 10,000 values. */
function recordAt(at) {
  const status = pick(statuses);
  const key = Math.floor(Math.random() * 1_000);
  return recordWith({
    at,
    projectId,
    keyId: `gk_${key}`,
    model: models[(key + Math.floor(Math.random() * 2)) % models.length],
    credential: `virtual key k${key % 50}`,
    traceId: `trace-${Math.floor(Math.random() * rows)}`,
    status,
    isSuccess: status === 200,
    metadata: { team: `team-${Math.floor(Math.random() * 50)}`, _user: `user-${Math.floor(Math.random() * 10_000)}` },
  });
}

const written = (record) => ({ record, text: JSON.stringify(record) });

async function openStore(folder) {
  if (options.engine === "sqlite") return { store: await Store.open({ file: path.join(folder, "bench.db") }) };
  if (options.database !== undefined) return { store: await Store.open({ databaseUrl: options.database }) };
  const server = await PostgresServer.start();
  return { store: await Store.open({ databaseUrl: await server.newDatabase() }), server };
}

/** Times of the oldest and the newest row that was made; undefined where there is none. */
async function spanOf(store) {
  const seqs = await store.read((db) =>
    db
      .selectFrom("calls")
      .select(({ fn }) => [fn.min("callSeq").as("oldestSeq"), fn.max("callSeq").as("newestSeq")])
      .where("callSeq", "<", seqAt(end))
      .executeTakeFirstOrThrow(),
  );
  if (seqs.oldestSeq === null) return { oldest: undefined, newest: undefined };
  return { oldest: timeOfSeq(seqs.oldestSeq), newest: timeOfSeq(seqs.newestSeq) };
}

/** Rows in the order of time, an hour's at once: this is how they come to be there, not how fast a gateway writes them. */
async function fill(store, count) {
  const { newest } = await spanOf(store);
  const already = newest === undefined ? 0 : Math.ceil(((newest + 1 - (end - monthMs)) / monthMs) * count);
  const atOnce = Math.min(15_000, Math.max(2_000, Math.ceil(count / 720)));
  const begin = performance.now();
  const before = process.cpuUsage();
  for (let made = already; made < count; made += atOnce) {
    const length = Math.min(atOnce, count - made);
    const timeOf = (index) => end - monthMs + Math.floor(((made + index) / count) * monthMs);
    const batch = Array.from({ length }, (_, index) => written(recordAt(timeOf(index))));
    await addCalls(store, batch);
    if (options.only === "make") console.log(new Date().toISOString(), made + length);
  }
  const used = process.cpuUsage(before);
  const made = Math.max(0, count - already);
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
    key: () => ({ keyIds: [`gk_${Math.floor(Math.random() * 1_000)}`] }),
    project: () => ({}),
    model: () => ({ models: [pick(models)] }),
    status: () => ({ statuses: [pick([200, 429, 503, 418])] }),
    failures: () => ({ statuses: ["error"] }),
    credential: () => ({ credentials: [`k${Math.floor(Math.random() * 50)}`] }),
    trace: () => ({ traceId: `trace-${Math.floor(Math.random() * rows)}` }),
    metadata: () => ({ metadata: { _user: `user-${Math.floor(Math.random() * 10_000)}` } }),
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
    const lines = Array.from({ length: 50_000 }, (_, index) => JSON.stringify(change(recordAt(now - 50_000 + index))));
    let before = process.cpuUsage();
    for (const line of lines) journal.append(line);
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
    const { made, seconds, cpuMicros } = await fill(store, rows);
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
