import type { Buffer } from "node:buffer";
import type { Dispatcher } from "undici";
import { steadyTime, type Clock } from "../../clock.ts";
import { listenForAbort } from "../../cancel-signal.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { ErrorCode } from "../../errors/error-table.ts";
import { codingOf } from "../aws-errors/aws-error.ts";
import { interimFault } from "./interim-answers.ts";
import { abortError, transportError, type ExchangePhase } from "./transport-error.ts";
import type { DeadlineWatch, Watched } from "./time-limits.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "./exchange.ts";

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** Far more than a model writes. */
const mostHeldBytes = 16 * 1024 * 1024;
/** Of all answers of a transport together, so that a thousand callers who do not read fill no memory. */
const mostHeldOfAll = 128 * 1024 * 1024;
/** Whoever is behind by less is no cause of that: each answer is, for a moment. */
const heldAtAnyTime = 256 * 1024;

/** So much is given before its receiver may hand it on, and pause. */
const givenAtOnce = 64 * 1024;

/** What a chunk costs in memory beside its bytes, in round figures: a host may send each byte as a chunk of its own. */
const chunkBytes = 128;

/** What all answers of a transport hold. */
export interface HeldOfAll {
  bytes: number;
}

/** What a transport has for its requests. */
export interface SharedParts {
  clock: Clock;
  watch: DeadlineWatch;
  heldOfAll: HeldOfAll;
}

/** One request under way: undici's handler, the deadlines, and the caller's handle, in one object so that a call makes no closures. */
export class UpstreamRequest implements Dispatcher.DispatchHandler, UpstreamExchange, Watched {
  rosterPlace = -1;
  readonly #call: UpstreamCall;
  readonly #handler: ReplyHandler;
  readonly #clock: Clock;
  readonly #watch: DeadlineWatch;
  readonly #heldOfAll: HeldOfAll;
  #controller: Controller | undefined;
  #phase: ExchangePhase = "connecting";
  #interim = 0;
  #done = false;
  #paused = false;
  /** What came while the caller paused, of an answer with which its connection may end; undefined where undici pauses. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #heldEnd: { error: Error | undefined } | undefined;
  #isReleasing = false;
  /** Something was read since the deadline was looked at. */
  #hasRead = false;
  /** Of the wait that is on now: for the connection, the first byte or the next read. */
  #waitUntil: number;
  #wait: "connect" | "firstByte" | "idle" = "connect";
  readonly #totalUntil: number;

  constructor(call: UpstreamCall, handler: ReplyHandler, { clock, watch, heldOfAll }: SharedParts) {
    this.#call = call;
    this.#handler = handler;
    this.#clock = clock;
    this.#watch = watch;
    this.#heldOfAll = heldOfAll;
    const now = steadyTime(clock);
    this.#waitUntil = until(now, call.limits.connectMs);
    this.#totalUntil = until(call.startedAt ?? now, call.limits.totalMs);
    listenForAbort(call.signal, this);
    watch.add(this);
  }

  deadline(): number {
    if (this.#hasRead) {
      this.#hasRead = false;
      this.#restartIdle();
    }
    return Math.min(this.#paused ? Infinity : this.#waitUntil, this.#totalUntil);
  }

  expire(): void {
    const wait = this.#totalUntil <= steadyTime(this.#clock) ? "total" : this.#wait;
    this.#fail(limitError(wait, this.#call));
  }

  /** The caller's signal. */
  handleEvent(): void {
    this.abort(this.#call.signal?.reason);
  }

  abort(reason?: unknown): void {
    this.#fail(abortError(reason));
  }

  pause(): void {
    this.#paused = true;
    if (this.#phase === "answering" && this.#held === undefined) this.#controller?.pause();
  }

  resume(): void {
    if (this.#paused && !this.#done) {
      this.#paused = false;
      this.#restartIdle();
      if (this.#held === undefined) this.#controller?.resume();
      else this.#release(this.#held);
    }
  }

  answerBegan(): void {
    this.#wait = "idle";
    this.#restartIdle();
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#done) {
      controller.abort(new Error("The call ended before its connection was made."));
      return;
    }
    const now = steadyTime(this.#clock);
    this.#call.connectedAt = now;
    this.#phase = "sent";
    this.#wait = "firstByte";
    this.#waitUntil = until(now, this.#call.limits.firstByteMs);
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    if (this.#done) {
      return;
    }
    // 1xx announce an answer; they are none.
    if (status < 200) {
      this.#interim += 1;
      const fault = interimFault(status, this.#interim);
      if (fault !== undefined) this.#fail(transportError(fault, this.#call.origin, this.#phase));
      return;
    }
    const coding = status < 300 && this.#call.takesAnyCoding !== true ? codingOf(headers) : undefined;
    if (coding !== undefined) {
      this.#fail(codedError(this.#call.origin, coding));
      return;
    }
    if (mayEndWithConnection(headers)) {
      this.#held = [];
    } else if (this.#paused) {
      controller.pause();
    }
    this.#phase = "answering";
    this.#call.answeredAt = steadyTime(this.#clock);
    this.#restartIdle();
    this.#handler.onHeaders(status, headers);
    // They have been read. Kept, they are two kilobytes for as long as a stream is open.
    controller.rawHeaders = null;
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (!this.#done) {
      // The clock is asked when somebody looks at the deadline, not with each of a stream's thousand chunks.
      this.#hasRead = true;
      this.#call.tap?.received(chunk);
      if (this.#held !== undefined && this.#isBehind) this.#hold(this.#held, chunk);
      else this.#handler.onData(chunk);
    }
  }

  onResponseEnd(): void {
    this.#end(undefined);
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    this.#end(error);
  }

  /** Of what has come, something has not been given to the caller, or may not be given now. */
  get #isBehind(): boolean {
    return this.#held !== undefined && (this.#paused || this.#held.length > 0);
  }

  #hold(held: Buffer[], chunk: Buffer): void {
    held.push(chunk);
    this.#countHeld(chunkBytes + chunk.length);
    const { bytes: ofAll } = this.#heldOfAll;
    if (this.#heldBytes > mostHeldBytes) {
      this.#failUnread(`More than ${mostHeldBytes} bytes of memory hold what came from`);
    } else if (this.#heldBytes > heldAtAnyTime && ofAll > mostHeldOfAll) {
      this.#failUnread(`More than ${mostHeldOfAll} bytes of memory hold what came for all, some of it from`);
    }
  }

  #failUnread(words: string): void {
    const remedy = "Read the stream as it comes.";
    this.#fail(new AditError("reply_too_large", `${words} ${this.#call.origin} while nobody took it.`, { remedy }));
  }

  #countHeld(bytes: number): void {
    this.#heldBytes += bytes;
    this.#heldOfAll.bytes += bytes;
  }

  /** Gives what was held until it is given, or the caller pauses again. */
  #release(held: Buffer[]): void {
    if (!this.#isReleasing) {
      this.#isReleasing = true;
      this.#give(held);
    }
  }

  #give(held: Buffer[]): void {
    let count = 0;
    let bytes = 0;
    while (!this.#paused && !this.#done && count < held.length && bytes < givenAtOnce) {
      const chunk = held[count];
      count += 1;
      if (chunk !== undefined) {
        bytes += chunk.length;
        this.#countHeld(-chunkBytes - chunk.length);
        this.#handler.onData(chunk);
      }
    }
    held.splice(0, count);
    if (!this.#paused && !this.#done && held.length > 0) {
      // The receiver hands on what it has behind each read, in a microtask of its own: that comes first.
      queueMicrotask(() => this.#give(held));
      return;
    }
    this.#isReleasing = false;
    if (this.#heldEnd !== undefined) {
      this.#end(this.#heldEnd.error);
    }
  }

  #end(error: Error | undefined): void {
    if (this.#done) {
      return;
    }
    if (this.#isBehind) {
      this.#heldEnd = { error };
      return;
    }
    this.#finish();
    if (error === undefined) {
      this.#handler.onEnd();
    } else {
      this.#handler.onError(transportError(error, this.#call.origin, this.#phase));
    }
  }

  #restartIdle(): void {
    if (this.#wait === "idle") {
      this.#waitUntil = until(steadyTime(this.#clock), this.#call.limits.idleMs);
    }
  }

  #fail(error: AditError): void {
    if (this.#done) {
      return;
    }
    this.#finish();
    // A request that still waits for its connection has no controller: it is dropped when its turn comes.
    this.#controller?.abort(error);
    this.#handler.onError(error);
  }

  #finish(): void {
    this.#done = true;
    this.#held = undefined;
    this.#countHeld(-this.#heldBytes);
    this.#watch.remove(this);
    this.#call.signal?.removeEventListener("abort", this);
  }
}

/**
 * True unless the answer says that the connection outlives it, as AWS's do. Undici ends the whole process where any other ends while its answer
 * is paused (nodejs/undici#5360, mended in its version 8 alone, which Node 20 does not run): it must not pause these.
 */
function mayEndWithConnection(headers: Headers): boolean {
  const { connection, "transfer-encoding": coding, "content-length": length } = headers;
  const isFramed = coding === undefined ? length !== undefined : isJust(coding, "chunked");
  // Undici's parser hears the proxy's name of the header too.
  return !isFramed || !isJust(connection, "keep-alive") || headers["proxy-connection"] !== undefined;
}

/** True for a header that came once and says this one word: what else may stand there is the parser's to understand, not ours to guess. */
function isJust(value: string | string[] | undefined, word: string): boolean {
  return typeof value === "string" && value.trim().toLowerCase() === word;
}

/**
 * No coding is asked for, and so none is undone: AWS sends none. What stands in between may do so all the same, and again with each try. What
 * cannot be read was answered, and billed.
 */
function codedError(origin: string, coding: string): AditError {
  return new AditError("empty_output", `${origin} answered in the coding ${coding}, which was not asked for.`, {
    retryable: false,
    remedy: "Have what stands in between (a proxy, a gateway) pass answers on as they are, uncompressed.",
  });
}

function until(now: number, milliseconds: number): number {
  return milliseconds > 0 ? now + milliseconds : Infinity;
}

/** The error of a call that came to one of its limits of time. */
export function limitError(
  wait: "connect" | "firstByte" | "idle" | "total",
  { limits, origin }: Pick<UpstreamCall, "limits" | "origin">,
): AditError {
  const [code, words]: [ErrorCode, string] = {
    connect: ["upstream_unreachable", `No connection to ${origin} within ${seconds(limits.connectMs)}.`],
    firstByte: ["first_byte_timeout", `No answer from ${origin} within ${seconds(limits.firstByteMs)}.`],
    idle: ["idle_timeout", `Nothing came from ${origin} for ${seconds(limits.idleMs)}.`],
    total: ["request_timeout", `The call took longer than its limit of ${seconds(limits.totalMs)}.`],
  }[wait] as [ErrorCode, string];
  return new AditError(code, words);
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
