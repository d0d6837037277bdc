/** What one call asks of a window's pool, until it is answered, or the store has taken too long. */
import { AditError } from "@adit/bedrock";

/** Where each query takes seconds a report may still be answered; who stands between the caller and here gives up after a minute. */
const longestMs = 30_000;

export class Ask {
  readonly amount: bigint;
  readonly since: number;
  /** Rejects with AditError `store_unavailable`. */
  readonly granted: Promise<boolean>;
  readonly #givingUp: NodeJS.Timeout;
  #resolve!: (isGranted: boolean) => void;
  #reject!: (error: unknown) => void;
  #isOpen = true;

  constructor(amount: bigint, since: number) {
    this.amount = amount;
    this.since = since;
    this.granted = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#givingUp = setTimeout(() => {
      this.fail(new AditError("store_unavailable", "The gateway's store does not answer.", { retryAfterSeconds: 1 }));
    }, longestMs);
    this.#givingUp.unref();
  }

  /** False where nobody waits for the answer any more. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  answer(isGranted: boolean): void {
    this.#end();
    this.#resolve(isGranted);
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#isOpen = false;
    clearTimeout(this.#givingUp);
  }
}
