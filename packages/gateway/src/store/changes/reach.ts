/** Whether the database can be asked, as the last that was asked of it showed. Where it could not, it is tried anew once a second. */
import { isAway } from "../store-faults.ts";

const againMs = 1_000;

export class Reach {
  readonly #check: () => Promise<void>;
  #isAway = false;
  /** Signs of life so far: what was asked before one and fails after it tells nothing of now. */
  #signs = 0;
  #trying: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `check` asks the database something, through {@link asked}. */
  constructor(check: () => Promise<void>) {
    this.#check = check;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Runs a query, and notes what it shows. Throws what the query throws. */
  async asked<Result>(query: () => Promise<Result>): Promise<Result> {
    const signsBefore = this.#signs;
    try {
      const result = await query();
      this.onSign();
      return result;
    } catch (error) {
      if (this.#signs === signsBefore && isAway(error)) this.#onSilence();
      throw error;
    }
  }

  /** The database was heard of. */
  onSign(): void {
    this.#signs += 1;
    this.#isAway = false;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#trying);
  }

  #onSilence(): void {
    this.#isAway = true;
    if (this.#isClosed) return;
    this.#trying ??= setTimeout(() => {
      this.#trying = undefined;
      // What comes of it is noted on its way.
      if (this.#isAway) this.#check().catch(() => {});
    }, againMs).unref();
  }
}
