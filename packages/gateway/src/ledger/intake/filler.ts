/** Takes the journal over into the database, batch by batch, behind the requests: its own files, and those that dead processes left. */
import { closeSync, openSync } from "node:fs";
import { readdir, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AditError } from "@adit/bedrock";
import { steadyNow } from "../../steady-now.ts";
import type { Store } from "../../store/store.ts";
import { reasonOf } from "../../store/store-faults.ts";
import type { CallRecord } from "../record/call-record.ts";
import { isJournalFile, readBytes, undefinedIfGone, type Journal } from "./journal.ts";
import { isOwedFile, madeAt, owedLines, type OwedFacts } from "./owed-facts.ts";
import type { Taken, Taker } from "./record-taker.ts";

const tickMs = 100;
/** After so many lines at once: the more there are together, the less each of them costs. Whoever reads sees them a moment later. */
const busyLines = 50;
const busyPauseMs = 1_000;
/** Lines that are taken out of the memory at once. */
const waitingAtOnce = 1_000;
/** The time between two looks for other gateways' files, and between two signs of life of its own. */
const sweepMs = 20_000;
/** A file that shows no sign of life for so long is a dead process's. */
const deadAfterMs = 90_000;

export interface FillerOptions {
  store: Pick<Store, "clock">;
  taker: Taker;
  journal: Journal;
  /** What this process itself has to tell of later; its file is not a dead one's. */
  owed?: Pick<OwedFacts, "path">;
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
  /** Files of others that could not be taken over, and why: what the operator has been told. */
  readonly #unread = new Map<string, string>();
  #running: Promise<void> | undefined;
  #ticking: Promise<void> | undefined;
  #sweptAt = -Infinity;
  #retryAt = 0;
  #pauseUntil = 0;
  /** Taken over since the last tick. */
  #lines = 0;
  #saidReason = "";

  constructor(options: FillerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#ticking ??= this.#tick().finally(() => (this.#ticking = undefined));
    }, tickMs);
    this.#timer.unref();
  }

  /** Resolves when all that is in the journal now is in the database. @throws AditError `store_unavailable` */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => {});
    await (this.#running = this.#takeOver().finally(() => (this.#running = undefined)));
  }

  /**
   * Reads what dead processes have left. A file that cannot be read stays where it is, is told of, and holds up no other.
   * @throws AditError `store_unavailable`, or the system's error
   */
  async sweep(): Promise<void> {
    const { folder, journal, owed, store } = this.#options;
    const own = new Set([...journal.paths, owed?.path]);
    const now = store.clock.now();
    const names = await readdir(folder);
    const take = async (name: string, takeLeftover: (path: string) => Promise<void>): Promise<boolean> => {
      const path = join(folder, name);
      if (!own.has(path)) return this.#isTaken(path, takeLeftover(path));
      await utimes(path, new Date(), new Date()).catch(() => {});
      return true;
    };
    const unread: string[] = [];
    for (const name of names.filter(isJournalFile)) {
      if (!(await take(name, (path) => this.#takeLeftover(path, now)))) unread.push(name);
    }
    const unreadUntil = await lastChanged(unread.map((name) => join(folder, name)));
    for (const name of names.filter(isOwedFile)) {
      // Behind the records that they are for, and what else was learned of these: a file that waits may have them, where it is not older.
      if (madeAt(name) > unreadUntil) await take(name, (path) => this.#takeOwed(path, now));
    }
    if (!journal.isListed()) journal.rotate();
  }

  /** False where what is wrong is this file's; the operator is told of it once. */
  async #isTaken(path: string, taking: Promise<void>): Promise<boolean> {
    try {
      await taking;
      this.#unread.delete(path);
      return true;
    } catch (error) {
      if (AditError.isInstance(error)) throw error;
      const reason = reasonOf(error);
      if (this.#unread.get(path) !== reason) {
        this.#unread.set(path, reason);
        this.#options.onFault(new Error(`${path} stays where it is, and its calls are not in the logs: ${reason}`));
      }
      return false;
    }
  }

  /** Takes over what it can and stops; what it cannot stays in the journal for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticking;
    await this.drain().catch(() => {});
    await this.#options.taker.close();
  }

  async #tick(): Promise<void> {
    const { journal } = this.#options;
    const now = steadyNow();
    if (this.#running !== undefined || now < this.#retryAt) return;
    const isDue = now - this.#sweptAt >= sweepMs;
    if (!isDue && journal.backlogBytes === 0 && journal.waiting === 0) return;
    const isSoon = now < this.#pauseUntil && journal.backlogBytes < readBytes;
    if (isSoon) return;
    try {
      this.#lines = 0;
      await this.drain();
      this.#pauseUntil = this.#lines < busyLines ? 0 : now + busyPauseMs;
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
    const { journal, taker } = this.#options;
    if (journal.waiting > 0) journal.retry();
    await this.#takeMemory();
    // What comes meanwhile waits in a file of its own for the next time, when there is more of it.
    journal.rotate();
    const end = journal.writtenBytes;
    while (journal.writtenBytes - journal.backlogBytes < end) {
      const place = journal.next();
      if (place === undefined) return;
      const taken = await this.#taken(taker.takeFile(place));
      if (!(await journal.taken(place, taken.nextOffset))) return;
    }
  }

  /** What the disk does not take goes to the database at once. */
  async #takeMemory(): Promise<void> {
    const { journal, taker } = this.#options;
    for (;;) {
      const lines = journal.takeWaiting(waitingAtOnce);
      if (lines.length === 0) return;
      try {
        await this.#taken(taker.takeLines(lines));
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
        const { nextOffset } = await this.#taken(
          this.#options.taker.takeFile({ descriptor, offset, isOfAnother: true }),
        );
        if (nextOffset === offset) break;
        offset = nextOffset;
        this.#leftovers.set(path, offset);
      }
    } finally {
      closeSync(descriptor);
    }
    if (await mayBeInUse(path, now)) return;
    this.#leftovers.delete(path);
    await unlink(path).catch(() => {});
  }

  async #takeOwed(path: string, now: number): Promise<void> {
    if (await mayBeInUse(path, now)) return;
    const lines = owedLines(path);
    if (lines.length > 0) await this.#taken(this.#options.taker.takeLines(lines));
    await unlink(path).catch(() => {});
  }

  async #taken(taking: Promise<Taken>): Promise<Taken> {
    const taken = await taking;
    this.#lines += taken.lines;
    if (taken.added.length > 0) this.#options.onAdded?.(taken.added.map((text) => JSON.parse(text) as CallRecord));
    return taken;
  }

  #say(error: unknown): void {
    const reason = reasonOf(error);
    if (reason === this.#saidReason) return;
    this.#saidReason = reason;
    this.#options.onFault(error);
  }
}

/**
 * True where the file's owner may live: then it goes on writing there, and shows it. Where the file is gone, its owner has seen to all of it
 * meanwhile.
 */
async function mayBeInUse(path: string, now: number): Promise<boolean> {
  const found = await stat(path).catch(undefinedIfGone);
  return found !== undefined && now - found.mtimeMs < deadAfterMs;
}

/** When the last of them was written to, with the time after which a file shows no sign of life; -Infinity where there are none. */
async function lastChanged(paths: readonly string[]): Promise<number> {
  const times = await Promise.all(paths.map((path) => stat(path).then(({ mtimeMs }) => mtimeMs, undefinedIfGone)));
  return times.reduce<number>((last, time = -Infinity) => Math.max(last, time + deadAfterMs), -Infinity);
}

/** Undefined where another gateway has taken it away. @throws the system's error */
function openOrNot(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    return undefinedIfGone(error);
  }
}
