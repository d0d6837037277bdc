import type { CancelSignal } from "./cancel-signal.ts";
import type { Buffer } from "node:buffer";
import type { CredentialSource } from "./auth/credentials.ts";
import type { Environment } from "./auth/endpoints.ts";
import type { Clock } from "./clock.ts";
import type { ConverseRequest } from "./converse/request.ts";
import type { ConverseResponse } from "./converse/response.ts";
import type { AditError } from "./errors/adit-error.ts";
import type { JsonObject } from "./json.ts";
import type { AttemptRecord } from "./wire/attempts/attempts.ts";
import type { ReplyHeaders } from "./wire/aws-errors/aws-error.ts";
import type { ChunkSink } from "./wire/streams/chunk-reader.ts";
import type { ConverseStreamSink } from "./wire/streams/converse-stream-reader.ts";
import type { ExchangeTap } from "./wire/transport/exchange-tap.ts";
import type { FrameWatch } from "./wire/streams/frame-watch.ts";
import type { PassedSink } from "./wire/streams/passed-stream.ts";
import type { RetryPolicy } from "./wire/attempts/retry.ts";
import type { TimeLimits } from "./wire/transport/time-limits.ts";
import type { Transport } from "./wire/transport/transport.ts";

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

/** What every call to bedrock-runtime has. */
export interface RuntimeCall {
  region: string;
  credentials: CredentialSource;
  /** Replaces the endpoint; the region still signs. */
  baseUrl?: string | undefined;
  signal?: CancelSignal | undefined;
  /** Default: `wholeAnswerLimits` or `streamLimits`. */
  limits?: Partial<TimeLimits> | undefined;
  /** Default: two more tries, and three seconds of waiting in all. */
  retry?: RetryPolicy | undefined;
  /** Further headers for AWS, such as `x-amzn-bedrock-trace`. Those of the connection and the signature are left out. */
  headers?: Record<string, string> | undefined;
  /** Called after each transmission. */
  onAttempt?: ((record: AttemptRecord) => void) | undefined;
  /** Sees what goes over the wire. Default: nobody does. */
  tap?: ExchangeTap | undefined;
}

/** A call of one model. */
export interface ModelCall extends RuntimeCall {
  /** Id or ARN as it goes on the wire. */
  model: string;
  /** False: never another profile than the model named. Default: the client's. */
  autoProfile?: boolean | undefined;
}

/** One call of Converse or ConverseStream. */
export interface ConverseCall extends ModelCall {
  /** An object is written as JSON; bytes and text are sent as they are. */
  body: ConverseRequest | Uint8Array | string;
}

/** One call of InvokeModel or InvokeModelWithResponseStream. */
export interface InvokeCall extends ModelCall {
  /** In the model's own format. An object is written as JSON; bytes and text go as they are. */
  body: JsonObject | Uint8Array | string;
}

/** Operations of bedrock-runtime that are called with a model. */
export type ModelAction = "converse" | "converse-stream" | "invoke" | "invoke-with-response-stream" | "count-tokens";

/** What of a call that is passed through is the caller's own. */
export interface PassedParts {
  body: Uint8Array | string;
  /** Default: `application/json`. */
  contentType?: string | undefined;
  /** Default: what the operation answers with. */
  accept?: string | undefined;
}

/** A model's operation, passed through: body and answer are the caller's matter. */
export interface PassedModelCall extends ModelCall, PassedParts {
  action: ModelAction;
}

/** An operation of bedrock-runtime without a model, passed through. */
export interface PassedRuntimeCall extends RuntimeCall, PassedParts {
  /** Percent-encoded, such as `/guardrail/abc/version/1/apply`. */
  path: string;
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

/** An answer as AWS wrote it. */
export interface InvokeReply {
  body: Buffer;
  headers: ReplyHeaders;
  /** AWS's; empty where it gave none. */
  requestId: string;
  attempts: AttemptRecord[];
  /** The model named, or the profile that stood in for it; empty for an operation without one. */
  modelUsed: string;
  /** Of `pass`: an error that AWS sent with status 200 instead of an answer, and that another try cannot help. `body` holds it as it came. */
  failure?: AditError | undefined;
}

/** A stream whose first frame has been read; `Sink` takes what it brings. */
export interface OpenStreamOf<Sink> {
  /** AWS's; empty where it gave none. */
  requestId: string;
  attempts: AttemptRecord[];
  /** The model named, or the profile that stood in for it. */
  modelUsed: string;
  /** Gives everything to the sink, from the first frame on; resolves at the stream's proper end, rejects with AditError. Call it once. */
  pump(sink: Sink): Promise<void>;
  /** Stops reading; what has been read already may still arrive. */
  pause(): void;
  resume(): void;
  /** Ends the stream at once; `pump` rejects with `client_closed`, or with the reason where that is an AditError. */
  abort(reason?: unknown): void;
}

/** A stream of Converse. */
export type OpenStream = OpenStreamOf<ConverseStreamSink>;

/** A stream of InvokeModel: its chunks, in the model's own format. Whether the model had ended is for the family's reader to say. */
export interface OpenChunkStream extends OpenStreamOf<ChunkSink> {
  /** They say how the call is served: of the stream itself nothing does. */
  headers: ReplyHeaders;
}

/** A stream that is passed through: its bytes. */
export interface OpenPassedStream extends OpenStreamOf<PassedSink> {
  headers: ReplyHeaders;
  /** What the stream has told so far. */
  readonly watch: FrameWatch;
  /** True where the bytes that have been passed on so far end within a frame. */
  isInsideFrame(): boolean;
}
