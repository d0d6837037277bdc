/** Throttling as AWS does it: requests and tokens a minute, for each account, region and model. */
import { matchesPattern } from "../faults/fault-book.ts";
import type { Refusal } from "../validate/refusal.ts";
import type { Quota } from "./quota.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Whose bucket a call draws from. */
export interface QuotaPlace {
  account: string;
  region: string;
  /** As it is called: an inference profile has quotas of its own. */
  modelId: string;
}

/** A call that was let through. */
export interface Reservation {
  /** Told once the call is over: what it used, in tokens of the quota. The rest of what was reserved is given back. */
  settle(used: number): void;
}

interface Buckets {
  requests: TokenBucket | undefined;
  tokens: TokenBucket | undefined;
}

export class Quotas {
  readonly #quotas: readonly Quota[];
  readonly #clock: () => number;
  readonly #buckets = new Map<string, Buckets>();

  /** `clock` gives milliseconds since 1970. */
  constructor(quotas: readonly Quota[], clock: () => number) {
    this.#quotas = quotas;
    this.#clock = clock;
  }

  /** Lets a call through, which reserves `tokens`, or refuses it in AWS's words. */
  reserve(place: QuotaPlace, tokens: number): Reservation | Refusal {
    const buckets = this.#bucketsOf(place);
    const now = this.#clock();
    if (buckets?.requests?.holds(1, now) === false) return throttled("requests");
    if (buckets?.tokens?.holds(tokens, now) === false) return throttled("tokens");
    buckets?.requests?.take(1, now);
    buckets?.tokens?.take(tokens, now);
    return { settle: (used) => buckets?.tokens?.giveBack(tokens - used, this.#clock()) };
  }

  #bucketsOf(place: QuotaPlace): Buckets | undefined {
    const quota = this.#quotas.find((each) => isFor(each, place));
    if (quota === undefined) return undefined;
    const key = [place.account, place.region, place.modelId].join(" ");
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const bucketOf = (limit: number | undefined) =>
      limit === undefined ? undefined : new TokenBucket(limit, this.#clock());
    const buckets = { requests: bucketOf(quota.requestsPerMinute), tokens: bucketOf(quota.tokensPerMinute) };
    this.#buckets.set(key, buckets);
    return buckets;
  }
}

function isFor(quota: Quota, { account, region, modelId }: QuotaPlace): boolean {
  return (
    (quota.account === undefined || quota.account === account) &&
    (quota.region === undefined || quota.region === region) &&
    matchesPattern(quota.model, modelId)
  );
}

/** AWS's words, as reported; no `Retry-After` is sent. */
function throttled(what: "requests" | "tokens"): Refusal {
  return {
    status: 429,
    errorType: "ThrottlingException",
    message: `Too many ${what}, please wait before trying again.`,
  };
}
