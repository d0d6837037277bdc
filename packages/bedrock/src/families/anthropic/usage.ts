import type { TokenUsage } from "../../converse/response.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import type { InvocationCounts } from "../family.ts";
import { countOf, known, usageFrom } from "../invocation-counts.ts";
import { objectOf } from "../json-parts.ts";

/** Members of Claude's `usage` that later ones overwrite: `message_delta` tells totals, not differences. */
export function countsInUsage(usage: JsonObject): InvocationCounts {
  return known({
    inputTokens: countOf(usage["input_tokens"]),
    outputTokens: countOf(usage["output_tokens"]),
    cacheReadInputTokens: countOf(usage["cache_read_input_tokens"]),
    cacheWriteInputTokens: countOf(usage["cache_creation_input_tokens"]),
  });
}

/** Usage of an answer: the body's own figures, else those that AWS tells beside it (recorded: where both tell, the metrics miss a call's tokens). */
export function anthropicUsage(usage: JsonValue | undefined, counts: InvocationCounts): TokenUsage | undefined {
  const native = objectOf(usage);
  const told = usageFrom({ ...counts, ...countsInUsage(native) });
  const details = cacheDetails(native["cache_creation"]);
  return told === undefined || details.length === 0 ? told : { ...told, cacheDetails: details };
}

/** Writes by their time to live, the longer first, as Converse lists them; what was not written is not listed. */
function cacheDetails(creation: JsonValue | undefined): NonNullable<TokenUsage["cacheDetails"]> {
  const writes = objectOf(creation);
  return (["1h", "5m"] as const).flatMap((ttl) => {
    const inputTokens = countOf(writes[`ephemeral_${ttl}_input_tokens`]) ?? 0;
    return inputTokens === 0 ? [] : [{ ttl, inputTokens }];
  });
}
