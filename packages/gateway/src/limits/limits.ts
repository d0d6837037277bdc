/** Budgets and rate limits as calls meet them: reserve before, settle after. */
import { randomUUID } from "node:crypto";
import { AditError } from "@adit/bedrock";
import type { GatewayWord } from "../store/living-gateways.ts";
import type { Store } from "../store/store.ts";
import type { Vault } from "../vault/vault.ts";
import type { Alert } from "./alerts/alert-store.ts";
import { AlertSender, type SendAlert } from "./alerts/alert-sender.ts";
import type { Counter } from "./pools/counter.ts";
import { Counters, type CountersTools } from "./pools/counters.ts";
import { LimitBook, type Counted } from "./limit-book.ts";
import { LimitTime, timeOfStore, type TimeSource } from "./pools/limit-time.ts";
import type { Limit, LimitCharge, LimitScope, LimitSubject } from "./limit.ts";
import { PoolStore, readPoolWord } from "./pools/pool-store.ts";
import { limitHeaders } from "./limit-headers.ts";
import { roundMs } from "./pools/pool.ts";
import { refusalOf, unknownPrice } from "./refusal.ts";
import { amountOf, freed, Reservation, type Hold } from "./reservation.ts";

export interface LimitsOptions {
  store: Store;
  /** Holds the addresses of alerts. */
  vault: Pick<Vault, "unseal">;
  /** `ADIT_CUSTOM_HOSTS` as it is now: alerts go nowhere else. */
  customHosts: ReadonlySet<string>;
  /** What this gateway says of itself whenever it says that it lives. */
  word?: () => GatewayWord;
  sendAlert: SendAlert;
  /** Told once of each reason, other than a store that is away, for which what was used could not be told to the store. */
  onFault?: (error: unknown) => void;
  /** The clocks; the store's where it is absent. */
  time?: TimeSource;
  /** How often the store is told what is new, and that this gateway lives. 1 s by default. */
  tickMs?: number;
  /** A gateway that was not heard of for so long is dead. 5 s by default. */
  termMs?: number;
}

/** The call may not be made. */
export interface LimitRefusal {
  readonly isRefused: true;
  /** 412 for a budget, 429 for a rate limit. */
  readonly error: AditError;
  readonly limit: Limit;
  /** `x-ratelimit-...`, `x-adit-budget-...`. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Reserved = Reservation | LimitRefusal;

/** The most that a call can use, or how that is found out. */
type Bounding = LimitCharge | (() => LimitCharge | Promise<LimitCharge>);

const sweepEveryMs = 60_000;

export class Limits {
  readonly #book: LimitBook;
  readonly #time: LimitTime;
  readonly #pools: PoolStore;
  readonly #counters: Counters;
  readonly #alerts: AlertSender;
  readonly #word: (() => GatewayWord) | undefined;
  readonly #onFault: ((error: unknown) => void) | undefined;
  readonly #stopHearing: () => void;
  /** For calls that no limit concerns: what their targets hold is told beside it, as of now. */
  readonly #nothingHeld = new Reservation([], this);
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> | undefined;
  #ticking: Promise<void> | undefined;
  #sweptAt: number;
  #saidReason: string | undefined;
  #isClosed = false;

  private constructor(time: LimitTime, options: LimitsOptions) {
    const { store, vault, customHosts, word, tickMs = 1_000, termMs = 5_000, sendAlert, onFault } = options;
    this.#time = time;
    this.#onFault = onFault;
    this.#word = word;
    this.#book = new LimitBook(store);
    this.#pools = new PoolStore(store, { holderId: randomUUID(), termMs, steady: () => time.steady() });
    const onFailure = (error: unknown): void => this.#say(error);
    this.#alerts = new AlertSender(
      { store, vault, customHosts },
      { now: () => this.now(), send: sendAlert, onFailure },
    );
    this.#counters = new Counters(this.#counterTools(termMs + roundMs + 1_000));
    this.#stopHearing = store.onChange("limit_window", (id) => this.#onWord(id));
    this.#sweptAt = time.steady();
    this.#timer = setInterval(() => {
      // Apart from the rest, which may take longer than a dead gateway is waited for.
      void this.#beat();
      void this.tick();
    }, tickMs);
    this.#timer.unref();
  }

  /** @throws AditError `store_unavailable`. */
  static async open(options: LimitsOptions): Promise<Limits> {
    const time = await LimitTime.start(options.time ?? timeOfStore(options.store));
    const limits = new Limits(time, options);
    await limits.#pools.heartbeat(limits.now(), options.word?.());
    return limits;
  }

  /** The database's time in whole milliseconds: by it limits count. */
  now(): number {
    return Math.floor(this.#time.now());
  }

  /** True where it is known that none is set for this key, project or project's metadata. Makes nothing. */
  isFree(scope: LimitScope, id: string): boolean {
    return this.#book.isFree(scope, id);
  }

  /**
   * Reserves `bound` with every limit that concerns the subject, or with none. A reservation must be settled or released. A function is
   * called only where a limit concerns the subject. At once where all that is needed is at hand. `isPatient`: while the store is away, limits that are not in memory do not count.
   * @throws AditError `store_unavailable` where a lease has run dry, or the subject's limits are not in memory, and the store is away.
   */
  reserve(subject: LimitSubject, bound: Bounding, isPatient = false): Reserved | Promise<Reserved> {
    const whose = { subject, bound, isPatient };
    const counted = this.#book.held(subject);
    if (counted === undefined) {
      // One of them may have been changed while the others were read.
      return this.#find(subject, isPatient).then((found) =>
        this.#reserveWith(this.#book.held(subject) ?? found, whose),
      );
    }
    return this.#reserveWith(counted, whose);
  }

  /**
   * Reserves `bound` once more with all that hold something for the call, before it is sent again, or with none of them: it is the same
   * request, and counts as one. Undefined where it was reserved. Rejects with AditError `store_unavailable` as {@link reserve}.
   */
  async reserveMore(reservations: readonly Reservation[], bound: LimitCharge): Promise<LimitRefusal | undefined> {
    const own = reservations.flatMap(({ holds }) => holds);
    const grown = own.filter(({ counter, isUnknown }) => !isUnknown && counter.limit.unit !== "requests");
    const more = grown.map((hold) => ({ ...hold, amount: amountOf(hold.counter.limit, bound) ?? 0n }));
    // Kept while they are asked, though the call may end meanwhile.
    for (const { counter } of own) counter.enter();
    try {
      const refused = await this.#takeAll(more, countersOf(own));
      if (refused !== undefined) return refused;
      // Nobody would settle what is added to a call that has ended. What holds nothing is shared by calls, of which some have.
      if (reservations.some(({ isOpen, holds }) => !isOpen && holds.length > 0)) await freed(more);
      else for (const [index, hold] of grown.entries()) hold.amount += more[index]?.amount ?? 0n;
      return undefined;
    } finally {
      for (const { counter } of own) counter.leave();
    }
  }

  /** Tells the store what is new, and sees to alerts. By itself once in a while; never rejects. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tickOnce().finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  /** Says at once that this gateway lives, and what has changed of what it says of itself. Never rejects. */
  async tell(): Promise<void> {
    // What is being said now may be of before the change.
    await this.#beating;
    if (!this.#isClosed) await this.#beat();
  }

  /** Gives back what is not used. Calls that are under way keep what they reserved. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all([this.#beating, this.#ticking]);
    this.#stopHearing();
    await this.#counters.close();
    await this.#alerts.close();
    // A store that is away by then holds the leases as those of a gateway that died.
    await this.#pools.leave().catch(() => {});
  }

  async #find(subject: LimitSubject, isPatient: boolean): Promise<Counted[]> {
    try {
      return await this.#book.find(subject);
    } catch (error) {
      if (isPatient && AditError.isInstance(error) && error.code === "store_unavailable") {
        return this.#book.lastKnown(subject);
      }
      throw error;
    }
  }

  #reserveWith(
    counted: readonly Counted[],
    { subject, bound, isPatient }: { subject: LimitSubject; bound: Bounding; isPatient: boolean },
  ): Reserved | Promise<Reserved> {
    if (counted.length === 0) return this.#nothingHeld;
    const most = typeof bound === "function" ? bound() : bound;
    if (!(most instanceof Promise)) return this.#reserveAt(counted, most);
    // Limits may have been changed while the call waited: by what they were it would be let through, and the next ones be counted.
    return most.then(async (known) => {
      const now = this.#book.held(subject) ?? (await this.#find(subject, isPatient));
      return now.length === 0 ? this.#nothingHeld : this.#reserveAt(now, known);
    });
  }

  #reserveAt(counted: readonly Counted[], most: LimitCharge): Reserved | Promise<Reserved> {
    const now = this.now();
    const holds: Hold[] = [];
    for (const { limit, bucket } of counted) {
      const counter = this.#counters.of(limit, bucket, now);
      const amount = amountOf(limit, most);
      const isPartial = most.isPartial === true && limit.unit === "cost";
      if ((amount === undefined || isPartial) && limit.kind === "budget" && limit.unknownPrice === "block") {
        const counters = counted.map((each) => this.#counters.of(each.limit, each.bucket, now));
        return this.#refuse(counters, limit, unknownPrice(limit));
      }
      holds.push({ counter, amount: amount ?? 0n, isUnknown: amount === undefined, isPartial });
    }
    const taking = this.#takeAll(holds);
    return taking instanceof Promise ? this.#reservedLater(holds, taking) : this.#reserved(holds, taking);
  }

  /** Counters of which nothing is reserved are kept as well, while the others' pools are asked. */
  async #reservedLater(holds: readonly Hold[], taking: Promise<LimitRefusal | undefined>): Promise<Reserved> {
    for (const { counter } of holds) counter.enter();
    try {
      return this.#reserved(holds, await taking);
    } finally {
      for (const { counter } of holds) counter.leave();
    }
  }

  #reserved(holds: readonly Hold[], refused: LimitRefusal | undefined): Reserved {
    return refused ?? new Reservation(holds, this);
  }

  /** All or none: gives the refusal. At once where all leases hold enough. `told`: the counters that a refusal tells of. */
  #takeAll(
    holds: readonly Hold[],
    told: readonly Counter[] = countersOf(holds),
  ): LimitRefusal | undefined | Promise<LimitRefusal | undefined> {
    const refusal = (hold: Hold): LimitRefusal => this.#refuse(told, hold.counter.limit, this.#wordsFor(hold));
    for (const hold of holds) if (hold.counter.isBeyond(hold.amount)) return refusal(hold);
    const lacking = holds.findIndex((hold) => !isTaken(hold));
    return lacking === -1 ? undefined : takeInTurn(holds, lacking, refusal);
  }

  #wordsFor({ counter, amount }: Hold): AditError {
    return refusalOf(counter, amount, this.now());
  }

  #refuse(counters: readonly Counter[], limit: Limit, error: AditError): LimitRefusal {
    return { isRefused: true, error, limit, headers: limitHeaders(counters, this.now()) };
  }

  #counterTools(patienceMs: number): CountersTools {
    return {
      pools: this.#pools,
      patienceMs,
      now: () => this.now(),
      steady: () => this.#time.steady(),
      onAlert: (alert: Alert) => this.#alerts.start(alert),
      onFailure: (error: unknown) => this.#say(error),
    };
  }

  #onWord(text: string | undefined): void {
    if (text === undefined) this.#counters.onSilence();
    else this.#counters.onWord(readPoolWord(text));
  }

  /** Never rejects. */
  #beat(): Promise<void> {
    const beat = async (): Promise<void> => {
      await this.#time.adjust();
      await this.#pools.heartbeat(this.now(), this.#word?.());
    };
    // A store that is away hears of it at the next turn.
    this.#beating ??= beat()
      .catch((error: unknown) => this.#say(error))
      .finally(() => (this.#beating = undefined));
    return this.#beating;
  }

  async #tickOnce(): Promise<void> {
    await this.#beat();
    try {
      await this.#counters.tick();
      await this.#alerts.takeWaiting();
      if (this.#time.steady() - this.#sweptAt > sweepEveryMs) {
        this.#sweptAt = this.#time.steady();
        await this.#pools.sweep(this.now());
      }
    } catch (error) {
      // What there is to tell stays until the next turn.
      this.#say(error);
    }
  }

  /** That the store is away is reported by whatever asks it next. Any other failure would last unnoticed, and is reported here. */
  #say(error: unknown): void {
    if (AditError.isInstance(error) && error.code === "store_unavailable") return;
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#saidReason) return;
    this.#saidReason = reason;
    this.#onFault?.(error);
  }
}

function countersOf(holds: readonly Hold[]): Counter[] {
  return holds.map(({ counter }) => counter);
}

function isTaken({ counter, amount }: Hold): boolean {
  return amount === 0n || counter.take(amount);
}

/**
 * Takes the rest of `holds`, from the index on, one after the other: every call goes through its limits in one order, and holds something
 * of a limit only while it asks those behind it. Asked for all at once, calls would hold the last of one limit each while they wait for
 * another's, and each be refused for what the others then give back. Where one is refused, what was taken is given back.
 */
async function takeInTurn(
  holds: readonly Hold[],
  from: number,
  refusal: (hold: Hold) => LimitRefusal,
): Promise<LimitRefusal | undefined> {
  for (const [index, hold] of holds.entries()) {
    if (index < from || (index > from && isTaken(hold))) continue;
    let refused: LimitRefusal;
    try {
      if (await hold.counter.ask(hold.amount)) continue;
      // At once: while the others are given back, other calls change what there is to tell.
      refused = refusal(hold);
    } catch (error) {
      await freed(holds.slice(0, index));
      throw error;
    }
    await freed(holds.slice(0, index));
    return refused;
  }
  return undefined;
}
