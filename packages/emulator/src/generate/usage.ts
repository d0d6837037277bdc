/** `usage` with the keys that each family is recorded to send. Total = input + output + cache read + cache write. */
import type { Call } from "../validate/call.ts";
import { cachePointsOf } from "../validate/cache-rules.ts";
import type { PromptTokens } from "./cache-memory.ts";

/** Recorded without `serverToolUsage`: the oldest text models and DeepSeek R1. */
const plainFamilies = new Set(["titan", "mistral-text", "command", "jurassic", "deepseek-r1"]);

/** Builds `usage`; keys in alphabetical order, as on the wire. Streams leave cache figures out where nothing was read or written. */
export function usageOf(call: Call, prompt: PromptTokens, outputTokens: number): object {
  const { input, read, write, writes } = prompt;
  const usesCache = read + write > 0;
  const figures = call.traits.cacheFigures;
  const isAsked = figures === "always" || (figures !== "never" && cachePointsOf(call).length > 0);
  const showsAll = call.stream ? usesCache : isAsked;
  const showsReads = showsAll || (figures === "reads" && !call.stream);
  return {
    ...(writes.length > 0 && call.traits.family === "claude" ? { cacheDetails: writes } : {}),
    ...(showsReads ? { cacheReadInputTokenCount: read, cacheReadInputTokens: read } : {}),
    ...(showsAll ? { cacheWriteInputTokenCount: write, cacheWriteInputTokens: write } : {}),
    inputTokens: input,
    outputTokens,
    ...(plainFamilies.has(call.traits.family) ? {} : { serverToolUsage: {} }),
    totalTokens: input + outputTokens + read + write,
  };
}
