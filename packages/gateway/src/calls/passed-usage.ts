/** What an answer in Bedrock's own format tells of its usage and its end: it passes through as it came, and is only read. */
import {
  isJsonObject,
  type ConverseResponse,
  type InvokeReply,
  type JsonObject,
  type JsonValue,
  type ModelAction,
  type OpenPassedStream,
} from "@adit/bedrock";
import {
  claudeUsage,
  countsFromHeaders,
  countsFromMetrics,
  servingFromHeaders,
  usageFrom,
} from "@adit/bedrock/gateway";
import { guardrailUnitsIn } from "../guardrails/guardrail-use.ts";
import type { RequestFacts } from "../ledger/request-facts.ts";
import { parsedOrNot } from "./parsed-or-not.ts";
import { noteService } from "./stream-answer.ts";

/** Of a whole answer: Converse's figures stand in it, InvokeModel's in its headers. */
export function noteWhole(facts: RequestFacts, action: ModelAction, reply: InvokeReply): void {
  if (action !== "converse") {
    facts.usage = usageOfInvocation(reply);
    noteService(facts, servingFromHeaders(reply.headers));
    return;
  }
  const response = parsedOrNot(reply.body.toString("utf8")) as Partial<ConverseResponse> | undefined;
  facts.stopReason = response?.stopReason;
  facts.usage = response?.usage;
  if (response !== undefined) noteService(facts, response);
}

function usageOfInvocation({ body, headers }: InvokeReply): RequestFacts["usage"] {
  const counts = countsFromHeaders(headers);
  const { inputTokens, cacheWriteInputTokens = 0 } = counts;
  // How long what was written to the cache lives, which makes its price, stands in Claude's body alone.
  if (cacheWriteInputTokens > 0) return claudeUsage(counts, parsedOrNot(body.toString("utf8"))?.["usage"]);
  // A model that embeds has no tokens of output to tell.
  return usageFrom(counts) ?? (inputTokens === undefined ? undefined : { inputTokens });
}

/** What a guardrail counts: units by policy. */
export function noteGuardrail(facts: RequestFacts, { body }: InvokeReply): void {
  const guardrailUnits = guardrailUnitsIn(parsedOrNot(body.toString("utf8"))?.["usage"]);
  if (guardrailUnits !== undefined) facts.usage = { guardrailUnits };
}

/** What the stream has told by now: of one that broke Claude has told the input at its start. */
export function noteStream(facts: RequestFacts, { watch, headers }: OpenPassedStream): void {
  noteService(facts, watch.metadata ?? servingFromHeaders(headers));
  facts.outputCharacters = watch.outputCharacters;
  if (watch.messageStop !== undefined) facts.stopReason = watch.messageStop.stopReason;
  facts.usage = watch.metadata?.usage;
  if (watch.firstChunk !== undefined) noteChunks(facts, watch.firstChunk, watch.lastChunks());
}

function noteChunks(facts: RequestFacts, firstChunk: string, lastChunks: readonly string[]): void {
  const last = lastChunks.map((chunk) => parsedOrNot(chunk) ?? {});
  const counts = countsFromMetrics(last.at(-1) ?? {});
  const start = memberOf(memberOf(parsedOrNot(firstChunk), "message"), "usage");
  if (start === undefined) {
    facts.usage = counts === undefined ? undefined : usageFrom(counts);
    return;
  }
  const end = last.find(({ type }) => type === "message_delta");
  const reason = memberOf(end, "delta")?.["stop_reason"];
  if (typeof reason === "string") facts.stopReason = reason;
  // What the start says of the output is not what was written.
  const { output_tokens: _early, ...input } = start;
  facts.usage = counts === undefined ? claudeUsage({}, start) : claudeUsage(counts, input, end?.["usage"]);
}

function memberOf(value: JsonObject | undefined, name: string): JsonObject | undefined {
  const member: JsonValue | undefined = value?.[name];
  return isJsonObject(member) ? member : undefined;
}
