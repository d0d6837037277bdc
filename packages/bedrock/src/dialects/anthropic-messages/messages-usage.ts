/** Usage between Anthropic's figures and AWS's: both count what was read from and written to the cache apart from the rest of the input. */
import type { TokenUsage } from "../../converse/response.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";

/** Anthropic's usage of an answer that came by Converse. */
export interface MessagesUsage {
  /** null: AWS did not say. */
  input_tokens: number | null;
  cache_creation_input_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  output_tokens: number | null;
  service_tier?: string;
}

/** AWS's tier in Anthropic's words, where these have one. */
const tiers: ReadonlyMap<string, string> = new Map([["default", "standard"]]);

/** An unknown figure is null, never 0. */
export function messagesUsageFrom(usage: TokenUsage | undefined, serviceTier: string | undefined): MessagesUsage {
  const read = count(usage?.cacheReadInputTokens);
  const written = count(usage?.cacheWriteInputTokens);
  const details = usage?.cacheDetails;
  return {
    input_tokens: count(usage?.inputTokens) ?? null,
    ...(written !== undefined && { cache_creation_input_tokens: written }),
    ...(read !== undefined && { cache_read_input_tokens: read }),
    ...(details !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: writtenFor(details, "5m"),
        ephemeral_1h_input_tokens: writtenFor(details, "1h"),
      },
    }),
    output_tokens: count(usage?.outputTokens) ?? null,
    ...(serviceTier !== undefined && { service_tier: tiers.get(serviceTier) ?? serviceTier }),
  };
}

function writtenFor(details: NonNullable<TokenUsage["cacheDetails"]>, ttl: "5m" | "1h"): number {
  return details.filter((detail) => detail.ttl === ttl).reduce((sum, detail) => sum + detail.inputTokens, 0);
}

/** AWS's figures of Anthropic's, from an answer of InvokeModel; of a stream, what was told later wins. Undefined where input or output is unknown. */
export function tokenUsageFrom(...told: readonly unknown[]): TokenUsage | undefined {
  const figures: JsonObject = Object.assign({}, ...told.map(figuresIn));
  const inputTokens = count(figures["input_tokens"]);
  const outputTokens = count(figures["output_tokens"]);
  if (inputTokens === undefined || outputTokens === undefined) {
    return undefined;
  }
  const read = count(figures["cache_read_input_tokens"]);
  const written = count(figures["cache_creation_input_tokens"]);
  const cacheDetails = detailsIn(figures["cache_creation"]);
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens + (read ?? 0) + (written ?? 0),
    ...(read !== undefined && { cacheReadInputTokens: read }),
    ...(written !== undefined && { cacheWriteInputTokens: written }),
    ...(cacheDetails.length > 0 && { cacheDetails }),
  };
}

/** The members that say something: Anthropic writes null for what it does not tell. */
function figuresIn(usage: unknown): JsonObject {
  const entries = Object.entries(isJsonObject(usage) ? usage : {});
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function detailsIn(creation: unknown): NonNullable<TokenUsage["cacheDetails"]> {
  if (!isJsonObject(creation)) {
    return [];
  }
  return (["5m", "1h"] as const).flatMap((ttl) => {
    const inputTokens = count(creation[`ephemeral_${ttl}_input_tokens`]);
    return inputTokens === undefined || inputTokens === 0 ? [] : [{ ttl, inputTokens }];
  });
}

/** `amazon-bedrock-invocationMetrics`, which AWS adds to a stream's last chunk, under the names of Anthropic's usage. */
export function usageOfMetrics(metrics: unknown): JsonObject {
  const { inputTokenCount, outputTokenCount, cacheReadInputTokenCount, cacheWriteInputTokenCount } = isJsonObject(
    metrics,
  )
    ? metrics
    : {};
  return Object.fromEntries(
    Object.entries({
      input_tokens: inputTokenCount,
      output_tokens: outputTokenCount,
      cache_read_input_tokens: cacheReadInputTokenCount,
      cache_creation_input_tokens: cacheWriteInputTokenCount,
    }).filter(([, value]) => value !== undefined),
  );
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
