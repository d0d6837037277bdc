import { Histogram } from "./histogram.mjs";
import { cpuMicrosOf, residentBytesOf } from "../machine/process-stats.mjs";

/** What a run counts between the end of its warm-up and its end, with the target's CPU time over just that while. */
export class Tally {
  #pids;
  #cpuAtStart = 0;
  #startedAt = 0;
  #sampler;
  counting = false;
  requests = 0;
  events = 0;
  errors = 0;
  /** The first few, to tell what went wrong. */
  errorTexts = new Set();
  latency = new Histogram();
  firstText = new Histogram();
  peakBytes = 0;

  constructor(pids) {
    this.#pids = pids;
  }

  start() {
    this.counting = true;
    this.#startedAt = performance.now();
    this.#cpuAtStart = cpuMicrosOf(this.#pids);
    this.#sampler = setInterval(() => this.#sampleMemory(), 500);
  }

  error(text) {
    this.errors += 1;
    if (this.errorTexts.size < 3) this.errorTexts.add(text);
  }

  /** Stops counting; the figures of the while that was counted. */
  stop() {
    const cpuMicros = cpuMicrosOf(this.#pids) - this.#cpuAtStart;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.counting = false;
    clearInterval(this.#sampler);
    this.#sampleMemory();
    return { seconds, cpuMicros, requests: this.requests, events: this.events };
  }

  #sampleMemory() {
    this.peakBytes = Math.max(this.peakBytes, residentBytesOf(this.#pids));
  }
}
