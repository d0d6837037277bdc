/** Values below this are kept exactly; above, 64 steps for each doubling, so at most 1.6 % off. */
const exactBelow = 128;
const steps = 64;

/** Durations counted into buckets of growing width, as HdrHistogram does. */
export class Histogram {
  #counts = new Uint32Array(steps * 27);
  #max = 0;
  #sum = 0;
  count = 0;

  /** `milliseconds` may have a fraction; it is kept in microseconds. */
  record(milliseconds) {
    const micros = Math.max(0, Math.min(Math.round(milliseconds * 1000), 2 ** 31 - 1));
    const shift = micros < exactBelow ? 0 : 25 - Math.clz32(micros);
    this.#counts[shift * steps + (micros >> shift)] += 1;
    this.count += 1;
    this.#sum += micros;
    if (micros > this.#max) this.#max = micros;
  }

  /** The value in milliseconds that `share` (0 to 1) of all stay at or below; undefined when nothing was counted. */
  at(share) {
    if (this.count === 0) return undefined;
    const wanted = Math.max(1, Math.ceil(this.count * share));
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index += 1) {
      seen += this.#counts[index];
      if (seen >= wanted) return Math.min(middleOf(index), this.#max) / 1000;
    }
    return this.#max / 1000;
  }

  /** Milliseconds throughout. */
  summary() {
    return {
      count: this.count,
      mean: this.count === 0 ? undefined : this.#sum / this.count / 1000,
      p50: this.at(0.5),
      p90: this.at(0.9),
      p99: this.at(0.99),
      p999: this.at(0.999),
      max: this.#max / 1000,
    };
  }
}

function middleOf(index) {
  if (index < exactBelow) return index;
  const shift = Math.floor(index / steps) - 1;
  return (index - shift * steps + 0.5) * 2 ** shift;
}
