/** Decides whose content is taken down, and brings it into the database behind the answers: without secrets, and compressed. */
import { setTimeout as wait } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { projectOf, type CallerPrincipal } from "../../access/principal.ts";
import { refusesKeeping } from "../../http/request/refuses-keeping.ts";
import type { Incoming } from "../../http/routes/route.ts";
import type { Database, Store } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import { mostPairs } from "../../caller-text.ts";
import type { Pair } from "./body-pairs.ts";
import { CallContent, type KeptContent } from "./call-content.ts";
import type { CallRecord } from "../record/call-record.ts";
import { contentOf } from "./chunk-contents.ts";
import { addContents, packedContent, type PackedContent } from "./content-rows.ts";
import { LogSettingsBook, readLogSettings, type LogSettings } from "./log-settings.ts";

/** All calls under way, and those that wait for the database, hold so much at most: beyond it content is not taken down. */
const mostHeldBytes = 256 * 1024 * 1024;
/** Contents of one transaction, and what they hold before they are compressed: many small ones cost little more than one. */
const contentsAtOnce = 64;
const bytesAtOnce = 1024 * 1024;
/** What a stop waits for. */
const closingMs = 5_000;

export interface ContentKeeperOptions {
  now: () => number;
  /** 0 to 1, 1 excluded. */
  random: () => number;
  onFault: (error: unknown) => void;
  /** What a stop waits for; 5 s, but in tests. */
  closingMs?: number;
}

/** A call that has ended. */
interface Ended {
  tap: CallContent;
  record: CallRecord;
  /** What the body says of it, with its metadata. */
  pairs: readonly Pair[];
}

/** Texts of what was asked and answered, where a log brings them. */
export interface GivenContent {
  asked: string | undefined;
  answered: string | undefined;
  /** What the request's body says of the call. */
  pairs: readonly Pair[];
}

export class ContentKeeper {
  readonly settings = new LogSettingsBook();
  readonly #options: ContentKeeperOptions;
  readonly #held = new WeakMap<CallContent, number>();
  readonly #settled = new WeakSet<CallContent>();
  #store: StoreAccess | undefined;
  #heldBytes = 0;
  #lost = 0;
  /** Those that are to be written, the oldest first. */
  readonly #ended: Ended[] = [];
  /** For each of them one more turn, which may find it written by one before. */
  #writing: Promise<void> = Promise.resolve();
  /** True when a stop has waited long enough. */
  #isOver = false;

  constructor(options: ContentKeeperOptions) {
    this.#options = options;
  }

  /** Contents that were wanted and are not kept, since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** With a store that the settings follow. */
  attach(store: StoreAccess): void {
    this.#store = store;
  }

  /** What takes the content of this call down; undefined where nobody wants it kept. */
  tapOf(incoming: Incoming, principal: CallerPrincipal): CallContent | undefined {
    return this.#newTap(projectOf(principal), incoming);
  }

  /** What a caller's log says of a call that did not pass through the gateway is kept where that call's content would be. */
  keepGiven(incoming: Incoming, record: CallRecord, { asked, answered, pairs }: GivenContent): void {
    if (asked === undefined && answered === undefined) return;
    const tap = this.#newTap(record.projectId, incoming);
    if (tap === undefined) return;
    if (asked !== undefined) tap.asked(Buffer.from(asked));
    if (answered !== undefined) tap.answered(answered);
    tap.about(pairs);
    this.#keep(tap, record, record.metadata);
  }

  #newTap(projectId: string, { headers, receivedAt }: Incoming): CallContent | undefined {
    const { content, samplePercent } = this.settings.of(projectId);
    if (keepsNone(content) || this.#store === undefined || refusesKeeping(headers)) return undefined;
    if (content === "sampled" && this.#options.random() * 100 >= samplePercent) return undefined;
    if (this.#heldBytes >= mostHeldBytes) {
      this.#lost += 1;
      return undefined;
    }
    const tap: CallContent = new CallContent(receivedAt, this.#options.now, (bytes) => {
      this.#heldBytes += bytes;
      this.#held.set(tap, (this.#held.get(tap) ?? 0) + bytes);
    });
    return tap;
  }

  /**
   * True where a response may be stored that its caller wants stored: the project keeps what was answered, and the caller does not refuse it.
   * @throws AditError `store_unavailable`: what could not be stored is told before a model is paid for it
   */
  async mayStore(incoming: Incoming, principal: CallerPrincipal): Promise<boolean> {
    const projectId = projectOf(principal);
    if (this.#store === undefined || refusesKeeping(incoming.headers)) return false;
    // Where nothing is kept no call waits for the database.
    return keepsAnswers(this.settings.of(projectId)) && keepsAnswers(await readLogSettings(this.#store, projectId));
  }

  /** True where items of a response may be sealed: the project does not keep nothing at all, and the caller does not refuse it. */
  maySeal(incoming: Incoming, principal: CallerPrincipal): boolean {
    const { content } = this.settings.of(projectOf(principal));
    return content !== "none" && this.#store !== undefined && !refusesKeeping(incoming.headers);
  }

  /** A request is over: what of it was not settled is let go. */
  forget({ tap }: Incoming): void {
    if (tap instanceof CallContent && !this.#settled.has(tap)) this.#release(tap);
  }

  /** Called once for each tap, when its call has ended. */
  settle(incoming: Incoming, record: CallRecord): void {
    const { tap } = incoming;
    if (!(tap instanceof CallContent)) return;
    this.#settled.add(tap);
    if (incoming.facts?.isUnkept === true) this.#release(tap);
    else this.#keep(tap, record, incoming.facts?.metadata);
  }

  /** With so many pairs that they are not all kept, it would not be found when it is to go. */
  #keep(tap: CallContent, record: CallRecord, metadata: CallRecord["metadata"] = {}): void {
    const { content } = this.settings.of(record.projectId);
    const { pairs } = tap;
    if (keepsNone(content) || (content === "errors" && record.isSuccess) || pairs.length > mostPairs) {
      this.#release(tap);
      return;
    }
    this.#ended.push({ tap, record, pairs: pairs.length === 0 ? [] : [...Object.entries(metadata), ...pairs] });
    this.#writing = this.#writing.then(() => this.#writeSome());
  }

  /** Never rejects. */
  async #writeSome(): Promise<void> {
    const some = this.#ended.splice(0, this.#countAtOnce());
    if (this.#isOver) this.#lost += some.length;
    else await this.#write(await this.#packed(some));
    for (const { tap } of some) this.#release(tap);
  }

  #countAtOnce(): number {
    let bytes = 0;
    const tooMany = this.#ended.findIndex(({ tap }, index) => {
      bytes += this.#held.get(tap) ?? 0;
      return index === contentsAtOnce || (index > 0 && bytes > bytesAtOnce);
    });
    return tooMany === -1 ? this.#ended.length : tooMany;
  }

  async #packed(some: readonly Ended[]): Promise<PackedContent[]> {
    const packed: PackedContent[] = [];
    for (const { tap, record, pairs } of some) {
      try {
        packed.push({ record, pairs, content: await packedContent(tap.kept()) });
      } catch (error) {
        this.#lose(1, error);
      }
    }
    return packed;
  }

  /** One that the database refuses takes no other along. */
  async #write(packed: readonly PackedContent[]): Promise<void> {
    if (packed.length === 0) return;
    try {
      await this.#store?.write(({ db }) => addContents(db, packed));
    } catch (error) {
      const mayBeOne = packed.length > 1 && !AditError.isInstance(error);
      if (!mayBeOne) return this.#lose(packed.length, error);
      for (const one of packed) await this.#write([one]);
    }
  }

  #lose(count: number, error: unknown): void {
    this.#lost += count;
    this.#options.onFault(error);
  }

  /** Resolves when what has been settled is in the database. */
  drain(): Promise<void> {
    return this.#writing;
  }

  /** Writes what is to be written, within some seconds; what is left then is lost. */
  async close(): Promise<void> {
    const isDone = new AbortController();
    const late = wait(this.#options.closingMs ?? closingMs, undefined, { signal: isDone.signal, ref: false }).then(
      () => this.#giveUp(),
      () => {},
    );
    await this.#writing;
    isDone.abort();
    await late;
  }

  #giveUp(): void {
    this.#isOver = true;
    const { length } = this.#ended;
    if (length > 0)
      this.#options.onFault(
        new Error(`The contents of ${length} calls are lost: the stop came before they were written.`),
      );
  }

  #release(tap: CallContent): void {
    this.#heldBytes -= this.#held.get(tap) ?? 0;
    this.#held.delete(tap);
  }
}

/** Of these, the calls whose places were taken. */
export async function takenPlaces(db: Database, callIds: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom("callContents")
    .select("callId")
    .where("callId", "in", callIds)
    .where("storedBytes", "=", 0)
    .execute();
  return new Set(rows.map(({ callId }) => callId));
}

/** The content of a call; undefined where none is kept. */
export async function keptContent(
  store: Pick<Store, "read">,
  callId: string,
): Promise<KeptContent | "unreadable" | undefined> {
  const row = await store.read((db) =>
    db
      .selectFrom("callContents")
      .select("content")
      .where("callId", "=", callId)
      .where("storedBytes", ">", 0)
      .executeTakeFirst(),
  );
  const content = row === undefined ? undefined : await contentOf(row.content);
  return content === "unreadable" ? content : content?.kept;
}

/** As {@link keptContent}. @throws AditError `internal` where what is kept cannot be read. */
export async function readContent(store: Pick<Store, "read">, callId: string): Promise<KeptContent | undefined> {
  const content = await keptContent(store, callId);
  if (content !== "unreadable") return content;
  throw new AditError(
    "internal",
    `What is kept of the content of ${callId} was changed in the database: it cannot be read.`,
    {
      remedy: "Restore it from a backup; the call's record is not touched by it.",
    },
  );
}

function keepsAnswers({ content }: LogSettings): boolean {
  return content === "all" || content === "sampled";
}

/** Of calls. */
function keepsNone(content: LogSettings["content"]): boolean {
  return content === "none" || content === "sealed";
}
