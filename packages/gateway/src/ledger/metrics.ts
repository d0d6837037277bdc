/** Metrics of this process for Prometheus, in its text format (version 0.0.4): counts of calls, tokens, costs and times; no key, no content. */
import type { CallRecord } from "./call-record.ts";
import type { TraceFigures } from "./traces/exporter.ts";

/** Series of one metric at most: models' names come from callers. What is beyond is counted under `other`. */
const mostSeries = 1_000;
const secondsBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

type Labels = Readonly<Record<string, string>>;

class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, amount: number): void {
    if (amount === 0) return;
    const key = labelText(labels);
    const isKnown = this.#series.has(key) || this.#series.size < mostSeries;
    const place = isKnown ? key : labelText(Object.fromEntries(Object.keys(labels).map((name) => [name, "other"])));
    this.#series.set(place, (this.#series.get(place) ?? 0) + amount);
  }

  text(): string {
    const lines = [...this.#series].map(([labels, value]) => `${this.#name}${labels} ${value}\n`);
    return `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} counter\n${lines.join("")}`;
  }
}

class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #counts = secondsBounds.map(() => 0);
  #all = 0;
  #sum = 0;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    const seconds = milliseconds / 1_000;
    this.#all += 1;
    this.#sum += seconds;
    for (const [index, bound] of secondsBounds.entries()) {
      if (seconds <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    }
  }

  text(): string {
    const buckets = secondsBounds.map(
      (bound, index) => `${this.#name}_bucket{le="${bound}"} ${this.#counts[index] ?? 0}\n`,
    );
    const ends = `${this.#name}_bucket{le="+Inf"} ${this.#all}\n${this.#name}_sum ${this.#sum}\n${this.#name}_count ${this.#all}\n`;
    return `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} histogram\n${buckets.join("")}${ends}`;
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function tracesText(figures: TraceFigures | undefined): string {
  if (figures === undefined) return "";
  const sent = new Counter("adit_traces_sent_calls_total", "Calls whose spans the collector took.");
  sent.add({}, figures.sentCalls);
  const lost = new Counter("adit_traces_lost_calls_total", "Calls whose spans were lost, by why.");
  for (const [reason, calls] of Object.entries(figures.lostCalls)) lost.add({ reason }, calls);
  const rejected = new Counter("adit_traces_rejected_spans_total", "Spans that the collector says it did not keep.");
  rejected.add({}, figures.rejectedSpans);
  const waiting = gauge("adit_traces_waiting_calls", "Calls whose spans wait for the collector.", figures.waitingCalls);
  return [sent, lost, rejected].map((metric) => metric.text()).join("") + waiting;
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}

/** What of the ledger is told beside the calls. */
export interface Backlog {
  bytes: number;
  waiting: number;
  lost: number;
  lostContents: number;
}

export class Metrics {
  readonly #calls = new Counter("adit_calls_total", "Calls that have ended.");
  readonly #attempts = new Counter("adit_attempts_total", "Transmissions to providers.");
  readonly #tokens = new Counter("adit_tokens_total", "Tokens, by what they were.");
  readonly #dollars = new Counter("adit_cost_dollars_total", "What calls cost, as far as it is known.");
  readonly #unknown = new Counter("adit_calls_of_unknown_cost_total", "Calls whose cost is not known.");
  readonly #duration = new Histogram("adit_call_duration_seconds", "From a call's arrival to the end of its answer.");
  readonly #firstByte = new Histogram("adit_first_byte_seconds", "From a call's arrival to the provider's first byte.");

  count(record: CallRecord): void {
    const model = record.model ?? "none";
    const { units, cost, timings, dialect } = record;
    const result = record.isSuccess ? "success" : "failure";
    this.#calls.add({ model, dialect, status: String(record.status), error: record.error ?? "", result }, 1);
    for (const { region = "none", error = "" } of record.attempts) this.#attempts.add({ model, region, error }, 1);
    this.#tokens.add({ model, kind: "input" }, units.input ?? 0);
    this.#tokens.add({ model, kind: "output" }, units.output ?? 0);
    this.#tokens.add({ model, kind: "cache_read" }, units.cacheRead ?? 0);
    this.#tokens.add({ model, kind: "cache_write" }, units.cacheWrite ?? 0);
    if (cost.totalNano === undefined) this.#unknown.add({ model }, 1);
    else this.#dollars.add({ model }, Number(cost.totalNano) / 1e9);
    this.#duration.add(timings.total);
    this.#firstByte.add(timings.firstByte);
  }

  text(backlog: Backlog, traces?: TraceFigures): string {
    const { heapUsed, rss } = process.memoryUsage();
    return [
      ...[this.#calls, this.#attempts, this.#tokens, this.#dollars, this.#unknown].map((metric) => metric.text()),
      this.#duration.text(),
      this.#firstByte.text(),
      gauge("adit_ledger_journal_bytes", "In the journal, and not in the database yet.", backlog.bytes),
      gauge("adit_ledger_waiting_records", "In memory, since the disk takes none.", backlog.waiting),
      gauge("adit_ledger_lost_records", "Records that could not be made.", backlog.lost),
      gauge("adit_ledger_lost_contents", "Contents that were to be kept and are not.", backlog.lostContents),
      tracesText(traces),
      gauge("process_resident_memory_bytes", "Memory of the process.", rss),
      gauge("nodejs_heap_used_bytes", "Of it, the heap that is used.", heapUsed),
    ].join("");
  }
}
