/** `POST /v1/chat/completions`: from the bytes of a request to the bytes of its answer. */
import {
  AditError,
  chatFromConverse,
  checkChatRequest,
  mediaLoader,
  openAiErrorBody,
  type ChatRequest,
  type JsonObject,
  type OpenAiEndpoint,
  type ReplyContext,
} from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import type { HopMark } from "../http/hop-mark.ts";
import { parseJsonBody } from "../http/json-body.ts";
import type { EventWriter, Incoming, Reply, Route } from "../http/route.ts";
import type { RequestLog } from "../ledger/request-log.ts";
import { interpret, type Interpretation } from "../routing/interpret.ts";
import type { RoutingDependencies } from "../routing/make-plan.ts";
import type { Target } from "../routing/plan.ts";
import { runPlan, targetOfError } from "../routing/run-plan.ts";
import { echoTrace, nameAnswer, usesVendorPrefix } from "./answer-headers.ts";
import { callBedrock, type BedrockAnswer, type BedrockTools, type ChatCall, type StandIn } from "./bedrock-target.ts";
import { callOpenAi, type OpenAiAnswer } from "./openai-target.ts";
import type { RequestFacts } from "./request-facts.ts";
import { asAditError, errorEvent, passStream, streamChat, type StreamOut } from "./stream-chat.ts";
import { withTimeout } from "./time-out.ts";

export interface ChatCompletionsDependencies extends BedrockTools {
  routing: RoutingDependencies;
  endpoint: OpenAiEndpoint;
  log: RequestLog;
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
  request: ChatRequest;
  call: ChatCall;
  facts: RequestFacts;
  /** Set once the caller has been given a status line while the answer was awaited: then nothing is re-run. */
  events: EventWriter | undefined;
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
    const facts: RequestFacts = { dialect: "openai-chat" };
    this.#deps.log.note(incoming, facts);
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
    const request = checkChatRequest(asked.body);
    const stream = request.stream === true;
    facts.stream = stream;
    const call: ChatCall = {
      request,
      stream,
      loadMedia: mediaLoader({ enabled: settings.fetchMedia, signal: incoming.signal }),
      anthropicBeta: asked.anthropicBeta,
      forwardHeaders: asked.forwardHeaders,
      signal: incoming.signal,
    };
    const way: Way = { incoming, reply, asked, request, call, facts, events: undefined };
    try {
      await this.#answer(way);
    } catch (error) {
      this.#refuse(way, error);
    }
  }

  async #answer(way: Way): Promise<void> {
    const { asked, call, facts, incoming, reply } = way;
    const running = runPlan(asked.plan, (target, anotherRemains) => this.#attempt(way, target, anotherRemains), {
      random: this.#deps.random,
      mayGoOn: () => way.events === undefined,
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
  async #attempt(way: Way, target: Target, anotherRemains: boolean): Promise<Answer> {
    const { asked, call, facts } = way;
    facts.target = target.path;
    facts.provider = target.provider;
    const timeoutMs = asked.requestTimeoutMs ?? target.requestTimeoutMs;
    const timeout = timeoutMs === undefined ? undefined : withTimeout(call.signal, timeoutMs);
    const own: ChatCall = {
      ...call,
      request: requestFor(way, target),
      forwardHeaders: target.baseUrl === undefined ? call.forwardHeaders : this.#withHop(way),
      signal: timeout?.signal ?? call.signal,
    };
    try {
      if (target.provider === "openai") {
        return await callOpenAi(target, asked.body, own, { endpoint: this.#deps.endpoint, anotherRemains });
      }
      const standIn = target.isServerChain ? await this.#deps.standIn() : undefined;
      return await callBedrock(target, own, this.#deps, { standIn, anotherRemains });
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
    const { asked, request, incoming } = way;
    return {
      id: `chatcmpl-${answer.requestId === "" ? incoming.id : answer.requestId}`,
      created: Math.floor(this.#deps.now() / 1000),
      model: asked.modelAsWritten,
      strict: answer.target.strict ?? asked.strict,
      includeUsage: request.stream_options?.include_usage === true,
      notes: answer.notes,
    };
  }

  #learn(answer: Answer, facts: RequestFacts, asked: Interpretation): void {
    facts.route = answer.route;
    facts.region = answer.target.region;
    facts.credential = answer.credential;
    facts.modelUsed = answer.modelUsed;
    facts.attempts = answer.transmissions;
    if (answer.requestId !== "") facts.upstreamRequestId = answer.requestId;
    const left = answer.kind === "bedrock" ? answer.notes.dropped : [];
    facts.dropped = asked.dropped.length === 0 ? left : [...asked.dropped, ...left];
  }

  /** A refusal is a real status while none has been sent; after that, an error event. */
  #refuse(way: Way, thrown: unknown): void {
    const { facts, incoming, reply } = way;
    const target = AditError.isInstance(thrown) ? targetOfError(thrown) : undefined;
    if (target !== undefined) {
      facts.target = target.path;
      facts.region = target.region;
      if (target.credentials !== undefined) facts.credential = target.credentials.label;
      facts.modelUsed = target.model;
    }
    if (way.events === undefined) {
      nameAnswer(incoming, reply, facts);
      throw thrown;
    }
    const error = asAditError(thrown);
    facts.streamError = error.code;
    way.events.write(errorEvent(error, usesVendorPrefix(incoming)));
    way.events.end();
  }
}

/** The request as this target gets it: its own parameters laid over, and checked again with them. */
function requestFor(way: Way, target: Target): ChatRequest {
  if (Object.keys(target.overrideParams).length === 0) return way.request;
  const { stream: _stream, ...overrides } = target.overrideParams;
  const merged: JsonObject = { ...way.asked.body, ...overrides };
  return checkChatRequest(merged);
}

function unreachable(): never {
  throw new TypeError("An answer is whole or a stream.");
}
