/** Usage of Claude's own answers, by InvokeModel: what its family and Anthropic's dialect share. */
import { countOf, known, usageFrom, type InvocationCounts } from "../converse/invocation-counts.ts";
import type { TokenUsage } from "../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * The body's own figures, else those that AWS tells beside it (recorded: where both tell, the metrics miss a call's tokens). Of a stream
 * `told` is each `usage` in its order: what came later wins, for `message_delta` tells totals, not differences. Undefined where input or
 * output is not known.
 */
export function claudeUsage(
  counts: InvocationCounts,
  ...told: readonly (JsonValue | undefined)[]
): TokenUsage | undefined {
  const figures: JsonObject = Object.assign({}, ...told.map((usage) => figuresIn(usage)));
  const usage = usageFrom(Object.assign({}, counts, countsIn(figures)));
  const details = cacheDetails(figures["cache_creation"]);
  return usage === undefined || details.length === 0 ? usage : { ...usage, cacheDetails: details };
}

/** The members that say something: Anthropic writes null for what it does not tell. */
function figuresIn(usage: JsonValue | undefined): JsonObject {
  return isJsonObject(usage) ? Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null)) : {};
}

function countsIn(usage: JsonObject): InvocationCounts {
  return known({
    inputTokens: countOf(usage["input_tokens"]),
    outputTokens: countOf(usage["output_tokens"]),
    cacheReadInputTokens: countOf(usage["cache_read_input_tokens"]),
    cacheWriteInputTokens: countOf(usage["cache_creation_input_tokens"]),
  });
}

/** Writes by their time to live, the longer first, as Converse lists them; what was not written is not listed. */
function cacheDetails(creation: JsonValue | undefined): NonNullable<TokenUsage["cacheDetails"]> {
  if (!isJsonObject(creation)) return [];
  return (["1h", "5m"] as const).flatMap((ttl) => {
    const inputTokens = countOf(creation[`ephemeral_${ttl}_input_tokens`]) ?? 0;
    return inputTokens === 0 ? [] : [{ ttl, inputTokens }];
  });
}
