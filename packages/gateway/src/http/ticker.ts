import { Roster, type OnRoster } from "@adit/bedrock/gateway";

/** Something that watches the time roughly. */
export interface Ticking extends OnRoster {
  /** Called about once per `Ticker` interval. */
  tick(): void;
}

/** One coarse timer for everything that waits: thousands of streams and bodies cost one interval. Runs only while something is in it. */
export class Ticker {
  readonly intervalMs: number;
  readonly #members = new Roster<Ticking>();
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  add(member: Ticking): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#tick(), this.intervalMs).unref();
  }

  remove(member: Ticking): void {
    this.#members.remove(member);
  }

  // The timer ends at a tick that finds nobody: starting and ending it for each short body would cost more than the body.
  #tick(): void {
    this.#members.forEach((member) => member.tick());
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
