import { switchedOff, type Environment } from "./auth/environment.ts";
import { customEndpoint, resolveEndpoint, type AwsService, type Endpoint } from "./auth/endpoints.ts";
import { Signer } from "./auth/sigv4.ts";
import { unlessAborted } from "./cancel-signal.ts";
import { steadyTime, systemClock, type Clock } from "./clock.ts";
import { clientOptions, needCall, needModelCall } from "./client-options.ts";
import { AditError, type CallPlace } from "./errors/adit-error.ts";
import type {
  BedrockClientOptions,
  ConverseCall,
  ConverseReply,
  InvokeCall,
  InvokeReply,
  ModelCall,
  OpenChunkStream,
  OpenPassedStream,
  OpenStream,
  OpenStreamOf,
  PassedModelCall,
  PassedParts,
  PassedRuntimeCall,
  RuntimeCall,
} from "./client-calls.ts";
import { needKnownOptions } from "./known-options.ts";
import { RecentMap } from "./memory/recent-map.ts";
import { runAttempts, type AttemptRecord, type AttemptTools, type CallPlan } from "./wire/attempts/attempts.ts";
import { bodyBytes } from "./wire/transport/body-bytes.ts";
import { ClockOffsets } from "./wire/attempts/clock-offsets.ts";
import {
  queryText,
  readFoundationModels,
  readInferenceProfile,
  readInferenceProfiles,
  type ControlPlaneCall,
  type FoundationModelFilter,
  type FoundationModelSummary,
  type InferenceProfile,
  type InferenceProfileType,
} from "./wire/control-plane.ts";
import { readConverseAnswer, type ConverseAnswer } from "./wire/replies/converse-reply.ts";
import type { UpstreamCall } from "./wire/transport/exchange.ts";
import { InferenceProfiles } from "./wire/inference-profiles.ts";
import { isProfileRefused, OnDemandProfiles, profileAfterRefusal } from "./wire/aws-errors/on-demand.ts";
import { withHint } from "./wire/aws-errors/refusal-hints.ts";
import type { Outcome } from "./wire/attempts/outcome.ts";
import { modelSegment, requestHeaders } from "./wire/transport/request-head.ts";
import { defaultRetryPolicy } from "./wire/attempts/retry.ts";
import { exchangeChunks } from "./wire/streams/chunk-reply.ts";
import { wholeExchanges, type WholeExchange, type WholeExchanges } from "./wire/replies/invoked-answer.ts";
import { exchangePassed } from "./wire/streams/passed-stream.ts";
import { exchangeStream, type StreamReply } from "./wire/streams/stream-reply.ts";
import { controlPlaneLimits, streamLimits, wholeAnswerLimits, type TimeLimits } from "./wire/transport/time-limits.ts";
import { Transport } from "./wire/transport/transport.ts";
import { exchangeWhole, type WholeReply } from "./wire/replies/whole-reply.ts";

export type * from "./client-calls.ts";
export type { AttemptRecord } from "./wire/attempts/attempts.ts";
export { defaultRetryPolicy, nextRetryWait, type RetryPolicy } from "./wire/attempts/retry.ts";
export type { TimeLimits } from "./wire/transport/time-limits.ts";
export type {
  ControlPlaneCall,
  FoundationModelFilter,
  FoundationModelSummary,
  InferenceProfile,
  InferenceProfileType,
} from "./wire/control-plane.ts";

/** What the ways of a call differ in. */
interface Operation {
  service: AwsService;
  method: string;
  accept: string;
  /** Default: `application/json`. */
  contentType?: string | undefined;
  limits: TimeLimits;
}

const wholeOperation: Operation = {
  service: "bedrock-runtime",
  method: "POST",
  accept: "application/json",
  limits: wholeAnswerLimits,
};
const streamOperation: Operation = {
  service: "bedrock-runtime",
  method: "POST",
  accept: "application/vnd.amazon.eventstream",
  limits: streamLimits,
};
const controlOperation: Operation = {
  service: "bedrock",
  method: "GET",
  accept: "application/json",
  limits: controlPlaneLimits,
};

/** Endpoints kept at once; regions come from callers. */
const endpointLimit = 256;
/** Pages of a listing: a thousand profiles each. */
const pageLimit = 100;

/**
 * Calls Bedrock: one method an operation. Every try is signed anew and recorded; refusals, broken streams and answers without output
 * are AditErrors that say where the call went. Safe for any number of calls at once, of any tenants: nothing of a credential is kept
 * but the signer's keys of the day.
 */
export class BedrockClient {
  /** What inference profiles stand for: cached and optional. */
  readonly inferenceProfiles: InferenceProfiles;
  readonly #environment: Environment;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #tools: AttemptTools;
  readonly #autoProfile: boolean;
  readonly #onDemand: OnDemandProfiles;
  readonly #endpoints = new RecentMap<string, Endpoint>(endpointLimit);
  readonly #exchangeConverse: (call: UpstreamCall) => Promise<Outcome<ConverseAnswer>>;
  readonly #exchangeStream: (call: UpstreamCall) => Promise<Outcome<StreamReply>>;
  readonly #exchanges: WholeExchanges;

  /** Throws AditError `invalid_request` for an unknown option or a value of the wrong type. */
  constructor(options: BedrockClientOptions = {}) {
    needKnownOptions(options, clientOptions, "new BedrockClient");
    const clock = options.clock ?? systemClock;
    this.#environment = options.environment ?? {};
    this.#clock = clock;
    this.#transport = options.transport ?? new Transport({ clock, environment: this.#environment });
    this.#tools = {
      clock,
      signer: new Signer(clock),
      offsets: new ClockOffsets(),
      random: options.random ?? Math.random,
    };
    this.#onDemand = new OnDemandProfiles(clock);
    this.#autoProfile = options.autoProfile ?? !switchedOff(this.#environment, "ADIT_AUTO_PROFILE");
    this.inferenceProfiles = new InferenceProfiles((id, call) => this.getInferenceProfile({ ...call, id }), clock);
    this.#exchangeConverse = (call) => exchangeWhole(this.#transport, call, readConverseAnswer);
    this.#exchangeStream = (call) => exchangeStream(this.#transport, call);
    this.#exchanges = wholeExchanges(this.#transport);
  }

  /**
   * Calls Converse and waits for the whole answer, for up to an hour by default. Rejects with AditError: AWS's refusal under AWS's status,
   * `empty_output`, or what went wrong on the way.
   */
  async converse(call: ConverseCall): Promise<ConverseReply> {
    needModelCall(call, "converse");
    const attempts: AttemptRecord[] = [];
    const run = this.#modelRun(call, attempts, "converse", wholeOperation);
    const { reply, modelUsed } = await this.#onModel(
      call,
      (model) => runAttempts(run(model), this.#tools, this.#exchangeConverse),
      call.body,
    );
    return { response: reply.response, body: reply.body, requestId: reply.requestId, attempts, modelUsed };
  }

  /**
   * Calls ConverseStream; resolves once the first frame has come. A refusal, an exception as the first frame, or no frame within the
   * first-byte limit (30 s by default) rejects with AditError, after the tries that its kind allows. Nothing is tried again after that.
   */
  async converseStream(call: ConverseCall): Promise<OpenStream> {
    needModelCall(call, "converseStream");
    const attempts: AttemptRecord[] = [];
    const run = this.#modelRun(call, attempts, "converse-stream", streamOperation);
    const { reply, modelUsed } = await this.#onModel(
      call,
      (model) => runAttempts(run(model), this.#tools, this.#exchangeStream),
      call.body,
    );
    return openStream(reply, call, { attempts, modelUsed });
  }

  /**
   * Calls InvokeModel and waits for the whole answer, in the model's own format. Rejects with AditError, also for a model's own error
   * there.
   */
  async invoke(call: InvokeCall): Promise<InvokeReply> {
    needModelCall(call, "invoke");
    return this.#whole(call, "invoke", { operation: wholeOperation, exchange: this.#exchanges.invoked });
  }

  /**
   * Calls InvokeModelWithResponseStream; resolves once the first chunk has come. Rejects as `converseStream` does. The bytes may end
   * after any chunk: whether the model had ended is for the family's reader to say.
   */
  async invokeStream(call: InvokeCall): Promise<OpenChunkStream> {
    needModelCall(call, "invokeStream");
    const attempts: AttemptRecord[] = [];
    const run = this.#modelRun(call, attempts, "invoke-with-response-stream", streamOperation);
    const { reply, modelUsed } = await this.#onModel(call, (model) =>
      runAttempts(run(model), this.#tools, (upstream) => exchangeChunks(this.#transport, upstream)),
    );
    return { headers: reply.headers, ...openStream(reply, call, { attempts, modelUsed }) };
  }

  /**
   * Calls a model's operation with the caller's own body and gives AWS's answer as it came. Rejects with AditError, also for an error in an
   * answer's place that another try might have mended; any other is the reply's `failure`.
   */
  async pass(call: PassedModelCall): Promise<InvokeReply> {
    needModelCall(call, "pass", "action");
    const exchange = call.action === "converse" ? this.#exchanges.passedConverse : this.#exchanges.passed;
    return this.#whole(call, call.action, { operation: passedOperation(wholeOperation, call), exchange });
  }

  /** The same for an operation whose answer is an event stream: its bytes, and what they tell. */
  async passStream(call: PassedModelCall): Promise<OpenPassedStream> {
    needModelCall(call, "passStream", "action");
    const attempts: AttemptRecord[] = [];
    const run = this.#modelRun(call, attempts, call.action, passedOperation(streamOperation, call));
    const { reply, modelUsed } = await this.#onModel(call, (model) =>
      runAttempts(run(model), this.#tools, (upstream) => exchangePassed(this.#transport, upstream)),
    );
    return {
      headers: reply.headers,
      watch: reply.watch,
      isInsideFrame: () => reply.isInsideFrame,
      ...openStream(reply, call, { attempts, modelUsed }),
    };
  }

  /** Calls an operation of bedrock-runtime that names no model, such as ApplyGuardrail, with the caller's own body. */
  async passRuntime(call: PassedRuntimeCall): Promise<InvokeReply> {
    needCall(call, "passRuntime", "path", "body");
    const plan = this.#plan(call, passedOperation(wholeOperation, call), call.path);
    plan.body = bodyBytes(call.body);
    const reply = await runAttempts(plan, this.#tools, this.#exchanges.plain);
    const { body, headers, requestId } = reply;
    return { body, headers, requestId, attempts: plan.attempts, modelUsed: "" };
  }

  /** GetInferenceProfile: what stands behind an id or ARN. Needs the permission `bedrock:GetInferenceProfile`. */
  async getInferenceProfile(call: ControlPlaneCall & { id: string }): Promise<InferenceProfile> {
    needCall(call, "getInferenceProfile", "id");
    return this.#control(call, `/inference-profiles/${modelSegment(call.id)}`, readInferenceProfile);
  }

  /** ListFoundationModels: the models of a region. */
  async listFoundationModels(
    call: ControlPlaneCall & { filter?: FoundationModelFilter },
  ): Promise<FoundationModelSummary[]> {
    needCall(call, "listFoundationModels");
    const page = await this.#control(call, `/foundation-models${queryText({ ...call.filter })}`, readFoundationModels);
    return page.items;
  }

  /** ListInferenceProfiles: all pages of a region's profiles, of one type or of both. */
  async listInferenceProfiles(call: ControlPlaneCall & { type?: InferenceProfileType }): Promise<InferenceProfile[]> {
    needCall(call, "listInferenceProfiles");
    const profiles: InferenceProfile[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < pageLimit; page += 1) {
      const query = queryText({ maxResults: "1000", type: call.type, nextToken });
      const found = await this.#control(call, `/inference-profiles${query}`, readInferenceProfiles);
      profiles.push(...found.items);
      nextToken = found.nextToken;
      if (nextToken === undefined) {
        break;
      }
    }
    return profiles;
  }

  /** Closes the connections of the client's transport. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  async #whole(
    call: InvokeCall | PassedModelCall,
    action: string,
    { operation, exchange }: { operation: Operation; exchange: WholeExchange },
  ): Promise<InvokeReply> {
    const attempts: AttemptRecord[] = [];
    const run = this.#modelRun(call, attempts, action, operation);
    const { reply, modelUsed } = await this.#onModel(call, (model) => runAttempts(run(model), this.#tools, exchange));
    const { body, headers, requestId, failure } = reply;
    return { body, headers, requestId, attempts, modelUsed, failure };
  }

  /** Makes the plan of a model call; the body is written once for all tries and profiles. */
  #modelRun(
    call: ConverseCall | InvokeCall | PassedModelCall,
    attempts: AttemptRecord[],
    action: string,
    operation: Operation,
  ): (model: string) => CallPlan {
    const body = bodyBytes(call.body);
    const startedAt = steadyTime(this.#clock);
    return (model) => {
      const plan = this.#plan(call, operation, `/model/${modelSegment(model)}/${action}`);
      plan.body = body;
      plan.startedAt = startedAt;
      plan.attempts = attempts;
      plan.place.model = model;
      return plan;
    };
  }

  /** Runs with the model named, or the profile that has served for it, or after AWS's on-demand refusal its geography's profile. */
  async #onModel<Reply>(
    call: ModelCall,
    run: (model: string) => Promise<Reply>,
    body?: ConverseCall["body"],
  ): Promise<{ reply: Reply; modelUsed: string }> {
    const mayStandIn = call.autoProfile ?? this.#autoProfile;
    const place = `${call.baseUrl ?? ""} ${call.region}`;
    const finding = mayStandIn ? this.#onDemand.remembered(place, call.model, call.credentials) : undefined;
    // Who leaves meanwhile hears it from the call itself.
    const model = (finding && (await unlessAborted(finding, call.signal).catch(() => undefined))) ?? call.model;
    try {
      return { reply: await run(model), modelUsed: model };
    } catch (refusal) {
      const profile = mayStandIn ? profileAfterRefusal(refusal, model, call.region) : undefined;
      if (profile === undefined) {
        throw hinted(refusal, call, body);
      }
      try {
        const reply = await run(profile);
        await this.#onDemand.remember(place, call.model, call.credentials, profile);
        return { reply, modelUsed: profile };
      } catch (error) {
        throw hinted(isProfileRefused(error) ? refusal : error, call, body);
      }
    }
  }

  async #control<Reply>(call: ControlPlaneCall, path: string, read: (whole: WholeReply) => Reply): Promise<Reply> {
    const plan = this.#plan(call, controlOperation, path);
    return runAttempts(plan, this.#tools, (upstream) => exchangeWhole(this.#transport, upstream, read));
  }

  #plan(call: RuntimeCall, operation: Operation, path: string): CallPlan {
    const endpoint = this.#endpoint(operation.service, call.region, call.baseUrl);
    return {
      method: operation.method,
      path: endpoint.basePath === "" ? path : endpoint.basePath + path,
      endpoint,
      headers: requestHeaders(endpoint.hostHeader, operation.accept, call.headers, operation.contentType),
      body: undefined,
      source: call.credentials,
      limits: call.limits === undefined ? operation.limits : { ...operation.limits, ...call.limits },
      retry: call.retry ?? defaultRetryPolicy,
      signal: call.signal,
      place: { region: call.region },
      startedAt: steadyTime(this.#clock),
      attempts: [],
      onAttempt: call.onAttempt ?? undefined,
      tap: call.tap ?? undefined,
    };
  }

  #endpoint(service: AwsService, region: string, baseUrl: string | undefined): Endpoint {
    const key = `${service} ${region} ${baseUrl ?? ""}`;
    const known = this.#endpoints.get(key);
    if (known !== undefined) {
      return known;
    }
    const endpoint =
      baseUrl === undefined
        ? resolveEndpoint(service, region, this.#environment)
        : customEndpoint(baseUrl, service, region, "baseUrl");
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }
}

function passedOperation(operation: Operation, { accept, contentType }: PassedParts): Operation {
  const { service, method, limits } = operation;
  return { service, method, limits, contentType, accept: accept ?? operation.accept };
}

/** A stream as its callers hold it: what fails later says where the call went. */
function openStream<Sink>(
  reply: Omit<OpenStreamOf<Sink>, "attempts" | "modelUsed"> & { place: CallPlace | undefined },
  { credentials, region }: ModelCall,
  went: { attempts: AttemptRecord[]; modelUsed: string },
): OpenStreamOf<Sink> {
  reply.place = { region, credential: credentials.label, model: went.modelUsed };
  // An open stream holds on to no more of its call than that: its body may be large.
  return {
    requestId: reply.requestId,
    attempts: went.attempts,
    modelUsed: went.modelUsed,
    pump: (sink) => reply.pump(sink),
    pause: () => reply.pause(),
    resume: () => reply.resume(),
    abort: (reason) => reply.abort(reason),
  };
}

function hinted(error: unknown, { model, region }: ModelCall, body: ConverseCall["body"] | undefined): unknown {
  if (!AditError.isInstance(error)) return error;
  const request = typeof body === "string" || body instanceof Uint8Array ? undefined : body;
  return withHint(error, { model, region, request });
}
