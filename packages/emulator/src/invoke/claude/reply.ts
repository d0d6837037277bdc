/** Claude's reply. Shapes, ids and habits are recorded, by generation. */
import { Buffer } from "node:buffer";
import type { AnswerBlock } from "../../generate/answer.ts";
import type { PromptTokens } from "../../generate/cache-memory.ts";
import type { Exchange } from "../../generate/respond.ts";
import { tokensOf } from "../../generate/tokens.ts";
import type { Traits } from "../../model-list/traits.ts";
import { base32From } from "../families/ids.ts";
import { citationOf } from "./citations.ts";

/** How a generation writes `usage` and ids. */
type Generation = "first" | "cached" | "detailed" | "newest";

/** Recorded: Claude 3 tells no cache figures, 3.5 Haiku to Sonnet 4 two of them, 4.5 and 4.6 their times to live, 4.8 its tier and thinking too. */
export function generationOf(traits: Traits): Generation {
  if (traits.thinking === "adaptive") return "newest";
  if (traits.cacheOneHour) return "detailed";
  return traits.cache.length > 0 ? "cached" : "first";
}

/** The name that replies give the model: without provider and version. */
export function claudeName(baseId: string): string {
  const name = baseId.replace(/^anthropic\./, "");
  const old: Record<string, string> = {
    "claude-instant-v1": "claude-instant-1.2",
    "claude-v2": "claude-2.0",
    "claude-v2:1": "claude-2.1",
  };
  return old[name] ?? name.replace(/-v\d+(:\d+)?$/, "");
}

/** The whole reply. */
export function claudeReply(exchange: Exchange): object {
  const { answer, call } = exchange;
  const isNewest = generationOf(call.traits) === "newest";
  return {
    model: claudeName(call.model.baseId),
    id: messageId(exchange),
    type: "message",
    role: "assistant",
    content: answer.blocks.flatMap((block) => contentOf(block)),
    stop_reason: stopReasonOf(answer.stopReason),
    stop_sequence: stopSequenceOf(exchange),
    ...(isNewest && { stop_details: null }),
    usage: { ...usageOf(exchange), output_tokens: answer.outputTokens, ...newestUsage(exchange) },
  };
}

/** Converse's stop reasons are Claude's, save these. */
export function stopReasonOf(reason: string): string {
  const own: Record<string, string> = {
    guardrail_intervened: "end_turn",
    content_filtered: "refusal",
    malformed_model_output: "end_turn",
    malformed_tool_use: "tool_use",
  };
  return own[reason] ?? reason;
}

export function stopSequenceOf({ answer }: Exchange): string | null {
  return answer.stopReason === "stop_sequence" ? (answer.stopSequence ?? null) : null;
}

/** Recorded: 24 letters and digits that begin with `01`; the newest has 52 of base32; what a guardrail blocked has a name of its own. */
export function messageId({ random, call, isBlocked }: Exchange): string {
  if (isBlocked) return `bedrock-guardrails-${random.id(8).toLowerCase()}`;
  return generationOf(call.traits) === "newest" ? `msg_bdrk_${base32From(random, 52)}` : `msg_bdrk_01${random.id(22)}`;
}

export function usageOf({ call, prompt, isBlocked }: Exchange): object {
  const generation = generationOf(call.traits);
  const figures = { input_tokens: prompt.input };
  if (generation === "first" || isBlocked) return figures;
  const cache = { cache_creation_input_tokens: prompt.write, cache_read_input_tokens: prompt.read };
  if (generation === "cached") return { ...figures, ...cache };
  return {
    ...figures,
    ...cache,
    cache_creation: {
      ephemeral_5m_input_tokens: writtenFor(prompt, "5m"),
      ephemeral_1h_input_tokens: writtenFor(prompt, "1h"),
    },
  };
}

function writtenFor({ writes }: PromptTokens, ttl: "5m" | "1h"): number {
  return writes.find((write) => write.ttl === ttl)?.inputTokens ?? 0;
}

function newestUsage({ answer, call, isBlocked }: Exchange): object {
  if (generationOf(call.traits) !== "newest" || isBlocked) return {};
  const thinking = answer.blocks.map((block) => (block.kind === "reasoning" ? tokensOf(block.text) : 0));
  return {
    output_tokens_details: { thinking_tokens: thinking.reduce((sum, tokens) => sum + tokens, 0) },
    service_tier: "standard",
  };
}

export function contentOf(block: AnswerBlock): object[] {
  switch (block.kind) {
    case "text":
      return [{ type: "text", text: block.text }];
    case "reasoning":
      return [{ type: "thinking", thinking: block.text, signature: block.signature ?? "" }];
    case "redacted":
      return [{ type: "redacted_thinking", data: redactedData(block.data) }];
    case "toolUse":
      return [{ type: "tool_use", id: toolUseId(block.id), name: block.name, input: block.input }];
    case "citations":
      return block.text === undefined
        ? []
        : [{ type: "text", text: block.text, citations: block.citations.map(citationOf) }];
    case "systemResult":
      // Tools that AWS runs are Nova's alone.
      return [];
  }
}

/** Converse wraps Anthropic's data in base64 once more (recorded). */
export function redactedData(data: string): string {
  return Buffer.from(data, "base64").toString();
}

/** Recorded: `toolu_bdrk_01` and 22 letters and digits where Converse says `tooluse_` and 22. */
export function toolUseId(id: string): string {
  return id.replace(/^tooluse_/, "toolu_bdrk_01");
}
