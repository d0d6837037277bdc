import type { CancelSignal } from "../../cancel-signal.ts";
import type { Buffer } from "node:buffer";
import type { Credentials } from "../../auth/credentials.ts";
import type { AditError } from "../../errors/adit-error.ts";
import type { ReplyHeaders } from "../aws-errors/aws-error.ts";
import type { ExchangeTap } from "./exchange-tap.ts";
import type { TimeLimits } from "./time-limits.ts";

/** One request as it goes on the wire: nothing is added but `content-length` and `connection`. */
export interface UpstreamCall {
  method: string;
  /** Scheme, host and port. */
  origin: string;
  /** Percent-encoded, with `?query` if any. */
  path: string;
  /** Lower-case names; `host` included. */
  headers: Record<string, string>;
  body?: Uint8Array | string | undefined;
  limits: TimeLimits;
  /** From when `totalMs` counts, by the steady clock; default now. */
  startedAt?: number;
  signal?: CancelSignal | undefined;
  tap?: ExchangeTap | undefined;
  /** True where whoever takes the answer looks at its coding, or reads nothing of its body. */
  takesAnyCoding?: boolean;
  /** Who signed it: an answer may repeat the secrets. */
  signedBy?: Credentials | undefined;
  /** Written by the transport, by the steady clock: when the request had a connection, its own or one that was open. */
  connectedAt?: number | undefined;
  /** Written by the transport: when the status line came. */
  answeredAt?: number | undefined;
}

/** Takes a reply as it arrives. After `onEnd` or `onError`, exactly one of which is called, nothing follows. */
export interface ReplyHandler {
  onHeaders(status: number, headers: ReplyHeaders): void;
  /** The chunk is the handler's to keep. */
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** `upstream_unreachable`, `upstream_reset`, a limit's error, or `client_closed`. */
  onError(error: AditError): void;
}

/** An exchange under way. */
export interface UpstreamExchange {
  /** Stops reading from the socket; what has been read already may still arrive. */
  pause(): void;
  resume(): void;
  /** Ends the exchange: the socket is destroyed at once, and the handler gets the error. Nothing happens after the end. */
  abort(reason?: unknown): void;
  /** Says that what `firstByteMs` waits for has come: from now on `idleMs` counts. */
  answerBegan(): void;
}
