/** A call of a model, in whatever dialect: from the bytes of a request to the bytes of its answer. */
import {
  AditError,
  mantlePlace,
  mediaLoader,
  type AnswerFormat,
  type CallTools,
  type CompatibleEndpoint,
} from "@adit/bedrock";
import { unlessAborted } from "@adit/bedrock/gateway";
import { CachedCall, type WithoutKey } from "../cache/cached-call.ts";
import type { StoredAnswers } from "../cache/stored-answers.ts";
import { tenantOf, type CallerPrincipal } from "../access/principal.ts";
import type { TargetHooks } from "../guardrails/hook.ts";
import type { GuardDependencies } from "../guardrails/open-guard.ts";
import type { Incoming, Reply, Route } from "../http/routes/route.ts";
import type { ResponseTurn } from "../responses/response-turn.ts";
import type { ResponseTurns } from "../responses/response-turns.ts";
import type { RoutingDependencies } from "../routing/dependencies.ts";
import { flagFrom } from "../routing/request/body-fields.ts";
import { withParams } from "../routing/config/params.ts";
import type { Target } from "../routing/plan/plan.ts";
import { nameAnswer, usesVendorPrefix } from "./answers/answer-headers.ts";
import { beginCall } from "./begin-call.ts";
import { callBedrock, type BedrockAnswer, type BedrockTools } from "./targets/bedrock-target.ts";
import { signerOf, type Signer, type SignerDependencies } from "../routing/plan/signer.ts";
import { asBedrockGetsIt, checkedFirst } from "./targets/body-for-bedrock.ts";
import type { CallDialect } from "./call-dialect.ts";
import {
  callForeign,
  callMantle,
  formatElsewhere,
  routeOf,
  servedOtherwise,
  servesFormat,
  type CompatibleAnswer,
  type CompatibleTargetCall,
} from "./targets/compatible-target.ts";
import {
  guardedStream,
  sendGuarded,
  throughGuardrails,
  type Checked,
  type GuardedWay,
} from "./targets/guarded-answer.ts";
import { refusalOf, travel, type JourneyDependencies, type TargetWay } from "./journey.ts";
import {
  checkReadable,
  learn,
  learnDropped,
  learnPrepared,
  pumpStream,
  wholeBody,
  type Answer,
} from "./answers/model-answer.ts";
import {
  findStored,
  keepStream,
  keepWhole,
  learnStored,
  sendStored,
  type FoundAnswer,
} from "./answers/stored-answer.ts";
import type { StreamOut } from "./answers/stream-answer.ts";
import { sentTo, turnDialect } from "./doors/turn-dialect.ts";

export interface ModelCallDependencies
  extends BedrockTools, JourneyDependencies, SignerDependencies, GuardDependencies {
  routing: RoutingDependencies;
  client: GuardDependencies["client"];
  hop: JourneyDependencies["hop"];
  now: () => number;
  endpoint: CompatibleEndpoint;
  answers: StoredAnswers;
  /** Of the dialect whose answers may be stored and gone on from. */
  turns?: ResponseTurns;
}

/** New, or one that was stored. */
type Found<Request> = Answer<Request> | FoundAnswer;

/** One request on its way. */
interface Way<Request> extends GuardedWay {
  /** Checked for Bedrock, where it was. */
  request: Request | undefined;
  loadMedia: CallTools["loadMedia"];
  /** The body's text, where nothing of it was taken out. */
  source: (() => string) | undefined;
  tenant: string;
  cached: CachedCall;
  dialect: CallDialect<Request>;
  /** Set where the response goes on from a stored one, or something of it is to be stored. */
  turn: ResponseTurn | undefined;
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

  async handle(incoming: Incoming, reply: Reply, principal: CallerPrincipal): Promise<void> {
    const { settings } = this.#deps.routing;
    const { asked, facts, source, turn } = await beginCall(incoming, reply, principal, {
      dialect: this.#dialect.name,
      routing: this.#deps.routing,
      limits: this.#deps.limits,
      now: this.#deps.now,
      ownsAnthropicVersion: this.#dialect.ownsAnthropicVersion,
      isOnBedrockAlone: formatElsewhere(this.#dialect.format) === undefined,
      turns: this.#deps.turns,
    });
    const dialect = turn === undefined ? this.#dialect : turnDialect(this.#dialect, turn);
    const request = checkedFirst(dialect, asked);
    // A dialect's own check may not have run: another's endpoint may be the first to get the body.
    const stream = flagFrom(asked.body["stream"] ?? undefined, "stream") === true;
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
      source,
      tenant: tenantOf(principal),
      cached: new CachedCall(this.#deps.answers, incoming.headers),
      dialect,
      turn,
      principal,
      guard: undefined,
      events: undefined,
    };
    try {
      await this.#answer(way);
    } catch (error) {
      const refusal = refusalOf(way, error);
      way.events?.write(this.#dialect.errorEvent(refusal, usesVendorPrefix(incoming), incoming.id));
      way.events?.end();
    }
  }

  async #answer(way: Way<Request>): Promise<void> {
    const { asked, facts, incoming, reply, stream } = way;
    const attempt = (target: Target, place: TargetWay): Promise<Found<Request> | Checked<Found<Request>>> => {
      way.guard = undefined;
      if (way.turn?.keeps === true) place.tap = way.turn.tapOver(place.tap);
      return target.hooks === undefined
        ? this.#reach(way, target, place)
        : this.#guarded(way, { target, hooks: target.hooks }, place);
    };
    const open = (): void => {
      way.events = reply.openEvents(undefined, this.#dialect.keepAlive);
    };
    const answer = await travel(way, this.#deps, attempt, stream ? open : undefined);
    if (answer.kind === "checked") {
      if (facts.hold !== undefined) await facts.hold.settle();
      const body =
        way.turn === undefined ? answer.body : await way.turn.whole(answer.body, sentTo(answer.answer.target, asked));
      nameAnswer(incoming, reply, facts);
      reply.send(answer.status, body);
      return;
    }
    if (answer.kind === "stored") {
      await this.#sendStored(way, answer);
      return;
    }
    learn(answer, facts, asked);
    if (stream) {
      nameAnswer(incoming, reply, facts);
      await this.#sendStream(way, answer);
      return;
    }
    // The reply's translation may leave something out too: it comes before the headers that say so.
    const answered = wholeBody(way, answer, way.dialect, this.#deps.now);
    if (facts.hold !== undefined) await facts.hold.settle();
    const body = way.turn === undefined ? answered : await way.turn.whole(answered, sentTo(answer.target, asked));
    nameAnswer(incoming, reply, facts);
    reply.send(200, body);
    keepWhole(way, body);
  }

  /** The target's answer: one that is stored, or a new one. */
  #reach(way: Way<Request>, target: Target, place: TargetWay): Promise<Found<Request>> {
    // A response that is stored, or goes on from one, is one of its own. And an item is sealed once under its id: as a guardrail leaves it.
    const isShared = way.turn?.isItsOwn !== true && way.cached.isWanted(target);
    const isAnothers = way.turn?.itemsId !== undefined && way.guard?.mayChangeAnswers === true;
    if (isShared && !isAnothers) return this.#storedOr(way, target, place);
    way.facts.cacheStatus = undefined;
    return this.#call(way, target, place);
  }

  async #storedOr(way: Way<Request>, target: Target, place: TargetWay): Promise<Found<Request>> {
    return (await this.#stored(way, target, place)) ?? this.#call(way, target, place);
  }

  #call(way: Way<Request>, target: Target, place: TargetWay): Promise<Answer<Request>> {
    way.facts.overrideParams = target.overrideParams;
    if (target.provider === "openai") return this.#callForeign(way, target, place);
    const calling = this.#callAws(way, target, place);
    return place.anotherRemains ? this.#orNext(way, calling) : calling;
  }

  /** An output that AWS could not read is this target's failure, where the caller would be told so: another target may do better. */
  async #orNext(way: Way<Request>, calling: Promise<Answer<Request>>): Promise<Answer<Request>> {
    const answer = await calling;
    checkReadable(way, answer, this.#dialect, this.#deps.now);
    return answer;
  }

  /** The same through the target's guardrails. What is stored is the answer as it came: it is judged anew each time. */
  async #guarded(
    way: Way<Request>,
    { target, hooks }: { target: Target; hooks: TargetHooks },
    place: TargetWay,
  ): Promise<Found<Request> | Checked<Found<Request>>> {
    const reach = (changed: Target): Promise<Found<Request>> => this.#reach(way, changed, place);
    const textOf = (found: Found<Request>): string => this.#textOf(way, found);
    const answer = await throughGuardrails(way, { target, hooks, place, reach, textOf }, this.#deps);
    if (answer.kind === "checked" && answer.answer.kind !== "stored") keepWhole(way, answer.text);
    return answer;
  }

  /** A whole answer's text, and what it tells in the request's facts. */
  #textOf(way: Way<Request>, answer: Found<Request>): string {
    if (answer.kind === "stored") {
      learnStored(way, answer);
      return answer.answer.text;
    }
    learn(answer, way.facts, way.asked);
    const body = wholeBody(way, answer, way.dialect, this.#deps.now);
    if (typeof body === "string") return body;
    return Buffer.isBuffer(body) ? body.toString("utf8") : JSON.stringify(body);
  }

  async #sendStored(way: Way<Request>, found: FoundAnswer): Promise<void> {
    if (way.guard === undefined) {
      if (way.facts.hold !== undefined) await way.facts.hold.settle();
      sendStored(way, found);
      return;
    }
    learnStored(way, found);
    nameAnswer(way.incoming, way.reply, way.facts);
    const events = way.events ?? way.reply.openEvents(way.guard.status, this.#dialect.keepAlive);
    await sendGuarded(way, found.answer.text, { events, dialect: this.#dialect, strict: found.target.strict });
  }

  /** The answer that the cache has for this target. */
  #stored(way: Way<Request>, target: Target, { forwardHeaders }: TargetWay): Promise<FoundAnswer | undefined> {
    const { asked, incoming, tenant, turn } = way;
    const describe = async (): Promise<WithoutKey> => ({
      tenant,
      form: [
        this.#dialect.name,
        // The answer names it, whatever the target's own parameters have in its place.
        asked.modelAsWritten,
        target.strict ?? asked.strict,
        asked.useConverse,
        usesVendorPrefix(incoming),
        // Whose items nobody sealed is no answer for who will refer to them.
        turn?.keeps,
      ],
      signer: target.provider === "openai" ? undefined : await signerOf(target, this.#deps),
      body: withParams(asked.body, target.overrideParams),
      forwardHeaders: { ...forwardHeaders, "anthropic-beta": asked.anthropicBeta.join(",") },
    });
    return findStored(way, target, describe, this.#deps.now);
  }

  #callForeign(way: Way<Request>, target: Target, place: TargetWay): Promise<CompatibleAnswer> {
    way.facts.route = "openai";
    way.credentials = undefined;
    const format = formatElsewhere(this.#dialect.format);
    if (format === undefined) {
      throw new AditError("unsupported_operation", `${target.path} does not speak the dialect of this path.`, {
        param: target.path,
        remedy: "Name a target on Bedrock, or call /v1/chat/completions.",
      });
    }
    return callForeign(target, way.asked.body, this.#compatibleCall(way, place, format));
  }

  /** By bedrock-runtime, or by AWS's own endpoint in the caller's format where the model is served there alone. */
  async #callAws(way: Way<Request>, target: Target, place: TargetWay): Promise<Answer<Request>> {
    const finding = signerOf(target, this.#deps);
    const { standIn, credentials } = finding instanceof Promise ? await finding : finding;
    way.credentials = credentials;
    const mantle = mantlePlace(target.model);
    if (mantle === undefined || way.asked.useConverse !== undefined) {
      return this.#callBedrock(way, target, place, { standIn, credentials });
    }
    const { format } = this.#dialect;
    if (format === undefined || !servesFormat(mantle, format)) throw servedOtherwise(target.model, mantle);
    way.facts.route = standIn === undefined ? routeOf(format) : "emulator";
    const call = this.#compatibleCall(way, place, format);
    return callMantle(target, way.asked.body, call, { place: mantle, credentials, standIn });
  }

  #compatibleCall(way: Way<Request>, place: TargetWay, format: AnswerFormat): CompatibleTargetCall {
    const formatHeaders = this.#dialect.formatHeaders?.(way.asked);
    return {
      ...place,
      format,
      altered: way.facts.altered,
      stream: way.stream,
      endpoint: this.#deps.endpoint,
      turn: way.turn,
      ...(formatHeaders !== undefined && { formatHeaders }),
    };
  }

  async #callBedrock(
    way: Way<Request>,
    target: Target,
    place: TargetWay,
    { standIn, credentials }: Signer,
  ): Promise<BedrockAnswer<Request>> {
    const { asked, facts } = way;
    const request = this.#requestFor(way, target);
    facts.route = standIn === undefined ? undefined : "emulator";
    const { anotherRemains, mayGoOn, onWait, beforeRetry, triesBefore, onAttempt, tap, signal, forwardHeaders } = place;
    return callBedrock(target, way.dialect, {
      request,
      stream: way.stream,
      // For the next target they are fetched on, where this one's time is over.
      loadMedia: (urls) => unlessAborted(way.loadMedia(urls), signal),
      altered: facts.altered,
      source: request === way.request ? way.source : undefined,
      anthropicBeta: asked.anthropicBeta,
      tenant: way.tenant,
      useConverse: asked.useConverse,
      tools: this.#deps,
      standIn,
      credentials,
      anotherRemains,
      mayGoOn,
      onWait,
      beforeRetry,
      triesBefore,
      onAttempt,
      tap,
      signal,
      forwardHeaders,
      // What is refused before goes by no route.
      onPrepared: (prepared) => learnPrepared(prepared, target, way),
    });
  }

  /** The request as this target on Bedrock gets it: its own parameters laid over, and checked with them. */
  #requestFor({ asked, request, dialect }: Way<Request>, target: Target): Request {
    if (request !== undefined && Object.keys(target.overrideParams).length === 0) return request;
    return dialect.check(asBedrockGetsIt(asked, target.overrideParams));
  }

  async #sendStream(way: Way<Request>, answer: Answer<Request>): Promise<void> {
    way.incoming.letGoOfBody();
    const { guard, turn } = way;
    const events = way.events ?? way.reply.openEvents(guard?.status, this.#dialect.keepAlive);
    const sent = turn === undefined ? undefined : sentTo(answer.target, way.asked);
    const kept = sent && turn?.eventsOver(events, sent, usesVendorPrefix(way.incoming));
    const opened = kept ?? events;
    const guarded =
      guard === undefined
        ? undefined
        : guardedStream(way, { events: opened, dialect: this.#dialect, strict: answer.target.strict });
    const recording = way.cached.recording(guarded ?? opened);
    const out: StreamOut = {
      events: recording.events,
      guard: guarded,
      withVendorFields: usesVendorPrefix(way.incoming),
      requestId: way.incoming.id,
      facts: way.facts,
      receivedAt: way.incoming.receivedAt,
      now: this.#deps.now,
    };
    const failure = await pumpStream(way, answer, way.dialect, out);
    learnDropped(answer, way.facts, way.asked);
    if (failure === undefined) keepStream(way, recording.text());
    if (kept !== undefined && sent !== undefined) await turn?.finish(kept, sent, way.facts);
  }
}
