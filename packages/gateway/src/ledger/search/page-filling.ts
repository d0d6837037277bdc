/** A page of calls that is being filled from the rows that are read for it, up to what one answer may cost. */
import type { Row } from "../../store/tables/tables.ts";
import { hasPairs, hasText, writtenForms, type CallFilter } from "./call-filter.ts";
import { timeOfSeq } from "./call-marks.ts";
import type { CallRecord } from "../record/call-record.ts";
import type { CallPage, CallSearch, FoundCalls } from "./call-search.ts";
import type { ChunkContents } from "../content/chunk-contents.ts";
import { contentHas } from "../content/content-text.ts";

/** A call in the order of the index; its record where it is one that is meant. */
export type Driven = Pick<Row<"calls">, "callSeq" | "id"> & { record: string | null };

/** Calls that are read through at most for one answer. */
const mostScanned = 20_000;
/** Bytes of content that are read through at most for one answer, decompressed: some tenths of a second. */
export const mostContentBytes = 32 * 1024 * 1024;

export class PageFilling {
  readonly #limit: number;
  readonly #filter: CallFilter;
  readonly #wanted: string | undefined;
  readonly #written: readonly string[] | undefined;
  readonly #isOver: () => boolean;
  readonly #records: CallRecord[] = [];
  #skip: number;
  #last: Driven | undefined;
  #count = 0;
  #withoutContent = 0;
  #unreadable = 0;
  #contentBytes = 0;

  constructor({ limit, offset = 0 }: CallPage, { filter, text, isOver }: CallSearch) {
    this.#limit = limit;
    this.#filter = filter;
    this.#skip = offset;
    this.#wanted = text?.toLowerCase();
    this.#written = writtenForms(text);
    this.#isOver = isOver ?? (() => false);
  }

  /** True where nothing more is to be read for this answer. */
  get isSpent(): boolean {
    return this.#count >= mostScanned || this.#contentBytes >= mostContentBytes || this.#isOver();
  }

  get #isFull(): boolean {
    return this.#records.length === this.#limit;
  }

  /** True where the page is full and there is a row behind it. */
  take(rows: readonly Driven[]): boolean {
    for (const row of rows) {
      if (this.#isFull) return true;
      this.#count += 1;
      this.#last = row;
      if (row.record !== null && hasText(row.record, this.#written)) this.#add(row.record);
    }
    return false;
  }

  /** As `take`, also by what is kept of each call. True where the page is full, or the answer has cost enough, with a row behind it. */
  async takeReading(rows: readonly Driven[], contents: ChunkContents): Promise<boolean> {
    for (const row of rows) {
      if (this.#isFull || this.isSpent) return true;
      this.#count += 1;
      this.#last = row;
      if (row.record === null) continue;
      const isKept = contents.has(row.id);
      if (!isKept) this.#withoutContent += 1;
      if (hasText(row.record, this.#written) || (isKept && (await this.#isInContent(row.id, contents))))
        this.#add(row.record);
    }
    return false;
  }

  async #isInContent(id: string, contents: ChunkContents): Promise<boolean> {
    const content = await contents.of(id);
    if (content === "unreadable") this.#unreadable += 1;
    if (content === undefined || content === "unreadable") return false;
    this.#contentBytes += content.bytes;
    return contentHas(content.kept, this.#wanted ?? "");
  }

  #add(text: string): void {
    const record = JSON.parse(text) as CallRecord;
    if (!hasPairs(record, this.#filter)) return;
    if (this.#skip > 0) this.#skip -= 1;
    else this.#records.push(record);
  }

  found(hasMore: boolean, { plan, search }: { plan: { hasRest: boolean }; search: CallSearch }): FoundCalls {
    const isScan = plan.hasRest || search.text !== undefined;
    return {
      records: this.#records,
      hasMore,
      lastId: this.#last?.id,
      scanned: isScan ? this.#count : undefined,
      scannedTo: isScan && this.#last !== undefined ? timeOfSeq(this.#last.callSeq) : undefined,
      withoutContent: search.inContent === true ? this.#withoutContent : undefined,
      unreadable: search.inContent === true ? this.#unreadable : undefined,
    };
  }
}
