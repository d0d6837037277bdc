/** Charges put together. Unknown where either is. Pure. */
import type { LimitCharge } from "../limit.ts";

export const nothingUsed: LimitCharge = { tokens: 0, costNano: 0n };

export function sum(one: LimitCharge, other: LimitCharge): LimitCharge {
  return combined(one, other, (first, second) => first + second);
}

export function larger(one: LimitCharge, other: LimitCharge): LimitCharge {
  return combined(one, other, (first, second) => (first > second ? first : second));
}

/** By how much `one` is more than `other`. What is not known of `other` counts as zero. */
export function beyond(one: LimitCharge, other: LimitCharge): LimitCharge {
  const less = (first: bigint, second: bigint): bigint => (first > second ? first - second : 0n);
  return combined(one, { ...other, tokens: other.tokens ?? 0, costNano: other.costNano ?? 0n }, less);
}

/** What is not known counts by its bound. */
export function orBound(used: LimitCharge, bound: LimitCharge): LimitCharge {
  return { ...used, tokens: used.tokens ?? bound.tokens, costNano: used.costNano ?? bound.costNano };
}

/** An estimate that is no more than the bound says nothing: the bound counts. */
export function onlyBeyond({ tokens = 0, costNano = 0n }: LimitCharge, bound: LimitCharge): LimitCharge {
  return {
    tokens: bound.tokens !== undefined && tokens > bound.tokens ? tokens : undefined,
    costNano: bound.costNano !== undefined && costNano > bound.costNano ? costNano : undefined,
  };
}

function combined(one: LimitCharge, other: LimitCharge, by: (first: bigint, second: bigint) => bigint): LimitCharge {
  const isPartial = one.isPartial === true || other.isPartial === true;
  return {
    tokens:
      one.tokens === undefined || other.tokens === undefined
        ? undefined
        : Number(by(BigInt(one.tokens), BigInt(other.tokens))),
    costNano: one.costNano === undefined || other.costNano === undefined ? undefined : by(one.costNano, other.costNano),
    ...(isPartial && { isPartial }),
  };
}
