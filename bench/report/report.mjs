/** The whole result as Markdown. */
import { checksOf } from "./checks.mjs";
import { figure, table } from "./markdown.mjs";
import { summaryOf } from "./summary.mjs";

class Report {
  #cells;
  #names;
  #summary;

  constructor(cells, names, summary) {
    this.#cells = cells;
    this.#names = names;
    this.#summary = summary;
  }

  /** A table of the cells of some groups, a column a target; undefined when none was measured. */
  section(title, groups, show, columns = this.#names) {
    const measured = this.#cells.filter(
      ({ name, group }) => groups.includes(group) && this.#summary[name] !== undefined,
    );
    if (measured.length === 0) return undefined;
    const rows = measured.map((cell) => [
      cell.title,
      ...columns.map((name) => {
        const of = this.#summary[cell.name][name];
        if (of === undefined) return "-";
        return of.served ? show(of, this.#summary[cell.name]) : "not served";
      }),
    ]);
    return `### ${title}\n\n${table(["case", ...columns], rows)}`;
  }

  withoutDirect() {
    return this.#names.filter((name) => name !== "direct");
  }
}

/** CPU time, and how many times more work than Portkey's gateway that makes for the same CPU time. */
function cpuAgainstPortkey(key) {
  return (of, row) => {
    const portkey = row.portkey?.[key];
    return portkey === undefined || of === row.portkey
      ? figure(of[key])
      : `${figure(of[key])} (${figure(portkey / of[key])}x)`;
  };
}

function signed(value) {
  if (value === undefined || Number.isNaN(value)) return "-";
  return `${value < 0 ? "" : "+"}${figure(value)}`;
}

function added(key50, key99) {
  return (of, row) => {
    if (of === row.direct || row.direct === undefined) return `${figure(of[key50])} / ${figure(of[key99])}`;
    return `${signed(of[key50] - row.direct[key50])} / ${signed(of[key99] - row.direct[key99])}`;
  };
}

function aditSection(cells, summary) {
  const rows = cells
    .filter(({ name }) => summary[name]?.adit?.served)
    .map(({ name, title, group }) => {
      const key = ["burst", "paced", "held"].includes(group) ? "cpuPerEvent" : "cpuPerRequest";
      const { adit, lean, "node-proxy": proxy, portkey } = summary[name];
      const ratio = (one, other) => (one?.[key] && other?.[key] ? `${figure(one[key] / other[key])}x` : "-");
      const difference = lean?.[key] === undefined ? "-" : figure(adit[key] - lean[key]);
      const unit = key === "cpuPerEvent" ? "us an event" : "us a request";
      return [`${title} (${unit})`, figure(adit[key]), difference, ratio(adit, proxy), ratio(portkey, adit)];
    });
  if (rows.length === 0) return undefined;
  return `### The gateway against the others\n\n${table(["case", "adit", "more than lean", "of node-proxy", "better than portkey"], rows)}`;
}

function errorSection(results) {
  const lines = Object.entries(results).flatMap(([cell, byTarget]) =>
    Object.entries(byTarget).flatMap(([name, runs]) => {
      const failed = runs.filter(({ errors }) => errors > 0);
      if (failed.length === 0) return [];
      const count = failed.reduce((total, { errors }) => total + errors, 0);
      return [
        `- ${cell}, ${name}: ${count} (${[...new Set(failed.flatMap(({ errorTexts }) => errorTexts))].join("; ")})`,
      ];
    }),
  );
  return lines.length === 0 ? "No request failed." : `### Requests that failed\n\n${lines.join("\n")}`;
}

function preface({ machine, command, rounds, seconds, loadAfter, leftOut, ended }) {
  const lines = [
    `- Machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; Node ${machine.node}; ${machine.pinned}.`,
    `- ${machine.date} UTC. Load average before: ${machine.load}; after: ${loadAfter}.`,
    `- Command: \`${command}\`; medians of ${rounds} rounds of ${seconds} s (paced and open loop: ${2 * seconds} s; open streams: one round).`,
  ];
  for (const [name, why] of Object.entries(leftOut)) lines.push(`- Left out: ${name}: ${why}.`);
  for (const [name, what] of Object.entries(ended)) lines.push(`- **${name} ended ${what}**`);
  return lines.join("\n");
}

function checkSection(checks) {
  const rows = checks.map(({ target, value, verdict }) => [target, value, verdict]);
  const notes = [
    "Limits are measured where adit-key and adit-limits are named (`node bench/limits.mjs` has what they cost alone).",
    "Not measured here: memory under a soak (`npm run soak`).",
  ];
  return `### Against the design's targets\n\n${table(["target", "measured", ""], rows)}\n\n${notes.join(" ")}`;
}

/** `run`: {cells, names, results, machine, command, rounds, seconds, loadAfter, leftOut, ended, startedMs, signingMicros, fewerStreams}. */
export function reportOf(run) {
  const summary = summaryOf(run.results);
  const report = new Report(run.cells, run.names, summary);
  const targets = report.withoutDirect();
  const held = (of) => `${figure(of.megabytes)} MB (${of.openStreams} open)`;
  return [
    preface(run),
    checkSection(checksOf(summary, run)),
    aditSection(run.cells, summary),
    report.section(
      "Whole answers: CPU us a request (requests per CPU-second, times Portkey's)",
      ["whole", "native"],
      cpuAgainstPortkey("cpuPerRequest"),
      targets,
    ),
    report.section("Whole answers: requests a second", ["whole"], (of) => figure(of.requestsPerSecond)),
    report.section("Whole answers, closed loop: added ms, p50 / p99 (direct: itself)", ["whole"], added("p50", "p99")),
    report.section("Whole answers: memory in MB", ["whole"], (of) => figure(of.megabytes), targets),
    report.section(
      "Streams of 20 events, all sizes of request: CPU us a request",
      ["answered"],
      cpuAgainstPortkey("cpuPerRequest"),
      targets,
    ),
    report.section(
      "Streams: CPU us an event",
      ["burst", "paced", "messages"],
      cpuAgainstPortkey("cpuPerEvent"),
      targets,
    ),
    report.section(
      "Streams: added ms to the first token, p50 / p99 (direct: itself)",
      ["burst", "paced"],
      added("firstP50", "firstP99"),
    ),
    report.section("Open loop at half of peak: requests a second", ["rate"], (of) => figure(of.rate)),
    report.section(
      "Open loop at half of peak: added ms to the first token, p50 / p99 (direct: itself)",
      ["rate"],
      added("firstP50", "firstP99"),
    ),
    report.section("Open streams, an event a second each: memory", ["held"], held, targets),
    report.section("Open streams: CPU us an event", ["held"], (of) => figure(of.cpuPerEvent), targets),
    errorSection(run.results),
  ]
    .filter((part) => part !== undefined)
    .join("\n\n");
}
