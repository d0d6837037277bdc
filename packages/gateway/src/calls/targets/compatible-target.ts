/** One target that speaks the caller's own format: the body goes through, with the model's name and the key exchanged. */
import {
  AditError,
  isJsonObject,
  type AnswerFormat,
  type CompatibleCall,
  type CompatibleEndpoint,
  type CompatibleStream,
  type CredentialSource,
  type JsonObject,
  type MantlePlace,
} from "@adit/bedrock";
import { withSettledHistory } from "@adit/bedrock/gateway";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { withoutOwnReasoning } from "../../responses/own-reasoning.ts";
import type { ResponseTurn } from "../../responses/response-turn.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { isGatewayField, withoutGatewayFields } from "../../routing/request/request-fields.ts";
import type { StandIn } from "../../routing/plan/signer.ts";
import { asksForGuardrail } from "../bounds/guardrail-bound.ts";
import { withoutOwnBlocks } from "./own-blocks.ts";
import type { TargetWay } from "../journey.ts";
import { retryPolicyOf, type RetryPlace } from "../../routing/retry-policy.ts";
import { streamLimitsOf } from "../time-out.ts";

/** How the target answered: bytes to pass through. */
export interface CompatibleAnswer {
  kind: "compatible";
  target: Target;
  route: RequestFacts["route"];
  credential: string;
  requestId: string;
  modelUsed: string;
  transmissions: number;
  /** Fields of the target's own parameters that were left out: a host that is not AWS gets no AWS credential. */
  dropped: string[];
  /** JSON, as the target wrote it. Its own word on the type is not passed on: to a browser it could make a page of it. */
  whole: { body: Buffer; answer: JsonObject } | undefined;
  stream: CompatibleStream | undefined;
}

export interface CompatibleTargetCall extends TargetWay {
  format: AnswerFormat;
  /** Paths of the body whose values are others than the caller wrote: it is written anew. */
  altered?: readonly string[] | undefined;
  stream: boolean;
  endpoint: CompatibleEndpoint;
  /** Set where a response goes on from a stored one, or something of it is to be stored. */
  turn?: ResponseTurn | undefined;
  /** Further headers that the format has, such as `anthropic-version`. */
  formatHeaders?: Record<string, string>;
}

/** One of AWS's own endpoints, or what stands in for it. */
export interface MantleWay {
  place: MantlePlace;
  credentials: CredentialSource;
  standIn: StandIn | undefined;
}

/** Calls a target that is not AWS's. Rejects with AditError. `body` is the caller's, without the gateway's own fields. */
export async function callForeign(
  target: Target,
  body: JsonObject,
  call: CompatibleTargetCall,
): Promise<CompatibleAnswer> {
  const { apiKeyLabel = "", baseUrl } = target;
  const apiKey = typeof target.apiKey === "function" ? await target.apiKey() : target.apiKey;
  if (apiKey === undefined || baseUrl === undefined) throw new TypeError("An OpenAI target has a key and a base URL.");
  const sent = sentBody(target, body, call);
  return callCompatible(target, call, {
    upstream: { ...upstreamOf(target, sent.body, call), baseUrl, apiKey },
    dropped: sent.dropped,
    route: "openai",
    credential: () => apiKeyLabel,
  });
}

/** Calls AWS's own endpoint of this format. Rejects with AditError. */
export function callMantle(
  target: Target,
  body: JsonObject,
  call: CompatibleTargetCall,
  { place, credentials, standIn }: MantleWay,
): Promise<CompatibleAnswer> {
  const { region } = target;
  const sent = withLimitNamed(sentBody(target, body, call), call.format === "chat" ? place.chatLimit : undefined);
  if (asksForGuardrail(sent.body)) throw withoutGuardrail(target.model);
  const hidesUsage = call.format === "chat" && call.stream && !asksForUsage(sent.body);
  const told = call.format === "responses" ? storedByWishAlone(sent.body) : sent.body;
  return callCompatible(target, call, {
    upstream: {
      ...upstreamOf(target, hidesUsage ? withUsageAsked(told) : told, call),
      hidesUsage,
      // What AWS keeps it knows by its own ids.
      ownCallIds: call.format === "responses" && told["store"] !== true,
      region,
      credentials,
      basePath: place.basePath,
      endpointUrl: standIn?.url ?? target.baseUrl,
    },
    dropped: sent.dropped,
    route: standIn === undefined ? routeOf(call.format) : "emulator",
    // Read after the call: a chain's label says which of its links serves only once one has.
    credential: () => credentials.label,
  });
}

/** The format in which a target that is not AWS's gets the call: they speak OpenAI's. */
export function formatElsewhere(format: AnswerFormat | undefined): AnswerFormat | undefined {
  return format === "messages" ? undefined : format;
}

/** The route by which a format is passed through. */
export function routeOf(format: AnswerFormat): "openai" | "anthropic" {
  return format === "messages" ? "anthropic" : "openai";
}

export function servesFormat({ formats }: { formats: readonly AnswerFormat[] }, format: AnswerFormat): boolean {
  return formats.includes(format);
}

export function servedOtherwise(model: string, { formats }: MantlePlace): AditError {
  return new AditError(
    "unsupported_operation",
    `AWS serves ${model} in its own format alone, which is not this path's.`,
    {
      param: "model",
      remedy: `Call ${formats.map((format) => pathOfFormat[format]).join(" or ")}.`,
    },
  );
}

/** It would go unseen there: nobody would know that no guardrail was applied. */
function withoutGuardrail(model: string): AditError {
  return new AditError(
    "unsupported_parameter",
    `guardrailConfig: AWS has no guardrails where it serves ${model}, on bedrock-mantle.`,
    {
      param: "guardrailConfig",
      remedy: "Have a config's check bedrock.guard apply the guardrail: docs/guardrails.md.",
    },
  );
}

/** The answer says "queued": what comes of it, and what that costs, stands at a path of the target's that no caller reaches. */
function neverFetched(): AditError {
  return new AditError(
    "unsupported_parameter",
    "background is not supported: responses are made while their caller waits.",
    { param: "background", remedy: "Leave it out, and ask with stream: true for what takes long." },
  );
}

const pathOfFormat: Readonly<Record<MantlePlace["formats"][number], string>> = {
  chat: "/v1/chat/completions",
  responses: "/v1/responses",
  messages: "/v1/messages",
};

interface Going {
  upstream: CompatibleCall;
  dropped: readonly string[];
  route: RequestFacts["route"];
  credential: () => string;
}

async function callCompatible(target: Target, call: CompatibleTargetCall, going: Going): Promise<CompatibleAnswer> {
  const { upstream, route, credential } = going;
  const reply = call.stream ? undefined : await call.endpoint.send(upstream);
  const stream = call.stream ? await call.endpoint.stream(upstream) : undefined;
  const went = reply ?? stream;
  return {
    kind: "compatible",
    target,
    route,
    credential: credential(),
    requestId: went?.requestId ?? "",
    modelUsed: target.model,
    transmissions: went?.attempts.length ?? 0,
    dropped: [
      ...going.dropped,
      ...(call.altered ?? []),
      ...Object.keys(target.overrideParams)
        .filter(isGatewayField)
        .map((name) => `${target.path}.override_params.${name}`),
    ],
    whole: reply,
    stream,
  };
}

interface SentBody {
  body: JsonObject;
  dropped: readonly string[];
}

function sentBody(
  { overrideParams, model }: Target,
  given: JsonObject,
  { turn, format }: CompatibleTargetCall,
): SentBody {
  const body: JsonObject = { ...given, ...withoutGatewayFields(overrideParams), model };
  if (format === "responses" && body["background"] === true) throw neverFetched();
  if (turn !== undefined) return turn.forOthers(body);
  switch (format) {
    case "responses":
      return withoutOwnReasoning(body, (index) => `input[${index}]`);
    case "chat":
      return withoutOwnBlocks(body);
    case "messages":
      return withSettledHistory(body);
    case "completions":
    case "embeddings":
    case "message-count":
      return { body, dropped: nothingDropped };
  }
}

const nothingDropped: readonly string[] = [];

/** The limit of tokens under the one name that is taken. Where the caller wrote both, the newer counts, as everywhere. */
function withLimitNamed(sent: SentBody, name: MantlePlace["chatLimit"]): SentBody {
  const limit = sent.body["max_tokens"] ?? null;
  if (name === undefined || limit === null) return sent;
  const { max_tokens: _older, ...body } = sent.body;
  const own = body[name] ?? null;
  if (own === null) return { body: { ...body, [name]: limit }, dropped: sent.dropped };
  return { body, dropped: own === limit ? sent.dropped : [...sent.dropped, "max_tokens"] };
}

/** AWS keeps a response unless it is told not to (recorded: `"store": true` where the request says nothing); at this door absent means no. */
function storedByWishAlone(body: JsonObject): JsonObject {
  return (body["store"] ?? null) === null ? { ...body, store: false } : body;
}

/** What is no object of options is AWS's to refuse. */
function asksForUsage({ stream_options: options }: JsonObject): boolean {
  const given = options ?? {};
  return !isJsonObject(given) || given["include_usage"] === true;
}

/** A stream tells what it used where that is asked for alone, and what a call cost is to be known. */
function withUsageAsked(body: JsonObject): JsonObject {
  const { stream_options: options } = body;
  return { ...body, stream_options: { ...(isJsonObject(options) && options), include_usage: true } };
}

function upstreamOf(target: Target, body: JsonObject, call: CompatibleTargetCall) {
  return {
    body: JSON.stringify(body),
    format: call.format,
    headers: { ...call.forwardHeaders, ...call.formatHeaders },
    signal: call.signal,
    retry: retryPolicyOf(target.retry, retryPlaceOf(target, call)),
    onAttempt: call.onAttempt,
    tap: call.tap,
    ...(call.stream && { limits: streamLimitsOf(target) }),
  };
}

/** A stored key may be switched off while a further try waits: as a credential of AWS's it is asked for with each. */
function retryPlaceOf({ apiKey }: Target, call: CompatibleTargetCall): Omit<RetryPlace, "onAttempt"> {
  if (typeof apiKey !== "function") return call;
  const { anotherRemains, mayGoOn, onWait, beforeRetry, triesBefore } = call;
  return {
    anotherRemains,
    mayGoOn,
    onWait,
    beforeRetry: async (failure) => {
      await apiKey();
      return beforeRetry?.(failure);
    },
    triesBefore,
  };
}
