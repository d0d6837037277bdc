/** The kept content of some calls, read a few at a time: so many compressed bytes, and one of them whole, are in memory at once. */
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import type { Store } from "../../store/store.ts";
import { isKeptContent, type KeptContent } from "./call-content.ts";

const decompress = promisify(brotliDecompress);

/** No content that was kept comes near it; damaged bytes might be made into any number. */
const mostBytesOfOne = 256 * 1024 * 1024;

/** Compressed contents that are read together: so many bytes, or one that is larger. */
const mostBytesAtOnce = 1024 * 1024;

/** A content that is whole again, and how many bytes that are. */
interface WholeContent {
  kept: KeptContent;
  bytes: number;
}

/** A content as the database has it; `unreadable` where its bytes were damaged, or are not what this version keeps. */
export async function contentOf(stored: Uint8Array): Promise<WholeContent | "unreadable"> {
  try {
    const json = await decompress(stored, { maxOutputLength: mostBytesOfOne });
    const kept: unknown = JSON.parse(json.toString());
    return isKeptContent(kept) ? { kept, bytes: json.length } : "unreadable";
  } catch {
    // Whatever is wrong with the bytes, it is the same to who reads them: they are told that there is something.
    return "unreadable";
  }
}

export class ChunkContents {
  readonly #store: Pick<Store, "read">;
  /** Compressed bytes of each call's content that has not been read yet, in the calls' order. */
  readonly #sizes: Map<string, number>;
  #read = new Map<string, Uint8Array>();

  private constructor(store: Pick<Store, "read">, sizes: Map<string, number>) {
    this.#store = store;
    this.#sizes = sizes;
  }

  /** Of the calls of these ids; they are asked for in this order. */
  static async of(store: Pick<Store, "read">, ids: readonly string[]): Promise<ChunkContents> {
    if (ids.length === 0) return new ChunkContents(store, new Map());
    const rows = await store.read((db) =>
      db
        .selectFrom("callContents")
        .select(["callId", "storedBytes"])
        .where("callId", "in", ids)
        .where("storedBytes", ">", 0)
        .execute(),
    );
    const bytesOf = new Map(rows.map(({ callId, storedBytes }) => [callId, storedBytes]));
    const sizes = ids.flatMap((id): [string, number][] => {
      const bytes = bytesOf.get(id);
      return bytes === undefined ? [] : [[id, bytes]];
    });
    return new ChunkContents(store, new Map(sizes));
  }

  /** True where content of the call is kept. */
  has(id: string): boolean {
    return this.#sizes.has(id) || this.#read.has(id);
  }

  /** Undefined where none was kept, or none is kept any more. */
  async of(id: string): Promise<WholeContent | "unreadable" | undefined> {
    if (this.#sizes.has(id)) await this.#readFrom(id);
    const stored = this.#read.get(id);
    return stored === undefined ? undefined : contentOf(stored);
  }

  /** This one and those behind it, as many as may be in memory. */
  async #readFrom(id: string): Promise<void> {
    const ids: string[] = [];
    let bytes = 0;
    let isBehind = false;
    for (const [other, size] of this.#sizes) {
      isBehind = isBehind || other === id;
      if (isBehind && ids.length > 0 && bytes + size > mostBytesAtOnce) break;
      // Those before it are not asked for any more.
      this.#sizes.delete(other);
      if (!isBehind) continue;
      ids.push(other);
      bytes += size;
    }
    const rows = await this.#store.read((db) =>
      db.selectFrom("callContents").select(["callId", "content"]).where("callId", "in", ids).execute(),
    );
    this.#read = new Map(rows.map(({ callId, content }) => [callId, content]));
  }
}
