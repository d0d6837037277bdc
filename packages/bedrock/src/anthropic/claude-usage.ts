/** Usage of Claude's own answers, by InvokeModel: what its family and Anthropic's dialect share. */
import { known, usageFrom, type InvocationCounts } from "../converse/invocation-counts.ts";
import { countOf } from "../count.ts";
import type { TokenUsage } from "../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * The body's own figures, else those that AWS tells beside it (recorded: where both tell, the metrics miss a call's tokens). Of a stream
 * `told` is each `usage` in its order: what came later wins, for `message_delta` tells totals, not differences. What a compaction took is
 * billed too, and stands among the `iterations` alone (the types of @anthropic-ai/sdk). Undefined where input or output is not known.
 */
export function claudeUsage(
  counts: InvocationCounts,
  ...told: readonly (JsonValue | undefined)[]
): TokenUsage | undefined {
  const figures: JsonObject = Object.assign({}, ...told.map((usage) => figuresIn(usage)));
  const compactions = compactionsIn(figures["iterations"]);
  const usage = usageFrom(Object.assign({}, counts, countsIn(figures, compactions)));
  const details = cacheDetails([figures, ...compactions]);
  return usage === undefined || details.length === 0 ? usage : { ...usage, cacheDetails: details };
}

/** The members that say something: Anthropic writes null for what it does not tell. */
function figuresIn(usage: JsonValue | undefined): JsonObject {
  return isJsonObject(usage) ? Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null)) : {};
}

/** Of the `iterations` of a usage, context that the API closed by a summary on the way to the answer, each by a request of its own. */
export function compactionsIn(iterations: unknown): JsonObject[] {
  return Array.isArray(iterations)
    ? iterations.filter((iteration) => isJsonObject(iteration)).filter(({ type }) => type === "compaction")
    : [];
}

function countsIn(usage: JsonObject, compactions: readonly JsonObject[]): InvocationCounts {
  const own = known({
    inputTokens: countOf(usage["input_tokens"]),
    outputTokens: countOf(usage["output_tokens"]),
    cacheReadInputTokens: countOf(usage["cache_read_input_tokens"]),
    cacheWriteInputTokens: countOf(usage["cache_creation_input_tokens"]),
  });
  if (own.inputTokens === undefined || own.outputTokens === undefined) {
    return own;
  }
  return compactions.reduce<InvocationCounts>((sum, one) => sumOfCounts(sum, countsIn(one, [])), own);
}

function sumOfCounts(one: InvocationCounts, other: InvocationCounts): InvocationCounts {
  const names = Object.keys({ ...one, ...other }) as (keyof InvocationCounts)[];
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

/** Writes by their time to live, the longer first, as Converse lists them; what was not written is not listed. */
function cacheDetails(usages: readonly JsonObject[]): NonNullable<TokenUsage["cacheDetails"]> {
  return (["1h", "5m"] as const).flatMap((ttl) => {
    const inputTokens = usages.reduce((sum, { cache_creation: creation }) => {
      const written = isJsonObject(creation) ? creation[`ephemeral_${ttl}_input_tokens`] : undefined;
      return sum + (countOf(written) ?? 0);
    }, 0);
    return inputTokens === 0 ? [] : [{ ttl, inputTokens }];
  });
}
