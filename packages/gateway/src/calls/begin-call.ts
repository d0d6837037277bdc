/** The beginning of every call with a JSON body: read, interpreted, noted. */
import type { JsonObject } from "@adit/bedrock";
import { alteredIn, exactNumbersAsText, parsedObject } from "@adit/bedrock/gateway";
import { projectOf, type CallerPrincipal } from "../access/principal.ts";
import { parseJsonBody } from "../http/request/json-body.ts";
import type { Incoming, Reply } from "../http/routes/route.ts";
import { pairsOfBody } from "../ledger/content/body-pairs.ts";
import { newFacts, type RequestFacts } from "../ledger/record/request-facts.ts";
import { promptWish, type PromptWish } from "../prompts/prompt-wish.ts";
import { promptedCall, type PromptedCall } from "../prompts/prompted-call.ts";
import type { ResponseTurn } from "../responses/response-turn.ts";
import { asksForTurn, type ResponseTurns } from "../responses/response-turns.ts";
import type { RoutingDependencies } from "../routing/dependencies.ts";
import { interpret, type Interpretation } from "../routing/request/interpret.ts";
import { gatherParams, type GatheredBody } from "../routing/request/keywords-params.ts";
import { unkeptWish } from "../routing/request/request-fields.ts";
import { echoTrace } from "./answers/answer-headers.ts";
import type { CallLimits } from "./bounds/call-limits.ts";

export interface BegunCall {
  asked: Interpretation;
  facts: RequestFacts;
  /** The body's text, where nothing of it was taken out, and every reader reads the same in it. */
  source: (() => string) | undefined;
  /** Set where a response goes on from a stored one, or something of it is to be stored. */
  turn: ResponseTurn | undefined;
}

export interface CallBeginning {
  dialect: RequestFacts["dialect"];
  routing: RoutingDependencies;
  /** Undefined for what is free, and counts nowhere. */
  limits: CallLimits | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
  /** True: the header `anthropic-version` is the dialect's own. */
  ownsAnthropicVersion?: boolean | undefined;
  /** True: no target elsewhere speaks the dialect. */
  isOnBedrockAlone?: boolean;
  /** Of the dialect whose answers may be stored and gone on from. */
  turns?: ResponseTurns | undefined;
}

/** Rejects with AditError of status 400 for a body that is not JSON, a config with a fault, half a credential ...; 412 or 429 for a limit. */
export async function beginCall(
  incoming: Incoming,
  reply: Reply,
  principal: CallerPrincipal,
  beginning: CallBeginning,
): Promise<BegunCall> {
  const facts = newFacts(beginning.dialect);
  incoming.facts = facts;
  const bytes = await incoming.readBody();
  facts.readMs = beginning.now() - incoming.receivedAt;
  const request = readRequest(bytes, incoming, facts, beginning.routing);
  const { written, isAsReceived, dropped } = request;
  const wish = wishOf(incoming, request, facts);
  const prompted =
    wish === undefined ? undefined : await promptedCall(wish, projectOf(principal), beginning.routing.prompts);
  if (prompted !== undefined) facts.prompts = prompted.used;
  const { turns } = beginning;
  const opening = turns && openTurn(turns, { incoming, reply, principal, written, bytes });
  const turn = opening && (await opening);
  const body = prompted?.body ?? turn?.body ?? written;
  const interpreting = interpret({
    headers: incoming.headers,
    body,
    principal,
    path: incoming.path,
    deps: beginning.routing,
    newTraceId: () => incoming.traceId,
    ownsAnthropicVersion: beginning.ownsAnthropicVersion === true,
    isOnBedrockAlone: beginning.isOnBedrockAlone === true,
    prompted,
  });
  // Who waits for nothing does not wait a turn of the event loop.
  const asked = interpreting instanceof Promise ? await interpreting : interpreting;
  // A spread would overflow the stack at some hundred thousand.
  dropped.forEach((name) => asked.dropped.push(name));
  // What waits for nothing takes no millisecond, and no look at the clock.
  const isWaiting = interpreting instanceof Promise || prompted !== undefined;
  facts.planMs = isWaiting ? beginning.now() - incoming.receivedAt : facts.readMs;
  const text = countedText(prompted, turn, bytes);
  noteAsked(facts, asked, text);
  echoTrace(incoming, reply, facts);
  const reserving = beginning.limits?.begin(incoming, principal, asked, text);
  if (reserving !== undefined) {
    await reserving;
    facts.limitsMs = beginning.now() - incoming.receivedAt;
  }
  return { asked, facts, source: sourceOf(incoming, asked.body === written && isAsReceived), turn };
}

interface ReadRequest {
  /** With what stands in other places than the body at its top. */
  written: JsonObject;
  /** What was received where a number of it has more digits than are kept: such numbers are texts. */
  exact: ExactBody | undefined;
  /** True where the bytes may go on as they came. */
  isAsReceived: boolean;
  dropped: readonly string[];
}

interface ExactBody {
  body: JsonObject;
  /** Paths of names that come twice. */
  twins: readonly string[];
}

const nothingDropped: readonly string[] = [];

function readRequest(
  bytes: Buffer,
  { headers, tap }: Incoming,
  facts: RequestFacts,
  { settings }: RoutingDependencies,
): ReadRequest {
  const received = parseJsonBody(bytes, settings.maxJsonDepth);
  const gathered = gatherNoting(facts, () => gatherParams(received, headers, settings.maxJsonDepth));
  const written = gathered?.body ?? received;
  noteKeeping(facts, written);
  const hasTwins = noteAltered(facts, bytes, received);
  const exact = facts.altered === undefined ? undefined : exactBodyOf(bytes);
  tap?.about([exact?.body ?? received, ...(gathered?.inHeaders ?? [])].flatMap(pairsOfBody));
  const isAsReceived = gathered === undefined && !hasTwins;
  return { written, exact, isAsReceived, dropped: gathered?.dropped ?? nothingDropped };
}

function sourceOf(incoming: Incoming, isAsWritten: boolean): BegunCall["source"] {
  return isAsWritten ? () => incoming.bodyText() : undefined;
}

/** Fields of other places than the body: those that cannot be read may say that nothing is to be kept. */
export function gatherNoting(facts: RequestFacts, gather: () => GatheredBody | undefined): GatheredBody | undefined {
  try {
    return gather();
  } catch (error) {
    facts.isUnkept = true;
    throw error;
  }
}

/** Before anything can be refused: of such a request nothing is kept either. */
export function noteKeeping(facts: RequestFacts, body: JsonObject): void {
  if ((unkeptWish(body) ?? false) !== false) facts.isUnkept = true;
}

/** True where the text must not be passed on: a name comes twice in it, and the next reader may take the other of the two. */
function noteAltered(facts: RequestFacts, bytes: Buffer, written: JsonObject): boolean {
  const altered = alteredIn(bytes, written);
  if (altered === undefined) return false;
  facts.altered = altered.paths;
  return altered.hasTwins;
}

function wishOf(incoming: Incoming, { written, exact }: ReadRequest, facts: RequestFacts): PromptWish | undefined {
  const wish = promptWish(incoming, { body: written, exact: exact?.body }, facts.dialect);
  if (wish !== undefined && exact !== undefined) facts.altered = stillAltered(facts.altered, exact);
  return wish;
}

function exactBodyOf(bytes: Buffer): ExactBody | undefined {
  const text = exactNumbersAsText(bytes.toString("utf8"));
  const body = parsedObject(text);
  return body && { body, twins: alteredIn(Buffer.from(text), body)?.paths ?? [] };
}

/** Without the variables of a prompt: what is put into its texts has all its digits. */
function stillAltered(paths: readonly string[] = [], { twins }: ExactBody): readonly string[] | undefined {
  const left = paths.filter((path) => !/^(?:prompt\.)?variables[.[]/.test(path) || twins.includes(path));
  return left.length === 0 ? undefined : left;
}

function openTurn(
  turns: ResponseTurns,
  asking: Parameters<ResponseTurns["open"]>[0],
): ReturnType<ResponseTurns["open"]> | undefined {
  return asksForTurn(asking.written) ? turns.open(asking) : undefined;
}

function noteAsked(facts: RequestFacts, asked: Interpretation, text: Buffer | string): void {
  facts.trace = asked.trace;
  facts.metadata = asked.metadata;
  facts.modelAsked = asked.modelAsWritten;
  facts.requestBytes = Buffer.byteLength(text);
  facts.requestBody = asked.body;
}

/** All that is sent, so that it can be counted. */
function countedText(
  prompted: PromptedCall | undefined,
  turn: ResponseTurn | undefined,
  bytes: Buffer,
): Buffer | string {
  return prompted?.text() ?? turn?.text() ?? bytes;
}
