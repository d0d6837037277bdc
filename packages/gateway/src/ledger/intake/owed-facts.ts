/**
 * What is still to be learned of calls whose records may be written: guardrails that ask Bedrock, and that nobody waits for. Until such a
 * check has ended, what its end would otherwise say stands in a file of this process. A start that finds the file of a dead process adds it:
 * what the check cost is unknown then, and not nothing.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parsedObject } from "@adit/bedrock/gateway";
import { UuidV7Source } from "../../http/request/request-id.ts";
import { undefinedIfGone } from "./journal.ts";
import { isLateLine } from "./late-facts.ts";

const ids = new UuidV7Source();

/** Where checks are always under way the file is never without one: from this size on another takes its place, with what is still owed alone. */
const mostBytes = 1024 * 1024;

export function isOwedFile(name: string): boolean {
  return /^owed-[0-9a-f-]{36}\.jsonl$/.test(name);
}

/** When the file was begun, in milliseconds since 1970: its name has a UUIDv7 in it. */
export function madeAt(name: string): number {
  return Number.parseInt(name.slice("owed-".length).replace("-", "").slice(0, 12), 16);
}

/** The late lines of a file whose checks have not ended. None where the file is gone. @throws the system's error */
export function owedLines(path: string): string[] {
  const owed = new Map<unknown, string>();
  for (const line of linesOf(path)) {
    const read = parsedObject(line);
    if (read === undefined) continue;
    if (isLateLine(line)) owed.set(read["id"], line);
    else owed.delete(read["ended"]);
  }
  return [...owed.values()];
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    return undefinedIfGone(error) ?? [];
  }
}

interface OwedFile {
  path: string;
  descriptor: number;
}

/** A full disk may have left a part of the line before. */
function framed(line: string): string {
  return `\n${line}\n`;
}

/** Emptied first: what cannot be taken away is then a file that owes nothing. */
function dismiss({ path, descriptor }: OwedFile): void {
  for (const step of [() => ftruncateSync(descriptor), () => closeSync(descriptor), () => unlinkSync(path)]) {
    try {
      step();
    } catch {
      // A later start takes it away.
    }
  }
}

export class OwedFacts {
  readonly #folder: string;
  readonly #now: () => number;
  /** Checks under way, with their lines in the file. */
  readonly #open = new Map<string, string>();
  #file: OwedFile | undefined;
  #bytes = 0;
  /** So many bytes may be in the file. */
  #nextRenewal = mostBytes;
  #isClosed = false;

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** The file that is this process's own; undefined where there is none. */
  get path(): string | undefined {
    return this.#file?.path;
  }

  /** `line`: the late line of this id, which counts if this process dies before `work`, which never rejects, has ended. Never throws. */
  add(id: string, line: string, work: Promise<void>): void {
    if (this.#isClosed || !this.#write(line)) return;
    this.#open.set(id, line);
    void work.finally(() => this.#end(id));
  }

  /** The file stays where checks have not ended: nobody hears of their ends any more. */
  close(): void {
    this.#isClosed = true;
    const file = this.#file;
    if (file === undefined) return;
    if (this.#open.size > 0) closeSync(file.descriptor);
    else dismiss(file);
  }

  #end(id: string): void {
    this.#open.delete(id);
    if (this.#isClosed) return;
    if (this.#open.size > 0 || !this.#empty()) this.#write(JSON.stringify({ ended: id }));
    if (this.#bytes > this.#nextRenewal) this.#renew();
  }

  /** What is owed stands in both files for a moment, and counts once: by its id. */
  #renew(): void {
    const text = [...this.#open.values()].map(framed).join("");
    const bytes = Buffer.byteLength(text);
    const renewed = this.#begun(text);
    if (renewed !== undefined) {
      if (this.#file !== undefined) dismiss(this.#file);
      this.#file = renewed;
      this.#bytes = bytes;
    }
    this.#nextRenewal = this.#bytes + Math.max(mostBytes, bytes);
  }

  /** A file that has this in it; undefined where the disk does not take it. */
  #begun(text: string): OwedFile | undefined {
    let file: OwedFile | undefined;
    try {
      file = this.#begin();
      if (writeSync(file.descriptor, text) === Buffer.byteLength(text)) return file;
    } catch {
      // The file that is there goes on.
    }
    if (file !== undefined) dismiss(file);
    return undefined;
  }

  /** False where the disk does not take it: then a kill leaves no word of this check. */
  #write(line: string): boolean {
    try {
      this.#file ??= this.#begin();
      const text = framed(line);
      const written = writeSync(this.#file.descriptor, text);
      this.#bytes += written;
      return written === Buffer.byteLength(text);
    } catch {
      return false;
    }
  }

  #empty(): boolean {
    try {
      if (this.#file !== undefined) ftruncateSync(this.#file.descriptor);
      this.#bytes = 0;
      return true;
    } catch {
      return false;
    }
  }

  #begin(): OwedFile {
    const path = join(this.#folder, `owed-${ids.next(this.#now())}.jsonl`);
    return { path, descriptor: openSync(path, "ax", 0o600) };
  }
}
