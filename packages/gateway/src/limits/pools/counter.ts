/** One count of one limit as one gateway sees it: its lease, and the talk with the pool that others share. */
import { Appetite } from "./appetite.ts";
import type { Alert } from "../alerts/alert-store.ts";
import { Ask } from "./ask.ts";
import { Lease } from "./lease.ts";
import type { Limit } from "../limit.ts";
import { tightMs } from "./pool.ts";
import { poolKey, type PoolAnswer, type PoolPlace, type PoolStore } from "./pool-store.ts";
import type { LimitWindow } from "./window.ts";

export interface CounterTools {
  pools: Pick<PoolStore, "report">;
  leaseId: string;
  /** Whole milliseconds of the database's clock, and a clock that only goes forward. */
  now: () => number;
  steady: () => number;
  onAlert: (alert: Alert) => void;
  /** Told why the pool could not be told what is new: it is told again with the next turn. */
  onFailure: (error: unknown) => void;
  /** An ask that waits for others' answers is refused after this long: by then whoever has not answered counts as dead. */
  patienceMs: number;
}

/** Between two looks for others' answers, where no word of them comes. */
const lookMs = 50;
/** A window that has been over for so long is not entered again because clocks are set right. */
const pastMs = 10_000;
/** What was idle for so long is given back unasked. */
const idleMs = 5_000;

export class Counter {
  readonly key: string;
  /** Goes on to the counter of the next window. */
  readonly appetite: Appetite;
  #place: PoolPlace;
  readonly #tools: CounterTools;
  readonly #lease = new Lease();
  /** Asks for the next report, and those that wait for others' answers. */
  #asks: Ask[] = [];
  readonly #waiting: Ask[] = [];
  #looking: NodeJS.Timeout | undefined;
  #isReporting = false;
  /** Calls under way that it counts, also those that reserve nothing of it. */
  #calls = 0;
  /** Resolved by the next report that begins from now on. */
  readonly #listeners: (() => void)[] = [];
  /** Resolved by the report that is under way. */
  readonly #freeing: (() => void)[] = [];
  /** What the next report is for, besides asks. */
  #due: "nothing" | "news" | "return" = "nothing";
  /** True while a report is under way that gave up what was idle: what a settlement frees meanwhile is not for others yet. */
  #isReturning = false;
  #tightUntil = 0;
  #usedAt = 0;
  /** As the pool last said. */
  #pool: { settled: bigint; available: bigint } | undefined;

  constructor(place: PoolPlace, tools: CounterTools, appetite: Appetite = new Appetite(tools.steady())) {
    this.#place = place;
    this.key = poolKey(place);
    this.#tools = tools;
    this.appetite = appetite;
    this.#usedAt = tools.steady();
  }

  /**
   * What is neither used nor reserved, as far as is known here: this gateway's own part to the moment, others' as last told. Undefined
   * where nothing was told yet.
   */
  get remaining(): bigint | undefined {
    if (this.#pool === undefined) return undefined;
    const known = this.#pool.available + this.#lease.idle;
    return known < 0n ? 0n : known;
  }

  get leaseId(): string {
    return this.#tools.leaseId;
  }

  get limit(): Limit {
    return this.#place.limit;
  }

  /** The metadata value that it counts; empty where there is one count for all. */
  get bucket(): string {
    return this.#place.bucket;
  }

  get window(): LimitWindow {
    return { start: this.#place.windowStart, end: this.#place.windowEnd };
  }

  /** The limit was changed, or what is counted of it: what is known here may not hold, and is asked for. */
  renew(limit: Limit): void {
    // What is idle was given while the limit allowed more: only what calls under way have reserved of it may still be used.
    if (limit.amount < this.#place.limit.amount) this.#lease.giveUpIdle();
    this.#place = { ...this.#place, limit };
    this.#pool = undefined;
    void this.#tell("news");
  }

  get settled(): bigint {
    return (this.#pool?.settled ?? 0n) + this.#lease.untold;
  }

  /** True where nobody waits, nothing is under way and the pool knows all: then it can be let go. */
  get isDone(): boolean {
    if (this.#isReporting || this.#waiting.length > 0 || this.#calls > 0 || this.#lease.reserved > 0n) return false;
    return this.isPast || (this.#lease.idle === 0n && !this.#lease.isDirty && this.#due === "nothing");
  }

  /** A call that it counts has begun: what the call comes to must be told, though nothing may be reserved for it. */
  enter(): void {
    this.#calls += 1;
  }

  /** The call is over, and has been settled. */
  leave(): void {
    this.#calls -= 1;
  }

  /** True where the request cannot fit, whatever others give back: what is settled only grows. */
  isBeyond(amount: bigint): boolean {
    return this.#pool !== undefined && this.#pool.settled + amount > this.#place.limit.amount;
  }

  /** Reserves without asking anyone; false where the pool must be asked. */
  take(amount: bigint): boolean {
    if (this.#isGuarded()) return false;
    const isTaken = this.#lease.take(amount);
    if (isTaken) this.#note(amount);
    return isTaken;
  }

  /**
   * Reserves after asking the pool. False: it is used up, now that others have given back what they did not use.
   * Rejects with AditError `store_unavailable`, also where the store has not said so for long.
   */
  ask(amount: bigint): Promise<boolean> {
    const ask = new Ask(amount, this.#tools.steady());
    this.#asks.push(ask);
    this.#note(amount);
    this.#report();
    return ask.granted;
  }

  /** Resolves when what is freed can be had by others; undefined where it can. A store that is away is told later. */
  settle(bound: bigint, actual: bigint): Promise<void> | undefined {
    const isCovered = this.#lease.settle(bound, actual);
    if (isCovered && this.#isReturning && !this.#isTight()) return this.#onceAnswered();
    const isGuarded = this.#isGuarded();
    return !isCovered || isGuarded ? this.#tell(isGuarded ? "return" : "news") : undefined;
  }

  countUnpriced(): void {
    this.#lease.countUnpriced();
  }

  /** Others want back what is idle. */
  onRecall(): Promise<void> {
    this.#tightUntil = this.#tools.steady() + tightMs;
    this.onAnswer();
    return this.#tell("return");
  }

  /** Others have given something back. */
  onAnswer(): void {
    if (this.#waiting.length > 0) this.#look();
  }

  /** From time to time: the pool is told what is new. */
  tick(): Promise<void> | undefined {
    if (this.isPast) return undefined;
    const isOver = this.#tools.now() >= this.#place.windowEnd;
    const isUnused = this.#tools.steady() - this.#usedAt > idleMs;
    if (this.#lease.idle > 0n && (isOver || isUnused)) return this.#tell("return");
    return this.#lease.isDirty || this.#due !== "nothing" ? this.#tell("news") : undefined;
  }

  /** Gives back what is idle, and refuses who waits. */
  async close(): Promise<void> {
    clearTimeout(this.#looking);
    for (const ask of this.#waiting.splice(0)) ask.answer(false);
    await this.#tell("return");
  }

  /** Nobody asks any more what was left of a rate limit in a window that is over. */
  get isPast(): boolean {
    const { limit, windowEnd } = this.#place;
    return limit.kind === "rate" && this.#tools.now() >= windowEnd + pastMs;
  }

  #isGuarded(): boolean {
    return this.#isReturning || this.#isTight();
  }

  #isTight(): boolean {
    // Most of the time there is no round, and no need to look at the clock.
    return this.#tightUntil !== 0 && this.#tools.steady() < this.#tightUntil;
  }

  #note(amount: bigint): void {
    this.appetite.note(amount);
    this.#usedAt = this.#tools.steady();
  }

  #tell(due: "news" | "return"): Promise<void> {
    if (this.#due !== "return") this.#due = due;
    return new Promise((resolve) => {
      this.#listeners.push(resolve);
      this.#report();
    });
  }

  /** What is freed while a report is under way is for others where that is answered with a round, and else for the next calls here. */
  async #onceAnswered(): Promise<void> {
    await new Promise<void>((resolve) => this.#freeing.push(resolve));
    if (this.#isTight()) await this.#tell("return");
  }

  /** One report at a time; what comes meanwhile goes with the next. */
  #report(): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    void this.#reportAll();
  }

  /** Never rejects. */
  async #reportAll(): Promise<void> {
    // What is called in the same turn goes with one report.
    await Promise.resolve();
    while (this.#asks.length > 0 || this.#listeners.length > 0) {
      const asks = this.#asks.splice(0).filter(({ isOpen }) => isOpen);
      const listeners = this.#listeners.splice(0);
      const due = this.#due;
      this.#due = "nothing";
      try {
        await this.#reportOnce(asks, due === "return");
      } catch (error) {
        this.#onFailure(asks.length > 0 || due === "return");
        this.#tools.onFailure(error);
        for (const ask of asks) ask.fail(error);
      }
      this.#isReturning = false;
      // Who came meanwhile has a part in what was given to be idle: a busy gateway would else ask without end.
      this.#asks = this.#asks.filter((ask) => !this.#grants(ask));
      for (const listener of listeners) listener();
      for (const free of this.#freeing.splice(0)) free();
    }
    this.#isReporting = false;
  }

  /** Out of what is idle, as far as that may be used without asking. */
  #grants(ask: Ask): boolean {
    const isGranted = ask.isOpen && !this.#isGuarded() && this.#lease.take(ask.amount);
    if (isGranted) ask.answer(true);
    return isGranted;
  }

  /**
   * The report may have been taken or not. Where it asked for something, the pool may have this gateway down for more than it knows of.
   * Mere news changes nothing of what is held: while the store is away calls are served from it.
   */
  #onFailure(mayHoldMore: boolean): void {
    if (!mayHoldMore) {
      if (this.#due === "nothing") this.#due = "news";
      return;
    }
    this.#due = "return";
    this.#tightUntil = this.#tools.steady() + tightMs;
  }

  async #reportOnce(asks: readonly Ask[], returnsIdle: boolean): Promise<void> {
    const { pools, leaseId, now, steady } = this.#tools;
    const place = this.#place;
    this.#isReturning = returnsIdle || asks.length > 0;
    const report = this.#lease.report(this.#isReturning);
    const answer = await pools.report(
      place,
      {
        ...report,
        leaseId,
        asks: asks.map((ask) => ask.amount),
        headroom: asks.length === 0 ? 0n : this.appetite.headroom(steady()),
      },
      now,
    );
    const granted = asks.filter((_, index) => answer.outcomes[index] === "granted");
    this.#lease.onTold(report, {
      reserved: granted.reduce((total, ask) => total + ask.amount, 0n),
      // Where the limit was changed or reset meanwhile, the answer is about the state before that.
      idle: this.#place === place ? answer.extra : 0n,
    });
    if (this.#place === place) this.#pool = { settled: answer.pool.settled, available: answer.available };
    if (answer.available < 0n) this.#giveUpIdle();
    this.#tightUntil = answer.isTight ? steady() + tightMs : 0;
    for (const alert of answer.alerts) this.#tools.onAlert(alert);
    this.#tellAsks(asks, answer);
  }

  #tellAsks(asks: readonly Ask[], { outcomes, available }: PoolAnswer): void {
    const { steady, patienceMs } = this.#tools;
    for (const [index, ask] of asks.entries()) {
      const outcome = outcomes[index] ?? "refused";
      const isPatient = steady() - ask.since < patienceMs;
      if (!ask.isOpen) {
        if (outcome === "granted") this.#keep(ask.amount);
      } else if (outcome === "wait" && isPatient) this.#waiting.push(ask);
      // What calls here have freed since the report began was not in it: who fits with that is not refused, but asks once more.
      else if (outcome === "refused" && isPatient && ask.amount <= available + this.#lease.idle) this.#asks.push(ask);
      else ask.answer(outcome === "granted");
    }
    if (this.#waiting.length > 0) this.#looking ??= setTimeout(() => this.#look(), lookMs);
  }

  /**
   * More is settled and held than the limit allows. So it is where a reset took away what this gateway had, since it was cut off and passed
   * for dead, and others have used it: then what is idle here is theirs.
   */
  #giveUpIdle(): void {
    if (this.#lease.idle === 0n) return;
    this.#lease.giveUpIdle();
    if (this.#due === "nothing") this.#due = "news";
  }

  /** What nobody waits for any more is for the next ones; in a round it is given back. */
  #keep(amount: bigint): void {
    if (this.#tightUntil === 0) this.#lease.settle(amount, 0n);
    else void this.settle(amount, 0n);
  }

  /** Those who wait ask again. */
  #look(): void {
    clearTimeout(this.#looking);
    this.#looking = undefined;
    this.#asks.unshift(...this.#waiting.splice(0));
    this.#report();
  }
}
