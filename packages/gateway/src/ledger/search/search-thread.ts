/**
 * Reads content through in a thread of its own, so that no call waits while it is decompressed and read. It opens the store anew; its memory
 * has a bound of its own; it begins with the first search, and ends when none has come for a while.
 */
import { Worker } from "node:worker_threads";
import { AditError, type CancelSignal, type ErrorCode } from "@adit/bedrock";
import type { StoreLocation } from "../../store/store.ts";
import type { CallPage, FoundCalls } from "./call-search.ts";
import type { AskedSearch, ContentSearch } from "./content-search.ts";

/** What the thread is begun with. */
export interface SearchThreadData {
  location: StoreLocation;
}

/** What it is told, with the number of the search. */
export type SearchAsk = { number: number; search: AskedSearch; page: CallPage } | { number: number; isLeft: true };

/** What it says; errors do not cross threads whole. */
export type SearchWord = { number: number; found: FoundCalls } | { number: number; failed: SearchFault };

export interface SearchFault {
  /** Undefined: it is a fault inside. */
  code: ErrorCode | undefined;
  message: string;
  param: string | undefined;
  remedy: string | undefined;
  /** What is beneath it, for the operator. */
  cause: string | undefined;
}

export interface SearchThreadOptions extends SearchThreadData {
  /** How long it stays without a search. A minute by default. */
  idleMs?: number;
}

interface Asked {
  worker: Worker;
  resolve: (found: FoundCalls) => void;
  reject: (error: unknown) => void;
}

const usualIdleMs = 60_000;
/** The contents of one call are in memory at once, and some of the database's rows: far less than this. */
const mostMegabytes = 512;

export class SearchThread implements ContentSearch {
  readonly #options: SearchThreadOptions;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #numbers = 0;

  constructor(options: SearchThreadOptions) {
    this.#options = options;
  }

  async find(search: AskedSearch, page: CallPage, signal: CancelSignal): Promise<FoundCalls> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#begin());
    this.#numbers += 1;
    const number = this.#numbers;
    const leave = (): void => tell(worker, { number, isLeft: true });
    // Only who waits for it keeps the process alive.
    worker.ref();
    try {
      return await new Promise<FoundCalls>((resolve, reject) => {
        this.#asked.set(number, { worker, resolve, reject });
        tell(worker, { number, search, page });
        signal.addEventListener("abort", leave, { once: true });
        if (signal.aborted) leave();
      });
    } finally {
      signal.removeEventListener("abort", leave);
      this.#asked.delete(number);
      if (this.#asked.size === 0) this.#rest(worker);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #rest(worker: Worker): void {
    worker.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), this.#options.idleMs ?? usualIdleMs).unref();
  }

  #begin(): Worker {
    const workerData: SearchThreadData = { location: this.#options.location };
    const worker = new Worker(new URL("search-worker.js", import.meta.url), {
      workerData,
      // Options of the process, such as hooks on modules, are not for a thread that knows its own files alone.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    });
    let reason = "it was ended";
    worker.on("message", (word: SearchWord) => this.#hear(word));
    worker.on("error", (error) => (reason = error.message));
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const asked of this.#asked.values()) if (asked.worker === worker) asked.reject(ended(reason));
    });
    return worker;
  }

  #hear(word: SearchWord): void {
    const asked = this.#asked.get(word.number);
    if ("found" in word) asked?.resolve(word.found);
    else asked?.reject(errorOf(word.failed));
  }
}

function errorOf({ code, message, param, remedy, cause }: SearchFault): Error {
  if (code === undefined) return new Error(message);
  return new AditError(code, message, {
    ...(param !== undefined && { param }),
    ...(remedy !== undefined && { remedy }),
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}

function tell(worker: Worker, ask: SearchAsk): void {
  worker.postMessage(ask);
}

function ended(reason: string): AditError {
  return new AditError("store_unavailable", "The search of content was broken off.", {
    cause: new Error(reason),
    remedy: "Ask again, with a shorter window where it is broken off again.",
    retryAfterSeconds: 1,
  });
}
