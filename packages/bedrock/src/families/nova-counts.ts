import { isJsonObject, type JsonValue } from "../json.ts";
import type { InvocationCounts } from "./family.ts";
import { countOf, known } from "./invocation-counts.ts";

/** The counts of Nova's `usage`, which end in `TokenCount` where Converse's do not. */
export function novaCounts(usage: JsonValue | undefined): InvocationCounts {
  const native = isJsonObject(usage) ? usage : {};
  return known({
    inputTokens: countOf(native["inputTokens"]),
    outputTokens: countOf(native["outputTokens"]),
    cacheReadInputTokens: countOf(native["cacheReadInputTokenCount"]),
    cacheWriteInputTokens: countOf(native["cacheWriteInputTokenCount"]),
  });
}
