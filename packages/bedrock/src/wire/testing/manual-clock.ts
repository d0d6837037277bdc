import type { Clock } from "../../clock.ts";

/** A clock for tests that run real exchanges: it moves only by `advance`, and sleepers wake when it passes their time. */
export class ManualClock implements Clock {
  time: number;
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();

  constructor(time: number = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.time = time;
  }

  /** True while somebody has still `ms` to sleep. */
  hasSleeper(ms: number): boolean {
    return [...this.#sleepers].some(({ until }) => until - this.time === ms);
  }

  now(): number {
    return this.time;
  }

  /** Moves the clock and wakes who is due. */
  advance(ms: number): void {
    this.time += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until <= this.time) {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const sleeper = { until: this.time + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }
}
