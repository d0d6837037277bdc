/**
 * Sticky load balancing (`strategy.sticky`): requests with the same fields are drawn alike for a time. A draw is made of the fields and
 * the time, so that several gateways, and one after a restart, draw alike; it is kept, so that it lasts for its whole time.
 */
import { createHash } from "node:crypto";
import { dropOldest } from "@adit/bedrock/gateway";

/** Portkey's documents say 3,600; its gateway takes this. */
export const defaultStickySeconds = 300;
/** Draws kept at once; the oldest leaves first. */
const mostDraws = 100_000;

export class StickyDraws {
  readonly #now: () => number;
  readonly #kept = new Map<string, { draw: number; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A number from 0 (included) to 1 (excluded), the same for this key for so many seconds. */
  draw(key: string, seconds: number): number {
    const draw = this.peek(key, seconds);
    const now = this.#now();
    if ((this.#kept.get(key)?.until ?? 0) <= now) {
      this.#kept.delete(key);
      this.#kept.set(key, { draw, until: now + seconds * 1000 });
      dropOldest(this.#kept, mostDraws);
    }
    return draw;
  }

  /** The same, and nothing is kept. */
  peek(key: string, seconds: number): number {
    const now = this.#now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.draw;
    const span = Math.floor(now / (seconds * 1000));
    return (
      createHash("sha256")
        .update(JSON.stringify([key, span]))
        .digest()
        .readUIntBE(0, 6) /
      2 ** 48
    );
  }
}
