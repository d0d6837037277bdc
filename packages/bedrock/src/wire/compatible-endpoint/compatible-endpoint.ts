import type { CancelSignal } from "../../cancel-signal.ts";
import { Buffer } from "node:buffer";
import type { CredentialSource } from "../../auth/credentials.ts";
import { customEndpoint, resolveEndpoint, type Endpoint, type Environment } from "../../auth/endpoints.ts";
import { Signer } from "../../auth/sigv4.ts";
import { steadyTime, type Clock } from "../../clock.ts";
import { aClock, aFunction, anObject, aTransport, needMembers, type OptionForm } from "../../known-options.ts";
import { RecentMap } from "../../memory/recent-map.ts";
import type { Secret } from "../../secret.ts";
import { runAttempts, type AttemptRecord, type AttemptTools, type CallPlan } from "../attempts/attempts.ts";
import { ClockOffsets } from "../attempts/clock-offsets.ts";
import type { ExchangeTap } from "../transport/exchange-tap.ts";
import { requestHeaders } from "../transport/request-head.ts";
import { defaultRetryPolicy, type RetryPolicy } from "../attempts/retry.ts";
import { streamLimits, wholeAnswerLimits, type TimeLimits } from "../transport/time-limits.ts";
import type { Transport } from "../transport/transport.ts";
import type { AnswerFormat } from "./answer-format.ts";
import { exchangeEvents, type StreamedCompatible } from "./streamed-answer.ts";
import { Target } from "./target.ts";
import { exchangeWhole, type WholeCompatible } from "./whole-answer.ts";

export type { AnswerFormat } from "./answer-format.ts";
export type { ByteSink } from "./streamed-answer.ts";

/** Regions remembered at once. */
const endpointLimit = 256;

/** What every call has, wherever it goes. */
interface AnyCall {
  /** The request as it goes on the wire; for `stream` it says `"stream": true`. */
  body: Uint8Array | string;
  /** Default: `chat`. */
  format?: AnswerFormat;
  /** True: of a stream of `chat` the chunk that holds the usage alone is read, and not passed on: its caller has not asked for it. */
  hidesUsage?: boolean;
  /** True: of `responses` the ids of calls that the target counts anew in each answer (`call_0`) become the items' own. */
  ownCallIds?: boolean;
  /** Further headers, such as `openai-organization`. Those of the connection and the authorization are left out. */
  headers?: Record<string, string>;
  signal?: CancelSignal;
  /** Default: `wholeAnswerLimits` or `streamLimits`. */
  limits?: Partial<TimeLimits>;
  /** Default: two more tries, and three seconds of waiting in all. */
  retry?: RetryPolicy;
  /** Called after each transmission. */
  onAttempt?(record: AttemptRecord): void;
  /** Sees what goes over the wire. Default: nobody does. */
  tap?: ExchangeTap | undefined;
}

/** A call of a target that is not AWS's. */
export interface ForeignCall extends AnyCall {
  /** Such as `https://api.openai.com/v1`; the format's path is added. Whether that host may be called is for the caller to check. */
  baseUrl: string;
  apiKey: Secret;
}

/** A call of one of AWS's own endpoints that speak OpenAI's or Anthropic's format: bedrock-mantle. */
export interface MantleCall extends AnyCall {
  region: string;
  credentials: CredentialSource;
  /** The base path for the model, such as `/openai/v1`. */
  basePath: string;
  /** Replaces the endpoint; the region still signs. */
  endpointUrl?: string | undefined;
}

export type CompatibleCall = ForeignCall | MantleCall;

const paths: Readonly<Record<AnswerFormat, string>> = {
  chat: "/chat/completions",
  completions: "/completions",
  embeddings: "/embeddings",
  responses: "/responses",
  messages: "/messages",
  "message-count": "/messages/count_tokens",
};

/** A whole answer. */
export interface CompatibleReply extends WholeCompatible {
  attempts: AttemptRecord[];
}

/** A stream whose first event has been read. */
export interface CompatibleStream extends Omit<StreamedCompatible, "place"> {
  attempts: AttemptRecord[];
}

/** AWS's clock is not the target's: a refusal there teaches nothing of it, and is tried again as the policy says and no more. */
class NoOffsets extends ClockOffsets {
  override learn(): boolean {
    return false;
  }
}

/** Where a call goes, and how it is signed. */
interface Way {
  target: Target;
  endpoint: Endpoint;
  source: CredentialSource;
  region?: string;
}

const optionForms: ReadonlyMap<string, OptionForm> = new Map([
  ["transport", aTransport],
  ["clock", aClock],
  ["environment", anObject],
  ["random", aFunction],
]);

/**
 * Calls endpoints that speak OpenAI's or Anthropic's format: other hosts, and AWS's own bedrock-mantle. The answer is passed on as it was
 * written. Refusals are AditErrors with the target's status and words (`provider_error`); an answer that holds none is `empty_output`; a
 * stream that ends before its last event is `truncated_stream`.
 */
export class CompatibleEndpoint {
  readonly #transport: Transport;
  readonly #environment: Environment;
  readonly #tools: AttemptTools;
  /** AWS's own, by region. */
  readonly #endpoints = new RecentMap<string, Endpoint>(endpointLimit);

  /** `environment`: AWS's endpoint variables. Default: none are set. */
  constructor(options: { transport: Transport; clock: Clock; environment?: Environment; random?: () => number }) {
    needMembers(options, optionForms, ["transport", "clock"], "new CompatibleEndpoint");
    this.#transport = options.transport;
    this.#environment = options.environment ?? {};
    this.#tools = {
      clock: options.clock,
      signer: new Signer(options.clock),
      offsets: new NoOffsets(),
      random: options.random ?? Math.random,
    };
  }

  /** A whole answer. Rejects with AditError. */
  async send(call: CompatibleCall): Promise<CompatibleReply> {
    const way = this.#way(call);
    const plan = this.#plan(call, way, "application/json", wholeAnswerLimits);
    const place = { target: way.target, format: call.format ?? "chat", ownCallIds: call.ownCallIds === true };
    const reply = await runAttempts(plan, this.#tools, (upstream) => exchangeWhole(this.#transport, place, upstream));
    return { ...reply, attempts: plan.attempts };
  }

  /** A stream, once its first event is there. Rejects with AditError, also where that event is an error. */
  async stream(call: CompatibleCall): Promise<CompatibleStream> {
    const way = this.#way(call);
    const plan = this.#plan(call, way, "text/event-stream", streamLimits);
    const { hidesUsage = false, ownCallIds = false } = call;
    const place = { target: way.target, format: call.format ?? "chat", hidesUsage, ownCallIds };
    const reply = await runAttempts(plan, this.#tools, (upstream) => exchangeEvents(this.#transport, place, upstream));
    reply.place = { credential: way.source.label, ...plan.place };
    return openStream(reply, plan.attempts);
  }

  #way(call: CompatibleCall): Way {
    if ("apiKey" in call) {
      const target = new Target(call.baseUrl, call.apiKey);
      // A bearer key is written, not signed: neither service nor region is looked at.
      const { origin, host, basePath } = target;
      const endpoint = { origin, basePath, hostHeader: host, signingService: "", signingRegion: "" };
      return { target, endpoint, source: keySource(target, call.apiKey) };
    }
    const { region, endpointUrl, basePath, credentials } = call;
    const endpoint =
      endpointUrl === undefined
        ? this.#mantle(region)
        : customEndpoint(endpointUrl, "bedrock-mantle", region, "endpointUrl");
    return {
      target: new Target(endpoint.origin + endpoint.basePath + basePath),
      endpoint,
      source: credentials,
      region,
    };
  }

  #mantle(region: string): Endpoint {
    let endpoint = this.#endpoints.get(region);
    if (endpoint === undefined) {
      endpoint = resolveEndpoint("bedrock-mantle", region, this.#environment);
      this.#endpoints.set(region, endpoint);
    }
    return endpoint;
  }

  #plan(call: CompatibleCall, way: Way, accept: string, limits: TimeLimits): CallPlan {
    const { target, endpoint, source, region } = way;
    return {
      method: "POST",
      path: target.basePath + paths[call.format ?? "chat"],
      endpoint,
      headers: { ...requestHeaders(endpoint.hostHeader, accept, call.headers), "accept-encoding": "identity" },
      body: bodyBytes(call.body),
      source,
      limits: { ...limits, ...call.limits },
      retry: call.retry ?? defaultRetryPolicy,
      signal: call.signal,
      place: region === undefined ? {} : { region },
      startedAt: steadyTime(this.#tools.clock),
      attempts: [],
      onAttempt: call.onAttempt === undefined ? undefined : (record) => call.onAttempt?.(record),
      tap: call.tap,
    };
  }
}

function openStream(reply: StreamedCompatible, attempts: AttemptRecord[]): CompatibleStream {
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
    get failure() {
      return reply.failure;
    },
    get serviceTier() {
      return reply.serviceTier;
    },
    get nextSequence() {
      return reply.nextSequence;
    },
    get outputBytes() {
      return reply.outputBytes;
    },
    pump: (sink) => reply.pump(sink),
    pause: () => reply.pause(),
    resume: () => reply.resume(),
    abort: (reason) => reply.abort(reason),
  };
}

function keySource(target: Target, token: Secret): CredentialSource {
  return {
    label: `API key for ${target.host}`,
    get: () => Promise.resolve({ kind: "bearer", token }),
    invalidate: () => {},
  };
}

function bodyBytes(body: Uint8Array | string): Buffer {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
