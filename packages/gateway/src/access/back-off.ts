/** Failures counted in memory: after some of them the next has to wait, each time longer. */
import { dropOldest } from "@adit/bedrock/gateway";

/** What failures cost. */
export interface BackOffRule {
  /** Failures that cost nothing. */
  free: number;
  firstMs: number;
  longestMs: number;
}

/** How long to wait after so many failures in a row; 0: not at all. */
export function waitAfter(failures: number, { free, firstMs, longestMs }: BackOffRule): number {
  if (failures < free) return 0;
  return Math.min(firstMs * 2 ** Math.min(failures - free, 30), longestMs);
}

interface Entry {
  failures: number;
  lastAt: number;
}

/** The oldest leave first: whoever fills this up gains no more than by coming from a new address. */
const mostEntries = 10_000;

export class BackOff {
  readonly #rule: BackOffRule;
  readonly #entries = new Map<string, Entry>();

  constructor(rule: BackOffRule) {
    this.#rule = rule;
  }

  /**
   * Counts a try as a failure before its outcome is known, so that many at once count too.
   * @returns how long this one has to wait, in milliseconds; 0 where it may be made. One that has to wait is not counted.
   */
  begin(name: string, now: number): number {
    const entry = this.#entryOf(name, now);
    const waitMs = this.#waitMs(entry, now);
    if (waitMs > 0) return waitMs;
    this.#entries.delete(name);
    this.#entries.set(name, { failures: entry.failures + 1, lastAt: now });
    dropOldest(this.#entries, mostEntries);
    return 0;
  }

  /** How long the next try has to wait, in milliseconds; 0 where it may be made. Counts nothing. */
  waitMs(name: string, now: number): number {
    return Math.max(0, this.#waitMs(this.#entryOf(name, now), now));
  }

  /** True where nobody has failed. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** The try was none of the failures. */
  undo(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) entry.failures = Math.max(0, entry.failures - 1);
  }

  /** What is long past is forgotten. */
  #entryOf(name: string, now: number): Entry {
    const known = this.#entries.get(name);
    // Where the clock was set back, one failure would otherwise mean a wait until it shows that time again.
    if (known !== undefined && known.lastAt > now) known.lastAt = now;
    return known === undefined || known.lastAt + 2 * this.#rule.longestMs < now ? { failures: 0, lastAt: now } : known;
  }

  #waitMs({ lastAt, failures }: Entry, now: number): number {
    return lastAt + waitAfter(failures, this.#rule) - now;
  }
}
