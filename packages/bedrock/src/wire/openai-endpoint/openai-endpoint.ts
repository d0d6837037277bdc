import type { CancelSignal } from "../../cancel-signal.ts";
import { Buffer } from "node:buffer";
import type { CredentialSource } from "../../auth/credentials.ts";
import { Signer } from "../../auth/sigv4.ts";
import type { Clock } from "../../clock.ts";
import type { Secret } from "../../secret.ts";
import { runAttempts, type AttemptRecord, type AttemptTools, type CallPlan } from "../attempts.ts";
import { ClockOffsets } from "../clock-offsets.ts";
import { requestHeaders } from "../request-head.ts";
import { defaultRetryPolicy, type RetryPolicy } from "../retry.ts";
import { streamLimits, wholeAnswerLimits, type TimeLimits } from "../time-limits.ts";
import type { Transport } from "../transport.ts";
import { exchangeChatStream, type StreamedChat } from "./streamed-chat.ts";
import { Target } from "./target.ts";
import { exchangeChat, type WholeChat } from "./whole-chat.ts";

export type { ByteSink } from "./streamed-chat.ts";

/** One chat completion at a target that is not Bedrock. */
export interface OpenAiCall {
  /** Such as `https://api.openai.com/v1`; `/chat/completions` is added. That it is allowed is the caller's to see to. */
  baseUrl: string;
  apiKey: Secret;
  /** The request as it goes on the wire; for `chatStream` it says `"stream": true`. */
  body: Uint8Array | string;
  /** Further headers, such as `openai-organization`. Those of the connection and the authorization are left out. */
  headers?: Record<string, string>;
  signal?: CancelSignal;
  /** Default: `wholeAnswerLimits` or `streamLimits`. */
  limits?: Partial<TimeLimits>;
  /** Default: two more tries, three seconds of waiting in all. */
  retry?: RetryPolicy;
  /** Called after each transmission. */
  onAttempt?(record: AttemptRecord): void;
}

/** A whole answer. */
export interface OpenAiReply extends WholeChat {
  attempts: AttemptRecord[];
}

/** A stream whose first event has been read. */
export interface OpenAiStream extends Omit<StreamedChat, "place"> {
  attempts: AttemptRecord[];
}

/** AWS's clock is not the target's: a refusal there teaches nothing of it, and is tried again as the policy says and no more. */
class NoOffsets extends ClockOffsets {
  override learn(): boolean {
    return false;
  }
}

/**
 * Calls chat completions of targets that speak OpenAI's API and are not Bedrock. The answer is passed on as it was written. Refusals are
 * AditErrors with the target's status and words (`provider_error`); an answer without a choice is `empty_output`; a stream that ends
 * with neither a finish reason nor `[DONE]` is `truncated_stream`.
 */
export class OpenAiEndpoint {
  readonly #transport: Transport;
  readonly #tools: AttemptTools;

  constructor(options: { transport: Transport; clock: Clock; random?: () => number }) {
    this.#transport = options.transport;
    this.#tools = {
      clock: options.clock,
      signer: new Signer(options.clock),
      offsets: new NoOffsets(),
      random: options.random ?? Math.random,
    };
  }

  /** A whole answer. Rejects with AditError. */
  chat(call: OpenAiCall): Promise<OpenAiReply> {
    return this.#run(call, "application/json", wholeAnswerLimits, async (target, plan) => {
      const reply = await runAttempts(plan, this.#tools, (upstream) => exchangeChat(this.#transport, target, upstream));
      return { ...reply, attempts: plan.attempts };
    });
  }

  /** A stream, once its first event is there. Rejects with AditError, also where that event is an error. */
  chatStream(call: OpenAiCall): Promise<OpenAiStream> {
    return this.#run(call, "text/event-stream", streamLimits, async (target, plan) => {
      const reply = await runAttempts(plan, this.#tools, (upstream) =>
        exchangeChatStream(this.#transport, target, upstream),
      );
      reply.place = plan.place;
      return openStream(reply, plan.attempts);
    });
  }

  async #run<Reply>(
    call: OpenAiCall,
    accept: string,
    limits: TimeLimits,
    run: (target: Target, plan: CallPlan) => Promise<Reply>,
  ): Promise<Reply> {
    const target = new Target(call.baseUrl, call.apiKey);
    return run(target, {
      method: "POST",
      path: `${target.basePath}/chat/completions`,
      // A bearer key is written, not signed: neither service nor region is looked at.
      endpoint: {
        origin: target.origin,
        basePath: target.basePath,
        hostHeader: target.host,
        signingService: "",
        signingRegion: "",
      },
      headers: { ...requestHeaders(target.host, accept, call.headers), "accept-encoding": "identity" },
      body: bodyBytes(call.body),
      source: keySource(target),
      limits: { ...limits, ...call.limits },
      retry: call.retry ?? defaultRetryPolicy,
      signal: call.signal,
      place: { credential: `API key for ${target.host}` },
      startedAt: this.#tools.clock.now(),
      attempts: [],
      onAttempt: call.onAttempt === undefined ? undefined : (record) => call.onAttempt?.(record),
    });
  }
}

function openStream(reply: StreamedChat, attempts: AttemptRecord[]): OpenAiStream {
  return {
    status: reply.status,
    headers: reply.headers,
    requestId: reply.requestId,
    attempts,
    get usage() {
      return reply.usage;
    },
    get finishReason() {
      return reply.finishReason;
    },
    pump: (sink) => reply.pump(sink),
    pause: () => reply.pause(),
    resume: () => reply.resume(),
    abort: (reason) => reply.abort(reason),
  };
}

function keySource(target: Target): CredentialSource {
  return {
    label: `API key for ${target.host}`,
    get: () => Promise.resolve({ kind: "bearer", token: target.apiKey }),
    invalidate: () => {},
  };
}

function bodyBytes(body: Uint8Array | string): Buffer {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
