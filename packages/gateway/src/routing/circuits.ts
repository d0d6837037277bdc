/**
 * Circuit breakers (`strategy.cb_config`): a target that fails too often gets no calls for a while. The counts are this process's own,
 * and live as long as it does. Portkey tells neither window nor default of its own; here a minute is counted at a time.
 */
import { dropOldest } from "@adit/bedrock/gateway";
import { steadyNow } from "../steady-now.ts";
import type { CircuitRule } from "./config/config-schema.ts";

const windowMs = 60_000;
const defaultCooldownMs = 30_000;
const leastRequests = 5;
const firstServerError = 500;
/** Circuits of different callers and configs kept at once; the oldest leaves first. */
const mostCircuits = 10_000;

/** The circuit of one target, or of one strategy among targets. */
export interface Circuit {
  isOpen(): boolean;
  /** Notes how a call ended: with a status, 200 for an answer. */
  note(status: number): void;
}

interface State {
  windowStart: number;
  requests: number;
  failures: number;
  /** Until then no call is made. */
  openUntil: number;
}

export class Circuits {
  readonly #now: () => number;
  readonly #states = new Map<string, State>();

  /** `now`: a clock that only goes forward. */
  constructor(now: () => number = steadyNow) {
    this.#now = now;
  }

  /** `key` says whose circuit it is: the caller's, the config's, the target's. Nothing is kept before a call has ended. */
  circuit(key: string, rule: CircuitRule): Circuit {
    return {
      isOpen: () => (this.#states.get(key)?.openUntil ?? 0) > this.#now(),
      note: (status) => this.#note(key, rule, status),
    };
  }

  #note(key: string, rule: CircuitRule, status: number): void {
    const now = this.#now();
    const state = this.#current(key, now);
    // A call that began before it opened tells nothing of the time after.
    if (state.openUntil > now) return;
    state.requests += 1;
    if (isFailure(rule, status)) state.failures += 1;
    if (!isTooMuch(rule, state)) return;
    state.openUntil = now + (rule.cooldown_interval ?? defaultCooldownMs);
    // After it the target is tried as if nothing had been.
    startWindow(state, state.openUntil);
  }

  #current(key: string, now: number): State {
    const kept = this.#states.get(key);
    if (kept !== undefined) {
      if (now - kept.windowStart >= windowMs) startWindow(kept, now);
      return kept;
    }
    const state: State = { windowStart: now, requests: 0, failures: 0, openUntil: 0 };
    this.#states.set(key, state);
    dropOldest(this.#states, mostCircuits);
    return state;
  }
}

function startWindow(state: State, now: number): void {
  state.windowStart = now;
  state.requests = 0;
  state.failures = 0;
}

function isFailure({ failure_status_codes: codes }: CircuitRule, status: number): boolean {
  return codes === undefined ? status >= firstServerError : codes.includes(status);
}

/** Either bound opens the circuit. */
function isTooMuch(rule: CircuitRule, { requests, failures }: State): boolean {
  if (rule.failure_threshold !== undefined && failures >= rule.failure_threshold) return true;
  const share = rule.failure_threshold_percentage;
  if (share === undefined || requests < (rule.minimum_requests ?? leastRequests)) return false;
  return failures * 100 >= share * requests;
}
