/**
 * What is still to be learned of calls whose records may be written: guardrails that ask Bedrock, and that nobody waits for. Until such a
 * check has ended, what its end would otherwise say stands in a file of this process. A start that finds the file of a dead process adds it:
 * what the check cost is unknown then, and not nothing.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parsedObject } from "@adit/bedrock/gateway";
import { UuidV7Source } from "../../http/request/request-id.ts";
import { isLateLine } from "./late-facts.ts";

const ids = new UuidV7Source();

export function isOwedFile(name: string): boolean {
  return /^owed-[0-9a-f-]{36}\.jsonl$/.test(name);
}

/** The late lines of a file whose checks have not ended. None where the file is gone. */
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
  } catch {
    // Another gateway has taken it away.
    return [];
  }
}

export class OwedFacts {
  readonly #folder: string;
  readonly #now: () => number;
  /** Checks under way whose lines stand in the file. */
  readonly #open = new Set<string>();
  #file: { path: string; descriptor: number } | undefined;
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
    this.#open.add(id);
    void work.finally(() => this.#end(id));
  }

  /** The file stays where checks have not ended: nobody hears of their ends any more. */
  close(): void {
    this.#isClosed = true;
    const file = this.#file;
    if (file === undefined) return;
    closeSync(file.descriptor);
    if (this.#open.size > 0) return;
    try {
      unlinkSync(file.path);
    } catch {
      // What is left is a file without a line.
    }
  }

  #end(id: string): void {
    this.#open.delete(id);
    if (this.#isClosed) return;
    if (this.#open.size > 0 || !this.#empty()) this.#write(JSON.stringify({ ended: id }));
  }

  /** False where the disk does not take it: then a kill leaves no word of this check. */
  #write(line: string): boolean {
    try {
      this.#file ??= this.#begin();
      // A full disk may have left a part of the line before.
      const text = `\n${line}\n`;
      return writeSync(this.#file.descriptor, text) === Buffer.byteLength(text);
    } catch {
      return false;
    }
  }

  #empty(): boolean {
    try {
      if (this.#file !== undefined) ftruncateSync(this.#file.descriptor);
      return true;
    } catch {
      return false;
    }
  }

  #begin(): { path: string; descriptor: number } {
    const path = join(this.#folder, `owed-${ids.next(this.#now())}.jsonl`);
    return { path, descriptor: openSync(path, "ax", 0o600) };
  }
}
