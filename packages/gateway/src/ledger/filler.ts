/** Takes the journal over into the database, batch by batch, behind the requests: its own files, and those that dead processes left. */
import { closeSync, openSync } from "node:fs";
import { appendFile, readdir, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AditError, isJsonObject, type JsonValue } from "@adit/bedrock";
import { storeError } from "../store/store-faults.ts";
import type { Store } from "../store/store.ts";
import type { CallRecord } from "./call-record.ts";
import { addCalls, type WrittenRecord } from "./call-rows.ts";
import { isJournalFile, readLines, type Journal } from "./journal.ts";

/** Rows of a transaction: its end costs as much as a hundred of them. Rows go in by fewer, so that nobody's stream waits for them. */
const batchRows = 1_000;
const tickMs = 100;
/** Between two looks for files of others, and two signs of life of one's own. */
const sweepMs = 20_000;
/** A file that shows no sign of life for so long is a dead process's. */
const deadAfterMs = 90_000;

export interface FillerOptions {
  store: Store;
  journal: Journal;
  folder: string;
  /** Why the journal cannot be taken over at present, for the operator; each reason once. */
  onFault: (error: unknown) => void;
  /** Told of the records that were added. */
  onAdded?: (records: readonly CallRecord[]) => void;
}

export class Filler {
  readonly #options: FillerOptions;
  readonly #timer: NodeJS.Timeout;
  /** How far the files of others have been read. */
  readonly #leftovers = new Map<string, number>();
  #running: Promise<void> | undefined;
  #sweptAt = -Infinity;
  #retryAt = 0;
  #saidReason = "";

  constructor(options: FillerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#tick(), tickMs);
    this.#timer.unref();
  }

  /** Resolves when all that is in the journal now is in the database. @throws AditError `store_unavailable` */
  async drain(): Promise<void> {
    await this.#running?.catch(() => {});
    await (this.#running = this.#takeOver().finally(() => (this.#running = undefined)));
  }

  /** Reads what dead processes have left. @throws AditError `store_unavailable`, or the system's error */
  async sweep(): Promise<void> {
    const { folder, journal, store } = this.#options;
    const own = new Set(journal.paths);
    for (const name of (await readdir(folder)).filter(isJournalFile)) {
      const path = join(folder, name);
      if (own.has(path)) await utimes(path, new Date(), new Date()).catch(() => {});
      else await this.#takeLeftover(path, store.clock.now());
    }
    if (!journal.isListed()) journal.rotate();
  }

  /** Takes over what it can and stops; what it cannot stays in the journal for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.drain().catch(() => {});
  }

  async #tick(): Promise<void> {
    const { journal, store } = this.#options;
    const now = store.clock.now();
    if (this.#running !== undefined || now < this.#retryAt) return;
    const isDue = now - this.#sweptAt >= sweepMs;
    if (!isDue && journal.backlogBytes === 0 && journal.waiting === 0) return;
    try {
      await this.drain();
      if (isDue) {
        this.#sweptAt = now;
        await this.sweep();
      }
      this.#saidReason = "";
    } catch (error) {
      this.#retryAt = now + 1_000;
      this.#say(error);
    }
  }

  async #takeOver(): Promise<void> {
    const { journal } = this.#options;
    if (journal.waiting > 0) journal.retry();
    await this.#takeMemory();
    for (;;) {
      const next = journal.next();
      if (next.lines.length === 0) return;
      await this.#insert(next.lines);
      await journal.taken(next);
    }
  }

  /** What the disk does not take goes to the database at once. */
  async #takeMemory(): Promise<void> {
    const { journal } = this.#options;
    for (;;) {
      const lines = journal.takeWaiting(batchRows);
      if (lines.length === 0) return;
      try {
        await this.#insert(lines);
      } catch (error) {
        journal.putBack(lines);
        throw error;
      }
    }
  }

  async #takeLeftover(path: string, now: number): Promise<void> {
    const descriptor = openOrNot(path);
    if (descriptor === undefined) return;
    try {
      let offset = this.#leftovers.get(path) ?? 0;
      for (;;) {
        const next = readLines(descriptor, offset);
        if (next.lines.length === 0) break;
        await this.#insert(next.lines);
        offset = next.nextOffset;
        this.#leftovers.set(path, offset);
      }
    } finally {
      closeSync(descriptor);
    }
    // Its owner may live: then it goes on writing there, and shows it.
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs < deadAfterMs) return;
    this.#leftovers.delete(path);
    await unlink(path).catch(() => {});
  }

  async #insert(lines: readonly string[]): Promise<void> {
    for (let from = 0; from < lines.length; from += batchRows) {
      await this.#insertBatch(lines.slice(from, from + batchRows).flatMap((line) => recordIn(line) ?? []));
      await nextTurn();
    }
  }

  async #insertBatch(written: readonly WrittenRecord[]): Promise<void> {
    const { store, onAdded } = this.#options;
    if (written.length === 0) return;
    try {
      const added = await addCalls(store, written);
      onAdded?.(written.flatMap(({ record }) => (added.has(record.id) ? [record] : [])));
    } catch (error) {
      const fault = storeError(error);
      if (AditError.isInstance(fault)) throw fault;
      await this.#insertApart(written, fault);
    }
  }

  /** One record that the database refuses must not hold up the others: it is set aside. */
  async #insertApart(written: readonly WrittenRecord[], error: unknown): Promise<void> {
    const [first, ...more] = written;
    if (first !== undefined && more.length === 0) {
      this.#say(error);
      await appendFile(join(this.#options.folder, "refused.jsonl"), `${first.text}\n`, { mode: 0o600 });
      return;
    }
    const middle = Math.ceil(written.length / 2);
    await this.#insertBatch(written.slice(0, middle));
    await this.#insertBatch(written.slice(middle));
  }

  #say(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#saidReason) return;
    this.#saidReason = reason;
    this.#options.onFault(error);
  }
}

function openOrNot(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    // Another gateway has taken it away.
    return undefined;
  }
}

/** Undefined for a line that was cut off, as by a full disk: what it was to say stands in a later one. */
function recordIn(text: string): WrittenRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isRecord = isJsonObject(value as JsonValue) && (value as Partial<CallRecord>).form === 1;
  return isRecord ? { record: value as CallRecord, text } : undefined;
}
