/**
 * `npm run soak [-- --minutes 60] [--target adit]`: a constant, mixed load on one gateway; its memory and open files are
 * sampled, and after a warm-up the slope of the memory is told. Ends with 1 when memory or open files grow.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { chatRequest } from "./canned/bodies.mjs";
import { cannedModels, countedWord } from "./canned/models.mjs";
import { planCores } from "./machine/cores.mjs";
import { runLoad } from "./machine/load-run.mjs";
import { openFilesLimit, portOf, runCommand, startProcess, UsageError } from "./machine/processes.mjs";
import { cpuMicrosOf, openFilesOf, residentBytesOf } from "./machine/process-stats.mjs";
import { installPortkey } from "./peers.mjs";
import { figure, table } from "./report/markdown.mjs";
import { leastSquaresSlope } from "./report/slope.mjs";
import { targets } from "./targets/targets.mjs";

/** More than this after the warm-up is a leak. */
const allowedMbPerMinute = 1;
/** Connections come and go: so many open files more than at the start of the measured time are no leak. */
const allowedMoreFiles = 50;
/** The memory's saw-tooth hides a slope in less time than this. */
const minutesToJudge = 10;

/** The mix: whole answers at a fixed rate, big bodies, streams that end, streams that callers leave, refused requests. */
const loads = [
  { name: "short", body: "short", model: "short", mode: "open", rate: 200 },
  { name: "tools", body: "tools", model: "long", mode: "open", rate: 40 },
  { name: "agent", body: "agent", model: "short", mode: "open", rate: 10 },
  { name: "streams", body: "short", model: "paced", stream: true, words: 150, connections: 50, rampMs: 3000 },
  { name: "bursts", body: "tools", model: "short", stream: true, words: 200, mode: "open", rate: 10 },
  { name: "left", body: "short", model: "held", stream: true, connections: 20, rampMs: 2000, leaveAfterMs: 1500 },
  { name: "refused", text: "{", status: 400, words: 0, mode: "open", rate: 5 },
];
/** The generators' own start is not counted. */
const warmUpMs = 2000;

function jobFor(load, target, running, durationMs) {
  const chat = ({ body, model, stream }) => chatRequest({ body, model: cannedModels[model].id, stream });
  return {
    port: running.port,
    headers: { ...target.headers, ...running.headers },
    path: "/v1/chat/completions",
    body: load.text ?? JSON.stringify(chat(load)),
    status: load.status ?? 200,
    countedWord,
    wordsPerReply: load.words,
    mode: load.mode ?? "closed",
    connections: load.connections,
    rate: load.rate,
    rampMs: load.rampMs ?? 0,
    leaveAfterMs: load.leaveAfterMs,
    warmupMs: warmUpMs,
    durationMs,
  };
}

function readSoakOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { minutes: { type: "string", default: "60" }, target: { type: "string", default: "adit" } },
    }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new UsageError(`--minutes takes a number above 0, not "${values.minutes}".`);
  if (targets[values.target]?.speaks !== "openai") throw new UsageError("--target takes adit, lean or portkey.");
  return { minutes, name: values.target };
}

/** A sample each second, each two seconds beyond half an hour; a line is printed ten times in all. */
async function watch(pids, durationMs) {
  const samples = [];
  const everyMs = durationMs > 1_800_000 ? 2000 : 1000;
  const start = performance.now();
  let toPrint = durationMs / 10;
  for (let at = 0; at < durationMs; at = performance.now() - start) {
    samples.push({ minutes: at / 60_000, megabytes: residentBytesOf(pids) / 2 ** 20, files: openFilesOf(pids) });
    if (at >= toPrint) {
      toPrint += durationMs / 10;
      const { minutes, megabytes, files } = samples.at(-1);
      console.error(`${minutes.toFixed(1)} min: ${figure(megabytes)} MB, ${files} open files`);
    }
    await sleep(Math.min(everyMs, durationMs - at));
  }
  return samples;
}

function highest(samples, key) {
  return Math.max(...samples.map((sample) => sample[key]));
}

function judge(samples, minutes) {
  const warmUpMinutes = Math.max(Math.min(5, minutes / 3), minutes / 6);
  const counted = samples.filter((sample) => sample.minutes >= warmUpMinutes);
  const slope = leastSquaresSlope(counted.map((sample) => [sample.minutes, sample.megabytes]));
  const half = Math.floor(counted.length / 2);
  const moreFiles = highest(counted.slice(half), "files") - highest(counted.slice(0, half), "files");
  return { warmUpMinutes, counted, slope, moreFiles };
}

function reportOf({ judged, results, samples, cpuShare }) {
  const rows = results.map(({ name, result }) => [
    name,
    figure(result.requestsPerSecond),
    result.errors + (result.errorTexts.length > 0 ? ` (${result.errorTexts.join("; ")})` : ""),
    figure(result.latency.p50),
    figure(result.latency.p99),
  ]);
  const { counted, warmUpMinutes, slope, moreFiles } = judged;
  return [
    table(["load", "requests a second", "errors", "p50 ms", "p99 ms"], rows),
    `CPU: ${figure(cpuShare * 100)} % of a core. Memory: ${figure(samples[0].megabytes)} MB at the start, ` +
      `${figure(counted[0].megabytes)} MB after a warm-up of ${figure(warmUpMinutes)} minutes, ` +
      `${figure(counted.at(-1).megabytes)} MB at the end, ${figure(highest(samples, "megabytes"))} MB at most.`,
    `Slope after the warm-up: ${figure(slope)} MB a minute (allowed: ${allowedMbPerMinute}). ` +
      `Open files, second half against first: ${moreFiles >= 0 ? "+" : ""}${moreFiles}.`,
  ].join("\n\n");
}

async function main() {
  const { minutes, name } = readSoakOptions();
  if (name === "portkey") installPortkey();
  const target = targets[name];
  const missing = target.missing();
  if (missing !== undefined) throw new UsageError(`${name} cannot run: ${missing}.`);
  const cores = planCores();
  const args = [path.join(import.meta.dirname, "upstream.mjs")];
  const core = cores?.upstream;
  const upstream = startProcess({ name: "upstream", command: process.execPath, args, core, output: "pipe" });
  const upstreamPort = await portOf(upstream);
  const running = await target.start({ upstreamPort, core: cores?.target, openFiles: openFilesLimit() });

  const durationMs = minutes * 60_000;
  const cpuBefore = cpuMicrosOf(running.pids);
  const underLoad = Promise.all(
    loads.map(async (load) => {
      const job = jobFor(load, target, running, durationMs - warmUpMs - (load.rampMs ?? 0));
      return { name: load.name, result: await runLoad(job, cores?.load) };
    }),
  );
  const samples = await watch(running.pids, durationMs);
  const cpuShare = (cpuMicrosOf(running.pids) - cpuBefore) / durationMs / 1000;
  const results = await underLoad;

  const judged = judge(samples, minutes);
  console.log(reportOf({ judged, results, samples, cpuShare }));
  const errors = results.reduce((total, { result }) => total + result.errors, 0);
  const flat = judged.slope <= allowedMbPerMinute && judged.moreFiles <= allowedMoreFiles;
  const failed = errors > 0 || running.process.hasEnded;
  if (running.process.hasEnded) console.log(`\n${name} ended under the load. ${running.process.complaint.trim()}`);
  if (errors > 0) console.log(`\n${errors} requests failed.`);
  if (minutes < minutesToJudge) {
    console.log(`\nVerdict on memory: none, too short to judge; ${minutesToJudge} minutes are the least.`);
    return failed ? 1 : 0;
  }
  console.log(`\nVerdict: memory and open files are ${flat ? "flat" : "GROWING"}.`);
  return flat && !failed ? 0 : 1;
}

await runCommand(main);
