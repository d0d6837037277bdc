/** `POST /v1/chat/completions`: from the bytes of a request to the bytes of its answer. */
import {
  AditError,
  chatFromConverse,
  checkChatRequest,
  isJsonObject,
  mediaLoader,
  openAiErrorBody,
  type ChatRequest,
  type CredentialSource,
  type JsonObject,
  type OpenAiEndpoint,
  type ReplyContext,
  type TranslationNotes,
} from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import type { HopMark } from "../http/hop-mark.ts";
import { parseJsonBody } from "../http/json-body.ts";
import type { EventWriter, Incoming, Reply, Route } from "../http/route.ts";
import { interpret, type Interpretation } from "../routing/interpret.ts";
import type { RoutingDependencies } from "../routing/make-plan.ts";
import type { Plan, Target } from "../routing/plan.ts";
import { runPlan, targetOfError } from "../routing/run-plan.ts";
import { echoTrace, nameAnswer, usesVendorPrefix } from "./answer-headers.ts";
import {
  callBedrock,
  routeBy,
  type BedrockAnswer,
  type BedrockTools,
  type ChatCall,
  type StandIn,
} from "./bedrock-target.ts";
import { callOpenAi, type OpenAiAnswer } from "./openai-target.ts";
import { newFacts, type RequestFacts } from "../ledger/request-facts.ts";
import type { RetryPlace } from "./retry-policy.ts";
import { asAditError, errorEvent, passStream, streamChat, type StreamOut } from "./stream-chat.ts";
import { withTimeout } from "./time-out.ts";

export interface ChatCompletionsDependencies extends BedrockTools {
  routing: RoutingDependencies;
  endpoint: OpenAiEndpoint;
  /** What marks the calls to hosts that the request named, so that a loop is seen. */
  hop: HopMark;
  /** Where the server has no credentials of its own: what stands in for AWS, if anything does. */
  standIn: () => Promise<StandIn | undefined> | undefined;
  random: () => number;
  now: () => number;
}

type Answer = BedrockAnswer | OpenAiAnswer;

/** One request on its way. */
interface Way {
  incoming: Incoming;
  reply: Reply;
  asked: Interpretation;
  /** Checked for Bedrock, where it was. */
  request: ChatRequest | undefined;
  call: ChatCall;
  facts: RequestFacts;
  /** Set once the caller has been given a status line while the answer was awaited: then nothing is re-run. */
  events: EventWriter | undefined;
  /** Of the target that is being called. */
  credentials: CredentialSource | undefined;
}

/** The route. Refusals come as OpenAI's error bodies with AWS's status. */
export function chatCompletions(deps: ChatCompletionsDependencies): Route {
  const handler = new ChatCompletions(deps);
  return {
    method: "POST",
    path: "/v1/chat/completions",
    access: "key",
    errorBody: openAiErrorBody,
    handle: (incoming, reply, principal) => handler.handle(incoming, reply, principal),
  };
}

class ChatCompletions {
  readonly #deps: ChatCompletionsDependencies;

  constructor(deps: ChatCompletionsDependencies) {
    this.#deps = deps;
  }

  async handle(incoming: Incoming, reply: Reply, principal: Principal): Promise<void> {
    const facts = newFacts("openai-chat");
    incoming.facts = facts;
    const { settings } = this.#deps.routing;
    const body = parseJsonBody(await incoming.readBody(), settings.maxJsonDepth);
    const asked = interpret({
      headers: incoming.headers,
      body,
      principal,
      deps: this.#deps.routing,
      newTraceId: () => incoming.traceId,
    });
    facts.trace = asked.trace;
    facts.metadata = asked.metadata;
    facts.modelAsked = asked.modelAsWritten;
    echoTrace(incoming, reply, facts);
    // A request that Bedrock would be the first to get is refused before anything is sent.
    const request = startsAtBedrock(asked.plan) ? checkChatRequest(asBedrockGetsIt(asked, {})) : undefined;
    const stream = asked.body["stream"] === true;
    facts.stream = stream;
    const call: ChatCall = {
      stream,
      loadMedia: mediaLoader({ enabled: settings.fetchMedia, signal: incoming.signal }),
      anthropicBeta: asked.anthropicBeta,
      forwardHeaders: asked.forwardHeaders,
      signal: incoming.signal,
    };
    const way: Way = { incoming, reply, asked, request, call, facts, events: undefined, credentials: undefined };
    try {
      await this.#answer(way);
    } catch (error) {
      this.#refuse(way, error);
    }
  }

  async #answer(way: Way): Promise<void> {
    const { asked, call, facts, incoming, reply } = way;
    // Only a stream may get its status line before its answer is there.
    const mayGoOn = call.stream ? (): boolean => way.events === undefined : undefined;
    const onAttempt = (): void => {
      facts.attempts = (facts.attempts ?? 0) + 1;
    };
    const attempt = (target: Target, anotherRemains: boolean): Promise<Answer> =>
      this.#attempt(way, target, { anotherRemains, mayGoOn, onAttempt });
    const running = runPlan(asked.plan, attempt, {
      random: this.#deps.random,
      mayGoOn,
      onPassed: (target, error) => {
        facts.passed ??= [];
        facts.passed.push({ target: target.path, error: error.code, status: error.status });
      },
    });
    const { result: answer } = call.stream ? await this.#withPatience(running, way) : await running;
    facts.firstByteMs = this.#deps.now() - incoming.receivedAt;
    this.#learn(answer, facts, asked);
    if (answer.stream !== undefined) {
      nameAnswer(incoming, reply, facts);
      await this.#sendStream(way, answer);
      return;
    }
    // The reply's translation may leave something out too: it comes before the headers that say so.
    const { body, contentType } = this.#wholeBody(way, answer);
    nameAnswer(incoming, reply, facts);
    reply.send(200, body, contentType);
  }

  /** One target. Its own timeout, where it has one, lasts until the answer is there or the stream has begun. */
  async #attempt(way: Way, target: Target, place: RetryPlace): Promise<Answer> {
    const { asked, call, facts } = way;
    nameTarget(facts, target);
    facts.provider = target.provider;
    facts.attempts = 0;
    facts.structuredOutput = undefined;
    const timeoutMs = asked.requestTimeoutMs ?? target.requestTimeoutMs;
    const timeout = timeoutMs === undefined ? undefined : withTimeout(call.signal, timeoutMs);
    const own: ChatCall = {
      stream: call.stream,
      loadMedia: call.loadMedia,
      anthropicBeta: call.anthropicBeta,
      forwardHeaders: target.baseUrl === undefined ? call.forwardHeaders : this.#withHop(way),
      signal: timeout?.signal ?? call.signal,
    };
    try {
      if (target.provider === "openai") {
        facts.route = "openai";
        way.credentials = undefined;
        return await callOpenAi(target, asked.body, own, { ...place, endpoint: this.#deps.endpoint });
      }
      const request = requestFor(way, target);
      const standIn = target.isServerChain ? await this.#deps.standIn() : undefined;
      facts.route = routeBy(standIn);
      way.credentials = standIn?.credentials ?? target.credentials;
      // The caller may get its headers while the answer is still awaited: what is known by then is in them.
      const onTranslated = (notes: TranslationNotes): void => {
        facts.dropped = joined(asked.dropped, notes.dropped);
        facts.structuredOutput = notes.structuredOutput;
      };
      const { anotherRemains, mayGoOn, onAttempt } = place;
      const around = { anotherRemains, mayGoOn, onAttempt, standIn, onTranslated };
      return await callBedrock(target, { ...own, request }, this.#deps, around);
    } finally {
      timeout?.clear();
    }
  }

  #withHop({ call, incoming }: Way): Record<string, string> {
    const { hop } = this.#deps;
    return { ...call.forwardHeaders, [hop.header]: hop.next(incoming.headers) };
  }

  /**
   * Waits for the first frame before the caller gets a status line, as long as the operator allows; then the stream is opened and
   * comments keep it alive while the model thinks, and what fails later is an error event.
   */
  async #withPatience<T>(running: Promise<T>, way: Way): Promise<T> {
    const timer = setTimeout(() => {
      nameCredential(way.facts, way.credentials);
      nameAnswer(way.incoming, way.reply, way.facts);
      way.events = way.reply.openEvents();
    }, this.#deps.routing.settings.firstByteMs);
    try {
      return await running;
    } finally {
      clearTimeout(timer);
    }
  }

  #wholeBody(way: Way, answer: Answer): { body: object | Buffer; contentType?: string } {
    if (answer.kind === "openai") return answer.whole ?? unreachable();
    const { whole } = answer;
    if (whole === undefined) return unreachable();
    way.facts.stopReason = whole.stopReason;
    way.facts.usage = whole.usage;
    return { body: chatFromConverse(whole, this.#context(way, answer)) };
  }

  async #sendStream(way: Way, answer: Answer): Promise<void> {
    const out: StreamOut = {
      events: way.events ?? way.reply.openEvents(),
      withVendorFields: usesVendorPrefix(way.incoming),
      facts: way.facts,
    };
    const failure =
      answer.kind === "openai"
        ? await passStream(answer.stream ?? unreachable(), out)
        : await streamChat(answer.stream ?? unreachable(), this.#context(way, answer), out);
    if (failure !== undefined) way.facts.streamError = failure.code;
  }

  #context(way: Way, answer: BedrockAnswer): ReplyContext {
    const { asked, incoming } = way;
    const { wholeBody } = answer;
    const options = asked.body["stream_options"];
    return {
      id: `chatcmpl-${answer.requestId === "" ? incoming.id : answer.requestId}`,
      created: Math.floor(this.#deps.now() / 1000),
      model: asked.modelAsWritten,
      strict: answer.target.strict ?? asked.strict,
      includeUsage: isJsonObject(options) && options["include_usage"] === true,
      notes: answer.notes,
      source: wholeBody && ((): string => wholeBody.toString()),
    };
  }

  #learn(answer: Answer, facts: RequestFacts, asked: Interpretation): void {
    facts.route = answer.route;
    facts.region = answer.target.region;
    facts.credential = answer.credential;
    facts.modelUsed = answer.modelUsed;
    facts.attempts = answer.transmissions;
    if (answer.requestId !== "") facts.upstreamRequestId = answer.requestId;
    facts.dropped = joined(asked.dropped, answer.kind === "bedrock" ? answer.notes.dropped : answer.dropped);
    facts.structuredOutput = answer.kind === "bedrock" ? answer.notes.structuredOutput : undefined;
  }

  /** A refusal is a real status while none has been sent; after that, an error event. */
  #refuse(way: Way, thrown: unknown): void {
    const { facts, incoming, reply } = way;
    const target = AditError.isInstance(thrown) ? targetOfError(thrown) : undefined;
    if (target !== undefined) nameTarget(facts, target);
    if (way.events === undefined) {
      nameAnswer(incoming, reply, facts, true);
      throw thrown;
    }
    const error = asAditError(thrown);
    facts.streamError = error.code;
    way.events.write(errorEvent(error, usesVendorPrefix(incoming)));
    way.events.end();
  }
}

function joined(first: readonly string[], second: readonly string[]): readonly string[] {
  return first.length === 0 ? second : [...first, ...second];
}

/** Where a call goes, or went. */
function nameTarget(facts: RequestFacts, target: Target): void {
  facts.target = target.path;
  facts.region = target.region;
  nameCredential(facts, target.credentials);
  facts.modelUsed = target.model;
}

/** A chain's label says which of its links serves only once one has: it is read as late as it can be. */
function nameCredential(facts: RequestFacts, source: CredentialSource | undefined): void {
  facts.credential = source?.label;
}

/** True where the first call goes to Bedrock, however the weights fall. */
function startsAtBedrock(plan: Plan): boolean {
  switch (plan.kind) {
    case "target":
      return plan.provider === "bedrock";
    case "fallback":
      return plan.members[0] !== undefined && startsAtBedrock(plan.members[0]);
    case "loadbalance":
      return plan.members.every((member) => member.weight === 0 || startsAtBedrock(member.plan));
  }
}

/** The request as this target on Bedrock gets it: its own parameters laid over, and checked with them. */
function requestFor({ asked, request }: Way, target: Target): ChatRequest {
  if (request !== undefined && Object.keys(target.overrideParams).length === 0) return request;
  return checkChatRequest(asBedrockGetsIt(asked, target.overrideParams));
}

function asBedrockGetsIt({ body, anthropicVersion }: Interpretation, overrideParams: JsonObject): JsonObject {
  const { stream: _stream, ...overrides } = overrideParams;
  const merged = Object.keys(overrides).length === 0 ? body : { ...body, ...overrides };
  if (anthropicVersion === undefined || !isNothing(merged["anthropic_version"])) return merged;
  return { ...merged, anthropic_version: anthropicVersion };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function unreachable(): never {
  throw new TypeError("An answer is whole or a stream.");
}
