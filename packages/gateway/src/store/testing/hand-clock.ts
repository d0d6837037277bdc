import type { Clock } from "@adit/bedrock";

/** A clock that stands still until the test moves `time`; who sleeps is woken at once. */
export class HandClock implements Clock {
  time: number;

  constructor(time: number = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }
}
