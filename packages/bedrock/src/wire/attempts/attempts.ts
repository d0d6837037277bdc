import type { CancelSignal } from "../../cancel-signal.ts";
import type { Buffer } from "node:buffer";
import { areSame, type Credentials, type CredentialSource } from "../../auth/credentials.ts";
import { errorWithoutSecrets, hiderOf } from "../../auth/withheld-secrets.ts";
import type { Endpoint } from "../../auth/endpoints.ts";
import type { Signer } from "../../auth/sigv4.ts";
import { steadyTime, type Clock } from "../../clock.ts";
import { AditError, type CallPlace } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import type { ClockOffsets } from "./clock-offsets.ts";
import type { ExchangeTap } from "../transport/exchange-tap.ts";
import type { UpstreamCall } from "../transport/exchange.ts";
import { outcomeWithoutHead, type Outcome } from "./outcome.ts";
import { nextRetryWait, type RetryPolicy } from "./retry.ts";
import type { TimeLimits } from "../transport/time-limits.ts";
import { abortError } from "../transport/transport-error.ts";
import { limitError } from "../transport/upstream-request.ts";

/** One transmission to AWS. */
export interface AttemptRecord {
  /** 1 for the first of the call. */
  number: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Absent where no status line came. */
  status?: number;
  awsRequestId?: string;
  /** Code of the error table; absent for a success. */
  errorCode?: string;
  /** What an answer says it used which says too that it failed: it is billed. In the target's own words. */
  usage?: JsonObject;
  /** To the end of a whole answer, or to the first frame of a stream. */
  durationMs: number;
  /** How long the credentials were waited for, before `startedAt`. */
  credentialsMs: number;
  signMs: number;
  /** From the signature until there was a connection: a new one with its handshakes, or an open one. Absent where there never was one. */
  connectMs?: number;
  /** From `startedAt` to the status line; absent where none came. */
  statusLineMs?: number;
}

/** A call before any signature: all that its tries have in common. */
export interface CallPlan {
  method: string;
  /** With the endpoint's base path. */
  path: string;
  endpoint: Endpoint;
  /** Lower-case names, `host` included; never one that signing writes. */
  headers: Record<string, string>;
  body: Buffer | undefined;
  source: CredentialSource;
  limits: TimeLimits;
  retry: RetryPolicy;
  signal: CancelSignal | undefined;
  /** Where the call goes, without its credential: that is named when an error is, for a chain's label changes with what it finds. */
  place: CallPlace;
  /** From when `totalMs` counts, by the steady clock. */
  startedAt: number;
  /** Records of this call so far; each try adds one. */
  attempts: AttemptRecord[];
  onAttempt: ((record: AttemptRecord) => void) | undefined;
  tap: ExchangeTap | undefined;
}

/** What tries need beside the call. */
export interface AttemptTools {
  clock: Clock;
  signer: Signer;
  offsets: ClockOffsets;
  /** 0 to 1, 1 excluded; for jitter. */
  random: () => number;
}

type Exchange<Reply> = (call: UpstreamCall) => Promise<Outcome<Reply>>;

/**
 * Makes the call, trying again as its policy says, and apart from that once each where a refusal shows that AWS's clock differs
 * from ours, or that the credentials are no more and their source gives others. Every try fetches the credentials and is signed anew,
 * by the clock of that moment, as the last step before the transport: AWS refuses signatures that arrive more than five minutes
 * after their date, and a retry that keeps an old signature's headers is refused at once.
 * Rejects with the last try's AditError, its place filled in.
 */
export async function runAttempts<Reply>(
  plan: CallPlan,
  tools: AttemptTools,
  exchange: Exchange<Reply>,
): Promise<Reply> {
  const run = new AttemptRun(plan, tools);
  for (;;) {
    // Tries follow one another by their nature.
    const outcome = await run.attempt(exchange);
    if (outcome.result.error === undefined) {
      return outcome.result.reply;
    }
    await run.prepareNext(outcome.result.error, outcome.date);
  }
}

/** Sources end by themselves within a minute or two; a timer for each call, where an hour is its limit, would be for nothing. */
const longestWaitMs = 10 * 60_000;

/** The state of one call's tries. */
class AttemptRun {
  readonly #plan: CallPlan;
  readonly #tools: AttemptTools;
  #credentials: Credentials | undefined;
  /** The time that the last transmission was signed with. */
  #signed = 0;
  #retries = 0;
  #waitedMs = 0;
  #skewLearned = false;
  #refreshed = false;

  constructor(plan: CallPlan, tools: AttemptTools) {
    this.#plan = plan;
    this.#tools = tools;
  }

  /** One transmission; a credential that cannot be had is an error without one. */
  async attempt<Reply>(exchange: Exchange<Reply>): Promise<Outcome<Reply>> {
    const { clock } = this.#tools;
    const beganAt = steadyTime(clock);
    try {
      this.#credentials = await this.#credentialsInTime();
    } catch (thrown) {
      return outcomeWithoutHead(this.#asError(thrown));
    }
    const now = clock.now();
    const startedAt = steadyTime(clock);
    const call = this.#signedCall(this.#credentials, now);
    const times = { now, beganAt, startedAt, signedAt: steadyTime(clock) };
    const outcome = await exchange(call);
    this.#record(outcome, call, times);
    return outcome;
  }

  /** Returns when another try is due; throws the error when none is. `date` is the refusal's header. */
  async prepareNext(error: AditError, date: string | undefined): Promise<void> {
    const safe = this.#credentials === undefined ? error : errorWithoutSecrets(error, this.#credentials);
    safe.place ??= this.#place();
    await this.#awaitNext(safe, date);
  }

  async #awaitNext(error: AditError, date: string | undefined): Promise<void> {
    if (this.#learnsSkew(error, date) || (await this.#getsOtherCredentials(error))) {
      return;
    }
    const { clock, random } = this.#tools;
    const { limits, retry, signal, startedAt } = this.#plan;
    const wait = nextRetryWait(error, retry, { retries: this.#retries, waitedMs: this.#waitedMs }, random);
    const isTooLate = limits.totalMs > 0 && steadyTime(clock) + (wait ?? 0) >= startedAt + limits.totalMs;
    if (wait === undefined || isTooLate || signal?.aborted === true) {
      throw error;
    }
    this.#retries += 1;
    this.#waitedMs += wait;
    retry.onWait?.(wait);
    try {
      await clock.sleep(wait, signal);
    } catch (thrown) {
      throw this.#asError(thrown);
    }
    const refusal = await retry.beforeRetry?.(error);
    if (refusal !== undefined) {
      throw refusal;
    }
  }

  /** The source's, within the time that the whole call has; it is not asked for a caller who has left. */
  async #credentialsInTime(): Promise<Credentials> {
    const { source, signal, limits, startedAt, endpoint } = this.#plan;
    if (signal?.aborted === true) {
      throw signal.reason;
    }
    const given = source.get(signal);
    if (limits.totalMs <= 0 || limits.totalMs > longestWaitMs) {
      return given;
    }
    const { clock } = this.#tools;
    const leftMs = Math.max(startedAt + limits.totalMs - steadyTime(clock), 0);
    const over = new AbortController();
    const late = clock.sleep(leftMs, over.signal).then(() => {
      throw limitError("total", { limits, origin: endpoint.origin });
    });
    try {
      return await Promise.race([given, late]);
    } finally {
      over.abort();
    }
  }

  #signedCall(credentials: Credentials, now: number): UpstreamCall {
    const { endpoint, method, path, body, headers, limits, signal, startedAt, tap } = this.#plan;
    if (tap !== undefined) tap.sent(body, hiderOf(credentials));
    this.#signed = now + this.#tools.offsets.of(endpoint.origin);
    const added = this.#tools.signer.sign({
      method,
      path,
      headers,
      body: body ?? "",
      service: endpoint.signingService,
      region: endpoint.signingRegion,
      credentials,
      now: this.#signed,
    });
    for (const name in headers) {
      added[name] = headers[name] ?? "";
    }
    return {
      method,
      origin: endpoint.origin,
      path,
      headers: added,
      body,
      limits,
      startedAt,
      signal,
      tap,
      signedBy: credentials,
      connectedAt: undefined,
      answeredAt: undefined,
    };
  }

  #record(
    outcome: Outcome<unknown>,
    { connectedAt, answeredAt }: UpstreamCall,
    { now, beganAt, startedAt, signedAt }: { now: number; beganAt: number; startedAt: number; signedAt: number },
  ): void {
    const { attempts, onAttempt } = this.#plan;
    const record: AttemptRecord = {
      number: attempts.length + 1,
      startedAt: now,
      durationMs: steadyTime(this.#tools.clock) - startedAt,
      credentialsMs: startedAt - beganAt,
      signMs: signedAt - startedAt,
    };
    if (connectedAt !== undefined) {
      record.connectMs = connectedAt - signedAt;
    }
    if (answeredAt !== undefined) {
      record.statusLineMs = answeredAt - startedAt;
    }
    if (outcome.status !== undefined) {
      record.status = outcome.status;
    }
    if (outcome.requestId !== undefined) {
      record.awsRequestId = outcome.requestId;
    }
    if (outcome.result.error !== undefined) {
      record.errorCode = outcome.result.error.code;
    }
    if (outcome.usage !== undefined) {
      record.usage = outcome.usage;
    }
    attempts.push(record);
    onAttempt?.(record);
  }

  #place(): CallPlace {
    const { place, source } = this.#plan;
    return { credential: source.label, ...place };
  }

  #learnsSkew(error: AditError, date: string | undefined): boolean {
    if (this.#skewLearned) {
      return false;
    }
    const now = this.#tools.clock.now();
    const refusal = { error, origin: this.#plan.endpoint.origin, date, signed: this.#signed, now };
    this.#skewLearned = this.#tools.offsets.learn(refusal);
    return this.#skewLearned;
  }

  /** After AWS's refusal of credentials that have expired or are there no more: asks the source for others, once. */
  async #getsOtherCredentials(error: AditError): Promise<boolean> {
    const refused = this.#credentials;
    if (this.#refreshed || refused === undefined || !areNoMore(refused, error)) {
      return false;
    }
    this.#refreshed = true;
    this.#plan.source.invalidate();
    try {
      return !areSame(refused, await this.#credentialsInTime());
    } catch (thrown) {
      throw this.#asError(thrown);
    }
  }

  #asError(thrown: unknown): AditError {
    const { signal } = this.#plan;
    const error = signal?.aborted === true ? abortError(signal.reason) : sourceError(thrown);
    error.place ??= this.#place();
    return error;
  }
}

/**
 * A key that was rotated away is unknown to AWS, and its profile's file has the next one; one whose secret was written wrong signs wrong, until
 * the file is corrected. A session ends by expiring alone: it is unknown in a region that the account has not opted into, and a new one would
 * be, too.
 */
function areNoMore(refused: Credentials, error: AditError): boolean {
  const code = credentialCodeOf(refused, error);
  if (code === "UnrecognizedClientException" || code === "InvalidSignatureException") {
    return refused.kind === "keys" && refused.sessionToken === undefined;
  }
  return code === "ExpiredTokenException";
}

const expiredWords = /security token included in the request is expired/i;
const unknownWords = /security token included in the request is invalid/i;

/** AWS's endpoints in OpenAI's and Anthropic's formats write errors of those formats, which have no code for it: AWS's words are the same. */
function credentialCodeOf({ kind }: Credentials, { code, message }: AditError): string {
  if (code !== "provider_error" || kind !== "keys") {
    return code;
  }
  if (expiredWords.test(message)) {
    return "ExpiredTokenException";
  }
  return unknownWords.test(message) ? "UnrecognizedClientException" : code;
}

function sourceError(thrown: unknown): AditError {
  return AditError.isInstance(thrown)
    ? thrown
    : new AditError("credentials_unavailable", "The source of the AWS credential failed.", { cause: thrown });
}
