import { AditError } from "@adit/bedrock";

interface Waiting {
  begin: () => void;
  giveUp: NodeJS.Timeout;
}

/** One after the other, within a process: who waits here for others holds no connection meanwhile. */
export class Turns {
  readonly #patienceMs: number;
  readonly #waiting = new Set<Waiting>();
  #isTaken = false;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** @throws AditError `store_unavailable` where those before take too long; what `work` throws. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isTaken) await this.#turn();
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new AditError("store_unavailable", "The gateway's store is busy.", { retryAfterSeconds: 1 }));
      }, this.#patienceMs);
      const waiting: Waiting = { begin: resolve, giveUp };
      this.#waiting.add(waiting);
    });
  }

  /** It stays taken from one to the next: nobody comes between. */
  #next(): void {
    const [first] = this.#waiting;
    this.#isTaken = first !== undefined;
    if (first === undefined) return;
    clearTimeout(first.giveUp);
    this.#waiting.delete(first);
    first.begin();
  }
}
