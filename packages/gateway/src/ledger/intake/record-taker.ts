/** Takes records over into the database, batch by batch, each once: from lines of a journal, or from lines in memory. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { parsedObject } from "@adit/bedrock/gateway";
import { isOfNoRow, storeError } from "../../store/store-faults.ts";
import type { StoreAccess } from "../../store/within.ts";
import type { CallRecord } from "../record/call-record.ts";
import { addCalls, type WrittenRecord } from "./call-rows.ts";
import { addLate, isLateLine } from "./late-facts.ts";
import { readLines, type JournalPlace } from "./journal.ts";

/** Rows of a transaction: the more, the fewer times a page and a row of sums are written; others wait for the lock meanwhile. */
const batchRows = 2_000;
/** Between two transactions: longer than those wait who wait for SQLite's lock. */
const betweenMs = 15;

export interface Taken {
  /** Lines that were read. */
  lines: number;
  /** Behind them; for lines of a file. */
  nextOffset: number;
  /** The records that were not there yet, as JSON; empty unless they are wanted. */
  added: string[];
}

/** What takes records over, in this thread or in another. Both methods throw AditError `store_unavailable`, or the system's error. */
export interface Taker {
  /** Whole lines from a place on, some MiB at most. */
  takeFile(place: JournalPlace): Promise<Taken>;
  takeLines(lines: readonly string[]): Promise<Taken>;
  close(): Promise<void>;
}

export interface RecordTakerOptions {
  store: StoreAccess;
  /** Where what the database refuses is set aside. */
  folder: string;
  /** Told why a record was set aside. */
  onRefused: (error: unknown) => void;
  wantsAdded: boolean;
}

export class RecordTaker implements Taker {
  readonly #options: RecordTakerOptions;

  constructor(options: RecordTakerOptions) {
    this.#options = options;
  }

  async takeFile(place: JournalPlace): Promise<Taken> {
    const { lines, nextOffset } = readLines(place);
    return { ...(await this.#take(lines, place.isOfAnother === true)), nextOffset };
  }

  takeLines(lines: readonly string[]): Promise<Taken> {
    return this.#take(lines, false);
  }

  async #take(lines: readonly string[], mayBeDeleted: boolean): Promise<Taken> {
    const added: string[] = [];
    for (let from = 0; from < lines.length; from += batchRows) {
      if (from > 0) await pause(betweenMs);
      const some = lines.slice(from, from + batchRows);
      added.push(
        ...(await this.#insert(
          some.flatMap((line) => recordIn(line) ?? []),
          mayBeDeleted,
        )),
      );
      for (const line of some) if (isLateLine(line)) await this.#addLate(line);
    }
    return { lines: lines.length, nextOffset: 0, added };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #insert(written: readonly WrittenRecord[], mayBeDeleted: boolean): Promise<string[]> {
    const { store, wantsAdded } = this.#options;
    if (written.length === 0) return [];
    try {
      const added = await addCalls(store, written, { mayBeDeleted });
      // A record that stands there twice was added once.
      return wantsAdded ? written.flatMap(({ record, text }) => (added.delete(record.id) ? [text] : [])) : [];
    } catch (error) {
      const fault = storeError(error);
      if (AditError.isInstance(fault) || isOfNoRow(fault)) throw fault;
      return this.#insertApart(written, { error: fault, mayBeDeleted });
    }
  }

  /** What comes after a call's record, behind it in the journal. */
  async #addLate(line: string): Promise<void> {
    try {
      await addLate(this.#options.store, line);
    } catch (error) {
      const fault = storeError(error);
      if (AditError.isInstance(fault) || isOfNoRow(fault)) throw fault;
      this.#options.onRefused(fault);
    }
  }

  /** One record that the database refuses must not hold up the others: it is set aside. */
  async #insertApart(
    written: readonly WrittenRecord[],
    { error, mayBeDeleted }: { error: unknown; mayBeDeleted: boolean },
  ): Promise<string[]> {
    const [first, ...more] = written;
    if (first !== undefined && more.length === 0) {
      this.#options.onRefused(error);
      await appendFile(join(this.#options.folder, "refused.jsonl"), `${first.text}\n`, { mode: 0o600 });
      return [];
    }
    const middle = Math.ceil(written.length / 2);
    const added = await this.#insert(written.slice(0, middle), mayBeDeleted);
    return [...added, ...(await this.#insert(written.slice(middle), mayBeDeleted))];
  }
}

/** Undefined for a line that was cut off, as by a full disk: what it was to say stands in a later one. */
function recordIn(text: string): WrittenRecord | undefined {
  const value = parsedObject(text);
  return value?.["form"] === 1 ? { record: value as unknown as CallRecord, text } : undefined;
}
