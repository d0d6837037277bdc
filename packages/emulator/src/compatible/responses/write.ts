/** The response object. Shapes are recorded for gpt-oss, GPT-5.5 and GPT-5.6. */
import type { Exchange } from "../../generate/respond.ts";
import { tokensOf } from "../../generate/tokens.ts";
import { base32From } from "../../invoke/families/ids.ts";
import { isClosedModel, itemOf, type OutputItem } from "./items.ts";
import type { ResponsesBody } from "./read.ts";

/** A response before it is written. */
export interface ResponseDraft {
  id: string;
  exchange: Exchange;
  body: ResponsesBody;
  items: OutputItem[];
}

export function draftOf(exchange: Exchange, body: ResponsesBody, items: OutputItem[]): ResponseDraft {
  return { id: `resp_${base32From(exchange.random, 52)}`, exchange, body, items };
}

/** The finished response. */
export function responseOf(draft: ResponseDraft): object {
  const { exchange, items } = draft;
  const isCut = exchange.answer.stopReason === "max_tokens";
  return {
    ...headOf(draft),
    ...(isClosedModel(exchange.asker.modelId) && closedMembers(draft)),
    metadata: draft.body.metadata ?? {},
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    output: items.map((item) => itemOf(item, exchange.asker.modelId)),
    service_tier: "default",
    status: isCut ? "incomplete" : "completed",
    text: { format: draft.body.text?.format ?? { type: "text" }, verbosity: draft.body.text?.verbosity ?? "medium" },
    usage: usageOf(draft),
  };
}

/** What every form of the response has; in a stream nothing else stands at its beginning (recorded for gpt-oss). */
export function headOf({ id, exchange, body }: ResponseDraft): Record<string, unknown> {
  const isClosed = isClosedModel(exchange.asker.modelId);
  return {
    background: false,
    created_at: exchange.created,
    error: null,
    id,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    metadata: null,
    model: exchange.asker.modelId,
    object: "response",
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    service_tier: "auto",
    status: "in_progress",
    temperature: body.temperature ?? 1,
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    top_p: body.top_p ?? (isClosed ? 0.98 : 1),
    truncation: body.truncation ?? "disabled",
  };
}

/** GPT-5.6 tells how much of the conversation its reasoning sees. */
function closedMembers({ exchange, body }: ResponseDraft): object {
  const effort = body.reasoning?.effort ?? "medium";
  return {
    billing: { payer: "developer" },
    completed_at: exchange.created,
    frequency_penalty: 0,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    moderation: null,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: null,
    prompt_cache_retention: "in_memory",
    reasoning: {
      ...(exchange.asker.modelId.includes("gpt-5.6") && { context: "all_turns" }),
      effort,
      summary: null,
    },
    safety_identifier: null,
    store: body.store ?? true,
    top_logprobs: 0,
    user: null,
  };
}

export function usageOf({ exchange, items }: ResponseDraft): object {
  const { answer, asker, prompt } = exchange;
  const reasoning = items.map(({ type, words }) => (type === "reasoning" ? tokensOf(words) : 0));
  return {
    input_tokens: prompt.input,
    input_tokens_details: { ...(isClosedModel(asker.modelId) && { cache_write_tokens: 0 }), cached_tokens: 0 },
    output_tokens: answer.outputTokens,
    output_tokens_details: { reasoning_tokens: reasoning.reduce((sum, tokens) => sum + tokens, 0) },
    total_tokens: prompt.input + answer.outputTokens,
  };
}
