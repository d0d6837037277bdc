/** A provider's usage in AWS's terms, for prices and totals, whichever format told it. Pure. */
import { isJsonObject, type BillableUsage, type UsageRoute } from "@adit/bedrock";
import type { CallUnits } from "./call-record.ts";

/** What was used, and in whose words it was told. */
export interface ToldUsage {
  usage: BillableUsage;
  route: UsageRoute;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Bedrock's own usage, OpenAI's of either API, or Anthropic's, told apart by their names. Undefined where none of them is there.
 * @param writesNothing true for what has no output to be told, such as embeddings
 */
export function toldUsage(
  usage: object | undefined,
  route: string | undefined,
  writesNothing: boolean,
): ToldUsage | undefined {
  if (usage === undefined) return undefined;
  const members = usage as Members;
  if ("inputTokens" in usage || "outputTokens" in usage || "images" in usage) {
    const output = writesNothing ? { outputTokens: 0 } : undefined;
    return { usage: { ...output, ...(usage as BillableUsage) }, route: route === "invoke" ? "invoke" : "converse" };
  }
  if ("prompt_tokens" in usage) {
    const details = membersOf(members["prompt_tokens_details"]);
    const output = members["completion_tokens"] ?? (writesNothing ? 0 : undefined);
    return { usage: withoutCache(members["prompt_tokens"], output, details), route: "openai" };
  }
  if (!("input_tokens" in usage)) return undefined;
  // OpenAI's Responses tells the total, Anthropic never does.
  if ("total_tokens" in usage || "input_tokens_details" in usage) {
    const details = membersOf(members["input_tokens_details"]);
    return { usage: withoutCache(members["input_tokens"], members["output_tokens"], details), route: "openai" };
  }
  return { usage: fromAnthropic(members), route: "anthropic" };
}

/** OpenAI counts what was cached within the input. */
function withoutCache(input: unknown, output: unknown, details: Members): BillableUsage {
  const read = countOf(details["cached_tokens"]);
  const written = countOf(details["cache_write_tokens"]);
  const all = countOf(input);
  const cached = (read ?? 0) + (written ?? 0);
  return usageOf({
    inputTokens: all === undefined ? undefined : Math.max(0, all - cached),
    outputTokens: countOf(output),
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written,
  });
}

function fromAnthropic(usage: Members): BillableUsage {
  const byLife = membersOf(usage["cache_creation"]);
  const details = (["5m", "1h"] as const).flatMap((ttl) => {
    const inputTokens = countOf(byLife[`ephemeral_${ttl}_input_tokens`]);
    return inputTokens === undefined ? [] : [{ ttl, inputTokens }];
  });
  return {
    ...usageOf({
      inputTokens: countOf(usage["input_tokens"]),
      outputTokens: countOf(usage["output_tokens"]),
      cacheReadInputTokens: countOf(usage["cache_read_input_tokens"]),
      cacheWriteInputTokens: countOf(usage["cache_creation_input_tokens"]),
    }),
    ...(details.length > 0 && { cacheDetails: details }),
  };
}

type Counts = Pick<BillableUsage, "inputTokens" | "outputTokens" | "cacheReadInputTokens" | "cacheWriteInputTokens">;

/** Without what was not told. */
function usageOf(counts: { [Name in keyof Counts]: number | undefined }): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function membersOf(value: unknown): Members {
  return isJsonObject(value as never) ? (value as Members) : {};
}

export const noUnits: CallUnits = {
  input: undefined,
  output: undefined,
  cacheRead: undefined,
  cacheWrite: undefined,
  total: undefined,
};
