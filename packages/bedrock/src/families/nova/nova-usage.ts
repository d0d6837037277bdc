import type { TokenUsage } from "../../converse/response.ts";
import type { JsonValue } from "../../json.ts";
import { known, usageFrom, type InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { objectOf } from "../json-parts.ts";

/** Usage of the body, whose cache counts end in `TokenCount`, else what AWS tells beside it (recorded: where both tell, they agree). */
export function novaUsage(usage: JsonValue | undefined, counts: InvocationCounts): TokenUsage | undefined {
  const native = objectOf(usage);
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
