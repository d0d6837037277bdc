import type { TokenUsage } from "../converse/response.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import type { InvocationCounts } from "./family.ts";
import { countOf, known, usageFrom } from "./invocation-counts.ts";

/** Usage of the body (its cache counts end in `TokenCount`), else of what AWS tells beside it. */
export function novaUsage(usage: JsonValue | undefined, counts: InvocationCounts): TokenUsage | undefined {
  const native = isJsonObject(usage) ? usage : {};
  return usageFrom({
    ...counts,
    ...known({
      inputTokens: countOf(native["inputTokens"]),
      outputTokens: countOf(native["outputTokens"]),
      cacheReadInputTokens: countOf(native["cacheReadInputTokenCount"]),
      cacheWriteInputTokens: countOf(native["cacheWriteInputTokenCount"]),
    }),
  });
}
