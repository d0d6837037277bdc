/** What an answer in Bedrock's own format tells of its usage and its end: it passes through as it came, and is only read. */
import {
  isJsonObject,
  type InvokeReply,
  type JsonObject,
  type JsonValue,
  type ModelAction,
  type OpenPassedStream,
  type TokenUsage,
} from "@adit/bedrock";
import {
  claudeUsage,
  countsFromHeaders,
  countsFromMetrics,
  GuardrailReply,
  type InvocationCounts,
  nativeStopReason,
  parsedObject,
  servingFromHeaders,
  usageFrom,
  webSearchesIn,
  withWebSearches,
} from "@adit/bedrock/gateway";
import { guardrailUnitsIn } from "../../guardrails/guardrail-use.ts";
import { noteTrace } from "../../guardrails/trace-facts.ts";
import { noteFailure, type RequestFacts } from "../../ledger/record/request-facts.ts";
import { noteService } from "../answers/stream-answer.ts";
import { baseModelOf } from "../../ledger/cost/call-cost.ts";
import { countedPieces, type CountedPieces } from "./counted-pieces.ts";

/** Of a whole answer: Converse's figures stand in it, InvokeModel's in its headers too, and what is paid apiece in both bodies. */
export function noteWhole(
  facts: RequestFacts,
  { action, request }: { action: ModelAction; request: Buffer | string },
  reply: InvokeReply,
): void {
  if (reply.failure !== undefined) noteFailure(facts, reply.failure);
  if (action !== "converse") {
    noteInvocation(facts, reply);
    if (reply.failure === undefined)
      notePieces(facts, countedPieces(baseModelOf(facts), { request, answer: reply.body }));
    return;
  }
  const response = parsedObject(reply.body.toString("utf8"));
  if (response === undefined) return;
  // The answer is the caller's, whatever it holds: who gave it may be a host that only says it is Bedrock.
  const { stopReason } = response;
  facts.stopReason = typeof stopReason === "string" ? stopReason : undefined;
  facts.usage = withWebSearches(memberOf(response, "usage"), searchesOf(response));
  noteService(facts, response);
  noteTrace(facts, response["trace"]);
}

/** Of what is embedded AWS tells the tokens alone; of what is made, or put in order, nothing. */
function notePieces(facts: RequestFacts, pieces: CountedPieces | undefined): void {
  // That there were no seconds tells nothing of what there was.
  const isCounted = pieces !== undefined && Object.values(pieces).some((count) => count > 0);
  if (facts.usage === undefined) facts.usage = isCounted ? pieces : undefined;
  else if (!("outputTokens" in facts.usage)) facts.usage = { ...facts.usage, ...pieces };
}

/** What is longer, and of which AWS tells no tokens that were written, is no text, and is not read for what it tells. */
const longestUncounted = 1024 * 1024;

function noteInvocation(facts: RequestFacts, { body, headers }: InvokeReply): void {
  noteService(facts, servingFromHeaders(headers));
  const counts = countsFromHeaders(headers);
  const { inputTokens, outputTokens } = counts;
  // A model that embeds has no tokens of output to tell, and no end.
  const isEmbedding = inputTokens !== undefined && outputTokens === undefined;
  // A text may be long: what Claude cites stands in its answer again, and is no output.
  const isRead = outputTokens !== undefined || (!isEmbedding && body.length <= longestUncounted);
  const answer = isRead ? parsedObject(body.toString("utf8")) : undefined;
  facts.stopReason = answer && nativeStopReason(answer);
  if (answer !== undefined) noteTrace(facts, nativeTrace([answer]));
  // What was written to the cache, and how long it lives, stands in Claude's body alone where AWS's headers leave it out (recorded).
  const ofClaude = Array.isArray(answer?.["content"]) ? claudeUsage(counts, answer["usage"]) : undefined;
  const told = ofClaude ?? usageFrom(counts) ?? (inputTokens === undefined ? undefined : { inputTokens });
  facts.usage = withWebSearches(told, searchesOf(answer));
}

/** Of Converse's answer, or of Nova's own. */
function searchesOf(answer: JsonObject | undefined): number {
  return webSearchesIn(memberOf(memberOf(answer, "output"), "message")?.["content"]);
}

/** What a guardrail counts: units by policy. */
export function noteGuardrail(facts: RequestFacts, { body }: InvokeReply): void {
  const guardrailUnits = guardrailUnitsIn(parsedObject(body.toString("utf8"))?.["usage"]);
  if (guardrailUnits !== undefined) facts.usage = { guardrailUnits };
}

/** What of a stream tells. */
interface ToldStream extends Pick<OpenPassedStream, "headers"> {
  watch: Pick<
    OpenPassedStream["watch"],
    "firstChunk" | "lastChunks" | "messageStop" | "metadata" | "outputBytes" | "webSearches"
  >;
}

/** What the stream has told by now: of one that broke Claude has told the input at its start. */
export function noteStream(facts: RequestFacts, { watch, headers }: ToldStream): void {
  noteService(facts, watch.metadata ?? servingFromHeaders(headers));
  facts.outputBytes = watch.outputBytes;
  if (watch.messageStop !== undefined) facts.stopReason = watch.messageStop.stopReason;
  facts.usage = watch.metadata?.usage;
  noteTrace(facts, watch.metadata?.trace);
  if (watch.firstChunk !== undefined) noteChunks(facts, watch.firstChunk, watch.lastChunks());
  facts.usage = withWebSearches(facts.usage, watch.webSearches);
}

function noteChunks(facts: RequestFacts, firstChunk: string, lastChunks: readonly string[]): void {
  const { stopReason, usage, trace } = toldInChunks(firstChunk, lastChunks);
  facts.stopReason = stopReason;
  noteTrace(facts, trace);
  facts.usage = usage;
}

/** What the chunks of a native stream tell: Claude's input and cache stand in the first, the rest in the last ones. */
export function toldInChunks(firstChunk: string, lastChunks: readonly string[]) {
  const last = lastChunks.map((chunk) => parsedObject(chunk) ?? {});
  const stopReason = last.map(nativeStopReason).findLast((reason) => reason !== undefined);
  const counts = countsFromMetrics(last.at(-1) ?? {});
  const start = memberOf(memberOf(parsedObject(firstChunk), "message"), "usage");
  const end = last.find(({ type }) => type === "message_delta");
  return { stopReason, usage: usageInChunks(counts, start, end), trace: nativeTrace(last) };
}

function usageInChunks(
  counts: InvocationCounts | undefined,
  start: JsonObject | undefined,
  end: JsonObject | undefined,
): TokenUsage | undefined {
  if (start === undefined) return counts === undefined ? undefined : usageFrom(counts);
  // What the start says of the output is not what was written.
  const { output_tokens: _early, ...input } = start;
  const hasBegunAlone = counts === undefined && end === undefined;
  return hasBegunAlone ? claudeUsage({}, start) : claudeUsage(counts ?? {}, input, end?.["usage"]);
}

/** What a guardrail in the call found and used: AWS merges it into the answer, or into one of a stream's last chunks. */
function nativeTrace(parts: readonly JsonObject[]): JsonValue | undefined {
  const guardrail = new GuardrailReply();
  for (const part of parts) guardrail.take(part);
  return guardrail.trace;
}

function memberOf(value: JsonObject | undefined, name: string): JsonObject | undefined {
  const member: JsonValue | undefined = value?.[name];
  return isJsonObject(member) ? member : undefined;
}
