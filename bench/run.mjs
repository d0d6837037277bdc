/** `npm run bench`: see bench/README.md, or --help. */
import { Buffer } from "node:buffer";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describeMachine, planCores } from "./machine/cores.mjs";
import { openFilesLimit, portOf, runCommand, startProcess, UsageError } from "./machine/processes.mjs";
import { Bench, median } from "./measure.mjs";
import { benchUsage, readOptions } from "./options.mjs";
import { installNginx, installPortkey } from "./peers.mjs";
import { reportOf } from "./report/report.mjs";
import { dummyCredentials } from "./targets/dummy-credentials.mjs";
import { Signer } from "./targets/lean/sign.mjs";
import { targets } from "./targets/targets.mjs";

const startMark = "<!-- results -->";
const endMark = "<!-- end of results -->";

/** Installs what may be installed; why each target that cannot run is left out. */
function missingTargets({ targets: names, install }) {
  if (names.includes("portkey")) installPortkey();
  if (names.includes("nginx") && install && targets.nginx.missing() !== undefined) installNginx();
  const reasons = names.map((name) => [name, targets[name].missing()]);
  return Object.fromEntries(reasons.filter(([, reason]) => reason !== undefined));
}

/** What signing alone costs on this machine, in microseconds. */
function measureSigning() {
  const signer = new Signer(dummyCredentials, "127.0.0.1");
  const body = Buffer.alloc(350, "a");
  const calls = 10_000;
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call += 1) signer.headers("/model/amazon.nova-micro-v1%3A0/converse", body);
    const used = process.cpuUsage(before);
    return (used.user + used.system) / calls;
  });
  return median(rounds);
}

function writeIntoReadme(report) {
  const file = path.join(import.meta.dirname, "README.md");
  const text = fs.readFileSync(file, "utf8");
  const start = text.indexOf(startMark);
  const end = text.indexOf(endMark);
  if (start < 0 || end < start) throw new Error(`bench/README.md has lost its marks ${startMark} and ${endMark}.`);
  fs.writeFileSync(file, `${text.slice(0, start + startMark.length)}\n${report}\n${text.slice(end)}`);
}

async function main() {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  if (options.help) {
    console.log(benchUsage);
    return 0;
  }
  const leftOut = missingTargets(options);
  const names = options.targets.filter((name) => leftOut[name] === undefined);
  if (names.length === 0) throw new UsageError(`No target can run: ${Object.values(leftOut).join("; ")}.`);
  const tell = (...words) => console.error(...words);
  for (const [name, why] of Object.entries(leftOut)) tell(`Left out: ${name}: ${why}.`);

  const cores = planCores();
  const machine = describeMachine(cores);
  const upstreamProgram = path.join(import.meta.dirname, "upstream.mjs");
  const upstream = startProcess({
    name: "upstream",
    command: process.execPath,
    args: [upstreamProgram],
    core: cores?.upstream,
    output: "pipe",
  });
  const { rounds, seconds } = options;
  const setting = { names, rounds, seconds, cores, openFiles: openFilesLimit(), tell };
  const bench = new Bench({ ...setting, upstreamPort: await portOf(upstream), upstreamPid: upstream.pid });
  await bench.startTargets();
  for (const cell of options.cells) await bench.run(cell);

  const report = reportOf({
    cells: options.cells,
    names,
    results: bench.results,
    machine,
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    rounds,
    seconds,
    loadAfter: os
      .loadavg()
      .map((value) => value.toFixed(2))
      .join(" "),
    leftOut,
    ended: bench.ended,
    startedMs: median(bench.startedMs.adit ?? []),
    signingMicros: measureSigning(),
    fewerStreams: bench.fewerStreams,
  });
  console.log(report);
  if (options.json !== undefined)
    fs.writeFileSync(options.json, JSON.stringify({ machine, results: bench.results }, undefined, 2));
  if (options.write) writeIntoReadme(report);
  return Object.keys(bench.ended).length === 0 ? 0 : 1;
}

await runCommand(main);
