/**
 * The dashboard: how long a browser that has nothing of it yet takes to paint its first page, before and after a sign-in.
 *
 *   npm run build
 *   node bench/first-paint.mjs [--rounds 10]
 *
 * Each round is a window of its own, so that no file comes from a cache. First paint is Chromium's own first-contentful-paint, from the start
 * of the navigation; the page's title is painted when its heading stands there. The aim is under 1 s. Times depend on the machine; they are
 * reported, not asserted.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { startDashboard } from "./dashboard.mjs";
import { median } from "./measure.mjs";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "10" } } });
const rounds = Number(options.rounds);
/** In milliseconds from the start of the navigation; the bytes are those that came over the wire. */
async function paintOnce(browser, address, cookie) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  if (cookie !== undefined) await context.addCookies([cookie]);
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const headingMs = performance.now() - start;
  const seen = await page.evaluate(`({
    paintMs: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    bytes: performance.getEntriesByType("resource").reduce((sum, { transferSize }) => sum + transferSize, 0),
  })`);
  await context.close();
  return { ...seen, headingMs };
}

async function report(name, paint) {
  // The first of all compiles what the later ones find compiled in the gateway.
  await paint();
  const seen = [];
  for (let round = 0; round < rounds; round += 1) seen.push(await paint());
  const of = (member) => seen.map((one) => one[member]);
  const ms = (value) => `${Math.round(value)} ms`;
  const words = [
    ms(median(of("paintMs"))),
    ms(Math.max(...of("paintMs"))),
    ms(median(of("headingMs"))),
    `${Math.round(median(of("bytes")) / 1_000)} kB`,
    Math.max(...of("paintMs")) < 1_000 ? "yes" : "NO",
  ];
  console.log(`| ${name} | ${words.join(" | ")} |`);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adit-first-paint-"));
const { url, browser, cookie, close } = await startDashboard(folder);
try {
  const [load] = os.loadavg();
  console.log(`${rounds} rounds, ${os.availableParallelism()} cores, load ${load.toFixed(1)} at the start\n`);
  console.log(
    "| page, nothing cached | first paint, median | longest | heading there, median | over the wire | under 1 s, each |",
  );
  console.log("|---|---|---|---|---|---|");
  await report("sign-in", () => paintOnce(browser, `${url}/ui/`));
  await report("Start, signed in", () => paintOnce(browser, `${url}/ui/`, cookie));
} finally {
  await close();
  fs.rmSync(folder, { recursive: true, force: true });
}
