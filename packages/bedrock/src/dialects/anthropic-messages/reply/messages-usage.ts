/** AWS's usage in Anthropic's figures: both count what was read from and written to the cache apart from the rest of the input. */
import type { TokenUsage } from "../../../converse/response.ts";
import { countOf } from "../../../count.ts";
import { isJsonObject } from "../../../json.ts";

/** Anthropic's usage of an answer that came by Converse. */
export interface MessagesUsage {
  /** null: AWS did not say. Clients add the three up: one that were absent would make NaN of the sum. */
  input_tokens: number | null;
  cache_creation_input_tokens: number | null;
  cache_read_input_tokens: number | null;
  cache_creation?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  output_tokens: number | null;
  service_tier?: string;
}

/** AWS's tier in Anthropic's words, where these have one. */
const tiers: ReadonlyMap<string, string> = new Map([["default", "standard"]]);

/** An unknown figure is null, never 0. */
export function messagesUsageFrom(usage: TokenUsage | undefined, serviceTier: string | undefined): MessagesUsage {
  const details = usage?.cacheDetails;
  return {
    input_tokens: countOf(usage?.inputTokens) ?? null,
    cache_creation_input_tokens: countOf(usage?.cacheWriteInputTokens) ?? null,
    cache_read_input_tokens: countOf(usage?.cacheReadInputTokens) ?? null,
    ...(Array.isArray(details) && {
      cache_creation: {
        ephemeral_5m_input_tokens: writtenFor(details, "5m"),
        ephemeral_1h_input_tokens: writtenFor(details, "1h"),
      },
    }),
    output_tokens: countOf(usage?.outputTokens) ?? null,
    ...(serviceTier !== undefined && { service_tier: tiers.get(serviceTier) ?? serviceTier }),
  };
}

/** Who answers may be a host that only says it is Bedrock. */
function writtenFor(details: readonly unknown[], ttl: "5m" | "1h"): number {
  return details.reduce<number>((sum, detail) => {
    const counted = isJsonObject(detail) && detail["ttl"] === ttl ? countOf(detail["inputTokens"]) : undefined;
    return sum + (counted ?? 0);
  }, 0);
}
