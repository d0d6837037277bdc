import type { Citation } from "../converse/content.ts";
import type { ConverseRequest } from "../converse/request.ts";
import type { ConverseResponse, TokenUsage } from "../converse/response.ts";
import { webSearchesIn, withWebSearches } from "../converse/web-searches.ts";
import { mayGround } from "../models/may-ground.ts";
import type { AttemptRecord } from "../client.ts";
import type { ChatContentBlock, ChatToolCall } from "../dialects/openai-chat/chat-completion.ts";
import type { ChatMessage } from "../dialects/openai-chat/chat-request.ts";
import { knownFinishReason } from "../dialects/translation/openai/finish-reason.ts";
import { chatFromConverse } from "../dialects/openai-chat/response.ts";
import { isMalformed, malformedOutput } from "../dialects/translation/answers/malformed-output.ts";
import { withCacheOnce } from "../dialects/translation/answers/token-counts.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { callCost, type CallCost } from "./call-cost.ts";
import type { Generation } from "./prepare-generation.ts";
import type { Route } from "./route.ts";
import type { Warning } from "./warning.ts";

/** A call of one of the caller's tools. */
export interface ToolCall {
  id: string;
  name: string;
  /**
   * The arguments, parsed. Where the model did not write valid JSON, a string, or of a whole answer by InvokeModel an object whose
   * `arguments` are that string.
   */
  input: JsonValue;
  /** The arguments as JSON text, numbers as the model wrote them: also those that a double cannot hold. */
  arguments: string;
}

/** Why the answer ended; `unknown` is a reason that this version does not know, and `stopReason` is AWS's word for each. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "unknown";

/** How a call went, and where. */
export interface CallPlaces {
  /** AWS's id of the request; empty where it gave none. */
  requestId: string;
  /** The model that answered: the one named, or the inference profile that stood in for it. */
  model: string;
  region: string;
  /** Name and source of the credential, never a secret. */
  credential: string;
  route: Route;
  /** Every transmission to AWS. */
  attempts: readonly AttemptRecord[];
}

/** An answer. */
export interface TextResult extends CallPlaces {
  /** All text, joined with nothing between. */
  text: string;
  /** Empty where the model called no tool of the caller's. */
  toolCalls: ToolCall[];
  /** All thinking that the model shows, joined with nothing between. To be replayed it must be whole: see `message`. */
  reasoning: string;
  /** In order, as AWS gives them. */
  citations: Citation[];
  finishReason: FinishReason;
  /** AWS's word. */
  stopReason: string;
  /**
   * AWS's figures: `inputTokens` is without what was read from or written to the cache, also where AWS counted it in (streams of GPT; `raw`
   * has them as told). Absent where AWS told none.
   */
  usage?: TokenUsage;
  cost: CallCost;
  /** Everything that was left out, changed or unsure. */
  warnings: Warning[];
  /** The turn for `messages`: with it, thinking, signatures, citations and calls go back byte for byte. */
  message: ChatMessage;
  /** Converse's answer, or the model's own under InvokeModel; of a stream Converse's, put together from its events. */
  raw: ConverseResponse | JsonObject;
}

/** An answer of AWS's, however it came. */
export interface Answer extends Omit<CallPlaces, "region" | "credential"> {
  response: ConverseResponse;
  /** Text that tells numbers in the calls' arguments as they were written. */
  source: () => string;
  raw: TextResult["raw"];
  /** Whether AWS told it as a stream. */
  isStream: boolean;
  /** Names of what came in a stream and is not known. */
  unfamiliar: readonly string[];
}

/**
 * The result of a call. Throws AditError `malformed_model_output` where AWS could not read what the model wrote: the text so far is in its
 * words.
 */
export function resultFrom(call: Generation, answer: Answer): TextResult {
  const { response, source, raw, requestId, model, route, attempts } = answer;
  const { notes } = call.prepared;
  const droppedBefore = notes.dropped.length;
  const completion = chatFromConverse(response, {
    id: requestId,
    created: 0,
    model,
    strict: false,
    includeUsage: true,
    notes,
    source,
  });
  const [{ message }] = completion.choices;
  const text = message.content ?? "";
  if (isMalformed(response.stopReason)) {
    throw malformedOutput(response.stopReason, text === "" ? "It held no text." : `The text so far: ${text}`);
  }
  const { usage } = countsTwice(call, answer) ? withCacheOnce(response) : response;
  const calls = message.tool_calls ?? [];
  const blocks = message.content_blocks ?? [];
  return {
    text,
    toolCalls: calls.map(toolCallFrom),
    reasoning: blocks.map(thinkingOf).join(""),
    citations: message.citations ?? [],
    finishReason: finishReasonOf(response.stopReason, calls.length > 0),
    stopReason: response.stopReason,
    ...(usage !== undefined && { usage }),
    cost: costOfAnswer(call, answer),
    warnings: [
      ...call.warnings,
      ...answer.unfamiliar.map((name) => unfamiliarWarning(name, answer.isStream)),
      ...notes.dropped.slice(droppedBefore).map((name) => unfamiliarWarning(name, false)),
      ...answerWarnings(call, answer, calls),
    ],
    message: replayable(text, blocks, calls),
    raw,
    region: call.target.region,
    credential: call.target.credentials.label,
    requestId,
    model,
    route,
    attempts,
  };
}

/** Converse's streams of some models count what is cached within the input too, against AWS's documents. */
function countsTwice({ prepared }: Generation, { route, isStream }: Answer): boolean {
  return prepared.notes.countsCacheTwice === true && isStream && route === "converse";
}

function costOfAnswer({ model, target, prepared }: Generation, answer: Answer): CallCost {
  const { body } = prepared;
  const { response, route, isStream, model: answered } = answer;
  const searches = mayGround(model) ? webSearchesIn(response.output.message.content) : 0;
  return callCost(withWebSearches(response.usage, searches), {
    model: answered,
    facts: model,
    region: target.region,
    serviceTier: response.serviceTier?.type ?? body.serviceTier?.type,
    latency: response.performanceConfig?.latency ?? body.performanceConfig?.latency,
    route,
    isStream,
    attempts: answer.attempts,
    hasGuardrail: body.guardrailConfig !== undefined,
  });
}

function toolCallFrom({ id, function: { name, arguments: text } }: ChatToolCall): ToolCall {
  return { id, name, input: JSON.parse(text) as JsonValue, arguments: text };
}

function thinkingOf(block: ChatContentBlock): string {
  return block.type === "thinking" && typeof block["thinking"] === "string" ? block["thinking"] : "";
}

/** `stop` where only the tool was called that carries an object. */
function finishReasonOf(stopReason: string, hasCalls: boolean): FinishReason {
  const reason = knownFinishReason(stopReason) ?? "unknown";
  return (reason === "stop" && hasCalls ? "tool_calls" : reason) as FinishReason;
}

/** The turn as the dialect reads it back. An empty text without citations says nothing, and AWS refuses it. */
function replayable(text: string, blocks: readonly ChatContentBlock[], calls: readonly ChatToolCall[]): ChatMessage {
  const said = blocks.filter(
    (block) => block.type !== "text" || block["text"] !== "" || block["citations"] !== undefined,
  );
  const turn = {
    role: "assistant",
    content: text,
    ...(said.length > 0 && { content_blocks: said }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  // The blocks of an answer are JSON, but their types do not say so.
  return turn as unknown as ChatMessage;
}

/** `raw` is put together of the events that are known where the answer came as a stream. */
function unfamiliarWarning(name: string, isEvent: boolean): Warning {
  const where = isEvent ? "" : " but `raw`";
  return {
    type: "unfamiliar",
    message: `The answer brought ${name}, which this version does not know: it is in no part of the result${where}.`,
  };
}

function answerWarnings(call: Generation, answer: Answer, calls: readonly ChatToolCall[]): Warning[] {
  const warnings: Warning[] = [];
  if (answer.model !== call.target.model) {
    warnings.push({
      type: "other-model",
      path: "model",
      message: `${answer.model} answered: AWS does not serve ${call.target.model} on demand.`,
    });
  }
  if (hasUnusedCache(call, answer)) {
    warnings.push({
      type: "cache-unused",
      message:
        "AWS neither read nor wrote a prompt cache. What is marked may be shorter than the model's minimum (mostly 1,024 tokens), or the model does not cache.",
    });
  }
  const cut = callAtLimit(answer.response);
  for (const { id, function: callee } of calls) {
    if (callee.arguments.startsWith('"')) {
      warnings.push({
        type: "incomplete-tool-call",
        message: `The arguments of the call ${id} of ${callee.name} are no JSON: the input is the text that came.`,
      });
    } else if (id === cut) {
      warnings.push({
        type: "incomplete-tool-call",
        message: `The limit of tokens ended the answer in the call ${id} of ${callee.name}: arguments may be missing.`,
      });
    }
  }
  return warnings;
}

/** Id of the call that the limit of tokens cut off: a whole answer closes its arguments, as if that were all (recorded). */
function callAtLimit({ output, stopReason }: ConverseResponse): string | undefined {
  const last = output.message.content.at(-1)?.toolUse;
  return knownFinishReason(stopReason) === "length" ? last?.toolUseId : undefined;
}

function hasUnusedCache({ prepared }: Generation, { response }: Answer): boolean {
  const { cacheReadInputTokens: read, cacheWriteInputTokens: written } = response.usage ?? {};
  return isMarked(prepared.body) && (read !== undefined || written !== undefined) && (read ?? 0) + (written ?? 0) === 0;
}

function isMarked({ toolConfig, system, messages }: ConverseRequest): boolean {
  const blocks = [
    ...(toolConfig?.tools ?? []),
    ...(system ?? []),
    ...(messages ?? []).flatMap(({ content }) => content),
  ];
  return blocks.some((block) => block.cachePoint !== undefined);
}
