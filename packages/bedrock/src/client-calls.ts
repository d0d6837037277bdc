import type { CancelSignal } from "./cancel-signal.ts";
import type { Buffer } from "node:buffer";
import type { CredentialSource } from "./auth/credentials.ts";
import type { Environment } from "./auth/endpoints.ts";
import type { Clock } from "./clock.ts";
import type { ConverseRequest } from "./converse/request.ts";
import type { ConverseResponse } from "./converse/response.ts";
import type { AttemptRecord } from "./wire/attempts.ts";
import type { ConverseStreamSink } from "./wire/converse-stream-reader.ts";
import type { RetryPolicy } from "./wire/retry.ts";
import type { TimeLimits } from "./wire/time-limits.ts";
import type { Transport } from "./wire/transport.ts";

/** How a client is made. */
export interface BedrockClientOptions {
  /** AWS's endpoint and proxy variables, and `ADIT_AUTO_PROFILE`. Default: none are set. */
  environment?: Environment;
  /** Default: the machine's. */
  clock?: Clock;
  /** Default: one of its own, with the same environment and clock. */
  transport?: Transport;
  /**
   * Whether AWS's refusal for lack of on-demand throughput is answered with the geography's inference profile.
   * Default: yes, unless `ADIT_AUTO_PROFILE` is `off`.
   */
  autoProfile?: boolean;
  /** Gives 0 to 1, 1 excluded; spreads the waits between tries. Default: Math.random. */
  random?: () => number;
}

/** One call of Converse or ConverseStream. */
export interface ConverseCall {
  /** Id or ARN as it goes on the wire. */
  model: string;
  region: string;
  credentials: CredentialSource;
  /** An object is written as JSON; bytes and text go as they are. */
  body: ConverseRequest | Uint8Array | string;
  /** Replaces the endpoint; the region still signs. */
  baseUrl?: string | undefined;
  signal?: CancelSignal | undefined;
  /** Default: `wholeAnswerLimits` or `streamLimits`. */
  limits?: Partial<TimeLimits> | undefined;
  /** Default: two more tries, three seconds of waiting in all. */
  retry?: RetryPolicy | undefined;
  /** Further headers for AWS, such as `x-amzn-bedrock-trace`. Those of the connection and the signature are left out. */
  headers?: Record<string, string> | undefined;
  /** False: never another profile than the model named. Default: the client's. */
  autoProfile?: boolean | undefined;
  /** Called after each transmission. */
  onAttempt?(record: AttemptRecord): void;
}

/** A whole answer. */
export interface ConverseReply {
  response: ConverseResponse;
  /** The answer as AWS wrote it. */
  body: Buffer;
  /** AWS's; empty where it gave none. */
  requestId: string;
  attempts: AttemptRecord[];
  /** The model named, or the profile that stood in for it. */
  modelUsed: string;
}

/** A stream whose first frame has been read. */
export interface OpenStream {
  /** AWS's; empty where it gave none. */
  requestId: string;
  attempts: AttemptRecord[];
  /** The model named, or the profile that stood in for it. */
  modelUsed: string;
  /** Gives everything to the sink, from the first frame on; resolves at the stream's proper end, rejects with AditError. Call it once. */
  pump(sink: ConverseStreamSink): Promise<void>;
  /** Stops reading; what has been read already may still arrive. */
  pause(): void;
  resume(): void;
  /** Ends the stream at once; `pump` rejects with `client_closed`, or with the reason where that is an AditError. */
  abort(reason?: unknown): void;
}
