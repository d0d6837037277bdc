import type { TokenUsage } from "../../converse/response.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { InvocationCounts } from "../family.ts";
import { countOf, known, usageFrom } from "../invocation-counts.ts";

/** What AWS counts, else what Cohere bills (recorded as the same); `meta.tokens` counts the model's own prompt too. */
export function billedUsage(answer: JsonObject, counts: InvocationCounts): TokenUsage | undefined {
  const meta = isJsonObject(answer["meta"]) ? answer["meta"] : {};
  const billed = isJsonObject(meta["billed_units"]) ? meta["billed_units"] : {};
  return usageFrom({
    ...known({ inputTokens: countOf(billed["input_tokens"]), outputTokens: countOf(billed["output_tokens"]) }),
    ...counts,
  });
}
