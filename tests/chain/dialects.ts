/** What each dialect says of one answer, read from its JSON or its stream the way its clients do, and what it has a place for at all. */
import type { ConverseResponse } from "../../packages/bedrock/src/converse/response.ts";
import type { ConverseStreamEvent } from "../../packages/bedrock/src/converse/stream-events.ts";
import type { AnthropicMessage } from "../../packages/bedrock/src/dialects/anthropic-messages/reply/message.ts";
import { messageFromConverse } from "../../packages/bedrock/src/dialects/anthropic-messages/reply/response.ts";
import { MessagesStreamWriter } from "../../packages/bedrock/src/dialects/anthropic-messages/reply/stream-writer.ts";
import { messagesContext } from "../../packages/bedrock/src/dialects/anthropic-messages/testing/reply-context.ts";
import { eventsOf as sentEvents } from "../../packages/bedrock/src/dialects/anthropic-messages/testing/sse-events.ts";
import { messageBySdk } from "../../packages/bedrock/src/dialects/anthropic-messages/testing/sdk-message.ts";
import { chatFromConverse } from "../../packages/bedrock/src/dialects/openai-chat/response.ts";
import { ChatStreamWriter } from "../../packages/bedrock/src/dialects/openai-chat/stream-writer.ts";
import {
  assembleChunks,
  type AssembledBlock,
} from "../../packages/bedrock/src/dialects/openai-chat/testing/chunk-assembly.ts";
import { replyContext as chatContext } from "../../packages/bedrock/src/dialects/openai-chat/testing/reply-context.ts";
import type {
  Completion,
  CompletionReplyContext,
} from "../../packages/bedrock/src/dialects/openai-completions/completion.ts";
import { completionFromConverse } from "../../packages/bedrock/src/dialects/openai-completions/response.ts";
import { CompletionStreamWriter } from "../../packages/bedrock/src/dialects/openai-completions/stream-writer.ts";
import type { ResponseObject } from "../../packages/bedrock/src/dialects/openai-responses/response-object.ts";
import { responseFromConverse } from "../../packages/bedrock/src/dialects/openai-responses/response.ts";
import { ResponsesStreamWriter } from "../../packages/bedrock/src/dialects/openai-responses/stream-writer.ts";
import { checkGrammar, eventsOf } from "../../packages/bedrock/src/dialects/openai-responses/testing/event-grammar.ts";
import { replyContext as responsesContext } from "../../packages/bedrock/src/dialects/openai-responses/testing/translate.ts";
import type { DialectStreamWriter } from "../../packages/bedrock/src/dialects/translation/answers/dialect-stream.ts";
import type { NativeReading } from "../../packages/bedrock/src/families/testing/native-reading.ts";

/** What a client of the dialect has in hand. `usage` is in the dialect's own names. */
export interface DialectReading {
  text: string;
  thinking: NativeReading["thinking"];
  calls: NativeReading["calls"];
  stop: unknown;
  usage: unknown;
}

export interface DialectUnderTest {
  name: string;
  /** What must arrive of a native answer, in the dialect's words. */
  expected(native: NativeReading): DialectReading;
  whole(response: ConverseResponse): DialectReading;
  streamed(events: readonly ConverseStreamEvent[]): Promise<DialectReading>;
}

/** Runs a stream to its end and gives what was written. */
function written(
  open: (write: (text: string) => void) => DialectStreamWriter,
  events: readonly ConverseStreamEvent[],
): string {
  let sse = "";
  const writer = open((text) => (sse += text));
  for (const event of events) writer.onEvent(event);
  writer.end();
  return sse;
}

const openAiReasons: Record<string, string> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content_filter",
  content_filtered: "content_filter",
  guardrail_intervened: "content_filter",
};

/** OpenAI counts what went through the cache as input, and says how much. */
function openAiUsage(usage: NativeReading["usage"], [input, output]: [string, string]): unknown {
  if (usage === undefined) return undefined;
  const { cacheRead, cacheWrite } = usage;
  const all = usage.input + (cacheRead ?? 0) + (cacheWrite ?? 0);
  const details = JSON.parse(JSON.stringify({ cached_tokens: cacheRead, cache_write_tokens: cacheWrite })) as object;
  return {
    [input]: all,
    [output]: usage.output,
    total_tokens: all + usage.output,
    ...(Object.keys(details).length > 0 && { [`${input}_details`]: details }),
  };
}

const chatNames: [string, string] = ["prompt_tokens", "completion_tokens"];

function joinedThinking(thinking: NativeReading["thinking"]): NativeReading["thinking"] {
  const text = thinking.map((one) => one.text ?? "").join("");
  return text === "" ? [] : [{ text }];
}

/** A sealed block travels as base64 in all but Anthropic's dialect. */
function sealed(data: string): { redacted: string } {
  return { redacted: Buffer.from(data, "base64").toString() };
}

const strictChat: DialectUnderTest = {
  name: "openai-chat",
  expected: (native) => ({
    text: native.text,
    thinking: joinedThinking(native.thinking),
    calls: native.calls,
    stop: native.calls.length > 0 && openAiReasons[native.stop] === "stop" ? "tool_calls" : openAiReasons[native.stop],
    usage: openAiUsage(native.usage, chatNames),
  }),
  whole(response) {
    const completion = chatFromConverse(response, chatContext());
    const { message, finish_reason: stop } = completion.choices[0];
    return {
      text: message.content ?? "",
      thinking: joinedThinking([{ text: message.reasoning_content ?? "" }]),
      calls: (message.tool_calls ?? []).map(callOf),
      stop,
      usage: completion.usage,
    };
  },
  async streamed(events) {
    const context = chatContext({ includeUsage: true });
    const stream = assembleChunks(written((write) => new ChatStreamWriter(context, write), events));
    return {
      text: stream.content ?? "",
      thinking: joinedThinking([{ text: stream.reasoning }]),
      calls: stream.toolCalls.map(({ id, name, arguments: text }) => ({
        id,
        name,
        input: JSON.parse(text) as unknown,
      })),
      stop: only(stream.finishReasons),
      usage: only(stream.usages),
    };
  },
};

function callOf(call: { id: string; function: { name: string; arguments: string } }): NativeReading["calls"][number] {
  return { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown };
}

/** The one of a list that may hold one; a second is a fault. */
function only<T>(list: readonly T[]): T | undefined {
  if (list.length > 1) throw new Error(`${list.length} where one is due`);
  return list[0];
}

const looseChat: DialectUnderTest = {
  name: "openai-chat, not strict",
  expected: (native) => ({
    ...native,
    // Bedrock's own word; Bedrock's cache figures beside OpenAI's.
    usage: {
      ...(openAiUsage(native.usage, chatNames) as object),
      ...(native.usage?.cacheRead !== undefined && { cache_read_input_tokens: native.usage.cacheRead }),
      ...(native.usage?.cacheWrite !== undefined && { cache_creation_input_tokens: native.usage.cacheWrite }),
    },
  }),
  whole(response) {
    const completion = chatFromConverse(response, chatContext({ strict: false }));
    const { message, finish_reason: stop } = completion.choices[0];
    return {
      text: message.content ?? "",
      thinking: (message.content_blocks ?? []).flatMap((block) => blockThinking(block as AssembledBlock)),
      calls: (message.tool_calls ?? []).map(callOf),
      stop,
      usage: { ...completion.usage },
    };
  },
  async streamed(events) {
    const context = chatContext({ strict: false });
    const stream = assembleChunks(written((write) => new ChatStreamWriter(context, write), events));
    return {
      text: stream.content ?? "",
      thinking: [...stream.blocks.values()].flatMap(blockThinking),
      calls: stream.toolCalls.map(({ id, name, arguments: text }) => ({
        id,
        name,
        input: JSON.parse(text) as unknown,
      })),
      stop: only(stream.finishReasons),
      usage: { ...only(stream.usages) },
    };
  },
};

function blockThinking(block: AssembledBlock): NativeReading["thinking"] {
  if (block.data !== undefined) return [sealed(block.data)];
  const { thinking: text, signature } = block;
  return text === undefined ? [] : [{ text, ...(signature !== undefined && { signature }) }];
}

const responses: DialectUnderTest = {
  name: "openai-responses",
  expected(native) {
    const reason = openAiReasons[native.stop];
    const incomplete: Record<string, string> = { length: "max_output_tokens", content_filter: "content_filter" };
    return {
      ...native,
      stop: reason === "stop" ? "completed" : incomplete[reason ?? ""],
      usage: responsesUsage(native),
    };
  },
  whole: (response) => readResponse(responseFromConverse(response, responsesContext(allReasoning))),
  async streamed(events) {
    const sse = written((write) => new ResponsesStreamWriter(responsesContext(allReasoning), write), events);
    return readResponse(checkGrammar(eventsOf(sse)) as unknown as ResponseObject);
  },
};

/** Both details are always there: clients of the Responses API refuse usage without them. */
function responsesUsage({ usage, thinking }: NativeReading): unknown {
  if (usage === undefined) return undefined;
  const told = openAiUsage(usage, ["input_tokens", "output_tokens"]) as { input_tokens_details?: object };
  return {
    ...told,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, ...told.input_tokens_details },
    output_tokens_details: { reasoning_tokens: thinking.length === 0 ? 0 : someOfOutput },
  };
}

const someOfOutput = "more than none of the output, and not more than all";

/** How much of the output was reasoning no answer of AWS's tells. */
function readResponseUsage({ usage }: ResponseObject): unknown {
  if (usage === undefined || usage === null) return undefined;
  const { reasoning_tokens: reasoning } = usage.output_tokens_details;
  const isSome = reasoning > 0 && reasoning <= usage.output_tokens;
  return { ...usage, output_tokens_details: { reasoning_tokens: isSome ? someOfOutput : reasoning } };
}

const allReasoning = { reasoning: { summary: "auto" }, include: ["reasoning.encrypted_content"] };

function readResponse(response: ResponseObject): DialectReading {
  const calls = response.output.filter((item) => item.type === "function_call");
  return {
    text: response.output
      .flatMap((item) => (item.type === "message" ? item.content.map((part) => part.text) : []))
      .join(""),
    thinking: response.output.filter((item) => item.type === "reasoning").map(itemThinking),
    calls: calls.map((item) => ({
      id: item.call_id,
      name: item.name,
      input: JSON.parse(item.arguments) as unknown,
    })),
    stop: response.incomplete_details?.reason ?? response.status,
    usage: readResponseUsage(response),
  };
}

/** Signatures and sealed blocks are in the encoded part, which only this server reads. */
function itemThinking(item: {
  summary: { text: string }[];
  encrypted_content?: string;
}): NativeReading["thinking"][number] {
  const encoded = item.encrypted_content ?? "";
  const { redactedContent, reasoningText } = JSON.parse(
    Buffer.from(encoded.slice(encoded.indexOf(".") + 1), "base64url").toString(),
  ) as { redactedContent?: string; reasoningText?: { text: string; signature?: string } };
  if (redactedContent !== undefined) return sealed(redactedContent);
  return { ...reasoningText, text: item.summary.map((part) => part.text).join("") };
}

const messages: DialectUnderTest = {
  name: "anthropic-messages",
  expected: (native) => ({
    ...native,
    stop: ["content_filtered", "guardrail_intervened"].includes(native.stop) ? "refusal" : native.stop,
    usage: {
      input_tokens: native.usage?.input ?? null,
      output_tokens: native.usage?.output ?? null,
      cache_read_input_tokens: native.usage?.cacheRead ?? null,
      cache_creation_input_tokens: native.usage?.cacheWrite ?? null,
    },
  }),
  whole: (response) => readMessage(messageFromConverse(response, messagesContext())),
  async streamed(events) {
    const sse = written((write) => new MessagesStreamWriter(messagesContext(), write), events);
    const reading = readMessage((await messageBySdk(sse)) as unknown as AnthropicMessage);
    // The SDK keeps the 0 of the first event where the last one says that nobody knows.
    const last = sentEvents(sse).findLast((event) => event.name === "message_delta");
    return { ...reading, usage: countsOf(last?.data["usage"]) };
  },
};

/** Which part of what was written lives how long is told beside the sum. */
function countsOf(usage: unknown): object {
  const { cache_creation: _byTtl, service_tier: _tier, ...counts } = usage as AnthropicMessage["usage"];
  return counts;
}

function readMessage(message: AnthropicMessage): DialectReading {
  return {
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    thinking: message.content.flatMap((block): NativeReading["thinking"] => {
      if (block.type === "redacted_thinking") return [{ redacted: block.data }];
      if (block.type !== "thinking") return [];
      return [{ text: block.thinking, ...(block.signature !== "unsigned" && { signature: block.signature }) }];
    }),
    calls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    stop: message.stop_reason,
    usage: countsOf(message.usage),
  };
}

/** It has a place for text alone: the rest is named (see `namedAsDropped`). */
const completions: DialectUnderTest = {
  name: "openai-completions",
  expected: (native) => ({
    text: native.text,
    thinking: [],
    calls: [],
    stop: openAiReasons[native.stop],
    usage: openAiUsage(native.usage, chatNames),
  }),
  whole(response) {
    const completion = completionFromConverse(response, completionContext());
    const [{ text, finish_reason: stop }] = completion.choices;
    return { text, thinking: [], calls: [], stop, usage: completion.usage };
  },
  async streamed(events) {
    const sse = written((write) => new CompletionStreamWriter(completionContext(), write), events);
    const [end, ...lines] = sse.trimEnd().split("\n\n").toReversed();
    if (end !== "data: [DONE]") throw new Error(`the stream ends with ${end}`);
    const chunks = lines.toReversed().map((line) => JSON.parse(line.slice("data: ".length)) as Completion);
    const choices = chunks.flatMap((chunk): { text: string; finish_reason: string | null }[] => chunk.choices);
    return {
      text: choices.map(({ text }) => text).join(""),
      thinking: [],
      calls: [],
      stop: only(choices.flatMap(({ finish_reason: reason }) => reason ?? [])),
      usage: only(chunks.flatMap(({ usage }) => usage ?? [])),
    };
  },
};

function completionContext(): CompletionReplyContext {
  return {
    id: "cmpl-1",
    created: 1_764_000_000,
    model: "m",
    strict: true,
    includeUsage: true,
    notes: { dropped: [], toolNames: new Map(), streamable: true },
  };
}

/** Paths that a completion of the answer names as left out. */
export function namedAsDropped(response: ConverseResponse): string[] {
  const context = completionContext();
  completionFromConverse(response, context);
  return context.notes.dropped;
}

export const dialects: readonly DialectUnderTest[] = [strictChat, looseChat, responses, messages, completions];
