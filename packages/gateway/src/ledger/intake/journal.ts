/**
 * The ledger's journal: lines appended to files in the data folder, written but not synced, so that whatever ends this process loses
 * none of them. Each process has files of its own; whoever starts in the folder reads what others left behind.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { UuidV7Source } from "../../http/request/request-id.ts";

/** A file that is longer is no longer added to: what has been taken over in the database is given back by whole files. */
const longestFileBytes = 8 * 1024 * 1024;
/** Some thousand lines: a transaction of the database takes as many, and what they share is added up once. */
export const readBytes = 2 * 1024 * 1024;
const leastReadBytes = 64 * 1024;
const lineFeed = 0x0a;

const ids = new UuidV7Source();

export function isJournalFile(name: string): boolean {
  return /^calls-[0-9a-f-]{36}\.jsonl$/.test(name);
}

/** Of a file of another process, which may have taken it away meanwhile. @throws any other error than that it is gone */
export function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

/** Whole lines of a journal file, and where the next ones begin. */
export interface JournalLines {
  lines: string[];
  nextOffset: number;
}

/**
 * Reads whole lines from `offset` on, some 2 MiB at most, or one line that is longer. None where there are none.
 * @throws the system's error
 */
export function readLines({ descriptor, offset }: JournalPlace): JournalLines {
  const restBytes = fstatSync(descriptor).size - offset;
  for (let bytes = Math.max(leastReadBytes, Math.min(readBytes, restBytes)); ; bytes *= 4) {
    const buffer = Buffer.allocUnsafe(bytes);
    const count = readSync(descriptor, buffer, 0, bytes, offset);
    const end = buffer.subarray(0, count).lastIndexOf(lineFeed);
    // A line without an end is being written, or was when its process was killed.
    if (end === -1 && count < bytes) return { lines: [], nextOffset: offset };
    if (end === -1) continue;
    return { lines: buffer.toString("utf8", 0, end).split("\n"), nextOffset: offset + end + 1 };
  }
}

/** A place in a file that is open in this process, in whatever thread. */
export interface JournalPlace {
  descriptor: number;
  offset: number;
  /** True for another process's file: somebody may have brought in what stands there, and since then have deleted it. */
  isOfAnother?: boolean;
}

/** A file of this process. */
interface OwnFile {
  path: string;
  descriptor: number;
  /** Written so far. */
  bytes: number;
  /** Taken over in the database so far. */
  takenBytes: number;
}

export interface JournalOptions {
  /** The folder; it is there. */
  folder: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Lines that wait in memory, where the disk takes none, beyond which `hasRoom` is false. */
  mostWaiting?: number;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #mostWaiting: number;
  /** The last one is written to. */
  readonly #files: OwnFile[] = [];
  /** Lines that are to be written with the next `write`. */
  #gathered: string[] = [];
  /** Lines that the disk did not take, the oldest first. */
  #waiting: string[] = [];
  /** True where the file ends in a part of a line. */
  #isTorn = false;
  /** True: the next line begins a new file. */
  #isRotated = false;
  #writtenBytes = 0;
  #fault: unknown;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#mostWaiting = options.mostWaiting ?? 1_000;
  }

  /** Why the disk takes no lines at present; undefined while it does. */
  get fault(): unknown {
    return this.#fault;
  }

  /** False while so much waits for the disk that no more calls should be taken. */
  get hasRoom(): boolean {
    return this.#waiting.length < this.#mostWaiting;
  }

  /** Lines that only the memory holds. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Bytes on the disk that are not taken over yet. */
  get backlogBytes(): number {
    return this.#files.reduce((total, file) => total + file.bytes - file.takenBytes, 0);
  }

  /** Bytes that have been written to the disk, all in all. Less the backlog, they are what is taken over. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Paths of the files that are this process's own. */
  get paths(): string[] {
    return this.#files.map(({ path }) => path);
  }

  /** Appends a line, which has no line feed in it, with the next {@link write}. */
  append(line: string): void {
    this.#gathered.push(line);
  }

  /** What was appended is the system's when this returns, or waits in memory where the disk is full. */
  write(): void {
    if (this.#gathered.length === 0) return;
    const lines = this.#gathered;
    this.#gathered = [];
    if (this.#waiting.length > 0) {
      this.#waiting.push(...lines);
      this.retry();
      return;
    }
    const written = this.#written(lines);
    if (written < lines.length) this.#waiting.push(...lines.slice(written));
  }

  /** Writes what waits, as far as the disk takes it. */
  retry(): void {
    if (this.#waiting.length > 0) this.#waiting.splice(0, this.#written(this.#waiting));
  }

  /** Takes the lines out that wait in memory, the oldest `most` of them: the database has room where the disk has none. */
  takeWaiting(most: number): string[] {
    return this.#waiting.splice(0, most);
  }

  /** Puts lines back that were taken out. */
  putBack(lines: readonly string[]): void {
    this.#waiting = [...lines, ...this.#waiting];
  }

  /** Where the next lines stand that are not taken over; undefined where all are. */
  next(): JournalPlace | undefined {
    const file = this.#files.find(({ bytes, takenBytes }) => takenBytes < bytes);
    return file && { descriptor: file.descriptor, offset: file.takenBytes };
  }

  /**
   * What stands from `place` to `nextOffset` is in the database. Files that are over are taken away.
   * @returns false where that was nothing, and there is nothing behind it either
   */
  async taken(place: JournalPlace, nextOffset: number): Promise<boolean> {
    const file = this.#files.find(({ descriptor }) => descriptor === place.descriptor);
    if (file === undefined) return false;
    const isCurrent = file === this.#files.at(-1) && !this.#isRotated;
    if (nextOffset === place.offset && isCurrent) return false;
    // Nobody will end the part of a line in which an older file ends; the line itself stands in the next one.
    file.takenBytes = nextOffset === place.offset ? file.bytes : nextOffset;
    if (file.takenBytes === file.bytes && !isCurrent) await this.#drop(file);
    return true;
  }

  /** True where the files are still what the folder lists: somebody may have taken them for those of a dead process. */
  isListed(): boolean {
    return this.#files.every(({ descriptor }) => fstatSync(descriptor).nlink > 0);
  }

  /**
   * The next line begins a new file. What is in the old ones is still to be taken over: then they are taken away, and with them what they
   * say of people. Whoever comes after a crash reads little that is in the database already.
   */
  rotate(): void {
    this.#isRotated = this.#files.length > 0;
  }

  /** Lets go of the files. Those whose lines are all taken over are taken away; the others stay for the next start. */
  async close(): Promise<void> {
    this.write();
    this.retry();
    for (const file of this.#files.splice(0)) {
      closeSync(file.descriptor);
      if (file.takenBytes === file.bytes) await unlink(file.path).catch(() => {});
    }
  }

  async #drop(file: OwnFile): Promise<void> {
    this.#files.splice(this.#files.indexOf(file), 1);
    closeSync(file.descriptor);
    await unlink(file.path).catch(() => {});
  }

  /** Writes lines in one step. @returns how many of them the disk took whole */
  #written(lines: readonly string[]): number {
    try {
      const file = this.#current();
      // Ends a line that may have been left unfinished: readers pass over lines that are not JSON.
      const isTorn = this.#isTorn;
      const text = `${isTorn ? "\n" : ""}${lines.join("\n")}\n`;
      const bytes = Buffer.byteLength(text);
      const written = writeSync(file.descriptor, text);
      file.bytes += written;
      this.#writtenBytes += written;
      this.#isTorn = written === 0 ? isTorn : written < bytes;
      this.#fault = written < bytes ? new Error("The disk took a part of what was written.") : undefined;
      if (written === bytes) return lines.length;
      const ends = Buffer.from(text)
        .subarray(0, written)
        .filter((byte) => byte === lineFeed).length;
      return Math.max(0, ends - (isTorn ? 1 : 0));
    } catch (error) {
      this.#fault = error;
      return 0;
    }
  }

  #current(): OwnFile {
    const last = this.#files.at(-1);
    const isOpen = last !== undefined && !this.#isRotated && last.bytes < longestFileBytes;
    return isOpen ? last : this.#open();
  }

  #open(): OwnFile {
    const { folder, now } = this.#options;
    const path = join(folder, `calls-${ids.next(now())}.jsonl`);
    const file = { path, descriptor: openSync(path, "ax+", 0o600), bytes: 0, takenBytes: 0 };
    this.#files.push(file);
    this.#isTorn = false;
    this.#isRotated = false;
    return file;
  }
}
