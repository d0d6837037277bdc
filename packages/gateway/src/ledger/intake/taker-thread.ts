/**
 * Takes records over in a thread of its own: what the database costs is not felt by calls. It opens the store anew, reads the journal's
 * files by their descriptors, and is told from here what to take.
 */
import { Worker } from "node:worker_threads";
import { AditError } from "@adit/bedrock";
import type { StoreLocation } from "../../store/store.ts";
import type { JournalPlace } from "./journal.ts";
import type { Taken, Taker } from "./record-taker.ts";

/** What the thread is begun with. */
export interface TakerThreadData {
  location: StoreLocation;
  folder: string;
  wantsAdded: boolean;
}

/** What it is asked. */
export type TakerAsk = { place: JournalPlace } | { lines: readonly string[] };

/** What it says; errors do not cross threads whole. */
export type TakerWord =
  | { taken: Taken }
  /** The last ask failed; `isAway`: since the store did not answer. */
  | { failed: string; isAway: boolean }
  /** A record was set aside. */
  | { refused: string };

export interface TakerThreadOptions extends TakerThreadData {
  onRefused: (error: unknown) => void;
}

interface Asked {
  resolve: (taken: Taken) => void;
  reject: (error: unknown) => void;
}

/** True where this program stands as it was built: its sources alone can be no thread's. */
export const canHaveThread = import.meta.url.endsWith(".js");

/** One ask at a time. A thread that has ended is begun anew with the next one. */
export class TakerThread implements Taker {
  readonly #options: TakerThreadOptions;
  #worker: Worker | undefined;
  #asked: Asked | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: TakerThreadOptions) {
    this.#options = options;
  }

  takeFile(place: JournalPlace): Promise<Taken> {
    return this.#askInTurn({ place });
  }

  takeLines(lines: readonly string[]): Promise<Taken> {
    return this.#askInTurn({ lines });
  }

  async close(): Promise<void> {
    await this.#turn;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #askInTurn(ask: TakerAsk): Promise<Taken> {
    const answer = this.#turn.then(() => this.#ask(ask));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async #ask(ask: TakerAsk): Promise<Taken> {
    const worker = (this.#worker ??= this.#begin());
    // Only who waits for it keeps the process alive.
    worker.ref();
    try {
      return await new Promise<Taken>((resolve, reject) => {
        this.#asked = { resolve, reject };
        worker.postMessage(ask);
      });
    } finally {
      this.#asked = undefined;
      worker.unref();
    }
  }

  #begin(): Worker {
    const { location, folder, wantsAdded } = this.#options;
    const workerData: TakerThreadData = { location, folder, wantsAdded };
    // Options of the process, such as hooks on modules, are not for a thread that knows its own files alone.
    const worker = new Worker(new URL("taker-worker.js", import.meta.url), { workerData, execArgv: [] });
    let reason = "it was ended";
    worker.on("message", (word: TakerWord) => this.#hear(word));
    worker.on("error", (error) => (reason = error.message));
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#asked?.reject(new Error(`The thread that fills the ledger has ended, and is begun anew: ${reason}.`));
    });
    return worker;
  }

  #hear(word: TakerWord): void {
    if ("taken" in word) this.#asked?.resolve(word.taken);
    else if ("refused" in word) this.#options.onRefused(new Error(word.refused));
    else this.#asked?.reject(word.isAway ? away(word.failed) : new Error(word.failed));
  }
}

function away(reason: string): AditError {
  return new AditError("store_unavailable", "The gateway's store does not answer.", {
    cause: new Error(reason),
    retryAfterSeconds: 1,
  });
}
