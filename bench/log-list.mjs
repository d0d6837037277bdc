/**
 * The dashboard's logs over many rows: how long from the question to the API until the rows that it answers stand on the page.
 *
 *   npm run build
 *   node bench/log-list.mjs [--engine sqlite|postgres] [--rows 200000] [--folder DIR] [--database URL] [--rounds 20]
 *
 * A real Chromium opens the page and changes its filters as a reader does. Time counts from the moment at which the page asks the API to
 * the frame in which the first row of the answer is there with all the others that are in sight; what is typed is waited for a moment
 * before it is asked, and that is not counted. Rows are made where there are fewer than asked for, and stay where DIR (SQLite) or URL
 * (PostgreSQL) is named: a second run measures over the same. The aim is a 95th percentile under 200 ms at ten million rows. Times depend
 * on the machine; they are reported, not asserted.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { below, end, fillCalls, models, monthMs, pick, regions } from "./canned/calls.mjs";
import { startDashboard } from "./dashboard.mjs";

import { Store } from "../packages/gateway/dist/store/store.js";
import { PostgresServer } from "../packages/gateway/dist/store/testing/postgres.js";

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    rows: { type: "string", default: "200000" },
    rounds: { type: "string", default: "20" },
    folder: { type: "string" },
    database: { type: "string" },
  },
});
const rows = Number(options.rows);
const rounds = Number(options.rounds);
const aimMs = 200;
/** Runs in the page, before all of its own: notes when it asks for calls, and when their rows are there. */
function watchRows() {
  window.measured = [];
  const ask = window.fetch.bind(window);
  const isThere = ({ data }) => {
    if (data.length === 0) return document.querySelector(".loading") === null;
    const first = document.querySelector(".table-frame a.row-link");
    return first !== null && first.getAttribute("href").includes(data[0].id);
  };
  const isMoreThere = ({ data }, shownBefore) =>
    document.querySelector(".more")?.textContent.replace(/\D/g, "") === String(shownBefore + data.length);
  window.fetch = async (request, ...rest) => {
    const address = new URL(request.url ?? request, location.href);
    if (address.pathname !== "/v1/logs") return ask(request, ...rest);
    const begin = performance.now();
    const shownBefore = Number(document.querySelector(".more")?.textContent.replace(/\D/g, "") ?? 0);
    const response = await ask(request, ...rest);
    const body = await response.clone().json();
    const answeredMs = performance.now() - begin;
    const isNext = address.searchParams.has("after");
    const look = () => {
      if (!(isNext ? isMoreThere(body, shownBefore) : isThere(body))) return requestAnimationFrame(look);
      return window.measured.push({ answeredMs, shownMs: performance.now() - begin, rows: body.data.length });
    };
    look();
    return response;
  };
}

async function openLogs({ browser, cookie, url }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([cookie]);
  await context.addInitScript(watchRows);
  const page = await context.newPage();
  await page.goto(`${url}/ui/logs`);
  return { context, page, first: await measuredOf(page, 1) };
}

/** Those that were measured since; fewer than `count` are waited for. */
async function measuredOf(page, count) {
  await page.waitForFunction((least) => window.measured.length >= least, count);
  return page.evaluate(() => window.measured.splice(0));
}

/** What a reader fills in; each is a question to the API. */
function ways() {
  const fillIn = (label, value) => (page) => page.getByRole("searchbox", { name: label, exact: true }).fill(value());
  const moment = (at) => new Date(at).toISOString().slice(0, 16);
  return {
    model: fillIn("Model", () => pick(models)),
    "gateway key": (page) => page.evaluate(openWithKey, `gk_${below(1_000)}`),
    credential: fillIn("Credential", () => `k${below(50)}`),
    config: fillIn("Config", () => `pc-${below(100) * 10}`),
    region: fillIn("Region", () => pick(regions)),
    trace: fillIn("Trace", () => `trace-${below(rows)}`),
    metadata: fillIn("Metadata", () => `_user=user-${below(10_000)}`),
    "metadata of nobody": fillIn("Metadata", () => `_user=nobody-${below(10_000)}`),
    "a time": (page) => page.getByLabel("To", { exact: true }).fill(moment(end - below(monthMs))),
    "dollars, at least": fillIn("Dollars, at least", () => `0.0000${below(9) + 10}`),
  };
}

/** In the page. As a link to the logs of a key does it: these keys made calls, and are in no list that one could choose from. */
function openWithKey(key) {
  const address = new URL(location.href);
  address.searchParams.set("key", key);
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}

async function measureFilters(dashboard, tell) {
  for (const [name, change] of Object.entries(ways())) {
    const { page, context } = await openLogs(dashboard);
    await page.getByText("More filters, columns, views").click();
    const seen = [];
    for (let round = 0; round < rounds; round += 1) {
      await change(page);
      // The same value twice is no new question: whatever was asked by then counts.
      await page.waitForTimeout(300);
      await page.waitForFunction(() => document.querySelector(".loading") === null);
      seen.push(...(await measuredOf(page, 0)));
    }
    await context.close();
    tell(name, seen);
  }
  const { page, context } = await openLogs(dashboard);
  const seen = [];
  for (const status of ["429", "success", "error", ""].flatMap((one) => Array(Math.ceil(rounds / 4)).fill(one))) {
    await page.getByRole("combobox", { name: "Status", exact: true }).selectOption(status);
    await page.waitForTimeout(300);
    seen.push(...(await measuredOf(page, 0)));
  }
  await context.close();
  tell("status", seen);
}

async function measureOpening(dashboard, tell) {
  const opened = [];
  const further = [];
  for (let round = 0; round < rounds; round += 1) {
    const { context, page, first } = await openLogs(dashboard);
    opened.push(...first);
    for (let next = 0; next < 3; next += 1) {
      await page.getByRole("button", { name: "Show more" }).click();
      further.push(...(await measuredOf(page, 1)));
    }
    await context.close();
  }
  tell("opened", opened);
  tell("show more", further);
}

function percentile(times, share) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** No index gives them: the calls of the window are read. */
const byReading = new Set(["config", "region", "dollars, at least"]);

function teller() {
  const all = [];
  const line = (name, seen) => {
    const shown = seen.map(({ shownMs }) => shownMs);
    const ms = (value) => `${Math.round(value)} ms`;
    const answered = percentile(
      seen.map(({ answeredMs }) => answeredMs),
      0.95,
    );
    const p95 = percentile(shown, 0.95);
    const figures = [seen.length, ms(percentile(shown, 0.5)), ms(p95), ms(answered), p95 < aimMs ? "yes" : "NO"];
    console.log(`| ${name} | ${figures.join(" | ")} |`);
  };
  return {
    tell: (name, seen) => {
      if (!byReading.has(name)) all.push(...seen);
      line(name, seen);
    },
    tellAll: () => line("**all that an index gives**", all),
  };
}

async function placeOf(folder) {
  if (options.database !== undefined) return { databaseUrl: options.database };
  if (options.engine === "sqlite") return { file: path.join(folder, "adit.db") };
  const server = await PostgresServer.start();
  return { databaseUrl: await server.newDatabase(), server };
}

const folder = options.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), "adit-log-list-"));
fs.mkdirSync(folder, { recursive: true });
const { server, ...place } = await placeOf(folder);
try {
  const store = await Store.open(place);
  const begin = performance.now();
  await fillCalls(store, rows);
  await store.close();
  const dashboard = await startDashboard(folder, place.databaseUrl);
  try {
    const [load] = os.loadavg();
    const engine = place.databaseUrl === undefined ? "SQLite" : "PostgreSQL";
    console.log(
      `${rows} rows, ${engine}, made or found in ${Math.round((performance.now() - begin) / 1_000)} s; ${os.availableParallelism()} cores, load ${load.toFixed(1)}\n`,
    );
    console.log("| filter | questions | rows there, median | 95 of 100 | of that the API, 95 of 100 | under 200 ms |");
    console.log("|---|---|---|---|---|---|");
    const { tell, tellAll } = teller();
    await measureOpening(dashboard, tell);
    await measureFilters(dashboard, tell);
    tellAll();
  } finally {
    await dashboard.close();
  }
} finally {
  await server?.stop();
  if (options.folder === undefined) fs.rmSync(folder, { recursive: true, force: true });
}
