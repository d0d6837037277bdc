/** Token counts that InvokeModel tells beside the native answer: in headers of a whole answer, in the last chunk of a stream. */
import type { TokenUsage } from "./response.ts";
import { countOf } from "../count.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** Of the headers `X-Amzn-Bedrock-...`, a stream's last chunk or a native body: what is not told is absent, never 0. */
export interface InvocationCounts {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  /** Milliseconds. */
  latency?: number;
}

type Count = keyof InvocationCounts;

const headerNames: readonly (readonly [Count, string])[] = [
  ["inputTokens", "x-amzn-bedrock-input-token-count"],
  ["outputTokens", "x-amzn-bedrock-output-token-count"],
  ["cacheReadInputTokens", "x-amzn-bedrock-cache-read-input-token-count"],
  ["cacheWriteInputTokens", "x-amzn-bedrock-cache-write-input-token-count"],
  ["latency", "x-amzn-bedrock-invocation-latency"],
];

/** The member that AWS merges into the last chunk of every family. */
export const metricsKey = "amazon-bedrock-invocationMetrics";

const metricNames: readonly (readonly [Count, string])[] = [
  ["inputTokens", "inputTokenCount"],
  ["outputTokens", "outputTokenCount"],
  ["cacheReadInputTokens", "cacheReadInputTokenCount"],
  ["cacheWriteInputTokens", "cacheWriteInputTokenCount"],
  ["latency", "invocationLatency"],
];

/** Counts of a whole answer's headers, by lower-case name. A stream's headers tell none. */
export function countsFromHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): InvocationCounts {
  return collected(headerNames, (name) => {
    const value = headers[name];
    const text = typeof value === "string" ? value : value?.[0];
    return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
  });
}

/** Counts of a chunk's metrics; undefined for a chunk without them. */
export function countsFromMetrics(chunk: JsonObject): InvocationCounts | undefined {
  const metrics = chunk[metricsKey];
  return isJsonObject(metrics) ? collected(metricNames, (name) => countOf(metrics[name])) : undefined;
}

/** Usage in Converse's form; undefined unless both input and output are known. */
export function usageFrom(counts: InvocationCounts): TokenUsage | undefined {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = counts;
  if (inputTokens === undefined || outputTokens === undefined) {
    return undefined;
  }
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens + (cacheReadInputTokens ?? 0) + (cacheWriteInputTokens ?? 0),
    ...(cacheReadInputTokens !== undefined && { cacheReadInputTokens }),
    ...(cacheWriteInputTokens !== undefined && { cacheWriteInputTokens }),
  };
}

/** Usage as AWS told it, which is what it bills; where it told none, the body's. */
export function billedUsage(counts: InvocationCounts, body: InvocationCounts): TokenUsage | undefined {
  return usageFrom(counts) ?? usageFrom({ ...body, ...counts });
}

/** Counts of which those that are undefined are left out. */
export function known(counts: { [Name in Count]?: number | undefined }): InvocationCounts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}

function collected(
  names: readonly (readonly [Count, string])[],
  read: (name: string) => number | undefined,
): InvocationCounts {
  return known(Object.fromEntries(names.map(([count, name]) => [count, read(name)])));
}
