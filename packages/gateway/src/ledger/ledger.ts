/** The ledger: each call is written to the journal before the last byte of its answer leaves, and from there to the database. */
import { join, resolve } from "node:path";
import { AditError, dollarsOf } from "@adit/bedrock";
import { makeFolder } from "../data-file.ts";
import type { CallerPrincipal } from "../access/principal.ts";
import type { LateGuardrails } from "../guardrails/open-guard.ts";
import { UuidV7Source } from "../http/request/request-id.ts";
import type { ContentTap, Incoming, Reply } from "../http/routes/route.ts";
import type { Store } from "../store/store.ts";
import type { CallRecord } from "./record/call-record.ts";
import { ContentKeeper, type GivenContent } from "./content/content-keeper.ts";
import { contentSearchOn, type ContentSearch } from "./search/content-search.ts";
import { Retention } from "./retention/retention.ts";
import { Filler } from "./intake/filler.ts";
import { guardrailCostOf, guardrailCostShown } from "./cost/guardrail-cost.ts";
import { lateLine } from "./intake/late-facts.ts";
import { OwedFacts } from "./intake/owed-facts.ts";
import { Metrics } from "./metrics.ts";
import { Prices } from "./cost/prices.ts";
import { Journal } from "./intake/journal.ts";
import { RecordTaker, type Taker } from "./intake/record-taker.ts";
import { canHaveThread, TakerThread } from "./intake/taker-thread.ts";
import { noteSaid } from "./record/request-facts.ts";
import { recordOfCall } from "./record/record-of-call.ts";
import { TraceExporter } from "./traces/exporter.ts";
import type { TraceExportSettings } from "./traces/export-settings.ts";
import { ownVersion } from "../own-place.ts";

export interface LedgerOptions {
  dataDir: string;
  now: () => number;
  /** For the operator. Never holds content. */
  onFault: (error: unknown) => void;
  /** Where the spans of calls go; undefined: nowhere. */
  traceExport?: TraceExportSettings | undefined;
}

/** Told of every call that ends in this gateway, in its process and at once. Must not throw. */
export type CallListener = (record: CallRecord) => void;

/** NUL, as JSON writes it: PostgreSQL keeps none. */
const writtenNul = "\\u0000";

/** What a check used that did not tell. */
const untoldUse = { region: "", units: undefined };

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #folder: string;
  readonly #journal: Journal;
  readonly #owed: OwedFacts;
  /** What calls are priced by. */
  readonly prices = new Prices();
  readonly #listeners: CallListener[] = [];
  readonly #metrics = new Metrics();
  readonly #contents: ContentKeeper;
  readonly #traces: TraceExporter | undefined;
  #retention: Retention | undefined;
  #filler: Filler | undefined;
  #contentSearch: ContentSearch | undefined;
  readonly #lateIds = new UuidV7Source();
  #lost = 0;
  #isClosed = false;

  private constructor(folder: string, options: LedgerOptions) {
    this.#options = options;
    this.#folder = folder;
    this.#journal = new Journal({ folder, now: options.now });
    this.#owed = new OwedFacts(folder, options.now);
    const { now, onFault, traceExport } = options;
    this.#contents = new ContentKeeper({ now, onFault, random: Math.random });
    if (traceExport !== undefined) {
      this.#traces = new TraceExporter({ settings: traceExport, version: ownVersion(), onFault, random: Math.random });
    }
  }

  /** Where the data folder cannot be written, records wait in memory for the database. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const folder = join(resolve(options.dataDir), "journal");
    await makeFolder(folder).catch(options.onFault);
    return new Ledger(folder, options);
  }

  /** Reads what projects keep of their calls, and the operator's prices; and again whenever they are changed. */
  async follow(store: Store): Promise<void> {
    const { onFault } = this.#options;
    await this.#contents.settings.follow(store, onFault);
    await this.prices.follow(store, onFault);
  }

  /** Begins to fill the database, to keep content, and to take away what is too old; once, with a store that it follows. */
  attach(store: Store): void {
    // A stop may come before the store is open: what the journal holds is for the next start.
    if (this.#isClosed) return;
    const { onFault } = this.#options;
    const traces = this.#traces;
    this.#filler = new Filler({
      store,
      taker: this.#takerOn(store),
      journal: this.#journal,
      owed: this.#owed,
      folder: this.#folder,
      onFault,
      // Of several gateways on one database the one that wrote a record sends it: once.
      ...(traces !== undefined && { onAdded: (records: readonly CallRecord[]) => traces.take(records) }),
    });
    this.#contents.attach(store);
    this.#contentSearch = contentSearchOn(store);
    this.#retention = new Retention({ store, onFault });
  }

  #takerOn(store: Store): Taker {
    const { onFault } = this.#options;
    const common = { folder: this.#folder, onRefused: onFault, wantsAdded: this.#traces !== undefined };
    return canHaveThread
      ? new TakerThread({ ...common, location: store.location })
      : new RecordTaker({ ...common, store });
  }

  /** What reads content through. @throws AditError `store_unavailable` where the store is not there yet */
  get contentSearch(): ContentSearch {
    if (this.#contentSearch !== undefined) return this.#contentSearch;
    throw new AditError("store_unavailable", "The gateway's store does not answer.", { retryAfterSeconds: 1 });
  }

  /** For Prometheus: of this process alone. */
  metricsText(): string {
    return this.#metrics.text(this.backlog, this.#traces?.figures);
  }

  /** True where the project wants streams to be read to their ends though their callers have left. */
  drainsStreams(projectId: string): boolean {
    return this.#contents.settings.of(projectId).drainStreams;
  }

  /** What takes down the content of a call, where it is to be kept. */
  tapOf(incoming: Incoming, principal: CallerPrincipal): ContentTap | undefined {
    return this.#contents.tapOf(incoming, principal);
  }

  /** As {@link ContentKeeper.keepGiven}. */
  keepGiven(incoming: Incoming, record: CallRecord, content: GivenContent): void {
    this.#contents.keepGiven(incoming, record, content);
  }

  /** As {@link ContentKeeper.mayStore}. */
  mayStore(incoming: Incoming, principal: CallerPrincipal): Promise<boolean> {
    return this.#contents.mayStore(incoming, principal);
  }

  /** True where items of a response may be sealed for those who have their ids. */
  maySeal(incoming: Incoming, principal: CallerPrincipal): boolean {
    return this.#contents.maySeal(incoming, principal);
  }

  /** A request has ended, whatever became of it. */
  finish(incoming: Incoming, reply: Reply): void {
    this.settle(incoming, reply);
    this.write();
    this.#contents.forget(incoming);
  }

  onCall(listener: CallListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Called before a call of a model is taken.
   * @throws AditError `store_unavailable` while neither the disk nor the database takes records and as many wait as may
   */
  checkRoom(): void {
    if (this.#journal.hasRoom) return;
    throw new AditError(
      "store_unavailable",
      "The ledger takes no more records: calls that cannot be recorded are not made.",
      {
        retryAfterSeconds: 1,
        remedy: "Free space on the disk of ADIT_DATA_DIR, or see why the database does not answer.",
      },
    );
  }

  /** What is not in the database yet, for metrics. */
  get backlog(): { bytes: number; waiting: number; lost: number; lostContents: number } {
    const { backlogBytes: bytes, waiting } = this.#journal;
    return { bytes, waiting, lost: this.#lost, lostContents: this.#contents.lost };
  }

  /**
   * Records the call, once: before its last byte leaves, or when its caller has left. Requests that are no calls pass by. The record is safe
   * with the next {@link write}. Never throws.
   */
  settle(incoming: Incoming, reply: Reply): void {
    const { facts, principal } = incoming;
    if (facts === undefined || principal === undefined || facts.isSettled) return;
    facts.isSettled = true;
    try {
      noteSaid(facts, incoming, principal);
      const call = { incoming, reply, facts, principal, endedAt: this.#options.now() };
      const { record, priced } = recordOfCall(call, facts.prices ?? this.prices.current());
      if (!record.stream && priced.totalNano !== undefined && reply.status < 300) {
        reply.header("x-adit-cost", dollarsOf(priced.totalNano));
      }
      this.#append(JSON.stringify(record));
      this.#contents.settle(incoming, record);
      this.#metrics.count(record);
      for (const listener of this.#listeners) listener(record);
    } catch (fault) {
      this.#lost += 1;
      this.#options.onFault(fault);
    }
  }

  /** Writes what was recorded: once for all calls that end together. Never throws. */
  write(): void {
    this.#journal.write();
  }

  /** Adds to the record of a call, which has been settled; by the prices of that call. Never throws. */
  addLate(callId: string, late: LateGuardrails, prices = this.prices.current()): void {
    try {
      const { guardrails = [], feedback = [], use } = late;
      const cost = use === undefined ? undefined : guardrailCostShown(guardrailCostOf([use], prices));
      if (cost !== undefined) this.#metrics.countLate(cost);
      const id = this.#lateIds.next(this.#options.now());
      this.#append(lateLine(id, callId, { guardrails, feedback, cost }));
      this.write();
    } catch (fault) {
      this.#lost += 1;
      this.#options.onFault(fault);
    }
  }

  /** A check that is billed, and that nobody waits for, has begun: should this gateway die before it has ended, the call's cost is unknown. */
  owe(callId: string, work: Promise<void>, prices = this.prices.current()): void {
    const id = this.#lateIds.next(this.#options.now());
    const cost = guardrailCostShown(guardrailCostOf([untoldUse], prices));
    this.#owed.add(id, lateLine(id, callId, { guardrails: [], feedback: [], cost }), work);
  }

  #append(line: string): void {
    this.#journal.append(line.includes(writtenNul) ? line.replaceAll(writtenNul, "\\ufffd") : line);
  }

  /** Resolves when every call that has ended is in the database. @throws AditError `store_unavailable` */
  async drain(): Promise<void> {
    await this.#filler?.drain();
    await this.#contents.drain();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#contentSearch?.close();
    await this.#retention?.close();
    await this.#contents.close();
    await this.#filler?.close();
    await this.#journal.close();
    this.#owed.close();
    const { waiting } = this.#journal;
    if (waiting > 0) this.#options.onFault(lostAtStop(waiting));
    await this.#traces?.close();
  }
}

function lostAtStop(records: number): AditError {
  return new AditError(
    "store_unavailable",
    `The records of ${records} calls are lost: neither the disk nor the database took them before the stop.`,
  );
}
