/**
 * The arithmetic of a window that several gateways share: who gets how much, and when an ask is refused. Pure; the store runs it under
 * the lock of the window's row.
 *
 * Nothing is given that would make what is settled and held exceed the limit. What a gateway holds counts until it gives it back, also
 * where it has died: no clock decides on what may be spent. An ask that does not fit opens a round: every gateway is asked to give back
 * what is idle, and for a time nobody gets more than is asked for nor reserves without asking. Once all have answered, what is held is
 * what calls under way have reserved: an ask that still does not fit is refused, and rightly so.
 */

/** A round decides on asks for this long from its opening. */
export const roundMs = 2_000;
/** A gateway that has answered a round, or was told of one, reserves nothing without asking for this long: longer than the round. */
export const tightMs = 3_000;
/** Of what is left, the part that may be given to be idle. */
const idleShare = 8n;

export interface Pool {
  limit: bigint;
  settled: bigint;
  /** Number of the last round, and when it was opened. */
  round: number;
  roundAt: number;
}

export interface OtherLease {
  held: bigint;
  /** The last round that it answered. */
  answered: number;
  /** False where its gateway has not been heard of for the term of a lease. */
  isAlive: boolean;
}

export interface PoolAsk {
  /** What the asking lease settled since its last report. */
  settled: bigint;
  /** What it still holds. */
  held: bigint;
  /** The last round that it answered. */
  answered: number;
  returnsIdle: boolean;
  /** Each for one call. */
  asks: readonly bigint[];
  /** What it would like to have idle. */
  headroom: bigint;
}

/** `wait`: others may have something to give back. */
export type Outcome = "granted" | "wait" | "refused";

export interface Decision {
  pool: Pool;
  /** What the asking lease holds from now on. */
  held: bigint;
  /** The last round that it has answered now. */
  answered: number;
  outcomes: readonly Outcome[];
  /** Given to be idle; part of `held`. */
  extra: bigint;
  /** True: nobody reserves without asking. */
  isTight: boolean;
  opensRound: boolean;
  /** What nobody holds; below zero where more was used than allowed. */
  available: bigint;
}

export function decide(before: Pool, ask: PoolAsk, others: readonly OtherLease[], now: number): Decision {
  const settled = before.settled + ask.settled;
  const heldByOthers = sum(others.map((other) => other.held));
  let available = before.limit - settled - heldByOthers - ask.held;
  let granted = 0n;
  const fits = ask.asks.map((amount) => {
    if (amount > available) return false;
    available -= amount;
    granted += amount;
    return true;
  });
  // What the dead hold does not come back: nobody knows what was billed of it.
  const attainable = before.limit - settled - sum(others.filter((other) => !other.isAlive).map((other) => other.held));
  const hopeful = ask.asks.map((amount, index) => fits[index] === false && amount <= attainable);
  // A report may have been on its way since before the round, and clocks may be set back.
  const isFresh = Math.abs(now - before.roundAt) < roundMs;
  const mayGive = others.some(
    (other) => other.isAlive && other.held > 0n && (!isFresh || other.answered < before.round),
  );
  const mustWait = mayGive && hopeful.includes(true);
  const opensRound = mustWait && !isFresh;
  const isTight = isFresh || opensRound;
  const round = before.round + (opensRound ? 1 : 0);
  const extra = isTight || fits.includes(false) || !ask.returnsIdle ? 0n : least(ask.headroom, available / idleShare);
  return {
    pool: {
      limit: before.limit,
      settled,
      round,
      roundAt: opensRound ? now : before.roundAt,
    },
    held: ask.held + granted + extra,
    answered: answeredRound({ round, extra, ask }),
    outcomes: fits.map((isGranted, index) => {
      if (isGranted) return "granted";
      return mustWait && hopeful[index] === true ? "wait" : "refused";
    }),
    extra,
    isTight,
    opensRound,
    available: available - extra,
  };
}

/** A gateway that holds nothing idle counts as having answered; one that has been given something since has not. */
function answeredRound({ round, extra, ask }: { round: number; extra: bigint; ask: PoolAsk }): number {
  if (extra > 0n) return round - 1;
  return ask.returnsIdle ? round : ask.answered;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

/** The smaller one, and nothing for less than nothing. */
function least(one: bigint, other: bigint): bigint {
  const smaller = one < other ? one : other;
  return smaller < 0n ? 0n : smaller;
}
