import { steadyTime, type Clock } from "../../clock.ts";
import { Roster, type OnRoster } from "../../roster.ts";

/** Limits of one exchange in milliseconds; 0 is none. No other limit exists: undici's own 300 seconds are switched off. */
export interface TimeLimits {
  /** To a connection, name look-up and TLS included. */
  connectMs: number;
  /** From the request's start on the connection to the first frame of a stream, or the status of a whole answer. */
  firstByteMs: number;
  /** Between two reads after that. Time in which the caller does not take the data is not counted. */
  idleMs: number;
  /** The whole call, further tries included. */
  totalMs: number;
}

/** A whole answer comes when the model has finished, and that may take an hour (AWS's advice for Nova is a read timeout of 60 minutes). */
export const wholeAnswerLimits: TimeLimits = { connectMs: 10_000, firstByteMs: 0, idleMs: 0, totalMs: 3_600_000 };

/** A stream's first frame comes at once; later it may be silent while the model thinks. */
export const streamLimits: TimeLimits = { connectMs: 10_000, firstByteMs: 30_000, idleMs: 3_600_000, totalMs: 0 };

/** The control plane answers in milliseconds. */
export const controlPlaneLimits: TimeLimits = {
  connectMs: 10_000,
  firstByteMs: 30_000,
  idleMs: 30_000,
  totalMs: 60_000,
};

/** Something with a moment at which it expires. */
export interface Watched extends OnRoster {
  /** By the steady clock, in milliseconds; Infinity for never. May change at any time, towards later without a word. */
  deadline(): number;
  /** Called once `deadline()` is reached. */
  expire(): void;
}

/** The longest that a look at all deadlines is put off. */
const tickMs = 250;

/**
 * Watches many deadlines with one timer. A deadline that moves with each read of ten thousand streams would otherwise cost a timer
 * a read; here it is a number. A look costs some nanoseconds a stream, four times a second, and none when nothing is open.
 */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #members = new Roster<Watched>();
  #running = false;
  #nextLook = 0;
  #waker = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(member: Watched): void {
    this.#members.add(member);
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    } else if (member.deadline() < this.#nextLook) {
      this.#waker.abort();
    }
  }

  remove(member: Watched): void {
    this.#members.remove(member);
  }

  async #run(): Promise<void> {
    while (this.#members.size > 0) {
      this.#nextLook = this.#look();
      this.#waker = new AbortController();
      try {
        await this.#clock.sleep(Math.max(1, this.#nextLook - steadyTime(this.#clock)), this.#waker.signal);
      } catch {
        // Woken for an earlier deadline: look again.
      }
    }
    this.#running = false;
  }

  /** Expires who is due; gives the moment of the next look. */
  #look(): number {
    const now = steadyTime(this.#clock);
    let next = now + tickMs;
    this.#members.forEach((member) => {
      const deadline = member.deadline();
      if (deadline <= now) {
        this.#members.remove(member);
        member.expire();
      } else if (deadline < next) {
        next = deadline;
      }
    });
    return next;
  }
}
