/** A call of a model, in whatever dialect: from the bytes of a request to the bytes of its answer. */
import { AditError, mediaLoader, type CallTools, type JsonObject, type OpenAiEndpoint } from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import { parseJsonBody } from "../http/json-body.ts";
import type { EventWriter, Incoming, Reply, Route } from "../http/route.ts";
import { newFacts, type RequestFacts } from "../ledger/request-facts.ts";
import { interpret, type Interpretation } from "../routing/interpret.ts";
import type { RoutingDependencies } from "../routing/make-plan.ts";
import type { Plan, Target } from "../routing/plan.ts";
import { echoTrace, nameAnswer, usesVendorPrefix } from "./answer-headers.ts";
import { callBedrock, routeBy, type BedrockAnswer, type BedrockTools, type StandIn } from "./bedrock-target.ts";
import type { AnswerContext, CallDialect } from "./call-dialect.ts";
import { refusalOf, travel, type Journey, type JourneyDependencies, type TargetWay } from "./journey.ts";
import { callOpenAi, type OpenAiAnswer } from "./openai-target.ts";
import { passStream, streamAnswer, streamNative, type StreamOut } from "./stream-answer.ts";

export interface ModelCallDependencies extends BedrockTools, JourneyDependencies {
  routing: RoutingDependencies;
  endpoint: OpenAiEndpoint;
  /** Where the server has no credentials of its own: what stands in for AWS, if anything does. */
  standIn: () => Promise<StandIn | undefined> | undefined;
}

type Answer<Request> = BedrockAnswer<Request> | OpenAiAnswer;

/** One request on its way. */
interface Way<Request> extends Journey {
  /** Checked for Bedrock, where it was. */
  request: Request | undefined;
  stream: boolean;
  loadMedia: CallTools["loadMedia"];
  /** Where the stream goes, once it is open. */
  events: EventWriter | undefined;
}

/** The route of a dialect. Refusals come as the dialect's error bodies with AWS's status. */
export function modelRoute<Request>(path: string, dialect: CallDialect<Request>, deps: ModelCallDependencies): Route {
  const calls = new ModelCalls(dialect, deps);
  return {
    method: "POST",
    path,
    access: "key",
    errorBody: dialect.errorBody,
    handle: (incoming, reply, principal) => calls.handle(incoming, reply, principal),
  };
}

class ModelCalls<Request> {
  readonly #dialect: CallDialect<Request>;
  readonly #deps: ModelCallDependencies;

  constructor(dialect: CallDialect<Request>, deps: ModelCallDependencies) {
    this.#dialect = dialect;
    this.#deps = deps;
  }

  async handle(incoming: Incoming, reply: Reply, principal: Principal): Promise<void> {
    const facts = newFacts(this.#dialect.name);
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
    const request = startsAtBedrock(asked.plan) ? this.#dialect.check(asBedrockGetsIt(asked, {})) : undefined;
    const stream = asked.body["stream"] === true;
    facts.stream = stream;
    const loadMedia = mediaLoader({ enabled: settings.fetchMedia, signal: incoming.signal });
    const way: Way<Request> = {
      incoming,
      reply,
      asked,
      facts,
      isOpen: false,
      credentials: undefined,
      request,
      stream,
      loadMedia,
      events: undefined,
    };
    try {
      await this.#answer(way);
    } catch (error) {
      const refusal = refusalOf(way, error);
      way.events?.write(this.#dialect.errorEvent(refusal, usesVendorPrefix(incoming)));
      way.events?.end();
    }
  }

  async #answer(way: Way<Request>): Promise<void> {
    const { asked, facts, incoming, reply, stream } = way;
    const attempt = (target: Target, place: TargetWay): Promise<Answer<Request>> =>
      target.provider === "openai" ? this.#callOpenAi(way, target, place) : this.#callBedrock(way, target, place);
    const open = (): void => {
      way.events = reply.openEvents();
    };
    const answer = await travel(way, this.#deps, attempt, stream ? open : undefined);
    learn(answer, facts, asked);
    if (stream) {
      nameAnswer(incoming, reply, facts);
      await this.#sendStream(way, answer);
      return;
    }
    // The reply's translation may leave something out too: it comes before the headers that say so.
    const body = this.#wholeBody(way, answer);
    nameAnswer(incoming, reply, facts);
    reply.send(200, body);
  }

  #callOpenAi(way: Way<Request>, target: Target, place: TargetWay): Promise<OpenAiAnswer> {
    way.facts.route = "openai";
    way.credentials = undefined;
    if (this.#dialect.openAiPath === undefined) {
      throw new AditError("unsupported_parameter", `${target.path} does not speak the dialect of this path.`, {
        param: target.path,
        remedy: "Name a target on Bedrock, or call /v1/chat/completions.",
      });
    }
    return callOpenAi(target, way.asked.body, { ...place, stream: way.stream, endpoint: this.#deps.endpoint });
  }

  async #callBedrock(way: Way<Request>, target: Target, place: TargetWay): Promise<BedrockAnswer<Request>> {
    const { asked, facts } = way;
    const request = this.#requestFor(way, target);
    const standIn = target.isServerChain ? await this.#deps.standIn() : undefined;
    facts.route = routeBy(standIn, "converse");
    way.credentials = standIn?.credentials ?? target.credentials;
    const { anotherRemains, mayGoOn, onAttempt, signal, forwardHeaders } = place;
    return callBedrock(target, this.#dialect, {
      request,
      stream: way.stream,
      loadMedia: way.loadMedia,
      anthropicBeta: asked.anthropicBeta,
      useConverse: asked.useConverse,
      tools: this.#deps,
      standIn,
      anotherRemains,
      mayGoOn,
      onAttempt,
      signal,
      forwardHeaders,
      // The caller may get its headers while the answer is still awaited: what is known by then is in them.
      onPrepared: ({ route, dropped, structuredOutput }) => {
        facts.route = route;
        facts.dropped = joined(asked.dropped, dropped);
        facts.structuredOutput = structuredOutput;
      },
    });
  }

  /** The request as this target on Bedrock gets it: its own parameters laid over, and checked with them. */
  #requestFor({ asked, request }: Way<Request>, target: Target): Request {
    if (request !== undefined && Object.keys(target.overrideParams).length === 0) return request;
    return this.#dialect.check(asBedrockGetsIt(asked, target.overrideParams));
  }

  #wholeBody(way: Way<Request>, answer: Answer<Request>): object | Buffer {
    if (answer.kind === "openai") return answer.whole?.body ?? unreachable();
    const { facts } = way;
    const { result } = answer;
    const context = this.#context(way, answer);
    switch (result.kind) {
      case "whole":
        facts.stopReason = result.response.stopReason;
        facts.usage = result.response.usage;
        return this.#dialect.whole(result.response, context);
      case "native": {
        const whole = (this.#dialect.native ?? unreachable()).whole(result.reply, context);
        facts.stopReason = whole.stopReason;
        facts.usage = whole.usage;
        return whole.body;
      }
      case "stream":
      case "native-stream":
        return unreachable();
    }
  }

  async #sendStream(way: Way<Request>, answer: Answer<Request>): Promise<void> {
    const out: StreamOut = {
      events: way.events ?? way.reply.openEvents(),
      withVendorFields: usesVendorPrefix(way.incoming),
      facts: way.facts,
    };
    const failure = await this.#pumpStream(way, answer, out);
    if (failure !== undefined) way.facts.streamError = failure.code;
  }

  #pumpStream(way: Way<Request>, answer: Answer<Request>, out: StreamOut): Promise<AditError | undefined> {
    if (answer.kind === "openai") return passStream(answer.stream ?? unreachable(), out);
    const { result } = answer;
    const context = this.#context(way, answer);
    const write = (text: string): void => out.events.write(text);
    if (result.kind === "stream") return streamAnswer(result.source, this.#dialect.writer(context, write), out);
    if (result.kind === "native-stream") {
      return streamNative(result.stream, (this.#dialect.native ?? unreachable()).writer(context, write), out);
    }
    return unreachable();
  }

  #context(way: Way<Request>, answer: BedrockAnswer<Request>): AnswerContext<Request> {
    const { asked, incoming } = way;
    return {
      request: answer.request,
      requestId: answer.requestId === "" ? incoming.id : answer.requestId,
      created: Math.floor(this.#deps.now() / 1000),
      model: asked.modelAsWritten,
      strict: answer.target.strict ?? asked.strict,
      notes: answer.notes,
      source: answer.source,
    };
  }
}

function learn<Request>(answer: Answer<Request>, facts: RequestFacts, asked: Interpretation): void {
  facts.route = answer.route;
  facts.region = answer.target.region;
  facts.credential = answer.credential;
  facts.modelUsed = answer.modelUsed;
  facts.attempts = answer.transmissions;
  if (answer.requestId !== "") facts.upstreamRequestId = answer.requestId;
  facts.dropped = joined(asked.dropped, answer.kind === "bedrock" ? answer.notes.dropped : answer.dropped);
  facts.structuredOutput = answer.kind === "bedrock" ? answer.notes.structuredOutput : undefined;
}

function joined(first: readonly string[], second: readonly string[]): readonly string[] {
  return first.length === 0 ? second : [...first, ...second];
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
  throw new TypeError("An answer is whole or a stream, of a kind that its dialect knows.");
}
