/** Guardrails that nobody waits for: a gateway that stops gives them a moment to end. */
import { setTimeout as pause } from "node:timers/promises";

const patienceMs = 5_000;

export class BackgroundChecks {
  readonly #running = new Set<Promise<void>>();

  /** `work` never rejects. */
  add(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  /** Resolves when all have ended, or after five seconds. */
  async settle(): Promise<void> {
    if (this.#running.size === 0) return;
    const waiting = new AbortController();
    await Promise.race([
      Promise.all(this.#running),
      pause(patienceMs, undefined, { signal: waiting.signal, ref: false }).catch(() => {}),
    ]);
    waiting.abort();
  }
}
