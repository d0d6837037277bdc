/** Decides whose content is taken down, and brings it into the database behind the answers: without secrets, and compressed. */
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { AditError } from "@adit/bedrock";
import { projectOf, type CallerPrincipal } from "../../access/principal.ts";
import { refusesKeeping } from "../../http/request/refuses-keeping.ts";
import type { Incoming } from "../../http/routes/route.ts";
import type { Database, Store } from "../../store/store.ts";
import { mostPairs } from "../../caller-text.ts";
import { pairHashes, type Pair } from "./body-pairs.ts";
import { CallContent, type KeptContent } from "./call-content.ts";
import type { CallRecord } from "../record/call-record.ts";
import { contentOf } from "./chunk-contents.ts";
import { LogSettingsBook, readLogSettings, type LogSettings } from "./log-settings.ts";

/** All calls under way, and those that wait for the database, hold so much at most: beyond it content is not taken down. */
const mostHeldBytes = 256 * 1024 * 1024;
const compress = promisify(brotliCompress);

export interface ContentKeeperOptions {
  now: () => number;
  /** 0 to 1, 1 excluded. */
  random: () => number;
  onFault: (error: unknown) => void;
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
  #store: Store | undefined;
  #heldBytes = 0;
  #lost = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: ContentKeeperOptions) {
    this.#options = options;
  }

  /** Contents that were wanted and are not kept, since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** With a store that the settings follow. */
  attach(store: Store): void {
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
    this.#writing = this.#writing
      .then(() => this.#write(tap.kept(), record, pairs.length === 0 ? [] : [...Object.entries(metadata), ...pairs]))
      .catch((error: unknown) => {
        this.#lost += 1;
        this.#options.onFault(error);
      })
      .then(() => this.#release(tap));
  }

  /** Resolves when what has been settled is in the database. */
  drain(): Promise<void> {
    return this.#writing;
  }

  #release(tap: CallContent): void {
    this.#heldBytes -= this.#held.get(tap) ?? 0;
    this.#held.delete(tap);
  }

  /** By what the project wants in that moment, which may not have been heard of. */
  async #write(kept: KeptContent, { id, projectId, at, isSuccess }: CallRecord, pairs: readonly Pair[]): Promise<void> {
    const content = await compress(JSON.stringify(kept), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
    });
    await this.#store?.write(async ({ db }) => {
      const wanted = db
        .selectFrom("logSettings")
        .where("projectId", "=", projectId)
        .where("content", "in", isSuccess ? ["all", "sampled"] : ["all", "sampled", "errors"])
        .select((row) => [
          row.val(id).as("callId"),
          row.ref("projectId").as("projectId"),
          row.val(at).as("at"),
          row.val(content.length).as("storedBytes"),
          row.val(content).as("content"),
        ]);
      const { numInsertedOrUpdatedRows: added } = await db
        .insertInto("callContents")
        .columns(["callId", "projectId", "at", "storedBytes", "content"])
        .expression(wanted)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (added !== 1n || pairs.length === 0) return;
      const rows = pairHashes(pairs).map((pair) => ({ projectId, pair, callId: id }));
      await db.insertInto("callContentPairs").values(rows).execute();
    });
  }
}

/**
 * Content is written behind its record, by the gateway that had the call: that of a call which was deleted in between finds its place taken.
 * What another transaction is just writing there, and no deletion sees yet, is waited for and written over. The places go by their age, as
 * content does.
 */
export async function takePlaces(db: Database, calls: readonly CallRecord[]): Promise<void> {
  if (calls.length === 0) return;
  const nothing = { storedBytes: 0, content: new Uint8Array() };
  const places = calls.map(({ id: callId, projectId, at }) => ({ callId, projectId, at, ...nothing }));
  await db
    .insertInto("callContents")
    .values(places)
    .onConflict((conflict) => conflict.column("callId").doUpdateSet(nothing))
    .execute();
  const ids = calls.map(({ id }) => id);
  await db.deleteFrom("callContentPairs").where("callId", "in", ids).execute();
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
