/** Budgets and rate limits as calls meet them: reserve before, settle after. */
import { randomUUID } from "node:crypto";
import { AditError } from "@adit/bedrock";
import type { Store } from "../store/store.ts";
import type { Alert } from "./alert-store.ts";
import { AlertSender, type SendAlert } from "./alert-sender.ts";
import type { Counter } from "./counter.ts";
import { Counters, type CountersTools } from "./counters.ts";
import { LimitBook, type Counted } from "./limit-book.ts";
import { LimitTime, timeOfStore, type TimeSource } from "./limit-time.ts";
import type { Limit, LimitCharge, LimitScope, LimitSubject } from "./limit.ts";
import { PoolStore, readPoolWord } from "./pool-store.ts";
import { limitHeaders } from "./limit-headers.ts";
import { roundMs } from "./pool.ts";
import { refusalOf, unknownPrice } from "./refusal.ts";
import { amountOf, Reservation, type Hold } from "./reservation.ts";

export interface LimitsOptions {
  store: Store;
  /** Posts an alert; by `fetch` where it is absent. */
  sendAlert?: SendAlert;
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

/** For calls that no limit concerns. */
const nothingHeld = new Reservation([], () => 0);
const sweepEveryMs = 60_000;

export class Limits {
  readonly #book: LimitBook;
  readonly #time: LimitTime;
  readonly #pools: PoolStore;
  readonly #counters: Counters;
  readonly #alerts: AlertSender;
  readonly #stopHearing: () => void;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> | undefined;
  #ticking: Promise<void> | undefined;
  #sweptAt: number;

  private constructor(time: LimitTime, options: LimitsOptions) {
    const { store, tickMs = 1_000, termMs = 5_000, sendAlert } = options;
    this.#time = time;
    this.#book = new LimitBook(store);
    this.#pools = new PoolStore(store, { holderId: randomUUID(), termMs });
    this.#alerts = new AlertSender(store, { now: () => this.now(), send: sendAlert });
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
    await limits.#pools.heartbeat(limits.now());
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
   * called only where a limit concerns the subject. `isPatient`: while the store is away, limits that are not in memory do not count.
   * @throws AditError `store_unavailable` where a lease has run dry, or the subject's limits are not in memory, and the store is away.
   */
  async reserve(
    subject: LimitSubject,
    bound: LimitCharge | (() => LimitCharge | Promise<LimitCharge>),
    isPatient = false,
  ): Promise<Reservation | LimitRefusal> {
    const counted = this.#book.held(subject) ?? (await this.#find(subject, isPatient));
    if (counted.length === 0) return nothingHeld;
    const most = typeof bound === "function" ? await bound() : bound;
    const now = this.now();
    const holds: Hold[] = [];
    for (const { limit, bucket } of counted) {
      const counter = this.#counters.of(limit, bucket, now);
      const amount = amountOf(limit, most);
      if (amount === undefined && limit.kind === "budget" && limit.unknownPrice === "block") {
        const counters = counted.map((each) => this.#counters.of(each.limit, each.bucket, now));
        return this.#refuse(counters, limit, unknownPrice(limit));
      }
      holds.push({ counter, amount: amount ?? 0n, isUnknown: amount === undefined });
    }
    return this.#hold(holds);
  }

  /**
   * Reserves `bound` once more with all that hold something for the call, before it is sent again, or with none of them: it is the same
   * request, and counts as one. Undefined where it was reserved. Rejects with AditError `store_unavailable` as {@link reserve}.
   */
  async reserveMore(reservations: readonly Reservation[], bound: LimitCharge): Promise<LimitRefusal | undefined> {
    const own = reservations.flatMap(({ holds }) => holds);
    const grown = own.filter(({ counter, isUnknown }) => !isUnknown && counter.limit.unit !== "requests");
    const more = grown.map((hold) => ({ ...hold, amount: amountOf(hold.counter.limit, bound) ?? 0n }));
    const refused = await this.#takeAll(more);
    if (refused !== undefined) return this.#refuse(countersOf(own), refused.counter.limit, this.#wordsFor(refused));
    // The call may have ended meanwhile: nobody would settle what is added now.
    if (reservations.some(({ isOpen }) => !isOpen)) await giveBack(more);
    else for (const [index, hold] of grown.entries()) hold.amount += more[index]?.amount ?? 0n;
    return undefined;
  }

  /** Tells the store what is new, and sees to alerts. By itself once in a while; never rejects. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tickOnce().finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  /** Gives back what is not used. Calls that are under way keep what they reserved. */
  async close(): Promise<void> {
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

  async #hold(holds: readonly Hold[]): Promise<Reservation | LimitRefusal> {
    const refused = await this.#takeAll(holds);
    if (refused === undefined) return new Reservation(holds, () => this.now());
    return this.#refuse(countersOf(holds), refused.counter.limit, this.#wordsFor(refused));
  }

  /** All or none: gives the one that was refused. What can be had without asking is taken first. */
  async #takeAll(holds: readonly Hold[]): Promise<Hold | undefined> {
    let refused = holds.find(({ counter, amount }) => counter.isBeyond(amount));
    if (refused !== undefined) return refused;
    const held: Hold[] = [];
    const asking: Hold[] = [];
    for (const hold of holds) {
      const isHeld = hold.amount === 0n || hold.counter.take(hold.amount);
      (isHeld ? held : asking).push(hold);
    }
    if (asking.length > 0) refused = await askAll(asking, held);
    if (refused !== undefined) await giveBack(held);
    return refused;
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
      await this.#pools.heartbeat(this.now());
    };
    // A store that is away hears of it at the next turn.
    this.#beating ??= beat()
      .catch(() => {})
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
    } catch {
      // The store is away: what there is to tell stays until the next turn.
    }
  }
}

function countersOf(holds: readonly Hold[]): Counter[] {
  return holds.map(({ counter }) => counter);
}

/** Asks for all at once. What was had is added to `held`; gives the first that was refused. */
async function askAll(asking: readonly Hold[], held: Hold[]): Promise<Hold | undefined> {
  const results = await Promise.allSettled(asking.map(({ counter, amount }) => counter.ask(amount)));
  let refused: Hold | undefined;
  for (const [index, hold] of asking.entries()) {
    const result = results[index];
    if (result?.status === "fulfilled" && result.value) held.push(hold);
    else refused ??= hold;
  }
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return refused;
  await giveBack(held);
  throw failed.reason;
}

async function giveBack(held: readonly Hold[]): Promise<void> {
  await Promise.all(held.map(({ counter, amount }) => counter.settle(amount, 0n)));
}
