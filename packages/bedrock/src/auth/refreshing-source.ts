import { unlessAborted, type CancelSignal } from "../cancel-signal.ts";
import type { Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";

/** Fresh ones are fetched this long before the held ones expire, as AWS's SDKs do. */
const refreshBeforeMs = 5 * 60_000;
/** Who asks for credentials that live this long still waits a second for fresh ones, and goes on with the held ones then. */
const safelyAliveMs = 60_000;
const patienceMs = 1_000;
/** A failure answers those who ask within this time, so that a burst does not become a burst of calls. */
const failureHeldMs = 1_000;
/**
 * Credentials that come with less than five minutes to live are asked for again after this time at most; so are those whose end has passed
 * when they come, as by a clock that is hours ahead, or of an instance's endpoint that is cut off: whether they are good AWS says.
 */
const shortLivedMs = 60_000;

interface Held {
  credentials: Credentials;
  loadedAt: number;
  refreshAt: number;
  /** True where they were fetched because AWS had refused the ones before. */
  afterRefusal: boolean;
}

export interface RefreshingOptions {
  label: string;
  clock: Clock;
  /** Fetches credentials. Called once at a time, and must end by its own time limits. */
  load: () => Promise<Credentials>;
}

/**
 * Holds credentials and fetches fresh ones five minutes before they expire: one fetch however many ask, none of whom can end it
 * for the others. Where it fails, or until the last minute takes longer than a second, the held ones are given while they live; else the
 * failure is, for one second.
 */
export class RefreshingSource implements CredentialSource {
  readonly label: string;
  readonly #clock: Clock;
  readonly #load: () => Promise<Credentials>;
  #held: Held | undefined;
  #loading: Promise<Credentials> | undefined;
  #loadingSince = 0;
  #failure: { error: unknown; at: number } | undefined;
  #refused = false;

  constructor(options: RefreshingOptions) {
    this.label = options.label;
    this.#clock = options.clock;
    this.#load = options.load;
  }

  /** Rejects with the signal's reason when it aborts first; the fetch goes on for the others. */
  async get(signal?: CancelSignal): Promise<Credentials> {
    throwIfAborted(signal);
    const now = this.#clock.now();
    const held = this.#held;
    if (held !== undefined && now < held.refreshAt) {
      return held.credentials;
    }
    if (this.#failure !== undefined && isFresh(this.#failure.at, now)) {
      throw ownCopy(this.#failure.error);
    }
    const loading = (this.#loading ??= this.#begin(now));
    try {
      return held !== undefined && now + safelyAliveMs < (held.credentials.expiresAt ?? 0)
        ? await this.#soon(loading, held.credentials, now, signal)
        : await unlessAborted(loading, signal);
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : ownCopy(error);
    }
  }

  /**
   * Drops the held credentials. Of a burst of requests that AWS refused together only the first does:
   * what was fetched after a refusal stays for a second, whatever the others say of the ones before.
   */
  invalidate(): void {
    const held = this.#held;
    if (held === undefined || (held.afterRefusal && isFresh(held.loadedAt, this.#clock.now()))) {
      return;
    }
    this.#held = undefined;
    this.#refused = true;
  }

  #begin(now: number): Promise<Credentials> {
    this.#loadingSince = now;
    return this.#refresh().finally(() => {
      this.#loading = undefined;
    });
  }

  /** The fresh ones where they come in good time, else those that live still: a slow source holds nobody up without need. */
  async #soon(
    loading: Promise<Credentials>,
    held: Credentials,
    now: number,
    signal: CancelSignal | undefined,
  ): Promise<Credentials> {
    // Whoever asks when the held ones are about to expire hears of a failure.
    loading.catch(() => {});
    const waitMs = Math.min(this.#loadingSince - now, 0) + patienceMs;
    if (waitMs <= 0) {
      return held;
    }
    const over = new AbortController();
    try {
      const late = this.#clock.sleep(waitMs, over.signal).then(() => held);
      return await Promise.race([unlessAborted(loading, signal), late]);
    } finally {
      over.abort();
    }
  }

  async #refresh(): Promise<Credentials> {
    try {
      const credentials = await this.#load();
      const loadedAt = this.#clock.now();
      this.#held = {
        credentials,
        loadedAt,
        refreshAt: refreshTime(credentials.expiresAt, loadedAt),
        afterRefusal: this.#refused,
      };
      this.#refused = false;
      this.#failure = undefined;
      return credentials;
    } catch (error) {
      const now = this.#clock.now();
      const held = this.#held;
      if (held !== undefined && now < (held.credentials.expiresAt ?? 0)) {
        held.refreshAt = now + failureHeldMs;
        return held.credentials;
      }
      this.#failure = { error, at: now };
      throw error;
    }
  }
}

function refreshTime(expiresAt: number | undefined, loadedAt: number): number {
  if (expiresAt === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  const halfLeftMs = expiresAt > loadedAt ? (expiresAt - loadedAt) / 2 : shortLivedMs;
  const shortly = Math.min(shortLivedMs, Math.max(failureHeldMs, halfLeftMs));
  return Math.max(expiresAt - refreshBeforeMs, loadedAt + shortly);
}

/** True within a second, by a clock that may be set back. */
function isFresh(at: number, now: number): boolean {
  return now >= at && now < at + failureHeldMs;
}

/** Each caller gets an error of its own: what one writes into its `place` must not show in another's. */
function ownCopy(error: unknown): unknown {
  if (!(error instanceof AditError)) {
    return error;
  }
  const copy = new AditError(error.code, error.message, {
    status: error.status,
    retryable: error.retryable,
    remedy: error.remedy,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.aws !== undefined && { aws: error.aws }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error.cause !== undefined && { cause: error.cause }),
  });
  copy.place = error.place === undefined ? undefined : { ...error.place };
  return copy;
}

function throwIfAborted(signal: CancelSignal | undefined): void {
  if (signal?.aborted === true) {
    throw signal.reason;
  }
}
