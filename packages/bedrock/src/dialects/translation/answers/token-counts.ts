import type { MetadataEvent } from "../../../converse/stream-events.ts";
import type { TokenUsage } from "../../../converse/response.ts";
import { countOf, isCount } from "../../../count.ts";

/** AWS's figures as OpenAI counts: what is read from the cache and written to it belongs to the input. */
export interface TokenCounts {
  input: number;
  output: number;
  /** A figure that AWS did not give is undefined. */
  cacheRead: number | undefined;
  cacheWritten: number | undefined;
}

/**
 * AWS's `inputTokens` excludes the cache (recorded: 13 + 5 + 1504 = 1522). Undefined where AWS did not say both input and output: an unknown
 * figure is never 0, and one below 0 is none.
 */
export function tokenCounts(usage: TokenUsage | undefined): TokenCounts | undefined {
  if (usage === undefined || !isCount(usage.inputTokens) || !isCount(usage.outputTokens)) {
    return undefined;
  }
  const cacheWritten = countOf(usage.cacheWriteInputTokens);
  const cacheRead = countOf(usage.cacheReadInputTokens) ?? readByTotal(usage, cacheWritten);
  return {
    input: usage.inputTokens + (cacheRead ?? 0) + (cacheWritten ?? 0),
    output: usage.outputTokens,
    cacheRead,
    cacheWritten,
  };
}

/** The end of a stream that counts its cache within the input too, as AWS's documents have it: beside it. */
export function withCacheOnce<End extends Pick<MetadataEvent, "usage">>(end: End): End {
  const { usage } = end;
  const cached = (countOf(usage?.cacheReadInputTokens) ?? 0) + (countOf(usage?.cacheWriteInputTokens) ?? 0);
  // One that counts less input than cache keeps to the documents.
  if (usage === undefined || cached === 0 || !isCount(usage.inputTokens) || usage.inputTokens < cached) return end;
  const { inputTokens, totalTokens } = usage;
  return { ...end, usage: { ...usage, inputTokens: inputTokens - cached, totalTokens: totalTokens - cached } };
}

/** Where AWS says what was written and leaves out what was read, its total tells: OpenAI's clients want one beside the other. */
function readByTotal(
  { inputTokens, outputTokens, totalTokens }: TokenUsage,
  written: number | undefined,
): number | undefined {
  return written === undefined ? undefined : countOf(totalTokens - inputTokens - outputTokens - written);
}
