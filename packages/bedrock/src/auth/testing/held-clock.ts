import type { Clock } from "../../clock.ts";

/** A clock for tests: it stands still until moved, and a sleep moves it at once. */
export class HeldClock implements Clock {
  time: number;
  readonly slept: number[] = [];

  constructor(time: number = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.time += ms;
    return Promise.resolve();
  }
}
