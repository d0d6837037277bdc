/** What a target has answered, as the dialect of the caller writes it, whole or as a stream; and what the answer tells of the call. */
import { isJsonObject, type AditError, type ConverseResponse, type JsonObject } from "@adit/bedrock";
import { isMalformed, servingFromHeaders, usageIn, webSearchesIn, withWebSearches } from "@adit/bedrock/gateway";
import { noteTrace } from "../../guardrails/trace-facts.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { tierTold } from "../../ledger/cost/tier-asked.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import type { Target } from "../../routing/plan/plan.ts";
import type { BedrockAnswer, PreparedFacts } from "../targets/bedrock-target.ts";
import type { AnswerContext, CallDialect } from "../call-dialect.ts";
import type { CompatibleAnswer } from "../targets/compatible-target.ts";
import type { Journey } from "../journey.ts";
import { noteService, passStream, streamAnswer, streamNative, type StreamOut } from "./stream-answer.ts";

export type Answer<Request> = BedrockAnswer<Request> | CompatibleAnswer;

/** The body of a whole answer; what it tells is noted in the request's facts. `now`: milliseconds since 1970. */
export function wholeBody<Request>(
  way: Journey,
  answer: Answer<Request>,
  dialect: CallDialect<Request>,
  now: () => number,
): object | Buffer | string {
  const { facts } = way;
  if (answer.kind === "compatible") {
    const { body, answer: json } = answer.whole ?? unreachable();
    const { service_tier: tier } = json;
    const told = usageIn(json);
    if (told !== undefined) facts.usage = told;
    // Anthropic's stands in the usage.
    facts.tier = tierTold(tier ?? told?.["service_tier"]);
    facts.stopReason = stopReasonIn(json);
    return body;
  }
  const { result } = answer;
  const response = wholeResponse(answer);
  if (response !== undefined) {
    noteTold(facts, response);
    const body = dialect.whole(response, contextOf(way, answer, now));
    learnDropped(answer, facts, way.asked);
    return body;
  }
  if (result.kind !== "native") return unreachable();
  const { whole, reply } = result;
  facts.stopReason = whole.stopReason;
  facts.usage = whole.usage;
  noteService(facts, servingFromHeaders(reply.headers));
  if (whole.trace !== undefined) noteTrace(facts, whole.trace);
  return whole.body;
}

function noteTold(facts: RequestFacts, response: ConverseResponse): void {
  facts.stopReason = response.stopReason;
  facts.usage = withWebSearches(response.usage, webSearchesIn(response.output.message.content));
  noteService(facts, response);
  if (response.trace !== undefined) noteTrace(facts, response.trace);
}

/**
 * Throws what the dialect makes of an output that AWS could not read, where that is an error to the caller; what it used is noted then. One
 * that the caller is to have is noted when it is written: twice, its guardrail would be charged twice.
 */
export function checkReadable<Request>(
  way: Journey,
  answer: Answer<Request>,
  dialect: CallDialect<Request>,
  now: () => number,
): void {
  const response = wholeResponse(answer);
  if (answer.kind === "compatible" || response === undefined || !isMalformed(response.stopReason)) return;
  const context = contextOf(way, answer, now);
  try {
    dialect.whole(response, { ...context, notes: { ...context.notes, dropped: [...context.notes.dropped] } });
  } catch (error) {
    learn(answer, way.facts, way.asked);
    noteTold(way.facts, response);
    throw error;
  }
}

/** Converse's whole answer, one that is told as a stream too; undefined for any other. */
export function wholeResponse<Request>(answer: Answer<Request>): ConverseResponse | undefined {
  if (answer.kind === "compatible") return undefined;
  const { result } = answer;
  return result.kind === "whole" ? result.response : result.kind === "stream" ? result.told : undefined;
}

/** In the words of its format, as its stream has it: of a chat completion, a message, a response. */
function stopReasonIn({
  choices,
  stop_reason: ofMessage,
  incomplete_details: cut,
  status,
}: JsonObject): string | undefined {
  const first = Array.isArray(choices) ? choices[0] : undefined;
  // A response that is cut short says why beside its status.
  const ofResponse = isJsonObject(cut) ? cut["reason"] : status;
  const reason = isJsonObject(first) ? first["finish_reason"] : (ofMessage ?? ofResponse);
  return typeof reason === "string" ? reason : undefined;
}

/** Writes a stream to its end. Resolves with its failure, if there was one: the caller has been told of it. */
export function pumpStream<Request>(
  way: Journey,
  answer: Answer<Request>,
  dialect: CallDialect<Request>,
  out: StreamOut,
): Promise<AditError | undefined> {
  if (answer.kind === "compatible") return passStream(answer.stream ?? unreachable(), dialect, out);
  const { result } = answer;
  const context = contextOf(way, answer, out.now);
  const write = (text: string): void => out.events.write(text);
  if (result.kind === "stream") return streamAnswer(result.source, dialect.writer(context, write), out);
  if (result.kind === "native-stream") {
    return streamNative(result.stream, (dialect.native ?? unreachable()).writer(context, write), out);
  }
  return unreachable();
}

function contextOf<Request>(
  { asked, incoming }: Journey,
  answer: BedrockAnswer<Request>,
  now: () => number,
): AnswerContext<Request> {
  return {
    request: answer.request,
    requestId: answer.requestId === "" ? incoming.id : answer.requestId,
    gatewayId: incoming.id,
    created: Math.floor(now() / 1000),
    model: asked.modelAsWritten,
    strict: answer.target.strict ?? asked.strict,
    notes: answer.notes,
    source: answer.source,
  };
}

/** The caller may get its headers while the answer is still awaited: what is known by then is in them. */
export function learnPrepared(
  { route, dropped, structuredOutput, baseModel, hasGuardrail }: PreparedFacts,
  { droppedParams }: Target,
  { asked, facts }: Journey,
): void {
  facts.route = route;
  facts.baseModel = baseModel;
  facts.dropped = joined(joined(asked.dropped, droppedParams), dropped);
  facts.structuredOutput = structuredOutput;
  if (hasGuardrail) facts.guardrailInCall = "untold";
}

/** Where the answer came from, and what was left out for it. */
export function learn<Request>(answer: Answer<Request>, facts: RequestFacts, asked: Interpretation): void {
  facts.route = answer.route;
  facts.region = answer.target.region;
  facts.credential = answer.credential;
  facts.modelUsed = answer.modelUsed;
  // Tries that ran into the target's own timeout are counted already, and none of the answer's.
  facts.attempts = Math.max(facts.attempts ?? 0, answer.transmissions);
  if (answer.requestId !== "") facts.upstreamRequestId = answer.requestId;
  learnDropped(answer, facts, asked);
  facts.structuredOutput = answer.kind === "bedrock" ? answer.notes.structuredOutput : undefined;
}

/** What has been left out by now: the translation of the answer may add to it. */
export function learnDropped<Request>(
  answer: Answer<Request>,
  facts: RequestFacts,
  { dropped }: Pick<Interpretation, "dropped">,
): void {
  facts.dropped = joined(
    joined(dropped, answer.target.droppedParams),
    answer.kind === "bedrock" ? answer.notes.dropped : answer.dropped,
  );
}

/** Most calls leave nothing out. */
function joined(first: readonly string[], second: readonly string[]): readonly string[] {
  return first.length === 0 ? second : [...first, ...second];
}

function unreachable(): never {
  throw new TypeError("An answer is whole or a stream, of a kind that its dialect knows.");
}
