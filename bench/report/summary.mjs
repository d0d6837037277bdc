import { median } from "../measure.mjs";

const figures = {
  requestsPerSecond: (run) => run.requestsPerSecond,
  cpuPerRequest: (run) => run.cpuMicrosPerRequest,
  cpuPerEvent: (run) => run.cpuMicrosPerEvent,
  p50: (run) => run.latency.p50,
  p99: (run) => run.latency.p99,
  firstP50: (run) => run.firstText.p50,
  firstP99: (run) => run.firstText.p99,
  megabytes: (run) => run.residentBytes / 2 ** 20,
  openStreams: (run) => run.openStreams,
  rate: (run) => run.rate,
};

/** The runs of every cell and target -> their medians: summary[cell][target] = {cpuPerRequest, p50, ...}. */
export function summaryOf(results) {
  const summary = {};
  for (const [cell, byTarget] of Object.entries(results)) {
    summary[cell] = {};
    for (const [target, runs] of Object.entries(byTarget)) {
      // A run without one good reply has measured only how a target refuses.
      const good = runs.filter((run) => run.requests + run.events > 0);
      const medians = Object.entries(figures).map(([name, of]) => [name, median(good.map(of))]);
      const errors = runs.reduce((total, run) => total + run.errors, 0);
      summary[cell][target] = { ...Object.fromEntries(medians), errors, served: good.length > 0 };
    }
  }
  return summary;
}
