/** The pools in the store: a window's row is its lock, and all that gateways tell and ask goes through {@link PoolStore.report}. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql, type RawBuilder } from "kysely";
import type { GatewayWord } from "../../store/living-gateways.ts";
import type { Database, Store, Writing } from "../../store/store.ts";
import type { Row } from "../../store/tables/tables.ts";
import { raiseAlerts, type Alert } from "../alerts/alert-store.ts";
import type { LeaseReport } from "./lease.ts";
import type { Limit } from "../limit.ts";
import { Silence } from "./silence.ts";
import { decide, type Decision } from "./pool.ts";

/** One count of one limit. */
export interface PoolPlace {
  limit: Limit;
  /** The metadata value that is counted; empty where there is one count for all. */
  bucket: string;
  windowStart: number;
  /** Infinity for a budget without an end. */
  windowEnd: number;
}

export interface PoolReport extends LeaseReport {
  leaseId: string;
  asks: readonly bigint[];
  headroom: bigint;
}

export interface PoolAnswer extends Decision {
  /** Thresholds that this report crossed: nobody else has been told of them. */
  alerts: readonly Alert[];
}

/** A call may settle long after the window in which it began; what is counted of budgets is of interest for longer. */
const keepMs = { rate: 2 * 3_600_000, budget: 400 * 86_400_000 } as const;
/** Holders that have not been heard of for so long are forgotten: without a row they count as dead. */
const forgetHolderMs = 86_400_000;
/** Windows that are taken away at once, and how often in one sweep: the next goes on. */
const sweptAtOnce = 1_000;
const mostSweeps = 100;

export function poolKey({ limit, bucket, windowStart }: PoolPlace): string {
  return `${limit.id} ${windowStart} ${bucket}`;
}

/** What gateways tell each other of a pool, as the id of a change of kind `limit_window`. */
export interface PoolWord {
  /** Who says it. */
  holderId: string;
  /** `recall`: give back what is idle. `answer`: it was done. */
  word: "recall" | "answer";
  poolKey: string;
}

export function readPoolWord(text: string): PoolWord {
  const [holderId = "", word, ...key] = text.split(" ");
  return { holderId, word: word === "answer" ? "answer" : "recall", poolKey: key.join(" ") };
}

export class PoolStore {
  readonly holderId: string;
  readonly #store: Store;
  /** A gateway that was not heard of for so long is dead. */
  readonly #termMs: number;
  readonly #silence: Silence;

  constructor(store: Store, options: { holderId: string; termMs: number; steady: () => number }) {
    this.#store = store;
    this.holderId = options.holderId;
    this.#termMs = options.termMs;
    this.#silence = new Silence(options);
  }

  /**
   * `clock` is looked at under the window's lock: a report that has waited for it is not of a time before a round that was opened meanwhile.
   * @throws AditError `store_unavailable`: then the report may have been taken or not, and is made again in full.
   */
  report(place: PoolPlace, report: PoolReport, clock: () => number): Promise<PoolAnswer> {
    const take = (writing: Writing): Promise<PoolAnswer> => this.#take(writing, { place, report, clock });
    // Mere news gives this gateway nothing: before it no less was settled and held than after it.
    const isNews = report.asks.length === 0 && report.uncovered === 0n;
    return isNews ? this.#store.writeLightly(take) : this.#store.write(take);
  }

  async #take(
    writing: Writing,
    { place, report, clock }: { place: PoolPlace; report: PoolReport; clock: () => number },
  ): Promise<PoolAnswer> {
    const pool = await lockPool(writing, place);
    const now = clock();
    const leases = await this.#leasesOf(writing, place);
    const seenAfter = this.#silence.lastWord(now) - this.#termMs;
    const own = leases.find((lease) => lease.leaseId === report.leaseId);
    const others = leases
      .filter((lease) => lease !== own)
      .map((lease) => ({
        held: lease.heldAmount,
        answered: lease.answeredRound,
        isAlive: lease.seenAt !== null && lease.seenAt > seenAfter,
      }));
    const decision = decide(
      {
        limit: place.limit.amount,
        settled: pool.settledAmount,
        round: pool.recallRound,
        roundAt: pool.recalledAt,
      },
      {
        ...report,
        settled: report.settled - (own?.settledAmount ?? 0n),
        answered: own?.answeredRound ?? 0,
      },
      others,
      now,
    );
    await writePool(writing, place, { pool, own, report, decision });
    await this.#writeLease(writing, place, { report, decision });
    // Whoever waits for this round's answers asks again when it hears of one.
    const answers = decision.isTight && decision.answered > (own?.answeredRound ?? 0);
    const word = decision.opensRound ? "recall" : "answer";
    if (decision.opensRound || answers) {
      writing.changed("limit_window", `${this.holderId} ${word} ${poolKey(place)}`);
    }
    return {
      ...decision,
      alerts: await raiseAlerts(writing, place, { decision, settledBefore: pool.settledAmount, now }),
    };
  }

  /** Takes away a lease that holds nothing, and whose holder will not speak of it again. It does no harm where a loss of power brings it back. */
  async forget(leaseId: string): Promise<void> {
    await this.#store.writeLightly(({ db }) =>
      db.deleteFrom("limitLeases").where("leaseId", "=", leaseId).where("heldAmount", "=", 0n).execute(),
    );
  }

  /** Says that this gateway lives, and what it says of itself: aside, since one that only waited for a connection would pass for dead. */
  async heartbeat(now: number, word: GatewayWord | undefined): Promise<void> {
    const masterKeys = word === undefined ? null : JSON.stringify(word.masterKeys);
    const said = { seenAt: now, name: word?.name ?? null, masterKeys };
    await this.#store.writeLightly(
      ({ db }) =>
        db
          .insertInto("limitHolders")
          .values({ id: this.holderId, ...said })
          .onConflict((conflict) => conflict.column("id").doUpdateSet(said))
          .execute(),
      "aside",
    );
    this.#silence.onTold(now);
  }

  /** Takes away what is of no use any more. */
  async sweep(now: number): Promise<void> {
    await this.#store.write(({ db }) =>
      db
        .deleteFrom("limitHolders")
        .where("seenAt", "<", now - forgetHolderMs)
        .execute(),
    );
    await this.#sweepWindows(sql`keep_until < ${now}`);
    // Also those of a call that was under way when its limit was taken away: it has told what it used all the same.
    for (const id of await this.#store.read(limitsThatAreGone)) await this.#sweepWindows(sql`limit_id = ${id}`);
  }

  /** Of a limit on each of many users there may be a million: others have their turn between some and the next. */
  async #sweepWindows(which: RawBuilder<unknown>): Promise<void> {
    for (let swept = 0; swept < mostSweeps; swept += 1) {
      const { numAffectedRows = 0n } = await this.#store.writeLightly(({ db }) =>
        sql`
          delete from limit_windows where (limit_id, bucket, window_start) in (
            select limit_id, bucket, window_start from limit_windows where ${which} limit ${sweptAtOnce}
          )`.execute(db),
      );
      if (numAffectedRows < sweptAtOnce) return;
      await nextTurn();
    }
  }

  /** Takes away what this gateway had, once it holds nothing. What calls that never ended have reserved stays. */
  async leave(): Promise<void> {
    await this.#store.write(async ({ db }) => {
      await db.deleteFrom("limitLeases").where("holderId", "=", this.holderId).where("heldAmount", "=", 0n).execute();
      await db.deleteFrom("limitHolders").where("id", "=", this.holderId).execute();
    });
  }

  #leasesOf({ db }: Writing, { limit, bucket, windowStart }: PoolPlace) {
    return db
      .selectFrom("limitLeases")
      .leftJoin("limitHolders", "limitHolders.id", "limitLeases.holderId")
      .selectAll("limitLeases")
      .select("limitHolders.seenAt")
      .where("limitId", "=", limit.id)
      .where("bucket", "=", bucket)
      .where("windowStart", "=", windowStart)
      .execute();
  }

  async #writeLease(
    { db }: Writing,
    { limit, bucket, windowStart }: PoolPlace,
    { report, decision }: { report: PoolReport; decision: Decision },
  ): Promise<void> {
    const told = {
      heldAmount: decision.held,
      settledAmount: report.settled,
      overAmount: report.over,
      unpricedCalls: report.unpricedCalls,
      answeredRound: decision.answered,
    };
    await db
      .insertInto("limitLeases")
      .values({ limitId: limit.id, bucket, windowStart, leaseId: report.leaseId, holderId: this.holderId, ...told })
      .onConflict((conflict) => conflict.columns(["limitId", "bucket", "windowStart", "leaseId"]).doUpdateSet(told))
      .execute();
  }
}

/**
 * Limits of which something is counted still, though they were taken away. From one limit to the next by the index, not through all
 * windows: of each there may be hundreds.
 */
async function limitsThatAreGone(db: Database): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive counted (id) as (
      select min(limit_id) from limit_windows
      union all
      select (select min(limit_id) from limit_windows where limit_id > counted.id) from counted where counted.id is not null
    )
    select id from counted where id not in (select id from budgets) and id not in (select id from rate_limits)`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}

/** The window's row, made if missing, and locked until the transaction ends: the update that changes nothing is the lock on both engines. */
function lockPool({ db }: Writing, { limit, bucket, windowStart, windowEnd }: PoolPlace) {
  const keepUntil = windowEnd === Infinity ? null : windowEnd + keepMs[limit.kind];
  return db
    .insertInto("limitWindows")
    .values({
      limitId: limit.id,
      bucket,
      windowStart,
      settledAmount: 0n,
      overAmount: 0n,
      unpricedCalls: 0,
      recallRound: 0,
      recalledAt: 0,
      keepUntil,
    })
    .onConflict((conflict) => conflict.columns(["limitId", "bucket", "windowStart"]).doUpdateSet({ keepUntil }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

interface PoolChange {
  pool: Row<"limitWindows">;
  own: Row<"limitLeases"> | undefined;
  report: PoolReport;
  decision: Decision;
}

async function writePool(
  { db }: Writing,
  { limit, bucket, windowStart }: PoolPlace,
  { pool, own, report, decision }: PoolChange,
): Promise<void> {
  await db
    .updateTable("limitWindows")
    .set({
      settledAmount: decision.pool.settled,
      overAmount: pool.overAmount + report.over - (own?.overAmount ?? 0n),
      unpricedCalls: pool.unpricedCalls + report.unpricedCalls - (own?.unpricedCalls ?? 0),
      recallRound: decision.pool.round,
      recalledAt: decision.pool.roundAt,
    })
    .where("limitId", "=", limit.id)
    .where("bucket", "=", bucket)
    .where("windowStart", "=", windowStart)
    .execute();
}
