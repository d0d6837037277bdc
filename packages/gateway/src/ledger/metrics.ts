/** Metrics of this process for Prometheus, in its text format (version 0.0.4): counts of calls, tokens, costs and times; no key, no content. */
import { factsOfModel } from "@adit/bedrock";
import type { AttemptOfCall, CallCost, CallRecord } from "./record/call-record.ts";
import type { TraceFigures } from "./traces/exporter.ts";

/** Series of one metric at most: models' names come from callers. What is beyond is counted under `other`. */
const mostSeries = 1_000;
const secondsBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

type LabelValue = string | number;

/** Where the counts of a metric stand: a level of the tree for each label, a count at its ends. */
class Series {
  amount = 0;
  readonly next = new Map<LabelValue, Series>();
}

class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #parts: number;
  readonly #root = new Series();
  #ends = 0;

  /** `parts`: what is added is in so many parts of the metric's unit, whole ones, whose sum is exact. */
  constructor(name: string, help: string, labels: readonly string[] = [], parts = 1) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    this.#parts = parts;
  }

  /** `values` are those of the labels, in their order. A call makes no text of them: that is done when somebody reads. */
  add(values: readonly LabelValue[], amount: number): void {
    if (amount === 0) return;
    let series: Series | undefined = this.#root;
    for (const value of values) {
      series = series.next.get(value);
      if (series === undefined) break;
    }
    (series ?? this.#begin(values)).amount += amount;
  }

  text(): string {
    const lines = this.#linesOf(this.#root, []);
    return `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} counter\n${lines.join("")}`;
  }

  #begin(values: readonly LabelValue[]): Series {
    const isKnown = this.#ends < mostSeries;
    let series = this.#root;
    for (const value of isKnown ? values : values.map(() => "other")) {
      const next = series.next.get(value) ?? new Series();
      series.next.set(value, next);
      series = next;
    }
    if (isKnown) this.#ends += 1;
    return series;
  }

  #linesOf(series: Series, values: readonly LabelValue[]): string[] {
    if (values.length < this.#labels.length) {
      return [...series.next].flatMap(([value, next]) => this.#linesOf(next, [...values, value]));
    }
    if (series.amount === 0) return [];
    const parts = values.map((value, index) => `${this.#labels[index]}="${escaped(String(value))}"`);
    return [`${this.#name}${parts.length === 0 ? "" : `{${parts.join(",")}}`} ${series.amount / this.#parts}\n`];
  }
}

class Histogram {
  readonly #name: string;
  readonly #help: string;
  /** Of those that are above the bound before; the last: above all. */
  readonly #counts = [...secondsBounds, Infinity].map(() => 0);
  #sum = 0;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    const seconds = milliseconds / 1_000;
    this.#sum += seconds;
    let index = 0;
    while (index < secondsBounds.length && seconds > (secondsBounds[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  text(): string {
    let all = 0;
    const buckets = this.#counts.map((count, index) => {
      all += count;
      return `${this.#name}_bucket{le="${secondsBounds[index] ?? "+Inf"}"} ${all}\n`;
    });
    const ends = `${this.#name}_sum ${this.#sum}\n${this.#name}_count ${all}\n`;
    return `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} histogram\n${buckets.join("")}${ends}`;
  }
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Told from the start: a counter that appears with what it counted first is no increase to who watches it for one. */
function tracesText(figures: TraceFigures | undefined): string {
  if (figures === undefined) return "";
  const { sentCalls, lostCalls, rejectedSpans, waitingCalls } = figures;
  const lost = Object.entries(lostCalls).map(([reason, calls]): [string, number] => [`{reason="${reason}"}`, calls]);
  return [
    counter("adit_traces_sent_calls_total", "Calls whose spans the collector took.", [["", sentCalls]]),
    counter("adit_traces_lost_calls_total", "Calls whose spans were lost, by why.", lost),
    counter("adit_traces_rejected_spans_total", "Spans that the collector says it did not keep.", [
      ["", rejectedSpans],
    ]),
    gauge("adit_traces_waiting_calls", "Calls whose spans wait for the collector.", waitingCalls),
  ].join("");
}

function counter(name: string, help: string, samples: readonly [labels: string, count: number][]): string {
  const lines = samples.map(([labels, count]) => `${name}${labels} ${count}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${lines.join("")}`;
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}

/** Other targets of the plan may have had other models. */
function modelOfAttempt({ model }: AttemptOfCall, call: CallRecord): string {
  return model === undefined || model === call.modelUsed ? (call.model ?? "none") : factsOfModel(model).baseId;
}

/** What of the ledger is told beside the calls. */
export interface Backlog {
  bytes: number;
  waiting: number;
  lost: number;
  lostContents: number;
}

export class Metrics {
  readonly #calls = new Counter("adit_calls_total", "Calls that have ended.", [
    "model",
    "dialect",
    "status",
    "error",
    "result",
  ]);
  readonly #attempts = new Counter("adit_attempts_total", "Transmissions to providers.", ["model", "region", "error"]);
  readonly #tokens = new Counter("adit_tokens_total", "Tokens, by what they were.", ["model", "kind"]);
  readonly #dollars = new Counter("adit_cost_dollars_total", "What calls cost, as far as it is known.", ["model"], 1e9);
  readonly #unknown = new Counter("adit_calls_of_unknown_cost_total", "Calls whose cost is not known.", ["model"]);
  readonly #duration = new Histogram("adit_call_duration_seconds", "From a call's arrival to the end of its answer.");
  readonly #firstByte = new Histogram("adit_first_byte_seconds", "From a call's arrival to the provider's first byte.");

  count(record: CallRecord): void {
    const model = record.model ?? "none";
    const { units, cost, timings, dialect } = record;
    const result = record.isSuccess ? "success" : "failure";
    this.#calls.add([model, dialect, record.status, record.error ?? "", result], 1);
    for (const attempt of record.attempts) {
      const { region = "none", error = "" } = attempt;
      this.#attempts.add([modelOfAttempt(attempt, record), region, error], 1);
    }
    this.#tokens.add([model, "input"], units.input ?? 0);
    this.#tokens.add([model, "output"], units.output ?? 0);
    this.#tokens.add([model, "cache_read"], units.cacheRead ?? 0);
    this.#tokens.add([model, "cache_write"], units.cacheWrite ?? 0);
    if (cost.totalNano === undefined) this.#unknown.add([model], 1);
    else this.#dollars.add([model], Number(cost.totalNano));
    this.#duration.add(timings.total);
    this.#firstByte.add(timings.firstByte);
  }

  /** What checks of guardrails cost that nobody waited for: the call, and its model, have been counted. */
  countLate({ partsNano, missing }: Pick<CallCost, "partsNano" | "missing">): void {
    const nano = Object.values(partsNano).reduce((sum, part) => sum + Number(part), 0);
    this.#dollars.add(["none"], nano);
    if (missing.length > 0) this.#unknown.add(["none"], 1);
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
